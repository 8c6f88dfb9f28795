// The generators, each in a file of its own. `draft` has version, flavour and
// whether it is timed; they add the actions.

#ifndef WINDTUNNEL_TESTS_PROPERTY_FLAVOURS_H_
#define WINDTUNNEL_TESTS_PROPERTY_FLAVOURS_H_

#include "tests/property/draft.h"

namespace windtunnel::conform {

// generate_pull.cc: one stream, one or two pull consumers.
void GeneratePull(Draft& draft);
// generate_push.cc: one stream, one or two push consumers, listeners on three
// connections.
void GeneratePush(Draft& draft);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_FLAVOURS_H_
