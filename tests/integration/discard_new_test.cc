// Limits of a stream that refuses new messages.

#include <string>

#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

class DiscardNewBehaviour : public Behaviour {
 protected:
  static StreamConfig Config() {
    return {.name = "S",
            .subjects = {"x.*"},
            .storage = Storage::kMemory,
            .discard = Discard::kNew};
  }
  // What a publish of `size` bytes, payload included, is answered with.
  JetStreamError Put(const std::string& subject, int size = 19) {
    const int overhead = static_cast<int>(subject.size()) + 16;
    return ErrorOf(jetstream().Publish(
        {.subject = subject, .data = std::string(size - overhead, 'x')}));
  }
};

BEHAVIOUR_SUITE_OF(DiscardNewBehaviour, DiscardNew);

JetStreamError Exceeded(const std::string& what) {
  return {503, kStreamStoreFailed, what + " exceeded"};
}

// STO-075
TEST_P(DiscardNew, MaxMsgsRefuses) {
  StreamConfig config = Config();
  config.max_msgs = 2;
  Create(config);
  EXPECT_EQ(Put("x.1"), Ok());
  EXPECT_EQ(Put("x.1"), Ok());

  EXPECT_EQ(Put("x.1"), Exceeded("maximum messages"));

  EXPECT_EQ(State("S").first_seq, 1);
  EXPECT_EQ(State("S").last_seq, 2);
  ASSERT_TRUE(jetstream().DeleteMessage("S", 1).ok());
  EXPECT_EQ(Publish("x.1").sequence, 3);
}

// STO-076
TEST_P(DiscardNew, MaxBytesRefuses) {
  StreamConfig config = Config();
  config.max_bytes = 60;
  Create(config);
  EXPECT_EQ(Put("x.1", 30), Ok());

  const bool exactly_full_fits = !Since("2.10") || Since("2.14");
  EXPECT_EQ(Put("x.1", 30),
            exactly_full_fits ? Ok() : Exceeded("maximum bytes"));
  if (Since("2.10")) {
    EXPECT_EQ(Put("x.1", 31), Exceeded("maximum bytes"));
    EXPECT_EQ(State("S").first_seq, 1);
  } else {
    EXPECT_EQ(Put("x.1", 31), Exceeded("maximum bytes")) << "full";
    ASSERT_TRUE(jetstream().DeleteMessage("S", 1).ok());
    EXPECT_EQ(Put("x.1", 40), Ok()) << "stored, then the oldest goes";
    EXPECT_EQ(State("S").first_seq, 3);
  }
}

// STO-077
TEST_P(DiscardNew, FullSubjectIsReplacedEvenWhenTheStreamIsFull) {
  StreamConfig config = Config();
  config.max_msgs = 2;
  config.max_msgs_per_subject = 1;
  Create(config);
  EXPECT_EQ(Put("x.1"), Ok());
  EXPECT_EQ(Put("x.2"), Ok());

  EXPECT_EQ(Put("x.1"), Ok());
  EXPECT_EQ(Put("x.3"), Exceeded("maximum messages"));

  EXPECT_EQ(State("S").messages, 2);
  EXPECT_EQ(State("S").first_seq, 2);
  EXPECT_EQ(State("S").last_seq, 3);
}

// STO-076: 2.9 adds headers and data to the bytes, but not the rest.
TEST_P(DiscardNew, MaxBytesLooksAtThePayloadOn29) {
  StreamConfig config = Config();
  config.max_bytes = 60;
  Create(config);
  EXPECT_EQ(Put("x.1", 30), Ok());

  EXPECT_EQ(Put("x.1", 49), Exceeded("maximum bytes")) << "30 bytes of data";
  EXPECT_EQ(Put("x.1", 48), Since("2.10") ? Exceeded("maximum bytes") : Ok());
}

// STO-078
TEST_P(DiscardNew, ReplacementAtTheByteLimitMustNotGrow) {
  StreamConfig config = Config();
  config.max_bytes = 60;
  config.max_msgs_per_subject = 1;
  Create(config);
  EXPECT_EQ(Put("x.1", 29), Ok());
  EXPECT_EQ(Put("x.2", 30), Ok());
  EXPECT_EQ(Put("x.1", 29), Ok());
  EXPECT_EQ(Put("x.2", 30), Ok());

  EXPECT_EQ(Put("x.1", 31), Since("2.10") ? Exceeded("maximum bytes") : Ok());

  EXPECT_EQ(State("S").messages, Since("2.10") ? 2 : 1);
  EXPECT_EQ(State("S").bytes, Since("2.10") ? 59 : 31);
}

// STO-079
TEST_P(DiscardNew, PerSubjectRefusesFirst) {
  StreamConfig config = Config();
  config.max_msgs = 2;
  config.max_msgs_per_subject = 1;
  config.discard_new_per_subject = true;
  Create(config);
  EXPECT_EQ(Put("x.1"), Ok());
  EXPECT_EQ(Put("x.1"), Exceeded("maximum messages per subject"));
  EXPECT_EQ(Put("x.2"), Ok());

  EXPECT_EQ(Put("x.2"), Exceeded("maximum messages per subject"));
  EXPECT_EQ(Put("x.3"), Exceeded("maximum messages"));
  EXPECT_EQ(State("S").last_seq, 2);
}

// STO-081
TEST_P(DiscardNew, LoweringALimitEvictsNothingSince210) {
  StreamConfig config = Config();
  config.discard = Discard::kOld;
  Create(config);
  for (int i = 0; i < 4; ++i) Put("x.1");

  config.discard = Discard::kNew;
  config.max_msgs = 2;
  Update(config);

  EXPECT_EQ(State("S").messages, Since("2.10") ? 4 : 2);
  EXPECT_EQ(Put("x.1"), Exceeded("maximum messages"));
  jetstream().PurgeStream("S", {.keep = 1}).value();
  EXPECT_EQ(Put("x.1"), Ok());
}

// STO-082
TEST_P(DiscardNew, DeleteAndPurgeMakeRoom) {
  StreamConfig config = Config();
  config.max_msgs = 1;
  Create(config);
  EXPECT_EQ(Put("x.1"), Ok());

  ASSERT_TRUE(jetstream().DeleteMessage("S", 1).ok());
  EXPECT_EQ(Put("x.1"), Ok());
  EXPECT_EQ(Put("x.1"), Exceeded("maximum messages"));
  jetstream().PurgeStream("S").value();
  EXPECT_EQ(Put("x.1"), Ok());
}

// STO-082
TEST_P(DiscardNew, AgeMakesRoom) {
  StreamConfig config = Config();
  config.max_msgs = 1;
  config.max_age = absl::Milliseconds(200);
  Create(config);
  EXPECT_EQ(Put("x.1"), Ok());
  EXPECT_EQ(Put("x.1"), Exceeded("maximum messages"));

  EXPECT_TRUE(Eventually([&] { return Put("x.1") == Ok(); }, absl::Seconds(3)));
}

// STO-080
TEST_P(DiscardNew, RollUpMakesItsOwnRoomSince214) {
  StreamConfig config = Config();
  config.max_msgs_per_subject = 1;
  config.discard_new_per_subject = true;
  config.allow_rollup_hdrs = true;
  Create(config);
  EXPECT_EQ(Put("x.1"), Ok());

  const absl::StatusOr<PubAck> rolled = jetstream().Publish(
      {.subject = "x.1", .data = "new"}, {.rollup = Rollup::kSubject});

  EXPECT_EQ(ErrorOf(rolled),
            Since("2.14") ? Ok() : Exceeded("maximum messages per subject"));
  EXPECT_EQ(Put("x.1"), Exceeded("maximum messages per subject"));
  EXPECT_EQ(State("S").messages, 1);
}

}  // namespace
}  // namespace windtunnel
