// FastPublisher: fast batches through the interface.

#include "windtunnel/fast_publisher.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class FastPublisherBehaviour : public Behaviour {
 protected:
  void SetUp() override {
    Behaviour::SetUp();
    if (HasFatalFailure()) return;
    Create({.name = "S",
            .subjects = {"s.>"},
            .max_msg_size = 1000,
            .storage = Storage::kMemory,
            .allow_batched = KnowsBatches()});
  }
  bool KnowsBatches() { return Since("2.14"); }
  // Older servers store the first message as any other.
  void ExpectNotKnown() {
    auto publisher = NewFastPublisher(jetstream());
    EXPECT_THAT(publisher->Add({.subject = "s.1", .data = "one"}),
                StatusIs(absl::StatusCode::kUnimplemented));
    EXPECT_TRUE(publisher->closed());
    EXPECT_EQ(DataAt("S", 1), "one");
  }
  const Message too_large_ = {.subject = "s.1", .data = std::string(1001, 'x')};
};

BEHAVIOUR_SUITE_OF(FastPublisherBehaviour, FastPublishing);

// PUB-079, PUB-083, PUB-084
TEST_P(FastPublishing, StoresEachAsItComes) {
  if (!KnowsBatches()) return ExpectNotKnown();
  auto publisher = NewFastPublisher(jetstream(), {.flow = 10});

  EXPECT_EQ(publisher->Add({.subject = "s.1", .data = "one"}).value(),
            (FastPubAck{.batch_sequence = 1, .ack_sequence = 0}));
  for (int i = 2; i <= 95; ++i) {
    const absl::StatusOr<FastPubAck> added = publisher->Add(
        {.subject = absl::StrCat("s.", i), .data = absl::StrCat(i)});
    ASSERT_THAT(added, IsOk());
    EXPECT_EQ(added->batch_sequence, i);
    // Two acknowledgements of ten messages may be outstanding.
    EXPECT_GE(added->ack_sequence + 20, i);
  }
  const absl::StatusOr<PubAck> ack = publisher->CommitAdded();

  ASSERT_THAT(ack, IsOk());
  EXPECT_EQ(ack->stream, "S");
  EXPECT_EQ(ack->sequence, 95);
  EXPECT_EQ(ack->batch_size, 95);
  EXPECT_THAT(ack->batch_id, testing::Not(IsEmpty()));
  EXPECT_EQ(publisher->ack(), *ack);
  EXPECT_THAT(publisher->errors(), IsEmpty());
  EXPECT_TRUE(publisher->closed());
  EXPECT_EQ(State("S").messages, 95);
  const StoredMessage stored = jetstream().GetMessage("S", {.seq = 95}).value();
  EXPECT_EQ(stored.data, "95");
  EXPECT_TRUE(stored.headers.empty());
}

// PUB-084
TEST_P(FastPublishing, CommitStoresItsMessage) {
  if (!KnowsBatches()) return ExpectNotKnown();
  auto alone = NewFastPublisher(jetstream());
  EXPECT_EQ(alone->Commit({.subject = "s.1", .data = "one"}).value().batch_size,
            1);
  EXPECT_THAT(alone->Add({.subject = "s.1"}),
              StatusIs(absl::StatusCode::kFailedPrecondition));

  auto publisher = NewFastPublisher(jetstream());
  EXPECT_THAT(publisher->CommitAdded(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(publisher->Add({.subject = "s.1", .data = "two"}), IsOk());
  const absl::StatusOr<PubAck> ack =
      publisher->Commit({.subject = "s.2", .data = "three"});
  EXPECT_EQ(ack.value().sequence, 3);
  EXPECT_EQ(ack->batch_size, 2);
  EXPECT_EQ(DataAt("S", 3), "three");
}

// PUB-079, PUB-086
TEST_P(FastPublishing, RefusedStart) {
  Create({.name = "P", .subjects = {"p"}, .storage = Storage::kMemory});
  if (!KnowsBatches()) return ExpectNotKnown();
  auto disabled = NewFastPublisher(jetstream());
  EXPECT_EQ(ErrorOf(disabled->Add({.subject = "p"})),
            (JetStreamError{400, 10205, "batch publish is disabled"}));
  EXPECT_TRUE(disabled->closed());

  auto large = NewFastPublisher(jetstream());
  EXPECT_EQ(
      ErrorOf(large->Add(too_large_)),
      (JetStreamError{400, 10054, "message size exceeds maximum allowed"}));

  auto nobody = NewFastPublisher(jetstream());
  EXPECT_EQ(ErrorOf(nobody->Add({.subject = "nobody"})), NoResponders());

  // Begun first, refused then.
  auto wrong = NewFastPublisher(jetstream());
  ASSERT_THAT(wrong->Add({.subject = "s.1"}, {.expected_last_sequence = 7}),
              IsOk());
  EXPECT_EQ(ErrorOf(wrong->Commit({.subject = "s.1"})),
            (JetStreamError{400, 10071, "wrong last sequence: 0"}));
  EXPECT_EQ(State("S").messages, 0);
}

// PUB-085, PUB-086
TEST_P(FastPublishing, EndsAtARefusedMessage) {
  if (!KnowsBatches()) return ExpectNotKnown();
  auto publisher = NewFastPublisher(jetstream());
  ASSERT_THAT(publisher->Add({.subject = "s.1"}), IsOk());
  ASSERT_THAT(publisher->Add({.subject = "s.2"}, {.expected_last_sequence = 7}),
              IsOk());

  EXPECT_THAT(publisher->Commit({.subject = "s.3"}),
              StatusIs(absl::StatusCode::kAborted));

  ASSERT_THAT(publisher->errors(), SizeIs(1));
  EXPECT_EQ(publisher->errors()[0].batch_sequence, 2);
  EXPECT_EQ(publisher->errors()[0].expected_sequence, 0);
  EXPECT_EQ(ErrorOf(publisher->errors()[0].status),
            (JetStreamError{400, 10071, "wrong last sequence: 1"}));
  ASSERT_TRUE(publisher->ack().has_value());
  EXPECT_EQ(publisher->ack()->batch_size, 1);
  EXPECT_EQ(State("S").messages, 1);
}

// PUB-086
TEST_P(FastPublishing, GoesOnAfterARefusedMessage) {
  if (!KnowsBatches()) return ExpectNotKnown();
  auto publisher = NewFastPublisher(jetstream(), {.continue_on_gap = true});
  ASSERT_THAT(publisher->Add({.subject = "s.1"}), IsOk());
  ASSERT_THAT(publisher->Add({.subject = "s.2"}, {.expected_last_sequence = 7}),
              IsOk());

  const absl::StatusOr<PubAck> ack = publisher->Commit({.subject = "s.3"});

  EXPECT_EQ(ack.value().batch_size, 3);
  EXPECT_EQ(ack->sequence, 2);
  ASSERT_THAT(publisher->errors(), SizeIs(1));
  EXPECT_EQ(publisher->errors()[0].batch_sequence, 2);
  EXPECT_EQ(State("S").messages, 2);
}

// PUB-085, PUB-086
TEST_P(FastPublishing, MessageRefusedUncountedLeavesAGap) {
  if (!KnowsBatches()) return ExpectNotKnown();
  auto publisher = NewFastPublisher(jetstream(), {.continue_on_gap = true});
  ASSERT_THAT(publisher->Add({.subject = "s.1"}), IsOk());
  ASSERT_THAT(publisher->Add(too_large_), IsOk());

  const absl::StatusOr<PubAck> ack = publisher->Commit({.subject = "s.3"});

  EXPECT_EQ(ack.value().batch_size, 3);
  ASSERT_THAT(publisher->errors(), SizeIs(2));
  EXPECT_EQ(
      ErrorOf(publisher->errors()[0].status),
      (JetStreamError{400, 10054, "message size exceeds maximum allowed"}));
  EXPECT_EQ(publisher->errors()[0].batch_sequence, 2);
  EXPECT_THAT(publisher->errors()[1].status,
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(publisher->errors()[1].expected_sequence, 2);
  EXPECT_EQ(publisher->errors()[1].batch_sequence, 3);
  EXPECT_EQ(State("S").messages, 2);
}

// PUB-084, PUB-086
TEST_P(FastPublishing, CommitRefusedUncountedCanBeMadeUpFor) {
  if (!KnowsBatches()) return ExpectNotKnown();
  auto publisher = NewFastPublisher(jetstream());
  ASSERT_THAT(publisher->Add({.subject = "s.1"}), IsOk());

  EXPECT_EQ(
      ErrorOf(publisher->Commit(too_large_)),
      (JetStreamError{400, 10054, "message size exceeds maximum allowed"}));
  EXPECT_FALSE(publisher->closed());

  EXPECT_EQ(publisher->CommitAdded().value().batch_size, 1);
  EXPECT_EQ(State("S").messages, 1);
}

// PUB-082
TEST_P(FastPublishing, StreamThatIsGone) {
  if (!KnowsBatches()) return ExpectNotKnown();
  auto publisher = NewFastPublisher(jetstream());
  ASSERT_THAT(publisher->Add({.subject = "s.1"}), IsOk());
  ASSERT_THAT(jetstream().DeleteStream("S"), IsOk());

  EXPECT_EQ(ErrorOf(publisher->Commit({.subject = "s.2"})), NoResponders());
  EXPECT_TRUE(publisher->closed());
}

// PUB-082
TEST_P(FastPublishing, IsForgottenByARestart) {
  if (!KnowsBatches()) return ExpectNotKnown();
  const std::string name = FreshName();
  Create({.name = name, .allow_batched = true});
  auto publisher = NewFastPublisher(jetstream());
  ASSERT_THAT(publisher->Add({.subject = name}), IsOk());
  ASSERT_THAT(world().RestartServer(), IsOk());
  ASSERT_TRUE(Eventually([&] { return jetstream().GetAccountInfo().ok(); },
                         absl::Seconds(10)));

  EXPECT_EQ(ErrorOf(publisher->Commit({.subject = name})),
            (JetStreamError{400, 10208, "batch publish ID unknown"}));
  EXPECT_TRUE(publisher->closed());
  EXPECT_EQ(State(name).messages, 1);
}

}  // namespace
}  // namespace windtunnel
