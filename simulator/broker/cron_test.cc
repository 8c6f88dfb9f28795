#include "simulator/broker/cron.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace windtunnel::broker {
namespace {

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error))
      << text << ": " << error;
  return time;
}

absl::TimeZone Zone(const std::string& name) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(name, &zone)) << name;
  return zone;
}

// When `pattern` comes next, or "invalid" or "never".
std::string Next(absl::string_view pattern, const std::string& from,
                 const std::string& zone = "UTC") {
  const std::optional<Cron> cron = Cron::Parse(pattern);
  if (!cron) return "invalid";
  const std::optional<absl::Time> next = cron->Next(At(from), Zone(zone));
  if (!next) return "never";
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", *next, absl::UTCTimeZone());
}

// PUB-090

TEST(CronTest, TheNextSecondThatMatchesIsLaterThanNow) {
  const std::string now = "2025-06-15T10:20:30.25Z";  // A Sunday.
  EXPECT_EQ(Next("* * * * * *", now), "2025-06-15T10:20:31Z");
  EXPECT_EQ(Next("* * * * * *", "2025-06-15T10:20:30Z"),
            "2025-06-15T10:20:31Z");
  EXPECT_EQ(Next("30 20 10 15 6 *", now), "2026-06-15T10:20:30Z");
  EXPECT_EQ(Next("31 20 10 15 6 *", now), "2025-06-15T10:20:31Z");
  EXPECT_EQ(Next("*/7 * * * * *", now), "2025-06-15T10:20:35Z");
  EXPECT_EQ(Next("5/20 * * * * *", now), "2025-06-15T10:20:45Z");
  EXPECT_EQ(Next("10-20/4 * * * * *", now), "2025-06-15T10:21:10Z");
  EXPECT_EQ(Next("0 0 0 1 1 *", now), "2026-01-01T00:00:00Z");
  EXPECT_EQ(Next("0 0 * * * *", now), "2025-06-15T11:00:00Z");
  EXPECT_EQ(Next("15 5,25 23 * * *", now), "2025-06-15T23:05:15Z");
  EXPECT_EQ(Next("59 59 23 31 12 *", now), "2025-12-31T23:59:59Z");
}

TEST(CronTest, MonthsAndWeekdaysHaveNames) {
  const std::string now = "2025-06-15T10:20:30Z";
  EXPECT_EQ(Next("0 0 12 * JAN-mar *", now), "2026-01-01T12:00:00Z");
  EXPECT_EQ(Next("0 0 12 * * Mon", now), "2025-06-16T12:00:00Z");
  EXPECT_EQ(Next("0 0 12 * * sun", now), "2025-06-15T12:00:00Z");
  EXPECT_EQ(Next("0 0 12 * * mon/2", now), "2025-06-16T12:00:00Z");
  EXPECT_EQ(Next("0 0 12 * * wed,thu", now), "2025-06-18T12:00:00Z");
  EXPECT_EQ(Next("0 0 12 * janu *", now), "invalid");
  EXPECT_EQ(Next("sun * * * * *", now), "invalid");
}

TEST(CronTest, EitherDayMatchesUnlessOneOfThemIsOpen) {
  const std::string now = "2025-06-15T10:20:30Z";  // A Sunday.
  EXPECT_EQ(Next("0 0 0 20 * tue", now), "2025-06-17T00:00:00Z");
  EXPECT_EQ(Next("0 0 0 17 * fri", now), "2025-06-17T00:00:00Z");
  EXPECT_EQ(Next("0 0 0 20 * *", now), "2025-06-20T00:00:00Z");
  EXPECT_EQ(Next("0 0 0 ? * tue", now), "2025-06-17T00:00:00Z");
  // A star with a step restricts, and the other day does not help.
  EXPECT_EQ(Next("0 0 0 */10 * mon", now), "2025-06-16T00:00:00Z");
  EXPECT_EQ(Next("0 0 0 */1 * mon", now), "2025-06-16T00:00:00Z");
  EXPECT_EQ(Next("0 0 0 29 2 mon", now), "2026-02-02T00:00:00Z");
  // A list without values.
  EXPECT_EQ(Next("0 0 0 , * tue", now), "2025-06-17T00:00:00Z");
  EXPECT_EQ(Next("0 0 0 , * *", now), "never");
  EXPECT_EQ(Next(", * * * * *", now), "never");
}

TEST(CronTest, LooksFiveYearsAhead) {
  EXPECT_EQ(Next("0 0 0 29 2 *", "2024-03-01T00:00:00Z"),
            "2028-02-29T00:00:00Z");
  EXPECT_EQ(Next("0 0 0 30 feb *", "2024-03-01T00:00:00Z"), "never");
  EXPECT_EQ(Next("0 0 0 31 4,6,9,11 *", "2024-03-01T00:00:00Z"), "never");
  // 2100 is no leap year.
  EXPECT_EQ(Next("0 0 0 29 2 *", "2096-03-01T00:00:00Z"), "never");
  EXPECT_EQ(Next("0 0 0 29 2 *", "2099-01-01T00:00:00Z"),
            "2104-02-29T00:00:00Z");
}

TEST(CronTest, FieldsAreStrict) {
  const std::string now = "2025-06-15T10:20:30Z";
  for (const absl::string_view bad : {"",
                                      "* * * * *",
                                      "* * * * * * *",
                                      "60 * * * * *",
                                      "* 60 * * * *",
                                      "* * 24 * * *",
                                      "* * * 0 * *",
                                      "* * * 32 * *",
                                      "* * * * 0 *",
                                      "* * * * 13 *",
                                      "* * * * * 7",
                                      "-1 * * * * *",
                                      "1- * * * * *",
                                      "5-1 * * * * *",
                                      "1-5-6 * * * * *",
                                      "1/2/3 * * * * *",
                                      "*/0 * * * * *",
                                      "*/5-2 * * * * *",
                                      "* * * * * fri-mon",
                                      "* * * L * *",
                                      "* * * 1W * *",
                                      "* * * * * 5#3",
                                      "1_0 * * * * *",
                                      "0x1 * * * * *",
                                      "** * * * * *",
                                      "*5 * * * * *",
                                      "*/9223372036854775808 * * * * *"}) {
    EXPECT_EQ(Next(bad, now), "invalid") << bad;
  }
  for (const absl::string_view good :
       {"  0   0 0 1 1  *  ", "0\t0\n0 1 1 *", "\u00a0* * * * *\u2003*",
        "1,,2 * * * * *", ",1 * * * * *", "+1 * * * * *", "*-5 * * * * *",
        "? ? ? ? ? ?", "01 02 03 * * *", "*/100 * * * * *",
        "*/9223372036854775807 * * * * *", "*,5 * * * * *"}) {
    EXPECT_NE(Next(good, now), "invalid") << good;
  }
}

// PUB-091

TEST(CronTest, FollowsTheClockOfItsTimeZone) {
  const std::string now = "2025-06-15T10:20:30Z";
  EXPECT_EQ(Next("0 0 0 * * *", now, "Europe/Berlin"), "2025-06-15T22:00:00Z");
  EXPECT_EQ(Next("0 0 0 1 1 *", now, "Europe/Berlin"), "2025-12-31T23:00:00Z");
  EXPECT_EQ(Next("0 0 9 * * *", now, "Asia/Kolkata"), "2025-06-16T03:30:00Z");
}

TEST(CronTest, SkippedHoursGoToTheNextDay) {
  // In Berlin clocks went from 2:00 to 3:00 on 30 March 2025.
  EXPECT_EQ(Next("0 30 2 * * *", "2025-03-29T12:00:00Z", "Europe/Berlin"),
            "2025-03-31T00:30:00Z");
  EXPECT_EQ(Next("0 0 3 * * *", "2025-03-29T12:00:00Z", "Europe/Berlin"),
            "2025-03-30T01:00:00Z");
}

TEST(CronTest, RepeatedHoursMatchTwice) {
  // Back from 3:00 to 2:00 on 26 October 2025.
  const std::string first =
      Next("0 30 2 * * *", "2025-10-25T12:00:00Z", "Europe/Berlin");
  EXPECT_EQ(first, "2025-10-26T00:30:00Z");
  EXPECT_EQ(Next("0 30 2 * * *", first, "Europe/Berlin"),
            "2025-10-26T01:30:00Z");
}

}  // namespace
}  // namespace windtunnel::broker
