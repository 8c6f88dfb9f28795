// A difference for people: as a story in words, and as a test.

#ifndef WINDTUNNEL_TESTS_PROPERTY_STORY_H_
#define WINDTUNNEL_TESTS_PROPERTY_STORY_H_

#include <string>

#include "tests/property/conformance.h"

namespace windtunnel::conform {

// What was done, and at the step that differs what each side showed: only the
// lines, and of JSON only the fields, that are not equal.
std::string Story(const Difference& difference);

// A GoogleTest that fails as long as the simulator differs: it expects what the
// live server showed. It compiles in tests/property as it is.
std::string AsTest(const Difference& difference, const std::string& name);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_STORY_H_
