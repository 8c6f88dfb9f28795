// The arithmetic of push consumers: flow control, rate limits, heartbeats.

#include "simulator/broker/push_delivery.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace windtunnel::broker {
namespace {

constexpr std::int64_t kMebi = 1 << 20;

// PSH-019, PSH-020
TEST(FlowControl, AsksBeyondHalfAWindowAndStallsBeyondOne) {
  FlowControl flow;
  EXPECT_FALSE(flow.OnSent(kMebi));
  EXPECT_TRUE(flow.OnSent(1));
  flow.OnRequested("$JS.FC.S.C.aaaa");
  EXPECT_FALSE(flow.OnSent(kMebi - 1));
  EXPECT_FALSE(flow.stalled());
  EXPECT_FALSE(flow.OnSent(1));
  EXPECT_TRUE(flow.stalled());
}

// PSH-021, PSH-023
TEST(FlowControl, AnswerReleasesWhatWasUnderWayWhenItAsked) {
  FlowControl flow;
  flow.OnSent(kMebi + 1);
  flow.OnRequested("a");
  flow.OnSent(kMebi);
  ASSERT_TRUE(flow.stalled());
  EXPECT_FALSE(flow.OnReply("b"));
  EXPECT_TRUE(flow.OnReply("a"));
  EXPECT_FALSE(flow.OnReply("a"));
  EXPECT_EQ(flow.unanswered(), "");
  EXPECT_FALSE(flow.stalled());
  // A mebibyte is under way still, of a window of four.
  EXPECT_FALSE(flow.OnSent(kMebi));
  EXPECT_TRUE(flow.OnSent(1));
}

// PSH-021
TEST(FlowControl, WindowDoublesUpTo32Mebibytes) {
  FlowControl flow;
  for (std::int64_t window = 2; window <= 64; window *= 2) {
    const std::int64_t size = (window == 64 ? 32 : window) * kMebi;
    EXPECT_FALSE(flow.OnSent(size / 2)) << window;
    EXPECT_TRUE(flow.OnSent(1)) << window;
    flow.OnRequested("a");
    EXPECT_TRUE(flow.OnReply("a"));
  }
}

// PSH-022
TEST(FlowControl, WhatGoesBeyondTheWindowIsReleasedToo) {
  FlowControl flow;
  flow.OnSent(2 * kMebi);
  flow.OnRequested("a");       // Releases 2.
  flow.OnSent(2 * kMebi);      // 4 under way, 2 more than asked for: 4.
  flow.OnSent(kMebi);          // 5, 1 more.
  ASSERT_TRUE(flow.OnReply("a"));
  EXPECT_FALSE(flow.OnSent(kMebi));  // Two of a window of four.
  EXPECT_TRUE(flow.OnSent(1));
}

// PSH-025
TEST(RateLimit, FillsSteadily) {
  RateLimit limit(1000, 500);
  EXPECT_EQ(limit.Reserve(kSecond, 400), 0);
  EXPECT_EQ(limit.Reserve(kSecond, 400), 300 * kMillisecond);
  EXPECT_EQ(limit.Reserve(kSecond + 300 * kMillisecond, 100),
            100 * kMillisecond);
  EXPECT_EQ(limit.Reserve(5 * kSecond, 500), 0);
  EXPECT_EQ(limit.Reserve(5 * kSecond, 1), kMillisecond);
}

// PSH-026
TEST(RateLimit, WhatDoesNotFitHasNoTime) {
  RateLimit limit(1000, 500);
  EXPECT_EQ(limit.Reserve(kSecond, 501), kNever);
  EXPECT_EQ(limit.Reserve(kSecond, 500), 0);
}

TEST(RateLimit, NothingFillsItWithoutARate) {
  RateLimit limit(0, 500);
  EXPECT_EQ(limit.Reserve(kSecond, 300), 0);
  EXPECT_EQ(limit.Reserve(kSecond, 200), 0);
  EXPECT_EQ(limit.Reserve(9 * kSecond, 1), kNever);
}

TEST(RateLimit, HugeRatesDoNotOverflow) {
  RateLimit fast(~std::uint64_t{0} / 8, 1 << 20);
  EXPECT_EQ(fast.Reserve(kSecond, 1 << 20), 0);
}

// PSH-013
TEST(PushDelivery, HeartbeatsKeepTheirBeat) {
  PushDelivery push;
  push.heartbeat = 100;
  push.heartbeat_at = 400;
  EXPECT_EQ(push.NextHeartbeat(350), 400);
  EXPECT_EQ(push.NextHeartbeat(400), 500);
  EXPECT_EQ(push.NextHeartbeat(950), 1000);
}

}  // namespace
}  // namespace windtunnel::broker
