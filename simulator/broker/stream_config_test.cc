#include "simulator/broker/stream_config.h"

#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace windtunnel::broker {
namespace {

const Profile& k2_9 = ProfileFor(ServerVersion::k2_9);
const Profile& k2_10 = ProfileFor(ServerVersion::k2_10);
const Profile& k2_15 = ProfileFor(ServerVersion::k2_15);

const StreamConfig* NoStream(absl::string_view) { return nullptr; }

std::string Refusal(const Profile& profile, StreamConfig config,
                    bool pedantic = false) {
  if (config.name.empty()) config.name = "S";
  const auto error = NormalizeStreamConfig(profile, {}, {.pedantic = pedantic},
                                           NoStream, config);
  return error ? error->description : "";
}

StreamConfig Normalized(const Profile& profile, StreamConfig config) {
  if (config.name.empty()) config.name = "S";
  EXPECT_EQ(NormalizeStreamConfig(profile, {}, {}, NoStream, config),
            std::nullopt);
  return config;
}

StreamConfig WithSubjects(std::vector<std::string> subjects,
                          bool no_ack = false) {
  StreamConfig config;
  config.subjects = std::move(subjects);
  config.no_ack = no_ack;
  return config;
}

// STR-013, STR-015, STR-026, STR-030
TEST(StreamConfig, MissingFieldsGetTheServersDefaults) {
  for (const Profile* profile : {&k2_9, &k2_10, &k2_15}) {
    const StreamConfig config = Normalized(*profile, {.name = "ORDERS"});
    EXPECT_THAT(config.subjects, testing::ElementsAre("ORDERS"));
    EXPECT_EQ(config.max_msgs, -1);
    EXPECT_EQ(config.max_bytes, -1);
    EXPECT_EQ(config.max_msg_size, -1);
    EXPECT_EQ(config.max_msgs_per_subject, -1);
    EXPECT_EQ(config.max_consumers, -1);
    EXPECT_EQ(config.num_replicas, 1);
    EXPECT_EQ(config.duplicate_window, absl::Minutes(2));
  }
}

// STR-002, STR-005, STR-006
TEST(StreamConfig, NamesAndDescriptionsAreBounded) {
  EXPECT_EQ(Refusal(k2_15, {.name = "a*"}),
            "stream name is required and can not contain '.', '*', '>', '\\', "
            "'/'");
  EXPECT_EQ(Refusal(k2_10, {.name = "a*"}),
            "stream name is required and can not contain '.', '*', '>'");
  EXPECT_EQ(Refusal(k2_15, {.name = std::string(255, 'x')}), "");
  EXPECT_EQ(Refusal(k2_15, {.name = std::string(256, 'x')}),
            "stream name is too long, maximum allowed is 255");
  EXPECT_EQ(Refusal(k2_15, {.description = std::string(4096, 'x')}), "");
  EXPECT_EQ(Refusal(k2_15, {.description = std::string(4097, 'x')}),
            "stream description is too long, maximum allowed is 4096");
}

// STR-047
TEST(StreamConfig, MetadataIsBounded) {
  StreamConfig config = {.metadata = {{"k", std::string(131'071, 'x')}}};
  EXPECT_EQ(Refusal(k2_15, config), "");
  config.metadata["l"] = "";
  EXPECT_EQ(Refusal(k2_15, config),
            "stream metadata exceeds maximum size of 131072 bytes");
}

// STR-016
TEST(StreamConfig, NegativeLimitsBecomeUnlimitedOrArePedanticErrors) {
  EXPECT_EQ(Normalized(k2_15, {.max_msgs = -7}).max_msgs, -1);
  EXPECT_EQ(Normalized(k2_10, {.max_msgs = -7}).max_msgs, -7);
  EXPECT_EQ(Refusal(k2_15, {.max_msgs = -7}, true),
            "pedantic mode: max_msgs must be set to -1");
}

// STR-017, STR-018
TEST(StreamConfig, AgeIsAtLeastATenthOfASecond) {
  EXPECT_EQ(Refusal(k2_15, {.max_age = absl::Nanoseconds(99'999'999)}),
            "max age needs to be >= 100ms");
  EXPECT_EQ(Refusal(k2_15, {.max_age = absl::Milliseconds(100)}), "");
  EXPECT_EQ(Refusal(k2_15, {.max_age = absl::Nanoseconds(-1)}),
            "max age can not be negative");
  EXPECT_EQ(Refusal(k2_9, {.max_age = absl::Nanoseconds(-1)}),
            "duplicates window can not be negative");
}

// STR-019 to STR-021, STR-024
TEST(StreamConfig, DuplicateWindowFitsIntoTheAge) {
  EXPECT_EQ(Normalized(k2_15, {.max_age = absl::Seconds(1)}).duplicate_window,
            absl::Seconds(1));
  EXPECT_EQ(Refusal(k2_15, {.max_age = absl::Seconds(1)}, true),
            "pedantic mode: duplicate window cannot be bigger than max age");
  EXPECT_EQ(Refusal(k2_15, {.max_age = absl::Seconds(1),
                            .duplicate_window = absl::Seconds(2)}),
            "duplicates window can not be larger then max age");
  EXPECT_EQ(Refusal(k2_15, {.duplicate_window = absl::Nanoseconds(5)}),
            "duplicates window needs to be >= 100ms");
  EXPECT_EQ(Refusal(k2_15, {.duplicate_window = absl::Nanoseconds(-5)}),
            "duplicates window can not be negative");
}

// STR-027, STR-029
TEST(StreamConfig, ReplicasAreBounded) {
  EXPECT_EQ(Refusal(k2_15, {.num_replicas = -1}),
            "replicas count cannot be negative");
  EXPECT_EQ(Refusal(k2_15, {.num_replicas = 6}), "maximum replicas is 5");
}

// STR-031, STR-032
TEST(StreamConfig, SubjectsAreValidAndDisjoint) {
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"a..b"})), "invalid subject");
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"a>", "a.*b"})), "");
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"a.>", "b", "a.b"})),
            "subject \"a.>\" overlaps with \"a.b\"");
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"a", "b..", "a"})),
            "subject \"a\" overlaps with \"a\"");
  EXPECT_EQ(Refusal(k2_10, WithSubjects({"a", "b", "a"})),
            "duplicate subjects detected");
  EXPECT_EQ(Refusal(k2_10, WithSubjects({"a", "b..", "a"})), "invalid subject");
}

// STR-034, STR-035
TEST(StreamConfig, CapturingEverythingNeedsNoAck) {
  EXPECT_EQ(Refusal(k2_9, WithSubjects({"a", "b"})), "");
  EXPECT_EQ(Refusal(k2_10, WithSubjects({">"})),
            "capturing all subjects requires no-ack to be true");
  EXPECT_EQ(Refusal(k2_15, WithSubjects({">"}, true)), "");
  StreamConfig replicated = WithSubjects({">"}, true);
  replicated.num_replicas = 3;
  EXPECT_EQ(Refusal(k2_15, replicated),
            "capturing all subjects requires replicas of 1");
}

// STR-036, STR-037
TEST(StreamConfig, TheServersOwnSubjectsNeedNoAck) {
  const std::string api =
      "subjects that overlap with jetstream api require no-ack to be true";
  const std::string system =
      "subjects that overlap with system api require no-ack to be true";
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"*.>"})), api);
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"$NRG.x"})), api);
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"$JS.foo"})), api);
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"$JS.foo"}, true)), "");
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"$SYS.x"})), system);
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"$SYS.ACCOUNT.x"})), "");
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"$JS.EVENT.>"})), "");
  EXPECT_EQ(Refusal(k2_15, WithSubjects({"*"})), "");
  EXPECT_EQ(Refusal(k2_10, WithSubjects({"*.>"})), "");
  EXPECT_EQ(Refusal(k2_10, WithSubjects({"$NRG.x"})), "");
  EXPECT_EQ(Refusal(k2_10, WithSubjects({"$JS.*"})), api);
  EXPECT_EQ(Refusal(k2_9, WithSubjects({"$JS.foo"})), "");
  EXPECT_EQ(Refusal(k2_9, WithSubjects({"$JS.>"})), "");
  EXPECT_EQ(Refusal(k2_9, WithSubjects({"$JS.API.x"}, true)),
            "subjects overlap with jetstream api");
}

// STR-041 to STR-043
TEST(StreamConfig, PoliciesMustNotContradict) {
  EXPECT_EQ(Refusal(k2_15, {.deny_purge = true, .allow_rollup_hdrs = true}),
            "roll-ups require the purge permission");
  EXPECT_EQ(Refusal(k2_15, {.discard_new_per_subject = true}),
            "discard new per subject requires discard new policy to be set");
  EXPECT_EQ(Refusal(k2_15, {.discard = Discard::kNew,
                            .discard_new_per_subject = true}),
            "discard new per subject requires max msgs per subject > 0");
}

// STR-051, STR-052
TEST(StreamConfig, PlacementIsKeptUnlessEmptyOrPreferring) {
  EXPECT_EQ(Normalized(k2_15, {.placement = Placement{}}).placement,
            std::nullopt);
  EXPECT_EQ(Normalized(k2_10, {.placement = Placement{}}).placement,
            Placement{});
  EXPECT_EQ(Refusal(k2_15, {.placement = Placement{.preferred = "n1"}}),
            "preferred server not permitted in placement");
}

std::string UpdateRefusal(const Profile& profile, StreamConfig from,
                          StreamConfig to) {
  const auto error = CheckStreamUpdate(profile, from, false, to);
  return error ? error->description : "";
}

// STR-079 to STR-086
TEST(StreamUpdate, SomeFieldsMayNotChange) {
  const std::string can_not = "stream configuration update can not ";
  EXPECT_EQ(UpdateRefusal(k2_15, {}, {.storage = Storage::kMemory}),
            can_not + "change storage type");
  EXPECT_EQ(UpdateRefusal(k2_15, {}, {.retention = Retention::kInterest}), "");
  EXPECT_EQ(UpdateRefusal(k2_9, {}, {.retention = Retention::kInterest}),
            can_not + "change retention policy");
  EXPECT_EQ(UpdateRefusal(k2_15, {}, {.retention = Retention::kWorkQueue}),
            can_not + "change retention policy to/from workqueue");
  EXPECT_EQ(UpdateRefusal(k2_15, {}, {.max_consumers = 5}), "");
  EXPECT_EQ(UpdateRefusal(k2_10, {}, {.max_consumers = 5}),
            can_not + "change MaxConsumers");
  EXPECT_EQ(UpdateRefusal(k2_15, {},
                          {.storage = Storage::kMemory, .num_replicas = 3}),
            "replicas > 1 not supported in non-clustered mode");
  EXPECT_EQ(UpdateRefusal(k2_10, {}, {.num_replicas = 3}), "");
  EXPECT_EQ(UpdateRefusal(k2_15, {.sealed = true}, {}),
            can_not + "unseal a sealed stream");
  EXPECT_EQ(UpdateRefusal(k2_15, {.deny_delete = true}, {}),
            can_not + "cancel deny message deletes");
  EXPECT_EQ(UpdateRefusal(k2_15, {.deny_purge = true}, {}),
            can_not + "cancel deny purge");
}

// STR-099
TEST(StreamUpdate, SealingForcesWhatItImplies) {
  StreamConfig to = {.max_age = absl::Hours(1),
                     .duplicate_window = absl::Seconds(9),
                     .sealed = true,
                     .allow_rollup_hdrs = true};
  EXPECT_EQ(CheckStreamUpdate(k2_15, {}, false, to), std::nullopt);
  EXPECT_EQ(to.max_age, absl::ZeroDuration());
  EXPECT_EQ(to.duplicate_window, absl::Seconds(9));
  EXPECT_EQ(to.discard, Discard::kNew);
  EXPECT_TRUE(to.deny_delete);
  EXPECT_TRUE(to.deny_purge);
  EXPECT_FALSE(to.allow_rollup_hdrs);
}

}  // namespace
}  // namespace windtunnel::broker
