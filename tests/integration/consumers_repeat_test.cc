// What a consumer's configuration looks like when it comes back, and creating
// the same one again.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

class RepeatBehaviour : public ConsumerBehaviour {
 protected:
  JetStreamError CreateAgain(absl::string_view config,
                             absl::string_view more = "") {
    return ErrorOf(CreateRaw(config, more));
  }
};

BEHAVIOUR_SUITE_OF(RepeatBehaviour, ConsumerRepeat);

constexpr char kCreate[] = R"(,"action":"create")";
constexpr char kPedantic[] = R"(,"pedantic":true)";

JetStreamError AlreadyExists() {
  return {400, 10148, "consumer already exists"};
}

// CON-034
TEST_P(ConsumerRepeat, EmptyBackoffIsNone) {
  const nlohmann::json config =
      CreateRaw(R"({"ack_policy":"explicit","backoff":[]})")["config"];

  EXPECT_FALSE(config.contains("backoff"));
  EXPECT_EQ(config["ack_wait"], 30'000'000'000);
}

// CON-061
TEST_P(ConsumerRepeat, MemoryStorageComesBack) {
  EXPECT_EQ(CreateRaw(R"({"mem_storage":true})")["config"]["mem_storage"],
            true);
}

// CON-065
TEST_P(ConsumerRepeat, VersionsAreInAllAnswersButListsSince211) {
  const nlohmann::json created = CreateRaw("{}")["config"];
  const nlohmann::json info = Api("CONSUMER.INFO.S.C")["config"];
  const nlohmann::json listed =
      Api("CONSUMER.LIST.S")["consumers"][0]["config"];

  if (!Since("2.11")) {
    for (const nlohmann::json& config : {created, info, listed}) {
      EXPECT_FALSE(config.contains("metadata"));
    }
    return;
  }
  const nlohmann::json all = {{"_nats.req.level", "0"},
                              {"_nats.ver", world().server_version()},
                              {"_nats.level", "5"}};
  EXPECT_EQ(created["metadata"], all);
  EXPECT_EQ(info["metadata"], all);
  EXPECT_EQ(listed["metadata"], nlohmann::json({{"_nats.req.level", "0"}}));
}

// CON-066
TEST_P(ConsumerRepeat, PauseIsPartOfTheConfigurationSince211) {
  const nlohmann::json past =
      CreateRaw(R"({"pause_until":"2020-01-02T03:04:05Z"})");
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  const nlohmann::json future =
      CreateRaw(R"({"pause_until":"2120-01-02T03:04:05Z"})");

  EXPECT_FALSE(past.contains("paused"));
  if (Since("2.11")) {
    EXPECT_EQ(past["config"]["pause_until"], "2020-01-02T03:04:05Z");
    EXPECT_EQ(future["config"]["pause_until"], "2120-01-02T03:04:05Z");
    EXPECT_EQ(future["paused"], true);
    EXPECT_TRUE(future.contains("pause_remaining"));
  } else {
    EXPECT_FALSE(past["config"].contains("pause_until"));
    EXPECT_FALSE(future.contains("paused"));
  }
}

// CON-076
TEST_P(ConsumerRepeat, AnyTimeIsAStart) {
  for (const char* time : {"0001-01-01T00:00:00Z", "2020-01-02T04:04:05+01:00",
                           "2020-01-02T03:04:05.5Z"}) {
    EXPECT_EQ(CreateError(absl::StrCat(
                  R"({"deliver_policy":"by_start_time","opt_start_time":")",
                  time, R"("})")),
              Ok())
        << time;
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }
  const ConsumerInfo info =
      Make({.name = "T",
            .deliver_policy = DeliverPolicy::kByStartTime,
            .opt_start_time = absl::FromUnixMillis(1'577'934'245'500)});
  EXPECT_EQ(info.config.opt_start_time,
            absl::FromUnixMillis(1'577'934'245'500));
}

// CON-100
TEST_P(ConsumerRepeat, EphemeralIsNotTheSameUnlessItSaysItsThreshold) {
  constexpr char kSays[] = R"({"inactive_threshold":5000000000})";
  ASSERT_EQ(CreateAgain("{}", kCreate), Ok());

  EXPECT_EQ(CreateAgain("{}", kCreate), Since("2.10") ? AlreadyExists() : Ok());
  EXPECT_EQ(CreateAgain(kSays, kCreate), Ok());
}

// CON-101
TEST_P(ConsumerRepeat, DurableOfTheOlderSubjectIsTheSameSince212) {
  ASSERT_EQ(ErrorOf(Api("CONSUMER.DURABLE.CREATE.S.C",
                        R"({"stream_name":"S",
                            "config":{"durable_name":"C"}})")),
            Ok());

  EXPECT_EQ(CreateAgain(R"({"durable_name":"C"})", kCreate),
            Since("2.10") && !Since("2.12") ? AlreadyExists() : Ok());
}

// CON-103
TEST_P(ConsumerRepeat, StartTimesAreComparedAsInstantsSince210) {
  const auto with = [](absl::string_view time, absl::string_view more = "") {
    return absl::StrCat(R"({"durable_name":"C","deliver_policy":)",
                        R"("by_start_time","opt_start_time":")", time, "\"",
                        more, "}");
  };
  const JetStreamError refused = {500, 10012, "start time can not be updated"};
  ASSERT_EQ(CreateError(with("2020-01-02T03:04:05Z")), Ok());

  EXPECT_EQ(CreateError(with("2020-01-02T03:04:05Z")), Ok());
  EXPECT_EQ(CreateError(with("2020-01-02T03:04:06Z")), refused);
  // 2.9 takes an equal time for another, unless all is the same.
  EXPECT_EQ(
      CreateError(with("2020-01-02T03:04:05Z", R"(,"description":"new")")),
      Since("2.10") ? Ok() : refused);
}

// CON-124
TEST_P(ConsumerRepeat, PedanticWantsWhatTheStreamLimitsSince211) {
  const auto refusal = [&](absl::string_view field) {
    return Since("2.11")
               ? JetStreamError({400, 10157,
                                 absl::StrCat("pedantic mode: ", field,
                                              " must be set if it's configured "
                                              "in stream limits")})
               : Ok();
  };
  Update({.name = "S",
          .subjects = {"s.>"},
          .storage = Storage::kMemory,
          .consumer_limits = {.inactive_threshold = absl::Minutes(2),
                              .max_ack_pending = 10}});

  EXPECT_EQ(CreateAgain("{}", kPedantic), refusal("max_ack_pending"));
  EXPECT_EQ(CreateAgain(R"({"max_ack_pending":5})", kPedantic),
            refusal("inactive_threshold"));
  EXPECT_EQ(
      CreateAgain(R"({"max_ack_pending":5,"inactive_threshold":60000000000})",
                  kPedantic),
      Ok());
}

// What a server is configured with.
class LimitedBehaviour : public ConsumerBehaviour {
 protected:
  void SetUp() override {}

  void StartWith(const JetStreamConfig& config) {
    StartWorld({.jetstream = config});
    Create({.name = "S", .subjects = {"s.>"}, .storage = Storage::kMemory});
  }
};

BEHAVIOUR_SUITE_OF(LimitedBehaviour, ConsumersUnderLimits);

// CON-083, CON-125
TEST_P(ConsumersUnderLimits, PedanticWantsWhatTheServerLimitsSince211) {
  StartWith({.limits = {.max_request_batch = 10}});

  EXPECT_EQ(ErrorOf(CreateRaw("{}", kPedantic)),
            Since("2.11") ? JetStreamError(
                                {400, 10157,
                                 "pedantic mode: max_request_batch must be set "
                                 "if it's JetStream limits are set"})
                          : Ok());
  EXPECT_EQ(CreateRaw("{}")["config"]["max_batch"], 10);
  EXPECT_EQ(CreateError(R"({"max_batch":11})"),
            JetStreamError({400, 10125,
                            "consumer max request batch exceeds server limit "
                            "of 10"}));
}

// CON-082, CON-084
TEST_P(ConsumersUnderLimits, AccountsLimitConsumersToo) {
  StartWith({.limits = {.max_ack_pending = 50},
             .account = {.max_consumers = 1, .max_ack_pending = 40}});

  EXPECT_EQ(
      CreateRaw(R"({"ack_policy":"explicit"})")["config"]["max_ack_pending"],
      40);
  const auto error = [&](int value) {
    return CreateError(absl::StrCat(
        R"({"ack_policy":"explicit","max_ack_pending":)", value, "}"));
  };
  const auto refusal = [](int limit) {
    return JetStreamError({400, 10121,
                           absl::StrCat("consumer max ack pending exceeds "
                                        "system limit of ",
                                        limit)});
  };
  EXPECT_EQ(error(41), refusal(40));
  EXPECT_EQ(error(51), refusal(50));
  EXPECT_EQ(error(-1), Ok());
  EXPECT_EQ(ErrorOf(jetstream().CreateConsumer("S", {.name = "D"})),
            JetStreamError({400, 10026, "maximum consumers limit reached"}));
}

}  // namespace
}  // namespace windtunnel
