#include <cstdio>
#include <map>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "client/nats/connect.h"
#include "client/nats/connection_watch.h"
#include "client/testing/server_config.h"
#include "client/testing/server_profile.h"
#include "windtunnel/client.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/jetstream.h"

namespace windtunnel {

namespace {

constexpr absl::Duration kReconnectTimeout = absl::Seconds(30);

// The servers that this process started, one for each binary.
class SharedServers {
 public:
  static SharedServers& Get() {
    static SharedServers servers;  // Its destructor stops them at exit.
    return servers;
  }

  absl::StatusOr<LiveServer*> For(const std::string& binary) {
    std::lock_guard<std::mutex> lock(mutex_);
    std::unique_ptr<LiveServer>& server = servers_[binary];
    if (server == nullptr) {
      absl::StatusOr<std::unique_ptr<LiveServer>> started =
          LiveServer::Start(binary);
      if (!started.ok()) return started.status();
      server = *std::move(started);
    } else if (!server->running()) {
      absl::Status status = server->StartAgain();
      if (!status.ok()) return status;
    }
    return server.get();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<LiveServer>> servers_;
};

ConnectOptions OptionsFor(absl::string_view name) {
  ConnectOptions options;
  options.name = std::string(name);
  options.timeout = absl::Seconds(10);
  options.max_reconnects = -1;
  options.reconnect_wait = absl::Milliseconds(20);
  return options;
}

class WorldOfServer final : public World {
 public:
  // `server` is null for one that is not ours.
  WorldOfServer(LiveServer* server, std::string url)
      : server_(server), url_(std::move(url)) {}

  explicit WorldOfServer(std::unique_ptr<LiveServer> server)
      : WorldOfServer(server.get(), server->url()) {
    own_server_ = std::move(server);
  }

  absl::Status ReadVersion() {
    absl::StatusOr<std::unique_ptr<Connection>> connection = Connect("version");
    if (!connection.ok()) return connection.status();
    server_version_ = (*connection)->server_version();
    if (server_version_.empty()) {
      return absl::UnavailableError("the server does not tell its version");
    }
    version_ = internal::ProfileFor(server_version_);
    return absl::OkStatus();
  }

  // Sees that there are no streams.
  absl::Status Clear(bool delete_streams) {
    absl::StatusOr<std::unique_ptr<Connection>> connection = Connect("prepare");
    if (!connection.ok()) return connection.status();
    JetStream& jetstream = (*connection)->jetstream();
    absl::StatusOr<std::vector<std::string>> names =
        jetstream.StreamNames(ListStreamsOptions{});
    if (!names.ok()) return names.status();
    if (!names->empty() && !delete_streams) {
      return absl::FailedPreconditionError(
          absl::StrCat("the account has ", names->size(),
                       " streams; tests delete streams, so it must have none"));
    }
    for (const std::string& name : *names) {
      absl::Status status = jetstream.DeleteStream(name, CallOptions{});
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  std::string name() const override {
    return absl::StrCat("live_", absl::StrReplaceAll(server_version_,
                                                     {{".", "_"}, {"-", "_"}}));
  }
  ServerVersion version() const override { return version_; }
  std::string server_version() const override { return server_version_; }
  Runtime& runtime() override { return runtime_; }

  absl::StatusOr<std::unique_ptr<Connection>> Connect(
      absl::string_view name) override {
    return internal::ConnectWatched(runtime_, url_, OptionsFor(name), watch_);
  }

  void Advance(absl::Duration duration) override {
    runtime_.SleepFor(duration).IgnoreError();
  }

  absl::Status RestartServer() override {
    if (server_ == nullptr) {
      return absl::FailedPreconditionError(
          "the server was not started by this world");
    }
    const internal::ConnectionWatch::Reconnects before = watch_->Now();
    server_->Stop();
    absl::Status status = server_->StartAgain();
    if (!status.ok()) return status;
    return watch_->WaitForMoreThan(before, absl::Now() + kReconnectTimeout);
  }

 private:
  ThreadRuntime runtime_;
  std::unique_ptr<LiveServer> own_server_;
  LiveServer* const server_;
  const std::string url_;
  const std::shared_ptr<internal::ConnectionWatch> watch_ =
      std::make_shared<internal::ConnectionWatch>();
  ServerVersion version_ = ServerVersion::k2_15;
  std::string server_version_;
};

std::unique_ptr<World> NoWorld(const absl::Status& status) {
  std::fprintf(stderr, "windtunnel: no live world: %s\n",
               status.ToString().c_str());
  return nullptr;
}

absl::StatusOr<std::unique_ptr<World>> MakeSharedWorld(LiveServer* server,
                                                       const std::string& url) {
  auto world = std::make_unique<WorldOfServer>(server, url);
  absl::Status status = world->ReadVersion();
  if (!status.ok()) return status;
  return world;
}

std::unique_ptr<World> MakeWorld(LiveServer* server, const std::string& url,
                                 bool delete_streams) {
  auto world = std::make_unique<WorldOfServer>(server, url);
  absl::Status status = world->ReadVersion();
  if (status.ok()) status = world->Clear(delete_streams);
  if (!status.ok()) return NoWorld(status);
  return world;
}

std::unique_ptr<World> MakeWorldFrom(const ServerBinary& binary) {
  absl::StatusOr<LiveServer*> server = SharedServers::Get().For(binary.path);
  if (!server.ok()) return NoWorld(server.status());
  return MakeWorld(*server, (*server)->url(), /*delete_streams=*/true);
}

std::unique_ptr<World> MakeWorldOfItsOwn(const ServerBinary& binary,
                                         const WorldOptions& options) {
  absl::StatusOr<std::unique_ptr<LiveServer>> server =
      LiveServer::Start(binary.path, internal::ServerConfigText(options));
  if (!server.ok()) return NoWorld(server.status());
  auto world = std::make_unique<WorldOfServer>(*std::move(server));
  absl::Status status = world->ReadVersion();
  if (!status.ok()) return NoWorld(status);
  return world;
}

// The newest of those with the profile, if it matters which.
absl::StatusOr<ServerBinary> Choose(const ServerVersion* profile) {
  absl::StatusOr<std::vector<ServerBinary>> found = FindServers();
  if (!found.ok()) return found.status();
  for (auto binary = found->rbegin(); binary != found->rend(); ++binary) {
    if (profile == nullptr || binary->profile == *profile) return *binary;
  }
  return absl::NotFoundError("none of the servers found has that version");
}

}  // namespace

WorldFactory LiveWorld(ServerVersion version, const WorldOptions& options) {
  return [version, options]() -> std::unique_ptr<World> {
    absl::StatusOr<ServerBinary> binary = Choose(&version);
    if (!binary.ok()) return NoWorld(binary.status());
    return options == WorldOptions{} ? MakeWorldFrom(*binary)
                                     : MakeWorldOfItsOwn(*binary, options);
  };
}

WorldFactory NewestLiveWorld() {
  return []() -> std::unique_ptr<World> {
    absl::StatusOr<ServerBinary> binary = Choose(nullptr);
    return binary.ok() ? MakeWorldFrom(*binary) : NoWorld(binary.status());
  };
}

WorldFactory LiveWorldFrom(const ServerBinary& binary) {
  return [binary] { return MakeWorldFrom(binary); };
}

WorldFactory LiveWorldAt(std::string url) {
  // Shared by the copies of the factory.
  auto was_empty = std::make_shared<bool>(false);
  return [url = std::move(url), was_empty] {
    std::unique_ptr<World> world = MakeWorld(nullptr, url, *was_empty);
    if (world != nullptr) *was_empty = true;
    return world;
  };
}

absl::StatusOr<std::unique_ptr<World>> SharedWorldAt(const std::string& url) {
  return MakeSharedWorld(nullptr, url);
}

absl::StatusOr<std::unique_ptr<World>> SharedWorldOn(LiveServer& server) {
  return MakeSharedWorld(&server, server.url());
}

}  // namespace windtunnel
