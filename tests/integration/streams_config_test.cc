// Stream configuration: defaults, what is adjusted, and what is refused.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE(StreamConfigs);

struct Refusal {
  StreamConfig config;
  JetStreamError error;
};

// STR-013, STR-014, STR-026, STR-030, STR-044, API-057
TEST_P(StreamConfigs, MissingFieldsGetDefaults) {
  nlohmann::json config = Api("STREAM.CREATE.S", R"({"name": "S"})")["config"];

  nlohmann::json expected = nlohmann::json::parse(R"({
    "name": "S", "subjects": ["S"], "retention": "limits", "max_consumers": -1,
    "max_msgs": -1, "max_bytes": -1, "max_age": 0, "max_msgs_per_subject": -1,
    "max_msg_size": -1, "discard": "old", "storage": "file", "num_replicas": 1,
    "duplicate_window": 120000000000, "allow_direct": false,
    "mirror_direct": false, "sealed": false, "deny_delete": false,
    "deny_purge": false, "allow_rollup_hdrs": false})");
  if (Since("2.10")) {
    expected["compression"] = "none";
    expected["consumer_limits"] = nlohmann::json::object();
  }
  if (Since("2.11")) {
    expected["allow_msg_ttl"] = false;
    config.erase("metadata");
  }
  EXPECT_EQ(config, expected);
}

// STR-015
TEST_P(StreamConfigs, ZeroLimitsAreNone) {
  nlohmann::json config =
      Api("STREAM.CREATE.S",
          R"({"name": "S", "storage": "memory", "max_msgs": 0, "max_bytes": 0,
              "max_msgs_per_subject": 0, "max_msg_size": 0, "max_consumers": 0,
              "num_replicas": 0})")["config"];

  for (const std::string field :
       {"max_msgs", "max_bytes", "max_msgs_per_subject", "max_msg_size",
        "max_consumers"}) {
    EXPECT_EQ(config[field], -1) << field;
  }
  EXPECT_EQ(config["num_replicas"], 1);
}

// STR-016
TEST_P(StreamConfigs, NegativeLimitsBecomeMinusOneSince212) {
  nlohmann::json config =
      Api("STREAM.CREATE.S",
          R"({"name": "S", "storage": "memory", "max_msgs": -5, "max_bytes": -5,
              "max_msgs_per_subject": -5, "max_msg_size": -5,
              "max_consumers": -5})")["config"];

  for (const std::string field :
       {"max_msgs", "max_bytes", "max_msgs_per_subject", "max_msg_size",
        "max_consumers"}) {
    EXPECT_EQ(config[field], Since("2.12") ? -1 : -5) << field;
  }
}

// STR-012, STR-016
TEST_P(StreamConfigs, PedanticRefusesNegativeLimits) {
  for (const std::string field :
       {"max_msgs", "max_bytes", "max_msgs_per_subject", "max_msg_size",
        "max_consumers"}) {
    nlohmann::json answer = Api(
        "STREAM.CREATE.S", absl::StrCat(R"({"name": "S", "storage": "memory",
                                                "pedantic": true, ")",
                                        field, R"(": -5})"));
    EXPECT_EQ(ErrorOf(answer),
              Since("2.11")
                  ? JetStreamError(400, 10157,
                                   absl::StrCat("pedantic mode: ", field,
                                                " must be set to -1"))
                  : Ok())
        << field;
    jetstream().DeleteStream("S").IgnoreError();
  }
}

// STR-072
TEST_P(StreamConfigs, PedanticAcceptsZeroLimits) {
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.S",
                        R"({"name": "S", "storage": "memory", "pedantic": true,
                            "max_msgs": 0, "max_bytes": 0, "max_msg_size": 0,
                            "max_msgs_per_subject": 0, "max_consumers": 0})")),
            Ok());
}

// STR-017, STR-018, STR-019, STR-020, STR-024
TEST_P(StreamConfigs, DurationsHaveBounds) {
  const std::vector<Refusal> refusals = {
      {{.max_age = absl::Nanoseconds(1)},
       InvalidConfig("max age needs to be >= 100ms")},
      {{.max_age = absl::Nanoseconds(99'999'999)},
       InvalidConfig("max age needs to be >= 100ms")},
      {{.max_age = -absl::Seconds(1)},
       InvalidConfig(Since("2.12") ? "max age can not be negative"
                                   : "duplicates window can not be negative")},
      {{.duplicate_window = absl::Nanoseconds(1)},
       InvalidConfig("duplicates window needs to be >= 100ms")},
      {{.duplicate_window = absl::Nanoseconds(99'999'999)},
       InvalidConfig("duplicates window needs to be >= 100ms")},
      {{.duplicate_window = -absl::Seconds(1)},
       InvalidConfig("duplicates window can not be negative")},
      {{.max_age = absl::Seconds(1), .duplicate_window = absl::Seconds(2)},
       InvalidConfig("duplicates window can not be larger then max age")}};
  for (Refusal refusal : refusals) {
    refusal.config.name = "S";
    EXPECT_EQ(ErrorOf(jetstream().CreateStream(refusal.config)), refusal.error)
        << refusal.config;
  }
}

// STR-017, STR-019, STR-021
TEST_P(StreamConfigs, SmallestDurationsAreAccepted) {
  const StreamInfo aged = Create({.name = "AGED",
                                  .max_age = absl::Milliseconds(100),
                                  .storage = Storage::kMemory});
  EXPECT_EQ(aged.config.max_age, absl::Milliseconds(100));
  EXPECT_EQ(aged.config.duplicate_window, absl::Milliseconds(100));

  const StreamInfo small =
      Create({.name = "SMALL",
              .storage = Storage::kMemory,
              .duplicate_window = absl::Milliseconds(100)});
  EXPECT_EQ(small.config.duplicate_window, absl::Milliseconds(100));

  const StreamInfo large = Create({.name = "LARGE",
                                   .storage = Storage::kMemory,
                                   .duplicate_window = absl::Hours(24)});
  EXPECT_EQ(large.config.duplicate_window, absl::Hours(24));
}

// STR-021
TEST_P(StreamConfigs, DuplicateWindowFollowsMaxAgeUpToTwoMinutes) {
  EXPECT_EQ(Create({.name = "SHORT",
                    .max_age = absl::Seconds(30),
                    .storage = Storage::kMemory})
                .config.duplicate_window,
            absl::Seconds(30));
  EXPECT_EQ(Create({.name = "LONG",
                    .max_age = absl::Hours(1),
                    .storage = Storage::kMemory})
                .config.duplicate_window,
            absl::Minutes(2));
}

// STR-027, STR-028, STR-029
TEST_P(StreamConfigs, OneServerKeepsOneReplica) {
  const JetStreamError alone = {
      500, 10074, "replicas > 1 not supported in non-clustered mode"};
  const std::vector<std::pair<int, JetStreamError>> cases = {
      {-1, {400, 10133, "replicas count cannot be negative"}},
      {2, alone},
      {5, alone},
      {6, InvalidConfig("maximum replicas is 5")}};
  for (const auto& [replicas, error] : cases) {
    EXPECT_EQ(ErrorOf(jetstream().CreateStream(
                  {.name = "S", .num_replicas = replicas})),
              error)
        << replicas;
  }
}

// STR-039, STR-040, STR-041, STR-042, STR-043
TEST_P(StreamConfigs, ContradictionsAreRefused) {
  const std::vector<Refusal> refusals = {
      {{.sealed = true},
       InvalidConfig("stream configuration for create can not be sealed")},
      {{.mirror_direct = true},
       InvalidConfig("stream has no mirror but does have mirror direct")},
      {{.deny_purge = true, .allow_rollup_hdrs = true},
       InvalidConfig("roll-ups require the purge permission")},
      {{.discard_new_per_subject = true},
       InvalidConfig(
           "discard new per subject requires discard new policy to be set")},
      {{.discard = Discard::kNew, .discard_new_per_subject = true},
       InvalidConfig(
           "discard new per subject requires max msgs per subject > 0")}};
  for (Refusal refusal : refusals) {
    refusal.config.name = "S";
    EXPECT_EQ(ErrorOf(jetstream().CreateStream(refusal.config)), refusal.error)
        << refusal.config;
  }
}

// STR-044
TEST_P(StreamConfigs, AllowDirectStaysOff) {
  EXPECT_FALSE(
      Create(
          {.name = "S", .max_msgs_per_subject = 1, .storage = Storage::kMemory})
          .config.allow_direct);
}

// STR-045
TEST_P(StreamConfigs, CompressionIsAcceptedForBothStorages) {
  for (const Storage storage : {Storage::kMemory, Storage::kFile}) {
    StreamConfig config = {.name = FreshName(), .storage = storage};
    config.compression = Compression::kS2;
    EXPECT_EQ(Create(config).config.compression,
              Since("2.10") ? Compression::kS2 : Compression::kNone);
  }
}

// STR-046
TEST_P(StreamConfigs, FirstSequenceIsWhereNumbersStart) {
  const StreamInfo info =
      Create({.name = "S", .storage = Storage::kMemory, .first_seq = 10});

  EXPECT_EQ(info.state.first_seq, Since("2.10") ? 10 : 0);
  EXPECT_EQ(info.state.last_seq, Since("2.10") ? 9 : 0);
  EXPECT_EQ(Publish("S").sequence, Since("2.10") ? 10 : 1);
  const StreamState one =
      Create({.name = "ONE", .storage = Storage::kMemory, .first_seq = 1})
          .state;
  EXPECT_EQ(one.first_seq, Since("2.10") ? 1 : 0);
  EXPECT_EQ(one.last_seq, 0);
  EXPECT_EQ(
      ErrorOf(Api("STREAM.CREATE.N", R"({"name": "N", "first_seq": -1})")).code,
      Since("2.10") ? 400 : 0);
}

// STR-047
TEST_P(StreamConfigs, MetadataHasABound) {
  StreamConfig config = {.name = "S", .storage = Storage::kMemory};
  config.metadata = {{"k", std::string(131'072, 'v')}};
  EXPECT_EQ(
      ErrorOf(jetstream().CreateStream(config)),
      Since("2.10")
          ? InvalidConfig("stream metadata exceeds maximum size of 131072 "
                          "bytes")
          : Ok());

  config.name = "T";
  const int added_by_server = Since("2.11") ? 16 : 0;
  config.metadata = {{"k", std::string(131'071 - added_by_server, 'v')}};
  EXPECT_EQ(ErrorOf(jetstream().CreateStream(config)), Ok());
}

// STR-048, STR-049, API-058
TEST_P(StreamConfigs, ServerAddsMetadataSince211) {
  StreamConfig config = {.name = "S", .storage = Storage::kMemory};
  config.metadata = {
      {"mine", "1"}, {"_nats.level", "77"}, {"_nats.own", "kept"}};
  std::map<std::string, std::string> metadata = Create(config).config.metadata;

  if (!Since("2.10")) {
    EXPECT_TRUE(metadata.empty());
    return;
  }
  EXPECT_EQ(metadata["mine"], "1");
  EXPECT_EQ(metadata["_nats.own"], "kept");
  EXPECT_EQ(metadata["_nats.level"], Since("2.15") ? "5" : "77");
  EXPECT_EQ(metadata["_nats.ver"],
            Since("2.11") ? world().server_version() : "");
  EXPECT_EQ(metadata["_nats.req.level"], Since("2.11") ? "0" : "");
}

// STR-048
TEST_P(StreamConfigs, ListShowsStoredMetadataOnly) {
  Create({.name = "S", .storage = Storage::kMemory});

  nlohmann::json config = Api("STREAM.LIST")["streams"][0]["config"];

  if (Since("2.11")) {
    EXPECT_EQ(config["metadata"], nlohmann::json({{"_nats.req.level", "0"}}));
  } else {
    EXPECT_FALSE(config.contains("metadata"));
  }
}

// STR-050
TEST_P(StreamConfigs, ConsumerLimitsAreEchoed) {
  StreamConfig config = {.name = "S", .storage = Storage::kMemory};
  config.consumer_limits = {.inactive_threshold = absl::Seconds(7),
                            .max_ack_pending = -3};

  EXPECT_EQ(Create(config).config.consumer_limits,
            Since("2.10") ? config.consumer_limits : StreamConsumerLimits{});
}

// STR-051
TEST_P(StreamConfigs, PlacementIsEchoed) {
  StreamConfig config = {.name = "S", .storage = Storage::kMemory};
  config.placement = Placement{.tags = {"ssd"}};
  EXPECT_EQ(Create(config).config.placement, config.placement);

  nlohmann::json empty =
      Api("STREAM.CREATE.T",
          R"({"name": "T", "storage": "memory", "placement": {}})")["config"];
  EXPECT_EQ(empty.contains("placement"), !Since("2.11"));
}

// STR-052
TEST_P(StreamConfigs, PreferredPlacementIsRefusedSince211) {
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.S",
                        R"({"name": "S", "storage": "memory",
                            "placement": {"preferred": "n1"}})")),
            Since("2.11")
                ? InvalidConfig("preferred server not permitted in placement")
                : Ok());
}

}  // namespace
}  // namespace windtunnel
