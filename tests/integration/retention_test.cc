// Interest and work-queue retention: what acknowledgements remove.

#include <string>
#include <utility>
#include <vector>

#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class RetentionBehaviour : public Behaviour {
 protected:
  void CreateS(Retention retention, StreamConfig config = {}) {
    config.name = "S";
    config.subjects = {"x.*"};
    config.storage = Storage::kMemory;
    config.retention = retention;
    Create(config);
  }
  void AddConsumer(const std::string& name, ConsumerConfig config = {}) {
    config.durable_name = name;
    if (config.ack_policy == AckPolicy::kNone) {
      config.ack_policy = AckPolicy::kExplicit;
    }
    ASSERT_EQ(ErrorOf(jetstream().CreateConsumer("S", config)), Ok());
  }
  JetStreamError TryConsumer(const std::string& name, ConsumerConfig config) {
    config.durable_name = name;
    return ErrorOf(jetstream().CreateConsumer("S", config));
  }
  // The next delivery of `consumer`, waited for.
  Delivery Take(const std::string& consumer) {
    auto pull = jetstream().SubscribePull("S", consumer).value();
    pull->Request({.expires = absl::Seconds(5)}).IgnoreError();
    return std::get<Delivery>(
        pull->Next(runtime().Now() + absl::Seconds(5), {}).value());
  }
  void AckNext(const std::string& consumer) {
    ASSERT_EQ(Take(consumer).AckSync(), absl::OkStatus());
  }
  std::uint64_t Messages() { return State("S").messages; }
};

BEHAVIOUR_SUITE_OF(RetentionBehaviour, InterestRetention);
BEHAVIOUR_SUITE_OF(RetentionBehaviour, WorkQueueRetention);

// STO-102
TEST_P(InterestRetention, MessageNobodyWantsIsAcknowledgedAndSkipped) {
  CreateS(Retention::kInterest);
  EXPECT_EQ(Publish("x.1").sequence, 1);
  EXPECT_EQ(State("S").messages, 0);
  EXPECT_EQ(State("S").first_seq, 2);
  EXPECT_EQ(State("S").last_seq, 1);
  EXPECT_NE(State("S").last_ts, absl::InfinitePast());

  AddConsumer("C", {.filter_subject = "x.1"});
  EXPECT_EQ(Publish("x.1").sequence, 2);
  EXPECT_EQ(Publish("x.2").sequence, 3);

  EXPECT_EQ(State("S").messages, 1);
  EXPECT_EQ(State("S").num_deleted, 1);
  EXPECT_EQ(State("S").last_seq, 3);
}

// STO-103
TEST_P(InterestRetention, SkippedMessageCountsForExpectations) {
  CreateS(Retention::kInterest);
  Publish("x.1");

  EXPECT_EQ(Publish("x.1", "", {.expected_last_sequence = 1}).sequence, 2);
}

// PUB-023
TEST_P(InterestRetention, SkippedMessageMeetsNoStoreLimit) {
  CreateS(Retention::kInterest, {.max_msgs = 1, .discard = Discard::kNew});
  AddConsumer("C", {.filter_subject = "x.1"});
  Publish("x.1");

  EXPECT_EQ(ErrorOf(jetstream().Publish({.subject = "x.2"})), Ok());
  EXPECT_EQ(
      ErrorOf(jetstream().Publish({.subject = "x.1"})),
      JetStreamError(503, kStreamStoreFailed, "maximum messages exceeded"));
}

// STO-104
TEST_P(InterestRetention, MessageGoesWhenEveryInterestedConsumerHasAcked) {
  CreateS(Retention::kInterest);
  AddConsumer("A");
  AddConsumer("B", {.filter_subject = "x.1"});
  AddConsumer("OTHER", {.filter_subject = "x.2"});
  Publish("x.1");

  AckNext("A");
  EXPECT_EQ(Messages(), 1);
  AckNext("B");
  EXPECT_EQ(Messages(), 0);
}

// STO-104
TEST_P(InterestRetention, TermRemovesNakDoesNot) {
  CreateS(Retention::kInterest);
  AddConsumer("C");
  Publish("x.1");

  ASSERT_TRUE(Take("C").Nak().ok());
  Delivery again = Take("C");
  EXPECT_EQ(again.delivered(), 2);
  EXPECT_EQ(Messages(), 1);
  ASSERT_TRUE(again.Term().ok());

  EXPECT_TRUE(Eventually([&] { return Messages() == 0; }));
}

// STO-104
TEST_P(InterestRetention, MaxDeliverKeepsTheMessage) {
  CreateS(Retention::kInterest);
  AddConsumer("C", {.ack_wait = absl::Milliseconds(100), .max_deliver = 1});
  auto advisory = Listen("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C");
  Publish("x.1");
  Take("C");
  auto pull = jetstream().SubscribePull("S", "C").value();
  ASSERT_TRUE(pull->Request({.expires = absl::Seconds(1)}).ok());

  EXPECT_EQ(ErrorOf(advisory->Next(absl::Seconds(5))), Ok());

  EXPECT_EQ(Messages(), 1);
}

// STO-105
TEST_P(InterestRetention, AckPolicyNoneAcknowledgesAtDelivery) {
  CreateS(Retention::kInterest);
  ASSERT_EQ(TryConsumer("C", {.ack_policy = AckPolicy::kNone}), Ok());
  Publish("x.1");
  EXPECT_EQ(Messages(), 1);

  Take("C");

  EXPECT_TRUE(Eventually([&] { return Messages() == 0; }));
}

// STO-105
TEST_P(InterestRetention, AckPolicyAllRemovesUpToTheSequence) {
  CreateS(Retention::kInterest);
  AddConsumer("C", {.ack_policy = AckPolicy::kAll});
  for (int i = 0; i < 3; ++i) Publish("x.1");
  Take("C");

  AckNext("C");

  EXPECT_TRUE(Eventually([&] { return Messages() == 1; }));
  EXPECT_EQ(State("S").first_seq, 3);
}

// STO-106
TEST_P(InterestRetention, LaterConsumerGainsInterestInWhatIsStored) {
  CreateS(Retention::kInterest);
  AddConsumer("A");
  Publish("x.1");
  AddConsumer("ALL");
  AddConsumer("NEW", {.deliver_policy = DeliverPolicy::kNew});

  AckNext("A");
  EXPECT_EQ(Messages(), 1);
  AckNext("ALL");

  EXPECT_EQ(Messages(), 0);
}

// STO-107
TEST_P(InterestRetention, DeletedConsumerTakesItsInterestAlong) {
  CreateS(Retention::kInterest);
  AddConsumer("A", {.filter_subject = "x.1"});
  AddConsumer("B");
  Publish("x.1");
  Publish("x.2");

  ASSERT_TRUE(jetstream().DeleteConsumer("S", "B").ok());
  EXPECT_TRUE(Eventually([&] { return Messages() == 1; }));
  EXPECT_EQ(State("S").first_seq, 1);
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "A").ok());
  EXPECT_TRUE(Eventually([&] { return Messages() == 0; }));
}

// STO-108
TEST_P(InterestRetention, LimitsApplyOnTop) {
  CreateS(Retention::kInterest, {.max_msgs = 1});
  AddConsumer("C");
  Publish("x.1");
  Publish("x.1");

  EXPECT_EQ(State("S").first_seq, 2);
}

// STO-109
TEST_P(InterestRetention, UpdateRemovesWhatAllHaveAcked) {
  CreateS(Retention::kLimits);
  AddConsumer("C");
  Publish("x.1");
  Publish("x.1");
  AckNext("C");
  const absl::StatusOr<StreamInfo> updated =
      jetstream().UpdateStream({.name = "S",
                                .subjects = {"x.*"},
                                .retention = Retention::kInterest,
                                .storage = Storage::kMemory});
  if (!Since("2.10")) {
    EXPECT_EQ(ErrorOf(updated).err_code, kStreamInvalidConfig);
    return;
  }

  EXPECT_TRUE(Eventually([&] { return Messages() == 1; }));
  EXPECT_EQ(State("S").first_seq, 2);
}

// STO-110
TEST_P(InterestRetention, UpdateWithoutConsumersEmptiesTheStreamIn215) {
  CreateS(Retention::kLimits);
  Publish("x.1");

  const absl::StatusOr<StreamInfo> updated =
      jetstream().UpdateStream({.name = "S",
                                .subjects = {"x.*"},
                                .retention = Retention::kInterest,
                                .storage = Storage::kMemory});

  EXPECT_EQ(updated.ok(), Since("2.10"));
  EXPECT_TRUE(
      Eventually([&] { return Messages() == (Since("2.15") ? 0 : 1); }));
}

// STO-111
TEST_P(WorkQueueRetention, AckOrTermRemoves) {
  CreateS(Retention::kWorkQueue);
  for (int i = 0; i < 3; ++i) Publish("x.1");
  EXPECT_EQ(Messages(), 3);
  AddConsumer("C");

  AckNext("C");
  EXPECT_EQ(Messages(), 2);
  ASSERT_TRUE(Take("C").Term().ok());
  EXPECT_TRUE(Eventually([&] { return Messages() == 1; }));
}

// STO-112
TEST_P(WorkQueueRetention, UnwantedMessagesStay) {
  CreateS(Retention::kWorkQueue);
  AddConsumer("C", {.filter_subject = "x.1"});
  Publish("x.1");
  Publish("x.2");

  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());

  EXPECT_EQ(Messages(), 2);
}

// STO-113
TEST_P(WorkQueueRetention, NakKeeps) {
  CreateS(Retention::kWorkQueue);
  AddConsumer("C");
  Publish("x.1");

  ASSERT_TRUE(Take("C").Nak().ok());

  EXPECT_EQ(Take("C").delivered(), 2);
  EXPECT_EQ(Messages(), 1);
}

// STO-114, STO-115
TEST_P(WorkQueueRetention, ConsumersMustNotOverlap) {
  CreateS(Retention::kWorkQueue);
  AddConsumer("A", {.filter_subject = "x.1"});
  AddConsumer("B", {.filter_subject = "x.2"});
  const JetStreamError not_unique = {
      400, 10100, "filtered consumer not unique on workqueue stream"};

  EXPECT_EQ(TryConsumer("C", {.ack_policy = AckPolicy::kExplicit,
                              .filter_subject = "x.1"}),
            not_unique);
  EXPECT_EQ(TryConsumer("C", {.ack_policy = AckPolicy::kExplicit,
                              .filter_subject = "x.*"}),
            not_unique);
  EXPECT_EQ(TryConsumer("C", {.ack_policy = AckPolicy::kExplicit}),
            JetStreamError(400, 10099,
                           "multiple non-filtered consumers not allowed on "
                           "workqueue stream"));
}

// STO-116, STO-117
TEST_P(WorkQueueRetention, ConsumersMustBeExplicitAndDeliverAll) {
  CreateS(Retention::kWorkQueue);

  EXPECT_EQ(TryConsumer("C", {.deliver_policy = DeliverPolicy::kNew,
                              .ack_policy = AckPolicy::kExplicit}),
            JetStreamError(400, 10101,
                           "consumer must be deliver all on workqueue stream"));
  EXPECT_EQ(
      TryConsumer("C", {.ack_policy = AckPolicy::kAll}),
      JetStreamError(400, 10098, "workqueue stream requires explicit ack"));
  EXPECT_EQ(TryConsumer("C", {.ack_policy = AckPolicy::kNone}),
            JetStreamError(400, 10084,
                           Since("2.11")
                               ? "consumer in pull mode requires explicit ack "
                                 "policy on workqueue stream"
                               : "consumer in pull mode requires ack policy"));
}

// STO-118, STO-082
TEST_P(WorkQueueRetention, AckMakesRoom) {
  CreateS(Retention::kWorkQueue, {.max_msgs = 1, .discard = Discard::kNew});
  AddConsumer("C");
  Publish("x.1");
  EXPECT_EQ(
      ErrorOf(jetstream().Publish({.subject = "x.1"})),
      JetStreamError(503, kStreamStoreFailed, "maximum messages exceeded"));

  AckNext("C");

  EXPECT_EQ(ErrorOf(jetstream().Publish({.subject = "x.1"})), Ok());
}

}  // namespace
}  // namespace windtunnel
