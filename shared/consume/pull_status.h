// What the status at the end of a pull request means to whoever asked.

#ifndef WINDTUNNEL_SHARED_CONSUME_PULL_STATUS_H_
#define WINDTUNNEL_SHARED_CONSUME_PULL_STATUS_H_

#include "absl/status/status.h"
#include "windtunnel/delivery.h"
#include "windtunnel/pull.h"

namespace windtunnel::internal {

enum class PullEnd {
  kServed,        // Waited long enough, or all there is was sent: 404, 408, ...
  kTooLarge,      // The next message does not fit in max_bytes (PUL-042).
  kGone,          // No such consumer.
  kPushConsumer,  // Not to be pulled from.
  kRefused,       // The request itself is wrong.
  kOverBound,     // Over a bound that the consumer is configured with.
  kBusy,          // Too many requests wait; another time it may pass.
  kInterrupted    // Shutdown, change of leader, or a status not known here.
};

// `status` is no heartbeat.
PullEnd Classify(const PullStatus& status);

// OK for kServed; else an error with the server's text.
absl::Status ToStatus(const PullStatus& status);

// As the server counts for max_bytes (PUL-041).
std::int64_t DeliverySize(const Delivery& delivery);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_CONSUME_PULL_STATUS_H_
