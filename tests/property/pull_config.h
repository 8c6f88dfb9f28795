// What pull consumers of generated programs are configured as.

#ifndef WINDTUNNEL_TESTS_PROPERTY_PULL_CONFIG_H_
#define WINDTUNNEL_TESTS_PROPERTY_PULL_CONFIG_H_

#include "nlohmann/json.hpp"
#include "tests/property/consumed_stream.h"
#include "tests/property/draft.h"

namespace windtunnel::conform {

// Of consumer "c0" or "c1".
nlohmann::json AnyPullConsumer(Draft& draft, const ConsumedStream& stream,
                               int number);
// Whether servers take the change.
bool ChangePullConsumer(Draft& draft, const ConsumedStream& stream, int number,
                        nlohmann::json& config);

// The body of a request for messages.
std::string AnyPullRequest(Draft& draft);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_PULL_CONFIG_H_
