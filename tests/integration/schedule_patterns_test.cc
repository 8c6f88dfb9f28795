// What a server takes for the time of a message schedule.

#include <string>
#include <vector>

#include "tests/integration/timed_behaviour.h"

namespace windtunnel {
namespace {

class SchedulePatternsBehaviour : public TimedBehaviour {
 protected:
  void SetUp() override {
    TimedBehaviour::SetUp();
    Create({.name = "S",
            .subjects = {"S.>"},
            .storage = Storage::kMemory,
            .allow_msg_schedules = true});
  }
  // Publishes a schedule of this pattern on a subject of its own.
  JetStreamError Try(const std::string& pattern, const Headers& more = {}) {
    Headers headers = more;
    headers.Add("Nats-Schedule", pattern);
    headers.Add("Nats-Schedule-Target", "S.target");
    return Put("S.schedule." + std::to_string(++tried_), headers);
  }
  // Older servers take anything.
  JetStreamError BadPattern() const {
    return Since("2.12")
               ? JetStreamError(400, 10189,
                                "message schedules pattern is invalid")
               : Ok();
  }
  JetStreamError BadZone() const {
    return Since("2.14")
               ? JetStreamError(400, 10223,
                                "message schedules time zone is invalid")
               : Ok();
  }

 private:
  int tried_ = 0;
};

BEHAVIOUR_SUITE_OF(SchedulePatternsBehaviour, SchedulePatterns);

// PUB-090
TEST_P(SchedulePatterns, OneTimeIsRfc3339) {
  for (const std::string good :
       {"2040-01-01T00:00:00Z", "2040-01-01T00:00:00+02:00",
        "2040-01-01T00:00:00-00:00", "2040-01-01T00:00:00+24:60",
        "2040-01-01T00:00:00.123456789Z", "2040-01-01T00:00:00.1234567891234Z",
        "2040-01-01T0:00:00Z", "2040-01-01T00:00:00,5Z", "2020-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(Try("@at " + good), Ok()) << good;
  }
  for (const std::string bad :
       {" 2040-01-01T00:00:00Z", "2040-01-01T00:00:00Z ",
        "2040-01-01 00:00:00Z", "2040-01-01t00:00:00z", "2040-13-01T00:00:00Z",
        "2040-02-30T00:00:00Z", "2040-01-01T24:00:00Z", "2040-01-01T00:00:60Z",
        "2040-01-01T00:00Z", "2040-01-01T00:00:00", "2040-01-01T00:00:00.Z",
        "2040-01-01T00:00:00+25:00", "2040-01-01T00:00:00+02:61",
        "2040-01-01T00:00:00+0200", "2040-1-01T00:00:00Z",
        "2040-01-01T00:0:00Z"}) {
    EXPECT_EQ(Try("@at " + bad), BadPattern()) << bad;
  }
  EXPECT_EQ(Try("@at2040-01-01T00:00:00Z"), BadPattern());
  EXPECT_EQ(Try("@At 2040-01-01T00:00:00Z"), BadPattern());
}

// PUB-090
TEST_P(SchedulePatterns, IntervalIsAGoDurationOfASecondOrMore) {
  for (const std::string good : {"1s", "1.5s", "1000ms", "1h30m", "24h"}) {
    EXPECT_EQ(Try("@every " + good), Ok()) << good;
  }
  for (const std::string bad :
       {"999ms", " 1s", "1", "-1s", "1s ", "0.9999999999s", "day", ""}) {
    EXPECT_EQ(Try("@every " + bad), BadPattern()) << bad;
  }
  EXPECT_EQ(Try("@Every 1s"), BadPattern());
}

// PUB-090
TEST_P(SchedulePatterns, NamesStandForCron) {
  for (const std::string good : {"@yearly", "@annually", "@monthly", "@weekly",
                                 "@daily", "@midnight", "@hourly"}) {
    EXPECT_EQ(Try(good), Ok()) << good;
  }
  for (const std::string bad : {"@hourly ", "@HOURLY", "@minutely", "@", "x"}) {
    EXPECT_EQ(Try(bad), BadPattern()) << bad;
  }
}

// PUB-090
TEST_P(SchedulePatterns, CronHasSixFields) {
  for (const std::string good : {"* * * * * *",
                                 "0 0 0 1 1 *",
                                 "0   0 0 1 1  *  ",
                                 "0-59 * * * * *",
                                 "*/5 * * * * *",
                                 "5/15 * * * * *",
                                 "1,2,3 * * * * *",
                                 "1,,2 * * * * *",
                                 "+1 * * * * *",
                                 "*-5 * * * * *",
                                 "? ? ? ? ? ?",
                                 "* * * 29 2 *",
                                 "* * * * JAN *",
                                 "* * * * jan-mar *",
                                 "* * * * * 0-6",
                                 "* * * * * SUN-tue",
                                 "* * * * * mon,wed",
                                 "* * * * * mon/2",
                                 "01 02 03 * * *",
                                 "*/100 * * * * *",
                                 "*/9223372036854775807 * * * * *",
                                 "10-20/3 * * * * *",
                                 "*,5 * * * * *",
                                 "* * * 31 * sun",
                                 "0 0 0 29 2 mon"}) {
    EXPECT_EQ(Try(good), Ok()) << good;
  }
  for (const std::string bad :
       {"* * * * *",       "* * * * * * *",
        "60 * * * * *",    "*/0 * * * * *",
        "1- * * * * *",    "-1 * * * * *",
        "5-1 * * * * *",   "1-5-6 * * * * *",
        "1/2/3 * * * * *", "*/5-2 * * * * *",
        "* * 24 * * *",    "* * * 0 * *",
        "* * * 32 * *",    "* * * 31 2 *",
        "* * * 30 feb *",  "* * * * janu *",
        "* * * * 0 *",     "* * * * 13 *",
        "* * * * * 7",     "* * * * * fri-mon",
        "* * * L * *",     "* * * 1W * *",
        "* * * * * 5#3",   "1_0 * * * * *",
        "0x1 * * * * *",   "*/9223372036854775808 * * * * *",
        "** * * * * *",    "*5 * * * * *",
        "?5 * * * * *"}) {
    EXPECT_EQ(Try(bad), BadPattern()) << bad;
  }
}

// PUB-091
TEST_P(SchedulePatterns, OnlyCronHasATimeZone) {
  const auto zone = [](const std::string& name) {
    return Headers{{"Nats-Schedule-Time-Zone", name}};
  };
  const std::string cron = "0 0 0 1 1 *";
  for (const std::string good : {"UTC", "Local"}) {
    EXPECT_EQ(Try(cron, zone(good)), Ok()) << good;
    EXPECT_EQ(Try("@daily", zone(good)), Ok()) << good;
    EXPECT_EQ(Try("@every 1h", zone(good)), BadPattern());
    EXPECT_EQ(Try("@at 2040-01-01T00:00:00Z", zone(good)), BadPattern());
  }
  for (const std::string bad :
       {"utc", "local", "", "Europe", "../zoneinfo/UTC", "Fixed/UTC+01:00:00",
        "libc:UTC", "file:UTC", "No/Where", "UTC "}) {
    EXPECT_EQ(Try(cron, zone(bad)), BadZone()) << bad;
    EXPECT_EQ(Try("@every 1h", zone(bad)), BadZone()) << bad;
    // Without a pattern, too.
    EXPECT_EQ(Put("S.plain", zone(bad)), BadZone()) << bad;
  }
  EXPECT_EQ(Put("S.plain", zone("UTC")), Ok());
}

}  // namespace
}  // namespace windtunnel
