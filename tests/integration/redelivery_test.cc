// Redelivery: ack wait, backoff, max deliver.

#include <string>
#include <vector>

#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, Redelivery);

constexpr absl::Duration kShort = absl::Milliseconds(200);

// ACK-031, DEL-036
TEST_P(Redelivery, UnackedMessageComesBackAfterAckWait) {
  Publish("s.a");
  MakeExplicit({.ack_wait = kShort});
  ASSERT_THAT(SequencesNow(1), ElementsAre(1));
  const absl::Time start = runtime().Now();

  EXPECT_THAT(SequencesNow(1), IsEmpty());
  const std::vector<Delivery> again = FetchSoon(1);

  ASSERT_THAT(Sequences(again), ElementsAre(1));
  EXPECT_EQ(again[0].delivered(), 2u);
  EXPECT_GE(runtime().Now() - start, kShort - absl::Milliseconds(5));
  EXPECT_LE(runtime().Now() - start, kShort + absl::Seconds(1));
}

// ACK-032
TEST_P(Redelivery, EachMessageHasItsOwnDeadline) {
  FillTen();
  MakeExplicit({.ack_wait = absl::Milliseconds(400)});
  ASSERT_THAT(SequencesNow(1), ElementsAre(1));
  Advance(absl::Milliseconds(200));
  ASSERT_THAT(SequencesNow(1), ElementsAre(2));

  Advance(absl::Milliseconds(300));

  EXPECT_THAT(SequencesNow(1), ElementsAre(1));
  EXPECT_EQ(Info().num_ack_pending, 2u);
}

// ACK-033
TEST_P(Redelivery, ExpiredMessageWaitsForARequestWithoutCounting) {
  Publish("s.a");
  MakeExplicit({.ack_wait = absl::Milliseconds(100)});
  ASSERT_EQ(FetchNow(1).size(), 1u);

  Advance(absl::Milliseconds(600));

  const std::vector<Delivery> again = FetchNow(1);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].delivered(), 2u);
}

// ACK-034, CON-031
TEST_P(Redelivery, BackoffGivesEachTryItsWait) {
  Publish("s.a");
  MakeExplicit({.max_deliver = 5,
                .backoff = {absl::Milliseconds(100), absl::Milliseconds(300)}});
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 10, .expires = absl::Seconds(5)}).ok());

  std::vector<absl::Time> times;
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(NextEvent(*pull), "1") << i;
    times.push_back(runtime().Now());
  }

  const absl::Duration slack = absl::Milliseconds(20);
  EXPECT_GE(times[1] - times[0], absl::Milliseconds(100) - slack);
  EXPECT_LT(times[1] - times[0], absl::Milliseconds(280));
  EXPECT_GE(times[2] - times[1], absl::Milliseconds(300) - slack);
  EXPECT_GE(times[3] - times[2], absl::Milliseconds(300) - slack);
}

// ACK-034
TEST_P(Redelivery, EachStepIsWaitedOut) {
  Publish("s.a");
  MakeExplicit({.max_deliver = 5,
                .backoff = {absl::Milliseconds(100), absl::Milliseconds(250),
                            absl::Milliseconds(400)}});
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 10, .expires = absl::Seconds(5)}).ok());
  ASSERT_EQ(NextEvent(*pull), "1");
  const absl::Time start = runtime().Now();
  for (const int expected : {101, 352, 753, 1154}) {
    ASSERT_EQ(NextEvent(*pull), "1") << expected;
    const absl::Duration after = runtime().Now() - start;
    EXPECT_GE(after, absl::Milliseconds(expected - 20));
    EXPECT_LT(after, absl::Milliseconds(expected + 90));
  }
}

// ACK-036
TEST_P(Redelivery, PlainNakIgnoresBackoffAndTakesAStep) {
  Publish("s.a");
  MakeExplicit({.max_deliver = 5,
                .backoff = {absl::Milliseconds(100), absl::Seconds(30)}});
  const std::vector<Delivery> first = FetchNow(1);
  ASSERT_EQ(Settle(first[0], "-NAK"), "confirmed");

  ASSERT_THAT(SequencesNow(1), ElementsAre(1));
  Advance(absl::Milliseconds(300));

  EXPECT_THAT(SequencesNow(1), IsEmpty());
}

// ACK-037
TEST_P(Redelivery, DelayedNakAddsTheDifferenceOfBackoffSteps) {
  Publish("s.a");
  MakeExplicit({.max_deliver = 5,
                .backoff = {absl::Milliseconds(200), absl::Milliseconds(500)}});
  const std::vector<Delivery> first = FetchNow(1);
  ASSERT_EQ(Settle(first[0], "-NAK"), "confirmed");
  const std::vector<Delivery> second = FetchNow(1);
  ASSERT_EQ(second.size(), 1u);
  const absl::Time start = runtime().Now();

  ASSERT_EQ(Settle(second[0], "-NAK 100ms"), "confirmed");
  ASSERT_EQ(FetchSoon(1).size(), 1u);

  EXPECT_GE(runtime().Now() - start, absl::Milliseconds(380));
  EXPECT_LT(runtime().Now() - start, absl::Milliseconds(700));
}

// ACK-040, INF-019
TEST_P(Redelivery, OneTryIsExhaustedByTheTimer) {
  Publish("s.a");
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C");
  MakeExplicit({.ack_wait = kShort, .max_deliver = 1});
  ASSERT_EQ(FetchNow(1).size(), 1u);

  Advance(kShort + absl::Milliseconds(200));

  EXPECT_EQ(Info().num_ack_pending, Since("2.10") ? 0u : 1u);
  if (!Since("2.10")) {
    EXPECT_THAT(SequencesNow(1), IsEmpty());  // Only now it notices.
  }
  auto advisory = advisories->Next(absl::Seconds(2));
  ASSERT_TRUE(advisory.ok()) << advisory.status();
  const nlohmann::json body = nlohmann::json::parse(advisory->data);
  EXPECT_EQ(body["type"], "io.nats.jetstream.advisory.v1.max_deliver");
  EXPECT_EQ(body["stream_seq"], 1);
  EXPECT_EQ(body["deliveries"], 1);
}

// ACK-041, ACK-043
TEST_P(Redelivery, LastTryIsExhaustedAtTheNextRequest) {
  FillTen();
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C");
  MakeExplicit({.ack_wait = kShort, .max_deliver = 2});
  ASSERT_THAT(SequencesNow(1), ElementsAre(1));
  Advance(kShort + absl::Milliseconds(100));
  ASSERT_THAT(SequencesNow(1), ElementsAre(1));

  Advance(kShort + absl::Milliseconds(100));
  EXPECT_EQ(Info().num_ack_pending, 1u);
  EXPECT_FALSE(advisories->Next(absl::Milliseconds(50)).ok());
  EXPECT_THAT(SequencesNow(1), ElementsAre(2));

  EXPECT_TRUE(advisories->Next(absl::Seconds(2)).ok());
  EXPECT_EQ(Info().num_ack_pending, 1u);
  EXPECT_EQ(State("S").messages, 10u);
}

// ACK-042
TEST_P(Redelivery, NakOfTheLastTryExhaustsIt) {
  FillTen();
  MakeExplicit({.max_deliver = 1});
  const std::vector<Delivery> fetched = FetchNow(1);

  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");

  EXPECT_THAT(SequencesNow(2), ElementsAre(2, 3));
  EXPECT_EQ(Info().num_ack_pending, 2u);
}

// ACK-044
TEST_P(Redelivery, LateAckOfAnExhaustedMessageIsConfirmed) {
  FillTen();
  MakeExplicit({.max_deliver = 2});
  const std::vector<Delivery> first = FetchNow(1);
  ASSERT_EQ(Settle(first[0], "-NAK"), "confirmed");
  const std::vector<Delivery> second = FetchNow(1);
  ASSERT_EQ(Settle(second[0], "-NAK"), "confirmed");
  ASSERT_THAT(SequencesNow(1), ElementsAre(2));
  EXPECT_EQ(Info().num_redelivered, 1u);

  EXPECT_EQ(Settle(second[0], "+ACK"), "confirmed");

  EXPECT_EQ(Info().num_redelivered, 0u);
}

// ACK-045: not by an attempt to deliver either, whatever the version.
TEST_P(Redelivery, FloorStaysBelowAnExhaustedMessage) {
  FillTen();
  MakeExplicit({.max_deliver = 1});
  const std::vector<Delivery> first = FetchNow(1);
  ASSERT_EQ(Settle(first[0], "-NAK"), "confirmed");
  const std::vector<Delivery> others = FetchNow(2);
  ASSERT_THAT(Sequences(others), ElementsAre(2, 3));

  ASSERT_EQ(Settle(others[0], "+ACK"), "confirmed");
  EXPECT_EQ(Info().ack_floor.stream_seq, 0u);
  ASSERT_EQ(Settle(others[1], "+ACK"), "confirmed");

  EXPECT_EQ(Info().ack_floor.stream_seq, 3u);
}

// ACK-045
TEST_P(Redelivery, FloorPassesWhatTheTimerDroppedOn210) {
  FillTen();
  MakeExplicit({.ack_wait = kShort, .max_deliver = 1});
  ASSERT_EQ(FetchNow(2).size(), 2u);
  Advance(kShort + absl::Milliseconds(200));
  const std::vector<Delivery> others = FetchNow(2);
  ASSERT_THAT(Sequences(others), ElementsAre(3, 4));

  ASSERT_EQ(Settle(others[0], "+ACK"), "confirmed");

  EXPECT_EQ(Info().ack_floor.stream_seq,
            world().version() == ServerVersion::k2_10 ? 3u : 0u);
}

// ACK-050
TEST_P(Redelivery, NewConsumerGetsExhaustedMessagesAgain) {
  FillTen();
  MakeExplicit({.max_deliver = 1});
  const std::vector<Delivery> first = FetchNow(1);
  ASSERT_EQ(Settle(first[0], "-NAK"), "confirmed");
  ASSERT_THAT(SequencesNow(1), ElementsAre(2));
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());

  MakeExplicit({.max_deliver = 1});

  EXPECT_THAT(SequencesNow(2), ElementsAre(1, 2));
}

// CON-115
TEST_P(Redelivery, NewAckWaitAppliesToPendingMessages) {
  Publish("s.a");
  MakeExplicit({.ack_wait = absl::Seconds(10)});
  ASSERT_EQ(FetchNow(1).size(), 1u);

  ASSERT_TRUE(jetstream()
                  .UpdateConsumer("S", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit,
                                        .ack_wait = absl::Milliseconds(300)})
                  .ok());

  const std::vector<Delivery> again = FetchSoon(1);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].delivered(), 2u);
}

// ACK-038
TEST_P(Redelivery, ProgressRestartsTheStepThatRuns) {
  Publish("s.a");
  MakeExplicit({.max_deliver = 5,
                .backoff = {absl::Milliseconds(100), absl::Milliseconds(400)}});
  ASSERT_EQ(FetchNow(1).size(), 1u);
  const std::vector<Delivery> second = FetchSoon(1);
  ASSERT_EQ(second.size(), 1u);
  Advance(absl::Milliseconds(200));

  const absl::Time restarted = runtime().Now();
  EXPECT_EQ(Settle(second[0], "+WPI"), "confirmed");
  const std::vector<Delivery> third = FetchSoon(1);

  ASSERT_EQ(third.size(), 1u);
  EXPECT_EQ(third[0].delivered(), 3u);
  EXPECT_GE(runtime().Now() - restarted, absl::Milliseconds(399));
}

}  // namespace
}  // namespace windtunnel
