// Runs a program in a world and says what was observed.

#ifndef WINDTUNNEL_TESTS_PROPERTY_RUN_H_
#define WINDTUNNEL_TESTS_PROPERTY_RUN_H_

#include <string>

#include "tests/property/observation.h"
#include "tests/property/program.h"
#include "windtunnel/testing/world.h"

namespace windtunnel::conform {

// Runs `program` under `name`, which no other run of the world uses and which
// is as long as in the world it is compared with: sizes depend on it. The run
// deletes its streams when it ends.
//
// With `expected` the world is live: the run lets the server work until what is
// expected is seen, or for long enough, and ends at the first step that
// differs.
//
// Threads: several tasks of a live world may run programs side by side.
Transcript RunProgram(World& world, const std::string& name,
                      const Program& program,
                      const Transcript* expected = nullptr);

// Deletes the streams of a run that could not.
void DeleteStreams(Connection& connection, const std::string& name);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_RUN_H_
