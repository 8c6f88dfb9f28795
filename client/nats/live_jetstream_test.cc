// JetStream end to end: the interface of shared/ over this connection.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/testing/live_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "windtunnel/consume.h"
#include "windtunnel/errors.h"
#include "windtunnel/jetstream.h"

namespace windtunnel {
namespace {

class LiveJetStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    world_ = NewestLiveWorld()();
    ASSERT_NE(world_, nullptr);
    connection_ = world_->Connect("jetstream").value();
    ASSERT_TRUE(
        jetstream().CreateStream({.name = "S", .subjects = {"s.>"}}).ok());
  }

  JetStream& jetstream() { return connection_->jetstream(); }

  std::unique_ptr<World> world_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(LiveJetStreamTest, MessageIsStoredFetchedAndAcknowledged) {
  absl::StatusOr<PubAck> ack =
      jetstream().Publish({.subject = "s.1", .data = "m"});
  ASSERT_TRUE(ack.ok()) << ack.status();
  EXPECT_EQ(ack->stream, "S");
  EXPECT_EQ(ack->sequence, 1);
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("S", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());

  PullConsumer consumer(jetstream(), "S", "C");
  FetchResult fetched = consumer.Fetch({.max_messages = 1});

  ASSERT_EQ(fetched.deliveries.size(), 1) << fetched.end_status;
  EXPECT_EQ(fetched.deliveries[0].data(), "m");
  EXPECT_EQ(fetched.deliveries[0].AckSync(), absl::OkStatus());
  absl::StatusOr<ConsumerInfo> info = jetstream().GetConsumerInfo("S", "C");
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->num_ack_pending, 0);
  EXPECT_EQ(info->ack_floor.stream_seq, 1);
}

TEST_F(LiveJetStreamTest, RefusalCarriesTheServersNumbers) {
  std::optional<JetStreamError> error =
      GetJetStreamError(jetstream().GetStreamInfo("NONE").status());

  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(*error, (JetStreamError{404, kStreamNotFound, "stream not found"}));
}

TEST_F(LiveJetStreamTest, ManyAsynchronousPublishesAreAcknowledged) {
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_TRUE(
        jetstream().PublishAsync({.subject = absl::StrCat("s.", i)}).ok());
  }
  ASSERT_EQ(jetstream().WaitPublishAsync(kPatience), absl::OkStatus());

  EXPECT_EQ(jetstream().GetStreamInfo("S").value().state.messages, 1'000);
}

}  // namespace
}  // namespace windtunnel
