#include "simulator/broker/rate_limit.h"

#include <algorithm>

#include "absl/numeric/int128.h"
#include "simulator/broker/instant.h"

namespace windtunnel::broker {

Nanos RateLimit::TimeFor(std::int64_t size) const {
  const absl::int128 time = absl::int128(size) * kSecond / rate_;
  return time > kNever ? kNever : static_cast<Nanos>(time);
}

Nanos RateLimit::Reserve(Nanos now, std::int64_t size) {
  if (size > burst_) return kNever;
  if (rate_ == 0) {
    taken_ += size;
    return taken_ > burst_ ? kNever : 0;
  }
  full_at_ = After(std::max(full_at_, now), TimeFor(size));
  if (full_at_ == kNever) return kNever;
  return std::max<Nanos>(0, full_at_ - TimeFor(burst_) - now);
}

}  // namespace windtunnel::broker
