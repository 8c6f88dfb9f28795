// Holds the simulator against the reference model: runs a program in a
// simulation of its own, and looks after each action whether it shows what the
// model says.

#ifndef WINDTUNNEL_TESTS_PROPERTY_REFERENCE_CHECK_H_
#define WINDTUNNEL_TESTS_PROPERTY_REFERENCE_CHECK_H_

#include <map>
#include <optional>
#include <string>

#include "tests/property/observation.h"
#include "tests/property/program.h"

namespace windtunnel::conform {

// How often each kind of action and outcome was seen.
using ModelTally = std::map<std::string, int>;

struct Disagreement {
  std::size_t step = 0;  // The action; as many as there are: what is left.
  Observation model;
  Observation simulator;
};

// Whether the model knows what the program asks for; what is made smaller may
// ask for anything.
bool Understood(const Program& program);

// nullopt if they agree. `tally` may be null.
std::optional<Disagreement> Compare(const Program& program, ModelTally* tally);

// The actions up to the one that differs, and what both sides show.
std::string Story(const Program& program, const Disagreement& disagreement);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_REFERENCE_CHECK_H_
