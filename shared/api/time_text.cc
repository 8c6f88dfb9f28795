#include "shared/api/time_text.h"

#include "absl/time/civil_time.h"
#include "shared/api/go_time.h"

namespace windtunnel::api {

absl::Time ZeroTime() {
  return absl::FromCivil(absl::CivilSecond(1, 1, 1), absl::UTCTimeZone());
}

bool CanFormatRfc3339(absl::Time time) {
  return time >= ZeroTime() &&
         time < absl::FromCivil(absl::CivilSecond(10000, 1, 1),
                                absl::UTCTimeZone());
}

std::string FormatRfc3339(absl::Time time) {
  if (!CanFormatRfc3339(time)) time = ZeroTime();
  // absl's clock ticks four times in a nanosecond.
  const absl::Duration since = time - absl::UnixEpoch();
  time = absl::UnixEpoch() + absl::Floor(since, absl::Nanoseconds(1));
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::optional<absl::Time> ParseRfc3339(absl::string_view text) {
  const GoTime parsed = ParseGoTime(text);
  if (!parsed.error.empty()) return std::nullopt;
  return parsed.time;
}

}  // namespace windtunnel::api
