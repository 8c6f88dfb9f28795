// Programs about consumers: one stream, one or two consumers and some dozens of
// steps, all from one seed. A run in one world tells everything that a client
// can observe after each step, so that runs in two worlds can be compared.

#ifndef WINDTUNNEL_TESTS_PROPERTY_CONSUMER_PROGRAM_H_
#define WINDTUNNEL_TESTS_PROPERTY_CONSUMER_PROGRAM_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "windtunnel/testing/world.h"

namespace windtunnel {

struct ConsumerProgram {
  std::uint32_t config_seed = 0;
  // One for each step: what it draws. A step that is left out does not change
  // what the others are.
  std::vector<std::uint32_t> steps;
  // Whether waits fall due and steps may wait for the next tick. Otherwise
  // nothing depends on time.
  bool timed = false;
};

ConsumerProgram AnyConsumerProgram(std::uint32_t seed, int steps, bool timed);

// What was done and seen, step by step.
using Transcript = std::vector<std::string>;
// How often each kind of step was done, and of outcome seen.
using Tally = std::map<std::string, int>;

// Runs `program` on a stream called `name`, which nobody else may use and whose
// length is that of the other world's. A live world is given what is
// `expected`: it lets the server work until that is seen, or for long enough,
// and ends at the first step that differs.
Transcript RunConsumerProgram(World& world, const std::string& name,
                              const ConsumerProgram& program,
                              const Transcript* expected, Tally* tally);

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_PROPERTY_CONSUMER_PROGRAM_H_
