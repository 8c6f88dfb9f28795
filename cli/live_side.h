// The live side of `windtunnel conform`: the server, and whether it can be
// used.

#ifndef WINDTUNNEL_CLI_LIVE_SIDE_H_
#define WINDTUNNEL_CLI_LIVE_SIDE_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/conform_options.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/server_version.h"
#include "windtunnel/testing/world.h"

namespace windtunnel::cli {

struct LiveSide {
  std::unique_ptr<LiveServer> server;  // With --spawn.
  std::unique_ptr<World> world;
  std::unique_ptr<Connection> connection;  // For looking and tidying up.
  ServerVersion profile = ServerVersion::k2_15;
  std::string shown;  // The URL without credentials, or the path.
  std::string
      greeting;  // Server, version and profile; loud if they do not fit.
};

// Starts the server or connects to it.
//
// Errors, with what to tell the user: the binary cannot be run, nobody listens,
// credentials are refused.
absl::StatusOr<LiveSide> OpenLiveSide(const ConformArguments& arguments);

// "2.10"
std::string NameOf(ServerVersion profile);

// What a server that others use told before a run.
struct Preparation {
  std::string prefix;
  std::string notice;   // Of what earlier runs left; "": nothing.
  std::string checked;  // What is there, and what is needed.
};

// Sees that JetStream is there, that limits and subjects allow a run, and that
// a stream of each storage can be created, and draws the prefix.
//
// Errors, with what to tell the user. Nothing of the run is on the server then.
absl::StatusOr<Preparation> PrepareAccount(Connection& connection, int at_once);

// Calls `lost` once if the connection is cut for longer than a server needs to
// restart.
//
// Lifetime: ends before the connection.
class ServerWatch {
 public:
  ServerWatch(Connection& connection, std::function<void()> lost);
  ~ServerWatch();
  ServerWatch(const ServerWatch&) = delete;
  ServerWatch& operator=(const ServerWatch&) = delete;

  bool was_lost() const { return was_lost_; }

 private:
  std::atomic<bool> ended_ = false;
  std::atomic<bool> was_lost_ = false;
  std::thread thread_;
};

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_LIVE_SIDE_H_
