#include "simulator/broker/dedup_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace windtunnel::broker {
namespace {

using testing::Eq;
using testing::Optional;

class DedupWindowTest : public testing::Test {
 protected:
  DedupWindowTest() { window_.SetWindow(kSecond, 0); }

  void Add(absl::string_view id, std::uint64_t seq, Nanos now) {
    window_.Add(id, seq, now, now);
  }
  // Runs all deadlines up to `now`.
  void RunUntil(Nanos now) {
    while (window_.NextDeadline() <= now) {
      window_.RunDeadlines(window_.NextDeadline());
    }
  }

  DedupWindow window_;
};

TEST_F(DedupWindowTest, NamesTheSequenceOfAKnownId) {
  // PUB-032
  Add("a", 7, 0);
  EXPECT_THAT(window_.Find("a"), Optional(7u));
  EXPECT_THAT(window_.Find("b"), Eq(std::nullopt));
}

TEST_F(DedupWindowTest, HasNoDeadlineWhileEmpty) {
  EXPECT_EQ(window_.NextDeadline(), kNever);
  Add("a", 1, 5);
  window_.Clear();
  EXPECT_EQ(window_.NextDeadline(), kNever);
  EXPECT_THAT(window_.Find("a"), Eq(std::nullopt));
}

TEST_F(DedupWindowTest, FirstRunIsOneWindowAfterTheFirstEntry) {
  // PUB-034
  Add("a", 1, 100);
  Add("b", 2, 200);
  EXPECT_EQ(window_.NextDeadline(), 100 + kSecond);
}

TEST_F(DedupWindowTest, LaterRunsComeWhenTheOldestIsDue) {
  // PUB-034
  const Nanos later = 300 * kMillisecond;
  Add("a", 1, 0);
  Add("b", 2, later);
  RunUntil(kSecond);
  EXPECT_THAT(window_.Find("a"), Eq(std::nullopt));
  EXPECT_THAT(window_.Find("b"), Optional(2u));
  EXPECT_EQ(window_.NextDeadline(), kSecond + later);
}

TEST_F(DedupWindowTest, RunsAreAtLeastFiftyMillisecondsApart) {
  // PUB-034
  Add("a", 1, 0);
  Add("b", 2, kMillisecond);
  RunUntil(kSecond);
  EXPECT_EQ(window_.NextDeadline(), kSecond + 50 * kMillisecond);
  // Until then the overdue id still counts.
  EXPECT_THAT(window_.Find("b"), Optional(2u));
  RunUntil(kSecond + 50 * kMillisecond);
  EXPECT_THAT(window_.Find("b"), Eq(std::nullopt));
  EXPECT_EQ(window_.NextDeadline(), kNever);
}

TEST_F(DedupWindowTest, RunsNothingBeforeTheDeadline) {
  Add("a", 1, 0);
  window_.RunDeadlines(kSecond - 1);
  EXPECT_THAT(window_.Find("a"), Optional(1u));
}

TEST_F(DedupWindowTest, AShorterWindowTakesOverdueIdsAtOnce) {
  // PUB-038
  Add("a", 1, 0);
  Add("b", 2, 400 * kMillisecond);
  window_.SetWindow(300 * kMillisecond, 500 * kMillisecond);
  EXPECT_THAT(window_.Find("a"), Eq(std::nullopt));
  EXPECT_THAT(window_.Find("b"), Optional(2u));
  EXPECT_EQ(window_.NextDeadline(), 700 * kMillisecond);
}

TEST_F(DedupWindowTest, ALongerWindowKeepsIdsLonger) {
  // PUB-038
  Add("a", 1, 0);
  window_.SetWindow(3 * kSecond, 0);
  RunUntil(2 * kSecond);
  EXPECT_THAT(window_.Find("a"), Optional(1u));
  RunUntil(3 * kSecond);
  EXPECT_EQ(window_.size(), 0u);
}

TEST_F(DedupWindowTest, AnIdWithoutStoreTimeGoesAtTheNextRun) {
  // PUB-040
  const Nanos start = 1000 * kSecond;
  Add("a", 1, start);
  window_.Add("skipped", 2, start + kSecond / 2, 0);
  RunUntil(start + kSecond);
  EXPECT_EQ(window_.size(), 0u);
}

TEST_F(DedupWindowTest, ManyIdsComeAndGoInOrder) {
  for (int i = 0; i < 20'000; ++i) {
    const Nanos now = i * kMillisecond;
    RunUntil(now);
    Add(absl::StrCat("id-", i, std::string(i % 40, 'x')), i + 1, now);
  }
  // One second and up to 50 ms of overdue ids.
  EXPECT_GE(window_.size(), 1000u);
  EXPECT_LE(window_.size(), 1051u);
  EXPECT_THAT(
      window_.Find(absl::StrCat("id-19999", std::string(19'999 % 40, 'x'))),
      Optional(20'000u));
  EXPECT_THAT(window_.Find("id-0"), Eq(std::nullopt));
  RunUntil(40 * kSecond);
  EXPECT_EQ(window_.size(), 0u);
}

}  // namespace
}  // namespace windtunnel::broker
