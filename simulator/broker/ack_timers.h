// AckTimers: when unsettled messages become due for redelivery (ACK-031 to
// ACK-038).
//
// The wait after a delivery is one of few steps: the ack wait, or the back-off
// step of that delivery. Messages of one step become due in the order of their
// timestamps, so a queue for each step is enough; only delayed NAKs need sorting.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_ACK_TIMERS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_ACK_TIMERS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "simulator/broker/context.h"
#include "simulator/broker/instant.h"
#include "simulator/broker/pending_acks.h"
#include "simulator/broker/ring.h"

namespace windtunnel::broker {

class AckTimers {
 public:
  // Forgets everything. Requires: `steps` is not empty.
  void Reset(std::vector<Nanos> steps);

  // The wait of an entry as it stands.
  Nanos WaitOf(const PendingAck& entry) const {
    return steps_[LaneOf(entry)];
  }
  Nanos DeadlineOf(const PendingAck& entry) const {
    return After(entry.timestamp, WaitOf(entry));
  }

  // Starts the wait of an entry whose timestamp is now, which is not less than
  // in the call before. `pending` holds the entry.
  void Track(PendingAck& entry, PendingAcks& pending);
  // The same for a timestamp of any time. No effect if it is tracked so already.
  void TrackDelayed(PendingAck& entry);
  // To be called before the timestamp or the redeliveries of an entry change,
  // it is queued for redelivery, or it is removed.
  void Untrack(PendingAck& entry);

  const std::vector<Nanos>& steps() const { return steps_; }

  // The earliest deadline; kNever if none.
  Nanos Earliest(PendingAcks& pending);
  // Appends the entries due at or before `now`, untracked, in no useful order.
  void TakeExpired(PendingAcks& pending, Nanos now,
                   std::vector<std::uint64_t>& expired);

 private:
  struct Record {
    std::uint64_t stream_seq = 0;
    Nanos timestamp = 0;
  };

  std::size_t LaneOf(const PendingAck& entry) const {
    const auto step =
        static_cast<std::size_t>(std::max<int>(entry.redeliveries, 0));
    return std::min(step, steps_.size() - 1);
  }
  // The entry that `record` still stands for; null if it is outdated.
  PendingAck* Current(const Record& record, std::size_t lane,
                      PendingAcks& pending) const;
  // The first record of a lane that is not outdated; null if none.
  PendingAck* Front(std::size_t lane, PendingAcks& pending);

  std::vector<Nanos> steps_{0};
  std::vector<Ring<Record>> lanes_{1};
  absl::btree_set<std::pair<Nanos, std::uint64_t>> delayed_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_ACK_TIMERS_H_
