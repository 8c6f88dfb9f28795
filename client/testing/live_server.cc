#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/nats/server_info.h"
#include "client/testing/server_process.h"
#include "windtunnel/client_testing.h"

namespace windtunnel {

namespace {

namespace fs = std::filesystem;

// Starting takes some tens of milliseconds, on a loaded machine much longer.
constexpr absl::Duration kStartTimeout = absl::Seconds(60);
constexpr absl::Duration kStopTimeout = absl::Seconds(10);
constexpr absl::Duration kPollInterval = absl::Milliseconds(2);
constexpr char kHost[] = "127.0.0.1";

std::string ReadFile(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The port in a file such as {"nats":["nats://127.0.0.1:4222"]}; with TLS the
// scheme is another.
std::optional<int> PortIn(absl::string_view ports) {
  const std::string before = absl::StrCat("://", kHost, ":");
  const std::size_t at = ports.find(before);
  if (at == absl::string_view::npos) return std::nullopt;
  const absl::string_view rest = ports.substr(at + before.size());
  int port = 0;
  if (!absl::SimpleAtoi(rest.substr(0, rest.find('"')), &port)) {
    return std::nullopt;
  }
  return port;
}

}  // namespace

struct LiveServer::State {
  std::string binary;
  fs::path folder;
  bool has_config = false;
  int port = -1;  // Any free one, until it is known.
  std::string version;
  bool stopped = false;  // By us.
  std::unique_ptr<internal::ServerProcess> process;

  fs::path log() const { return folder / "server.log"; }

  std::vector<std::string> Arguments() const {
    std::vector<std::string> arguments = {binary,
                                          "-a",
                                          kHost,
                                          "-p",
                                          absl::StrCat(port),
                                          "-js",
                                          "-sd",
                                          folder / "store",
                                          "--ports_file_dir",
                                          folder};
    if (has_config) {
      arguments.insert(arguments.end(), {"-c", folder / "server.conf"});
    }
    return arguments;
  }

  absl::Status Launch() {
    stopped = false;
    process = std::make_unique<internal::ServerProcess>(Arguments(), log());
    const absl::Time deadline = absl::Now() + kStartTimeout;
    while (process->running() && absl::Now() < deadline) {
      if (Ready()) return absl::OkStatus();
      absl::SleepFor(kPollInterval);
    }
    const std::string text = ReadFile(log());
    return absl::InternalError(
        absl::StrCat(binary, " does not start; its log ends with:\n",
                     text.substr(text.size() > 2000 ? text.size() - 2000 : 0)));
  }

  bool Ready() {
    const std::string program = fs::path(binary).filename();
    const fs::path ports =
        folder / absl::StrCat(program, "_", process->pid(), ".ports");
    const std::optional<int> found = PortIn(ReadFile(ports));
    if (!found.has_value()) return false;
    absl::StatusOr<std::string> answer =
        internal::ReadServerVersion(kHost, *found, absl::Seconds(2));
    if (!answer.ok()) return false;
    port = *found;
    version = *std::move(answer);
    return true;
  }

  void Stop(int signal) {
    if (process == nullptr || !process->running()) return;
    stopped = true;
    process->Signal(signal);
    if (!process->WaitForEnd(kStopTimeout)) {
      process->Signal(SIGKILL);
      process->WaitForEnd(kStopTimeout);
    }
  }
};

LiveServer::LiveServer(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

absl::StatusOr<std::unique_ptr<LiveServer>> LiveServer::Start(
    const std::string& binary, absl::string_view config) {
  if (access(binary.c_str(), X_OK) != 0) {
    return absl::NotFoundError(
        absl::StrCat("'", binary, "' is no program that can be run"));
  }
  auto state = std::make_unique<State>();
  state->binary = binary;
  std::string folder = fs::temp_directory_path() / "windtunnel-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::InternalError(absl::StrCat("cannot make the folder ", folder));
  }
  state->folder = folder;
  if (!config.empty()) {
    state->has_config = true;
    std::ofstream(state->folder / "server.conf") << config;
  }
  std::unique_ptr<LiveServer> server(new LiveServer(std::move(state)));
  absl::Status status = server->state_->Launch();
  if (!status.ok()) {
    server->state_->stopped = true;  // The status tells what the log says.
    return status;
  }
  return server;
}

LiveServer::~LiveServer() {
  if (!state_->stopped && !running()) {
    std::fprintf(stderr, "windtunnel: a nats-server ended by itself, see %s\n",
                 state_->log().c_str());
    return;
  }
  Stop();
  state_->process = nullptr;
  std::error_code ignored;  // What is left is in the folder for such files.
  fs::remove_all(state_->folder, ignored);
}

std::string LiveServer::url() const {
  return absl::StrCat("nats://", kHost, ":", state_->port);
}

int LiveServer::port() const { return state_->port; }

const std::string& LiveServer::version() const { return state_->version; }

bool LiveServer::running() const {
  return state_->process != nullptr && state_->process->running();
}

void LiveServer::Stop() { state_->Stop(SIGINT); }

void LiveServer::Kill() { state_->Stop(SIGKILL); }

absl::Status LiveServer::StartAgain() {
  if (running()) return absl::FailedPreconditionError("the server is running");
  return state_->Launch();
}

std::string LiveServer::Log() const { return ReadFile(state_->log()); }

}  // namespace windtunnel
