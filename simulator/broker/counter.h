// Counter: what the newest message of a subject says in a stream that counts
// (PUB-050 to PUB-057).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_COUNTER_H_
#define WINDTUNNEL_SIMULATOR_BROKER_COUNTER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "shared/api/counter_json.h"
#include "simulator/broker/decimal_integer.h"

namespace windtunnel::broker {

class Counter {
 public:
  Counter() = default;  // Of a subject without messages: zero.

  // nullopt: that message is none of a counter's (PUB-055).
  static std::optional<Counter> Read(absl::string_view header_block,
                                     absl::string_view data);

  // Of one's own clients (PUB-050).
  void Increment(const DecimalInteger& by) { total_ = total_ + by; }

  // A copy of another counter's message (PUB-057): `source` is its header
  // Nats-Stream-Source, `subject` the one it is stored on. The difference to
  // what came from there before; nullopt: `data` is none of a counter's.
  std::optional<DecimalInteger> Merge(absl::string_view source,
                                      absl::string_view subject,
                                      absl::string_view data);

  std::string value() const { return total_.ToString(); }
  // `header_block` with where the total comes from, if it came from elsewhere.
  std::string WithSources(absl::string_view header_block) const;

 private:
  DecimalInteger total_;
  api::CounterSources sources_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_COUNTER_H_
