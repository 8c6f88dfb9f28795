#include "shared/nats/reply_inbox.h"

#include <deque>
#include <utility>

#include "windtunnel/errors.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

class ReplyInbox::Sink : public MessageSink {
 public:
  explicit Sink(Runtime& runtime) : mutex_(runtime), changed_(runtime) {}

  void OnMessage(Message message) override { Push(std::move(message)); }
  void OnDisconnected() override {
    Push(MakeErrorStatus(ErrorKind::kConnectionLost,
                         "the connection was cut before the answer came"));
  }
  void OnEnd(absl::Status) override {
    MutexLock lock(mutex_);
    ended_ = true;
    changed_.NotifyAll();
  }

  absl::StatusOr<Message> Next(absl::Time deadline,
                               const CancellationToken& token) {
    MutexLock lock(mutex_);
    while (events_.empty()) {
      if (ended_) {
        return MakeErrorStatus(ErrorKind::kConnectionClosed,
                               "the connection is closed");
      }
      absl::Status status = changed_.WaitUntil(mutex_, deadline, token);
      if (status.ok() || !events_.empty()) continue;
      if (!absl::IsDeadlineExceeded(status)) return status;
      return MakeErrorStatus(ErrorKind::kTimeout, "no answer in time");
    }
    absl::StatusOr<Message> event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

  bool HasNext() const {
    MutexLock lock(mutex_);
    return ended_ || !events_.empty();
  }

 private:
  void Push(absl::StatusOr<Message> event) {
    MutexLock lock(mutex_);
    events_.push_back(std::move(event));
    changed_.NotifyAll();
  }

  mutable Mutex mutex_;
  Condition changed_;
  std::deque<absl::StatusOr<Message>> events_;
  bool ended_ = false;
};

ReplyInbox::ReplyInbox(ConnectionBase& connection, std::shared_ptr<Sink> sink)
    : connection_(connection), sink_(std::move(sink)) {}

ReplyInbox::~ReplyInbox() { connection_.UnsubscribeSink(id_); }

absl::StatusOr<std::unique_ptr<ReplyInbox>> ReplyInbox::Open(
    ConnectionBase& connection, const std::string& subject) {
  auto sink = std::make_shared<Sink>(connection.runtime());
  absl::StatusOr<ConnectionBase::SubscriptionId> id =
      connection.SubscribeSink(subject, "", sink);
  if (!id.ok()) return id.status();
  std::unique_ptr<ReplyInbox> inbox(
      new ReplyInbox(connection, std::move(sink)));
  inbox->id_ = *id;
  return inbox;
}

absl::StatusOr<Message> ReplyInbox::Next(absl::Time deadline,
                                         const CancellationToken& token) {
  return sink_->Next(deadline, token);
}

bool ReplyInbox::HasNext() const { return sink_->HasNext(); }

absl::Status CheckForResponders(const Message& answer) {
  if (answer.headers.status_code() == 503 && answer.data.empty()) {
    return MakeErrorStatus(ErrorKind::kNoResponders,
                           "nobody listens on the subject");
  }
  return absl::OkStatus();
}

}  // namespace windtunnel::internal
