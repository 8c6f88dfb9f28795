// Conformance: many generated programs, each run in a simulation of its own and
// then in lockstep on a live server, side by side with others. Where the two
// disagree each time, the program is made as small as it can be.

#ifndef WINDTUNNEL_TESTS_PROPERTY_CONFORMANCE_H_
#define WINDTUNNEL_TESTS_PROPERTY_CONFORMANCE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/property/generate.h"
#include "tests/property/observation.h"
#include "tests/property/program.h"
#include "windtunnel/testing/world.h"

namespace windtunnel::conform {

// How often each kind of action was done ("action: create stream") and each
// outcome seen ("answer: error 10058", "status: 404 No Messages", "delivery",
// "redelivery", "advisory: MAX_DELIVERIES").
using Tally = std::map<std::string, int>;
void Count(const Program& program, const Transcript& transcript, Tally& tally);

struct Progress {
  int done = 0;  // Programs that ran on both.
  int programs = 0;
  int differences = 0;
  bool shrinking = false;
  absl::Duration took = absl::ZeroDuration();
};

struct Difference {
  std::uint64_t seed = 0;
  Program original = {};
  Program program = {};  // As small as was found.
  Transcript simulated = {};
  Transcript live = {};
  int step = 0;  // The first that differs; the rest of both is not compared.
};

struct ConformanceOptions {
  GenerateOptions generate = {};  // `version` is that of the live world.
  WorldOptions world = {};        // What the live world was made with.
  std::uint64_t seed = 1;  // Of the first program; the next has the next.
  int programs = 200;
  // All names on the server begin so; other runs on it need another. Up to 6
  // letters and digits.
  std::string prefix = "WT";
  int at_once = 32;  // Programs on the live server, each on a task of its own.
  int max_differences = 10;                       // Then it ends.
  absl::Duration shrink_for = absl::Seconds(60);  // For each difference.
  // Called as each program ends, and while shrinking. One call at a time, from
  // tasks of the live world.
  std::function<void(const Progress&)> progress = nullptr;
  // Called with each difference when it is as small as it gets.
  std::function<void(const Difference&)> found = nullptr;
  const std::atomic<bool>* stop = nullptr;  // Ends it early when it gets true.
};

struct FlavourResult {
  int programs = 0;
  int actions = 0;
  int differing = 0;
  // Differed once and agreed when run again: the live server was late, or
  // answers one way or the other.
  int unsteady = 0;
  // Not among `programs`: the machine was too busy for their waits, each time.
  int undecided = 0;
};

struct ConformanceResult {
  std::map<std::string, FlavourResult> flavours = {};
  std::vector<Difference> differences = {};
  Tally tally = {};
  int programs = 0;
  absl::Duration took = absl::ZeroDuration();
};

// Programs that restart the server run after all others, one at a time.
ConformanceResult Conform(World& live, const ConformanceOptions& options);

// One program; `difference` is set if they differ each time.
bool Agrees(World& live, const Program& program, const std::string& name,
            Difference* difference, const WorldOptions& options = {});

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_CONFORMANCE_H_
