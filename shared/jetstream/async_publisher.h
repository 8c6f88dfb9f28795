// AsyncPublisher: publishes under way whose acknowledgements come through
// futures.

#ifndef WINDTUNNEL_SHARED_JETSTREAM_ASYNC_PUBLISHER_H_
#define WINDTUNNEL_SHARED_JETSTREAM_ASYNC_PUBLISHER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/nats/connection_base.h"
#include "shared/nats/connection_link.h"
#include "shared/runtime/serial_task.h"
#include "windtunnel/future.h"
#include "windtunnel/message.h"
#include "windtunnel/publish.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

// One inbox takes all acknowledgements, one task watches over all deadlines and
// retries. That task is started by the first publish.
//
// Threads: any. Lifetime: shared by JetStream, the backend and the task.
class AsyncPublisher : public MessageSink,
                       public std::enable_shared_from_this<AsyncPublisher> {
 public:
  AsyncPublisher(ConnectionBase& connection, int max_pending);

  // What to subscribe to.
  std::string subject() const { return inbox_ + ".*"; }
  void set_subscription(ConnectionBase::SubscriptionId id) { id_ = id; }

  // `message` is complete: headers and all.
  absl::StatusOr<Future<PubAck>> Publish(Message message,
                                         const PublishOptions& options);
  int pending() const;
  absl::Status WaitUntilNone(absl::Time deadline);

  // Ends interest and the task; what is pending fails.
  void Stop();

  void OnMessage(Message message) override;
  void OnEnd(absl::Status reason) override;
  void OnDisconnected() override;

 private:
  struct Entry {
    Message message;  // With its reply subject.
    Promise<PubAck> promise;
    absl::Time deadline;
    int retries_left;
    absl::Duration retry_wait;
    absl::Time retry_at = absl::InfiniteFuture();  // Refused; to be sent again.
  };
  using Entries = std::map<std::uint64_t, Entry>;

  // Requires mutex_, which it lets go of while it waits.
  absl::Status WaitForRoom(absl::Time deadline, const CancellationToken& token);
  // Sends again what was refused, fails what is overdue, until the end.
  void Watch();
  // Fails what is overdue; returns what is to be sent again.
  std::vector<std::pair<std::uint64_t, Message>> TakeDue(absl::Time now);
  void AddTime(absl::Time when, std::uint64_t token);
  void Complete(Entries::iterator entry, absl::StatusOr<PubAck> result);
  void FailAll(const absl::Status& status);

  Runtime& runtime_;
  ConnectionBase& connection_;  // For callers, who keep it alive.
  const std::shared_ptr<ConnectionLink> link_;  // For the task.
  const std::string inbox_;
  const std::size_t max_pending_;
  ConnectionBase::SubscriptionId id_ = 0;

  mutable Mutex mutex_;
  Condition fewer_;  // An entry is gone.
  Condition sooner_;  // There is something to do before watching_until_.
  std::uint64_t next_token_ = 1;
  Entries entries_;
  // When to look at which entry: its deadline, and its retry_at if set.
  std::set<std::pair<absl::Time, std::uint64_t>> times_;
  absl::Time watching_until_ = absl::InfinitePast();
  bool watching_ = false;  // watch_task_ was started.
  bool ended_ = false;
  SerialTask watch_task_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_JETSTREAM_ASYNC_PUBLISHER_H_
