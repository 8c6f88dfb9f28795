// The real backend: a Connection over nats.c, and a Runtime of threads.
//
//   windtunnel::ThreadRuntime runtime;
//   auto connection =
//       windtunnel::Connect(runtime, "nats://127.0.0.1:4222", {});
//
// Known limits of nats.c 3.4.1 (Debian 12):
//   - It sends headers of different names in any order; values of one name keep
//     theirs. Received headers are exactly as the server sent them.
//   - Once the operating system's buffers are full, a server that stops reading
//     holds up calls that send, beyond their deadline.
//   - It does not tell the server's version: the first server_version()
//     connects a second time to read it, and returns "" if that fails.
//   - It cannot send a quote or a backslash in a name, user, password or token.
//   - An error of the server other than a refused permission closes the
//     connection for good.

#ifndef WINDTUNNEL_CLIENT_H_
#define WINDTUNNEL_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/connection.h"
#include "windtunnel/runtime.h"

namespace windtunnel {

// A task is a thread, the clock is the wall. Threads: all methods, any thread.
// Lifetime: outlives everything made with it; tasks must have ended.
class ThreadRuntime final : public Runtime {
 public:
  ThreadRuntime();
  ~ThreadRuntime() override;
  absl::Time Now() const override;
  Task Spawn(std::string name, absl::AnyInvocable<void()> body) override;
  absl::Status SleepUntil(absl::Time deadline) override;
  absl::Status CheckCaller() const override;
  std::uint64_t DrawRandom() override;
  std::unique_ptr<internal::MutexBackend> NewMutex() override;
  std::unique_ptr<internal::ConditionBackend> NewCondition() override;
};

struct TlsOptions {
  bool enabled = false;  // `tls://` URLs need not set it.
  std::string ca_file = {};   // PEM; "": the system's certificates.
  std::string cert_file = {};  // Client certificate and its key, both or none.
  std::string key_file = {};
  std::string expected_hostname = {};  // "": the host of the URL.
  bool skip_verification = false;  // For tests only.
};

struct ConnectOptions {
  // Shown by the server in its connection list.
  std::string name = {};

  // One way to authenticate: user and password, token, a credentials file
  // (JWT and seed), or an nkey seed file with its public key. A URL may carry
  // user:password@ or token@.
  std::string user = {};
  std::string password = {};
  std::string token = {};
  std::string credentials_file = {};
  std::string nkey_public = {};
  std::string nkey_seed_file = {};

  TlsOptions tls = {};

  // The first connection attempt gives up after this long.
  absl::Duration timeout = absl::Seconds(2);
  // After a cut: attempts until giving up, -1 for ever, 0 for never; the wait
  // between them.
  int max_reconnects = 60;
  absl::Duration reconnect_wait = absl::Seconds(2);
  // Bytes kept for publishes while disconnected. 0: the default of 8 MiB; -1:
  // publishes fail at once.
  int reconnect_buffer_bytes = 0;
  absl::Duration ping_interval = absl::Minutes(2);
  int max_pings_out = 2;

  bool no_echo = false;  // Own publishes do not come back.
  // Sends at once instead of gathering for up to a millisecond: lower latency
  // for single calls, fewer messages a second in bulk.
  bool send_asap = true;
  // Further servers of the cluster.
  std::vector<std::string> more_urls = {};
  bool randomize_servers = false;

  ConnectionEventHandler on_event = {};  // As SetEventHandler(), at once.
};

// Connects and waits until the server has accepted, at most `options.timeout`.
//
// Errors:
//   kInvalidArgument    `url` or an option is nonsense; it is named.
//   kUnavailable        Nobody listens there, or the connection broke.
//   kDeadlineExceeded   No answer within `options.timeout`.
//   kUnauthenticated    The server refused the credentials.
//   kNotFound           A file named in the options cannot be read.
// Lifetime: `runtime` outlives the connection.
absl::StatusOr<std::unique_ptr<Connection>> Connect(Runtime& runtime,
                                                    absl::string_view url,
                                                    ConnectOptions options);

}  // namespace windtunnel

#endif  // WINDTUNNEL_CLIENT_H_
