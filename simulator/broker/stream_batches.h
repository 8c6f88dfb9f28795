// The open batches of one stream, and how many its server has.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_BATCHES_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_BATCHES_H_

#include <algorithm>
#include <cstdint>

#include "simulator/broker/atomic_batch.h"
#include "simulator/broker/fast_batch.h"

namespace windtunnel::broker {

// Of all streams of a server (PUB-067, PUB-088).
struct OpenBatches {
  int atomic = 0;
  int fast = 0;
};

struct StreamBatches {
  explicit StreamBatches(OpenBatches& open)
      : atomic(open.atomic), fast(open.fast) {}

  Nanos NextDeadline() const {
    return std::min(atomic.NextDeadline(), fast.NextDeadline());
  }

  // What fast batches take for the last sequence while it is larger: an atomic
  // batch that was refused leaves its own count behind.
  std::uint64_t assumed_last_sequence = 0;
  AtomicBatches atomic;
  FastBatches fast;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_BATCHES_H_
