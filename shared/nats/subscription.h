// What a Subscription is made of: a buffer that the backend fills, and readers or
// a handler task that empty it.

#ifndef WINDTUNNEL_SHARED_NATS_SUBSCRIPTION_H_
#define WINDTUNNEL_SHARED_NATS_SUBSCRIPTION_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/nats/connection_base.h"
#include "shared/nats/event_queue.h"
#include "shared/runtime/serial_task.h"
#include "windtunnel/connection.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

// Threads: any. Lifetime: shared by the subscription, the backend and the
// handler's task.
class SubscriptionBuffer
    : public MessageSink,
      public std::enable_shared_from_this<SubscriptionBuffer> {
 public:
  SubscriptionBuffer(Runtime& runtime, std::string subject,
                     std::size_t pending_limit,
                     std::shared_ptr<EventQueue> events);

  void OnMessage(Message message) override;
  void OnEnd(absl::Status reason) override;

  // Calls `handler` for each message in a task of its own, until the end.
  void StartHandler(MessageHandler handler);
  bool has_handler() const { return has_handler_; }
  // Waits until the handler has seen the last message; at once without a
  // handler or from within it.
  absl::Status WaitForHandler(absl::Time deadline);

  absl::StatusOr<Message> NextUntil(absl::Time deadline,
                                    const CancellationToken& token);
  // Ends it and drops what was not read.
  void Discard();

  const std::string& subject() const { return subject_; }
  std::size_t pending() const;
  std::uint64_t dropped() const;

 private:
  const std::string subject_;
  const std::size_t pending_limit_;
  const std::shared_ptr<EventQueue> events_;
  mutable Mutex mutex_;
  Condition changed_;
  std::deque<Message> messages_;
  std::uint64_t dropped_ = 0;
  bool slow_ = false;  // The last message was dropped.
  bool ended_ = false;
  bool has_handler_ = false;  // Constant once the subscription is handed out.
  SerialTask task_;
};

class BufferedSubscription final : public Subscription {
 public:
  BufferedSubscription(ConnectionBase& connection,
                       ConnectionBase::SubscriptionId id,
                       std::shared_ptr<SubscriptionBuffer> buffer);
  ~BufferedSubscription() override;

  absl::StatusOr<Message> NextUntil(absl::Time deadline,
                                    const CancellationToken& token) override;
  absl::Status Drain(absl::Duration timeout) override;
  void Unsubscribe() override;
  absl::Status AutoUnsubscribe(std::uint64_t count) override;
  const std::string& subject() const override { return buffer_->subject(); }
  std::size_t pending() const override { return buffer_->pending(); }
  std::uint64_t dropped() const override { return buffer_->dropped(); }

 private:
  Runtime& runtime() override { return connection_.runtime(); }

  ConnectionBase& connection_;
  const ConnectionBase::SubscriptionId id_;
  const std::shared_ptr<SubscriptionBuffer> buffer_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_NATS_SUBSCRIPTION_H_
