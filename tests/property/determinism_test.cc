// The simulator repeats itself to the letter: generated programs of all
// flavours, each in two simulations of its own.

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "rapidcheck/gtest.h"
#include "tests/property/generate.h"
#include "tests/property/run.h"
#include "tests/property/versions.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/testing/world.h"

namespace windtunnel::conform {
namespace {

class Determinism : public testing::TestWithParam<ServerVersion> {};

TEST_P(Determinism, ProgramsShowTheSameTwice) {
  const GenerateOptions options{.version = GetParam(), .restarts = true};
  rc::check("programs show the same twice", [&] {
    const Program program = *rc::gen::noShrink(AnyProgram(options));
    const auto run = [&] {
      const std::unique_ptr<World> world = SimulatedWorld(GetParam())();
      return RunProgram(*world, "P000001", program);
    };
    const Transcript first = run();
    RC_ASSERT(first.steps.size() > 1U);
    RC_ASSERT(first == run());
  });
}

INSTANTIATE_TEST_SUITE_P(Versions, Determinism, AllVersions(), VersionName);

}  // namespace
}  // namespace windtunnel::conform
