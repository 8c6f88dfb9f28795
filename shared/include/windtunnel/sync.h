// Locks and waits on a Runtime: Mutex, MutexLock, Condition, Notification.
//
// They take the place of std::mutex and friends in code that must run both on
// threads and in the simulator. An operating-system lock would stop the whole
// simulation while the task that holds it is suspended.
//
// Threads: any task. Lifetime: the Runtime outlives them; nobody may be waiting
// when one is destroyed.

#ifndef WINDTUNNEL_SYNC_H_
#define WINDTUNNEL_SYNC_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/runtime.h"

namespace windtunnel {

// Mutual exclusion. Not recursive. Meets BasicLockable and Lockable, so
// std::unique_lock<Mutex> works too.
class Mutex {
 public:
  explicit Mutex(Runtime& runtime) : backend_(runtime.NewMutex()) {}

  void Lock() { backend_->Lock(); }
  bool TryLock() { return backend_->TryLock(); }
  void Unlock() { backend_->Unlock(); }

  void lock() { Lock(); }
  bool try_lock() { return TryLock(); }
  void unlock() { Unlock(); }

 private:
  friend class Condition;
  std::unique_ptr<internal::MutexBackend> backend_;
};

// Holds a Mutex for a scope.
class MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) : mutex_(mutex) { mutex_.Lock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  ~MutexLock() { mutex_.Unlock(); }

 private:
  Mutex& mutex_;
};

// A place to wait for a change of what a Mutex guards.
//
//   MutexLock lock(mutex);
//   while (queue.empty()) {
//     if (absl::Status s = not_empty.Wait(mutex); !s.ok()) return s;
//   }
class Condition {
 public:
  explicit Condition(Runtime& runtime)
      : runtime_(runtime), backend_(runtime.NewCondition()) {}

  // Releases `mutex`, which the caller holds, waits, and takes it again. OK means
  // notified; check what you wait for again, as with any condition variable.
  //
  // Errors, the mutex is held in each case:
  //   kDeadlineExceeded    `deadline` came first.
  //   kCancelled           The token was cancelled or the simulation ended.
  //   kFailedPrecondition  The calling thread is no task.
  absl::Status Wait(Mutex& mutex);
  absl::Status WaitUntil(Mutex& mutex, absl::Time deadline);
  absl::Status WaitUntil(Mutex& mutex, absl::Time deadline,
                         const CancellationToken& token);
  absl::Status WaitFor(Mutex& mutex, absl::Duration timeout);

  void NotifyOne() { backend_->NotifyOne(); }
  void NotifyAll() { backend_->NotifyAll(); }

 private:
  Runtime& runtime_;
  std::unique_ptr<internal::ConditionBackend> backend_;
};

// An event that happens once.
class Notification {
 public:
  explicit Notification(Runtime& runtime)
      : mutex_(runtime), changed_(runtime), runtime_(runtime) {}

  // Wakes all waits, present and future. Calling it again does nothing.
  void Notify();
  bool HasBeenNotified() const;

  // Errors: as Condition::WaitUntil().
  absl::Status Wait();
  absl::Status WaitFor(absl::Duration timeout);
  absl::Status WaitUntil(absl::Time deadline, const CancellationToken& token);

 private:
  mutable Mutex mutex_;
  Condition changed_;
  Runtime& runtime_;
  bool notified_ = false;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_SYNC_H_
