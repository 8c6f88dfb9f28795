// Live worlds: nats-servers that a test binary starts, shares between its tests
// and stops.
//
//   class Orders : public testing::TestWithParam<WorldFactory> {};
//   INSTANTIATE_TEST_SUITE_P(Live, Orders,
//                            testing::Values(LiveWorld(ServerVersion::k2_10),
//                                            NewestLiveWorld()));
//
// Servers are found in the folder that the environment variable
// WINDTUNNEL_NATS_SERVERS names, else in `.nats-servers` here or in a folder
// above: `<version>/nats-server`. Free of GoogleTest.

#ifndef WINDTUNNEL_CLIENT_TESTING_H_
#define WINDTUNNEL_CLIENT_TESTING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "windtunnel/server_version.h"
#include "windtunnel/testing/world.h"

namespace windtunnel {

// A nats-server binary.
struct ServerBinary {
  std::string path;
  std::string version;  // What it says of itself, such as "2.15.1".
  // The profile that fits. A minor version without one has that of the newest,
  // which is announced on stderr.
  ServerVersion profile = ServerVersion::k2_15;
};

// The servers that were found, oldest first. They are asked for their versions
// once in a process.
//
// Errors: kNotFound naming the folder.
absl::StatusOr<std::vector<ServerBinary>> FindServers();

// A world on a server with that profile, or on the newest that was found. All
// worlds of a process share one server for each binary: it is started with the
// first and stopped at exit. A new world deletes all streams, so have one at a
// time for each server. Connections of a world reconnect for ever.
//
// With `options` that are not the defaults each world has a server of its own,
// configured so and stopped with the world.
//
// The factory says on stderr what is wrong and returns null if there is no such
// server or it does not start.
WorldFactory LiveWorld(ServerVersion version, const WorldOptions& options = {});
WorldFactory NewestLiveWorld();
WorldFactory LiveWorldFrom(const ServerBinary& binary);

// A world on a server that runs already; its RestartServer() returns
// kFailedPrecondition. Worlds delete streams: the account must have none when
// the first one is made, else the factory says so and returns null.
WorldFactory LiveWorldAt(std::string url);

// A world on a server that runs already and that others use meanwhile: it looks
// at no stream and deletes none. Who runs in it keeps to names of their own.
// RestartServer() returns kFailedPrecondition.
//
// Errors: those of Connect() in client.h, after ten seconds at most.
absl::StatusOr<std::unique_ptr<World>> SharedWorldAt(const std::string& url);

// A nats-server with JetStream on a free port of the loopback address, with a
// folder of its own for all it keeps. It does not outlive the process, however
// that ends.
//
// Threads: one at a time.
class LiveServer {
 public:
  // Starts `binary` and waits until it answers. `config` is the text of a
  // configuration file, for what a test needs: authorization, limits, TLS.
  //
  // Errors: kNotFound for the binary; kInternal with the end of its log.
  static absl::StatusOr<std::unique_ptr<LiveServer>> Start(
      const std::string& binary, absl::string_view config = "");
  // Stops it and removes its folder, but keeps that of a server that ended by
  // itself and says on stderr where it is.
  ~LiveServer();
  LiveServer(const LiveServer&) = delete;
  LiveServer& operator=(const LiveServer&) = delete;

  // "nats://127.0.0.1:<port>". The port stays through restarts.
  std::string url() const;
  int port() const;
  const std::string& version() const;
  bool running() const;

  // Stops it in an orderly way (SIGINT), by force if that takes too long.
  void Stop();
  // Ends it at once (SIGKILL), as a crash would.
  void Kill();
  // Starts it again after Stop() or Kill(), with the same port and store.
  absl::Status StartAgain();

  // What it logged so far.
  std::string Log() const;

 private:
  struct State;
  explicit LiveServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// As SharedWorldAt(), but it can restart the server.
//
// Lifetime: `server` outlives it.
absl::StatusOr<std::unique_ptr<World>> SharedWorldOn(LiveServer& server);

}  // namespace windtunnel

#endif  // WINDTUNNEL_CLIENT_TESTING_H_
