#include "simulator/broker/pull_queue.h"

#include <algorithm>

namespace windtunnel::broker {

Nanos PullQueue::NextDeadline() const {
  Nanos next = kNever;
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    next = std::min({next, requests_[i].expires, requests_[i].next_heartbeat});
  }
  return next;
}

void PullQueue::InsertByPriority(WaitingRequest request) {
  std::size_t at = 0;
  while (at < requests_.size() && requests_[at].priority <= request.priority) {
    ++at;
  }
  requests_.push_back(std::move(request));
  for (std::size_t i = requests_.size() - 1; i > at; --i) {
    std::swap(requests_[i], requests_[i - 1]);
  }
}

std::int64_t PullQueue::TotalBatch() const {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    total += requests_[i].batch;
  }
  return total;
}

}  // namespace windtunnel::broker
