#include "simulator/runtime/random.h"

#include <array>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace windtunnel::simulation {
namespace {

using testing::Each;
using testing::Gt;

TEST(Random, GivesTheSameNumbersOnEveryMachine) {
  Random random(1);

  EXPECT_EQ(random.Next(), 12966619160104079557u);
  EXPECT_EQ(random.Next(), 9600361134598540522u);
  EXPECT_EQ(random.Next(), 10590380919521690900u);
}

TEST(Random, DrawsEachNumberBelowTheLimitAboutEquallyOften) {
  Random random(7);
  std::array<int, 10> counts{};

  for (int i = 0; i < 10'000; ++i) ++counts.at(random.Draw("test", 10));

  EXPECT_THAT(counts, Each(Gt(900)));
}

TEST(Random, ALimitOfOneLeavesNoChoice) {
  Random random(7);

  EXPECT_EQ(random.Draw("test", 1), 0u);
}

}  // namespace
}  // namespace windtunnel::simulation
