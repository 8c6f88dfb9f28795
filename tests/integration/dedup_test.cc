// Deduplication by message id.

#include <string>

#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

class DeduplicationBehaviour : public Behaviour {
 protected:
  // Publishes with `id`; whether it was taken for a duplicate.
  bool IsDuplicate(const std::string& id, const std::string& subject = "x.1") {
    return Publish(subject, "", {.message_id = id}).duplicate;
  }
  StreamConfig Config(absl::Duration window) {
    return {.name = "S",
            .subjects = {"x.>"},
            .storage = Storage::kMemory,
            .duplicate_window = window};
  }
};

BEHAVIOUR_SUITE_OF(DeduplicationBehaviour, Deduplication);

// PUB-032
TEST_P(Deduplication, KnownIdIsNotStoredWhateverItsSubject) {
  Create(Config(absl::Minutes(2)));
  Publish("x.1", "first");
  Publish("x.1", "second", {.message_id = "id"});

  const PubAck again = Publish("x.2", "third", {.message_id = "id"});

  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.sequence, 2);
  EXPECT_EQ(State("S").messages, 2);
  EXPECT_FALSE(IsDuplicate("ID"));
}

// PUB-033, PUB-034
TEST_P(Deduplication, WindowStartsAtTheOriginal) {
  Create(Config(absl::Milliseconds(300)));
  EXPECT_FALSE(IsDuplicate("id"));

  Advance(absl::Milliseconds(150));
  EXPECT_TRUE(IsDuplicate("id"));

  // Were the window extended, asking again and again would never end.
  EXPECT_TRUE(Eventually([&] { return !IsDuplicate("id"); }, absl::Seconds(3)));
}

// PUB-034
TEST_P(Deduplication, LaterEntriesLiveTheirOwnWindow) {
  Create(Config(absl::Milliseconds(300)));
  EXPECT_FALSE(IsDuplicate("first"));
  Advance(absl::Milliseconds(200));
  EXPECT_FALSE(IsDuplicate("second"));

  ASSERT_TRUE(
      Eventually([&] { return !IsDuplicate("first"); }, absl::Seconds(3)));
  EXPECT_TRUE(IsDuplicate("second"));

  EXPECT_TRUE(
      Eventually([&] { return !IsDuplicate("second"); }, absl::Seconds(3)));
}

// PUB-035
TEST_P(Deduplication, RefusedMessageMayBeTriedAgain) {
  Create(Config(absl::Minutes(2)));
  EXPECT_EQ(ErrorOf(jetstream().Publish(
                        {.subject = "x.1"},
                        {.message_id = "id", .expected_last_sequence = 7}))
                .err_code,
            kStreamWrongLastSequence);

  EXPECT_FALSE(IsDuplicate("id"));
}

// PUB-036, STO-032
TEST_P(Deduplication, DeleteAndPurgeForgetNoId) {
  Create(Config(absl::Minutes(2)));
  Publish("x.1", "", {.message_id = "deleted"});
  Publish("x.1", "", {.message_id = "purged"});
  ASSERT_TRUE(jetstream().DeleteMessage("S", 1).ok());
  jetstream().PurgeStream("S").value();

  EXPECT_TRUE(IsDuplicate("deleted"));
  const PubAck purged = Publish("x.1", "", {.message_id = "purged"});
  EXPECT_TRUE(purged.duplicate);
  EXPECT_EQ(purged.sequence, 2);
  EXPECT_EQ(State("S").messages, 0);
}

// PUB-036
TEST_P(Deduplication, EvictionForgetsNoId) {
  StreamConfig config = Config(absl::Minutes(2));
  config.max_msgs = 1;
  Create(config);
  EXPECT_FALSE(IsDuplicate("evicted"));
  Publish("x.1");

  EXPECT_TRUE(IsDuplicate("evicted"));
}

// PUB-038
TEST_P(Deduplication, SmallerWindowExpiresAtOnce) {
  Create(Config(absl::Minutes(2)));
  EXPECT_FALSE(IsDuplicate("id"));
  Advance(absl::Milliseconds(150));
  EXPECT_TRUE(IsDuplicate("id"));

  Update(Config(absl::Milliseconds(100)));

  EXPECT_FALSE(IsDuplicate("id"));
}

// PUB-038
TEST_P(Deduplication, LargerWindowKeepsLonger) {
  Create(Config(absl::Milliseconds(150)));
  EXPECT_FALSE(IsDuplicate("id"));

  Update(Config(absl::Minutes(2)));
  Advance(absl::Milliseconds(400));

  EXPECT_TRUE(IsDuplicate("id"));
}

// PUB-022
TEST_P(Deduplication, ComesBeforeLimitsOfTheStore) {
  StreamConfig config = Config(absl::Minutes(2));
  config.max_msgs = 1;
  config.discard = Discard::kNew;
  Create(config);
  EXPECT_FALSE(IsDuplicate("id"));

  EXPECT_TRUE(IsDuplicate("id"));
  EXPECT_EQ(
      ErrorOf(jetstream().Publish({.subject = "x.1"})),
      JetStreamError(503, kStreamStoreFailed, "maximum messages exceeded"));
}

// PUB-035, PUB-039
TEST_P(Deduplication, SkippedMessageIsRemembered) {
  StreamConfig config = Config(absl::Minutes(2));
  config.retention = Retention::kInterest;
  Create(config);
  EXPECT_EQ(Publish("x.1", "", {.message_id = "id"}).sequence, 1);
  EXPECT_EQ(State("S").messages, 0);

  const PubAck again = Publish("x.1", "", {.message_id = "id"});

  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.sequence, Since("2.10") ? 1 : 0);
}

// PUB-040
TEST_P(Deduplication, SkippedIdIsForgottenAtTheNextRun) {
  StreamConfig config = Config(absl::Seconds(1));
  config.retention = Retention::kInterest;
  Create(config);
  EXPECT_FALSE(IsDuplicate("first"));
  Advance(absl::Milliseconds(700));
  EXPECT_FALSE(IsDuplicate("young"));
  const absl::Time published = runtime().Now();

  EXPECT_TRUE(
      Eventually([&] { return !IsDuplicate("young"); }, absl::Seconds(3)));

  EXPECT_LT(runtime().Now() - published, absl::Milliseconds(950));
}

}  // namespace
}  // namespace windtunnel
