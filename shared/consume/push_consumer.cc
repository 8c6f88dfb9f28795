#include "windtunnel/push_consumer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/consume/consumption.h"
#include "shared/consume/push_iterator.h"
#include "windtunnel/connection.h"

namespace windtunnel {

class PushConsumer::State {
 public:
  State(JetStream& jetstream, std::string stream, std::string consumer)
      : jetstream(jetstream),
        stream(std::move(stream)),
        consumer(std::move(consumer)) {}

  // Errors: as Messages().
  absl::StatusOr<std::unique_ptr<internal::PushIterator>> NewIterator(
      const CallOptions& options, internal::ErrorHandler on_error) {
    absl::StatusOr<ConsumerInfo> info =
        jetstream.GetConsumerInfo(stream, consumer, options);
    if (!info.ok()) return info.status();
    if (info->config.deliver_subject.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat("consumer '", consumer, "' is a pull consumer"));
    }
    absl::StatusOr<std::unique_ptr<PushSubscription>> subscription =
        jetstream.SubscribePush(info->config.deliver_subject,
                                {.queue_group = info->config.deliver_group,
                                 .acknowledge_taken = info->config.ack_policy ==
                                                      AckPolicy::kFlowControl});
    if (!subscription.ok()) return subscription.status();
    return std::make_unique<internal::PushIterator>(
        jetstream, *info, *std::move(subscription), std::move(on_error));
  }

  JetStream& jetstream;
  const std::string stream;
  const std::string consumer;
};

PushConsumer::PushConsumer(JetStream& jetstream, std::string stream,
                           std::string consumer)
    : state_(std::make_unique<State>(jetstream, std::move(stream),
                                     std::move(consumer))) {}

PushConsumer::~PushConsumer() = default;

PushConsumer::PushConsumer(PushConsumer&&) noexcept = default;

absl::StatusOr<std::unique_ptr<MessageIterator>> PushConsumer::Messages(
    const CallOptions& options) {
  return state_->NewIterator(options, nullptr);
}

absl::StatusOr<std::unique_ptr<Consumption>> PushConsumer::Consume(
    PushConsumeOptions options, DeliveryHandler handler) {
  if (!handler) return absl::InvalidArgumentError("the handler is null");
  absl::StatusOr<std::unique_ptr<internal::PushIterator>> iterator =
      state_->NewIterator(options.call, std::move(options.on_error));
  if (!iterator.ok()) return iterator.status();
  return internal::StartConsumption(
      state_->jetstream.connection().runtime(),
      absl::StrCat("consume ", state_->stream, "/", state_->consumer),
      *std::move(iterator), std::move(handler));
}

absl::StatusOr<ConsumerInfo> PushConsumer::Info() {
  return state_->jetstream.GetConsumerInfo(state_->stream, state_->consumer);
}

const std::string& PushConsumer::stream() const { return state_->stream; }
const std::string& PushConsumer::consumer() const { return state_->consumer; }

}  // namespace windtunnel
