// What every rule of the broker gets from outside: the time, and chance.
//
// The broker reads no clock, draws no number and calls nobody back. Time and
// choices come in with each call; answers and deliveries go into the Router's
// outbox.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_CONTEXT_H_
#define WINDTUNNEL_SIMULATOR_BROKER_CONTEXT_H_

#include <cstdint>
#include <limits>

#include "absl/strings/string_view.h"

namespace windtunnel::broker {

// Virtual time: nanoseconds since the Unix epoch.
using Nanos = std::int64_t;
inline constexpr Nanos kNever = std::numeric_limits<Nanos>::max();
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

// Where the real server is random, this is asked.
class Choices {
 public:
  virtual ~Choices() = default;
  // A number in [0, limit). `what` names the choice in logs. Requires: limit > 0.
  virtual std::uint64_t Draw(absl::string_view what, std::uint64_t limit) = 0;
};

struct Context {
  Nanos now;  // Never less than in the call before.
  Choices& choices;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_CONTEXT_H_
