// RateLimit: how fast a push consumer may send (PSH-025 to PSH-027). A bucket of
// bytes that fills at a steady rate.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_RATE_LIMIT_H_
#define WINDTUNNEL_SIMULATOR_BROKER_RATE_LIMIT_H_

#include <cstdint>

#include "simulator/broker/context.h"

namespace windtunnel::broker {

class RateLimit {
 public:
  // Full from the start. Nothing fills it at 0 bytes per second.
  RateLimit(std::uint64_t bytes_per_second, std::int64_t burst)
      : rate_(bytes_per_second), burst_(burst) {}

  // Takes `size` bytes; how long to wait until they may go out. kNever: a
  // message larger than the bucket has no time.
  Nanos Reserve(Nanos now, std::int64_t size);

 private:
  // How long the bucket takes to fill by `size`.
  Nanos TimeFor(std::int64_t size) const;

  const std::uint64_t rate_;
  const std::int64_t burst_;
  Nanos full_at_ = 0;            // If nothing is taken until then.
  std::int64_t taken_ = 0;       // Without a rate: for good.
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_RATE_LIMIT_H_
