#include <memory>
#include <string>
#include <utility>

#include "simulator/broker/profile.h"
#include "windtunnel/simulator_testing.h"

namespace windtunnel {

namespace {

std::string NameOf(ServerVersion version) {
  switch (version) {
    case ServerVersion::k2_9:
      return "sim_2_9";
    case ServerVersion::k2_10:
      return "sim_2_10";
    case ServerVersion::k2_15:
      return "sim_2_15";
  }
  return "sim";
}

class SimulatedWorldOf final : public World {
 public:
  explicit SimulatedWorldOf(const SimulatorOptions& options)
      : version_(options.server_version), simulator_(options) {}

  std::string name() const override { return NameOf(version_); }
  ServerVersion version() const override { return version_; }
  std::string server_version() const override {
    return broker::ProfileFor(version_).version;
  }
  Runtime& runtime() override { return simulator_.runtime(); }
  absl::StatusOr<std::unique_ptr<Connection>> Connect(
      absl::string_view name) override {
    return simulator_.Connect(name);
  }
  void Advance(absl::Duration duration) override {
    simulator_.RunFor(duration);
  }
  absl::Status RestartServer() override {
    simulator_.StopServer();
    simulator_.StartServer();
    return absl::OkStatus();
  }

 private:
  const ServerVersion version_;
  Simulator simulator_;
};

}  // namespace

WorldFactory SimulatedWorld(ServerVersion version,
                            const WorldOptions& options) {
  SimulatorOptions simulator;
  simulator.server_version = version;
  simulator.jetstream = options.jetstream;
  return SimulatedWorldWith(std::move(simulator));
}

WorldFactory SimulatedWorldWith(SimulatorOptions options) {
  return [options = std::move(options)] {
    return std::make_unique<SimulatedWorldOf>(options);
  };
}

}  // namespace windtunnel
