// What a stream keeps when its server stops and starts again.

#include <string>

#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

class RestartsBehaviour : public Behaviour {
 protected:
  // Restarts the server and waits until it answers again.
  void Restart() {
    ASSERT_EQ(world().RestartServer(), absl::OkStatus());
    ASSERT_TRUE(Eventually([&] { return jetstream().GetAccountInfo().ok(); },
                           absl::Seconds(10)));
  }
};

BEHAVIOUR_SUITE_OF(RestartsBehaviour, Restarts);

// STO-119
TEST_P(Restarts, KeepFileStreams) {
  const std::string name = FreshName();
  const StreamInfo before = Create({.name = name, .max_msgs = 10});
  for (const std::string data : {"one", "two", "three"}) Publish(name, data);
  ASSERT_TRUE(jetstream().DeleteMessage(name, 2).ok());

  Restart();

  const StreamInfo after =
      jetstream().GetStreamInfo(name, {.deleted_details = true}).value();
  EXPECT_EQ(after.created, before.created);
  EXPECT_EQ(after.config, before.config);
  EXPECT_EQ(after.state.messages, 2);
  EXPECT_EQ(after.state.last_seq, 3);
  EXPECT_THAT(after.state.deleted, testing::ElementsAre(2));
  EXPECT_EQ(DataAt(name, 1), "one");
  EXPECT_EQ(Publish(name).sequence, 4);
}

// STO-119
TEST_P(Restarts, LoseMemoryStreams) {
  Create({.name = "S", .storage = Storage::kMemory});
  Publish("S");

  Restart();

  EXPECT_EQ(ErrorOf(jetstream().GetStreamInfo("S")), StreamNotFound());
}

// STO-121
TEST_P(Restarts, KeepTheSequencesOfAnEmptyStream) {
  const std::string name = FreshName();
  Create({.name = name});
  for (int i = 0; i < 3; ++i) Publish(name);
  jetstream().PurgeStream(name).value();

  Restart();

  EXPECT_EQ(State(name).first_seq, 4);
  EXPECT_EQ(State(name).last_seq, 3);
  EXPECT_EQ(Publish(name).sequence, 4);
}

// STO-120
TEST_P(Restarts, OldServersForgetWhenADeletedLastMessageCame) {
  const std::string name = FreshName();
  Create({.name = name});
  for (int i = 0; i < 3; ++i) Publish(name);
  ASSERT_TRUE(jetstream().DeleteMessage(name, 3).ok());
  const StreamState before = State(name);

  Restart();

  const StreamState after = State(name);
  EXPECT_EQ(after.last_seq, 3);
  EXPECT_EQ(after.last_ts, Since("2.10") ? before.last_ts : absl::UnixEpoch());
  EXPECT_EQ(after.first_ts, before.first_ts);
}

// STO-121
TEST_P(Restarts, ShowWhenEmptyStreamsBegan) {
  const std::string unused = FreshName();
  const std::string purged = FreshName();
  const std::string deleted = FreshName();
  for (const std::string& name : {unused, purged, deleted}) {
    Create({.name = name});
  }
  Publish(purged);
  Publish(deleted);
  jetstream().PurgeStream(purged).value();
  ASSERT_TRUE(jetstream().DeleteMessage(deleted, 1).ok());

  Restart();

  const absl::Time none =
      Since("2.10") ? absl::InfinitePast() : absl::UnixEpoch();
  EXPECT_EQ(State(unused).first_seq, Since("2.10") ? 0 : 1);
  for (const std::string& name : {unused, purged, deleted}) {
    EXPECT_EQ(State(name).first_ts, none) << name;
  }
  EXPECT_EQ(State(purged).first_seq, 2);
  EXPECT_EQ(Publish(unused).sequence, 1);
}

// STO-122
TEST_P(Restarts, DoNotBringAckedWorkBack) {
  const std::string name = FreshName();
  Create({.name = name, .retention = Retention::kWorkQueue});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer(name, {.durable_name = "C",
                                         .ack_policy = AckPolicy::kExplicit})
                  .ok());
  for (const std::string data : {"done", "open"}) Publish(name, data);
  {
    auto pull = jetstream().SubscribePull(name, "C").value();
    ASSERT_TRUE(pull->Request({.expires = absl::Seconds(5)}).ok());
    PullEvent event =
        pull->Next(runtime().Now() + absl::Seconds(5), {}).value();
    ASSERT_EQ(std::get<Delivery>(event).AckSync(), absl::OkStatus());
  }

  Restart();

  EXPECT_EQ(State(name).messages, 1);
  EXPECT_EQ(State(name).first_seq, 2);
  const ConsumerInfo info = jetstream().GetConsumerInfo(name, "C").value();
  EXPECT_EQ(info.ack_floor.stream_seq, 1);
  EXPECT_EQ(info.num_pending, 1);
}

// PUB-041
TEST_P(Restarts, KnowMessageIdsWithoutTheLastMessage) {
  const std::string name = FreshName();
  Create({.name = name});
  Publish(name, "", {.message_id = "stored"});
  Publish(name, "", {.message_id = "last"});
  ASSERT_TRUE(jetstream().DeleteMessage(name, 2).ok());

  Restart();

  EXPECT_EQ(
      ErrorOf(jetstream().Publish({.subject = name},
                                  {.expected_last_message_id = "x"})),
      JetStreamError(400, kStreamWrongLastMessageId, "wrong last msg ID: "));
  EXPECT_EQ(Publish(name, "", {.message_id = "stored"}).duplicate,
            Since("2.10"));
  EXPECT_FALSE(Publish(name, "", {.message_id = "last"}).duplicate);
}

// PUB-041
TEST_P(Restarts, RebuildTheMessageIdsThatAreStored) {
  const std::string name = FreshName();
  Create({.name = name});
  Publish(name, "", {.message_id = "deleted"});
  Publish(name, "", {.message_id = "stored"});
  ASSERT_TRUE(jetstream().DeleteMessage(name, 1).ok());

  Restart();

  EXPECT_EQ(ErrorOf(jetstream().Publish({.subject = name},
                                        {.expected_last_message_id = "x"})),
            JetStreamError(400, kStreamWrongLastMessageId,
                           "wrong last msg ID: stored"));
  EXPECT_TRUE(Publish(name, "", {.message_id = "stored"}).duplicate);
  EXPECT_FALSE(Publish(name, "", {.message_id = "deleted"}).duplicate);
}

}  // namespace
}  // namespace windtunnel
