#include "shared/consume/pull_window.h"

#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace windtunnel::internal {
namespace {

PullStatus Ended(std::uint64_t messages, std::uint64_t bytes) {
  return {.code = 408,
          .description = "Request Timeout",
          .pending_messages = messages,
          .pending_bytes = bytes};
}

TEST(PullWindow, AsksForEverythingAtFirst) {
  PullWindow window(10, 0, 50);

  const auto ask = window.Refill();

  ASSERT_TRUE(ask.has_value());
  EXPECT_EQ(ask->batch, 10);
  EXPECT_EQ(ask->max_bytes, 0);
  EXPECT_FALSE(window.Refill().has_value());
}

TEST(PullWindow, AsksAgainAtTheThreshold) {
  PullWindow window(10, 0, 50);
  window.Refill();

  for (int i = 0; i < 4; ++i) window.Deliver(0);
  EXPECT_FALSE(window.Refill().has_value());
  window.Deliver(0);

  EXPECT_EQ(window.Refill()->batch, 5);
}

TEST(PullWindow, AThresholdOfZeroWaitsForTheLast) {
  PullWindow window(2, 0, 0);
  window.Refill();

  window.Deliver(0);
  EXPECT_FALSE(window.Refill().has_value());
  window.Deliver(0);

  EXPECT_EQ(window.Refill()->batch, 2);
}

TEST(PullWindow, AThresholdOfHundredFillsUpAtOnce) {
  PullWindow window(3, 0, 100);
  window.Refill();
  EXPECT_FALSE(window.Refill().has_value());

  window.Deliver(0);

  EXPECT_EQ(window.Refill()->batch, 1);
}

TEST(PullWindow, BoundsMayBeAsLargeAsTheyGo) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  PullWindow window(2, kMost, 50);
  ASSERT_TRUE(window.Refill().has_value());
  EXPECT_FALSE(window.Refill().has_value());

  window.Deliver(10);

  const auto again = window.Refill();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->batch, 1);
  EXPECT_EQ(again->max_bytes, 10);
}

// PUL-042
TEST(PullWindow, AsksForEverythingWhenTwoRequestsInARowWereTooSmall) {
  const PullStatus too_large = {.code = 409,
                                .description = "Message Size Exceeds MaxBytes",
                                .pending_messages = 2,
                                .pending_bytes = 100};
  PullWindow window(4, 1000, 50);
  window.Refill();
  window.Deliver(50);
  window.Deliver(50);
  ASSERT_EQ(window.Refill()->max_bytes, 100);

  window.End(too_large);
  ASSERT_TRUE(window.Refill().has_value());
  window.End(too_large);

  EXPECT_EQ(window.Refill()->max_bytes, 1000);
}

// PUL-029
TEST(PullWindow, TakesBackWhatAnEndedRequestStillWanted) {
  PullWindow window(10, 0, 50);
  window.Refill();
  window.Deliver(0);

  window.End(Ended(9, 0));

  EXPECT_TRUE(window.empty());
  EXPECT_EQ(window.Refill()->batch, 10);
}

TEST(PullWindow, AStatusWithoutCountsTakesBackEverything) {
  PullWindow window(10, 0, 50);
  window.Refill();

  window.End({.code = 409, .description = "Exceeded MaxWaiting"});

  EXPECT_TRUE(window.empty());
}

TEST(PullWindow, CountsBytesToo) {
  PullWindow window(100, 1000, 50);
  EXPECT_EQ(window.Refill()->max_bytes, 1000);

  window.Deliver(499);
  EXPECT_FALSE(window.Refill().has_value());
  window.Deliver(1);

  EXPECT_EQ(window.Refill()->max_bytes, 500);
}

// PUL-043
TEST(PullWindow, BytesUsedUpEndTheRequestWithoutAStatus) {
  PullWindow window(100, 1000, 50);
  window.Refill();

  window.Deliver(1000);

  EXPECT_TRUE(window.empty());
  EXPECT_EQ(window.Refill()->batch, 100);
}

// PUL-044
TEST(PullWindow, ALateBatchCompletedCountsOnce) {
  PullWindow window(1, 1000, 50);
  window.Refill();
  window.Deliver(100);
  EXPECT_EQ(window.Refill()->max_bytes, 1000);

  window.End({.code = 409,
              .description = "Batch Completed",
              .pending_messages = 0,
              .pending_bytes = 900});

  EXPECT_FALSE(window.empty());
  EXPECT_FALSE(window.Refill().has_value());
}

}  // namespace
}  // namespace windtunnel::internal
