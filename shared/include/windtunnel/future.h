// Promise and Future: a value that one task produces and others wait for.
//
// Threads: any task. Lifetime: the Runtime outlives both. Futures are cheap to
// copy and share one value. A promise that is dropped without Set() leaves its
// futures waiting.

#ifndef WINDTUNNEL_FUTURE_H_
#define WINDTUNNEL_FUTURE_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "windtunnel/sync.h"

namespace windtunnel {

namespace internal {

template <typename T>
struct FutureState {
  explicit FutureState(Runtime& runtime) : mutex(runtime), set(runtime) {}
  Mutex mutex;
  Condition set;
  std::optional<absl::StatusOr<T>> value;
};

}  // namespace internal

template <typename T>
class Future {
 public:
  Future() = default;

  // False for a default-constructed future, which may only be assigned to.
  bool valid() const { return state_ != nullptr; }

  // True once a value or an error is there; Get() then returns at once.
  bool ready() const {
    MutexLock lock(state_->mutex);
    return state_->value.has_value();
  }

  // Waits for the value.
  //
  // Errors: what the producer reported; kDeadlineExceeded or kCancelled when the
  // wait ended first (the value may still come: Get() can be called again).
  absl::StatusOr<T> Get(absl::Time deadline = absl::InfiniteFuture(),
                        const CancellationToken& token = {}) const {
    MutexLock lock(state_->mutex);
    while (!state_->value.has_value()) {
      absl::Status status =
          state_->set.WaitUntil(state_->mutex, deadline, token);
      if (!status.ok() && !state_->value.has_value()) return status;
    }
    return *state_->value;
  }

 private:
  template <typename U>
  friend class Promise;
  explicit Future(std::shared_ptr<internal::FutureState<T>> state)
      : state_(std::move(state)) {}
  std::shared_ptr<internal::FutureState<T>> state_;
};

template <typename T>
class Promise {
 public:
  explicit Promise(Runtime& runtime)
      : state_(std::make_shared<internal::FutureState<T>>(runtime)) {}

  // The first call decides; later ones do nothing.
  void Set(absl::StatusOr<T> value) {
    MutexLock lock(state_->mutex);
    if (state_->value.has_value()) return;
    state_->value = std::move(value);
    state_->set.NotifyAll();
  }

  Future<T> future() const { return Future<T>(state_); }

 private:
  std::shared_ptr<internal::FutureState<T>> state_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_FUTURE_H_
