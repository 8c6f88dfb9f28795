#include <atomic>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/consume/pull_consumer.h"
#include "shared/consume/pull_iterator.h"
#include "shared/runtime/serial_task.h"
#include "windtunnel/consume.h"

namespace windtunnel {

namespace {

// Shared by a Consumption and its task, which may outlive it.
struct Consuming {
  Consuming(Runtime& runtime, std::unique_ptr<internal::PullIterator> iterator,
            DeliveryHandler handler)
      : runtime(runtime),
        iterator(std::move(iterator)),
        handler(std::move(handler)),
        task(runtime) {}

  void Run() {
    while (true) {
      absl::StatusOr<Delivery> delivery =
          iterator->Next(absl::InfiniteFuture(), CancellationToken());
      if (!delivery.ok()) {
        if (!absl::IsOutOfRange(delivery.status())) reason = delivery.status();
        ended = true;
        return;
      }
      handler(*std::move(delivery));
    }
  }

  Runtime& runtime;
  const std::unique_ptr<internal::PullIterator> iterator;
  DeliveryHandler handler;
  absl::Status reason;  // Constant once `ended`.
  std::atomic<bool> ended{false};
  internal::SerialTask task;
};

class PullConsumption final : public Consumption {
 public:
  explicit PullConsumption(std::shared_ptr<Consuming> consuming)
      : consuming_(std::move(consuming)) {}

  ~PullConsumption() override {
    Stop();
    // From its handler: the task goes on a little, the connection perhaps not.
    if (consuming_->task.Inside()) consuming_->iterator->Release();
  }

  void Stop() override {
    consuming_->iterator->Stop();
    if (consuming_->task.Inside()) return;
    consuming_->task.WaitUntil(absl::InfiniteFuture(), {}).IgnoreError();
  }

  absl::Status Drain(absl::Duration timeout) override {
    consuming_->iterator->Drain();
    if (consuming_->task.Inside()) return absl::OkStatus();
    return consuming_->task.WaitUntil(consuming_->runtime.Now() + timeout, {});
  }

  absl::Status Wait(absl::Duration timeout) override {
    if (consuming_->task.Inside()) {
      return absl::FailedPreconditionError(
          "a handler cannot wait for its own end");
    }
    absl::Status status =
        consuming_->task.WaitUntil(consuming_->runtime.Now() + timeout, {});
    return status.ok() ? consuming_->reason : status;
  }

  bool ended() const override { return consuming_->ended; }

 private:
  const std::shared_ptr<Consuming> consuming_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Consumption>> PullConsumer::Consume(
    ConsumeOptions options, DeliveryHandler handler) {
  if (!handler) return absl::InvalidArgumentError("the handler is null");
  absl::StatusOr<std::unique_ptr<internal::PullIterator>> iterator =
      state_->NewIterator(options.messages, std::move(options.on_error));
  if (!iterator.ok()) return iterator.status();
  auto consuming = std::make_shared<Consuming>(
      state_->runtime, *std::move(iterator), std::move(handler));
  consuming->task.Start(
      absl::StrCat("consume ", state_->stream, "/", state_->consumer),
      [consuming] { consuming->Run(); });
  return std::make_unique<PullConsumption>(std::move(consuming));
}

}  // namespace windtunnel
