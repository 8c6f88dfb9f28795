#include "simulator/broker/schedule_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace windtunnel::broker {
namespace {

// 2025-06-15T10:20:30.500000001Z
constexpr Nanos kNow = 1'749'982'830'500'000'001;

std::string Next(absl::string_view pattern, Nanos from = kNow, Nanos now = kNow,
                 absl::string_view zone_name = "") {
  std::optional<absl::TimeZone> zone;
  if (!zone_name.empty()) zone = LoadScheduleZone(zone_name);
  const std::optional<ScheduleRun> run =
      NextScheduleRun(pattern, zone, from, now);
  if (!run) return "invalid";
  return (run->repeats ? "then " : "once ") +
         FormatScheduleTime(run->time, zone.value_or(absl::UTCTimeZone()));
}

// PUB-090
TEST(SchedulePatternTest, OnceAtATime) {
  EXPECT_EQ(Next("@at 2030-01-01T00:00:00Z"), "once 2030-01-01T00:00:00Z");
  EXPECT_EQ(Next("@at 2020-01-01T00:00:00Z"), "once 2020-01-01T00:00:00Z");
  EXPECT_EQ(Next("@at 2030-01-01T00:00:00.25+02:00"),
            "once 2029-12-31T22:00:00.25Z");
  EXPECT_EQ(Next("@at 2030-01-01T0:00:00Z"), "once 2030-01-01T00:00:00Z");
  EXPECT_EQ(Next("@at 2030-01-01T00:00:00,5Z"), "once 2030-01-01T00:00:00.5Z");
  EXPECT_EQ(Next("@at 2030-01-01T00:00:00.1234567899Z"),
            "once 2030-01-01T00:00:00.123456789Z");
  EXPECT_EQ(Next("@at 2030-01-01T00:00:00-24:60"), "once 2030-01-02T01:00:00Z");
  EXPECT_EQ(Next("@at 2024-02-29T00:00:00Z"), "once 2024-02-29T00:00:00Z");
}

// PUB-090
TEST(SchedulePatternTest, TimesAreStrict) {
  for (const absl::string_view bad : {"@at",
                                      "@at ",
                                      "@at  2030-01-01T00:00:00Z",
                                      "@at2030-01-01T00:00:00Z",
                                      "@At 2030-01-01T00:00:00Z",
                                      "@at 2030-01-01T00:00:00Z ",
                                      "@at 2030-01-01 00:00:00Z",
                                      "@at 2030-01-01t00:00:00z",
                                      "@at 2030-13-01T00:00:00Z",
                                      "@at 2030-02-30T00:00:00Z",
                                      "@at 2023-02-29T00:00:00Z",
                                      "@at 2030-00-01T00:00:00Z",
                                      "@at 2030-01-00T00:00:00Z",
                                      "@at 2030-01-01T24:00:00Z",
                                      "@at 2030-01-01T00:60:00Z",
                                      "@at 2030-01-01T00:00:60Z",
                                      "@at 2030-01-01T00:00Z",
                                      "@at 2030-01-01T00:00:00",
                                      "@at 2030-01-01T00:00:00.Z",
                                      "@at 2030-01-01T00:00:00+25:00",
                                      "@at 2030-01-01T00:00:00+00:61",
                                      "@at 2030-01-01T00:00:00+0200",
                                      "@at 2030-1-01T00:00:00Z",
                                      "@at 30-01-01T00:00:00Z"}) {
    EXPECT_EQ(Next(bad), "invalid") << bad;
  }
}

// PUB-099
TEST(SchedulePatternTest, EveryStartsFromTheNearestSecond) {
  EXPECT_EQ(Next("@every 1s"), "then 2025-06-15T10:20:32Z");
  EXPECT_EQ(Next("@every 1s", kNow - 2), "then 2025-06-15T10:20:31Z");
  EXPECT_EQ(Next("@every 1h30m"), "then 2025-06-15T11:50:31Z");
  EXPECT_EQ(Next("@every 1.5s"), "then 2025-06-15T10:20:32.5Z");
  // What was missed is skipped.
  EXPECT_EQ(Next("@every 1m", kNow - 59 * kSecond),
            "then 2025-06-15T10:20:32Z");
  EXPECT_EQ(Next("@every 1m", kNow - 61 * kSecond),
            "then 2025-06-15T10:21:31Z");
}

// PUB-090
TEST(SchedulePatternTest, EveryIsAtLeastASecond) {
  for (const absl::string_view bad :
       {"@every 999ms", "@every  1s", "@every 1", "@every -1s", "@every 1s ",
        "@every", "@Every 1s", "@every 0.9999999999s"}) {
    EXPECT_EQ(Next(bad), "invalid") << bad;
  }
}

// PUB-090, PUB-099
TEST(SchedulePatternTest, CronHasNames) {
  EXPECT_EQ(Next("@hourly"), "then 2025-06-15T11:00:00Z");
  EXPECT_EQ(Next("@daily"), "then 2025-06-16T00:00:00Z");
  EXPECT_EQ(Next("@midnight"), "then 2025-06-16T00:00:00Z");
  EXPECT_EQ(Next("@weekly"), "then 2025-06-22T00:00:00Z");
  EXPECT_EQ(Next("@monthly"), "then 2025-07-01T00:00:00Z");
  EXPECT_EQ(Next("@yearly"), "then 2026-01-01T00:00:00Z");
  EXPECT_EQ(Next("@annually"), "then 2026-01-01T00:00:00Z");
  EXPECT_EQ(Next("@hourly "), "invalid");
  EXPECT_EQ(Next("@HOURLY"), "invalid");
  EXPECT_EQ(Next("@minutely"), "invalid");
  EXPECT_EQ(Next("* * * 31 2 *"), "invalid");
  // What was missed is skipped.
  EXPECT_EQ(Next("0 */5 * * * *", kNow - 3600 * kSecond),
            "then 2025-06-15T10:25:00Z");
}

// PUB-091
TEST(SchedulePatternTest, OnlyCronHasATimeZone) {
  EXPECT_EQ(Next("@daily", kNow, kNow, "Europe/Berlin"),
            "then 2025-06-16T00:00:00+02:00");
  EXPECT_EQ(Next("0 0 12 * * *", kNow, kNow, "America/St_Johns"),
            "then 2025-06-15T12:00:00-02:30");
  EXPECT_EQ(Next("@daily", kNow, kNow, "Local"), "then 2025-06-16T00:00:00Z");
  EXPECT_EQ(Next("@every 1s", kNow, kNow, "UTC"), "invalid");
  EXPECT_EQ(Next("@at 2030-01-01T00:00:00Z", kNow, kNow, "UTC"), "invalid");
}

// PUB-091
TEST(SchedulePatternTest, TimeZonesAreThoseOfTheDatabase) {
  for (const absl::string_view good :
       {"UTC", "Local", "Etc/GMT+5", "Europe/Berlin", "Zulu", "GMT0"}) {
    EXPECT_TRUE(LoadScheduleZone(good).has_value()) << good;
  }
  for (const absl::string_view bad :
       {"", "utc", "local", "europe/berlin", "Europe", "UTC ", "UTC0",
        "../zoneinfo/UTC", "/usr/share/zoneinfo/UTC", "Fixed/UTC+01:00:00",
        "libc:UTC", "file:UTC", "zone.tab", "No/Where"}) {
    EXPECT_FALSE(LoadScheduleZone(bad).has_value()) << bad;
  }
}

// PUB-090
TEST(SchedulePatternTest, TimesOutOfRangeWrapAround) {
  EXPECT_EQ(ToScheduleNanos(*ParseScheduleTime("2025-06-15T10:20:30.5Z")),
            kNow - 1);
  EXPECT_LT(ToScheduleNanos(*ParseScheduleTime("2300-01-01T00:00:00Z")), 0);
  EXPECT_LT(ToScheduleNanos(*ParseScheduleTime("0000-01-01T00:00:00Z")), 0);
  EXPECT_EQ(ToScheduleNanos(*ParseScheduleTime("1969-12-31T23:59:59.9Z")),
            -kSecond / 10);
}

}  // namespace
}  // namespace windtunnel::broker
