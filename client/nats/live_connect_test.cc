// Connecting, and what goes wrong with it.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/testing/live_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "windtunnel/errors.h"

namespace windtunnel {
namespace {

using testing::HasSubstr;

class LiveConnectTest : public LiveTest {
 protected:
  absl::Status Refusal(const std::string& url,
                       ConnectOptions options = Quick()) {
    return Connect(runtime_, url, std::move(options)).status();
  }
};

TEST_F(LiveConnectTest, TellsWhatTheServerAnnounced) {
  auto connection = ConnectTo(SharedServer(), Quick("announced"));

  EXPECT_EQ(connection->name(), "announced");
  EXPECT_TRUE(connection->connected());
  EXPECT_FALSE(connection->closed());
  EXPECT_EQ(connection->max_payload(), 1 << 20);
  EXPECT_EQ(connection->server_version(), SharedServer().version());
}

TEST_F(LiveConnectTest, RefusedPortIsUnavailableAndNamed) {
  absl::Status status = Refusal("nats://127.0.0.1:1");

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("nats://127.0.0.1:1"));
}

TEST_F(LiveConnectTest, UnknownHostIsUnavailable) {
  EXPECT_EQ(Refusal("nats://no-such-host.invalid:4222").code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(LiveConnectTest, TriesFurtherUrls) {
  ConnectOptions options = Quick();
  options.more_urls = {SharedServer().url()};

  auto connection = ConnectTo("nats://127.0.0.1:1", std::move(options));

  EXPECT_TRUE(connection->connected());
}

TEST_F(LiveConnectTest, PasswordDecides) {
  auto server = OwnServer("authorization { user: ann, password: right }\n");
  const std::string address =
      server->url().substr(std::string("nats://").size());

  ConnectOptions wrong = Quick();
  wrong.user = "ann";
  wrong.password = "wrong";
  EXPECT_EQ(Refusal(server->url(), std::move(wrong)).code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Refusal(server->url()).code(), absl::StatusCode::kUnauthenticated);

  ConnectOptions right = Quick();
  right.user = "ann";
  right.password = "right";
  EXPECT_EQ(Refusal(server->url(), std::move(right)), absl::OkStatus());
  EXPECT_EQ(Refusal("nats://ann:right@" + address), absl::OkStatus());
}

TEST_F(LiveConnectTest, TokenDecides) {
  auto server = OwnServer("authorization { token: open }\n");

  ConnectOptions wrong = Quick();
  wrong.token = "shut";
  EXPECT_EQ(Refusal(server->url(), std::move(wrong)).code(),
            absl::StatusCode::kUnauthenticated);
  ConnectOptions right = Quick();
  right.token = "open";
  EXPECT_EQ(Refusal(server->url(), std::move(right)), absl::OkStatus());
}

TEST_F(LiveConnectTest, NkeyDecides) {
  constexpr char kPublic[] =
      "UCT75FWLIPCTF2ZTF5HTT6GH6M3VEYWDDA5TTPP3FQSJFF3S7X37JAGL";
  constexpr char kSeed[] =
      "SUAJLNM6JQVRHBX75ZVIOV6TCI2IIJ5BPLTVHF5UXIFBUWIVNOZCPPMM2I";
  auto server = OwnServer(
      absl::StrCat("authorization { users: [ { nkey: ", kPublic, " } ] }\n"));
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() /
      absl::StrCat("windtunnel-seed-", server->port());
  std::ofstream(file) << kSeed << "\n";

  ConnectOptions options = Quick();
  options.nkey_public = kPublic;
  options.nkey_seed_file = file;
  EXPECT_EQ(Refusal(server->url(), std::move(options)), absl::OkStatus());
  EXPECT_EQ(Refusal(server->url()).code(), absl::StatusCode::kUnauthenticated);

  std::filesystem::remove(file);
}

// A socket that listens and never greets.
TEST_F(LiveConnectTest, SilentServerTimesOut) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const general = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(bind(listener, general, size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, general, &size), 0);

  ConnectOptions options = Quick();
  options.timeout = absl::Milliseconds(50);
  EXPECT_EQ(Refusal(absl::StrCat("127.0.0.1:", ntohs(address.sin_port)),
                    std::move(options))
                .code(),
            absl::StatusCode::kDeadlineExceeded);
  close(listener);
}

TEST_F(LiveConnectTest, ForbiddenSubjectIsReportedWithoutClosing) {
  auto server = OwnServer(
      "authorization { users: [ { user: ann, password: p, permissions: {\n"
      "  publish: { deny: \"secret.>\" } } } ] }\n");
  EventLog events(runtime_);
  ConnectOptions options = Quick();
  options.user = "ann";
  options.password = "p";
  options.on_event = events.Handler();
  auto connection = ConnectTo(*server, std::move(options));

  EXPECT_EQ(connection->Publish({.subject = "secret.x"}), absl::OkStatus());

  EXPECT_THAT(events.TextOf(ConnectionEvent::kError), HasSubstr("secret.x"));
  EXPECT_TRUE(connection->connected());
}

TEST_F(LiveConnectTest, ServerWithoutTlsIsRefusedWhenTlsIsWanted) {
  ConnectOptions options = Quick();
  options.tls.enabled = true;
  options.tls.skip_verification = true;

  EXPECT_EQ(Refusal(SharedServer().url(), std::move(options)).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(LiveConnectTest, CloseIsIdempotentAndLaterCallsSaySo) {
  auto connection = ConnectTo(SharedServer());
  auto subscription = connection->Subscribe({.subject = "closed"}).value();

  connection->Close();
  connection->Close();

  EXPECT_TRUE(connection->closed());
  EXPECT_FALSE(connection->connected());
  const absl::Status refusals[] = {
      connection->Publish({.subject = "x"}),
      connection->Request({.subject = "x"}).status(),
      connection->Subscribe({.subject = "x"}).status(),
      connection->Flush(absl::Seconds(1)),
      connection->Drain(absl::Seconds(1)),
      subscription->Next(absl::Seconds(1)).status(),
      subscription->AutoUnsubscribe(1),
  };
  for (const absl::Status& status : refusals) {
    EXPECT_EQ(GetErrorKind(status), ErrorKind::kConnectionClosed) << status;
  }
}

TEST_F(LiveConnectTest, CloseReportsTheEvent) {
  EventLog events(runtime_);
  ConnectOptions options = Quick();
  options.on_event = events.Handler();
  auto connection = ConnectTo(SharedServer(), std::move(options));

  connection->Close();

  EXPECT_TRUE(events.Saw(ConnectionEvent::kClosed));
}

TEST_F(LiveConnectTest, ManyConnectionsComeAndGo) {
  std::vector<Task> tasks;
  for (int i = 0; i < 4; ++i) {
    tasks.push_back(runtime_.Spawn("connector", [&] {
      for (int j = 0; j < 10; ++j) {
        auto connection = ConnectTo(SharedServer());
        auto subscription = Listen(*connection, {.subject = "come.and.go"});
        EXPECT_EQ(connection->Publish({.subject = "come.and.go", .data = "x"}),
                  absl::OkStatus());
        EXPECT_EQ(NextData(*subscription), "x");
      }
    }));
  }
}

}  // namespace
}  // namespace windtunnel
