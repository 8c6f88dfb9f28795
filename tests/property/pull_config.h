// What streams and pull consumers of generated programs are configured as.

#ifndef WINDTUNNEL_TESTS_PROPERTY_PULL_CONFIG_H_
#define WINDTUNNEL_TESTS_PROPERTY_PULL_CONFIG_H_

#include "nlohmann/json.hpp"
#include "tests/property/draft.h"

namespace windtunnel::conform {

// What all of a program's configurations have in common.
struct PullScope {
  bool removes = false;  // Messages are deleted and purged by request.
  bool work_queue = false;
};

// Of stream "@A".
nlohmann::json AnyStream(Draft& draft, PullScope& scope);
void ChangeStream(Draft& draft, const PullScope& scope, nlohmann::json& config);

// Of consumer "c0" or "c1", of a stream with `stored` messages.
nlohmann::json AnyConsumer(Draft& draft, const PullScope& scope, int number,
                           int stored);
// Whether servers take the change.
bool ChangeConsumer(Draft& draft, const PullScope& scope, int number,
                    nlohmann::json& config);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_PULL_CONFIG_H_
