// Expiry: what a stream knows about the end of its messages (STO-083 to
// STO-100). The rules are in stream_expiry.cc.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_EXPIRY_H_
#define WINDTUNNEL_SIMULATOR_BROKER_EXPIRY_H_

#include <cstdint>

#include "simulator/broker/delete_markers.h"
#include "simulator/broker/expiry_timer.h"
#include "simulator/broker/message_ttl.h"

namespace windtunnel::broker {

struct Expiry {
  explicit Expiry(Nanos gap) : timer(gap) {}

  ExpiryTimer timer;
  TtlQueue ttls;
  DeleteMarkers markers;
  // All messages before this one never expire: runs need not look at them.
  std::uint64_t aging_from = 0;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_EXPIRY_H_
