// Creating again, updating and deleting streams.

#include <functional>
#include <string>
#include <vector>

#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE(StreamUpdates);

StreamConfig Memory(const std::string& name) {
  return {.name = name, .storage = Storage::kMemory};
}

// STR-073
TEST_P(StreamUpdates, CreatingAgainChangesNothing) {
  Create(Memory("S"));
  Publish("S");

  nlohmann::json again =
      Api("STREAM.CREATE.S",
          R"({"name": "S", "subjects": ["S"], "storage": "memory",
              "max_msgs": -1, "retention": "limits", "num_replicas": 1,
              "duplicate_window": 120000000000})");

  EXPECT_EQ(again["did_create"], true);
  EXPECT_EQ(again["state"]["messages"], 1);
  EXPECT_EQ(Create(Memory("S")).state.messages, 1);
}

// STR-074
TEST_P(StreamUpdates, CreatingOtherwiseIsRefused) {
  const JetStreamError in_use = {
      400, kStreamNameExist,
      "stream name already in use with a different configuration"};
  StreamConfig config = {
      .name = "S", .subjects = {"a", "b"}, .storage = Storage::kMemory};
  Create(config);

  const std::vector<std::function<void(StreamConfig&)>> changes = {
      [](StreamConfig& c) { c.description = "d"; },
      [](StreamConfig& c) {
        c.subjects = {"b", "a"};
      },
      [](StreamConfig& c) { c.storage = Storage::kFile; },
      [](StreamConfig& c) { c.max_msgs = 7; },
      [](StreamConfig& c) { c.allow_direct = true; }};
  for (const auto& change : changes) {
    StreamConfig changed = config;
    change(changed);
    EXPECT_EQ(ErrorOf(jetstream().CreateStream(changed)), in_use) << changed;
  }
  EXPECT_EQ(ErrorOf(jetstream().CreateStream(config)), Ok());
}

// STR-074
TEST_P(StreamUpdates, EmptyMetadataDiffersIn210Only) {
  Create(Memory("S"));

  const JetStreamError error =
      ErrorOf(Api("STREAM.CREATE.S", R"({"name": "S", "storage": "memory",
                                 "metadata": {}})"));

  EXPECT_EQ(error.err_code,
            Since("2.10") && !Since("2.11") ? kStreamNameExist : 0);
}

// STR-075
TEST_P(StreamUpdates, CreateAnswersWithTheseKeys) {
  nlohmann::json created =
      Api("STREAM.CREATE.S", R"({"name": "S", "storage": "memory"})");

  std::vector<std::string> keys;
  for (const auto& [key, value] : created.items()) keys.push_back(key);
  if (Since("2.10")) {
    EXPECT_THAT(keys, ElementsAre("config", "created", "did_create", "state",
                                  "ts", "type"));
  } else {
    EXPECT_THAT(
        keys, ElementsAre("config", "created", "did_create", "state", "type"));
  }
  EXPECT_EQ(created["type"], "io.nats.jetstream.api.v1.stream_create_response");
}

// STR-076
TEST_P(StreamUpdates, FieldsLeftOutReturnToTheirDefaults) {
  Create({.name = "S",
          .description = "d",
          .subjects = {"a"},
          .max_msgs = 5,
          .max_age = absl::Hours(1),
          .storage = Storage::kMemory,
          .allow_direct = true});

  const StreamConfig updated = Update(Memory("S")).config;

  EXPECT_EQ(updated.description, "");
  EXPECT_THAT(updated.subjects, ElementsAre("S"));
  EXPECT_EQ(updated.max_msgs, -1);
  EXPECT_EQ(updated.max_age, absl::ZeroDuration());
  EXPECT_FALSE(updated.allow_direct);
}

// STR-076, STR-079
TEST_P(StreamUpdates, StorageStays) {
  Create(Memory("S"));

  EXPECT_EQ(
      ErrorOf(jetstream().UpdateStream({.name = "S"})),
      InvalidConfig("stream configuration update can not change storage type"));
}

// STR-078, STR-127
TEST_P(StreamUpdates, SameConfigurationIsAnUpdateToo) {
  Create(Memory("S"));
  auto advisories = Listen("$JS.EVENT.ADVISORY.STREAM.UPDATED.S");

  Update(Memory("S"));

  EXPECT_EQ(ErrorOf(advisories->Next(absl::Seconds(5))), Ok());
}

// STR-080, STR-081
TEST_P(StreamUpdates, RetentionChangesBetweenLimitsAndInterestOnly) {
  StreamConfig config = Memory("S");
  Create(config);

  config.retention = Retention::kInterest;
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(config)),
            Since("2.10") ? Ok()
                          : InvalidConfig("stream configuration update can not "
                                          "change retention policy"));
  config.retention = Retention::kLimits;
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(config)), Ok());

  config.retention = Retention::kWorkQueue;
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(config)),
            InvalidConfig(Since("2.10") ? "stream configuration update can not "
                                          "change retention policy to/from "
                                          "workqueue"
                                        : "stream configuration update can not "
                                          "change retention policy"));
}

// STR-082
TEST_P(StreamUpdates, MaxConsumersMayChangeSince212) {
  Create(Memory("S"));
  StreamConfig config = Memory("S");
  config.max_consumers = 3;

  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(config)),
            Since("2.12") ? Ok()
                          : InvalidConfig("stream configuration update can not "
                                          "change MaxConsumers"));
}

// STR-083
TEST_P(StreamUpdates, ReplicasAreRefusedOnOneServer) {
  Create(Memory("S"));
  StreamConfig config = Memory("S");
  config.num_replicas = 3;

  const absl::StatusOr<StreamInfo> updated = jetstream().UpdateStream(config);

  if (Since("2.11")) {
    EXPECT_EQ(
        ErrorOf(updated),
        JetStreamError(500, 10074,
                       "replicas > 1 not supported in non-clustered mode"));
  } else {
    EXPECT_EQ(updated.value().config.num_replicas, 3);
  }
}

// STR-084, STR-085, STR-086
TEST_P(StreamUpdates, SomeSwitchesStayOn) {
  StreamConfig config = Memory("S");
  config.deny_delete = true;
  config.deny_purge = true;
  Create(config);

  config.deny_delete = false;
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(config)),
            InvalidConfig("stream configuration update can not cancel deny "
                          "message deletes"));
  config.deny_delete = true;
  config.deny_purge = false;
  EXPECT_EQ(
      ErrorOf(jetstream().UpdateStream(config)),
      InvalidConfig("stream configuration update can not cancel deny purge"));
  config.deny_purge = true;
  config.sealed = true;
  Update(config);
  config.sealed = false;
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(config)),
            InvalidConfig("stream configuration update can not unseal a sealed "
                          "stream"));
}

// STR-087
TEST_P(StreamUpdates, OtherSwitchesTurnBothWays) {
  const std::vector<std::function<void(StreamConfig&)>> changes = {
      [](StreamConfig& c) { c.allow_rollup_hdrs = true; },
      [](StreamConfig& c) { c.no_ack = true; },
      [](StreamConfig& c) { c.allow_direct = true; },
      [](StreamConfig& c) { c.mirror_direct = true; },
      [](StreamConfig& c) { c.discard = Discard::kNew; },
      [](StreamConfig& c) { c.description = "d"; }};
  Create(Memory("S"));
  const StreamConfig plain = jetstream().GetStreamInfo("S").value().config;
  for (const auto& change : changes) {
    StreamConfig changed = plain;
    change(changed);
    EXPECT_EQ(Update(changed).config, changed);
    EXPECT_EQ(Update(plain).config, plain) << changed;
  }
}

// STR-093
TEST_P(StreamUpdates, FirstSequenceIsNotAppliedAgain) {
  Create(Memory("S"));
  Publish("S");
  StreamConfig config = Memory("S");
  config.first_seq = 100;

  Update(config);

  EXPECT_EQ(Publish("S").sequence, 2);
}

// STR-096
TEST_P(StreamUpdates, ConsumerLimitsRespectExistingConsumers) {
  if (!Since("2.10")) {
    StreamConfig config = Memory("S");
    config.consumer_limits.max_ack_pending = 5;
    EXPECT_EQ(Create(config).config.consumer_limits, StreamConsumerLimits{});
    return;
  }
  Create(Memory("S"));
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("S", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit,
                                        .max_ack_pending = 10})
                  .ok());
  StreamConfig config = Memory("S");

  config.consumer_limits.max_ack_pending = 9;
  EXPECT_EQ(
      ErrorOf(jetstream().UpdateStream(config)),
      JetStreamError(500, 10069, "change to limits violates consumers: C"));
  config.consumer_limits.max_ack_pending = 10;
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(config)), Ok());
}

// STR-097
TEST_P(StreamUpdates, SubjectsChangeAtOnce) {
  Create({.name = "S", .subjects = {"old"}, .storage = Storage::kMemory});
  Publish("old");

  Update({.name = "S", .subjects = {"new"}, .storage = Storage::kMemory});

  EXPECT_EQ(
      ErrorOf(jetstream().Publish({.subject = "old"}, {.retry_attempts = 0})),
      NoResponders());
  EXPECT_EQ(Publish("new").sequence, 2);
  EXPECT_EQ(jetstream().GetMessage("S", {.seq = 1}).value().subject, "old");
}

// STR-098
TEST_P(StreamUpdates, DuplicateWindowReturnsToItsDefault) {
  StreamConfig config = Memory("S");
  config.duplicate_window = absl::Seconds(10);
  Create(config);

  EXPECT_EQ(Update(Memory("S")).config.duplicate_window, absl::Minutes(2));

  config.duplicate_window = absl::Minutes(2);
  config.max_age = absl::Seconds(30);
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(config)),
            InvalidConfig("duplicates window can not be larger then max age"));
}

// STR-099, API-102, STO-015, STO-031, PUB-018, STR-101
TEST_P(StreamUpdates, SealedStreamTakesAndLosesNothing) {
  const JetStreamError sealed = {400, 10109,
                                 "invalid operation on sealed stream"};
  StreamConfig config = Memory("S");
  config.max_age = absl::Hours(1);
  Create(config);
  Publish("S", "kept");
  config.sealed = true;

  const StreamConfig stored = Update(config).config;

  EXPECT_TRUE(stored.sealed && stored.deny_delete && stored.deny_purge);
  EXPECT_FALSE(stored.allow_rollup_hdrs);
  EXPECT_EQ(stored.discard, Discard::kNew);
  EXPECT_EQ(stored.max_age, absl::ZeroDuration());
  EXPECT_EQ(stored.duplicate_window, absl::Minutes(2));
  EXPECT_EQ(ErrorOf(jetstream().Publish({.subject = "S"})), sealed);
  EXPECT_EQ(ErrorOf(jetstream().DeleteMessage("S", 1)), sealed);
  EXPECT_EQ(ErrorOf(jetstream().PurgeStream("S")), sealed);
  EXPECT_EQ(DataAt("S", 1), "kept");
  EXPECT_EQ(ErrorOf(jetstream().DeleteStream("S")), Ok());
}

// STR-102, PUB-037
TEST_P(StreamUpdates, DeletedStreamStartsAnew) {
  Create(Memory("S"));
  Publish("S", "first", {.message_id = "1"});
  Publish("S", "second");

  EXPECT_EQ(ErrorOf(jetstream().DeleteStream("S")), Ok());

  EXPECT_EQ(
      ErrorOf(jetstream().Publish({.subject = "S"}, {.retry_attempts = 0})),
      NoResponders());
  Create(Memory("S"));
  const PubAck again = Publish("S", "again", {.message_id = "1"});
  EXPECT_EQ(again.sequence, 1);
  EXPECT_FALSE(again.duplicate);
}

TEST_P(StreamUpdates, CreateOrUpdateDoesEither) {
  StreamConfig config = Memory("S");
  EXPECT_EQ(ErrorOf(jetstream().CreateOrUpdateStream(config)), Ok());

  config.max_msgs = 4;
  EXPECT_EQ(jetstream().CreateOrUpdateStream(config).value().config.max_msgs,
            4);
}

}  // namespace
}  // namespace windtunnel
