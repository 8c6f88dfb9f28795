// Deleting, listing, limits, lifetimes and work queues.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, ConsumerManage);

JetStreamError ConsumerNotFound() { return {404, 10014, "consumer not found"}; }

// CON-127, CON-128
TEST_P(ConsumerManage, DeletedConsumerIsGone) {
  MakeExplicit();

  const nlohmann::json answer = Api("CONSUMER.DELETE.S.C");

  EXPECT_EQ(answer["type"],
            "io.nats.jetstream.api.v1.consumer_delete_response");
  EXPECT_EQ(answer["success"], true);
  EXPECT_EQ(ErrorOf(Api("CONSUMER.INFO.S.C")), ConsumerNotFound());
  EXPECT_EQ(ErrorOf(Api("CONSUMER.DELETE.S.C")), ConsumerNotFound());
}

// CON-129
TEST_P(ConsumerManage, UnknownStreamIsNotFound) {
  for (const char* call : {"CONSUMER.DELETE.NONE.C", "CONSUMER.INFO.NONE.C",
                           "CONSUMER.NAMES.NONE", "CONSUMER.LIST.NONE"}) {
    EXPECT_EQ(ErrorOf(Api(call)), StreamNotFound()) << call;
  }
}

// CON-130
TEST_P(ConsumerManage, DeleteAndInfoTakeNoBody) {
  MakeExplicit();
  const JetStreamError expected = {400, 10038,
                                   "expected an empty request payload"};

  EXPECT_EQ(ErrorOf(Api("CONSUMER.INFO.S.C", "x")), expected);
  EXPECT_EQ(ErrorOf(Api("CONSUMER.DELETE.S.C", R"({"a":1})")), expected);
  EXPECT_EQ(ErrorOf(Api("CONSUMER.INFO.S.C", "{}")), Ok());
}

// CON-132, CON-133
TEST_P(ConsumerManage, NamesAndListAreSortedPages) {
  for (const char* name : {"b", "a", "C"}) {
    Make({.durable_name = name, .ack_policy = AckPolicy::kExplicit});
  }

  const nlohmann::json names = Api("CONSUMER.NAMES.S");
  const nlohmann::json list = Api("CONSUMER.LIST.S");

  EXPECT_THAT(names["consumers"], ElementsAre("C", "a", "b"));
  EXPECT_EQ(names["total"], 3);
  EXPECT_EQ(names["limit"], 1024);
  EXPECT_EQ(list["limit"], 256);
  EXPECT_EQ(list["consumers"][0]["name"], "C");
  EXPECT_EQ(list["consumers"][2]["config"]["ack_policy"], "explicit");
}

// CON-132
TEST_P(ConsumerManage, NamesOfNoConsumersIsAnEmptyList) {
  const nlohmann::json names = Api("CONSUMER.NAMES.S");

  EXPECT_TRUE(names["consumers"].is_array());
  EXPECT_EQ(names["consumers"].size(), 0u);
}

// CON-134
TEST_P(ConsumerManage, OffsetBeyondTheEndIsClamped) {
  MakeExplicit();

  const nlohmann::json names = Api("CONSUMER.NAMES.S", R"({"offset":7})");

  EXPECT_EQ(names["offset"], 1);
  EXPECT_EQ(names["consumers"].size(), 0u);
}

// CON-135: older servers die of a negative one, so they are asked for 0.
TEST_P(ConsumerManage, NegativeOffsetIsZeroSince211) {
  MakeExplicit();

  const nlohmann::json names = Api(
      "CONSUMER.NAMES.S", Since("2.11") ? R"({"offset":-1})" : R"({"offset":0})");

  EXPECT_EQ(names["offset"], 0);
  EXPECT_EQ(names["consumers"], nlohmann::json({"C"}));
}

// CON-136
TEST_P(ConsumerManage, NamesIgnoresOtherBodiesSince211) {
  const nlohmann::json names = Api("CONSUMER.NAMES.S", "hello");

  EXPECT_EQ(ErrorOf(names), Since("2.11")
                                ? Ok()
                                : JetStreamError({400, 10025, "invalid JSON"}));
  EXPECT_EQ(names["total"], 0);
}

// CON-133
TEST_P(ConsumerManage, AllPagesOfAListAreRead) {
  for (int i = 0; i < 260; ++i) {
    Make({.durable_name = absl::StrCat("c", i),
          .ack_policy = AckPolicy::kExplicit});
  }

  EXPECT_EQ(jetstream().ConsumerNames("S").value().size(), 260u);
  EXPECT_EQ(jetstream().ListConsumers("S").value().size(), 260u);
}

// CON-077, CON-079, CON-080, CON-081
TEST_P(ConsumerManage, LimitsOfTheStreamAreInheritedSince210) {
  Create({.name = "L",
          .subjects = {"l"},
          .storage = Storage::kMemory,
          .consumer_limits = {.inactive_threshold = absl::Seconds(10),
                              .max_ack_pending = 100}});
  const auto create = [&](absl::string_view config) {
    return Api("CONSUMER.CREATE.L.C",
               absl::StrCat(R"({"stream_name":"L","config":)", config, "}"));
  };

  const nlohmann::json inherited =
      create(R"({"durable_name":"C","ack_policy":"explicit"})")["config"];
  if (!Since("2.10")) {  // 2.9 does not know the field.
    EXPECT_EQ(inherited["max_ack_pending"], 1'000);
    EXPECT_FALSE(inherited.contains("inactive_threshold"));
    return;
  }
  EXPECT_EQ(inherited["max_ack_pending"], 100);
  EXPECT_EQ(inherited["inactive_threshold"], 10'000'000'000);
  EXPECT_EQ(
      ErrorOf(create(R"({"ack_policy":"explicit","max_ack_pending":101})")),
      JetStreamError({400, 10121,
                      "consumer max ack pending exceeds system limit of 100"}));
  EXPECT_EQ(
      ErrorOf(create(R"({"inactive_threshold":11000000000})")),
      JetStreamError({400, 10153,
                      "consumer inactive threshold exceeds system limit of "
                      "10s"}));
}

// CON-084
TEST_P(ConsumerManage, MaxConsumersOfTheStreamIsEnforced) {
  Create({.name = "L",
          .subjects = {"l"},
          .max_consumers = 1,
          .storage = Storage::kMemory});
  ASSERT_TRUE(jetstream().CreateConsumer("L", {.durable_name = "a"}).ok());

  EXPECT_EQ(ErrorOf(jetstream().CreateConsumer("L", {.durable_name = "b"})),
            JetStreamError({400, 10026, "maximum consumers limit reached"}));
  EXPECT_TRUE(
      jetstream().CreateOrUpdateConsumer("L", {.durable_name = "a"}).ok());
  ASSERT_TRUE(jetstream().DeleteConsumer("L", "a").ok());
  EXPECT_TRUE(jetstream().CreateConsumer("L", {.durable_name = "b"}).ok());
}

// CON-138, CON-139, CON-145
TEST_P(ConsumerManage, UnusedPullConsumerIsDeletedAfterItsThreshold) {
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.DELETED.S.C");
  Make({.name = "C", .inactive_threshold = absl::Milliseconds(200)});

  Advance(absl::Milliseconds(150));
  EXPECT_EQ(ErrorOf(Api("CONSUMER.INFO.S.C")), Ok());
  EXPECT_TRUE(Eventually(
      [&] { return ErrorOf(Api("CONSUMER.INFO.S.C")) == ConsumerNotFound(); },
      absl::Milliseconds(1'500)));

  auto advisory = advisories->Next(absl::Seconds(2));
  ASSERT_TRUE(advisory.ok()) << advisory.status();
  EXPECT_EQ(nlohmann::json::parse(advisory->data)["action"], "delete");
}

// CON-142
TEST_P(ConsumerManage, WaitingRequestKeepsAConsumerAlive) {
  Make({.name = "C", .inactive_threshold = absl::Milliseconds(100)});
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(3)}).ok());

  Advance(absl::Milliseconds(1'500));

  EXPECT_EQ(ErrorOf(Api("CONSUMER.INFO.S.C")), Ok());
}

class WorkQueue : public ConsumerBehaviour {
 protected:
  void SetUp() override {
    ConsumerBehaviour::SetUp();
    Create({.name = "W",
            .subjects = {"w.>"},
            .retention = Retention::kWorkQueue,
            .storage = Storage::kMemory});
  }
  JetStreamError Try(absl::string_view name, absl::string_view config) {
    return ErrorOf(
        Api(absl::StrCat("CONSUMER.CREATE.W.", name),
            absl::StrCat(R"({"stream_name":"W","config":)", config, "}")));
  }
};

BEHAVIOUR_SUITE_OF(WorkQueue, WorkQueueConsumers);

// CON-085, CON-086, CON-087, STO-116, STO-117
TEST_P(WorkQueueConsumers, NeedExplicitAckAndDeliverAll) {
  EXPECT_EQ(
      Try("C", R"({"ack_policy":"none"})"),
      JetStreamError({400, 10084,
                      Since("2.11") ? "consumer in pull mode requires explicit "
                                      "ack policy on workqueue stream"
                                    : "consumer in pull mode requires ack "
                                      "policy"}));
  EXPECT_EQ(
      Try("C", R"({"ack_policy":"all"})"),
      JetStreamError({400, 10098, "workqueue stream requires explicit ack"}));
  EXPECT_EQ(
      Try("C", R"({"ack_policy":"explicit","deliver_policy":"new"})"),
      JetStreamError(
          {400, 10101, "consumer must be deliver all on workqueue stream"}));
}

// CON-088, CON-089, STO-114, STO-115
TEST_P(WorkQueueConsumers, ShareNoMessage) {
  const JetStreamError not_unique = {
      400, 10100, "filtered consumer not unique on workqueue stream"};
  ASSERT_EQ(Try("a", R"({"ack_policy":"explicit","filter_subject":"w.a"})"),
            Ok());

  EXPECT_EQ(Try("all", R"({"ack_policy":"explicit"})"),
            JetStreamError({400, 10099,
                            "multiple non-filtered consumers not allowed on "
                            "workqueue stream"}));
  EXPECT_EQ(Try("a2", R"({"ack_policy":"explicit","filter_subject":"w.a"})"),
            not_unique);
  EXPECT_EQ(Try("star", R"({"ack_policy":"explicit","filter_subject":"w.*"})"),
            not_unique);
  EXPECT_EQ(Try("b", R"({"ack_policy":"explicit","filter_subject":"w.b"})"),
            Ok());
}

// CON-087, CON-088
TEST_P(WorkQueueConsumers, DeliverPolicyIsLookedAtFirstByNewerServers) {
  ASSERT_EQ(Try("a", R"({"ack_policy":"explicit"})"), Ok());

  EXPECT_EQ(
      Try("b", R"({"ack_policy":"explicit","deliver_policy":"last"})").err_code,
      Since("2.11") ? 10101 : 10099);
}

// ACK-051
TEST_P(WorkQueueConsumers, AckRemovesAndNakDoesNot) {
  Publish("w.a");
  Publish("w.a");
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("W", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  PullConsumer consumer(jetstream(), "W", "C");
  FetchResult fetched =
      consumer.Fetch({.max_messages = 2, .max_wait = absl::ZeroDuration()});
  ASSERT_EQ(fetched.deliveries.size(), 2u);

  ASSERT_TRUE(fetched.deliveries[0].AckSync().ok());
  ASSERT_EQ(Settle(fetched.deliveries[1], "-NAK"), "confirmed");

  EXPECT_EQ(State("W").messages, 1u);
  EXPECT_EQ(State("W").first_seq, 2u);
}

// ACK-052
TEST_P(WorkQueueConsumers, DeletedConsumerLeavesItsMessages) {
  Publish("w.a");
  const ConsumerConfig config = {.durable_name = "C",
                                 .ack_policy = AckPolicy::kExplicit};
  ASSERT_TRUE(jetstream().CreateConsumer("W", config).ok());
  PullConsumer consumer(jetstream(), "W", "C");
  ASSERT_EQ(
      consumer.Fetch({.max_wait = absl::ZeroDuration()}).deliveries.size(), 1u);

  ASSERT_TRUE(jetstream().DeleteConsumer("W", "C").ok());
  EXPECT_EQ(State("W").messages, 1u);
  ASSERT_TRUE(jetstream().CreateConsumer("W", config).ok());

  FetchResult again = consumer.Fetch({.max_wait = absl::ZeroDuration()});
  ASSERT_EQ(again.deliveries.size(), 1u);
  EXPECT_EQ(again.deliveries[0].delivered(), 1u);
}

}  // namespace
}  // namespace windtunnel
