#include "simulator/broker/deadline_queue.h"

#include <algorithm>

namespace windtunnel::broker {

void DeadlineQueue::Add(std::uint64_t who, Nanos deadline) {
  if (deadline == kNever) return;
  const auto [queued, is_new] = queued_.try_emplace(who, deadline);
  if (!is_new) {
    if (queued->second <= deadline) return;
    queued->second = deadline;
  }
  heap_.push_back({deadline, who});
  std::push_heap(heap_.begin(), heap_.end());
  DropStale();
}

void DeadlineQueue::Forget(std::uint64_t who) {
  queued_.erase(who);
  DropStale();
}

std::optional<std::uint64_t> DeadlineQueue::Take(Nanos now) {
  if (Next() > now || heap_.empty()) return std::nullopt;
  const std::uint64_t who = heap_.front().who;
  Pop();
  queued_.erase(who);
  DropStale();
  return who;
}

void DeadlineQueue::Pop() {
  std::pop_heap(heap_.begin(), heap_.end());
  heap_.pop_back();
}

void DeadlineQueue::DropStale() {
  while (!heap_.empty()) {
    const auto queued = queued_.find(heap_.front().who);
    if (queued != queued_.end() && queued->second == heap_.front().deadline) {
      return;
    }
    Pop();
  }
}

}  // namespace windtunnel::broker
