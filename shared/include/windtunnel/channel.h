// Channel: a bounded first-in-first-out queue between tasks.
//
// Threads: any number of senders and receivers. Lifetime: the Runtime outlives
// it; nobody may be waiting when it is destroyed.

#ifndef WINDTUNNEL_CHANNEL_H_
#define WINDTUNNEL_CHANNEL_H_

#include <cstddef>
#include <deque>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "windtunnel/sync.h"

namespace windtunnel {

template <typename T>
class Channel {
 public:
  // `capacity` is at least 1.
  Channel(Runtime& runtime, std::size_t capacity)
      : capacity_(capacity == 0 ? 1 : capacity),
        mutex_(runtime),
        changed_(runtime) {}

  // Waits for room and appends `value`.
  //
  // Errors: kDeadlineExceeded and kCancelled as Condition::WaitUntil();
  // kOutOfRange when the channel is closed. In each case nothing was appended.
  absl::Status Send(T value, absl::Time deadline = absl::InfiniteFuture(),
                    const CancellationToken& token = {}) {
    MutexLock lock(mutex_);
    while (!closed_ && values_.size() >= capacity_) {
      absl::Status status = changed_.WaitUntil(mutex_, deadline, token);
      if (!status.ok()) return status;
    }
    if (closed_) return absl::OutOfRangeError("the channel is closed");
    values_.push_back(std::move(value));
    changed_.NotifyAll();
    return absl::OkStatus();
  }

  // Appends `value` if there is room now; false if full or closed.
  bool TrySend(T value) {
    MutexLock lock(mutex_);
    if (closed_ || values_.size() >= capacity_) return false;
    values_.push_back(std::move(value));
    changed_.NotifyAll();
    return true;
  }

  // Waits for a value and takes it, oldest first.
  //
  // Errors: kDeadlineExceeded and kCancelled as Condition::WaitUntil();
  // kOutOfRange when the channel is closed and everything sent was received.
  absl::StatusOr<T> Receive(absl::Time deadline = absl::InfiniteFuture(),
                            const CancellationToken& token = {}) {
    MutexLock lock(mutex_);
    while (values_.empty()) {
      if (closed_) return absl::OutOfRangeError("the channel is closed");
      absl::Status status = changed_.WaitUntil(mutex_, deadline, token);
      if (!status.ok() && values_.empty()) return status;
    }
    T value = std::move(values_.front());
    values_.pop_front();
    changed_.NotifyAll();
    return value;
  }

  // Nothing can be sent any more; what was sent can still be received.
  void Close() {
    MutexLock lock(mutex_);
    closed_ = true;
    changed_.NotifyAll();
  }

  std::size_t size() const {
    MutexLock lock(mutex_);
    return values_.size();
  }
  bool closed() const {
    MutexLock lock(mutex_);
    return closed_;
  }

 private:
  const std::size_t capacity_;
  mutable Mutex mutex_;
  Condition changed_;
  std::deque<T> values_;
  bool closed_ = false;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_CHANNEL_H_
