#include "simulator/broker/expiry_timer.h"

#include <algorithm>

namespace windtunnel::broker {

namespace {

// How long to wait at most where it is not known when the oldest is too old.
constexpr Nanos kLookAgain = 2 * kSecond;

}  // namespace

void ExpiryTimer::Set(Nanos now, const Situation& situation) {
  if (running_) return;
  if (situation.max_age <= 0 && situation.next_ttl == kNever) {
    next_ = kNever;
    return;
  }
  Nanos wait = situation.max_age > 0 ? situation.max_age : kNever;
  if (situation.until_age > 0) {
    wait = std::min(wait, situation.until_age);
  } else if (situation.has_messages && situation.max_age > 0) {
    wait = std::min(wait, kLookAgain);
  }
  if (situation.next_ttl != kNever) {
    // A TTL that is long over may be as far away as it can be.
    wait = situation.next_ttl <= now ? 0
                                     : std::min(wait, situation.next_ttl - now);
  }
  const Nanos at = After(now, std::max(wait, gap_));
  if (at > set_) return;
  next_ = set_ = at;
}

}  // namespace windtunnel::broker
