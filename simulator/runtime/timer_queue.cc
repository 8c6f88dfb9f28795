#include "simulator/runtime/timer_queue.h"

namespace windtunnel::simulation {

void TimerQueue::Arm(Timer& timer, Nanos due) {
  Disarm(timer);
  timer.due_ = due;
  heap_.emplace_back();
  SiftUp(heap_.size() - 1, Entry{due, arrivals_++, &timer});
}

void TimerQueue::Disarm(Timer& timer) {
  if (!timer.armed()) return;
  const std::size_t position = timer.position_;
  timer.position_ = Timer::kNowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (position == heap_.size()) return;
  if (position > 0 && last < heap_[(position - 1) / 2]) {
    SiftUp(position, last);
  } else {
    SiftDown(position, last);
  }
}

Timer& TimerQueue::Pop() {
  Timer& timer = *heap_[0].timer;
  Disarm(timer);
  return timer;
}

void TimerQueue::Place(std::size_t position, const Entry& entry) {
  heap_[position] = entry;
  entry.timer->position_ = position;
}

void TimerQueue::SiftUp(std::size_t position, const Entry& entry) {
  while (position > 0) {
    const std::size_t parent = (position - 1) / 2;
    if (!(entry < heap_[parent])) break;
    Place(position, heap_[parent]);
    position = parent;
  }
  Place(position, entry);
}

void TimerQueue::SiftDown(std::size_t position, const Entry& entry) {
  for (;;) {
    std::size_t child = 2 * position + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
    if (!(heap_[child] < entry)) break;
    Place(position, heap_[child]);
    position = child;
  }
  Place(position, entry);
}

}  // namespace windtunnel::simulation
