// TimerQueue: what is to happen at later instants.

#ifndef WINDTUNNEL_SIMULATOR_RUNTIME_TIMER_QUEUE_H_
#define WINDTUNNEL_SIMULATOR_RUNTIME_TIMER_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulator/runtime/nanos.h"

namespace windtunnel::simulation {

// Something that is due once. Lives where its owner puts it; the queue holds a
// pointer while it is armed. The owner disarms it before destroying it.
class Timer {
 public:
  virtual ~Timer() = default;

  bool armed() const { return position_ != kNowhere; }
  Nanos due() const { return due_; }

 protected:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  friend class TimerQueue;
  friend class Scheduler;
  // Must not wait. Runs while no task is ready.
  virtual void OnDue() = 0;

  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  Nanos due_ = kNever;
  std::size_t position_ = kNowhere;
};

// Earliest first; of those due at the same instant, the one armed first.
class TimerQueue {
 public:
  // Arms `timer`, anew if it is armed already.
  void Arm(Timer& timer, Nanos due);
  void Disarm(Timer& timer);

  bool empty() const { return heap_.empty(); }
  Nanos next_due() const { return heap_.empty() ? kNever : heap_[0].due; }
  // Disarms and returns the first. Requires: not empty.
  Timer& Pop();

 private:
  struct Entry {
    Nanos due;
    std::uint64_t arrival;
    Timer* timer;

    bool operator<(const Entry& other) const {
      return due != other.due ? due < other.due : arrival < other.arrival;
    }
  };
  void Place(std::size_t position, const Entry& entry);
  void SiftUp(std::size_t position, const Entry& entry);
  void SiftDown(std::size_t position, const Entry& entry);

  std::vector<Entry> heap_;
  std::uint64_t arrivals_ = 0;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_RUNTIME_TIMER_QUEUE_H_
