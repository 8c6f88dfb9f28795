// The worlds of the behaviour suite.

#include <vector>

#include "tests/integration/behaviour.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/server_version.h"
#include "windtunnel/simulator_testing.h"

namespace windtunnel {

namespace {

using Make = decltype(WorldCase::make);

Make Simulated(ServerVersion version) {
  return [version](const WorldOptions& options) {
    return SimulatedWorld(version, options)();
  };
}

Make Live(ServerVersion version) {
  return [version](const WorldOptions& options) {
    return LiveWorld(version, options)();
  };
}

}  // namespace

std::vector<WorldCase> AllWorlds() {
  return {
      {"sim_2_9", Simulated(ServerVersion::k2_9)},
      {"sim_2_10", Simulated(ServerVersion::k2_10)},
      {"sim_2_15", Simulated(ServerVersion::k2_15)},
      {"sim_2_15_wire", Simulated(ServerVersion::k2_15), true},
      {"live_2_9", Live(ServerVersion::k2_9)},
      {"live_2_10", Live(ServerVersion::k2_10)},
      {"live_2_15", Live(ServerVersion::k2_15)},
  };
}

}  // namespace windtunnel
