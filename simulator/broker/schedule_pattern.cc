#include "simulator/broker/schedule_pattern.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "shared/api/go_duration.h"
#include "simulator/broker/cron.h"

namespace windtunnel::broker {

namespace {

// Halves go up.
absl::Time RoundToSecond(absl::Time time) {
  const absl::Duration since = time - absl::UnixEpoch();
  return absl::UnixEpoch() +
         absl::Floor(since + absl::Milliseconds(500), absl::Seconds(1));
}

absl::string_view CronOf(absl::string_view pattern) {
  struct Name {
    absl::string_view name;
    absl::string_view cron;
  };
  constexpr Name kNames[] = {
      {"@yearly", "0 0 0 1 1 *"},  {"@annually", "0 0 0 1 1 *"},
      {"@monthly", "0 0 0 1 * *"}, {"@weekly", "0 0 0 * * 0"},
      {"@daily", "0 0 0 * * *"},   {"@midnight", "0 0 0 * * *"},
      {"@hourly", "0 0 * * * *"}};
  for (const Name& name : kNames) {
    if (name.name == pattern) return name.cron;
  }
  return pattern;
}

// Takes `digits` digits off `text`.
std::optional<int> TakeNumber(absl::string_view& text, std::size_t digits) {
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (i >= text.size() || !absl::ascii_isdigit(text[i])) return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

// Takes a fraction of a second and its point or comma off `text`, if one is
// there; digits after the ninth do not count.
absl::Duration TakeFraction(absl::string_view& text) {
  if (text.size() < 2 || (text[0] != '.' && text[0] != ',') ||
      !absl::ascii_isdigit(text[1])) {
    return absl::ZeroDuration();
  }
  text.remove_prefix(1);
  std::int64_t nanos = 0;
  std::int64_t unit = kSecond / 10;
  for (; !text.empty() && absl::ascii_isdigit(text[0]); unit /= 10) {
    nanos += (text[0] - '0') * unit;
    text.remove_prefix(1);
  }
  return absl::Nanoseconds(nanos);
}

// `Z` or `+hh:mm`, and nothing after it.
std::optional<absl::Duration> ParseOffset(absl::string_view text) {
  if (text == "Z") return absl::ZeroDuration();
  const bool west = absl::ConsumePrefix(&text, "-");
  if (!west && !absl::ConsumePrefix(&text, "+")) return std::nullopt;
  const std::optional<int> hours = TakeNumber(text, 2);
  if (!hours || !absl::ConsumePrefix(&text, ":")) return std::nullopt;
  const std::optional<int> minutes = TakeNumber(text, 2);
  if (!minutes || !text.empty() || *hours > 24 || *minutes > 60) {
    return std::nullopt;
  }
  const absl::Duration size = absl::Hours(*hours) + absl::Minutes(*minutes);
  return west ? -size : size;
}

}  // namespace

std::optional<absl::TimeZone> LoadScheduleZone(absl::string_view name) {
  // Another machine's "Local" would be another simulation.
  if (name == "UTC" || name == "Local" || name == "localtime") {
    return absl::UTCTimeZone();
  }
  // Names that only one of the two libraries understands, and paths.
  if (name.empty() || absl::StrContains(name, "..") || name[0] == '/' ||
      name[0] == '\\' || name == "UTC0" || absl::StartsWith(name, "file:") ||
      absl::StartsWith(name, "libc:") || absl::StartsWith(name, "Fixed/")) {
    return std::nullopt;
  }
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(name, &zone)) return std::nullopt;
  return zone;
}

std::optional<ScheduleRun> NextScheduleRun(
    absl::string_view pattern, const std::optional<absl::TimeZone>& zone,
    Nanos from, Nanos now) {
  const absl::Time now_time = absl::FromUnixNanos(now);
  const absl::Time from_time = absl::FromUnixNanos(from);
  if (absl::ConsumePrefix(&pattern, "@at ")) {
    if (zone) return std::nullopt;
    const std::optional<absl::Time> time = ParseScheduleTime(pattern);
    if (!time) return std::nullopt;
    return ScheduleRun{*time, /*repeats=*/false};
  }
  if (absl::ConsumePrefix(&pattern, "@every ")) {
    if (zone) return std::nullopt;
    const std::optional<absl::Duration> every = api::ParseGoDuration(pattern);
    if (!every || *every < absl::Seconds(1)) return std::nullopt;
    absl::Time next = RoundToSecond(from_time) + *every;
    if (next < now_time) next = RoundToSecond(now_time) + *every;
    return ScheduleRun{next, /*repeats=*/true};
  }
  const std::optional<Cron> cron = Cron::Parse(CronOf(pattern));
  if (!cron) return std::nullopt;
  const absl::TimeZone clock = zone.value_or(absl::UTCTimeZone());
  std::optional<absl::Time> next = cron->Next(from_time, clock);
  if (next && *next < now_time) {
    next = cron->Next(RoundToSecond(now_time), clock);
  }
  if (!next) return std::nullopt;
  return ScheduleRun{*next, /*repeats=*/true};
}

std::string FormatScheduleTime(absl::Time time, absl::TimeZone zone) {
  const int offset = zone.At(time).offset;
  const std::string clock =
      absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*S", time, zone);
  if (offset == 0) return absl::StrCat(clock, "Z");
  const int minutes = std::abs(offset / 60);
  return absl::StrFormat("%s%c%02d:%02d", clock, offset < 0 ? '-' : '+',
                         minutes / 60, minutes % 60);
}

std::optional<absl::Time> ParseScheduleTime(absl::string_view text) {
  const std::optional<int> year = TakeNumber(text, 4);
  if (!year || !absl::ConsumePrefix(&text, "-")) return std::nullopt;
  const std::optional<int> month = TakeNumber(text, 2);
  if (!month || !absl::ConsumePrefix(&text, "-")) return std::nullopt;
  const std::optional<int> day = TakeNumber(text, 2);
  if (!day || !absl::ConsumePrefix(&text, "T")) return std::nullopt;
  // One digit is enough for hours.
  std::optional<int> hour = TakeNumber(text, 2);
  if (!hour) hour = TakeNumber(text, 1);
  if (!hour || !absl::ConsumePrefix(&text, ":")) return std::nullopt;
  const std::optional<int> minute = TakeNumber(text, 2);
  if (!minute || !absl::ConsumePrefix(&text, ":")) return std::nullopt;
  const std::optional<int> second = TakeNumber(text, 2);
  if (!second) return std::nullopt;
  const absl::CivilSecond civil(*year, *month, *day, *hour, *minute, *second);
  const bool exists = civil.month() == *month && civil.day() == *day &&
                      civil.hour() == *hour && civil.minute() == *minute &&
                      civil.second() == *second;
  if (!exists) return std::nullopt;
  const absl::Duration fraction = TakeFraction(text);
  const std::optional<absl::Duration> offset = ParseOffset(text);
  if (!offset) return std::nullopt;
  return absl::FromCivil(civil, absl::UTCTimeZone()) + fraction - *offset;
}

Nanos ToScheduleNanos(absl::Time time) {
  const absl::Duration since = time - absl::UnixEpoch();
  const std::int64_t seconds =
      absl::ToInt64Seconds(absl::Floor(since, absl::Seconds(1)));
  const std::int64_t nanos =
      absl::ToInt64Nanoseconds(since - absl::Seconds(seconds));
  return static_cast<Nanos>(static_cast<std::uint64_t>(seconds) *
                                static_cast<std::uint64_t>(kSecond) +
                            static_cast<std::uint64_t>(nanos));
}

}  // namespace windtunnel::broker
