// SimulationCore: everything that a Simulator and its connections share.

#ifndef WINDTUNNEL_SIMULATOR_CORE_H_
#define WINDTUNNEL_SIMULATOR_CORE_H_

#include <cstdint>

#include "simulator/history/history.h"
#include "simulator/network/network.h"
#include "simulator/runtime/random.h"
#include "simulator/runtime/scheduler.h"
#include "simulator/runtime/simulated_runtime.h"
#include "windtunnel/simulator.h"

namespace windtunnel::simulation {

// Lifetime: shared by the Simulator and its connections, whichever goes last.
struct SimulationCore {
  explicit SimulationCore(const SimulatorOptions& options);

  const std::uint64_t seed;
  const std::int64_t max_payload;
  Random random;
  History history;
  Scheduler scheduler;
  SimulatedRuntime runtime;
  Network network;
  std::uint64_t connections_made = 0;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_CORE_H_
