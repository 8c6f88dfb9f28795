// Scheduler: virtual time, and the order of everything that happens in it.
//
// Time stands still while a task runs. Whoever has to wait hands over to the next
// ready task, first in, first out; when none is ready it moves time to the next
// timer and runs what is due, on its own stack. There is no loop in the middle:
// a wait whose own task becomes ready again switches nowhere.

#ifndef WINDTUNNEL_SIMULATOR_RUNTIME_SCHEDULER_H_
#define WINDTUNNEL_SIMULATOR_RUNTIME_SCHEDULER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "simulator/runtime/fiber.h"
#include "simulator/runtime/nanos.h"
#include "simulator/runtime/stack.h"
#include "simulator/runtime/timer_queue.h"

namespace windtunnel::simulation {

struct SchedulerOptions {
  Nanos start_time = 0;
  std::size_t stack_size = 256 * 1024;
  std::uint64_t livelock_limit = 10'000'000;
  // Null: print the text to stderr and abort.
  std::function<void(absl::string_view text)> on_failure = nullptr;
  // Told about tasks, for the history. May be null.
  std::function<void(const Fiber& fiber, bool ended)> on_task = nullptr;
};

// Threads: the constructing thread, which is the root task. Other threads may
// call OnThisThread() only.
class Scheduler {
 public:
  explicit Scheduler(SchedulerOptions options);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  // End() was called.
  ~Scheduler();

  bool OnThisThread() const { return thread_ == ThisThread(); }
  Nanos now() const { return now_; }
  absl::Time now_time() const { return now_time_; }
  Fiber& current() { return *current_; }
  bool ending() const { return ending_; }

  // Counts a call that did not have to wait; too many of them are a livelock.
  void CountCall() {
    if (++calls_ > call_limit_) OnTooManyCalls();
  }

  // For calls that act on the world without waiting: so that a task which makes
  // many does not keep the others from running.
  void SwitchPoint() {
    if (++switch_points_ % kCallsBetweenYields == 0) Yield();
  }

  std::shared_ptr<Fiber> Spawn(std::string name,
                               absl::AnyInvocable<void()> body);

  // Waits until Wake() or `deadline`. With a `queue` the fiber stands in it
  // meanwhile. Not for timers: they must not wait.
  WakeReason Wait(const WaitingFor& what, Nanos deadline, WaitQueue* queue);
  // As Wait() with nothing but the deadline; one that has passed lets every ready
  // task run once. In the root task it throws what left tasks unseen.
  WakeReason Sleep(Nanos deadline);
  // Lets every ready task run once.
  void Yield();
  bool running_timers() const { return running_timers_; }
  // Makes a waiting fiber ready; nothing happens to others.
  void Wake(Fiber& fiber, WakeReason reason);
  // See TaskBackend::Join().
  absl::Status Join(Fiber& fiber, Nanos deadline);

  void Arm(Timer& timer, Nanos due) { timers_.Arm(timer, due); }
  void Disarm(Timer& timer) { timers_.Disarm(timer); }

  // See Simulator::RunUntil() and RunUntilIdle().
  bool RunUntil(const std::function<bool()>& done, Nanos deadline);
  void RunUntilIdle();

  // Reports that the run itself is broken. If the hook returns, the simulation
  // ends: all waits return.
  void Fail(absl::string_view text);

  // Ends the simulation: waits return kCancelled, and tasks run until they end
  // or have waited too often since. Called from the root task.
  void End();

 private:
  // Unique among threads that live now.
  static const void* ThisThread() {
    static thread_local const char marker = 0;
    return &marker;
  }

  friend struct FiberEntry;
  static constexpr std::uint64_t kCallsBetweenYields = 1'000;

  void SwitchAway();
  void SwitchTo(Fiber& next);
  // On the new stack, after a switch from `from`.
  void Arrive(void* from_context, Fiber& from);
  [[noreturn]] void RunBody();
  void Retire(Fiber& fiber);
  // Runs what is due at the next instant. Requires: no fiber is ready.
  void RunNextEvent();
  void MoveTime(Nanos to);
  void RunDue();
  void OnNothingToRun();
  void OnTooManyCalls();
  void BeginEnding();
  void WakeAll(bool uncancellable_too);
  // Counts a wait that was cut short; a task that does it for ever is left.
  void CountWaitAfterEnd(std::uint64_t count);
  void Abandon();
  std::string DescribeTasks() const;
  void ThrowUnclaimed();

  SchedulerOptions options_;
  const void* const thread_;
  Nanos now_;
  absl::Time now_time_;
  std::uint64_t calls_ = 0;
  std::uint64_t call_limit_;
  std::uint64_t switch_points_ = 0;
  std::uint64_t switches_at_this_instant_ = 0;

  Fiber root_;
  Fiber* current_;
  WaitQueue ready_;
  TimerQueue timers_;
  StackPool stacks_;
  // Spawned and not ended, by number.
  std::map<std::uint64_t, std::shared_ptr<Fiber>> fibers_;
  std::vector<std::shared_ptr<Fiber>> abandoned_;
  std::uint64_t spawned_ = 0;

  bool running_timers_ = false;
  bool ending_ = false;
  bool reported_stuck_ = false;
  std::vector<std::shared_ptr<Fiber>> unclaimed_;  // Ended with an error.
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_RUNTIME_SCHEDULER_H_
