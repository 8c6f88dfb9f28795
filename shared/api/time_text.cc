#include "shared/api/time_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"

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
  // absl takes more than RFC 3339 does: blanks, one digit where two belong,
  // names of infinite times.
  constexpr absl::string_view kForm = "0000-00-00T00:00:00";
  if (text.size() <= kForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool as_expected = kForm[i] == '0' ? absl::ascii_isdigit(text[i]) != 0
                                             : kForm[i] == text[i];
    if (!as_expected) return std::nullopt;
  }
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return absl::ascii_isspace(c); })) {
    return std::nullopt;
  }
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
    return std::nullopt;
  }
  return time;
}

}  // namespace windtunnel::api
