// The fields of a consumer's configuration: defaults, ranges, refusals.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, ConsumerConfiguration);

struct Refusal {
  std::string config;
  JetStreamError error;
};

JetStreamError StartConflict(absl::string_view text) {
  return {400, 10094, absl::StrCat("consumer delivery policy is deliver ", text)};
}

// CON-024
TEST_P(ConsumerConfiguration, DescriptionEndsAt4096Bytes) {
  const auto with = [](std::size_t size) {
    return absl::StrCat(R"({"description":")", std::string(size, 'd'), R"("})");
  };

  EXPECT_EQ(CreateError(with(4097)),
            JetStreamError({400, 10107,
                            "consumer description is too long, maximum allowed is "
                            "4096"}));
  EXPECT_EQ(CreateError(with(4096)), Ok());
}

// CON-025, CON-026, CON-027
TEST_P(ConsumerConfiguration, UnknownWordsAreInvalidJson) {
  for (const char* config :
       {R"({"deliver_policy":"bogus"})", R"({"deliver_policy":""})",
        R"({"ack_policy":"bogus"})", R"({"ack_policy":1})",
        R"({"replay_policy":"bogus"})"}) {
    EXPECT_EQ(CreateError(config).err_code, 10025) << config;
  }
}

// CON-025
TEST_P(ConsumerConfiguration, UndefinedDeliverPolicyIsAll) {
  const nlohmann::json answer = CreateRaw(R"({"deliver_policy":"undefined"})");

  ASSERT_EQ(ErrorOf(answer), Ok());
  EXPECT_EQ(answer["config"]["deliver_policy"], "all");
}

// CON-026, CON-028, CON-030, CON-035, CON-038, CON-059, CON-060
TEST_P(ConsumerConfiguration, DefaultsOfAnExplicitDurable) {
  const nlohmann::json config =
      CreateRaw(R"({"durable_name":"C","ack_policy":"explicit"})")["config"];

  EXPECT_EQ(config["ack_policy"], "explicit");
  EXPECT_EQ(config["ack_wait"], 30'000'000'000);
  EXPECT_EQ(config["max_deliver"], -1);
  EXPECT_EQ(config["max_ack_pending"], 1000);
  EXPECT_EQ(config["max_waiting"], 512);
  EXPECT_EQ(config["replay_policy"], "instant");
  EXPECT_EQ(config["num_replicas"], 0);
  for (const char* absent : {"description", "filter_subject", "inactive_threshold",
                             "max_batch", "max_expires", "max_bytes", "backoff",
                             "sample_freq", "headers_only", "mem_storage"}) {
    EXPECT_FALSE(config.contains(absent)) << absent;
  }
}

// CON-028, CON-035, CON-059
TEST_P(ConsumerConfiguration, DefaultsOfAnEphemeralWithoutAcks) {
  const nlohmann::json config = CreateRaw("{}")["config"];

  EXPECT_EQ(config["ack_policy"], "none");
  EXPECT_FALSE(config.contains("ack_wait"));
  EXPECT_FALSE(config.contains("max_ack_pending"));
  EXPECT_EQ(config["inactive_threshold"], 5'000'000'000);
}

// CON-028
TEST_P(ConsumerConfiguration, AckWaitOfAckPolicyNoneIsKept) {
  EXPECT_EQ(CreateRaw(R"({"ack_wait":5})")["config"]["ack_wait"], 5);
}

// CON-029
TEST_P(ConsumerConfiguration, NegativeAckWaitIsRefusedSince212) {
  EXPECT_EQ(CreateError(R"({"ack_policy":"explicit","ack_wait":-1})"),
            Since("2.12") ? JetStreamError({400, 10183,
                                            "consumer ack wait needs to be "
                                            "positive"})
                          : Ok());
}

// CON-030, CON-035
TEST_P(ConsumerConfiguration, BoundsBelowMinusOneBecomeMinusOneSince212) {
  const nlohmann::json config = CreateRaw(
      R"({"ack_policy":"explicit","max_deliver":-7,"max_ack_pending":-7})")["config"];

  EXPECT_EQ(config["max_deliver"], Since("2.12") ? -1 : -7);
  EXPECT_EQ(config["max_ack_pending"], Since("2.12") ? -1 : -7);
}

// CON-031
TEST_P(ConsumerConfiguration, BackoffReplacesAckWait) {
  const nlohmann::json config = CreateRaw(
      R"({"ack_policy":"explicit","ack_wait":5000000000,"max_deliver":5,
          "backoff":[1000000000,2000000000]})")["config"];

  EXPECT_EQ(config["ack_wait"], 1'000'000'000);
  EXPECT_EQ(config["backoff"].size(), 2u);
}

// CON-032
TEST_P(ConsumerConfiguration, BackoffMustFitMaxDeliver) {
  const JetStreamError too_short = {
      400, 10116, "max deliver is required to be > length of backoff values"};
  const auto with = [](int max_deliver) {
    return absl::StrCat(R"({"ack_policy":"explicit","max_deliver":)", max_deliver,
                        R"(,"backoff":[1000,2000]})");
  };

  EXPECT_EQ(CreateError(with(1)), too_short);
  EXPECT_EQ(CreateError(with(2)), Since("2.10") ? Ok() : too_short);
}

// CON-032
TEST_P(ConsumerConfiguration, BackoffWithoutMaxDeliverIsAllowedSince210) {
  EXPECT_EQ(CreateError(R"({"ack_policy":"explicit","backoff":[1000,2000]})"),
            Since("2.10")
                ? Ok()
                : JetStreamError({400, 10116,
                                  "max deliver is required to be > length of "
                                  "backoff values"}));
}

// CON-033
TEST_P(ConsumerConfiguration, NegativeBackoffIsRefusedSince212) {
  EXPECT_EQ(CreateError(R"({"ack_policy":"explicit","max_deliver":5,
                            "backoff":[1000000000,-1]})"),
            Since("2.12") ? JetStreamError({400, 10184,
                                            "consumer backoff needs to be "
                                            "positive"})
                          : Ok());
  // The first is also the ack wait, but looked at as a step.
  EXPECT_EQ(CreateError(R"({"name":"C","ack_policy":"explicit","backoff":[-1],
                            "max_deliver":7})"),
            Since("2.12") ? JetStreamError({400, 10184,
                                            "consumer backoff needs to be "
                                            "positive"})
                          : Ok());
}

// CON-036
TEST_P(ConsumerConfiguration, MaxAckPendingWithoutAcksIsKeptOnPull) {
  EXPECT_EQ(CreateRaw(R"({"max_ack_pending":7})")["config"]["max_ack_pending"], 7);
}

// CON-038, CON-040, CON-041, CON-042
TEST_P(ConsumerConfiguration, NegativeRequestBounds) {
  const std::vector<Refusal> older = {
      {R"({"max_waiting":-1})",
       {400, 10087, "consumer max waiting needs to be positive"}},
      {R"({"max_batch":-1})",
       {400, 10114, "consumer max request batch needs to be > 0"}},
      {R"({"max_expires":-1})",
       {400, 10115, "consumer max request expires needs to be >= 1ms"}}};
  for (const Refusal& refusal : older) {
    EXPECT_EQ(CreateError(refusal.config), Since("2.12") ? Ok() : refusal.error)
        << refusal.config;
  }
}

// CON-041
TEST_P(ConsumerConfiguration, MaxExpiresIsAtLeastAMillisecond) {
  EXPECT_EQ(CreateError(R"({"max_expires":999999})"),
            JetStreamError({400, 10115,
                            "consumer max request expires needs to be >= 1ms"}));
  EXPECT_EQ(CreateError(R"({"max_expires":1000000})"), Ok());
}

// CON-043
TEST_P(ConsumerConfiguration, FilterSubjectMustBeValid) {
  EXPECT_EQ(CreateError(R"({"filter_subject":"s..a"})"),
            Since("2.10")
                ? JetStreamError({500, 10052, "invalid subject"})
                : JetStreamError({400, 10093,
                                  "consumer filter subject is not a valid subset "
                                  "of the interest subjects"}));
  EXPECT_EQ(CreateError(R"({"filter_subject":"other"})"),
            Since("2.10")
                ? Ok()
                : JetStreamError({400, 10093,
                                  "consumer filter subject is not a valid subset "
                                  "of the interest subjects"}));
}

// CON-044
TEST_P(ConsumerConfiguration, OneFilterInAListStaysAList) {
  const nlohmann::json config =
      CreateRaw(R"({"filter_subjects":["s.a"]})")["config"];

  EXPECT_EQ(config.contains("filter_subjects"), Since("2.10"));
  EXPECT_FALSE(config.contains("filter_subject"));
}

// CON-045, CON-046, CON-047, CON-048
TEST_P(ConsumerConfiguration, ListsOfFiltersAreCheckedSince210) {
  const std::vector<Refusal> refusals = {
      {R"({"filter_subject":"s.a","filter_subjects":["s.b"]})",
       {400, 10136,
        "consumer cannot have both FilterSubject and FilterSubjects specified"}},
      {R"({"filter_subjects":["s.a",""]})",
       {400, 10139, "consumer filter in FilterSubjects cannot be empty"}},
      {R"({"filter_subjects":["s.a","s..b"]})", {500, 10052, "invalid subject"}},
      {R"({"filter_subjects":["s.a","s.*"]})",
       {400, 10138, "consumer subject filters cannot overlap"}},
      {R"({"filter_subjects":["s.>","s.a"]})",
       {400, 10138, "consumer subject filters cannot overlap"}}};
  for (const Refusal& refusal : refusals) {
    EXPECT_EQ(CreateError(refusal.config), Since("2.10") ? refusal.error : Ok())
        << refusal.config;
    if (!Since("2.10")) jetstream().DeleteConsumer("S", "C").IgnoreError();
  }
}

// CON-049
TEST_P(ConsumerConfiguration, FiltersMayPartlyIntersectButNotOn210) {
  const JetStreamError error =
      CreateError(R"({"filter_subjects":["s.*.b","s.a.*"]})");

  EXPECT_EQ(error, world().version() == ServerVersion::k2_10
                       ? JetStreamError({400, 10138,
                                         "consumer subject filters cannot overlap"})
                       : Ok());
}

// CON-050, CON-052, CON-053
TEST_P(ConsumerConfiguration, PushFieldsAreRefusedOnPull) {
  const std::vector<Refusal> refusals = {
      {R"({"rate_limit_bps":1000})",
       {400, 10086, "consumer in pull mode can not have rate limit set"}},
      {R"({"idle_heartbeat":1000000000})",
       {400, 10088, "consumer idle heartbeat requires a push based consumer"}},
      {R"({"flow_control":true})",
       {400, 10089, "consumer flow control requires a push based consumer"}},
      {R"({"flow_control":true,"idle_heartbeat":1000000000})",
       {400, 10088, "consumer idle heartbeat requires a push based consumer"}}};
  for (const Refusal& refusal : refusals) {
    EXPECT_EQ(CreateError(refusal.config), refusal.error) << refusal.config;
  }
}

// CON-051
TEST_P(ConsumerConfiguration, SampleFrequencyIsAPercentage) {
  for (const char* good : {"0", "100", "150%", "30%"}) {
    EXPECT_EQ(CreateError(absl::StrCat(R"({"sample_freq":")", good, R"("})")), Ok())
        << good;
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }
  EXPECT_EQ(CreateError(R"({"sample_freq":"abc"})"),
            JetStreamError({400, 10095,
                            "failed to parse consumer sampling configuration: "
                            "strconv.Atoi: parsing \"abc\": invalid syntax"}));
  EXPECT_EQ(CreateError(R"({"sample_freq":"-1"})").err_code, 10095);
}

// CON-055, CON-056, CON-057
TEST_P(ConsumerConfiguration, DeliverSubjectsAreChecked) {
  const std::vector<Refusal> refusals = {
      {R"({"deliver_subject":"d.*"})",
       {400, 10079, "consumer deliver subject has wildcards"}},
      {R"({"deliver_subject":"d..x"})",
       {400, 10112, "invalid push consumer deliver subject"}},
      {R"({"deliver_subject":"s.x"})",
       {400, 10081, "consumer deliver subject forms a cycle"}}};
  for (const Refusal& refusal : refusals) {
    EXPECT_EQ(CreateError(refusal.config), refusal.error) << refusal.config;
  }
}

// CON-039, CON-037
TEST_P(ConsumerConfiguration, PullFieldsAreRefusedOnPush) {
  EXPECT_EQ(CreateError(R"({"deliver_subject":"d","max_waiting":1})"),
            JetStreamError({400, 10080,
                            "consumer in push mode can not set max waiting"}));
  EXPECT_EQ(CreateError(R"({"deliver_subject":"d","max_ack_pending":1})"),
            JetStreamError({400, 10082,
                            "consumer requires ack policy for max ack pending"}));
}

// CON-058
TEST_P(ConsumerConfiguration, DeliverGroupIsKeptOnPull) {
  EXPECT_EQ(CreateRaw(R"({"deliver_group":"g"})")["config"]["deliver_group"], "g");
}

// CON-060
TEST_P(ConsumerConfiguration, ReplicasNeedACluster) {
  EXPECT_EQ(CreateError(R"({"num_replicas":3})"),
            JetStreamError({500, 10074,
                            "replicas > 1 not supported in non-clustered mode"}));
  EXPECT_EQ(CreateError(R"({"num_replicas":-1})"),
            JetStreamError({400, 10133, "replicas count cannot be negative"}));
  EXPECT_EQ(CreateRaw(R"({"num_replicas":1})")["config"]["num_replicas"], 1);
}

// CON-062, CON-063, CON-064
TEST_P(ConsumerConfiguration, MetadataIsKeptAndCompleted) {
  const nlohmann::json config = CreateRaw(
      R"({"metadata":{"owner":"me","_nats.ver":"0","_nats.req.level":"9"}})")["config"];

  if (!Since("2.10")) {
    EXPECT_FALSE(config.contains("metadata"));
  } else if (!Since("2.11")) {
    EXPECT_EQ(config["metadata"]["_nats.req.level"], "9");
    EXPECT_EQ(config["metadata"]["_nats.ver"], "0");
  } else {
    EXPECT_EQ(config["metadata"]["owner"], "me");
    EXPECT_EQ(config["metadata"]["_nats.req.level"], "0");
    EXPECT_EQ(config["metadata"]["_nats.ver"], world().server_version());
  }
}

// CON-063: a pause until the zero time is none.
TEST_P(ConsumerConfiguration, PauseNeedsALevelUnlessItIsZero) {
  const auto level = [&](absl::string_view until) -> std::string {
    const nlohmann::json config =
        Api("CONSUMER.CREATE.S",
            absl::StrCat(R"({"stream_name":"S","config":{"pause_until":")", until,
                         "\"}}"))["config"];
    if (!config.contains("metadata")) return "none";
    return config["metadata"].value("_nats.req.level", "none");
  };

  if (!Since("2.11")) {
    EXPECT_EQ(level("2099-01-01T00:00:00Z"), "none");
    return;
  }
  EXPECT_EQ(level("2099-01-01T00:00:00Z"), "1");
  EXPECT_EQ(level("0001-01-01T00:00:00Z"), "0");
}

// CON-067
TEST_P(ConsumerConfiguration, DirectNeedsPushAndEphemeral) {
  EXPECT_EQ(CreateError(R"({"direct":true})"),
            JetStreamError({400, 10090,
                            "consumer direct requires a push based consumer"}));
  EXPECT_EQ(
      CreateError(R"({"direct":true,"deliver_subject":"d","durable_name":"C"})"),
      JetStreamError({400, 10091,
                      "consumer direct requires an ephemeral consumer"}));
}

// CON-069, CON-070, CON-071, CON-072, CON-073, CON-074, CON-075
TEST_P(ConsumerConfiguration, StartPositionsExcludeEachOther) {
  const std::string time = R"("opt_start_time":"2024-01-01T00:00:00Z")";
  const std::vector<Refusal> refusals = {
      {R"({"deliver_policy":"all","opt_start_seq":1})",
       StartConflict("all, but optional start sequence is also set")},
      {R"({"deliver_policy":"last_per_subject","filter_subject":"s.a","opt_start_seq":1})",
       StartConflict("last per subject, but optional start sequence is also set")},
      {absl::StrCat(R"({"deliver_policy":"new",)", time, "}"),
       StartConflict("new, but optional start time is also set")},
      {R"({"deliver_policy":"by_start_sequence"})",
       StartConflict("by start sequence, but optional start sequence is not set")},
      {absl::StrCat(R"({"deliver_policy":"by_start_sequence","opt_start_seq":1,)",
                    time, "}"),
       StartConflict("by start sequence, but optional start time is also set")},
      {R"({"deliver_policy":"by_start_time"})",
       StartConflict("by start time, but optional start time is not set")},
      {absl::StrCat(R"({"deliver_policy":"by_start_time","opt_start_seq":1,)", time,
                    "}"),
       StartConflict("by start time, but optional start start sequence is also "
                     "set")},
      {R"({"deliver_policy":"last_per_subject"})",
       StartConflict("last per subject, but optional filter subject is not set")}};
  for (const Refusal& refusal : refusals) {
    EXPECT_EQ(CreateError(refusal.config), refusal.error) << refusal.config;
  }
}

}  // namespace
}  // namespace windtunnel
