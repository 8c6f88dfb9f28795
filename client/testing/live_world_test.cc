#include <string>

#include "client/testing/live_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "windtunnel/errors.h"
#include "windtunnel/jetstream.h"

namespace windtunnel {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class LiveServerTest : public LiveTest {};

TEST_F(LiveServerTest, FoundServersTellTheirVersions) {
  absl::StatusOr<std::vector<ServerBinary>> found = FindServers();

  ASSERT_TRUE(found.ok()) << found.status();
  for (const ServerBinary& binary : *found) {
    auto server = LiveServer::Start(binary.path);
    ASSERT_TRUE(server.ok()) << server.status();
    EXPECT_EQ((*server)->version(), binary.version);
  }
}

TEST_F(LiveServerTest, MissingBinaryIsNamed) {
  EXPECT_EQ(LiveServer::Start("/no/such/server").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(LiveServerTest, ServerThatDoesNotStartShowsItsLog) {
  absl::StatusOr<std::unique_ptr<LiveServer>> server =
      LiveServer::Start(Binary(), "nonsense {");

  EXPECT_EQ(server.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("Parse error"));
}

TEST_F(LiveServerTest, PortStaysThroughACrash) {
  auto server = OwnServer();
  const int port = server->port();

  server->Kill();
  EXPECT_FALSE(server->running());
  ASSERT_EQ(server->StartAgain(), absl::OkStatus());

  EXPECT_EQ(server->port(), port);
  EXPECT_TRUE(server->running());
  EXPECT_THAT(server->Log(), Not(IsEmpty()));
}

class LiveWorldTest : public testing::Test {
 protected:
  static std::vector<std::string> Streams(Connection& connection) {
    return connection.jetstream().StreamNames(ListStreamsOptions{}).value();
  }
};

TEST_F(LiveWorldTest, NameAndVersionsFit) {
  auto world = LiveWorld(ServerVersion::k2_10)();

  ASSERT_NE(world, nullptr);
  EXPECT_EQ(world->version(), ServerVersion::k2_10);
  EXPECT_THAT(world->server_version(), testing::StartsWith("2.10."));
  EXPECT_THAT(world->name(), testing::StartsWith("live_2_10_"));
}

TEST_F(LiveWorldTest, NewWorldHasNoStreams) {
  {
    auto world = NewestLiveWorld()();
    ASSERT_NE(world, nullptr);
    auto connection = world->Connect("first").value();
    ASSERT_TRUE(connection->jetstream().CreateStream({.name = "LEFT"}).ok());
  }
  auto world = NewestLiveWorld()();
  ASSERT_NE(world, nullptr);

  EXPECT_THAT(Streams(*world->Connect("second").value()), IsEmpty());
}

TEST_F(LiveWorldTest, AdvanceWaits) {
  auto world = NewestLiveWorld()();
  ASSERT_NE(world, nullptr);
  const absl::Time start = world->runtime().Now();

  world->Advance(absl::Milliseconds(20));

  EXPECT_GE(world->runtime().Now() - start, absl::Milliseconds(19));
}

TEST_F(LiveWorldTest, RestartKeepsFileStreamsAndReconnects) {
  auto world = NewestLiveWorld()();
  ASSERT_NE(world, nullptr);
  auto connection = world->Connect("survivor").value();
  { auto gone = world->Connect("gone").value(); }
  ASSERT_TRUE(connection->jetstream()
                  .CreateStream({.name = "KEPT", .subjects = {"kept"}})
                  .ok());
  ASSERT_TRUE(connection->jetstream().Publish({.subject = "kept"}).ok());

  EXPECT_EQ(world->RestartServer(), absl::OkStatus());

  EXPECT_TRUE(connection->connected());
  absl::StatusOr<StreamInfo> info =
      connection->jetstream().GetStreamInfo("KEPT");
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->state.messages, 1);
}

TEST_F(LiveWorldTest, WorldAtAUrlLeavesForeignStreamsAlone) {
  auto owner = NewestLiveWorld()();
  ASSERT_NE(owner, nullptr);
  auto connection = owner->Connect("owner").value();
  absl::StatusOr<std::vector<ServerBinary>> found = FindServers();
  auto server = LiveServer::Start(found->back().path).value();
  const WorldFactory factory = LiveWorldAt(server->url());
  {
    ThreadRuntime runtime;
    auto foreign = Connect(runtime, server->url(), {}).value();
    ASSERT_TRUE(foreign->jetstream().CreateStream({.name = "FOREIGN"}).ok());
    EXPECT_EQ(factory(), nullptr);
    ASSERT_EQ(foreign->jetstream().DeleteStream("FOREIGN"), absl::OkStatus());
  }
  auto world = factory();
  ASSERT_NE(world, nullptr);

  EXPECT_EQ(world->RestartServer().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(LiveWorldTest, SharedWorldLeavesStreamsThatAreThere) {
  absl::StatusOr<std::vector<ServerBinary>> found = FindServers();
  auto server = LiveServer::Start(found->back().path).value();
  ThreadRuntime runtime;
  auto foreign = Connect(runtime, server->url(), {}).value();
  ASSERT_TRUE(foreign->jetstream().CreateStream({.name = "FOREIGN"}).ok());

  absl::StatusOr<std::unique_ptr<World>> world = SharedWorldAt(server->url());

  ASSERT_TRUE(world.ok()) << world.status();
  EXPECT_EQ((*world)->server_version(), server->version());
  EXPECT_EQ((*world)->RestartServer().code(),
            absl::StatusCode::kFailedPrecondition);
  world = nullptr;
  EXPECT_THAT(Streams(*foreign), testing::ElementsAre("FOREIGN"));
}

TEST_F(LiveWorldTest, SharedWorldOnAServerOfOursRestartsIt) {
  absl::StatusOr<std::vector<ServerBinary>> found = FindServers();
  auto server = LiveServer::Start(found->back().path).value();
  auto world = SharedWorldOn(*server).value();
  auto connection = world->Connect("survivor").value();

  EXPECT_EQ(world->RestartServer(), absl::OkStatus());

  EXPECT_TRUE(connection->connected());
}

TEST_F(LiveWorldTest, SharedWorldWhereNobodyListensIsAnError) {
  std::string url;
  {
    absl::StatusOr<std::vector<ServerBinary>> found = FindServers();
    url = LiveServer::Start(found->back().path).value()->url();
  }
  EXPECT_EQ(SharedWorldAt(url).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(SharedWorldAt("nats://").status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace windtunnel
