// What only a push consumer knows: who listens, and how it is paced.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_PUSH_DELIVERY_H_
#define WINDTUNNEL_SIMULATOR_BROKER_PUSH_DELIVERY_H_

#include <cstdint>
#include <memory>
#include <string>

#include "simulator/broker/context.h"
#include "simulator/broker/flow_control.h"
#include "simulator/broker/rate_limit.h"
#include "simulator/broker/router.h"

namespace windtunnel::broker {

struct PushDelivery {
  // When the next heartbeat is due after a time in which nobody listened: none
  // was sent then, but the interval kept running (PSH-013).
  Nanos NextHeartbeat(Nanos now) const {
    return heartbeat_at + (now < heartbeat_at
                               ? 0
                               : ((now - heartbeat_at) / heartbeat + 1) *
                                     heartbeat);
  }

  Inbox listeners;    // Of the deliver subject.
  // Whose interest counts: as it was when the deliver subject was set.
  std::string group;
  bool heard = false;  // It was told last that somebody listens.
  // Somebody listens, as far as it noticed: while it sends one message after the
  // other, or waits to, it does not look. `lost` is part of that (DEL-049).
  bool bound = false;
  bool interest_changed = false;  // Not looked at yet.
  bool lost = false;              // Something reached nobody.
  // The consumer's inactivity is being waited out, or was once (CON-140).
  bool inactivity_timed = false;

  Nanos heartbeat = 0;            // 0: none.
  Nanos heartbeat_at = kNever;  // The next one; may have passed unless bound.
  bool heartbeat_missed = false;  // One was due while a message waited.

  std::unique_ptr<FlowControl> flow;  // Null: none.
  std::unique_ptr<RateLimit> rate;    // Null: as fast as it can.

  // Whether a stream takes the deliver subject: DeliverSubjects::IsStored().
  std::uint64_t stored_generation = 0;
  bool stored = false;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_PUSH_DELIVERY_H_
