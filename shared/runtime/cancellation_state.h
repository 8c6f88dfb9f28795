// CancellationState: what a CancellationSource and its tokens share.

#ifndef WINDTUNNEL_SHARED_RUNTIME_CANCELLATION_STATE_H_
#define WINDTUNNEL_SHARED_RUNTIME_CANCELLATION_STATE_H_

#include <atomic>
#include <vector>

#include "windtunnel/runtime.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

// Order of locks: whoever waits holds its own mutex and then takes this one;
// Cancel() holds only this one and calls NotifyAll(), which takes nothing but
// the backend's internal lock. The backend checks flag() under that internal
// lock before it sleeps, so no wakeup is lost.
class CancellationState {
 public:
  explicit CancellationState(Runtime& runtime) : mutex_(runtime) {}

  const std::atomic<bool>& flag() const { return cancelled_; }

  void Cancel();

  // Between the two, Cancel() notifies `waiter`.
  void Add(ConditionBackend& waiter);
  void Remove(ConditionBackend& waiter);

 private:
  std::atomic<bool> cancelled_{false};
  Mutex mutex_;
  std::vector<ConditionBackend*> waiters_;  // One entry for each wait.
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_RUNTIME_CANCELLATION_STATE_H_
