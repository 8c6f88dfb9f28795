#include "shared/runtime/serial_task.h"

#include <utility>

namespace windtunnel::internal {

struct SerialTask::State {
  explicit State(Runtime& runtime)
      : runtime(runtime), mutex(runtime), changed(runtime) {}

  Runtime& runtime;
  Mutex mutex;
  Condition changed;
  bool started = false;  // task_ is set: Inside() can be asked.
  bool done = false;
};

// What the task runs. Counts as done when it is destroyed, so also if the runtime
// cannot start it.
class SerialTask::Body {
 public:
  Body(std::shared_ptr<State> state, absl::AnyInvocable<void()> body)
      : state_(std::move(state)), body_(std::move(body)) {}
  Body(Body&&) = default;
  ~Body() {
    if (state_ == nullptr) return;
    body_ = nullptr;
    MutexLock lock(state_->mutex);
    state_->done = true;
    state_->changed.NotifyAll();
  }

  void operator()() {
    {
      MutexLock lock(state_->mutex);
      while (!state_->started) {
        if (!state_->changed.Wait(state_->mutex).ok()) return;
      }
    }
    body_();
  }

 private:
  std::shared_ptr<State> state_;
  absl::AnyInvocable<void()> body_;
};

SerialTask::SerialTask(Runtime& runtime)
    : state_(std::make_shared<State>(runtime)), task_mutex_(runtime) {}

SerialTask::~SerialTask() = default;

void SerialTask::Start(std::string name, absl::AnyInvocable<void()> body) {
  Task task = state_->runtime.Spawn(std::move(name),
                                    Body(state_, std::move(body)));
  {
    MutexLock lock(task_mutex_);
    task_ = std::move(task);
  }
  MutexLock lock(state_->mutex);
  state_->started = true;
  state_->changed.NotifyAll();
}

bool SerialTask::Inside() {
  // A task is refused to join itself; that is the only way to tell.
  MutexLock lock(task_mutex_);
  if (!task_.joinable()) return false;
  return absl::IsFailedPrecondition(task_.JoinUntil(absl::InfinitePast()));
}

absl::Status SerialTask::WaitUntil(absl::Time deadline,
                                   const CancellationToken& token) {
  MutexLock lock(state_->mutex);
  while (state_->started && !state_->done) {
    absl::Status status =
        state_->changed.WaitUntil(state_->mutex, deadline, token);
    if (!status.ok() && !state_->done) return status;
  }
  return absl::OkStatus();
}

}  // namespace windtunnel::internal
