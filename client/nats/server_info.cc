#include "client/nats/server_info.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"

namespace windtunnel::internal {

namespace {

// The greeting of a server with a large cluster lists many URLs.
constexpr std::size_t kGreetingBytesMax = 1 << 20;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

absl::Status WaitFor(const Socket& socket, short events, absl::Time deadline) {
  while (true) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return absl::DeadlineExceededError("the server sent no greeting in time");
    }
    pollfd waited{socket.get(), events, 0};
    const int milliseconds = static_cast<int>(absl::ToInt64Milliseconds(
        std::min(absl::Ceil(left, absl::Milliseconds(1)), absl::Seconds(60))));
    if (poll(&waited, 1, milliseconds) > 0) return absl::OkStatus();
  }
}

absl::StatusOr<Socket> ConnectTo(const addrinfo& address, absl::Time deadline) {
  Socket socket(::socket(address.ai_family,
                         address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                         address.ai_protocol));
  if (connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0 &&
      errno != EINPROGRESS) {
    return absl::UnavailableError(std::strerror(errno));
  }
  absl::Status status = WaitFor(socket, POLLOUT, deadline);
  if (!status.ok()) return status;
  int error = 0;
  socklen_t size = sizeof(error);
  getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return absl::UnavailableError(std::strerror(error));
  return socket;
}

absl::StatusOr<std::string> ReadLine(const Socket& socket,
                                     absl::Time deadline) {
  std::string line;
  while (line.size() < kGreetingBytesMax) {
    absl::Status status = WaitFor(socket, POLLIN, deadline);
    if (!status.ok()) return status;
    char buffer[4096];
    const ssize_t size = read(socket.get(), buffer, sizeof(buffer));
    if (size <= 0) return absl::UnavailableError("closed without a greeting");
    line.append(buffer, static_cast<std::size_t>(size));
    if (const std::size_t end = line.find('\n'); end != std::string::npos) {
      line.resize(end);
      return line;
    }
  }
  return absl::UnavailableError("the greeting does not end");
}

absl::StatusOr<std::string> VersionOf(absl::string_view greeting) {
  constexpr absl::string_view kName = "\"version\":\"";
  const std::size_t at = greeting.find(kName);
  if (!absl::StartsWith(greeting, "INFO ") || at == absl::string_view::npos) {
    return absl::UnavailableError("what listens there is no NATS server");
  }
  const absl::string_view rest = greeting.substr(at + kName.size());
  return std::string(rest.substr(0, rest.find('"')));
}

}  // namespace

absl::StatusOr<std::string> ReadServerVersion(const std::string& host, int port,
                                              absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  const std::string shown = absl::StrCat(host, " port ", port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error =
          getaddrinfo(host.c_str(), absl::StrCat(port).c_str(), &hints, &found);
      error != 0) {
    return absl::UnavailableError(
        absl::StrCat(shown, ": ", gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(
      found, freeaddrinfo);
  absl::Status last;
  for (const addrinfo* address = found; address != nullptr;
       address = address->ai_next) {
    absl::StatusOr<Socket> socket = ConnectTo(*address, deadline);
    last = socket.status();
    if (!socket.ok()) continue;
    absl::StatusOr<std::string> line = ReadLine(*socket, deadline);
    absl::StatusOr<std::string> version =
        line.ok() ? VersionOf(*line) : std::move(line);
    if (version.ok()) return version;
    last = version.status();
  }
  return absl::Status(last.code(), absl::StrCat(shown, ": ", last.message()));
}

}  // namespace windtunnel::internal
