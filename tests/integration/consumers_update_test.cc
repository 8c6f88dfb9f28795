// Creating again, updating, pedantic mode.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, ConsumerUpdate);

JetStreamError CannotUpdate(absl::string_view what) {
  return {500, 10012, std::string(what)};
}

constexpr char kDurable[] = R"({"durable_name":"C","ack_policy":"explicit"})";

// CON-095
TEST_P(ConsumerUpdate, UnknownActionIsInvalidJson) {
  EXPECT_EQ(ErrorOf(CreateRaw(kDurable, R"(,"action":"foo")")),
            !Since("2.10") ? Ok()
                           : InvalidJson("unknown consumer action: \"foo\""));
}

// CON-096
TEST_P(ConsumerUpdate, UpdateOfNothingIsRefusedSince210) {
  EXPECT_EQ(ErrorOf(CreateRaw(kDurable, R"(,"action":"update")")),
            Since("2.10") ? JetStreamError({400, 10149, "consumer does not exist"})
                          : Ok());
}

// CON-097
TEST_P(ConsumerUpdate, CreateOfADifferentOneIsRefusedSince210) {
  ASSERT_EQ(CreateError(kDurable), Ok());

  EXPECT_EQ(
      ErrorOf(CreateRaw(
          R"({"durable_name":"C","ack_policy":"explicit","description":"new"})",
          R"(,"action":"create")")),
      Since("2.10") ? JetStreamError({400, 10148, "consumer already exists"}) : Ok());
}

// CON-098, CON-099
TEST_P(ConsumerUpdate, EqualCreateSucceedsAndKeepsState) {
  FillTen();
  ASSERT_EQ(ErrorOf(CreateRaw(kDurable, R"(,"action":"create")")), Ok());
  FetchNow(2);

  const nlohmann::json again = CreateRaw(
      R"({"durable_name":"C","ack_policy":"explicit","ack_wait":30000000000,
          "max_deliver":-1,"max_ack_pending":1000})",
      R"(,"action":"create")");

  EXPECT_EQ(ErrorOf(again), Ok());
  EXPECT_EQ(again["num_ack_pending"], 2);
}

// CON-102
TEST_P(ConsumerUpdate, WhatMayNotChange) {
  ASSERT_EQ(CreateError(kDurable), Ok());
  struct Case {
    std::string config;
    std::string text;
  };
  const std::vector<Case> cases = {
      {R"({"durable_name":"C","ack_policy":"explicit","deliver_policy":"new"})",
       "deliver policy can not be updated"},
      {R"({"durable_name":"C","ack_policy":"all"})",
       "ack policy can not be updated"},
      {R"({"durable_name":"C","ack_policy":"explicit","replay_policy":"original"})",
       "replay policy can not be updated"},
      {R"({"durable_name":"C","ack_policy":"explicit","max_waiting":7})",
       "max waiting can not be updated"}};
  for (const Case& c : cases) {
    EXPECT_EQ(CreateError(c.config), CannotUpdate(c.text)) << c.config;
  }
}

// CON-099
TEST_P(ConsumerUpdate, CreateTellsAnEmptyListOfFiltersFromNone) {
  ASSERT_EQ(CreateError(kDurable), Ok());

  EXPECT_EQ(
      ErrorOf(CreateRaw(
          R"({"durable_name":"C","ack_policy":"explicit","filter_subjects":[]})",
          R"(,"action":"create")")),
      Since("2.10") ? JetStreamError({400, 10148, "consumer already exists"}) : Ok());
}

// CON-099: of the keys that begin like the server's only its own are ignored.
TEST_P(ConsumerUpdate, CreateIgnoresTheServersOwnMetadata) {
  ASSERT_EQ(CreateError(kDurable), Ok());
  const auto create_with = [&](absl::string_view key) {
    return ErrorOf(CreateRaw(
        absl::StrCat(R"({"durable_name":"C","ack_policy":"explicit",)",
                     R"("metadata":{")", key, R"(":"y"}})"),
        R"(,"action":"create")"));
  };

  const JetStreamError differs = {400, 10148, "consumer already exists"};
  if (!Since("2.11")) {  // 2.9 knows neither metadata nor the action.
    EXPECT_EQ(create_with("_nats.ver"), Since("2.10") ? differs : Ok());
    return;
  }
  EXPECT_EQ(create_with("_nats.ver"), Ok());
  EXPECT_EQ(create_with("_nats.req.level"), Ok());
  EXPECT_EQ(create_with("_nats.x"), differs);
}

// CON-102, CON-104
TEST_P(ConsumerUpdate, StorageIsLookedAtBeforeAckAndReplayPolicy) {
  ASSERT_EQ(CreateError(kDurable), Ok());

  EXPECT_EQ(CreateError(R"({"durable_name":"C","ack_policy":"all",
                            "mem_storage":true})"),
            CannotUpdate(Since("2.14") ? "storage type can not be updated"
                                       : "ack policy can not be updated"));
}

// CON-106: what is not valid is refused as such before it is not simulated.
TEST_P(ConsumerUpdate, PullDoesNotBecomePush) {
  ASSERT_EQ(CreateError(kDurable), Ok());

  EXPECT_EQ(CreateError(R"({"durable_name":"C","ack_policy":"explicit",
                            "deliver_subject":"d"})"),
            CannotUpdate(Since("2.10") ? "can not update pull consumer to push based"
                                       : "max waiting can not be updated"));
}

// CON-102
TEST_P(ConsumerUpdate, StartSequenceMayNotChange) {
  ASSERT_EQ(CreateError(
                R"({"durable_name":"C","deliver_policy":"by_start_sequence",
                    "opt_start_seq":2})"),
            Ok());

  EXPECT_EQ(CreateError(
                R"({"durable_name":"C","deliver_policy":"by_start_sequence",
                    "opt_start_seq":3})"),
            CannotUpdate("start sequence can not be updated"));
}

// CON-109
TEST_P(ConsumerUpdate, NewBackoffMustFitMaxDeliver) {
  ASSERT_EQ(CreateError(R"({"durable_name":"C","ack_policy":"explicit",
                            "max_deliver":3})"),
            Ok());

  EXPECT_EQ(CreateError(R"({"durable_name":"C","ack_policy":"explicit",
                            "max_deliver":3,"backoff":[1000,2000,3000,4000]})"),
            JetStreamError({400, 10116,
                            "max deliver is required to be > length of backoff "
                            "values"}));
}

// CON-110, CON-111
TEST_P(ConsumerUpdate, WhatMayChangeIsReplacedAsAWhole) {
  ASSERT_EQ(CreateError(R"({"durable_name":"C","ack_policy":"explicit",
                            "description":"old","filter_subject":"s.a",
                            "max_batch":5})"),
            Ok());

  const nlohmann::json updated =
      CreateRaw(R"({"durable_name":"C","ack_policy":"explicit",
                    "ack_wait":5000000000,"max_deliver":7})");

  ASSERT_EQ(ErrorOf(updated), Ok());
  EXPECT_EQ(updated["config"]["ack_wait"], 5'000'000'000);
  EXPECT_EQ(updated["config"]["max_deliver"], 7);
  for (const char* gone : {"description", "filter_subject", "max_batch"}) {
    EXPECT_FALSE(updated["config"].contains(gone)) << gone;
  }
}

// CON-112
TEST_P(ConsumerUpdate, NewFilterCountsFromThePosition) {
  FillTen();
  MakeExplicit({.filter_subject = "s.a"});
  ASSERT_THAT(SequencesNow(2), ElementsAre(1, 4));

  const auto updated = jetstream().UpdateConsumer(
      "S", {.durable_name = "C", .ack_policy = AckPolicy::kExplicit,
            .filter_subject = "s.b"});

  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->num_pending, 2u);
  EXPECT_EQ(updated->num_ack_pending, 2u);
  EXPECT_THAT(SequencesNow(9), ElementsAre(5, 8));
}

// CON-112: servers forget to listen for a consumer whose filter was removed.
TEST_P(ConsumerUpdate, RemovedFilterLeavesNobodyWoken) {
  ASSERT_EQ(CreateError(R"({"durable_name":"C","ack_policy":"explicit",
                            "filter_subject":"s.a"})"),
            Ok());
  ASSERT_EQ(CreateError(kDurable), Ok());
  std::unique_ptr<Subscription> inbox = Listen("inbox");
  const auto pull = [&] {
    ASSERT_TRUE(connection()
                    .Publish({.subject = "$JS.API.CONSUMER.MSG.NEXT.S.C",
                              .reply = "inbox",
                              .data = R"({"batch":1,"expires":5000000000})"})
                    .ok());
    ASSERT_TRUE(connection().Flush(absl::Seconds(5)).ok());
  };
  pull();
  Advance(absl::Milliseconds(50));

  Publish("s.b");
  Advance(absl::Milliseconds(200));
  EXPECT_EQ(inbox->pending(), 0u);

  pull();
  EXPECT_TRUE(Eventually([&] { return inbox->pending() == 1; }));
}

// CON-112, DEL-027
TEST_P(ConsumerUpdate, PendingOutsideANewFilterOutlivesItsMessageSince210) {
  Fill({"s.a"});
  ASSERT_EQ(CreateError(kDurable), Ok());
  ASSERT_EQ(FetchNow(1).size(), 1u);
  ASSERT_EQ(CreateError(R"({"durable_name":"C","ack_policy":"explicit",
                            "filter_subject":"s.b"})"),
            Ok());

  ASSERT_TRUE(jetstream().DeleteMessage("S", 1).ok());
  Advance(absl::Milliseconds(100));

  EXPECT_EQ(Info().num_ack_pending, Since("2.10") ? 1 : 0);
}

// CON-114
TEST_P(ConsumerUpdate, LowerMaxAckPendingBlocksUntilBelow) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(3);
  ConsumerConfig lower = {.durable_name = "C", .ack_policy = AckPolicy::kExplicit,
                          .max_ack_pending = 2};
  ASSERT_TRUE(jetstream().UpdateConsumer("S", lower).ok());
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 9, .expires = absl::Seconds(3)}).ok());

  ASSERT_EQ(Settle(fetched[0], "+ACK"), "confirmed");
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(100)), "nothing");
  ASSERT_EQ(Settle(fetched[1], "+ACK"), "confirmed");
  EXPECT_EQ(NextEvent(*pull), "4");
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(100)), "nothing");

  lower.max_ack_pending = 4;
  ASSERT_TRUE(jetstream().UpdateConsumer("S", lower).ok());
  EXPECT_EQ(NextEvent(*pull), "5");
}

// CON-119
TEST_P(ConsumerUpdate, CreatedNeverChanges) {
  const absl::Time created = MakeExplicit().created;
  Advance(absl::Milliseconds(20));

  const auto updated = jetstream().UpdateConsumer(
      "S", {.durable_name = "C", .description = "new",
            .ack_policy = AckPolicy::kExplicit});

  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->created, created);
}

// CON-120
TEST_P(ConsumerUpdate, RefusedUpdateChangesNothing) {
  FillTen();
  MakeExplicit({.description = "old"});
  FetchNow(1);

  EXPECT_NE(CreateError(R"({"durable_name":"C","ack_policy":"all"})"), Ok());

  EXPECT_EQ(Info().config.description, "old");
  EXPECT_EQ(Info().num_ack_pending, 1u);
}

// CON-121, CON-122, CON-123
TEST_P(ConsumerUpdate, PedanticRefusesAdjustmentsSince212) {
  struct Case {
    std::string config;
    std::string text;
  };
  const std::vector<Case> cases = {
      {R"({"max_waiting":-1})", "max_waiting must not be negative"},
      {R"({"max_batch":-1})", "max_batch must not be negative"},
      {R"({"max_expires":-1})", "max_expires must not be negative"},
      {R"({"max_bytes":-1})", "max_bytes must not be negative"},
      {R"({"inactive_threshold":-1})", "inactive_threshold must not be negative"},
      {R"({"max_deliver":-5})", "max_deliver must be set to -1"},
      {R"({"ack_policy":"explicit","max_ack_pending":-5})",
       "max_ack_pending must be set to -1"},
      {R"({"ack_policy":"explicit","max_deliver":5,"ack_wait":1000,"backoff":[2000]})",
       "first backoff value has to equal batch AckWait"}};
  for (const Case& c : cases) {
    const JetStreamError error = ErrorOf(CreateRaw(c.config, R"(,"pedantic":true)"));
    if (Since("2.12")) {
      EXPECT_EQ(error,
                JetStreamError({400, 10157, absl::StrCat("pedantic mode: ", c.text)}))
          << c.config;
    } else {
      EXPECT_NE(error.err_code, 10157) << c.config;
    }
  }
}

// CON-126
TEST_P(ConsumerUpdate, PedanticAcceptsPlainDefaults) {
  EXPECT_EQ(ErrorOf(CreateRaw(kDurable, R"(,"pedantic":true)")), Ok());
}

}  // namespace
}  // namespace windtunnel
