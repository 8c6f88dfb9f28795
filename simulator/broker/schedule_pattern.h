// What the headers of a message schedule say about its time: patterns and time
// zones (PUB-090, PUB-091, PUB-099).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_SCHEDULE_PATTERN_H_
#define WINDTUNNEL_SIMULATOR_BROKER_SCHEDULE_PATTERN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "simulator/broker/context.h"

namespace windtunnel::broker {

// The time zone of a Nats-Schedule-Time-Zone header; nullopt if there is none
// of this name in the machine's database. The server's own zone is UTC.
std::optional<absl::TimeZone> LoadScheduleZone(absl::string_view name);

struct ScheduleRun {
  absl::Time time;
  bool repeats = false;
};

// The first time after `from` that a schedule of this pattern is due: where the
// message was stored, or the time it was due before. Of those missed by `now`
// only the next to come counts. nullopt if the pattern is invalid, as one with
// a `zone` that takes none.
std::optional<ScheduleRun> NextScheduleRun(
    absl::string_view pattern, const std::optional<absl::TimeZone>& zone,
    Nanos from, Nanos now);

// Times as Nats-Schedule-Next has them; reading takes all that the server
// takes.
std::string FormatScheduleTime(absl::Time time, absl::TimeZone zone);
std::optional<absl::Time> ParseScheduleTime(absl::string_view text);

// Beyond the years 1678 to 2262 another time, as on the server: such schedules
// come at the wrong time, mostly at once.
Nanos ToScheduleNanos(absl::Time time);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_SCHEDULE_PATTERN_H_
