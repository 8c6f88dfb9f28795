// The simulator does what the reference model says, in many generated programs
// and without any server. WINDTUNNEL_MODEL_PROGRAMS sets how many.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "rapidcheck.h"
#include "tests/property/generate.h"
#include "tests/property/reference_check.h"
#include "tests/property/reference_programs.h"

namespace windtunnel::conform {
namespace {

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  std::uint64_t value = otherwise;
  if (const char* text = std::getenv(name); text != nullptr) {
    (void)absl::SimpleAtoi(text, &value);
  }
  return value;
}

// The smallest program found that still shows a difference.
Program Smallest(Program program) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    rc::Seq<Program> tries = Smaller(program);
    while (auto candidate = tries.next()) {
      if (!Understood(*candidate) || !Compare(*candidate, nullptr).has_value())
        continue;
      program = *std::move(candidate);
      smaller = true;
      break;
    }
  }
  return program;
}

TEST(ReferenceModel, AgreesWithSimulator) {
  const std::uint64_t programs =
      FromEnvironment("WINDTUNNEL_MODEL_PROGRAMS", 400);
  const std::uint64_t first = FromEnvironment("WINDTUNNEL_MODEL_SEED", 1);
  const std::uint64_t limit = FromEnvironment("WINDTUNNEL_MODEL_FAILURES", 1);
  ModelTally tally;
  std::uint64_t failures = 0;
  for (std::uint64_t seed = first; seed < first + programs; ++seed) {
    Program program = ModelProgramOf(seed);
    if (!Compare(program, &tally).has_value()) continue;
    program = Smallest(std::move(program));
    ADD_FAILURE() << "After " << seed - first + 1 << " programs, seed " << seed
                  << ":\n"
                  << Story(program, *Compare(program, nullptr));
    if (++failures >= limit) break;
  }
  for (const auto& [what, count] : tally)
    std::cout << count << "  " << what << "\n";
}

}  // namespace
}  // namespace windtunnel::conform
