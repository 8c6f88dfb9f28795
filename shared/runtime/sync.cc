#include "windtunnel/sync.h"

#include "shared/runtime/cancellation_state.h"

namespace windtunnel {

absl::Status Condition::Wait(Mutex& mutex) {
  return backend_->WaitUntil(*mutex.backend_, absl::InfiniteFuture(), nullptr);
}

absl::Status Condition::WaitUntil(Mutex& mutex, absl::Time deadline) {
  return backend_->WaitUntil(*mutex.backend_, deadline, nullptr);
}

absl::Status Condition::WaitUntil(Mutex& mutex, absl::Time deadline,
                                  const CancellationToken& token) {
  if (!token.can_be_cancelled()) return WaitUntil(mutex, deadline);
  if (token.cancelled()) return absl::CancelledError("the wait was cancelled");
  internal::CancellationState& state = *token.state_;
  state.Add(*backend_);
  absl::Status status =
      backend_->WaitUntil(*mutex.backend_, deadline, &state.flag());
  state.Remove(*backend_);
  return status;
}

absl::Status Condition::WaitFor(Mutex& mutex, absl::Duration timeout) {
  return WaitUntil(mutex, runtime_.Now() + timeout);
}

void Notification::Notify() {
  MutexLock lock(mutex_);
  notified_ = true;
  changed_.NotifyAll();
}

bool Notification::HasBeenNotified() const {
  MutexLock lock(mutex_);
  return notified_;
}

absl::Status Notification::Wait() {
  return WaitUntil(absl::InfiniteFuture(), {});
}

absl::Status Notification::WaitFor(absl::Duration timeout) {
  return WaitUntil(runtime_.Now() + timeout, {});
}

absl::Status Notification::WaitUntil(absl::Time deadline,
                                     const CancellationToken& token) {
  MutexLock lock(mutex_);
  while (!notified_) {
    absl::Status status = changed_.WaitUntil(mutex_, deadline, token);
    if (!status.ok() && !notified_) return status;
  }
  return absl::OkStatus();
}

}  // namespace windtunnel
