#include "simulator/runtime/simulated_runtime.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "windtunnel/errors.h"

namespace windtunnel::simulation {

namespace {

using internal::ConditionBackend;
using internal::MutexBackend;
using internal::TaskBackend;

// One simulation is one thread: a lock is taken when another task has waited
// while holding it, and only then anybody stands in the queue.
class FiberMutex final : public MutexBackend {
 public:
  explicit FiberMutex(Scheduler& scheduler) : scheduler_(scheduler) {}

  void Lock() override {
    if (!scheduler_.OnThisThread()) return;
    scheduler_.CountCall();
    if (owner_ == nullptr) {
      owner_ = &scheduler_.current();
    } else {
      LockSlowly();
    }
  }

  bool TryLock() override {
    if (!scheduler_.OnThisThread()) return false;
    scheduler_.CountCall();
    if (owner_ != nullptr) return false;
    owner_ = &scheduler_.current();
    return true;
  }

  void Unlock() override {
    if (!scheduler_.OnThisThread()) return;
    owner_ = nullptr;
    // The first in the queue gets it, so that nobody can overtake.
    if (Fiber* next = waiters_.first()) {
      owner_ = next;
      scheduler_.Wake(*next, WakeReason::kNotified);
    }
  }

 private:
  void LockSlowly() {
    if (scheduler_.running_timers()) {
      scheduler_.Fail(absl::StrCat(
          "the task \"", owner_->name,
          "\" waits while it holds a lock that an arriving message needs\n"));
      return;
    }
    if (owner_ == &scheduler_.current()) {
      scheduler_.Fail(absl::StrCat("the task \"", owner_->name,
                                   "\" locks a mutex that it holds\n"));
      return;
    }
    scheduler_.Wait({.what = "a lock held by ",
                     .name = &owner_->name,
                     .cancellable = false},
                    kNever, &waiters_);
  }

  Scheduler& scheduler_;
  Fiber* owner_ = nullptr;
  WaitQueue waiters_;
};

class FiberCondition final : public ConditionBackend {
 public:
  explicit FiberCondition(Scheduler& scheduler) : scheduler_(scheduler) {}

  absl::Status WaitUntil(MutexBackend& mutex, absl::Time deadline,
                         const std::atomic<bool>* cancelled) override {
    if (!scheduler_.OnThisThread()) return NotATaskError();
    scheduler_.CountCall();
    if (IsSet(cancelled)) return CancelledError();
    const Nanos due = ToNanos(deadline);
    if (due <= scheduler_.now() && !scheduler_.ending()) {
      return absl::DeadlineExceededError("the deadline has passed");
    }
    mutex.Unlock();
    const WakeReason reason =
        scheduler_.Wait({.what = "a notification"}, due, &waiters_);
    mutex.Lock();
    if (IsSet(cancelled)) return CancelledError();
    switch (reason) {
      case WakeReason::kNotified:
        return absl::OkStatus();
      case WakeReason::kDeadline:
        return absl::DeadlineExceededError("the deadline has passed");
      case WakeReason::kCancelled:
        break;
    }
    return SimulationEndedError();
  }

  void NotifyOne() override {
    if (!scheduler_.OnThisThread()) return;
    if (Fiber* fiber = waiters_.first()) {
      scheduler_.Wake(*fiber, WakeReason::kNotified);
    }
  }

  void NotifyAll() override {
    if (!scheduler_.OnThisThread()) return;
    while (Fiber* fiber = waiters_.first()) {
      scheduler_.Wake(*fiber, WakeReason::kNotified);
    }
  }

 private:
  static bool IsSet(const std::atomic<bool>* flag) {
    return flag != nullptr && flag->load(std::memory_order_relaxed);
  }
  static absl::Status CancelledError() {
    return absl::CancelledError("the wait was cancelled");
  }

  Scheduler& scheduler_;
  WaitQueue waiters_;
};

class SimulatedTask final : public TaskBackend {
 public:
  explicit SimulatedTask(std::shared_ptr<Fiber> fiber)
      : fiber_(std::move(fiber)) {}

  const std::string& name() const override { return fiber_->name; }
  bool done() const override { return fiber_->ended(); }
  absl::Status Join(absl::Time deadline) override {
    // A task may outlive the simulation, which waited for its end.
    if (fiber_->ended() && fiber_->error == nullptr) {
      return fiber_->state == Fiber::State::kDone ? absl::OkStatus()
                                                  : SimulationEndedError();
    }
    if (!fiber_->scheduler->OnThisThread()) return NotATaskError();
    return fiber_->scheduler->Join(*fiber_, ToNanos(deadline));
  }

 private:
  const std::shared_ptr<Fiber> fiber_;
};

// What Spawn() gives a thread that is no task.
class RefusedTask final : public TaskBackend {
 public:
  explicit RefusedTask(std::string name) : name_(std::move(name)) {}

  const std::string& name() const override { return name_; }
  bool done() const override { return true; }
  absl::Status Join(absl::Time) override { return NotATaskError(); }

 private:
  const std::string name_;
};

}  // namespace

absl::Status NotATaskError() {
  return MakeErrorStatus(
      ErrorKind::kNotATask,
      "this thread is no task of the simulation: call from the thread that "
      "constructed the Simulator or from a task that its Runtime spawned");
}

absl::Status SimulationEndedError() {
  return absl::CancelledError("the simulation ended");
}

absl::Time SimulatedRuntime::Now() const {
  if (scheduler_.OnThisThread()) scheduler_.CountCall();
  return scheduler_.now_time();
}

Task SimulatedRuntime::Spawn(std::string name,
                             absl::AnyInvocable<void()> body) {
  if (!scheduler_.OnThisThread()) {
    return Task(std::make_shared<RefusedTask>(std::move(name)));
  }
  return Task(std::make_shared<SimulatedTask>(
      scheduler_.Spawn(std::move(name), std::move(body))));
}

absl::Status SimulatedRuntime::SleepUntil(absl::Time deadline) {
  if (!scheduler_.OnThisThread()) return NotATaskError();
  const WakeReason reason = scheduler_.Sleep(ToNanos(deadline));
  return reason == WakeReason::kCancelled ? SimulationEndedError()
                                          : absl::OkStatus();
}

absl::Status SimulatedRuntime::CheckCaller() const {
  if (!scheduler_.OnThisThread()) return NotATaskError();
  scheduler_.CountCall();
  return scheduler_.ending() ? SimulationEndedError() : absl::OkStatus();
}

std::uint64_t SimulatedRuntime::DrawRandom() {
  return scheduler_.OnThisThread() ? random_.Next() : 0;
}

std::unique_ptr<MutexBackend> SimulatedRuntime::NewMutex() {
  return std::make_unique<FiberMutex>(scheduler_);
}

std::unique_ptr<ConditionBackend> SimulatedRuntime::NewCondition() {
  return std::make_unique<FiberCondition>(scheduler_);
}

}  // namespace windtunnel::simulation
