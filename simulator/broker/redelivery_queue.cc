#include "simulator/broker/redelivery_queue.h"

#include <cassert>

namespace windtunnel::broker {

void RedeliveryQueue::Push(PendingAck& entry) {
  assert(entry.queue_ticket == 0);
  if (++last_ticket_ == 0) ++last_ticket_;
  entry.queue_ticket = last_ticket_;
  records_.push_back({entry.stream_seq, last_ticket_});
  ++queued_;
}

void RedeliveryQueue::PushUnsent(std::uint64_t stream_seq) {
  records_.push_back({stream_seq, 0});
  ++queued_;
}

void RedeliveryQueue::Remove(PendingAck& entry) {
  if (entry.queue_ticket == 0) return;
  entry.queue_ticket = 0;
  if (--queued_ == 0) records_.clear();
}

RedeliveryQueue::Item RedeliveryQueue::Pop(PendingAcks& pending) {
  for (;;) {
    const Record record = records_.pop_front();
    PendingAck* entry = pending.Find(record.stream_seq);
    if (record.ticket == 0) {
      if (--queued_ == 0) records_.clear();
      return {record.stream_seq, entry};
    }
    if (entry == nullptr || entry->queue_ticket != record.ticket) continue;
    Remove(*entry);
    return {record.stream_seq, entry};
  }
}

void RedeliveryQueue::Clear() {
  records_.clear();
  queued_ = 0;
}

}  // namespace windtunnel::broker
