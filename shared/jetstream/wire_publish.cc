// WireJetStream: publishing with acknowledgement.

#include <utility>

#include "shared/api/pub_ack.h"
#include "shared/jetstream/async_publisher.h"
#include "shared/jetstream/publish_headers.h"
#include "shared/jetstream/publish_request.h"
#include "shared/jetstream/wire_jetstream.h"

namespace windtunnel::internal {

absl::StatusOr<PubAck> WireJetStream::Publish(const Message& message,
                                              const PublishOptions& options) {
  absl::StatusOr<Message> prepared = PreparePublish(message, options);
  if (!prepared.ok()) return prepared.status();
  absl::StatusOr<Message> answer =
      RequestPublish(connection_, *prepared, options);
  if (!answer.ok()) return answer.status();
  return api::DecodePubAck(answer->data);
}

absl::StatusOr<Future<PubAck>> WireJetStream::PublishAsync(
    const Message& message, const PublishOptions& options) {
  if (absl::Status status = connection_.CheckOpen(); !status.ok()) {
    return status;
  }
  absl::StatusOr<Message> prepared = PreparePublish(message, options);
  if (!prepared.ok()) return prepared.status();
  if (options.cancellation.cancelled()) {
    return absl::CancelledError("cancelled before the message was sent");
  }
  absl::StatusOr<std::shared_ptr<AsyncPublisher>> publisher =
      EnsureAsyncPublisher();
  if (!publisher.ok()) return publisher.status();
  return (*publisher)->Publish(*std::move(prepared), options);
}

int WireJetStream::publish_async_pending() const {
  const std::shared_ptr<AsyncPublisher> publisher = async_publisher();
  return publisher == nullptr ? 0 : publisher->pending();
}

absl::Status WireJetStream::WaitPublishAsync(absl::Duration timeout) {
  const std::shared_ptr<AsyncPublisher> publisher = async_publisher();
  if (publisher == nullptr) return absl::OkStatus();
  return publisher->WaitUntilNone(connection_.runtime().Now() + timeout);
}

std::shared_ptr<AsyncPublisher> WireJetStream::async_publisher() const {
  MutexLock lock(mutex_);
  return async_publisher_;
}

absl::StatusOr<std::shared_ptr<AsyncPublisher>>
WireJetStream::EnsureAsyncPublisher() {
  if (auto publisher = async_publisher()) return publisher;
  auto made = std::make_shared<AsyncPublisher>(
      connection_, options_.publish_async_max_pending);
  absl::StatusOr<ConnectionBase::SubscriptionId> id =
      connection_.SubscribeSink(made->subject(), "", made);
  if (!id.ok()) return id.status();
  made->set_subscription(*id);
  {
    MutexLock lock(mutex_);
    if (async_publisher_ == nullptr) {
      async_publisher_ = made;
      return made;
    }
  }
  made->Stop();  // Another task was first.
  return async_publisher();
}

}  // namespace windtunnel::internal
