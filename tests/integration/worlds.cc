// The worlds of the behaviour suite.

#include <vector>

#include "tests/integration/behaviour.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/server_version.h"
#include "windtunnel/simulator_testing.h"

namespace windtunnel {

std::vector<WorldCase> AllWorlds() {
  return {
      {"sim_2_9", SimulatedWorld(ServerVersion::k2_9)},
      {"sim_2_10", SimulatedWorld(ServerVersion::k2_10)},
      {"sim_2_15", SimulatedWorld(ServerVersion::k2_15)},
      {"sim_2_15_wire", SimulatedWorld(ServerVersion::k2_15), true},
      {"live_2_9", LiveWorld(ServerVersion::k2_9)},
      {"live_2_10", LiveWorld(ServerVersion::k2_10)},
      {"live_2_15", LiveWorld(ServerVersion::k2_15)},
  };
}

}  // namespace windtunnel
