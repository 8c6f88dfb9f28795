// A scheduler with its runtime, for tests of what runs on it.

#ifndef WINDTUNNEL_SIMULATOR_RUNTIME_SIMULATION_FIXTURE_H_
#define WINDTUNNEL_SIMULATOR_RUNTIME_SIMULATION_FIXTURE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "simulator/runtime/random.h"
#include "simulator/runtime/scheduler.h"
#include "simulator/runtime/simulated_runtime.h"

namespace windtunnel::simulation {

// Collects failures instead of aborting.
class Simulation {
 public:
  explicit Simulation(SchedulerOptions options = {})
      : random_(1),
        scheduler_(WithHook(std::move(options), failures_)),
        runtime_(scheduler_, random_) {}
  ~Simulation() { End(); }

  SimulatedRuntime& runtime() { return runtime_; }
  Scheduler& scheduler() { return scheduler_; }
  const std::vector<std::string>& failures() const { return failures_; }
  absl::Duration elapsed() const {
    return absl::Nanoseconds(scheduler_.now());
  }
  void End() { scheduler_.End(); }

 private:
  static SchedulerOptions WithHook(SchedulerOptions options,
                                   std::vector<std::string>& failures) {
    options.on_failure = [&failures](absl::string_view text) {
      failures.emplace_back(text);
    };
    return options;
  }

  std::vector<std::string> failures_;
  Random random_;
  Scheduler scheduler_;
  SimulatedRuntime runtime_;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_RUNTIME_SIMULATION_FIXTURE_H_
