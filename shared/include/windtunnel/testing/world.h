// World: where a test runs. The simulator in a server profile, or a live
// nats-server; the test cannot tell which.
//
//   class Orders : public testing::TestWithParam<WorldFactory> {};
//   TEST_P(Orders, ...) {
//     std::unique_ptr<World> world = GetParam()();
//     auto connection = world->Connect("orders");
//     ...
//     world->Advance(absl::Seconds(1));   // jumps, or waits
//   }
//
// Factories: simulator_testing.h and client_testing.h. Free of GoogleTest.

#ifndef WINDTUNNEL_TESTING_WORLD_H_
#define WINDTUNNEL_TESTING_WORLD_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/connection.h"
#include "windtunnel/jetstream_config.h"
#include "windtunnel/runtime.h"
#include "windtunnel/server_version.h"

namespace windtunnel {

// Threads: one test at a time. Lifetime: destroy connections first.
class World {
 public:
  virtual ~World() = default;

  // For test names: "sim_2_15", "live_2_15_1".
  virtual std::string name() const = 0;
  virtual ServerVersion version() const = 0;
  // The exact version, such as "2.15.1".
  virtual std::string server_version() const = 0;

  virtual Runtime& runtime() = 0;
  virtual absl::StatusOr<std::unique_ptr<Connection>> Connect(
      absl::string_view name) = 0;

  // Moves virtual time by `duration`, running everything due, or waits.
  virtual void Advance(absl::Duration duration) = 0;

  // Stops the server cleanly and starts it again with what it keeps: file
  // streams and their consumers (STO-119). Connections reconnect.
  virtual absl::Status RestartServer() = 0;
};

using WorldFactory = std::function<std::unique_ptr<World>()>;

// How the server of a world is configured.
struct WorldOptions {
  JetStreamConfig jetstream = {};

  friend bool operator==(const WorldOptions&, const WorldOptions&) = default;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTING_WORLD_H_
