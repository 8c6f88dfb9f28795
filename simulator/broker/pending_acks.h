// PendingAcks: what a consumer has delivered and nobody has settled yet, in the
// order of the stream.
//
// Finding, adding and removing cost next to nothing while deliveries are dense in
// the stream, and a short search where they are not.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_PENDING_ACKS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_PENDING_ACKS_H_

#include <cstddef>
#include <cstdint>

#include "simulator/broker/context.h"
#include "simulator/broker/ring.h"

namespace windtunnel::broker {

struct PendingAck {
  std::uint64_t stream_seq = 0;
  std::uint64_t consumer_seq = 0;  // Of the first delivery (DEL-035).
  // The ack wait counts from here: the last delivery or what +WPI and a delayed
  // NAK made of it.
  Nanos timestamp = 0;
  std::uint32_t queue_ticket = 0;  // See RedeliveryQueue; 0: not queued.
  std::int32_t redeliveries : 28 = 0;
  std::uint32_t counted : 1 = 0;   // In num_redelivered, even at 0 (DEL-046).
  std::uint32_t live : 1 = 0;
  std::uint32_t delayed : 1 = 0;   // See AckTimers.
  std::uint32_t adjusted : 1 = 0;  // Not the time of a delivery (CON-179).
};

class PendingAcks {
 public:
  bool empty() const { return live_ == 0; }
  std::size_t size() const { return live_; }

  // Null if absent. Valid until Add() or Remove().
  PendingAck* Find(std::uint64_t stream_seq);
  const PendingAck* Find(std::uint64_t stream_seq) const {
    return const_cast<PendingAcks*>(this)->Find(stream_seq);
  }
  // Requires: `stream_seq` is absent. Costs next to nothing if it is higher than
  // all before, as it nearly always is.
  PendingAck& Add(std::uint64_t stream_seq, std::uint64_t consumer_seq,
                  Nanos timestamp);
  // Requires: `entry` is one of these.
  void Remove(PendingAck& entry);
  void Clear();

  // The lowest entry above `stream_seq`; null if none.
  PendingAck* NextAfter(std::uint64_t stream_seq);

  // In ascending order; `visit` must not add or remove.
  template <typename Visit>
  void ForEach(Visit visit) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (entries_[i].live) visit(entries_[i]);
    }
  }

 private:
  // The index of the first entry, live or not, at or above `stream_seq`.
  std::size_t LowerBound(std::uint64_t stream_seq) const;

  // Removed entries stay as gaps until they reach an end or outnumber the rest
  // by far: looking up is fastest among few that moved.
  Ring<PendingAck> entries_;
  std::size_t live_ = 0;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_PENDING_ACKS_H_
