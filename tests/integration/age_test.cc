// Messages that grow too old.

#include <string>

#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

class AgeBehaviour : public Behaviour {
 protected:
  static StreamConfig Config(Storage storage, absl::Duration max_age) {
    return {.name = storage == Storage::kMemory ? "S1" : FreshName(),
            .max_age = max_age,
            .storage = storage};
  }
};

BEHAVIOUR_SUITE_OF(AgeBehaviour, Age);

constexpr Storage kBoth[] = {Storage::kMemory, Storage::kFile};

// STO-083, STO-084, STO-005
TEST_P(Age, MessageGoesWhenItsTimeHasCome) {
  for (const Storage storage : kBoth) {
    const StreamConfig config = Config(storage, absl::Milliseconds(300));
    Create(config);
    Publish(config.name);
    const absl::Time stored = State(config.name).last_ts;

    EXPECT_TRUE(Eventually([&] { return State(config.name).messages == 0; }));

    EXPECT_GE(runtime().Now() - stored, absl::Milliseconds(300));
    EXPECT_LE(runtime().Now() - stored, absl::Seconds(4));
    EXPECT_EQ(State(config.name).first_seq, 2);
    EXPECT_EQ(State(config.name).last_seq, 1);
  }
}

// STO-083
TEST_P(Age, MessageIsThereUntilThen) {
  Create(Config(Storage::kMemory, absl::Milliseconds(400)));
  Publish("S1", "young");
  Advance(absl::Milliseconds(200));
  Publish("S1", "younger");

  EXPECT_EQ(DataAt("S1", 1), "young");
  ASSERT_TRUE(Eventually([&] { return State("S1").first_seq == 2; }));
  EXPECT_EQ(DataAt("S1", 1), "no message found");
  EXPECT_EQ(DataAt("S1", 2), "younger");
  EXPECT_TRUE(Eventually([&] { return State("S1").messages == 0; }));
}

// STO-073
TEST_P(Age, LoweringMaxAgeExpiresBeforeTheAnswer) {
  for (const Storage storage : kBoth) {
    StreamConfig config = Config(storage, absl::Hours(1));
    const std::string name = config.name;
    Create(config);
    Publish(name);
    // Well overdue: files of 2.15 look at a clock that lags up to 100 ms.
    Advance(absl::Milliseconds(400));
    Publish(name);

    config.max_age = absl::Milliseconds(200);
    Update(config);

    EXPECT_EQ(State(name).first_seq, 2);
    EXPECT_TRUE(Eventually([&] { return State(name).messages == 0; }));
  }
}

// STO-073
TEST_P(Age, NoMaxAgeStopsExpiry) {
  Create(Config(Storage::kMemory, absl::Milliseconds(200)));
  Publish("S1");

  Update(Config(Storage::kMemory, absl::ZeroDuration()));
  Advance(absl::Milliseconds(400));

  EXPECT_EQ(State("S1").messages, 1);
}

// STO-085, STR-131
TEST_P(Age, ExpiryIsSilentAndConsumersSeeFewerPending) {
  Create(Config(Storage::kMemory, absl::Milliseconds(200)));
  Publish("S1");
  const ConsumerConfig config = {.durable_name = "C",
                                 .ack_policy = AckPolicy::kExplicit};
  EXPECT_EQ(jetstream().CreateConsumer("S1", config)->num_pending, 1);
  auto advisories = Listen("$JS.EVENT.ADVISORY.STREAM.>");

  EXPECT_TRUE(Eventually([&] { return State("S1").messages == 0; }));

  EXPECT_EQ(jetstream().GetConsumerInfo("S1", "C")->num_pending, 0);
  EXPECT_EQ(advisories->pending(), 0);
}

// STO-086
TEST_P(Age, OldestGoFirst) {
  Create(Config(Storage::kMemory, absl::Milliseconds(300)));
  for (int i = 0; i < 3; ++i) {
    Publish("S1");
    Advance(absl::Milliseconds(60));
  }

  std::uint64_t last_first = 1;
  EXPECT_TRUE(Eventually([&] {
    const StreamState state = State("S1");
    EXPECT_EQ(state.messages, state.last_seq + 1 - state.first_seq);
    EXPECT_GE(state.first_seq, last_first);
    last_first = state.first_seq;
    return state.messages == 0;
  }));
}

// STO-119
TEST_P(Age, GoesOnThroughARestart) {
  const StreamConfig config = Config(Storage::kFile, absl::Milliseconds(500));
  Create(config);
  Publish(config.name);
  ASSERT_TRUE(world().RestartServer().ok());
  ASSERT_TRUE(
      Eventually([&] { return jetstream().GetStreamInfo(config.name).ok(); },
                 absl::Seconds(10)));

  EXPECT_TRUE(Eventually([&] { return State(config.name).messages == 0; }));
  EXPECT_EQ(State(config.name).last_seq, 1);
}

}  // namespace
}  // namespace windtunnel
