// Runtime: the only door to time and concurrency.
//
//   windtunnel::Simulator simulator;              // or ThreadRuntime in client.h
//   windtunnel::Runtime& runtime = simulator.runtime();
//   auto worker = runtime.Spawn("worker", [&] { runtime.SleepFor(absl::Hours(1)); });
//   worker.Join();                                // returns at once in the simulator
//
// On the client a task is a thread and the clock is the wall. In the simulator a
// task is a fiber, sleeping moves virtual time, and exactly one task runs at a
// time. Code that waits only through Runtime and the primitives in sync.h,
// channel.h and future.h behaves alike in both.
//
// Threads: all methods may be called from any task. In the simulator a call from
// a thread that is no task is refused: calls that return absl::Status return
// kFailedPrecondition, the others do nothing; see each method.

#ifndef WINDTUNNEL_RUNTIME_H_
#define WINDTUNNEL_RUNTIME_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace windtunnel {

class CancellationToken;

namespace internal {

// What a backend implements for one lock. See Mutex in sync.h.
class MutexBackend {
 public:
  virtual ~MutexBackend() = default;
  virtual void Lock() = 0;
  virtual bool TryLock() = 0;
  virtual void Unlock() = 0;
};

// What a backend implements for one condition. See Condition in sync.h.
class ConditionBackend {
 public:
  virtual ~ConditionBackend() = default;

  // Atomically releases `mutex` (which the caller holds), waits until notified,
  // until `deadline`, or until `*cancelled` was set before a NotifyAll(), and
  // takes the mutex again. Returns OK when notified (possibly spuriously),
  // kDeadlineExceeded, or kCancelled. `cancelled` may be null.
  virtual absl::Status WaitUntil(MutexBackend& mutex, absl::Time deadline,
                                 const std::atomic<bool>* cancelled) = 0;
  // Neither requires the mutex to be held.
  virtual void NotifyOne() = 0;
  virtual void NotifyAll() = 0;
};

// What a backend keeps for one task.
class TaskBackend {
 public:
  virtual ~TaskBackend() = default;
  virtual const std::string& name() const = 0;
  virtual bool done() const = 0;
  // Waits for the end of the body. Rethrows, once, what the body threw.
  virtual absl::Status Join(absl::Time deadline) = 0;
};

}  // namespace internal

// A running body. Move-only; joins when destroyed. An exception that nobody
// joined for then ends the program, unless another one is already under way.
//
// Threads: one owner at a time. A task must not join itself (kFailedPrecondition).
class Task {
 public:
  Task() = default;
  // For implementers of Runtime.
  explicit Task(std::shared_ptr<internal::TaskBackend> backend);
  Task(Task&&) = default;
  Task& operator=(Task&& other);
  ~Task();

  // Waits until the body has ended. An exception that left the body is thrown
  // here, once. Joining an empty or joined task returns OK at once.
  //
  // Errors:
  //   kFailedPrecondition  Called from the task itself, from a thread that is no
  //                        task, or the task was never started for that reason.
  //   kCancelled           The simulation ended; the task has ended or will.
  absl::Status Join();

  // As Join(), but gives up at `deadline` with kDeadlineExceeded; the task runs
  // on and can be joined again.
  absl::Status JoinUntil(absl::Time deadline);

  bool joinable() const { return backend_ != nullptr; }
  absl::string_view name() const;

 private:
  std::shared_ptr<internal::TaskBackend> backend_;
};

class Runtime {
 public:
  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  virtual ~Runtime() = default;

  // The current time. In the simulator it stands still while a task runs.
  virtual absl::Time Now() const = 0;

  // Starts `body` as a task of its own. `name` appears in diagnostics and need
  // not be unique. Called from a thread that is no task of the simulator, the
  // body never runs and Join() of the result says why.
  virtual Task Spawn(std::string name, absl::AnyInvocable<void()> body) = 0;

  // Waits. A duration of zero or less lets other tasks run and returns.
  //
  // Errors:
  //   kCancelled           The simulation ended.
  //   kFailedPrecondition  The calling thread is no task.
  absl::Status SleepFor(absl::Duration duration);
  virtual absl::Status SleepUntil(absl::Time deadline) = 0;

  // As above; ends early with kCancelled when `token` is cancelled.
  absl::Status SleepFor(absl::Duration duration, const CancellationToken& token);

  // OK if the calling thread may use this runtime, kFailedPrecondition if it is
  // no task of it. Always OK on the client.
  virtual absl::Status CheckCaller() const = 0;

  // A number from this runtime's random source, for unique names such as
  // inboxes. Reproducible in the simulator: drawn from its seed.
  virtual std::uint64_t DrawRandom() = 0;

  // For the primitives of sync.h.
  virtual std::unique_ptr<internal::MutexBackend> NewMutex() = 0;
  virtual std::unique_ptr<internal::ConditionBackend> NewCondition() = 0;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_RUNTIME_H_
