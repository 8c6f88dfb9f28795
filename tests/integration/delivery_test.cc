// What is delivered: filters, gaps, counts, order.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, Deliver);

// DEL-016
TEST_P(Deliver, SeveralFiltersAreOneSequenceSince210) {
  FillTen();
  MakeExplicit({.filter_subjects = {"s.a", "s.c"}});

  if (Since("2.10")) {
    EXPECT_THAT(SequencesNow(20), ElementsAre(1, 3, 4, 6, 7, 9, 10));
  } else {
    EXPECT_EQ(SequencesNow(20).size(), 10u);
  }
}

// DEL-017
TEST_P(Deliver, GapsAreSkippedWithoutACount) {
  FillTen();
  ASSERT_TRUE(jetstream().DeleteMessage("S", 2).ok());
  ASSERT_TRUE(jetstream().DeleteMessage("S", 3).ok());
  MakeExplicit();

  const std::vector<Delivery> fetched = FetchNow(3);

  EXPECT_THAT(Sequences(fetched), ElementsAre(1, 4, 5));
  EXPECT_EQ(fetched[2].consumer_sequence(), 3u);
}

// DEL-018, DEL-019
TEST_P(Deliver, SubjectHeadersAndDataAreAsStored) {
  ASSERT_TRUE(jetstream()
                  .Publish({.subject = "s.a",
                            .headers = {{"Color", "red"}, {"Color", "blue"}},
                            .data = std::string("a\0b", 3)})
                  .ok());
  MakeExplicit();

  const std::vector<Delivery> fetched = FetchNow(1);

  ASSERT_EQ(fetched.size(), 1u);
  EXPECT_EQ(fetched[0].subject(), "s.a");
  EXPECT_THAT(fetched[0].headers().Values("Color"), ElementsAre("red", "blue"));
  EXPECT_EQ(fetched[0].data(), std::string("a\0b", 3));
}

// DEL-020, CON-054
TEST_P(Deliver, HeadersOnlySendsTheSizeInsteadOfTheData) {
  Publish("s.a", "12345");
  MakeExplicit({.headers_only = true});

  const std::vector<Delivery> fetched = FetchNow(1);

  ASSERT_EQ(fetched.size(), 1u);
  EXPECT_EQ(fetched[0].data(), "");
  EXPECT_EQ(fetched[0].header("Nats-Msg-Size"), "5");
}

// DEL-021
TEST_P(Deliver, FilterWithoutMatchDeliversNothing) {
  FillTen();
  MakeExplicit({.filter_subject = "s.none"});

  EXPECT_EQ(Info().num_pending, 0u);
  EXPECT_THAT(SequencesNow(3), IsEmpty());
}

// DEL-029, DEL-033, DEL-034, DEL-035
TEST_P(Deliver, AckSubjectTellsTheNumbers) {
  FillTen();
  MakeExplicit();
  const absl::Time second = jetstream().GetMessage("S", {.seq = 2}).value().time;

  const std::vector<Delivery> fetched = FetchNow(2);

  ASSERT_EQ(fetched.size(), 2u);
  EXPECT_EQ(fetched[1].ack_subject(),
            absl::StrCat("$JS.ACK.S.C.1.2.2.", absl::ToUnixNanos(second), ".8"));
}

// DEL-034, DEL-035, DEL-036
TEST_P(Deliver, RedeliveryHasANewConsumerSequenceAndTheSameTime) {
  FillTen();
  MakeExplicit();
  std::vector<Delivery> fetched = FetchNow(2);
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");

  const std::vector<Delivery> again = FetchNow(1);

  ASSERT_THAT(Sequences(again), ElementsAre(1));
  EXPECT_EQ(again[0].consumer_sequence(), 3u);
  EXPECT_EQ(again[0].delivered(), 2u);
  EXPECT_EQ(again[0].num_pending(), 8u);
  EXPECT_EQ(again[0].metadata().timestamp, fetched[0].metadata().timestamp);
}

// DEL-037
TEST_P(Deliver, PendingCountsWhatIsStillToCome) {
  FillTen();
  MakeExplicit({.filter_subject = "s.a"});
  EXPECT_EQ(Info().num_pending, 4u);

  FetchNow(1);
  EXPECT_EQ(Info().num_pending, 3u);
  Publish("s.a");
  Publish("s.b");
  EXPECT_EQ(Info().num_pending, 4u);
}

// DEL-026
TEST_P(Deliver, DeletingAnUndeliveredMessageLowersPending) {
  FillTen();
  MakeExplicit();
  FetchNow(2);

  ASSERT_TRUE(jetstream().DeleteMessage("S", 5).ok());

  EXPECT_EQ(Info().num_pending, 7u);
}

// DEL-041, DEL-042
TEST_P(Deliver, RedeliveriesComeFirstInTheOrderOfNaks) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(4);
  for (int i : {3, 1, 2}) ASSERT_EQ(Settle(fetched[i], "-NAK"), "confirmed");

  EXPECT_THAT(SequencesNow(5), ElementsAre(4, 2, 3, 5, 6));
}

// DEL-042
TEST_P(Deliver, MessagesExpiringTogetherComeBackInStreamOrder) {
  FillTen();
  MakeExplicit({.ack_wait = absl::Milliseconds(200)});
  ASSERT_EQ(FetchNow(4).size(), 4u);

  Advance(absl::Milliseconds(300));

  EXPECT_THAT(SequencesNow(4), ElementsAre(1, 2, 3, 4));
}

// DEL-043
TEST_P(Deliver, MaxAckPendingHoldsNewMessagesOnly) {
  FillTen();
  MakeExplicit({.max_ack_pending = 2});
  const std::vector<Delivery> fetched = FetchSoon(2);
  ASSERT_THAT(Sequences(fetched), ElementsAre(1, 2));

  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 2, .expires = absl::Seconds(2)}).ok());
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(100)), "nothing");
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
  EXPECT_EQ(NextEvent(*pull), "1");
  ASSERT_EQ(Settle(fetched[1], "+ACK"), "confirmed");
  EXPECT_EQ(NextEvent(*pull), "3");
}

// DEL-044, DEL-045
TEST_P(Deliver, WithoutAcksNothingIsPendingOrRedelivered) {
  FillTen();
  Make({.durable_name = "C", .ack_policy = AckPolicy::kNone});

  EXPECT_THAT(SequencesNow(3), ElementsAre(1, 2, 3));

  const ConsumerInfo info = Info();
  EXPECT_EQ(info.num_ack_pending, 0u);
  EXPECT_EQ(info.delivered.consumer_seq, 3u);
  EXPECT_EQ(info.ack_floor.consumer_seq, 3u);
  EXPECT_EQ(info.ack_floor.stream_seq, 3u);
}

// DEL-022
TEST_P(Deliver, PurgeBelowASequenceDropsThosePending) {
  FillTen();
  MakeExplicit();
  FetchNow(4);

  ASSERT_TRUE(jetstream().PurgeStream("S", {.seq = 3}).ok());

  const ConsumerInfo info = Info();
  if (Since("2.10")) {
    EXPECT_EQ(info.ack_floor.consumer_seq, 2u);
    EXPECT_EQ(info.ack_floor.stream_seq, 2u);
    EXPECT_EQ(info.num_ack_pending, 2u);
  } else {
    EXPECT_EQ(info.num_ack_pending, 0u);
  }
  EXPECT_EQ(info.num_pending, 6u);
}

// DEL-023, STO-033
TEST_P(Deliver, PurgeOfEverythingEmptiesPendingAndMovesOn) {
  FillTen();
  MakeExplicit();
  FetchNow(2);

  ASSERT_TRUE(jetstream().PurgeStream("S").ok());
  const ConsumerInfo info = Info();
  Publish("s.a");

  EXPECT_EQ(info.num_ack_pending, 0u);
  EXPECT_EQ(info.num_pending, 0u);
  EXPECT_EQ(info.delivered.stream_seq, 10u);
  const std::vector<Delivery> next = FetchNow(1);
  ASSERT_THAT(Sequences(next), ElementsAre(11));
  EXPECT_EQ(next[0].consumer_sequence(), 3u);
}

// DEL-025
TEST_P(Deliver, PurgeOfTheFilterMovesToTheEnd) {
  FillTen();
  MakeExplicit({.filter_subject = "s.a"});

  ASSERT_TRUE(jetstream().PurgeStream("S", {.filter = "s.a"}).ok());

  const ConsumerInfo info = Info();
  EXPECT_EQ(info.num_pending, 0u);
  EXPECT_EQ(info.delivered.stream_seq, 10u);
}

// DEL-027
TEST_P(Deliver, DeletedMessageLeavesPending) {
  FillTen();
  MakeExplicit({.ack_wait = absl::Milliseconds(200)});
  FetchNow(2);

  ASSERT_TRUE(jetstream().DeleteMessage("S", 1).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_ack_pending == 1; }));
  Advance(absl::Milliseconds(300));

  EXPECT_THAT(SequencesNow(1), ElementsAre(2));
}

// DEL-028
TEST_P(Deliver, AckOfAPurgedMessageIsConfirmedAndChangesNothing) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);
  ASSERT_TRUE(jetstream().PurgeStream("S").ok());

  EXPECT_EQ(Settle(fetched[0], "+ACK"), "confirmed");
  EXPECT_EQ(Info().num_ack_pending, 0u);
}

// DEL-040
TEST_P(Deliver, DeliveredIsTheLastDeliveredSequenceSince211) {
  FillTen();
  MakeExplicit({.filter_subject = "s.b"});

  EXPECT_THAT(SequencesNow(9), ElementsAre(2, 5, 8));

  EXPECT_EQ(Info().delivered.stream_seq, Since("2.11") ? 8u : 10u);
}

}  // namespace
}  // namespace windtunnel
