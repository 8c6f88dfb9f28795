// Nats-Rollup: a message in the place of those before it.

#include <string>
#include <vector>

#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class RollupBehaviour : public Behaviour {
 protected:
  void CreateS(StreamConfig config = {}) {
    config.name = "S";
    config.subjects = {"x.*"};
    config.storage = Storage::kMemory;
    config.allow_rollup_hdrs = true;
    Create(config);
  }
  absl::StatusOr<PubAck> RollUp(const std::string& subject,
                                const std::string& how,
                                const PublishOptions& options = {}) {
    return jetstream().Publish(
        {.subject = subject, .headers = {{"Nats-Rollup", how}}}, options);
  }
};

BEHAVIOUR_SUITE_OF(RollupBehaviour, RollupTest);

// PUB-042, PUB-043, PUB-047
TEST_P(RollupTest, LeavesGapsBehind) {
  CreateS();
  for (const std::string subject : {"x.a", "x.b", "x.a", "x.b"}) {
    Publish(subject);
  }
  EXPECT_EQ(RollUp("x.b", "SUB").value().sequence, 5);

  StreamInfo info =
      jetstream().GetStreamInfo("S", {.deleted_details = true}).value();
  EXPECT_EQ(info.state.messages, 3);
  EXPECT_EQ(info.state.first_seq, 1);
  EXPECT_EQ(info.state.last_seq, 5);
  EXPECT_EQ(info.state.num_deleted, 2);
  EXPECT_THAT(info.state.deleted, ElementsAre(2, 4));

  EXPECT_EQ(RollUp("x.a", "All").value().sequence, 6);
  info = jetstream().GetStreamInfo("S", {.deleted_details = true}).value();
  EXPECT_EQ(info.state.messages, 1);
  EXPECT_EQ(info.state.first_seq, 6);
  EXPECT_EQ(info.state.num_deleted, 0);
}

// PUB-045
TEST_P(RollupTest, OtherValuesAreRefused) {
  CreateS();
  const absl::StatusOr<PubAck> ack =
      RollUp("x.a", "Most", {.timeout = absl::Milliseconds(300)});
  EXPECT_EQ(ErrorOf(ack),
            Since("2.11")
                ? (JetStreamError{500, 10111, "rollup value invalid: \"most\""})
                : Timeout());
  EXPECT_EQ(State("S").messages, 0);
}

// PUB-046
TEST_P(RollupTest, OfADuplicatePurgesNothing) {
  CreateS();
  Publish("x.a", "", {.message_id = "1"});
  Publish("x.a");
  const PubAck ack = RollUp("x.a", "sub", {.message_id = "1"}).value();
  EXPECT_TRUE(ack.duplicate);
  EXPECT_EQ(ack.sequence, 1);
  EXPECT_EQ(State("S").messages, 2);
}

// PUB-048
TEST_P(RollupTest, MakesNoRoomForItself) {
  CreateS({.max_msgs = 2, .discard = Discard::kNew});
  Publish("x.a");
  Publish("x.a");
  EXPECT_EQ(ErrorOf(RollUp("x.a", "sub")),
            (JetStreamError{503, 10077, "maximum messages exceeded"}));
  EXPECT_EQ(State("S").messages, 2);
}

// PUB-049
TEST_P(RollupTest, IsCarriedOutWhereNobodyIsInterested) {
  CreateS({.retention = Retention::kInterest});
  ASSERT_EQ(ErrorOf(jetstream().CreateConsumer(
                "S", {.durable_name = "C", .filter_subject = "x.a"})),
            Ok());
  Publish("x.a");
  Publish("x.a");
  EXPECT_EQ(RollUp("x.b", "sub").value().sequence, 3);
  EXPECT_EQ(State("S").messages, 2);
  EXPECT_EQ(RollUp("x.b", "all").value().sequence, 4);
  EXPECT_EQ(State("S").messages, Since("2.12") ? 0 : 2);
}

}  // namespace
}  // namespace windtunnel
