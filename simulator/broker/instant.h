// Adding to times what clients may choose freely.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_INSTANT_H_
#define WINDTUNNEL_SIMULATOR_BROKER_INSTANT_H_

#include "simulator/broker/context.h"

namespace windtunnel::broker {

// `duration` after `time`; kNever for what cannot be said in Nanos.
inline Nanos After(Nanos time, Nanos duration) {
  Nanos sum = 0;
  return __builtin_add_overflow(time, duration, &sum) ? kNever : sum;
}

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_INSTANT_H_
