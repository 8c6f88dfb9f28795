#include "client/runtime/thread_task.h"

#include <pthread.h>

#include <chrono>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/runtime/thread_sync.h"

namespace windtunnel::internal {

std::shared_ptr<ThreadTask> ThreadTask::Start(std::string name,
                                              absl::AnyInvocable<void()> body) {
  std::shared_ptr<ThreadTask> task(new ThreadTask(std::move(name)));
  std::lock_guard<std::mutex> lock(task->mutex_);
  try {
    task->thread_ = std::thread([task, body = std::move(body)]() mutable {
      task->Run(std::move(body));
    });
  } catch (const std::system_error& error) {
    task->done_ = true;
    task->start_status_ = absl::ResourceExhaustedError(absl::StrCat(
        "no thread for the task ", task->name_, ": ", error.what()));
  }
  return task;
}

// The last owner may be the thread itself, which cannot join itself.
ThreadTask::~ThreadTask() {
  if (thread_.joinable()) thread_.detach();
}

void ThreadTask::Run(absl::AnyInvocable<void()> body) {
  pthread_setname_np(pthread_self(), name_.substr(0, 15).c_str());
  std::exception_ptr exception;
  try {
    body();
  } catch (...) {
    exception = std::current_exception();
  }
  body = nullptr;  // What it captured is gone when a join returns.
  std::lock_guard<std::mutex> lock(mutex_);
  exception_ = std::move(exception);
  done_ = true;
  ended_.notify_all();
}

bool ThreadTask::done() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return done_;
}

absl::Status ThreadTask::Join(absl::Time deadline) {
  const std::optional<std::chrono::steady_clock::time_point> until =
      MonotonicDeadline(deadline);
  std::unique_lock<std::mutex> lock(mutex_);
  if (thread_.get_id() == std::this_thread::get_id()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the task ", name_, " cannot join itself"));
  }
  auto done = [this] { return done_; };
  if (!until.has_value()) {
    ended_.wait(lock, done);
  } else if (!ended_.wait_until(lock, *until, done)) {
    return absl::DeadlineExceededError(
        absl::StrCat("the task ", name_, " still runs"));
  }
  std::thread thread = std::move(thread_);
  std::exception_ptr exception = std::exchange(exception_, nullptr);
  lock.unlock();
  if (thread.joinable()) thread.join();
  if (exception != nullptr) std::rethrow_exception(exception);
  return start_status_;
}

}  // namespace windtunnel::internal
