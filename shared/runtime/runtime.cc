#include "windtunnel/runtime.h"

#include <exception>
#include <utility>

#include "windtunnel/sync.h"

namespace windtunnel {

Task::Task(std::shared_ptr<internal::TaskBackend> backend)
    : backend_(std::move(backend)) {}

Task& Task::operator=(Task&& other) {
  if (this == &other) return *this;
  Join().IgnoreError();
  backend_ = std::move(other.backend_);
  return *this;
}

Task::~Task() {
  // Two exceptions cannot travel at once: the one under way is the first cause.
  if (std::uncaught_exceptions() == 0) {
    Join().IgnoreError();
    return;
  }
  try {
    Join().IgnoreError();
  } catch (...) {
  }
}

absl::Status Task::Join() { return JoinUntil(absl::InfiniteFuture()); }

absl::Status Task::JoinUntil(absl::Time deadline) {
  if (backend_ == nullptr) return absl::OkStatus();
  // Held here, so that a body which throws at Join() counts as joined.
  std::shared_ptr<internal::TaskBackend> backend = std::move(backend_);
  absl::Status status = backend->Join(deadline);
  if (!status.ok() && !backend->done()) backend_ = std::move(backend);
  return status;
}

absl::string_view Task::name() const {
  return backend_ == nullptr ? absl::string_view() : backend_->name();
}

absl::Status Runtime::SleepFor(absl::Duration duration) {
  return SleepUntil(Now() + duration);
}

absl::Status Runtime::SleepFor(absl::Duration duration,
                               const CancellationToken& token) {
  if (token.cancelled()) return absl::CancelledError("the wait was cancelled");
  if (!token.can_be_cancelled() || duration <= absl::ZeroDuration()) {
    return SleepFor(duration);
  }
  Mutex mutex(*this);
  Condition never(*this);
  MutexLock lock(mutex);
  const absl::Time deadline = Now() + duration;
  absl::Status status;
  while (status.ok()) status = never.WaitUntil(mutex, deadline, token);
  return absl::IsDeadlineExceeded(status) ? absl::OkStatus() : status;
}

}  // namespace windtunnel
