// SimulatedRuntime: the interface's Runtime over a Scheduler.

#ifndef WINDTUNNEL_SIMULATOR_RUNTIME_SIMULATED_RUNTIME_H_
#define WINDTUNNEL_SIMULATOR_RUNTIME_SIMULATED_RUNTIME_H_

#include <cstdint>
#include <memory>
#include <string>

#include "simulator/runtime/random.h"
#include "simulator/runtime/scheduler.h"
#include "windtunnel/runtime.h"

namespace windtunnel::simulation {

class SimulatedRuntime final : public Runtime {
 public:
  // Both outlive it.
  SimulatedRuntime(Scheduler& scheduler, Random& random)
      : scheduler_(scheduler), random_(random) {}

  Scheduler& scheduler() { return scheduler_; }

  using Runtime::SleepFor;
  absl::Time Now() const override;
  Task Spawn(std::string name, absl::AnyInvocable<void()> body) override;
  absl::Status SleepUntil(absl::Time deadline) override;
  absl::Status CheckCaller() const override;
  std::uint64_t DrawRandom() override;
  std::unique_ptr<internal::MutexBackend> NewMutex() override;
  std::unique_ptr<internal::ConditionBackend> NewCondition() override;

 private:
  Scheduler& scheduler_;
  Random& random_;
};

// kNotATask, for a call from a thread that is not the simulation's.
absl::Status NotATaskError();
// kCancelled, for waits after the end.
absl::Status SimulationEndedError();

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_RUNTIME_SIMULATED_RUNTIME_H_
