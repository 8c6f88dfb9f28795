// The simulator repeats itself to the letter: generated programs of all
// flavours, each in two simulations of its own.

#include <cstdint>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/property/generate.h"
#include "tests/property/run.h"
#include "tests/property/versions.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/testing/world.h"

namespace windtunnel::conform {
namespace {

class Determinism : public testing::TestWithParam<ServerVersion> {};

TEST_P(Determinism, ProgramsShowTheSameTwice) {
  // The same programs each time: what fails can be repeated.
  constexpr std::uint64_t kPrograms = 60;
  for (std::uint64_t seed = 1; seed <= kPrograms; ++seed) {
    const Program program =
        ProgramOf({.version = GetParam(), .restarts = true}, seed);
    const auto run = [&] {
      const std::unique_ptr<World> world = SimulatedWorld(GetParam())();
      return RunProgram(*world, "P000001", program);
    };
    const Transcript first = run();
    EXPECT_GT(first.steps.size(), 1U) << seed;
    EXPECT_EQ(first.steps, run().steps) << seed << " " << program.flavour;
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, Determinism, AllVersions(), VersionName);

}  // namespace
}  // namespace windtunnel::conform
