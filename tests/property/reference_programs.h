// Programs for the reference model. They are made along with a run of the
// model, so that they can aim: at sequences that are there, and at the instants
// just before, at and just after something falls due.

#ifndef WINDTUNNEL_TESTS_PROPERTY_REFERENCE_PROGRAMS_H_
#define WINDTUNNEL_TESTS_PROPERTY_REFERENCE_PROGRAMS_H_

#include <cstdint>

#include "rapidcheck.h"
#include "tests/property/program.h"

namespace windtunnel::conform {

Program ModelProgramOf(std::uint64_t seed);

// The same for rapidcheck, with what to try when one fails.
rc::Gen<Program> AnyModelProgram();

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_REFERENCE_PROGRAMS_H_
