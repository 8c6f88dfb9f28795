// The configuration file of a server that a test starts.

#ifndef WINDTUNNEL_CLIENT_TESTING_SERVER_CONFIG_H_
#define WINDTUNNEL_CLIENT_TESTING_SERVER_CONFIG_H_

#include <string>

#include "windtunnel/testing/world.h"

namespace windtunnel::internal {

// Says what differs from the defaults. Clients that do not log in get the
// account that `options` are about.
std::string ServerConfigText(const WorldOptions& options);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_TESTING_SERVER_CONFIG_H_
