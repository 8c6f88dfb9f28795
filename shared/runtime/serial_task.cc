#include "shared/runtime/serial_task.h"

#include <utility>

#include "absl/cleanup/cleanup.h"

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

SerialTask::SerialTask(Runtime& runtime)
    : state_(std::make_shared<State>(runtime)), task_mutex_(runtime) {}

SerialTask::~SerialTask() = default;

void SerialTask::Start(std::string name, absl::AnyInvocable<void()> body) {
  Task task = state_->runtime.Spawn(
      std::move(name), [state = state_, body = std::move(body)]() mutable {
        absl::Cleanup finish = [&] {
          body = nullptr;
          MutexLock lock(state->mutex);
          state->done = true;
          state->changed.NotifyAll();
        };
        {
          MutexLock lock(state->mutex);
          while (!state->started) {
            if (!state->changed.Wait(state->mutex).ok()) return;
          }
        }
        body();
      });
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
