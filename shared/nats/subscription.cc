#include "shared/nats/subscription.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "windtunnel/errors.h"

namespace windtunnel {

absl::StatusOr<Message> Subscription::Next(absl::Duration timeout) {
  return NextUntil(runtime().Now() + timeout, {});
}

}  // namespace windtunnel

namespace windtunnel::internal {

SubscriptionBuffer::SubscriptionBuffer(Runtime& runtime, std::string subject,
                                       std::size_t pending_limit,
                                       std::shared_ptr<EventQueue> events)
    : subject_(std::move(subject)),
      pending_limit_(pending_limit),
      events_(std::move(events)),
      mutex_(runtime),
      changed_(runtime),
      task_(runtime) {}

void SubscriptionBuffer::OnMessage(Message message) {
  {
    MutexLock lock(mutex_);
    if (ended_) return;
    if (messages_.size() < pending_limit_) {
      slow_ = false;
      messages_.push_back(std::move(message));
      changed_.NotifyOne();
      return;
    }
    ++dropped_;
    if (std::exchange(slow_, true)) return;
  }
  events_->Post(ConnectionEvent::kSlowConsumer,
                absl::StrCat("dropping messages of subscription '", subject_,
                             "': ", pending_limit_, " are pending"));
}

void SubscriptionBuffer::OnEnd(absl::Status) {
  MutexLock lock(mutex_);
  ended_ = true;
  changed_.NotifyAll();
}

void SubscriptionBuffer::StartHandler(MessageHandler handler) {
  has_handler_ = true;
  task_.Start(absl::StrCat("subscription '", subject_, "'"),
              [self = shared_from_this(), handler = std::move(handler)]() mutable {
                while (true) {
                  absl::StatusOr<Message> message =
                      self->NextUntil(absl::InfiniteFuture(), {});
                  if (!message.ok()) return;
                  handler(*message);
                }
              });
}

absl::Status SubscriptionBuffer::WaitForHandler(absl::Time deadline) {
  if (task_.Inside()) return absl::OkStatus();
  return task_.WaitUntil(deadline, {});
}

absl::StatusOr<Message> SubscriptionBuffer::NextUntil(
    absl::Time deadline, const CancellationToken& token) {
  MutexLock lock(mutex_);
  while (messages_.empty()) {
    if (ended_) {
      return MakeErrorStatus(
          ErrorKind::kConnectionClosed,
          absl::StrCat("the subscription '", subject_, "' has ended"));
    }
    absl::Status status = changed_.WaitUntil(mutex_, deadline, token);
    if (!status.ok() && messages_.empty()) return status;
  }
  Message message = std::move(messages_.front());
  messages_.pop_front();
  return message;
}

void SubscriptionBuffer::Discard() {
  MutexLock lock(mutex_);
  ended_ = true;
  messages_.clear();
  changed_.NotifyAll();
}

std::size_t SubscriptionBuffer::pending() const {
  MutexLock lock(mutex_);
  return messages_.size();
}

std::uint64_t SubscriptionBuffer::dropped() const {
  MutexLock lock(mutex_);
  return dropped_;
}

BufferedSubscription::BufferedSubscription(
    ConnectionBase& connection, ConnectionBase::SubscriptionId id,
    std::shared_ptr<SubscriptionBuffer> buffer)
    : connection_(connection), id_(id), buffer_(std::move(buffer)) {}

BufferedSubscription::~BufferedSubscription() { Unsubscribe(); }

absl::StatusOr<Message> BufferedSubscription::NextUntil(
    absl::Time deadline, const CancellationToken& token) {
  if (absl::Status status = connection_.runtime().CheckCaller(); !status.ok()) {
    return status;
  }
  if (buffer_->has_handler()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the subscription '", subject(), "' has a handler; Next() is not for it"));
  }
  return buffer_->NextUntil(deadline, token);
}

absl::Status BufferedSubscription::Drain(absl::Duration timeout) {
  return connection_.DrainBuffer(id_, *buffer_,
                                 connection_.runtime().Now() + timeout);
}

void BufferedSubscription::Unsubscribe() {
  connection_.ForgetSubscription(id_);
  connection_.UnsubscribeSink(id_);
  buffer_->Discard();
  buffer_->WaitForHandler(absl::InfiniteFuture()).IgnoreError();
}

absl::Status BufferedSubscription::AutoUnsubscribe(std::uint64_t count) {
  return connection_.LimitBuffer(id_, count);
}

}  // namespace windtunnel::internal
