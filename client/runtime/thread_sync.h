// The locks and conditions of ThreadRuntime.

#ifndef WINDTUNNEL_CLIENT_RUNTIME_THREAD_SYNC_H_
#define WINDTUNNEL_CLIENT_RUNTIME_THREAD_SYNC_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "windtunnel/runtime.h"

namespace windtunnel::internal {

// `deadline` on the monotonic clock, so that a step of the wall clock during a
// wait does not stretch it. nullopt: too far away to ever come.
std::optional<std::chrono::steady_clock::time_point> MonotonicDeadline(
    absl::Time deadline);

class ThreadMutex final : public MutexBackend {
 public:
  void Lock() override { mutex_.lock(); }
  bool TryLock() override { return mutex_.try_lock(); }
  void Unlock() override { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

// Order of locks: the mutex of the caller, then mutex_. A waiter takes mutex_
// before it lets go of its own mutex, and a notifier holds it, so that a change
// made between check and wait is never missed.
class ThreadCondition final : public ConditionBackend {
 public:
  absl::Status WaitUntil(MutexBackend& mutex, absl::Time deadline,
                         const std::atomic<bool>* cancelled) override;
  void NotifyOne() override;
  void NotifyAll() override;

 private:
  std::mutex mutex_;
  std::condition_variable notified_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_RUNTIME_THREAD_SYNC_H_
