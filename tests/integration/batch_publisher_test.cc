// BatchPublisher: atomic batches through the interface.

#include "windtunnel/batch_publisher.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel {
namespace {

class BatchPublisherBehaviour : public Behaviour {
 protected:
  void SetUp() override {
    Behaviour::SetUp();
    if (HasFatalFailure()) return;
    Create({.name = "S",
            .subjects = {"s.>"},
            .max_msg_size = 1000,
            .storage = Storage::kMemory,
            .allow_atomic = Since("2.12")});
  }
  // What older servers do: they know nothing of batches.
  bool KnowsBatches() { return Since("2.12"); }
};

BEHAVIOUR_SUITE_OF(BatchPublisherBehaviour, BatchPublishing);

// PUB-058, PUB-059, PUB-062
TEST_P(BatchPublishing, StoresAllAtTheCommit) {
  auto batch = NewBatchPublisher(jetstream());

  const absl::Status added =
      batch->Add({.subject = "s.1", .headers = {{"A", "b"}}, .data = "one"});
  if (!KnowsBatches()) {
    EXPECT_THAT(added, StatusIs(absl::StatusCode::kUnimplemented));
    EXPECT_TRUE(batch->closed());
    EXPECT_EQ(DataAt("S", 1), "one");
    return;
  }
  ASSERT_THAT(added, IsOk());
  ASSERT_THAT(batch->Add({.subject = "s.2", .data = "two"}), IsOk());
  EXPECT_EQ(State("S").messages, 0);
  Publish("s.3", "between");
  const absl::StatusOr<PubAck> ack =
      batch->Commit({.subject = "s.1", .data = "three"});

  EXPECT_EQ(ack.value(), (PubAck{.stream = "S",
                                 .sequence = 4,
                                 .batch_id = batch->batch_id(),
                                 .batch_size = 3}));
  EXPECT_EQ(batch->size(), 3);
  EXPECT_TRUE(batch->closed());
  const StoredMessage first = jetstream().GetMessage("S", {.seq = 2}).value();
  EXPECT_EQ(first.data, "one");
  EXPECT_EQ(first.headers.Get("A"), "b");
  EXPECT_EQ(first.headers.Get("Nats-Batch-Id"), batch->batch_id());
  EXPECT_EQ(first.headers.Get("Nats-Batch-Sequence"), "1");
  const StoredMessage last = jetstream().GetMessage("S", {.seq = 4}).value();
  EXPECT_EQ(last.headers.Get("Nats-Batch-Commit"), "1");
}

// PUB-060, PUB-063
TEST_P(BatchPublishing, CommitsWhatWasAdded) {
  auto batch = NewBatchPublisher(
      jetstream(), {.batch_id = "mine", .ack_first = false, .ack_every = 2});
  EXPECT_THAT(batch->CommitAdded(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(batch->Add({.subject = "s.1", .data = "one"}), IsOk());
  const absl::Status acknowledged = batch->Add({.subject = "s.2"});
  if (!KnowsBatches()) {
    EXPECT_THAT(acknowledged, StatusIs(absl::StatusCode::kUnimplemented));
    return;
  }
  ASSERT_THAT(acknowledged, IsOk());

  EXPECT_EQ(
      batch->CommitAdded().value(),
      (PubAck{
          .stream = "S", .sequence = 2, .batch_id = "mine", .batch_size = 2}));
  EXPECT_EQ(batch->size(), 2);
  EXPECT_EQ(State("S").messages, 2);
}

// PUB-062
TEST_P(BatchPublishing, OldServerIsNoticedAtTheCommit) {
  auto batch = NewBatchPublisher(jetstream(), {.ack_first = false});
  ASSERT_THAT(batch->Add({.subject = "s.1", .data = "one"}), IsOk());

  const absl::StatusOr<PubAck> ack = batch->Commit({.subject = "s.2"});

  if (KnowsBatches()) {
    EXPECT_EQ(ack.value().batch_size, 2);
  } else {
    EXPECT_THAT(ack, StatusIs(absl::StatusCode::kUnimplemented));
  }
  EXPECT_EQ(State("S").messages, 2);
}

// PUB-062, PUB-065, PUB-069, PUB-070, PUB-072
TEST_P(BatchPublishing, RefusalsEndIt) {
  Create({.name = "P", .subjects = {"p"}, .storage = Storage::kMemory});
  if (!KnowsBatches()) {
    EXPECT_THAT(NewBatchPublisher(jetstream())->Add({.subject = "p"}),
                StatusIs(absl::StatusCode::kUnimplemented));
    return;
  }
  auto disabled = NewBatchPublisher(jetstream());
  EXPECT_EQ(ErrorOf(disabled->Add({.subject = "p"})),
            (JetStreamError{400, 10174, "atomic publish is disabled"}));
  EXPECT_TRUE(disabled->closed());
  EXPECT_THAT(disabled->Add({.subject = "p"}),
              StatusIs(absl::StatusCode::kFailedPrecondition));

  auto checked = NewBatchPublisher(jetstream());
  ASSERT_THAT(checked->Add({.subject = "s.1"}, {.expected_last_sequence = 7}),
              IsOk());
  EXPECT_EQ(ErrorOf(checked->Commit({.subject = "s.2"})),
            (JetStreamError{400, 10071, "wrong last sequence: 0"}));

  auto twice = NewBatchPublisher(jetstream());
  ASSERT_THAT(twice->Add({.subject = "s.1"}, {.message_id = "a"}), IsOk());
  EXPECT_EQ(ErrorOf(twice->Commit({.subject = "s.2"}, {.message_id = "a"})),
            (JetStreamError{400, 10201,
                            "atomic publish batch contains duplicate message "
                            "id"}));

  // What is refused unheard is missing at the commit.
  auto unheard = NewBatchPublisher(jetstream());
  ASSERT_THAT(unheard->Add({.subject = "s.1"}), IsOk());
  ASSERT_THAT(unheard->Add({.subject = "s.2", .data = std::string(1001, 'x')}),
              IsOk());
  EXPECT_EQ(ErrorOf(unheard->Commit({.subject = "s.3"})),
            (JetStreamError{400, 10176, "atomic publish batch is incomplete"}));
  EXPECT_EQ(State("S").messages, 0);
}

// PUB-058
TEST_P(BatchPublishing, DiscardedIsNeverStored) {
  auto batch = NewBatchPublisher(jetstream());
  const absl::Status added = batch->Add({.subject = "s.1"});

  batch->Discard();

  EXPECT_TRUE(batch->closed());
  EXPECT_THAT(batch->Commit({.subject = "s.2"}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(added.ok(), KnowsBatches());
  EXPECT_EQ(State("S").messages, KnowsBatches() ? 0 : 1);
}

// STO-064
TEST_P(BatchPublishing, ReadersSeeAllOfItOrNothing) {
  Create({.name = "D",
          .subjects = {"d"},
          .storage = Storage::kMemory,
          .allow_direct = true,
          .allow_atomic = KnowsBatches()});
  constexpr int kBatches = 20;
  constexpr int kSize = 5;
  absl::Status written;
  Task writer = runtime().Spawn("writer", [&] {
    for (int i = 0; i < kBatches && written.ok(); ++i) {
      auto batch = NewBatchPublisher(jetstream());
      for (int n = 1; n < kSize; ++n)
        written.Update(batch->Add({.subject = "d"}));
      written.Update(batch->Commit({.subject = "d"}).status());
    }
  });
  for (std::size_t seen = 0; KnowsBatches() && seen < kBatches * kSize;) {
    const absl::StatusOr<StoredMessages> found = jetstream().GetMessagesDirect(
        "D", {.seq = 1, .batch = 2 * kBatches * kSize});
    if (absl::IsNotFound(found.status())) continue;
    ASSERT_THAT(found, IsOk());
    seen = found->messages.size();
    EXPECT_EQ(seen % kSize, 0);
  }
  EXPECT_THAT(writer.Join(), IsOk());
  EXPECT_EQ(written.code(), KnowsBatches() ? absl::StatusCode::kOk
                                           : absl::StatusCode::kUnimplemented);
}

// PUB-008, COR-010
TEST_P(BatchPublishing, WhatCannotBeSentLeavesItAsItWas) {
  auto batch = NewBatchPublisher(jetstream(), {.ack_first = false});
  EXPECT_THAT(batch->Add({.subject = "s 1"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(batch->Commit({.subject = "s.1", .reply = "r"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_FALSE(batch->closed());
  EXPECT_EQ(batch->size(), 0);

  auto nobody = NewBatchPublisher(jetstream());
  EXPECT_EQ(ErrorOf(nobody->Add({.subject = "nobody"}, {.retry_attempts = 0})),
            NoResponders());
  EXPECT_TRUE(nobody->closed());
}

}  // namespace
}  // namespace windtunnel
