// Message TTLs: what a Nats-TTL header says, and which messages are due when
// (STO-088 to STO-093).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_TTL_H_
#define WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_TTL_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"

namespace windtunnel::broker {

struct MessageTtl {
  std::int64_t seconds = 0;  // 0: none.
  bool never = false;        // Not even max_age ends it.

  bool IsSet() const { return never || seconds != 0; }
};

// nullopt if `text` is no valid TTL; "" is none (STO-089, STO-090).
std::optional<MessageTtl> ParseMessageTtl(absl::string_view text);

// A TTL that goes beyond the year 2262 is over at once, as on the server.
Nanos TtlDue(Nanos stored, const MessageTtl& ttl);

// Due times of messages, the earliest first. Messages that are gone leave when
// their time comes or somebody looks.
class TtlQueue {
 public:
  void Add(std::uint64_t seq, Nanos due);

  // kNever if there is none.
  Nanos Next() const { return heap_.empty() ? kNever : heap_.front().due; }
  // Takes one that is due; of several at one instant the smallest.
  std::optional<std::uint64_t> Take(Nanos now);
  // Drops those at the front that are gone.
  void DropGone(absl::FunctionRef<bool(std::uint64_t seq)> is_there);
  void Clear() { heap_.clear(); }

 private:
  struct Entry {
    Nanos due;
    std::uint64_t seq;

    friend bool operator<(const Entry& a, const Entry& b) {
      return a.due != b.due ? a.due > b.due : a.seq > b.seq;
    }
  };
  void Pop();

  std::vector<Entry> heap_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_MESSAGE_TTL_H_
