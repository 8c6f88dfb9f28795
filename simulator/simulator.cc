#include "windtunnel/simulator.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "simulator/connection/simulated_connection.h"
#include "simulator/core.h"

namespace windtunnel {

namespace simulation {

namespace {

SchedulerOptions ForScheduler(const SimulatorOptions& options,
                              History& history) {
  SchedulerOptions made;
  made.start_time = ToNanos(options.start_time);
  made.stack_size = options.stack_size;
  made.livelock_limit = options.livelock_limit;
  made.on_failure = [on_failure = options.on_failure,
                     seed = options.seed](absl::string_view text) {
    const std::string with_seed = absl::StrCat(text, "seed: ", seed, "\n");
    if (on_failure) {
      on_failure(with_seed);
    } else {
      std::fprintf(stderr, "windtunnel: %s", with_seed.c_str());
      std::abort();
    }
  };
  made.on_task = [&history](const Fiber& fiber, bool ended) {
    const Nanos now = fiber.scheduler->now();
    history.Record(now, ended ? EventKind::kTaskEnd : EventKind::kTaskStart,
                   fiber.number, 0);
    history.RecordText(fiber.name);
    if (history.keeps_text()) {
      history.AddLine(now, absl::StrCat("task \"", fiber.name,
                                        ended ? "\" ends" : "\" starts"));
    }
  };
  return made;
}

}  // namespace

SimulationCore::SimulationCore(const SimulatorOptions& options)
    : seed(options.seed),
      max_payload(options.max_payload),
      random(options.seed),
      history(ToNanos(options.start_time), options.history_limit),
      scheduler(ForScheduler(options, history)),
      runtime(scheduler, random),
      network(scheduler, random, history,
              {.version = options.server_version,
               .max_payload = options.max_payload,
               .jetstream = options.jetstream}) {}

}  // namespace simulation

class Simulator::Core {
 public:
  explicit Core(const SimulatorOptions& options)
      : shared(std::make_shared<simulation::SimulationCore>(options)) {}

  const std::shared_ptr<simulation::SimulationCore> shared;
};

Simulator::Simulator() : Simulator(SimulatorOptions{}) {}

Simulator::Simulator(SimulatorOptions options)
    : core_(std::make_unique<Core>(options)) {}

Simulator::~Simulator() { core_->shared->scheduler.End(); }

Runtime& Simulator::runtime() { return core_->shared->runtime; }

absl::StatusOr<std::unique_ptr<Connection>> Simulator::Connect(
    absl::string_view name) {
  simulation::SimulationCore& core = *core_->shared;
  if (absl::Status s = core.runtime.CheckCaller(); !s.ok()) return s;
  if (!core.network.server_running()) {
    return absl::UnavailableError("the server is stopped");
  }
  return std::make_unique<simulation::SimulatedConnection>(core_->shared,
                                                           std::string(name));
}

absl::Time Simulator::Now() const { return core_->shared->runtime.Now(); }

void Simulator::RunFor(absl::Duration duration) {
  simulation::Scheduler& scheduler = core_->shared->scheduler;
  if (!scheduler.OnThisThread()) return;
  scheduler.Sleep(simulation::After(scheduler.now(), duration));
  // What else is due at that instant belongs to the duration.
  scheduler.RunUntilIdle();
}

bool Simulator::RunUntil(const std::function<bool()>& done,
                         absl::Duration timeout) {
  simulation::Scheduler& scheduler = core_->shared->scheduler;
  if (!scheduler.OnThisThread()) return false;
  return scheduler.RunUntil(done, simulation::After(scheduler.now(), timeout));
}

void Simulator::RunUntilIdle() {
  simulation::Scheduler& scheduler = core_->shared->scheduler;
  if (scheduler.OnThisThread()) scheduler.RunUntilIdle();
}

void Simulator::StopServer() {
  if (!core_->shared->scheduler.OnThisThread()) return;
  core_->shared->network.StopServer();
}

void Simulator::StartServer() {
  if (!core_->shared->scheduler.OnThisThread()) return;
  core_->shared->network.StartServer();
}

std::uint64_t Simulator::history_hash() const {
  return core_->shared->history.hash();
}

std::string Simulator::history() const { return core_->shared->history.Text(); }

std::uint64_t Simulator::seed() const { return core_->shared->seed; }

}  // namespace windtunnel
