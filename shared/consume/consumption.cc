#include "shared/consume/consumption.h"

#include <atomic>
#include <utility>

#include "shared/runtime/serial_task.h"

namespace windtunnel::internal {

namespace {

// Shared by a Consumption and its task, which may outlive it.
struct Consuming {
  Consuming(Runtime& runtime, std::unique_ptr<ConsumedIterator> iterator,
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
  const std::unique_ptr<ConsumedIterator> iterator;
  DeliveryHandler handler;
  absl::Status reason;  // Constant once `ended`.
  std::atomic<bool> ended{false};
  SerialTask task;
};

class RunningConsumption final : public Consumption {
 public:
  explicit RunningConsumption(std::shared_ptr<Consuming> consuming)
      : consuming_(std::move(consuming)) {}

  ~RunningConsumption() override {
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

std::unique_ptr<Consumption> StartConsumption(
    Runtime& runtime, std::string task_name,
    std::unique_ptr<ConsumedIterator> iterator, DeliveryHandler handler) {
  auto consuming = std::make_shared<Consuming>(runtime, std::move(iterator),
                                               std::move(handler));
  consuming->task.Start(std::move(task_name),
                        [consuming] { consuming->Run(); });
  return std::make_unique<RunningConsumption>(std::move(consuming));
}

}  // namespace windtunnel::internal
