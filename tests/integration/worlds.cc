// The worlds of the behaviour suite.

#include <string>
#include <vector>

#include "tests/integration/behaviour.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/server_version.h"

namespace windtunnel {

std::vector<WorldCase> AllWorlds() {
  return {
      {"live_2_9", LiveWorld(ServerVersion::k2_9)},
      {"live_2_10", LiveWorld(ServerVersion::k2_10)},
      {"live_2_15", LiveWorld(ServerVersion::k2_15)},
  };
}

}  // namespace windtunnel
