// Push: the primitive under PushConsumer (push_consumer.h) and OrderedConsumer
// (ordered_consumer.h).
//
// A PushSubscription listens on the deliver subject of a push consumer, which
// sends by itself while somebody does (PSH-001, PSH-002). Next() hands out what
// arrives: deliveries, idle heartbeats and flow-control requests. Most
// applications want one of the two above.

#ifndef WINDTUNNEL_PUSH_H_
#define WINDTUNNEL_PUSH_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/delivery.h"

namespace windtunnel {

struct PushSubscribeOptions {
  // The consumer's deliver_group. Empty if it has none: PSH-004, PSH-005.
  std::string queue_group = {};

  // For a consumer of AckPolicy::kFlowControl (servers 2.14+): an answer to flow
  // control settles all deliveries that Next() has handed out before (CON-174).
  bool acknowledge_taken = false;
};

// A status message to the deliver subject, such as "100 Idle Heartbeat".
struct PushStatus {
  int code = 0;
  std::string description = {};
  // Of an idle heartbeat: the consumer sequence of the last delivery, and how far
  // the stream was looked through (PSH-011, PSH-016).
  std::optional<std::uint64_t> last_consumer_sequence = {};
  std::optional<std::uint64_t> last_stream_sequence = {};
  // Where the answer to a flow-control request goes: of the request itself
  // (PSH-017), and of the heartbeats while it is unanswered (PSH-015). Empty:
  // there is nothing to answer.
  std::string flow_control_subject = {};

  // "100 FlowControl Request".
  bool flow_control() const {
    return code == 100 && !flow_control_subject.empty() &&
           !last_consumer_sequence.has_value();
  }
  bool heartbeat() const { return code == 100 && !flow_control(); }

  friend bool operator==(const PushStatus&, const PushStatus&) = default;
  friend std::ostream& operator<<(std::ostream& out, const PushStatus& status);
};

using PushEvent = std::variant<Delivery, PushStatus>;

// Flow control is answered by Next() itself, at the moment when it takes the
// request, or a heartbeat that repeats it: everything before that was handed out
// by then. So a reader that falls behind holds the server up once two windows
// are on the way, 2 MiB at first and 32 MiB at most (PSH-018 to PSH-021), and
// nothing is dropped.
//
// Threads: one task at a time; Unsubscribe() from any. Lifetime: before its
// Connection. Destroying it ends interest.
class PushSubscription {
 public:
  virtual ~PushSubscription() = default;

  // The next delivery or status, in the order of arrival. What has arrived is
  // returned even if `deadline` has passed.
  //
  // Errors:
  //   kDeadlineExceeded    Nothing came in time.
  //   kCancelled           The token was cancelled or the simulation ended.
  //   kUnavailable         The connection was cut: what was on the way is lost,
  //                        and the consumer may be gone. The subscription goes
  //                        on after reconnecting.
  //   kFailedPrecondition  The connection is closed, or unsubscribed, and
  //                        everything was taken (kConnectionClosed).
  virtual absl::StatusOr<PushEvent> Next(absl::Time deadline,
                                         const CancellationToken& token) = 0;

  // Events that have arrived and were not taken; a cut counts as one.
  virtual std::size_t buffered() const = 0;

  // Ends interest at once; what has arrived can still be taken. A Next() that
  // waits in another task returns. Idempotent.
  virtual void Unsubscribe() = 0;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_PUSH_H_
