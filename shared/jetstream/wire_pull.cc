// WireJetStream: pulling, and the way back for acknowledgements.

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/api/ack_payload.h"
#include "shared/api/pull_request.h"
#include "shared/jetstream/wire_jetstream.h"
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

// What arrived on the inbox, as it came. Shared with the backend.
class PullInbox final : public MessageSink {
 public:
  explicit PullInbox(Runtime& runtime) : mutex_(runtime), changed_(runtime) {}

  void OnMessage(Message message) override { Add(std::move(message)); }
  void OnDisconnected() override {
    Add(MakeErrorStatus(ErrorKind::kConnectionLost,
                        "the connection was cut: pull requests may be lost"));
  }
  void OnEnd(absl::Status) override { End(); }

  void End() {
    MutexLock lock(mutex_);
    ended_ = true;
    changed_.NotifyAll();
  }

  absl::StatusOr<Message> Take(absl::Time deadline,
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

  std::size_t size() const {
    MutexLock lock(mutex_);
    return arrived_.size();
  }

 private:
  void Add(absl::StatusOr<Message> arrival) {
    MutexLock lock(mutex_);
    if (ended_) return;
    arrived_.push_back(std::move(arrival));
    changed_.NotifyAll();
  }

  mutable Mutex mutex_;
  Condition changed_;
  std::deque<absl::StatusOr<Message>> arrived_;  // An error: a cut.
  bool ended_ = false;
};

std::optional<std::uint64_t> NumberIn(const Headers& headers,
                                      absl::string_view name) {
  const std::optional<absl::string_view> text = headers.Get(name);
  std::uint64_t number = 0;
  if (!text.has_value() || !absl::SimpleAtoi(*text, &number)) return std::nullopt;
  return number;
}

PullStatus ReadStatus(const Headers& headers) {
  PullStatus status;
  status.code = headers.status_code();
  status.description = headers.status_text();
  status.pending_messages = NumberIn(headers, "Nats-Pending-Messages");
  status.pending_bytes = NumberIn(headers, "Nats-Pending-Bytes");
  status.last_consumer_sequence = NumberIn(headers, "Nats-Last-Consumer");
  status.last_stream_sequence = NumberIn(headers, "Nats-Last-Stream");
  return status;
}

// Everything before the five numbers (DEL-029, DEL-031). `subject` was parsed.
absl::string_view AckPrefix(absl::string_view subject, bool is_long) {
  std::size_t end = 0;
  for (int tokens = is_long ? 6 : 4; tokens > 0; --tokens) {
    end = subject.find('.', end) + 1;
  }
  return subject.substr(0, end);
}

class WirePullSubscription final : public PullSubscription {
 public:
  WirePullSubscription(ConnectionBase& connection, std::string request_subject,
                       std::string inbox_subject,
                       ConnectionBase::SubscriptionId id,
                       std::shared_ptr<PullInbox> inbox)
      : connection_(connection),
        request_subject_(std::move(request_subject)),
        inbox_subject_(std::move(inbox_subject)),
        id_(id),
        inbox_(std::move(inbox)) {}
  ~WirePullSubscription() override { Unsubscribe(); }

  absl::Status Request(const PullRequest& request) override {
    absl::StatusOr<std::string> body = api::EncodePullRequest(request);
    if (!body.ok()) return body.status();
    Message message;
    message.subject = request_subject_;
    message.reply = inbox_subject_;
    message.data = *std::move(body);
    return connection_.Publish(message);
  }

  absl::StatusOr<PullEvent> Next(absl::Time deadline,
                                 const CancellationToken& token) override {
    while (true) {
      absl::StatusOr<Message> message = inbox_->Take(deadline, token);
      if (!message.ok()) return message.status();
      // A delivery comes under its stored subject (DEL-018), even if a status
      // line was stored with it (PUB-010).
      if (message->subject == inbox_subject_) {
        if (message->headers.status_code() == 0) continue;
        return ReadStatus(message->headers);
      }
      if (auto delivery = ReadDelivery(*message)) return *std::move(delivery);
    }
  }

  std::size_t buffered() const override { return inbox_->size(); }

  void Unsubscribe() override {
    connection_.UnsubscribeSink(id_);
    inbox_->End();
  }

 private:
  std::optional<Delivery> ReadDelivery(const Message& message) {
    absl::StatusOr<DeliveryMetadata> metadata = ParseAckSubject(message.reply);
    if (!metadata.ok()) return std::nullopt;
    const bool is_long = std::count(message.reply.begin(), message.reply.end(),
                                    '.') >= 10;
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

  ConnectionBase& connection_;
  const std::string request_subject_;
  const std::string inbox_subject_;
  const ConnectionBase::SubscriptionId id_;
  const std::shared_ptr<PullInbox> inbox_;
  std::shared_ptr<AckRoute> route_;  // Of the last delivery.
};

}  // namespace

absl::StatusOr<std::unique_ptr<PullSubscription>> WireJetStream::SubscribePull(
    absl::string_view stream, absl::string_view consumer) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  if (absl::Status s = CheckName("consumer", consumer); !s.ok()) return s;
  auto inbox = std::make_shared<PullInbox>(connection_.runtime());
  std::string inbox_subject = connection_.NewInbox();
  absl::StatusOr<ConnectionBase::SubscriptionId> id =
      connection_.SubscribeSink(inbox_subject, "", inbox);
  if (!id.ok()) return id.status();
  return std::make_unique<WirePullSubscription>(
      connection_,
      absl::StrCat(api_prefix_, "CONSUMER.MSG.NEXT.", stream, ".", consumer),
      std::move(inbox_subject), *id, std::move(inbox));
}

}  // namespace windtunnel::internal
