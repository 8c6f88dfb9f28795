// PullQueue: the pull requests that wait at a consumer, served in turn, one
// message each (PUL-018), or by priority (GRP-037).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_PULL_QUEUE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_PULL_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "simulator/broker/context.h"
#include "simulator/broker/priority_groups.h"
#include "simulator/broker/ring.h"
#include "simulator/broker/router.h"

namespace windtunnel::broker {

struct WaitingRequest {
  Inbox inbox;
  std::int64_t batch = 1;      // Messages still wanted.
  std::int64_t bytes_left = 0;
  bool has_max_bytes = false;
  bool no_wait = false;
  bool served = false;         // Got at least one message.
  std::int8_t priority = 0;    // 0 first; for policy prioritized.
  Nanos expires = kNever;
  Nanos heartbeat = 0;         // 0: none.
  Nanos next_heartbeat = kNever;
  std::unique_ptr<GroupTerms> group;  // Null: it names none.
};

class PullQueue {
 public:
  bool empty() const { return requests_.empty(); }
  std::size_t size() const { return requests_.size(); }

  void Push(WaitingRequest request) { requests_.push_back(std::move(request)); }
  // Before the first of a greater priority number.
  void InsertByPriority(WaitingRequest request);
  // Whose turn it is.
  WaitingRequest& front() { return requests_.front(); }
  void PopFront() { requests_.pop_front(); }
  // The turn of the front is over.
  void Rotate() {
    if (requests_.size() > 1) requests_.push_back(requests_.pop_front());
  }
  // The same among those of its priority.
  void RequeueByPriority() {
    if (requests_.size() > 1) InsertByPriority(requests_.pop_front());
  }
  void Clear() { requests_.clear(); }

  template <typename Drop>
  void EraseIf(Drop drop) { requests_.EraseIf(drop); }

  // When the next request ends or wants a heartbeat; kNever if none does.
  Nanos NextDeadline() const;
  // What all of them want together.
  std::int64_t TotalBatch() const;

 private:
  Ring<WaitingRequest> requests_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_PULL_QUEUE_H_
