// WireJetStream: listening to push consumers.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/jetstream/consumer_status.h"
#include "shared/jetstream/flow_control_answers.h"
#include "shared/jetstream/wire_inbox.h"
#include "shared/jetstream/wire_jetstream.h"
#include "windtunnel/subject.h"

namespace windtunnel::internal {

namespace {

class WirePushSubscription final : public PushSubscription {
 public:
  WirePushSubscription(ConnectionBase& connection, std::string deliver_subject,
                       const PushSubscribeOptions& options,
                       ConnectionBase::SubscriptionId id,
                       std::shared_ptr<WireInbox> inbox)
      : connection_(connection),
        deliver_subject_(std::move(deliver_subject)),
        id_(id),
        inbox_(std::move(inbox)),
        reader_(connection),
        answers_(connection, options.acknowledge_taken) {}
  ~WirePushSubscription() override { Unsubscribe(); }

  absl::StatusOr<PushEvent> Next(absl::Time deadline,
                                 const CancellationToken& token) override {
    while (true) {
      absl::StatusOr<Message> message = inbox_->Take(deadline, token);
      if (!message.ok()) return message.status();
      // A delivery comes under its stored subject (DEL-018), even if a status
      // line was stored with it (PUB-010).
      if (message->subject == deliver_subject_) {
        if (message->headers.status_code() == 0) continue;
        PushStatus status =
            ReadPushStatus(message->headers, std::move(message->reply));
        answers_.Answer(status);
        return status;
      }
      if (auto delivery = reader_.Read(*message)) {
        answers_.Take(delivery->numbers());
        return *std::move(delivery);
      }
    }
  }

  std::size_t buffered() const override { return inbox_->size(); }

  void Unsubscribe() override {
    connection_.UnsubscribeSink(id_);
    inbox_->End();
  }

 private:
  ConnectionBase& connection_;
  const std::string deliver_subject_;
  const ConnectionBase::SubscriptionId id_;
  const std::shared_ptr<WireInbox> inbox_;
  DeliveryReader reader_;
  FlowControlAnswers answers_;
};

}  // namespace

absl::Status CheckDeliverSubject(absl::string_view subject) {
  if (!HasWildcard(subject)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a deliver subject has no wildcards: '", subject, "'"));
}

absl::StatusOr<std::unique_ptr<PushSubscription>> WireJetStream::SubscribePush(
    absl::string_view deliver_subject, const PushSubscribeOptions& options) {
  if (absl::Status s = CheckDeliverSubject(deliver_subject); !s.ok()) return s;
  auto inbox = std::make_shared<WireInbox>(connection_.runtime());
  absl::StatusOr<ConnectionBase::SubscriptionId> id =
      connection_.SubscribeSink(deliver_subject, options.queue_group, inbox);
  if (!id.ok()) return id.status();
  return std::make_unique<WirePushSubscription>(connection_,
                                                std::string(deliver_subject),
                                                options, *id, std::move(inbox));
}

}  // namespace windtunnel::internal
