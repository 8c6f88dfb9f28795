// Consumer info, advisories and samples.

#include <string>
#include <vector>

#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, ConsumerInformation);

nlohmann::json NextEventBody(Subscription& events) {
  auto event = events.Next(absl::Seconds(2));
  if (!event.ok()) return {{"missing", event.status().ToString()}};
  return nlohmann::json::parse(event->data);
}

// INF-001, INF-002, INF-011
TEST_P(ConsumerInformation, CreateShowsWhatInfoShows) {
  FillTen();
  const nlohmann::json created = CreateRaw(
      R"({"durable_name":"C","ack_policy":"explicit","filter_subject":"s.a"})");
  const nlohmann::json info = Api("CONSUMER.INFO.S.C");

  EXPECT_EQ(info["type"], "io.nats.jetstream.api.v1.consumer_info_response");
  for (const char* key :
       {"stream_name", "name", "created", "config", "delivered", "ack_floor",
        "num_ack_pending", "num_redelivered", "num_waiting", "num_pending"}) {
    ASSERT_TRUE(info.contains(key)) << key;
    EXPECT_EQ(info[key], created[key]) << key;
  }
  EXPECT_EQ(info.contains("ts"), Since("2.10"));
  EXPECT_FALSE(info["delivered"].contains("last_active"));
  EXPECT_FALSE(info.contains("push_bound"));
  EXPECT_EQ(info["num_pending"], 4);
}

// INF-003, INF-004
TEST_P(ConsumerInformation, ActivityIsNoted) {
  FillTen();
  MakeExplicit();
  EXPECT_FALSE(Info().delivered.last_active.has_value());

  const std::vector<Delivery> fetched = FetchNow(1);
  EXPECT_TRUE(Info().delivered.last_active.has_value());
  EXPECT_FALSE(Info().ack_floor.last_active.has_value());
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
  EXPECT_FALSE(Info().ack_floor.last_active.has_value());
  ASSERT_EQ(Settle(fetched[0], "+ACK"), "confirmed");

  EXPECT_TRUE(Info().ack_floor.last_active.has_value());
}

// INF-006
TEST_P(ConsumerInformation, PendingAcksIncludeQueuedRedeliveries) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(3);

  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
  EXPECT_EQ(Info().num_ack_pending, 3u);
  ASSERT_EQ(Settle(fetched[1], "+TERM"), "confirmed");

  EXPECT_EQ(Info().num_ack_pending, 2u);
}

// INF-012, INF-013
TEST_P(ConsumerInformation, CreateAndDeleteAreAdvised) {
  auto events = Listen("$JS.EVENT.ADVISORY.CONSUMER.*.S.C");

  MakeExplicit();
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());

  const nlohmann::json created = NextEventBody(*events);
  EXPECT_EQ(created["type"], "io.nats.jetstream.advisory.v1.consumer_action");
  EXPECT_EQ(created["stream"], "S");
  EXPECT_EQ(created["consumer"], "C");
  EXPECT_EQ(created["action"], "create");
  EXPECT_EQ(std::string(created["id"]).size(), 22u);
  EXPECT_EQ(NextEventBody(*events)["action"], "delete");
}

// INF-014
TEST_P(ConsumerInformation, UpdateIsNotAdvised) {
  MakeExplicit();
  auto events = Listen("$JS.EVENT.ADVISORY.CONSUMER.>");

  ASSERT_TRUE(jetstream()
                  .UpdateConsumer("S", {.durable_name = "C", .description = "new",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());

  EXPECT_FALSE(events->Next(absl::Milliseconds(100)).ok());
}

// INF-015
TEST_P(ConsumerInformation, NakIsAdvised) {
  FillTen();
  MakeExplicit();
  auto events = Listen("$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.S.C");
  const std::vector<Delivery> fetched = FetchNow(2);

  ASSERT_EQ(Settle(fetched[1], "-NAK"), "confirmed");

  const nlohmann::json event = NextEventBody(*events);
  EXPECT_EQ(event["type"], "io.nats.jetstream.advisory.v1.nak");
  EXPECT_EQ(event["stream_seq"], 2);
  EXPECT_EQ(event["consumer_seq"], 2);
  EXPECT_EQ(event["deliveries"], 1);
}

// INF-016, INF-017
TEST_P(ConsumerInformation, TermIsAdvisedEvenTwice) {
  FillTen();
  MakeExplicit();
  auto events = Listen("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C");
  const std::vector<Delivery> fetched = FetchNow(1);

  ASSERT_EQ(Settle(fetched[0], "+TERM"), "confirmed");
  ASSERT_EQ(Settle(fetched[0], "+TERM"), "confirmed");

  const nlohmann::json event = NextEventBody(*events);
  EXPECT_EQ(event["type"], "io.nats.jetstream.advisory.v1.terminated");
  EXPECT_EQ(event["stream_seq"], 1);
  EXPECT_EQ(NextEventBody(*events)["stream_seq"], 1);
}

// INF-016
TEST_P(ConsumerInformation, ReasonOfATermIsAdvisedSince210) {
  FillTen();
  MakeExplicit();
  auto events = Listen("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C");
  const std::vector<Delivery> fetched = FetchNow(1);

  ASSERT_EQ(Settle(fetched[0], "+TERM  out of stock "), "confirmed");

  if (Since("2.10")) {
    EXPECT_EQ(NextEventBody(*events)["reason"], "out of stock");
  } else {
    EXPECT_FALSE(events->Next(absl::Milliseconds(100)).ok());
  }
}

// INF-018
TEST_P(ConsumerInformation, DeletedPendingMessageIsAdvised) {
  FillTen();
  MakeExplicit();
  auto events = Listen("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C");
  FetchNow(2);

  ASSERT_TRUE(jetstream().DeleteMessage("S", 2).ok());

  const nlohmann::json event = NextEventBody(*events);
  EXPECT_EQ(event["stream_seq"], 2);
  EXPECT_EQ(event.value("reason", ""),
            Since("2.10") ? "Unacknowledged message was deleted" : "");
}

// INF-020, INF-021, INF-022
TEST_P(ConsumerInformation, FullSamplingReportsEveryAck) {
  FillTen();
  MakeExplicit({.sample_freq = "100"});
  auto events = Listen("$JS.EVENT.METRIC.CONSUMER.ACK.S.C");
  const std::vector<Delivery> fetched = FetchNow(2);

  ASSERT_EQ(Settle(fetched[0], "+TERM"), "confirmed");
  ASSERT_EQ(Settle(fetched[1], "+ACK"), "confirmed");
  ASSERT_EQ(Settle(fetched[1], "+ACK"), "confirmed");

  const nlohmann::json event = NextEventBody(*events);
  EXPECT_EQ(event["type"], "io.nats.jetstream.metric.v1.consumer_ack");
  EXPECT_EQ(event["stream_seq"], 2);
  EXPECT_EQ(event["deliveries"], 1);
  EXPECT_TRUE(event.contains("ack_time"));
  EXPECT_FALSE(events->Next(absl::Milliseconds(100)).ok());
}

}  // namespace
}  // namespace windtunnel
