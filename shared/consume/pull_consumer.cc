#include "shared/consume/pull_consumer.h"

namespace windtunnel {

absl::StatusOr<std::unique_ptr<PullSubscription>>
PullConsumer::State::TakeSubscription() {
  std::unique_ptr<PullSubscription> subscription;
  {
    MutexLock lock(mutex_);
    subscription = std::move(idle_);
  }
  // What arrived while it lay idle, a cut perhaps, is not for the next fetch.
  if (subscription != nullptr && subscription->buffered() == 0) {
    return subscription;
  }
  return jetstream.SubscribePull(stream, consumer);
}

void PullConsumer::State::KeepSubscription(
    std::unique_ptr<PullSubscription> subscription) {
  // Two fetches may end at once: the second one's is dropped, outside the lock.
  MutexLock lock(mutex_);
  std::swap(idle_, subscription);
}

PullConsumer::PullConsumer(JetStream& jetstream, std::string stream,
                           std::string consumer)
    : state_(std::make_unique<State>(jetstream, std::move(stream),
                                     std::move(consumer))) {}

PullConsumer::~PullConsumer() = default;

PullConsumer::PullConsumer(PullConsumer&&) noexcept = default;

absl::StatusOr<ConsumerInfo> PullConsumer::Info() {
  return state_->jetstream.GetConsumerInfo(state_->stream, state_->consumer);
}

const std::string& PullConsumer::stream() const { return state_->stream; }
const std::string& PullConsumer::consumer() const { return state_->consumer; }

}  // namespace windtunnel
