// What happens to a connection when its server goes away.

#include <string>

#include "absl/strings/str_cat.h"
#include "client/testing/live_test.h"
#include "gtest/gtest.h"
#include "windtunnel/errors.h"

namespace windtunnel {
namespace {

class LiveReconnectTest : public LiveTest {
 protected:
  void SetUp() override {
    server_ = OwnServer();
    Reconnect(Quick());
  }

  void Reconnect(ConnectOptions options) {
    connection_ = nullptr;
    events_ = std::make_unique<EventLog>(runtime_);
    options.on_event = events_->Handler();
    connection_ = ConnectTo(*server_, std::move(options));
  }

  void StopServer() {
    server_->Stop();
    ASSERT_TRUE(events_->Saw(ConnectionEvent::kDisconnected));
  }

  void StartServer() {
    ASSERT_EQ(server_->StartAgain(), absl::OkStatus());
    ASSERT_TRUE(events_->Saw(ConnectionEvent::kReconnected));
  }

  std::unique_ptr<LiveServer> server_;
  std::unique_ptr<EventLog> events_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(LiveReconnectTest, ConnectionAndSubscriptionsAreRestored) {
  auto subscription = Listen(*connection_, {.subject = "back"});

  StopServer();
  EXPECT_FALSE(connection_->connected());
  EXPECT_FALSE(connection_->closed());
  StartServer();

  EXPECT_TRUE(connection_->connected());
  ASSERT_EQ(connection_->Publish({.subject = "back", .data = "again"}),
            absl::OkStatus());
  EXPECT_EQ(NextData(*subscription), "again");
}

TEST_F(LiveReconnectTest, PublishesAreKeptWhileDisconnected) {
  auto subscription = Listen(*connection_, {.subject = "kept"});

  StopServer();
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(
        connection_->Publish({.subject = "kept", .data = absl::StrCat(i)}),
        absl::OkStatus());
  }
  StartServer();

  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(NextData(*subscription), absl::StrCat(i));
}

TEST_F(LiveReconnectTest, FullReconnectBufferIsUnavailable) {
  ConnectOptions options = Quick();
  options.reconnect_buffer_bytes = 1000;
  Reconnect(std::move(options));
  StopServer();

  absl::Status status;
  for (int i = 0; i < 100 && status.ok(); ++i) {
    status =
        connection_->Publish({.subject = "x", .data = std::string(100, 'x')});
  }

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

TEST_F(LiveReconnectTest, PublishesCanBeRefusedWhileDisconnected) {
  ConnectOptions options = Quick();
  options.reconnect_buffer_bytes = -1;
  Reconnect(std::move(options));
  StopServer();

  EXPECT_EQ(connection_->Publish({.subject = "x"}).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(LiveReconnectTest, RequestUnderWayIsLostWithTheConnection) {
  auto silent = Listen(*connection_, {.subject = "silent"});
  absl::Status lost;
  Task asker = runtime_.Spawn("asker", [&] {
    lost = connection_->Request({.subject = "silent"}, {.timeout = kPatience})
               .status();
  });
  ASSERT_TRUE(silent->Next(kPatience).ok());

  StopServer();
  asker.Join().IgnoreError();

  EXPECT_EQ(GetErrorKind(lost), ErrorKind::kConnectionLost) << lost;
}

TEST_F(LiveReconnectTest, FlushFailsWhileDisconnected) {
  StopServer();

  EXPECT_EQ(connection_->Flush(kPatience).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(LiveReconnectTest, GivingUpClosesTheConnection) {
  ConnectOptions options = Quick();
  options.max_reconnects = 2;
  Reconnect(std::move(options));
  auto subscription = Listen(*connection_, {.subject = "over"});

  server_->Kill();

  EXPECT_TRUE(events_->Saw(ConnectionEvent::kClosed));
  EXPECT_TRUE(connection_->closed());
  EXPECT_EQ(GetErrorKind(subscription->Next(kPatience).status()),
            ErrorKind::kConnectionClosed);
  EXPECT_EQ(GetErrorKind(connection_->Publish({.subject = "x"})),
            ErrorKind::kConnectionClosed);
}

TEST_F(LiveReconnectTest, ZeroReconnectsClosesAtTheFirstCut) {
  ConnectOptions options = Quick();
  options.max_reconnects = 0;
  Reconnect(std::move(options));

  server_->Kill();

  EXPECT_TRUE(events_->Saw(ConnectionEvent::kClosed));
  EXPECT_TRUE(connection_->closed());
}

TEST_F(LiveReconnectTest, ConnectionCanBeClosedWhileDisconnected) {
  auto subscription = Listen(*connection_, {.subject = "over"});
  StopServer();

  connection_->Close();

  EXPECT_TRUE(connection_->closed());
  EXPECT_EQ(GetErrorKind(subscription->Next(kPatience).status()),
            ErrorKind::kConnectionClosed);
}

TEST_F(LiveReconnectTest, DrainWhileDisconnectedReturns) {
  auto subscription = Listen(*connection_, {.subject = "drain"});
  StopServer();

  subscription->Drain(absl::Milliseconds(50)).IgnoreError();
  EXPECT_FALSE(connection_->Drain(absl::Milliseconds(50)).ok());

  EXPECT_TRUE(connection_->closed());
}

}  // namespace
}  // namespace windtunnel
