// Where a consumer starts, by its deliver policy.

#include <cstdint>
#include <vector>

#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, DeliverStart);

// DEL-001
TEST_P(DeliverStart, AllBeginsWithTheFirstMessage) {
  FillTen();
  ASSERT_TRUE(jetstream().PurgeStream("S", {.seq = 4}).ok());

  MakeExplicit();

  EXPECT_THAT(SequencesNow(3), ElementsAre(4, 5, 6));
}

// DEL-002
TEST_P(DeliverStart, LastBeginsWithTheLastMessage) {
  FillTen();

  MakeExplicit({.deliver_policy = DeliverPolicy::kLast});
  Publish("s.a");

  EXPECT_THAT(SequencesNow(5), ElementsAre(10, 11));
}

// DEL-003
TEST_P(DeliverStart, LastOfAFilterBeginsWithItsLastMatch) {
  FillTen();

  MakeExplicit({.deliver_policy = DeliverPolicy::kLast, .filter_subject = "s.b"});

  EXPECT_THAT(SequencesNow(5), ElementsAre(8));
}

// DEL-004
TEST_P(DeliverStart, LastOfAFilterWithoutMatchWaitsForOne) {
  FillTen();

  const ConsumerInfo info = MakeExplicit(
      {.deliver_policy = DeliverPolicy::kLast, .filter_subject = "s.none"});
  EXPECT_EQ(info.num_pending, 0u);
  Publish("s.none");

  EXPECT_THAT(SequencesNow(5), ElementsAre(11));
}

// DEL-005
TEST_P(DeliverStart, NewBeginsAfterTheLastMessage) {
  FillTen();

  const ConsumerInfo info = MakeExplicit({.deliver_policy = DeliverPolicy::kNew});
  Publish("s.a");

  EXPECT_EQ(info.num_pending, 0u);
  EXPECT_THAT(SequencesNow(5), ElementsAre(11));
}

// DEL-006
TEST_P(DeliverStart, SequenceBelowTheFirstBeginsWithTheFirst) {
  FillTen();
  ASSERT_TRUE(jetstream().PurgeStream("S", {.seq = 5}).ok());

  MakeExplicit({.deliver_policy = DeliverPolicy::kByStartSequence,
                .opt_start_seq = 2});

  EXPECT_THAT(SequencesNow(2), ElementsAre(5, 6));
}

// DEL-006
TEST_P(DeliverStart, SequenceOfADeletedMessageBeginsWithTheNext) {
  FillTen();
  ASSERT_TRUE(jetstream().DeleteMessage("S", 4).ok());

  MakeExplicit({.deliver_policy = DeliverPolicy::kByStartSequence,
                .opt_start_seq = 4});

  EXPECT_THAT(SequencesNow(2), ElementsAre(5, 6));
}

// DEL-007, DEL-038
TEST_P(DeliverStart, SequenceBeyondTheEndWaitsForItSince211) {
  FillTen();

  const ConsumerInfo info =
      MakeExplicit({.deliver_policy = DeliverPolicy::kByStartSequence,
                    .opt_start_seq = 13});
  Fill({"s.a", "s.b", "s.c"});

  EXPECT_EQ(info.num_pending, 0u);
  if (Since("2.11")) {
    EXPECT_THAT(SequencesNow(5), ElementsAre(13));
  } else {
    EXPECT_THAT(SequencesNow(5), ElementsAre(11, 12, 13));
  }
}

// DEL-008
TEST_P(DeliverStart, TimeOfAMessageIncludesIt) {
  FillTen();
  const absl::Time fifth = jetstream().GetMessage("S", {.seq = 5}).value().time;

  Make({.durable_name = "AT", .deliver_policy = DeliverPolicy::kByStartTime,
        .opt_start_time = fifth, .ack_policy = AckPolicy::kExplicit});

  // The simulator stores all at one instant, a live server does not.
  const std::vector<Delivery> fetched = FetchNow(1, "AT");
  ASSERT_EQ(fetched.size(), 1u);
  EXPECT_EQ(fetched[0].metadata().timestamp, fifth);
}

// DEL-008
TEST_P(DeliverStart, TimeJustAfterAMessageExcludesIt) {
  Publish("s.a");
  const absl::Time first = jetstream().GetMessage("S", {.seq = 1}).value().time;
  Advance(absl::Milliseconds(2));
  Publish("s.a");

  MakeExplicit({.deliver_policy = DeliverPolicy::kByStartTime,
                .opt_start_time = first + absl::Nanoseconds(1)});

  EXPECT_THAT(SequencesNow(5), ElementsAre(2));
}

// DEL-009
TEST_P(DeliverStart, TimeAfterAllMessagesIsAsNew) {
  FillTen();

  MakeExplicit({.deliver_policy = DeliverPolicy::kByStartTime,
                .opt_start_time = runtime().Now() + absl::Hours(1)});
  Publish("s.a");

  EXPECT_THAT(SequencesNow(5), ElementsAre(11));
}

// DEL-009
TEST_P(DeliverStart, TimeBeforeAllMessagesIsAsAll) {
  FillTen();

  MakeExplicit({.deliver_policy = DeliverPolicy::kByStartTime,
                .opt_start_time = runtime().Now() - absl::Hours(1)});

  EXPECT_THAT(SequencesNow(2), ElementsAre(1, 2));
}

// DEL-010, DEL-039
TEST_P(DeliverStart, LastPerSubjectIsASnapshotInStreamOrder) {
  FillTen();

  const ConsumerInfo info = MakeExplicit(
      {.deliver_policy = DeliverPolicy::kLastPerSubject, .filter_subject = "s.>"});
  Publish("s.d");

  EXPECT_EQ(info.num_pending, 3u);
  EXPECT_THAT(SequencesNow(9), ElementsAre(8, 9, 10, 11));
}

// DEL-011
TEST_P(DeliverStart, LastPerSubjectWithoutMatchWaitsForOne) {
  FillTen();

  const ConsumerInfo info =
      MakeExplicit({.deliver_policy = DeliverPolicy::kLastPerSubject,
                    .filter_subject = "s.none"});
  Publish("s.none");

  EXPECT_EQ(info.num_pending, 0u);
  EXPECT_THAT(SequencesNow(9), ElementsAre(11));
}

// DEL-013
TEST_P(DeliverStart, NewerMessageDoesNotReplaceASnapshotEntry) {
  FillTen();
  MakeExplicit(
      {.deliver_policy = DeliverPolicy::kLastPerSubject, .filter_subject = "s.>"});

  Publish("s.b");

  EXPECT_THAT(SequencesNow(9), ElementsAre(8, 9, 10, 11));
}

// DEL-015
TEST_P(DeliverStart, PositionAtCreateIsJustBeforeTheStart) {
  FillTen();

  const ConsumerInfo info =
      MakeExplicit({.deliver_policy = DeliverPolicy::kByStartSequence,
                    .opt_start_seq = 4});

  EXPECT_EQ(info.delivered.consumer_seq, 0u);
  EXPECT_EQ(info.delivered.stream_seq, 3u);
  EXPECT_EQ(info.ack_floor.stream_seq, Since("2.14") ? 3u : 0u);
  EXPECT_EQ(info.num_pending, 7u);
}

// DEL-001
TEST_P(DeliverStart, AllOnAnEmptyStreamWaitsForTheFirst) {
  MakeExplicit();
  EXPECT_THAT(SequencesNow(5), IsEmpty());

  Publish("s.a");

  EXPECT_THAT(SequencesNow(5), ElementsAre(1));
}

}  // namespace
}  // namespace windtunnel
