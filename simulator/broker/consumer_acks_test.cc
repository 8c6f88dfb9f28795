#include "simulator/broker/consumer_test_harness.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ConsumerAckTest : public ConsumerTest {};
WINDTUNNEL_CONSUMER_TESTS(ConsumerAckTest);

// ACK-031
TEST_P(ConsumerAckTest, UnackedMessageComesAgainOneMillisecondAfterTheAckWait) {
  AddStream();
  AddConsumer(R"("ack_wait":300000000)");
  Publish(1);
  Pull(R"({"batch":5})");
  AdvanceTo(700);

  EXPECT_THAT(Take(), ElementsAre("0: seq 1 #1", "301: seq 1 #2", "602: seq 1 #3"));
}

// ACK-032
TEST_P(ConsumerAckTest, EachMessageHasItsOwnDeadline) {
  AddStream();
  AddConsumer(R"("ack_wait":300000000)");
  Pull(R"({"batch":10})");
  Publish(1);
  AdvanceTo(120);
  Publish(1);
  AdvanceTo(500);

  EXPECT_THAT(Take(), ElementsAre("0: seq 1 #1", "120: seq 2 #1",
                                  "301: seq 1 #2", "421: seq 2 #2"));
}

// ACK-033
TEST_P(ConsumerAckTest, ExpiredMessageWaitsForARequestAndIsCountedOnce) {
  AddStream();
  AddConsumer(R"("ack_wait":100000000)");
  Publish(1);
  Pull("1");
  AdvanceTo(500);
  Take();
  Pull("1");

  EXPECT_THAT(Take(), ElementsAre("500: seq 1 #2"));
}

// ACK-034
TEST_P(ConsumerAckTest, BackoffGivesTheWaitAfterEachDelivery) {
  AddStream();
  AddConsumer(R"("backoff":[100000000,250000000,400000000],"max_deliver":5)");
  Publish(1);
  Pull(R"({"batch":10})");
  AdvanceTo(3000);

  EXPECT_THAT(Take(), ElementsAre("0: seq 1 #1", "101: seq 1 #2",
                                  "352: seq 1 #3", "753: seq 1 #4",
                                  "1154: seq 1 #5"));
}

// ACK-037
TEST_P(ConsumerAckTest, DelayedNakIsDueAfterItsDelay) {
  AddStream();
  AddConsumer();
  Publish(1);
  Pull(R"({"batch":5})");
  Ack(1, R"(-NAK {"delay":200000000})");
  AdvanceTo(1000);

  EXPECT_THAT(Take(), ElementsAre("0: seq 1 #1", "201: seq 1 #2"));
}

// ACK-037
TEST_P(ConsumerAckTest, DelayedNakWithBackoffAddsTheDifferenceOfTheSteps) {
  AddStream();
  AddConsumer(R"("backoff":[300000000,600000000],"max_deliver":6)");
  Publish(1);
  Pull(R"({"batch":5})");
  Ack(1, "-NAK");
  Ack(1, "-NAK");
  Take();
  Ack(1, "-NAK 100ms");
  AdvanceTo(450);

  EXPECT_THAT(Take(), ElementsAre("401: seq 1 #4"));
}

// ACK-004
TEST_P(ConsumerAckTest, NakWithoutPositiveDelayIsLookedAtAfterTenMilliseconds) {
  AddStream();
  AddConsumer();
  Publish(1);
  Pull(R"({"batch":5})");
  Ack(1, R"(-NAK {"delay":-5})");
  AdvanceTo(50);

  EXPECT_THAT(Take(), ElementsAre("0: seq 1 #1", "10: seq 1 #2"));
}

// ACK-038
TEST_P(ConsumerAckTest, ProgressStartsTheCurrentStepAnew) {
  AddStream();
  AddConsumer(R"("ack_wait":300000000)");
  Publish(1);
  Pull(R"({"batch":5})");
  AdvanceTo(200);
  Ack(1, "+WPI");
  AdvanceTo(600);

  EXPECT_THAT(Take(), ElementsAre("0: seq 1 #1", "501: seq 1 #2"));
}

// DEL-042, ACK-024, ACK-025
TEST_P(ConsumerAckTest, NaksAreRedeliveredInOrderOfArrivalAndBeforeNews) {
  AddStream();
  AddConsumer();
  Publish(4);
  Pull("4");
  Take();
  for (int seq : {4, 2, 3, 2}) Ack(seq, "-NAK");
  Ack(3, "-NAK 1s");
  Publish(1);
  Pull("4");

  EXPECT_THAT(Take(), ElementsAre("0: seq 4 #2", "0: seq 2 #2", "0: seq 5 #1"));
}

// ACK-019
TEST_P(ConsumerAckTest, AckTakesAMessageOffTheRedeliveryQueue) {
  AddStream();
  AddConsumer();
  Publish(2);
  Pull("2");
  Take();
  Ack(1, "-NAK");
  Ack(2, "-NAK");
  Ack(1);
  Pull("2");

  EXPECT_THAT(Take(), ElementsAre("0: seq 2 #2"));
}

// ACK-020 to ACK-022
TEST_P(ConsumerAckTest, FloorMovesWhenTheGapCloses) {
  AddStream();
  AddConsumer();
  Publish(6);
  Pull("6");
  Ack(2);
  Ack(3);
  EXPECT_EQ(Floor(), "0/0");
  Ack(1);
  EXPECT_EQ(Floor(), "3/3");
  for (int seq : {4, 5, 6}) Ack(seq);
  EXPECT_EQ(Floor(), "6/6");
}

// ACK-027, ACK-028
TEST_P(ConsumerAckTest, AckAllSettlesEverythingUpToIt) {
  AddStream();
  AddConsumer(R"("ack_policy":"all")");
  Publish(5);
  Pull("5");
  Ack(3);
  Ack(2, "", "in.ack");

  EXPECT_EQ(Floor(), "3/3");
  EXPECT_EQ(Info().num_ack_pending, 2u);
}

// ACK-010 to ACK-013
TEST_P(ConsumerAckTest, ConfirmsWhatItKnows) {
  AddStream();
  AddConsumer();
  Publish(1);
  Pull("1");
  Take();
  Ack(1, "junk", "in.ack");
  Ack(1, "", "in.ack");
  Ack(1, "", "in.ack");
  EXPECT_THAT(Take(), ElementsAre("0: ", "0: ", "0: "));
  Ack(7, "", "in.ack");
  EXPECT_EQ(Take().size(), Is2_9() ? 1u : 0u);
  Ack(7, "-NAK", "in.ack");
  EXPECT_THAT(Take(), ElementsAre("0: "));
}

// ACK-040: 2.9 leaves it to the next attempt to deliver.
TEST_P(ConsumerAckTest, TimerDropsASingleDelivery) {
  AddStream();
  AddConsumer(R"("max_deliver":1,"ack_wait":100000000)");
  broker().router().Subscribe(client(), "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C", "");
  Publish(1);
  Pull("1");
  Take();
  AdvanceTo(200);

  const std::vector<std::string> advisories = Take();
  if (Is2_9()) {
    EXPECT_THAT(advisories, IsEmpty());
    EXPECT_EQ(Info().num_ack_pending, 1u);
  } else {
    EXPECT_THAT(advisories, ElementsAre(HasSubstr(R"("stream_seq":1,"deliveries":1})")));
    EXPECT_EQ(Info().num_ack_pending, 0u);
  }
}

// ACK-041
TEST_P(ConsumerAckTest, LastOfSeveralDeliveriesIsDroppedAtTheNextRequest) {
  AddStream();
  AddConsumer(R"("max_deliver":2,"ack_wait":100000000)");
  Publish(2);
  Pull("1");
  AdvanceTo(150);
  Pull("1");
  AdvanceTo(500);
  Take();
  EXPECT_EQ(Info().num_ack_pending, 1u);
  Pull("1");

  EXPECT_THAT(Take(), ElementsAre("500: seq 2 #1"));
  EXPECT_EQ(Info().num_ack_pending, 1u);
  EXPECT_EQ(Info().num_redelivered, 1u);
}

// ACK-045
TEST_P(ConsumerAckTest, NewServersShowAFloorThatExhaustedMessagesHoldBack) {
  AddStream();
  AddConsumer(R"("max_deliver":1,"ack_wait":100000000)");
  Publish(2);
  Pull("2");
  AdvanceTo(150);
  Publish(3);
  Pull("3");
  Ack(3);

  if (!Is2_9()) {
    EXPECT_EQ(Floor(), Is2_15() ? "0/0" : "3/3");
  }
  Ack(4);
  Ack(5);
  EXPECT_EQ(Floor(), "5/5");
}

// DEL-043
TEST_P(ConsumerAckTest, MaxAckPendingHoldsBackNewMessagesOnly) {
  AddStream();
  AddConsumer(R"("max_ack_pending":2)");
  Publish(4);
  Pull("10");
  EXPECT_THAT(Take(), ElementsAre("0: seq 1 #1", "0: seq 2 #1"));
  Ack(1, "-NAK");
  EXPECT_THAT(Take(), ElementsAre("0: seq 1 #2"));
  Ack(2);
  EXPECT_THAT(Take(), ElementsAre("0: seq 3 #1"));
}

// DEL-027, INF-018
TEST_P(ConsumerAckTest, DeletedMessageIsTerminated) {
  AddStream();
  AddConsumer();
  Publish(2);
  Pull("2");
  Take();
  broker().router().Subscribe(client(), "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C", "");
  Request("$JS.API.STREAM.MSG.DELETE.S", R"({"seq":1})");

  const std::vector<std::string> advisories = Take();
  ASSERT_EQ(advisories.size(), 1u);
  EXPECT_EQ(absl::StrContains(advisories[0], "Unacknowledged message was deleted"),
            !Is2_9())
      << advisories[0];
  EXPECT_EQ(Info().num_ack_pending, 1u);
  EXPECT_EQ(Floor(), "1/1");
}

// ACK-051, ACK-054
TEST_P(ConsumerAckTest, WorkQueueDropsWhatIsAcknowledged) {
  AddStream(R"(,"retention":"workqueue")");
  AddConsumer();
  Publish(3);
  Pull("3");
  Ack(2);
  Ack(1, "+TERM");
  Ack(3, "-NAK");

  EXPECT_EQ(broker().FindStream("S")->store().messages(), 1u);
}

// ACK-014, ACK-015
TEST_P(ConsumerAckTest, NobodyListensForAcksOfAckPolicyNone) {
  AddStream();
  AddConsumer(R"("ack_policy":"none")");
  Publish(1);
  Pull("1");
  Take();
  Ack(1, "", "in.ack");

  EXPECT_THAT(Take(), ElementsAre(HasSubstr(Is2_9() ? "0: " : "503")));
}

}  // namespace
}  // namespace windtunnel::broker
