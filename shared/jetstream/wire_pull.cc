// WireJetStream: pulling.

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/api/pull_request.h"
#include "shared/jetstream/consumer_status.h"
#include "shared/jetstream/wire_inbox.h"
#include "shared/jetstream/wire_jetstream.h"

namespace windtunnel::internal {

namespace {

class WirePullSubscription final : public PullSubscription {
 public:
  WirePullSubscription(ConnectionBase& connection, std::string request_subject,
                       std::string inbox_subject,
                       ConnectionBase::SubscriptionId id,
                       std::shared_ptr<WireInbox> inbox)
      : connection_(connection),
        request_subject_(std::move(request_subject)),
        inbox_subject_(std::move(inbox_subject)),
        id_(id),
        inbox_(std::move(inbox)),
        reader_(connection) {}
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
        return ReadPullStatus(message->headers);
      }
      if (auto delivery = reader_.Read(*message)) return *std::move(delivery);
    }
  }

  std::size_t buffered() const override { return inbox_->size(); }

  void Unsubscribe() override {
    connection_.UnsubscribeSink(id_);
    inbox_->End();
  }

 private:
  ConnectionBase& connection_;
  const std::string request_subject_;
  const std::string inbox_subject_;
  const ConnectionBase::SubscriptionId id_;
  const std::shared_ptr<WireInbox> inbox_;
  DeliveryReader reader_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PullSubscription>> WireJetStream::SubscribePull(
    absl::string_view stream, absl::string_view consumer) {
  if (absl::Status s = CheckName("stream", stream); !s.ok()) return s;
  if (absl::Status s = CheckName("consumer", consumer); !s.ok()) return s;
  auto inbox = std::make_shared<WireInbox>(connection_.runtime());
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
