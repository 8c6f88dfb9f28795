// Deduplication and redelivery agree: random programs of publishes with ids, time
// steps, fetches, acknowledgements, refusals and missed deadlines run in lockstep
// on the simulator and on a live server. Everything observed must be equal.

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "rapidcheck/gtest.h"
#include "tests/property/lockstep.h"
#include "tests/property/versions.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/testing/world.h"

namespace rc {

template <>
struct Arbitrary<windtunnel::Step> {
  static Gen<windtunnel::Step> arbitrary() {
    using windtunnel::Step;
    return gen::build<Step>(
        gen::set(&Step::kind,
                 gen::weightedElement<Step::Kind>({{6, Step::Kind::kPublish},
                                                   {6, Step::Kind::kFetch},
                                                   {4, Step::Kind::kAck},
                                                   {2, Step::Kind::kNak},
                                                   {2, Step::Kind::kNakDelayed},
                                                   {1, Step::Kind::kTerm},
                                                   {1, Step::Kind::kInProgress},
                                                   {1, Step::Kind::kForget},
                                                   {3, Step::Kind::kAdvance}})),
        gen::set(&Step::id, gen::inRange(0, 4)),
        gen::set(&Step::count, gen::inRange(1, 4)),
        gen::set(&Step::pick, gen::inRange(0, 8)));
  }
};

}  // namespace rc

namespace windtunnel {
namespace {

using Program = std::vector<Step>;

std::string FreshName() {
  static std::atomic<int> count = 0;
  return absl::StrCat("LOCKSTEP", ++count);
}

// Runs `program` in both worlds, step by step; returns the first difference as a
// story, or "" if there is none.
std::string Difference(World& one, World& other, const Program& program) {
  const std::string name = FreshName();
  LockstepRun first(one, name);
  LockstepRun second(other, name);
  std::ostringstream story;
  const auto differ = [&](const std::string& a, const std::string& b) {
    story << "\n    " << one.name() << ": " << a;
    if (a == b) return false;
    story << "\n    " << other.name() << ": " << b << "   <-- differs";
    return true;
  };
  for (const Step& step : program) {
    story << "\n  " << step;
    if (differ(first.Do(step), second.Do(step))) return story.str();
  }
  story << "\n  at the end";
  return differ(first.Final(), second.Final()) ? story.str() : "";
}

void CheckLockstep(const std::string& what, const WorldFactory& one,
                   const WorldFactory& other, int programs, int steps) {
  const std::unique_ptr<World> first = one();
  const std::unique_ptr<World> second = other();
  ASSERT_NE(first, nullptr);
  ASSERT_NE(second, nullptr) << "scripts/nats-servers gets the live servers";
  absl::Time shrink_until = absl::InfiniteFuture();
  std::string smallest;  // The difference found last, in words.
  rc::detail::TestParams parameters;
  parameters.seed = 20'251;
  parameters.maxSuccess = programs;
  const auto result = rc::detail::checkTestable(
      [&] {
        const auto program =
            *rc::gen::resize(steps, rc::gen::arbitrary<Program>());
        // Shrinking repeats the waits of a live server: it gets a minute.
        if (shrink_until < absl::Now()) return;
        const std::string difference = Difference(*first, *second, program);
        if (difference.empty()) return;
        smallest = difference;
        shrink_until = std::min(shrink_until, absl::Now() + absl::Minutes(1));
        RC_FAIL(difference);
      },
      rc::detail::TestMetadata{what, what}, parameters);
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << text.str() << "\nThe smallest difference:" << smallest;
}

// Many programs, no server: the simulator repeats itself to the letter.
TEST(Lockstep, SimulatorAgreesWithItself) {
  for (ServerVersion version :
       {ServerVersion::k2_9, ServerVersion::k2_10, ServerVersion::k2_15}) {
    CheckLockstep("the simulator agrees with itself", SimulatedWorld(version),
                  SimulatedWorld(version), 200, 100);
  }
}

class LiveLockstep : public testing::TestWithParam<ServerVersion> {};

TEST_P(LiveLockstep, SimulatorAgreesWithLiveServer) {
  CheckLockstep("the simulator agrees with the live server",
                SimulatedWorld(GetParam()), LiveWorld(GetParam()), 15, 60);
}

INSTANTIATE_TEST_SUITE_P(Versions, LiveLockstep, AllVersions(), VersionName);

}  // namespace
}  // namespace windtunnel
