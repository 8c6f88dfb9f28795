// Virtual time as numbers, and its way to and from Abseil's types.

#ifndef WINDTUNNEL_SIMULATOR_RUNTIME_NANOS_H_
#define WINDTUNNEL_SIMULATOR_RUNTIME_NANOS_H_

#include "absl/time/time.h"
#include "simulator/broker/context.h"

namespace windtunnel::simulation {

using broker::kNever;
using broker::Nanos;

// What int64 nanoseconds cannot hold becomes the nearest they can: infinite
// times, and all after the year 2262, are kNever.
inline Nanos ToNanos(absl::Time time) { return absl::ToUnixNanos(time); }
inline Nanos ToNanos(absl::Duration duration) {
  return absl::ToInt64Nanoseconds(duration);
}

inline absl::Time FromNanos(Nanos nanos) {
  return nanos == kNever ? absl::InfiniteFuture() : absl::FromUnixNanos(nanos);
}

// `now` + `duration`; kNever if that is too far. A negative duration counts as 0.
inline Nanos After(Nanos now, absl::Duration duration) {
  const Nanos nanos = ToNanos(duration);
  if (nanos <= 0) return now;
  return nanos > kNever - now ? kNever : now + nanos;
}

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_RUNTIME_NANOS_H_
