// When messages with TTLs go, to the nanosecond.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "simulator/broker/test_broker.h"

namespace windtunnel::broker {
namespace {

constexpr Nanos kGap = 250 * kMillisecond;

class StreamExpiryTest : public testing::Test {
 protected:
  void Create(const std::string& more, bool update = false) {
    const std::string answer = broker_.Api(
        update ? "STREAM.UPDATE.S" : "STREAM.CREATE.S",
        absl::StrCat(R"({"name":"S","subjects":["s.*"],)",
                     R"("storage":"memory","allow_msg_ttl":true)", more, "}"));
    ASSERT_EQ(answer.find("error"), std::string::npos) << answer;
  }
  void Put(const std::string& subject, const std::string& ttl = "") {
    broker_.Publish(
        subject, "",
        ttl.empty() ? ""
                    : absl::StrCat("NATS/1.0\r\nNats-TTL: ", ttl, "\r\n\r\n"));
  }
  bool Has(std::uint64_t seq) {
    return broker_.stream("S").store().Find(seq) != nullptr;
  }
  // Whether the message goes exactly `wait` from now.
  testing::AssertionResult GoesAfter(std::uint64_t seq, Nanos wait) {
    broker_.Advance(wait - 1);
    if (!Has(seq)) return testing::AssertionFailure() << "gone before";
    broker_.Advance(1);
    if (Has(seq)) return testing::AssertionFailure() << "still there";
    return testing::AssertionSuccess();
  }

  TestBroker broker_;
};

// STO-091
TEST_F(StreamExpiryTest, MessageGoesWhenItsTtlIsOver) {
  Create("");
  Put("s.a", "1");

  EXPECT_TRUE(GoesAfter(1, kSecond));
  EXPECT_EQ(broker_.broker().NextDeadline(), kNever);
}

// STO-091
TEST_F(StreamExpiryTest, RunsKeepTheirDistance) {
  Create("");
  Put("s.a", "1");
  broker_.Advance(kGap - 1);
  Put("s.b", "1");
  Put("s.c", "3");

  EXPECT_TRUE(GoesAfter(1, kSecond - kGap + 1));
  EXPECT_TRUE(GoesAfter(2, kGap));
  EXPECT_TRUE(GoesAfter(3, 2 * kSecond - 1));
}

// STO-091
TEST_F(StreamExpiryTest, RunsSkipWhatIsGone) {
  Create("");
  for (const char* ttl : {"1", "2", "3"}) Put("s.a", ttl);
  broker_.Api("STREAM.MSG.DELETE.S", R"({"seq":2})");

  EXPECT_TRUE(GoesAfter(1, kSecond));
  EXPECT_EQ(broker_.broker().NextDeadline(), broker_.now() + 2 * kSecond);
}

// STO-092
TEST_F(StreamExpiryTest, OnlyNeverOutlivesMaxAge) {
  Create(R"(,"max_age":1000000000)");
  Put("s.a", "never");
  Put("s.b");

  EXPECT_TRUE(GoesAfter(2, kSecond));
  EXPECT_TRUE(Has(1));
  // Nothing can expire, so nothing is due.
  broker_.Advance(3600 * kSecond);
  Put("s.c");
  EXPECT_TRUE(GoesAfter(3, kSecond));
  EXPECT_TRUE(Has(1));
}

// STO-084, STO-091: the run set for max_age gives way to one that looks sooner
// than the TTL, but later than it was.
TEST_F(StreamExpiryTest, FirstTtlPutsOffTheRunOfMaxAge) {
  Create(R"(,"max_age":1000000000)");
  Put("s.a");
  broker_.Advance(700 * kMillisecond);
  Put("s.b", "30");
  broker_.Advance(200 * kMillisecond);
  Put("s.c", "30");

  EXPECT_TRUE(GoesAfter(1, 800 * kMillisecond));
}

// STO-093
TEST_F(StreamExpiryTest, UpdatesDoNotStartTtlsAnew) {
  Create("");
  Put("s.a", "1");
  broker_.Advance(500 * kMillisecond);
  Create(R"(,"max_msgs":10)", /*update=*/true);

  EXPECT_TRUE(GoesAfter(1, 500 * kMillisecond));
}

// STO-100
TEST_F(StreamExpiryTest, RefusedMarkerIsTriedAgainAfterTwoSeconds) {
  const std::string marks =
      R"(,"subject_delete_marker_ttl":1000000000,"discard":"new")";
  Create(marks + R"(,"max_msgs":1)");
  Put("s.a", "1");
  broker_.Advance(kSecond + kGap);
  ASSERT_TRUE(Has(1));
  Create(marks + R"(,"max_msgs":2)", /*update=*/true);

  EXPECT_TRUE(GoesAfter(1, 2 * kSecond - kGap));
  EXPECT_TRUE(Has(2));
}

// STO-094
TEST_F(StreamExpiryTest, MarkersComeBySequence) {
  Create(R"(,"subject_delete_marker_ttl":1000000000)");
  Put("s.late", "1500ms");
  Put("s.a", "2");
  Put("s.b", "1");
  Put("s.a", "1");
  const auto stored = [&](std::uint64_t seq) {
    const MessageStore::Entry* entry = broker_.stream("S").store().Find(seq);
    return entry == nullptr ? "none"
                            : absl::StrCat(entry->block->subject(), " ",
                                           entry->time - TestBroker::kStart);
  };

  broker_.Advance(kSecond);
  EXPECT_EQ(stored(5), absl::StrCat("s.late ", kSecond));
  EXPECT_EQ(stored(6), absl::StrCat("s.b ", kSecond));
  EXPECT_EQ(stored(7), "none");
  broker_.Advance(kSecond);
  EXPECT_EQ(stored(6), "none");
  EXPECT_EQ(stored(7), absl::StrCat("s.a ", 2 * kSecond));
}

}  // namespace
}  // namespace windtunnel::broker
