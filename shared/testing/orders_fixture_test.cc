#include "shared/testing/orders_fixture.h"

#include "windtunnel/simulator_testing.h"

namespace windtunnel {

std::unique_ptr<World> NewTestWorld() {
  return SimulatedWorld(ServerVersion::k2_15)();
}

}  // namespace windtunnel
