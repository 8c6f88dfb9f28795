#include "shared/jetstream/wire_inbox.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "shared/api/ack_payload.h"
#include "shared/nats/connection_link.h"
#include "windtunnel/errors.h"
#include "windtunnel/message_block.h"

namespace windtunnel::internal {

namespace {

absl::Status Closed() {
  return MakeErrorStatus(ErrorKind::kConnectionClosed,
                         "the connection is closed");
}

class WireAckRoute final : public AckRoute {
 public:
  explicit WireAckRoute(std::shared_ptr<ConnectionLink> link)
      : link_(std::move(link)) {}

  absl::Status Send(const Delivery& delivery, AckVerb verb,
                    absl::Duration delay, absl::string_view reason) override {
    ConnectionLink::Use connection(link_);
    if (!connection) return Closed();
    return connection->Publish(Payload(delivery, verb, delay, reason));
  }

  absl::Status SendAndConfirm(const Delivery& delivery,
                              const AckSyncOptions& options) override {
    ConnectionLink::Use connection(link_);
    if (!connection) return Closed();
    RequestOptions request_options;
    request_options.timeout = options.timeout;
    request_options.cancellation = options.cancellation;
    return connection
        ->Request(Payload(delivery, AckVerb::kAck, absl::ZeroDuration(), ""),
                  request_options)
        .status();
  }

 private:
  static Message Payload(const Delivery& delivery, AckVerb verb,
                         absl::Duration delay, absl::string_view reason) {
    Message message;
    message.subject = delivery.ack_subject();
    message.data = api::EncodeAckPayload(verb, delay, reason);
    return message;
  }

  const std::shared_ptr<ConnectionLink> link_;
};

// Everything before the five numbers (DEL-029, DEL-031). `subject` was parsed.
absl::string_view AckPrefix(absl::string_view subject, bool is_long) {
  std::size_t end = 0;
  for (int tokens = is_long ? 6 : 4; tokens > 0; --tokens) {
    end = subject.find('.', end) + 1;
  }
  return subject.substr(0, end);
}

}  // namespace

void WireInbox::OnDisconnected() {
  Add(MakeErrorStatus(ErrorKind::kConnectionLost,
                      "the connection was cut: what was on the way is lost"));
}

void WireInbox::End() {
  MutexLock lock(mutex_);
  ended_ = true;
  changed_.NotifyAll();
}

absl::StatusOr<Message> WireInbox::Take(absl::Time deadline,
                                        const CancellationToken& token) {
  MutexLock lock(mutex_);
  while (arrived_.empty()) {
    if (ended_) return Closed();
    absl::Status status = changed_.WaitUntil(mutex_, deadline, token);
    if (!status.ok() && arrived_.empty()) return status;
  }
  absl::StatusOr<Message> first = std::move(arrived_.front());
  arrived_.pop_front();
  return first;
}

std::size_t WireInbox::size() const {
  MutexLock lock(mutex_);
  return arrived_.size();
}

void WireInbox::Add(absl::StatusOr<Message> arrival) {
  MutexLock lock(mutex_);
  if (ended_) return;
  arrived_.push_back(std::move(arrival));
  changed_.NotifyAll();
}

std::optional<Delivery> DeliveryReader::Read(const Message& message) {
  absl::StatusOr<DeliveryMetadata> metadata = ParseAckSubject(message.reply);
  if (!metadata.ok()) return std::nullopt;
  const bool is_long =
      std::count(message.reply.begin(), message.reply.end(), '.') >= 10;
  const absl::string_view prefix = AckPrefix(message.reply, is_long);
  if (route_ == nullptr || route_->ack_prefix != prefix) {
    // Routes are shared by deliveries in other tasks: never changed.
    route_ = std::make_shared<WireAckRoute>(connection_.link());
    route_->domain = metadata->domain;
    route_->stream = metadata->stream;
    route_->consumer = metadata->consumer;
    route_->ack_prefix = std::string(prefix);
  }
  DeliveryNumbers numbers;
  numbers.stream_sequence = metadata->stream_sequence;
  numbers.consumer_sequence = metadata->consumer_sequence;
  numbers.num_pending = metadata->num_pending;
  numbers.timestamp_nanos = absl::ToUnixNanos(metadata->timestamp);
  numbers.delivered = static_cast<std::uint32_t>(metadata->delivered);
  return Delivery(MessageBlock::New(message.subject, message.headers.Encode(),
                                    message.data),
                  numbers, route_);
}

}  // namespace windtunnel::internal
