// DeadlineQueue: who wants to be woken when.
//
// Lazy: a deadline that moves later stays queued where it was. Whoever is woken
// too early says again when it wants to be.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_DEADLINE_QUEUE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_DEADLINE_QUEUE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "simulator/broker/context.h"

namespace windtunnel::broker {

class DeadlineQueue {
 public:
  // Nothing happens if `who` is to be woken earlier anyway, or never.
  void Add(std::uint64_t who, Nanos deadline);
  void Forget(std::uint64_t who);

  // kNever if nobody waits.
  Nanos Next() const { return heap_.empty() ? kNever : heap_.front().deadline; }
  // Takes the first who is due at or before `now`; of several at one instant
  // the smallest.
  std::optional<std::uint64_t> Take(Nanos now);

 private:
  struct Entry {
    Nanos deadline;
    std::uint64_t who;

    friend bool operator<(const Entry& a, const Entry& b) {
      return a.deadline != b.deadline ? a.deadline > b.deadline : a.who > b.who;
    }
  };
  void Pop();
  // Restores: the first entry is one that `queued_` knows.
  void DropStale();

  std::vector<Entry> heap_;
  absl::btree_map<std::uint64_t, Nanos> queued_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_DEADLINE_QUEUE_H_
