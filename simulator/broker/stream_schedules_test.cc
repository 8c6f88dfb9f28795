// When schedules fire, to the nanosecond.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "simulator/broker/test_broker.h"
#include "windtunnel/headers.h"

namespace windtunnel::broker {
namespace {

constexpr Nanos kGap = 250 * kMillisecond;
// The first whole second after the start, which is at .123456789.
constexpr Nanos kSecondOne = 1'735'689'601 * kSecond;

class StreamSchedulesTest : public testing::Test {
 protected:
  StreamSchedulesTest() {
    const std::string answer = broker_.Api(
        "STREAM.CREATE.S", R"({"name":"S","subjects":["s.*"],"storage":"file",)"
                           R"("allow_msg_schedules":true})");
    EXPECT_EQ(answer.find("error"), std::string::npos) << answer;
  }
  void Put(const std::string& subject, const std::string& pattern,
           const std::string& more = "") {
    broker_.Publish(
        subject, "data",
        absl::StrCat("NATS/1.0\r\nNats-Schedule: ", pattern,
                     "\r\nNats-Schedule-Target: s.target\r\n", more, "\r\n"));
  }
  // When it was stored, and what it says of the next; "" if it is not there.
  std::string At(std::uint64_t seq) {
    const MessageStore::Entry* entry = broker_.stream("S").store().Find(seq);
    if (entry == nullptr) return "";
    return absl::StrCat(
        entry->time, " ",
        FindHeader(entry->block->header_block(), "Nats-Schedule-Next")
            .value_or("none"));
  }

  TestBroker broker_;
};

// PUB-090, PUB-098
TEST_F(StreamSchedulesTest, WhatIsOverdueFiresAtTheNextRun) {
  Put("s.a", "@at 2020-01-01T00:00:00Z");
  broker_.Advance(kSecond);

  EXPECT_EQ(At(2), absl::StrCat(TestBroker::kStart + kGap, " purge"));
  EXPECT_EQ(At(1), "");
  EXPECT_EQ(broker_.broker().NextDeadline(), kNever);
}

// PUB-098, PUB-099
TEST_F(StreamSchedulesTest, IntervalsFireOnWholeSeconds) {
  Put("s.a", "@every 2s");
  broker_.Advance(5 * kSecond);

  EXPECT_EQ(At(2), absl::StrCat(kSecondOne + kSecond, " 2025-01-01T00:00:04Z"));
  EXPECT_EQ(At(3),
            absl::StrCat(kSecondOne + 3 * kSecond, " 2025-01-01T00:00:06Z"));
  EXPECT_EQ(At(4), "");
}

// PUB-091, PUB-099
TEST_F(StreamSchedulesTest, CronFiresByTheClockOfItsZone) {
  Put("s.a", "0 30 6 * * *", "Nats-Schedule-Time-Zone: Asia/Kolkata\r\n");
  broker_.Advance(25 * 3600 * kSecond);

  EXPECT_EQ(At(2), absl::StrCat(1'735'693'200 * kSecond,
                                " 2025-01-02T06:30:00+05:30"));
  EXPECT_EQ(At(3), absl::StrCat(1'735'779'600 * kSecond,
                                " 2025-01-03T06:30:00+05:30"));
}

// PUB-099
TEST_F(StreamSchedulesTest, RunsKeepTheirDistance) {
  Put("s.a", "@at 2025-01-01T00:00:01Z");
  Put("s.b", "@at 2025-01-01T00:00:01.1Z");
  broker_.Advance(2 * kSecond);

  EXPECT_EQ(At(3), absl::StrCat(kSecondOne, " purge"));
  EXPECT_EQ(At(4), absl::StrCat(kSecondOne + kGap, " purge"));
}

// PUB-099, PUB-103
TEST_F(StreamSchedulesTest, WhatTheServerMissedFiresOnce) {
  Put("s.a", "@every 10s");
  broker_.broker().Stop(broker_.context());
  broker_.Advance(35 * kSecond);
  broker_.broker().Start(broker_.context());
  const Nanos started = broker_.now();
  broker_.Advance(6 * kSecond);

  EXPECT_EQ(At(2), absl::StrCat(started + kGap, " 2025-01-01T00:00:45Z"));
  EXPECT_EQ(At(3), "");
}

// PUB-098: what is not stored does not say when the next is due.
TEST_F(StreamSchedulesTest, RefusedProductStopsItUntilARestart) {
  Put("s.a", "@every 1s");
  broker_.Api("STREAM.UPDATE.S",
              R"({"name":"S","subjects":["s.*"],"storage":"file",)"
              R"("allow_msg_schedules":true,"allow_rollup_hdrs":true,)"
              R"("max_msg_size":10})");
  broker_.Advance(10 * kSecond);
  broker_.Api("STREAM.UPDATE.S",
              R"({"name":"S","subjects":["s.*"],"storage":"file",)"
              R"("allow_msg_schedules":true,"allow_rollup_hdrs":true})");
  broker_.Advance(10 * kSecond);
  EXPECT_EQ(At(2), "");

  broker_.broker().Stop(broker_.context());
  broker_.broker().Start(broker_.context());
  const Nanos started = broker_.now();
  broker_.Advance(kSecond);

  EXPECT_EQ(At(2).substr(0, 19), absl::StrCat(started + kGap));
}

}  // namespace
}  // namespace windtunnel::broker
