// Generated programs agree: everything that a client can see of them is equal
// on the simulator and on a live server, but for what tolerance.h lists.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "tests/property/conformance.h"
#include "tests/property/run.h"
#include "tests/property/story.h"
#include "tests/property/versions.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/testing/world.h"

namespace windtunnel::conform {
namespace {

int FromEnvironment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  int value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

// Programs that show what the simulator is known to do otherwise. They run as
// all do, and what they show is printed.
struct KnownDifference {
  ServerVersion version;
  std::uint64_t seed;
  const char* what;
};
constexpr KnownDifference kKnownDifferences[] = {
    {ServerVersion::k2_15, 11,
     "the answer to an update of a consumer right after a restart tells the "
     "old "
     "configuration"},
    {ServerVersion::k2_15, 106,
     "whether a request of a consumer in memory hears of the shutdown"},
    {ServerVersion::k2_10, 22, "what is pending after a restart is sent again"},
    {ServerVersion::k2_10, 61, "num_pending after a restart, of interest"},
    {ServerVersion::k2_10, 101, "delete markers that go after a restart"},
    {ServerVersion::k2_9, 8, "the floor of an idle push consumer"},
    {ServerVersion::k2_9, 22, "what is pending after a restart is sent again"},
    {ServerVersion::k2_9, 48,
     "a redelivery where the server sends a new message; not understood"},
    {ServerVersion::k2_9, 61, "num_pending after a restart, of interest"},
    {ServerVersion::k2_9, 64, "which requests hear of the shutdown"},
    {ServerVersion::k2_9, 91, "the floor of an idle push consumer"}};

const char* Known(ServerVersion version, std::uint64_t seed) {
  for (const KnownDifference& known : kKnownDifferences) {
    if (known.version == version && known.seed == seed) return known.what;
  }
  return nullptr;
}

class LiveConform : public testing::TestWithParam<ServerVersion> {};

// WINDTUNNEL_PROGRAMS and WINDTUNNEL_FIRST_PROGRAM ask for others,
// WINDTUNNEL_FLAVOUR for those of one, WINDTUNNEL_SHRINK for another limit in
// seconds.
TEST_P(LiveConform, GeneratedProgramsAgree) {
  const std::unique_ptr<World> live = LiveWorld(GetParam())();
  ASSERT_NE(live, nullptr) << "scripts/nats-servers gets the live servers";
  ConformanceOptions options;
  options.generate = {.version = GetParam(), .restarts = true};
  if (const char* flavour = std::getenv("WINDTUNNEL_FLAVOUR")) {
    options.generate.flavours = {flavour};
  }
  options.seed = FromEnvironment("WINDTUNNEL_FIRST_PROGRAM", 1);
  options.programs = FromEnvironment("WINDTUNNEL_PROGRAMS", 80);
  options.shrink_for = absl::Seconds(FromEnvironment("WINDTUNNEL_SHRINK", 10));
  options.progress = [](const Progress& progress) {
    std::cout << progress.done << " of " << progress.programs << " programs, "
              << progress.differences << " differ"
              << (progress.shrinking ? ", shrinking" : "") << ", "
              << progress.took << std::endl;
  };
  const ConformanceResult result = Conform(*live, options);
  for (const Difference& difference : result.differences) {
    if (const char* known = Known(GetParam(), difference.seed)) {
      std::cout << "known: " << known << "\n" << Story(difference);
      continue;
    }
    // Those whose waits fall due were not yet compared on a quiet machine often
    // enough to fail for: they are printed, unless programs are asked for.
    if (difference.program.timed && !std::getenv("WINDTUNNEL_PROGRAMS")) {
      std::cout << "timed, open:\n" << Story(difference);
      continue;
    }
    ADD_FAILURE() << Story(difference) << AsTest(difference, "Found");
  }
  for (const auto& [what, count] : result.tally) {
    std::cout << what << ": " << count << "\n";
  }
  for (const auto& [name, flavour] : result.flavours) {
    std::cout << name << ": " << flavour.programs << " programs, "
              << flavour.actions << " actions, " << flavour.differing
              << " differ, " << flavour.unsteady << " unsteady, "
              << flavour.undecided << " undecided\n";
  }
  std::cout << result.programs << " programs in " << result.took << "\n";
}

// Consumers that the server's limits and the account's bound.
TEST_P(LiveConform, ConsumersAgreeUnderLimits) {
  ConformanceOptions options;
  options.world.jetstream.limits.max_ack_pending = 50;
  options.world.jetstream.limits.max_request_batch = 10;
  options.world.jetstream.account.max_ack_pending = 40;
  options.world.jetstream.account.max_consumers = 2;
  const std::unique_ptr<World> live = LiveWorld(GetParam(), options.world)();
  ASSERT_NE(live, nullptr) << "scripts/nats-servers gets the live servers";
  options.generate = {.version = GetParam(), .flavours = {"consumer-config"}};
  options.seed = FromEnvironment("WINDTUNNEL_FIRST_PROGRAM", 1);
  options.programs = 30;
  options.at_once = 1;  // The account's limits are for all of them.
  const ConformanceResult result = Conform(*live, options);
  EXPECT_EQ(result.programs, 30);
  for (const Difference& difference : result.differences) {
    ADD_FAILURE() << Story(difference);
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, LiveConform, AllVersions(), VersionName);

}  // namespace
}  // namespace windtunnel::conform
