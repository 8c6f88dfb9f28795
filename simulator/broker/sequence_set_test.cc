#include "simulator/broker/sequence_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace windtunnel::broker {
namespace {

using testing::ElementsAreArray;

// Compares every query at `probe`.
void ExpectSame(const SequenceSet& set, const std::set<std::uint64_t>& model,
                std::uint64_t probe) {
  const auto at = model.lower_bound(probe);
  EXPECT_EQ(set.AtOrAfter(probe), at == model.end() ? 0 : *at);
  EXPECT_EQ(set.CountFrom(probe),
            static_cast<std::uint64_t>(std::distance(at, model.end())));
  auto after = model.upper_bound(probe);
  EXPECT_EQ(set.AtOrBefore(probe), after == model.begin() ? 0 : *--after);
}

TEST(SequenceSetTest, EmptySetAnswersZero) {
  const SequenceSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.first(), 0u);
  EXPECT_EQ(set.last(), 0u);
  ExpectSame(set, {}, 5);
}

TEST(SequenceSetTest, AgreesWithASetThroughGrowthAndRemoval) {
  SequenceSet set;
  std::set<std::uint64_t> model;
  for (std::uint64_t seq = 3; seq < 30'000; seq += 1 + seq % 5) {
    set.Append(seq);
    model.insert(seq);
  }
  for (std::uint64_t probe = 0; probe < 30'010; probe += 97) {
    ExpectSame(set, model, probe);
  }
  // Whole runs go from the middle and the end, single members from elsewhere.
  for (auto member = model.begin(); member != model.end();) {
    const bool goes = (*member > 9'000 && *member < 19'000) ||
                      *member > 28'000 || *member % 3 == 0;
    if (goes) set.Remove(*member);
    member = goes ? model.erase(member) : std::next(member);
  }
  EXPECT_EQ(set.size(), model.size());
  EXPECT_EQ(set.first(), *model.begin());
  EXPECT_EQ(set.last(), *model.rbegin());
  for (std::uint64_t probe = 0; probe < 30'010; probe += 89) {
    ExpectSame(set, model, probe);
  }
  std::vector<std::uint64_t> all;
  set.CopyTo(all);
  EXPECT_THAT(all, ElementsAreArray(model));
}

TEST(SequenceSetTest, MovesAlongAsAQueue) {
  SequenceSet set;
  for (std::uint64_t seq = 1; seq < 100'000; ++seq) {
    set.Append(seq);
    if (seq > 3'000) set.Remove(seq - 3'000);
  }
  EXPECT_EQ(set.size(), 3'000u);
  EXPECT_EQ(set.first(), 97'000u);
  EXPECT_EQ(set.CountFrom(98'000), 2'000u);
}

TEST(SequenceSetTest, HoldsSequencesFarApart) {
  const std::uint64_t far = std::uint64_t{1} << 40;
  SequenceSet set;
  for (std::uint64_t i = 1; i <= 5; ++i) set.Append(i * far);
  EXPECT_EQ(set.AtOrAfter(2 * far + 1), 3 * far);
  EXPECT_EQ(set.AtOrBefore(2 * far - 1), far);
  EXPECT_EQ(set.CountFrom(2 * far), 4u);
  set.Remove(5 * far);
  set.Remove(2 * far);
  EXPECT_EQ(set.last(), 4 * far);
  EXPECT_EQ(set.AtOrBefore(3 * far - 1), far);
}

TEST(SequenceSetTest, CanBeFilledAgainOnceEmpty) {
  SequenceSet set;
  for (int round = 0; round < 3; ++round) {
    for (std::uint64_t seq = 1; seq <= 2'500; ++seq) set.Append(seq);
    for (std::uint64_t seq = 1; seq <= 2'500; ++seq) set.Remove(seq);
    EXPECT_TRUE(set.empty());
    EXPECT_EQ(set.AtOrAfter(0), 0u);
  }
}

}  // namespace
}  // namespace windtunnel::broker
