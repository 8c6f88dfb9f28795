#include "simulator/runtime/scheduler.h"

#include <cxxabi.h>

#include <boost/context/detail/fcontext.hpp>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace windtunnel::simulation {

namespace context = boost::context::detail;

namespace {

ExceptionState* ThreadExceptions() {
  return reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
}

void PrintAndAbort(absl::string_view text) {
  std::fprintf(stderr, "windtunnel: %.*s\n", static_cast<int>(text.size()),
               text.data());
  std::abort();
}

}  // namespace

// Where a new stack begins.
struct FiberEntry {
  static void Run(context::transfer_t arrival) {
    Fiber& from = *static_cast<Fiber*>(arrival.data);
    Scheduler& scheduler = *from.scheduler;
    scheduler.Arrive(arrival.fctx, from);
    scheduler.RunBody();
  }
};

void WakeTimer::OnDue() {
  fiber_.scheduler->Wake(fiber_, WakeReason::kDeadline);
}

Scheduler::Scheduler(SchedulerOptions options)
    : options_(std::move(options)),
      thread_(ThisThread()),
      now_(options_.start_time),
      now_time_(FromNanos(now_)),
      call_limit_(options_.livelock_limit),
      root_(*this),
      current_(&root_),
      stacks_(options_.stack_size) {
  root_.name = "root";
  root_.state = Fiber::State::kRunning;
  root_.stack_owner = current_stack_owner;
  DiagnoseStackOverflow();
}

Scheduler::~Scheduler() {
  for (const std::shared_ptr<Fiber>& fiber : abandoned_) {
    if (fiber->stack.stack.bottom != nullptr) Retire(*fiber);
  }
}

std::shared_ptr<Fiber> Scheduler::Spawn(std::string name,
                                        absl::AnyInvocable<void()> body) {
  CountCall();
  auto fiber = std::make_shared<Fiber>(*this);
  fiber->name = std::move(name);
  fiber->number = ++spawned_;
  fiber->body = std::move(body);
  fibers_.emplace_hint(fibers_.end(), fiber->number, fiber);
  ready_.Append(*fiber);
  if (options_.on_task) options_.on_task(*fiber, false);
  return fiber;
}

// ---- Switching --------------------------------------------------------------

void Scheduler::SwitchAway() {
  Fiber* next;
  while ((next = ready_.Pop()) == nullptr) RunNextEvent();
  calls_ = 0;
  if (next == current_) {
    current_->state = Fiber::State::kRunning;
    return;
  }
  SwitchTo(*next);
}

void Scheduler::SwitchTo(Fiber& next) {
  Fiber& from = *current_;
  if (++switches_at_this_instant_ > options_.livelock_limit && !ending_) {
    switches_at_this_instant_ = 0;
    Fail(absl::StrCat(
        "livelock: tasks wake each other for ever without time moving\n",
        DescribeTasks()));
  }
  if (next.context == nullptr && &next != &root_) {
    next.stack.stack = stacks_.Take();
    if (next.stack.stack.bottom == nullptr) {
      PrintAndAbort(absl::StrCat("no memory for the stack of the task \"",
                                 next.name, "\""));
    }
    next.stack.task_name = next.name.c_str();
    next.stack_owner = &next.stack;
    const Stack& stack = next.stack.stack;
    next.sanitizer.SetStack(stack.bottom, stack.size);
    next.context =
        context::make_fcontext(stack.top(), stack.size, &FiberEntry::Run);
  }
  ExceptionState& exceptions = *ThreadExceptions();
  from.exceptions = exceptions;
  exceptions = next.exceptions;
  current_stack_owner = next.stack_owner;
  current_ = &next;
  next.state = Fiber::State::kRunning;
  from.sanitizer.Leave(next.sanitizer, from.ended());
  const context::transfer_t arrival =
      context::jump_fcontext(next.context, &from);
  Arrive(arrival.fctx, *static_cast<Fiber*>(arrival.data));
}

void Scheduler::Arrive(void* from_context, Fiber& from) {
  current_->sanitizer.Enter(from.sanitizer);
  from.context = from_context;
  if (from.state == Fiber::State::kDone) Retire(from);
}

void Scheduler::RunBody() {
  Fiber& self = *current_;
  try {
    self.body();
    self.body = nullptr;
  } catch (...) {
    self.error = std::current_exception();
    self.body = nullptr;
  }
  self.state = Fiber::State::kDone;
  if (options_.on_task) options_.on_task(self, true);
  if (self.error != nullptr && self.joiners.empty()) {
    unclaimed_.push_back(fibers_.at(self.number));
  }
  while (Fiber* joiner = self.joiners.first()) {
    Wake(*joiner, WakeReason::kNotified);
  }
  SwitchAway();
  std::abort();  // Nobody switches to a task that is done.
}

void Scheduler::Retire(Fiber& fiber) {
  fiber.sanitizer.Destroy();
  stacks_.Return(std::exchange(fiber.stack.stack, Stack{}));
  fibers_.erase(fiber.number);  // May destroy it.
}

// ---- Waiting ----------------------------------------------------------------

WakeReason Scheduler::Wait(const WaitingFor& what, Nanos deadline,
                           WaitQueue* queue) {
  Fiber& self = *current_;
  if (ending_) {
    CountWaitAfterEnd(1);
    if (what.cancellable) {
      Yield();
      return WakeReason::kCancelled;
    }
    deadline = kNever;
  }
  self.state = Fiber::State::kWaiting;
  self.waiting_for = what;
  self.waiting_since = now_;
  if (queue != nullptr) queue->Append(self);
  if (deadline != kNever) timers_.Arm(self.wake_timer, deadline);
  SwitchAway();
  return self.woken;
}

WakeReason Scheduler::Sleep(Nanos deadline) {
  CountCall();
  WakeReason reason = WakeReason::kDeadline;
  if (deadline > now_) {
    reason = Wait({.what = "time to pass"}, deadline, nullptr);
  } else {
    if (ending_) CountWaitAfterEnd(1);
    Yield();
    if (ending_) reason = WakeReason::kCancelled;
  }
  ThrowUnclaimed();
  return reason;
}

void Scheduler::Yield() {
  if (ready_.empty()) return;
  current_->state = Fiber::State::kReady;
  ready_.Append(*current_);
  SwitchAway();
}

void Scheduler::Wake(Fiber& fiber, WakeReason reason) {
  if (fiber.state != Fiber::State::kWaiting) return;
  if (fiber.queue != nullptr) fiber.queue->Remove(fiber);
  timers_.Disarm(fiber.wake_timer);
  fiber.woken = reason;
  fiber.state = Fiber::State::kReady;
  ready_.Append(fiber);
}

absl::Status Scheduler::Join(Fiber& fiber, Nanos deadline) {
  if (&fiber == current_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the task \"", fiber.name, "\" cannot join itself"));
  }
  CountCall();
  while (!fiber.ended()) {
    if (!ending_ && deadline <= now_) {
      return absl::DeadlineExceededError(
          absl::StrCat("the task \"", fiber.name, "\" has not ended"));
    }
    const WakeReason reason = Wait({.what = "the end of the task ",
                                    .name = &fiber.name,
                                    .cancellable = false},
                                   deadline, &fiber.joiners);
    if (reason == WakeReason::kCancelled && !fiber.ended()) break;
  }
  if (fiber.error != nullptr) {
    std::rethrow_exception(std::exchange(fiber.error, nullptr));
  }
  if (fiber.state == Fiber::State::kDone) return absl::OkStatus();
  return absl::CancelledError("the simulation ended");
}

// ---- Time -------------------------------------------------------------------

void Scheduler::MoveTime(Nanos to) {
  if (to <= now_) return;
  now_ = to;
  now_time_ = FromNanos(to);
  switches_at_this_instant_ = 0;
}

void Scheduler::RunDue() {
  running_timers_ = true;
  while (timers_.next_due() <= now_ && !timers_.empty()) timers_.Pop().OnDue();
  running_timers_ = false;
}

void Scheduler::RunNextEvent() {
  if (ending_ || timers_.empty()) {
    OnNothingToRun();
    return;
  }
  MoveTime(timers_.next_due());
  RunDue();
}

bool Scheduler::RunUntil(const std::function<bool()>& done, Nanos deadline) {
  CountCall();
  for (;;) {
    ThrowUnclaimed();
    if (done()) return true;
    if (ending_) {
      CountWaitAfterEnd(1);
      if (ready_.empty()) return false;
      Yield();
    } else if (!ready_.empty()) {
      Yield();
    } else if (timers_.next_due() <= deadline && !timers_.empty()) {
      RunNextEvent();
    } else if (deadline != kNever) {
      MoveTime(deadline);
      return done();
    } else {
      OnNothingToRun();
    }
  }
}

void Scheduler::RunUntilIdle() {
  CountCall();
  for (;;) {
    ThrowUnclaimed();
    if (ending_) CountWaitAfterEnd(1);
    if (!ready_.empty()) {
      Yield();
    } else if (!ending_ && !timers_.empty() && timers_.next_due() <= now_) {
      RunDue();
    } else {
      return;
    }
  }
}

}  // namespace windtunnel::simulation
