// Fiber: one task of a simulation, with a stack of its own.

#ifndef WINDTUNNEL_SIMULATOR_RUNTIME_FIBER_H_
#define WINDTUNNEL_SIMULATOR_RUNTIME_FIBER_H_

#include <cstdint>
#include <exception>
#include <string>

#include "absl/functional/any_invocable.h"
#include "simulator/runtime/sanitizers.h"
#include "simulator/runtime/stack.h"
#include "simulator/runtime/timer_queue.h"

namespace windtunnel::simulation {

class Scheduler;
struct Fiber;

// Why a wait ended.
enum class WakeReason { kNotified, kDeadline, kCancelled };

// What a fiber waits for, in the words of the deadlock's text: "<what><name>".
struct WaitingFor {
  const char* what = "";
  const std::string* name = nullptr;
  // False: the wait goes on when the simulation ends, until what it waits for
  // has happened.
  bool cancellable = true;
};

// What the C++ runtime keeps for each thread about exceptions under way, as the
// Itanium ABI lays it down. Two fibers that wait inside `catch` would otherwise
// swap them.
struct ExceptionState {
  void* caught = nullptr;
  unsigned int uncaught = 0;
};

// Wakes a fiber at its deadline.
class WakeTimer final : public Timer {
 public:
  explicit WakeTimer(Fiber& fiber) : fiber_(fiber) {}

 private:
  void OnDue() override;
  Fiber& fiber_;
};

// Fibers in the order in which they came.
class WaitQueue {
 public:
  WaitQueue() = default;
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  bool empty() const { return first_ == nullptr; }
  Fiber* first() const { return first_; }
  void Append(Fiber& fiber);
  void Remove(Fiber& fiber);
  // Null if empty.
  Fiber* Pop();

 private:
  Fiber* first_ = nullptr;
  Fiber* last_ = nullptr;
};

struct Fiber {
  enum class State { kReady, kRunning, kWaiting, kDone, kAbandoned };

  explicit Fiber(Scheduler& s) : scheduler(&s), wake_timer(*this) {}

  bool ended() const {
    return state == State::kDone || state == State::kAbandoned;
  }

  Scheduler* scheduler;
  std::string name;
  std::uint64_t number = 0;  // In the order of spawning; the root is 0.
  absl::AnyInvocable<void()> body;
  State state = State::kReady;

  // Where it goes on; null before its first turn.
  void* context = nullptr;
  StackOwner stack;
  const StackOwner* stack_owner = nullptr;
  ExceptionState exceptions;
  SanitizerFiber sanitizer;

  // While it waits.
  WaitingFor waiting_for;
  Nanos waiting_since = 0;
  WakeReason woken = WakeReason::kNotified;
  WakeTimer wake_timer;

  // In at most one queue at a time: ready, or of a lock, a condition, an end.
  WaitQueue* queue = nullptr;
  Fiber* next = nullptr;
  Fiber* previous = nullptr;

  // What left its body, until somebody takes it.
  std::exception_ptr error;
  WaitQueue joiners;
  std::uint64_t waits_after_end = 0;
};

inline void WaitQueue::Append(Fiber& fiber) {
  fiber.queue = this;
  fiber.next = nullptr;
  fiber.previous = last_;
  (last_ == nullptr ? first_ : last_->next) = &fiber;
  last_ = &fiber;
}

inline void WaitQueue::Remove(Fiber& fiber) {
  (fiber.previous == nullptr ? first_ : fiber.previous->next) = fiber.next;
  (fiber.next == nullptr ? last_ : fiber.next->previous) = fiber.previous;
  fiber.queue = nullptr;
}

inline Fiber* WaitQueue::Pop() {
  Fiber* fiber = first_;
  if (fiber != nullptr) Remove(*fiber);
  return fiber;
}

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_RUNTIME_FIBER_H_
