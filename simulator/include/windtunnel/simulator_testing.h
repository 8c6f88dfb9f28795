// Simulated worlds: each is a simulation of its own.
//
//   class Orders : public testing::TestWithParam<WorldFactory> {};
//   INSTANTIATE_TEST_SUITE_P(Simulated, Orders,
//                            testing::Values(SimulatedWorld(ServerVersion::k2_10),
//                                            SimulatedWorld(ServerVersion::k2_15)));
//
// Free of GoogleTest.

#ifndef WINDTUNNEL_SIMULATOR_TESTING_H_
#define WINDTUNNEL_SIMULATOR_TESTING_H_

#include "windtunnel/server_version.h"
#include "windtunnel/simulator.h"
#include "windtunnel/testing/world.h"

namespace windtunnel {

// Worlds in the profile of `version`. The thread that makes one is its root task.
WorldFactory SimulatedWorld(ServerVersion version,
                            const WorldOptions& options = {});

// The same with other options; `options.server_version` says which profile.
WorldFactory SimulatedWorldWith(SimulatorOptions options);

}  // namespace windtunnel

#endif  // WINDTUNNEL_SIMULATOR_TESTING_H_
