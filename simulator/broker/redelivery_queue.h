// RedeliveryQueue: unsettled messages that are to be delivered again, first in
// first out (DEL-042).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_REDELIVERY_QUEUE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_REDELIVERY_QUEUE_H_

#include <cstddef>
#include <cstdint>

#include "simulator/broker/pending_acks.h"
#include "simulator/broker/ring.h"

namespace windtunnel::broker {

class RedeliveryQueue {
 public:
  struct Item {
    std::uint64_t stream_seq = 0;
    PendingAck* entry = nullptr;  // Null if it was never delivered.
  };

  // How many are queued.
  std::size_t size() const { return queued_; }

  // Requires: `entry` is not queued.
  void Push(PendingAck& entry);
  // The same for a message that was not delivered yet (DEL-046).
  void PushUnsent(std::uint64_t stream_seq);
  // Takes `entry` off the queue, wherever it is (ACK-019). No effect if it is not
  // queued. To be called before an entry is removed from PendingAcks.
  void Remove(PendingAck& entry);
  // Takes the next off the queue. Requires: size() > 0.
  Item Pop(PendingAcks& pending);
  // Forgets everything; the entries do not know.
  void Clear();

 private:
  struct Record {
    std::uint64_t stream_seq = 0;
    std::uint32_t ticket = 0;  // 0: not delivered yet.
  };
  // Records of entries that were removed or queued anew are skipped: the ticket
  // of an entry is that of its latest record.
  Ring<Record> records_;
  std::size_t queued_ = 0;
  std::uint32_t last_ticket_ = 0;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_REDELIVERY_QUEUE_H_
