// Pull: the primitive under Fetch, Messages and Consume (consume.h).
//
// A PullSubscription owns an inbox. Each Request() asks the consumer for a batch;
// Next() hands out what arrives: deliveries, and the statuses that end a request
// or beat for it. A request that is served completely ends without a status
// (PUL-021). Most applications want consume.h.

#ifndef WINDTUNNEL_PULL_H_
#define WINDTUNNEL_PULL_H_

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

// One pull request (PUL-001 to PUL-017).
struct PullRequest {
  std::int64_t batch = 1;
  absl::Duration expires = {};          // 0: waits for ever on the server.
  bool no_wait = false;
  std::int64_t max_bytes = 0;      // 0: no bound.
  absl::Duration idle_heartbeat = {};   // 0: none; at most half of `expires`.
  // Priority groups, servers 2.11+:
  std::string group = {};
  std::int64_t min_pending = 0;
  std::int64_t min_ack_pending = 0;
  std::string id = {};                  // The Nats-Pin-Id this client holds.
  std::int64_t priority = 0;       // 0 to 9.

  friend bool operator==(const PullRequest&, const PullRequest&) = default;
  friend std::ostream& operator<<(std::ostream& out, const PullRequest& request);
};

// A status message to the inbox, such as "408 Request Timeout".
struct PullStatus {
  int code = 0;
  std::string description = {};
  // What the ended request still wanted; only where the server says so.
  std::optional<std::uint64_t> pending_messages = {};
  std::optional<std::uint64_t> pending_bytes = {};
  // Of an idle heartbeat.
  std::optional<std::uint64_t> last_consumer_sequence = {};
  std::optional<std::uint64_t> last_stream_sequence = {};

  bool heartbeat() const { return code == 100; }

  friend bool operator==(const PullStatus&, const PullStatus&) = default;
  friend std::ostream& operator<<(std::ostream& out, const PullStatus& status);
};

using PullEvent = std::variant<Delivery, PullStatus>;

// Threads: one task at a time; Unsubscribe() from any. Lifetime: before its
// Connection. Destroying it ends interest: the server drops waiting requests
// (PUL-025).
class PullSubscription {
 public:
  virtual ~PullSubscription() = default;

  // Sends a request. Does not wait for messages.
  //
  // Errors: kInvalidArgument for a value that cannot be encoded (a duration
  // beyond int64 nanoseconds); kFailedPrecondition when the connection is closed
  // or the thread is no task. What the server refuses comes as a status.
  virtual absl::Status Request(const PullRequest& request) = 0;

  // The next delivery or status, in the order of arrival. What has arrived is
  // returned even if `deadline` has passed.
  //
  // Errors:
  //   kDeadlineExceeded    Nothing came in time.
  //   kCancelled           The token was cancelled or the simulation ended.
  //   kUnavailable         The connection was cut: waiting requests may be lost.
  //                        The subscription goes on after reconnecting.
  //   kFailedPrecondition  The connection is closed, or unsubscribed, and
  //                        everything was taken (kConnectionClosed).
  virtual absl::StatusOr<PullEvent> Next(absl::Time deadline,
                                         const CancellationToken& token) = 0;

  // Events that have arrived and were not taken; a cut counts as one.
  virtual std::size_t buffered() const = 0;

  // Ends interest at once; what has arrived can still be taken. A Next() that
  // waits in another task returns. Idempotent.
  virtual void Unsubscribe() = 0;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_PULL_H_
