#include "tests/property/observation.h"

#include <cstddef>
#include <ostream>

namespace windtunnel::conform {

std::ostream& operator<<(std::ostream& out, const Sight& sight) {
  return out << "\n    " << sight.where << ": " << sight.what;
}

int FirstDifference(const Transcript& expected, const Transcript& got) {
  for (std::size_t i = 0; i < expected.steps.size(); ++i) {
    if (i >= got.steps.size() || expected.steps[i] != got.steps[i]) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

}  // namespace windtunnel::conform
