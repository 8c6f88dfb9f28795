#include "client/runtime/thread_sync.h"

#include "absl/time/clock.h"

namespace windtunnel::internal {

namespace {

using std::chrono::steady_clock;

bool IsSet(const std::atomic<bool>* flag) {
  return flag != nullptr && flag->load(std::memory_order_acquire);
}

}  // namespace

std::optional<steady_clock::time_point> MonotonicDeadline(absl::Time deadline) {
  const absl::Duration remaining = deadline - absl::Now();
  if (remaining > absl::Hours(24 * 365)) return std::nullopt;
  if (remaining <= absl::ZeroDuration()) return steady_clock::now();
  return steady_clock::now() + absl::ToChronoNanoseconds(remaining);
}

absl::Status ThreadCondition::WaitUntil(MutexBackend& mutex,
                                        absl::Time deadline,
                                        const std::atomic<bool>* cancelled) {
  const std::optional<steady_clock::time_point> until =
      MonotonicDeadline(deadline);
  std::unique_lock<std::mutex> lock(mutex_);
  if (IsSet(cancelled)) return absl::CancelledError("the wait was cancelled");
  mutex.Unlock();
  std::cv_status woken = std::cv_status::no_timeout;
  if (until.has_value()) {
    woken = notified_.wait_until(lock, *until);
  } else {
    notified_.wait(lock);
  }
  lock.unlock();
  mutex.Lock();
  if (IsSet(cancelled)) return absl::CancelledError("the wait was cancelled");
  if (woken == std::cv_status::timeout) {
    return absl::DeadlineExceededError("the deadline came first");
  }
  return absl::OkStatus();
}

void ThreadCondition::NotifyOne() {
  std::lock_guard<std::mutex> lock(mutex_);
  notified_.notify_one();
}

void ThreadCondition::NotifyAll() {
  std::lock_guard<std::mutex> lock(mutex_);
  notified_.notify_all();
}

}  // namespace windtunnel::internal
