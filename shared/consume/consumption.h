// The one implementation of Consumption: hands what an iterator brings to a
// handler, in a task of its own.

#ifndef WINDTUNNEL_SHARED_CONSUME_CONSUMPTION_H_
#define WINDTUNNEL_SHARED_CONSUME_CONSUMPTION_H_

#include <algorithm>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/consume.h"
#include "windtunnel/jetstream.h"

namespace windtunnel::internal {

// Called in Next() for what does not end an iterator; may be null.
using ErrorHandler = absl::AnyInvocable<void(const absl::Status& status)>;

// What an iterator says when it was stopped or drained to the end.
inline absl::Status AtEnd() {
  return absl::OutOfRangeError("no more messages");
}

// For a request made on the way, in a Next() with `deadline`: long enough to be
// answered even when that is near.
inline CallOptions CallWithin(absl::Time now, absl::Time deadline,
                              const CancellationToken& token) {
  return {.timeout = std::clamp(deadline - now, absl::Milliseconds(250),
                                absl::Seconds(5)),
          .cancellation = token};
}

// An iterator whose Consumption may be destroyed from its own handler.
class ConsumedIterator : public MessageIterator {
 public:
  // Gives up everything that must not outlive the connection. Requires:
  // stopped, and nobody is in Next(), except that Next() may be calling
  // on_error.
  virtual void Release() = 0;
};

// `handler` is not null.
std::unique_ptr<Consumption> StartConsumption(
    Runtime& runtime, std::string task_name,
    std::unique_ptr<ConsumedIterator> iterator, DeliveryHandler handler);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_CONSUME_CONSUMPTION_H_
