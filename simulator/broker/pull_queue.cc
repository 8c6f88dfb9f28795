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

std::int64_t PullQueue::TotalBatch() const {
  std::int64_t total = 0;
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    total += requests_[i].batch;
  }
  return total;
}

}  // namespace windtunnel::broker
