#include "windtunnel/cancellation.h"

#include <algorithm>
#include <memory>

#include "shared/runtime/cancellation_state.h"

namespace windtunnel {

namespace internal {

void CancellationState::Cancel() {
  MutexLock lock(mutex_);
  if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
  for (ConditionBackend* waiter : waiters_) waiter->NotifyAll();
}

void CancellationState::Add(ConditionBackend& waiter) {
  MutexLock lock(mutex_);
  waiters_.push_back(&waiter);
}

void CancellationState::Remove(ConditionBackend& waiter) {
  MutexLock lock(mutex_);
  waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &waiter));
}

}  // namespace internal

bool CancellationToken::cancelled() const {
  return state_ != nullptr && state_->flag().load(std::memory_order_acquire);
}

CancellationSource::CancellationSource(Runtime& runtime)
    : state_(std::make_shared<internal::CancellationState>(runtime)) {}

void CancellationSource::Cancel() { state_->Cancel(); }

}  // namespace windtunnel
