// Acknowledgement: verbs, confirmation, floors, ack all.

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, Ack);

std::pair<std::uint64_t, std::uint64_t> Floor(const ConsumerInfo& info) {
  return {info.ack_floor.consumer_seq, info.ack_floor.stream_seq};
}

// ACK-001, ACK-010, API-232
TEST_P(Ack, EveryFormOfAckSettles) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(3);

  EXPECT_EQ(Settle(fetched[0], ""), "confirmed");
  EXPECT_EQ(Settle(fetched[1], "+ACK"), "confirmed");
  EXPECT_EQ(Settle(fetched[2], "+OK"), "confirmed");

  EXPECT_EQ(Info().num_ack_pending, 0u);
}

// ACK-002, API-232
TEST_P(Ack, NakIsAPrefix) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(3);

  EXPECT_EQ(Settle(fetched[0], "-NAKjunk"), "confirmed");
  EXPECT_EQ(Settle(fetched[1], "-NAK junk"), "confirmed");

  EXPECT_THAT(SequencesNow(3), ElementsAre(1, 2, 4));
}

// ACK-003, API-232
TEST_P(Ack, NakWithDelayWaits) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(2);
  const absl::Time start = runtime().Now();

  EXPECT_EQ(Settle(fetched[0], R"(-NAK {"delay":200000000})"), "confirmed");
  EXPECT_THAT(SequencesNow(1), ElementsAre(3));

  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 20, .expires = absl::Seconds(3)}).ok());
  for (int i = 4; i <= 10; ++i) EXPECT_EQ(NextEvent(*pull), std::to_string(i));
  EXPECT_EQ(NextEvent(*pull), "1");
  EXPECT_GE(runtime().Now() - start, absl::Milliseconds(199));
}

// ACK-003
TEST_P(Ack, NakTakesADurationInWords) {
  Publish("s.a");
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);

  EXPECT_EQ(Settle(fetched[0], "-NAK 200ms"), "confirmed");

  EXPECT_THAT(SequencesNow(1), IsEmpty());
  Advance(absl::Milliseconds(300));
  EXPECT_THAT(SequencesNow(1), ElementsAre(1));
}

// ACK-004
TEST_P(Ack, NakWithNonsenseIsAPlainNak) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(2);

  EXPECT_EQ(Settle(fetched[0], "-NAK 300000000"), "confirmed");
  EXPECT_EQ(Settle(fetched[1], R"(-NAK {"delay":"x"})"), "confirmed");

  EXPECT_THAT(SequencesNow(2), ElementsAre(1, 2));
}

// ACK-005
TEST_P(Ack, InProgressRestartsTheAckWait) {
  Publish("s.a");
  MakeExplicit({.ack_wait = absl::Milliseconds(400)});
  const std::vector<Delivery> fetched = FetchNow(1);
  Advance(absl::Milliseconds(250));

  EXPECT_EQ(Settle(fetched[0], "+WPI"), "confirmed");
  Advance(absl::Milliseconds(250));
  EXPECT_THAT(SequencesNow(1), IsEmpty());
  Advance(absl::Milliseconds(250));

  EXPECT_THAT(SequencesNow(1), ElementsAre(1));
}

// ACK-007, ACK-026
TEST_P(Ack, TermEndsRedelivery) {
  FillTen();
  MakeExplicit({.ack_wait = absl::Milliseconds(200)});
  const std::vector<Delivery> fetched = FetchNow(1);

  EXPECT_EQ(Settle(fetched[0], "+TERM"), "confirmed");
  Advance(absl::Milliseconds(300));

  EXPECT_THAT(SequencesNow(1), ElementsAre(2));
  EXPECT_THAT(Floor(Info()), Pair(1, 1));
}

// ACK-007
TEST_P(Ack, TermWithReasonWorksSince210) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);

  EXPECT_EQ(Settle(fetched[0], "+TERM broken"), "confirmed");

  EXPECT_EQ(Info().num_ack_pending, Since("2.10") ? 0u : 1u);
}

// ACK-008, ACK-011
TEST_P(Ack, UnknownPayloadsAreConfirmedAndChangeNothing) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);

  for (const char* payload : {"+ACK ", "+ack", "+WPI x", "junk"}) {
    EXPECT_EQ(Settle(fetched[0], payload), "confirmed") << payload;
  }

  EXPECT_EQ(Info().num_ack_pending, 1u);
}

// ACK-009
TEST_P(Ack, HeadersOfAnAckAreIgnored) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);

  EXPECT_TRUE(connection()
                  .Request({.subject = fetched[0].ack_subject(),
                            .headers = {{"A", "b"}},
                            .data = "+ACK"})
                  .ok());

  EXPECT_EQ(Info().num_ack_pending, 0u);
}

// ACK-011
TEST_P(Ack, SecondAckIsConfirmed) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(2);

  EXPECT_EQ(Settle(fetched[0], "+ACK"), "confirmed");
  EXPECT_EQ(Settle(fetched[0], "+ACK"), "confirmed");

  EXPECT_EQ(Info().num_ack_pending, 1u);
}

// ACK-013
TEST_P(Ack, AckOfWhatWasNotDeliveredIsNotConfirmedSince210) {
  FillTen();
  MakeExplicit();
  FetchNow(1);

  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.7.7.1.0", "+ACK"),
            Since("2.10") ? "timeout" : "confirmed");
  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.7.7.1.0", "-NAK"), "confirmed");
}

// ACK-014
TEST_P(Ack, AckSubjectsNobodyOwnsHaveNoResponder) {
  MakeExplicit();

  EXPECT_EQ(SettleSubject("$JS.ACK.S.NONE.1.1.1.1.0", "+ACK"), "no responders");
  EXPECT_EQ(SettleSubject("$JS.ACK.NONE.C.1.1.1.1.0", "+ACK"), "no responders");
  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.1.1", "+ACK"), "no responders");
}

// ACK-015
TEST_P(Ack, AckPolicyNoneHasNoResponderSince210) {
  FillTen();
  Make({.durable_name = "C"});
  const std::vector<Delivery> fetched = FetchNow(1);

  EXPECT_EQ(Settle(fetched[0], "+ACK"), Since("2.10") ? "no responders" : "confirmed");
}

// ACK-016
TEST_P(Ack, OnlyTheStreamSequenceMatters) {
  FillTen();
  MakeExplicit();
  FetchNow(2);

  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.9.2.77.1.0", "+ACK"), "confirmed");

  EXPECT_EQ(Info().num_ack_pending, 1u);
}

// ACK-017
TEST_P(Ack, NakNeedsAConsumerSequenceInRange) {
  FillTen();
  MakeExplicit();
  FetchNow(2);

  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.1.0.1.0", "-NAK"), "confirmed");
  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.1.99.1.0", "-NAK"), "confirmed");

  EXPECT_THAT(SequencesNow(1), ElementsAre(3));
}

// ACK-018, ACK-019
TEST_P(Ack, AckOfAnEarlierDeliveryTakesItOffTheQueue) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");

  EXPECT_EQ(Settle(fetched[0], "+ACK"), "confirmed");

  EXPECT_THAT(SequencesNow(1), ElementsAre(2));
}

// ACK-018
TEST_P(Ack, EarlierReplySubjectSettlesARedelivery) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
  ASSERT_THAT(SequencesNow(1), ElementsAre(1));

  EXPECT_EQ(Settle(fetched[0], "+ACK"), "confirmed");

  EXPECT_EQ(Info().num_ack_pending, 0u);
}

// ACK-020
TEST_P(Ack, FloorStopsBelowTheNextPendingMessage) {
  FillTen();
  MakeExplicit({.filter_subject = "s.b"});
  const std::vector<Delivery> fetched = FetchNow(3);
  ASSERT_THAT(Sequences(fetched), ElementsAre(2, 5, 8));

  ASSERT_EQ(Settle(fetched[0], "+ACK"), "confirmed");

  EXPECT_THAT(Floor(Info()), Pair(1, 4));
}

// ACK-021
TEST_P(Ack, FloorIsDeliveredWhenNothingIsPending) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(2);
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
  const std::vector<Delivery> again = FetchNow(1);

  ASSERT_EQ(Settle(again[0], "+ACK"), "confirmed");
  ASSERT_EQ(Settle(fetched[1], "+ACK"), "confirmed");

  EXPECT_THAT(Floor(Info()), Pair(3, 2));
}

// ACK-022
TEST_P(Ack, FloorWaitsForTheGapToClose) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(6);

  ASSERT_EQ(Settle(fetched[1], "+ACK"), "confirmed");
  ASSERT_EQ(Settle(fetched[2], "+ACK"), "confirmed");
  EXPECT_THAT(Floor(Info()), Pair(0, 0));
  ASSERT_EQ(Settle(fetched[0], "+ACK"), "confirmed");

  EXPECT_THAT(Floor(Info()), Pair(3, 3));
}

// ACK-023
TEST_P(Ack, NakChangesNoCount) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(2);

  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");

  EXPECT_EQ(Info().num_ack_pending, 2u);
  EXPECT_EQ(Info().num_redelivered, 0u);
  EXPECT_THAT(Floor(Info()), Pair(0, 0));
}

// ACK-024
TEST_P(Ack, TwoNaksQueueAMessageOnce) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");

  EXPECT_THAT(SequencesNow(3), ElementsAre(1, 2, 3));
}

// ACK-025
TEST_P(Ack, DelayedNakTakesAMessageOffTheQueue) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
  ASSERT_EQ(Settle(fetched[0], R"(-NAK {"delay":200000000})"), "confirmed");

  EXPECT_THAT(SequencesNow(1), ElementsAre(2));
  Advance(absl::Milliseconds(300));
  EXPECT_THAT(SequencesNow(1), ElementsAre(1));
}

// ACK-027, ACK-028
TEST_P(Ack, AckAllSettlesEverythingBelow) {
  FillTen();
  Make({.durable_name = "C", .ack_policy = AckPolicy::kAll});
  const std::vector<Delivery> fetched = FetchNow(5);

  ASSERT_EQ(Settle(fetched[3], "+ACK"), "confirmed");
  EXPECT_EQ(Info().num_ack_pending, 1u);
  EXPECT_THAT(Floor(Info()), Pair(4, 4));
  ASSERT_EQ(Settle(fetched[1], "+ACK"), "confirmed");

  EXPECT_THAT(Floor(Info()), Pair(4, 4));
}

// ACK-029
TEST_P(Ack, AckAllRedeliversEachPendingMessage) {
  FillTen();
  Make({.durable_name = "C", .ack_policy = AckPolicy::kAll,
        .ack_wait = absl::Milliseconds(200)});
  const std::vector<Delivery> fetched = FetchNow(4);
  ASSERT_EQ(Settle(fetched[1], "+TERM"), "confirmed");

  Advance(absl::Milliseconds(300));

  EXPECT_THAT(SequencesNow(3), ElementsAre(3, 4, 5));
}

// ACK-002, ACK-029
TEST_P(Ack, AckAllNaksOneMessageOnly) {
  FillTen();
  Make({.durable_name = "C", .ack_policy = AckPolicy::kAll});
  const std::vector<Delivery> fetched = FetchNow(3);

  ASSERT_EQ(Settle(fetched[1], "-NAK"), "confirmed");

  EXPECT_THAT(SequencesNow(2), ElementsAre(2, 4));
}

// ACK-039
TEST_P(Ack, RedeliveredCountsUnackedRedeliveries) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(2);
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
  ASSERT_EQ(FetchNow(1).size(), 1u);
  EXPECT_EQ(Info().num_redelivered, 1u);

  ASSERT_EQ(Settle(fetched[0], "+ACK"), "confirmed");

  EXPECT_EQ(Info().num_redelivered, 0u);
}

}  // namespace
}  // namespace windtunnel
