#include "simulator/broker/ack_timers.h"

#include <algorithm>
#include <cassert>

namespace windtunnel::broker {

void AckTimers::Reset(std::vector<Nanos> steps) {
  assert(!steps.empty());
  steps_ = std::move(steps);
  lanes_.clear();
  lanes_.resize(steps_.size());
  delayed_.clear();
}

void AckTimers::Track(PendingAck& entry, PendingAcks& pending) {
  const std::size_t lane = LaneOf(entry);
  Ring<Record>& records = lanes_[lane];
  if (records.size() > 2 * pending.size() + 64) {
    records.EraseIf([&](const Record& record) {
      return Current(record, lane, pending) == nullptr;
    });
  }
  records.push_back({entry.stream_seq, entry.timestamp});
}

void AckTimers::TrackDelayed(PendingAck& entry) {
  if (entry.delayed) return;
  entry.delayed = 1;
  delayed_.insert({DeadlineOf(entry), entry.stream_seq});
}

void AckTimers::Untrack(PendingAck& entry) {
  if (!entry.delayed) return;
  entry.delayed = 0;
  [[maybe_unused]] const std::size_t erased =
      delayed_.erase({DeadlineOf(entry), entry.stream_seq});
  assert(erased == 1);  // Nothing changed it in between.
}

PendingAck* AckTimers::Current(const Record& record, std::size_t lane,
                               PendingAcks& pending) const {
  PendingAck* entry = pending.Find(record.stream_seq);
  if (entry == nullptr || entry->queue_ticket != 0 || entry->delayed ||
      entry->timestamp != record.timestamp || LaneOf(*entry) != lane) {
    return nullptr;
  }
  return entry;
}

PendingAck* AckTimers::Front(std::size_t lane, PendingAcks& pending) {
  Ring<Record>& records = lanes_[lane];
  while (!records.empty()) {
    PendingAck* entry = Current(records.front(), lane, pending);
    if (entry != nullptr) return entry;
    records.pop_front();
  }
  return nullptr;
}

Nanos AckTimers::Earliest(PendingAcks& pending) {
  Nanos earliest = delayed_.empty() ? kNever : delayed_.begin()->first;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    const PendingAck* entry = Front(lane, pending);
    if (entry != nullptr) earliest = std::min(earliest, DeadlineOf(*entry));
  }
  return earliest;
}

void AckTimers::TakeExpired(PendingAcks& pending, Nanos now,
                            std::vector<std::uint64_t>& expired) {
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    for (PendingAck* entry = Front(lane, pending);
         entry != nullptr && DeadlineOf(*entry) <= now;
         entry = Front(lane, pending)) {
      expired.push_back(entry->stream_seq);
      lanes_[lane].pop_front();
    }
  }
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    expired.push_back(delayed_.begin()->second);
    pending.Find(expired.back())->delayed = 0;
    delayed_.erase(delayed_.begin());
  }
}

}  // namespace windtunnel::broker
