// What the client's own live tests start from.

#ifndef WINDTUNNEL_CLIENT_TESTING_LIVE_TEST_H_
#define WINDTUNNEL_CLIENT_TESTING_LIVE_TEST_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "windtunnel/client.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/sync.h"

namespace windtunnel {

// More than anything takes on a loaded machine.
inline constexpr absl::Duration kPatience = absl::Seconds(30);

// The events of a connection, for waiting until one has come.
class EventLog {
 public:
  explicit EventLog(Runtime& runtime) : mutex_(runtime), changed_(runtime) {}

  ConnectionEventHandler Handler();
  // Whether `event` has come, or comes before kPatience has passed.
  bool Saw(ConnectionEvent event);
  // The text of the first `event`, once it has come.
  std::string TextOf(ConnectionEvent event);

 private:
  bool Has(ConnectionEvent event) const;

  Mutex mutex_;
  Condition changed_;
  std::vector<std::pair<ConnectionEvent, std::string>> events_;
};

class LiveTest : public testing::Test {
 protected:
  // The path of the newest server.
  static std::string Binary();
  // One of the newest version, shared by all tests of the binary.
  static LiveServer& SharedServer();
  // One for this test alone.
  static std::unique_ptr<LiveServer> OwnServer(absl::string_view config = "");

  // Options with short waits.
  static ConnectOptions Quick(absl::string_view name = "test");
  std::unique_ptr<Connection> ConnectTo(const LiveServer& server,
                                        ConnectOptions options = Quick());
  std::unique_ptr<Connection> ConnectTo(const std::string& url,
                                        ConnectOptions options = Quick());
  // A subscription that the server knows.
  static std::unique_ptr<Subscription> Listen(Connection& connection,
                                              SubscribeOptions options);
  // The data of the next message, or what went wrong.
  static std::string NextData(Subscription& subscription);

  ThreadRuntime runtime_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_CLIENT_TESTING_LIVE_TEST_H_
