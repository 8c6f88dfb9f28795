#include "simulator/broker/consumer_test_harness.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ConsumerPullTest : public ConsumerTest {};
WINDTUNNEL_CONSUMER_TESTS(ConsumerPullTest);

// PUL-003 to PUL-005, PUL-009
TEST_P(ConsumerPullTest, BodyMayBeEmptyANumberOrAnything) {
  AddStream();
  AddConsumer();
  Publish(9);
  for (absl::string_view body : {"", " 2 ", "garbage", R"({"batch":0})"}) {
    Pull(body);
  }

  EXPECT_EQ(Take().size(), 5u);
}

// PUL-018
TEST_P(ConsumerPullTest, RequestsAreServedInTurn) {
  AddStream();
  AddConsumer();
  Pull("3", "in.A");
  Pull("3", "in.B");
  Pull("1", "in.D");
  for (int i = 0; i < 7; ++i) Publish(1);

  EXPECT_EQ(Take().size(), 7u);
  EXPECT_EQ(Info().num_waiting, 0u);
}

// PUL-029, PUL-030
TEST_P(ConsumerPullTest, ExpiryTellsWhatWasNotDelivered) {
  AddStream();
  AddConsumer();
  Publish(1);
  Pull(R"({"batch":3,"expires":500000000,"max_bytes":1000})");
  AdvanceTo(1000);

  const std::vector<std::string> lines = Take();
  ASSERT_EQ(lines.size(), 2u);
  // 3 of the subject, 39 of the ack subject, 4 of data.
  EXPECT_EQ(lines[1], "500: 408 Request Timeout m=2 b=954");
}

// PUL-010
TEST_P(ConsumerPullTest, NegativeExpiryIsOverAtOnce) {
  AddStream();
  AddConsumer();
  Pull(R"({"batch":1,"expires":-1})");

  EXPECT_THAT(Take(), ElementsAre("0: 408 Request Timeout m=1 b=0"));
}

// PUL-031, PUL-034
TEST_P(ConsumerPullTest, NoWaitEndsWhenNothingIsLeft) {
  AddStream();
  AddConsumer();
  Pull(R"({"batch":5,"no_wait":true})");
  EXPECT_THAT(Take(), ElementsAre("0: 404 No Messages"));
  Publish(2);
  Pull(R"({"batch":5,"no_wait":true})");

  EXPECT_THAT(Take(),
              ElementsAre("0: seq 1 #1", "0: seq 2 #1",
                          Is2_15() ? "0: 404 No Messages"
                                   : "0: 408 Request Timeout m=3 b=0"));
}

// PUL-035, PUL-036
TEST_P(ConsumerPullTest, NoWaitWithExpiryWaitsForTheFirstMessage) {
  AddStream();
  AddConsumer();
  Pull(R"({"batch":5,"no_wait":true,"expires":1000000000})");
  AdvanceTo(300);
  Publish(1);

  EXPECT_THAT(Take(), ElementsAre("300: seq 1 #1",
                                  Is2_15() ? "300: 404 No Messages"
                                           : "300: 408 Request Timeout m=4 b=0"));
}

// PUL-033
TEST_P(ConsumerPullTest, NoWaitIsRefusedWhileOthersWaitForAll) {
  AddStream();
  AddConsumer(R"("max_ack_pending":1)");
  Publish(3);
  Pull("1");
  Pull("3");
  Take();
  Pull(R"({"batch":1,"no_wait":true})");

  EXPECT_THAT(Take(), ElementsAre("0: 408 Requests Pending"));
}

// PUL-037, PUL-040
TEST_P(ConsumerPullTest, BlockedRequestsWaitAndBeat) {
  AddStream();
  AddConsumer(R"("max_ack_pending":1)");
  Publish(2);
  Pull("1");
  Pull(R"({"batch":1,"no_wait":true})");
  Pull(R"({"batch":1,"expires":1000000000,"idle_heartbeat":400000000})", "in.2");
  Take();
  AdvanceTo(450);

  if (GetParam() == ServerVersion::k2_15) {  // PUL-036: its clock ends it.
    EXPECT_THAT(Take(), ElementsAre("400: 404 No Messages",
                                    "400: 100 Idle Heartbeat c=1 s=1"));
    EXPECT_EQ(Info().num_waiting, 1u);
  } else {
    EXPECT_THAT(Take(), ElementsAre("400: 100 Idle Heartbeat c=1 s=1"));
    EXPECT_EQ(Info().num_waiting, 2u);
  }
}

// PUL-038, PUL-039
TEST_P(ConsumerPullTest, DeliveryRestartsTheHeartbeat) {
  AddStream();
  AddConsumer(R"("filter_subject":"s.a")");
  Pull(R"({"batch":5,"expires":1000000000,"idle_heartbeat":300000000})");
  AdvanceTo(200);
  Publish(1);
  Publish(1, "s.b");
  AdvanceTo(1000);

  EXPECT_THAT(Take(), ElementsAre("200: seq 1 #1",
                                  "500: 100 Idle Heartbeat c=1 s=1",
                                  "800: 100 Idle Heartbeat c=1 s=2",
                                  "1000: 408 Request Timeout m=4 b=0"));
}

// PUL-041 to PUL-044
TEST_P(ConsumerPullTest, BytesBoundARequest) {
  AddStream();
  AddConsumer();
  Publish(3);
  Pull(R"({"batch":2,"max_bytes":40})", "in.small");
  Pull(R"({"batch":2,"max_bytes":1000})");

  std::vector<std::string> lines = Take();
  ASSERT_GE(lines.size(), 3u);
  EXPECT_EQ(lines[0], "0: 409 Message Size Exceeds MaxBytes m=2 b=40");
  EXPECT_EQ(lines.size(), Is2_9() ? 3u : 4u);
  if (!Is2_9()) {
    EXPECT_EQ(lines[3], "0: 409 Batch Completed m=0 b=908");
  }
}

// PUL-012 to PUL-014, PUL-011
TEST_P(ConsumerPullTest, RefusesWhatTheConsumerDoesNotAllow) {
  AddStream();
  AddConsumer(R"("max_batch":2,"max_expires":1000000000,"max_bytes":500)");
  Pull("3");
  Pull(R"({"batch":1,"expires":2000000000})");
  Pull(R"({"batch":1,"max_bytes":501})");
  Pull(R"({"batch":1,"expires":200000000,"idle_heartbeat":101000000})");

  EXPECT_THAT(Take(),
              ElementsAre("0: 409 Exceeded MaxRequestBatch of 2",
                          "0: 409 Exceeded MaxRequestExpires of 1s",
                          "0: 409 Exceeded MaxRequestMaxBytes of 500",
                          "0: 400 Bad Request - heartbeat value too large"));
}

// PUL-022 to PUL-024
TEST_P(ConsumerPullTest, QueueHasABound) {
  AddStream();
  AddConsumer(R"("max_waiting":1)");
  Pull("1");
  Pull("1");
  Pull(R"({"batch":1,"no_wait":true})");

  EXPECT_THAT(Take(), ElementsAre("0: 409 Exceeded MaxWaiting",
                                  "0: 404 No Messages"));
}

// PUL-025
TEST_P(ConsumerPullTest, RequestWithoutListenerIsDropped) {
  AddStream();
  AddConsumer();
  Pull("1", "gone.1");
  Pull("1");
  EXPECT_EQ(Info().num_waiting, 1u);
  Publish(1);

  EXPECT_THAT(Take(), ElementsAre("0: seq 1 #1"));
}

// PUL-045
TEST_P(ConsumerPullTest, NextAcknowledgesAndPulls) {
  AddStream();
  AddConsumer();
  Publish(3);
  Pull("1");
  Take();
  Ack(1, "+NXT 2", "in.2");

  EXPECT_THAT(Take(), ElementsAre("0: seq 2 #1", "0: seq 3 #1"));
  EXPECT_EQ(Floor(), "1/1");
}

// PUL-048
TEST_P(ConsumerPullTest, DeletionEndsRequests) {
  AddStream();
  AddConsumer();
  Pull("1");
  Request("$JS.API.CONSUMER.DELETE.S.C", "");

  EXPECT_THAT(Take(), ElementsAre("0: 409 Consumer Deleted"));
}

// PUL-002
TEST_P(ConsumerPullTest, UnknownConsumerHasNoResponders) {
  AddStream();
  Pull("1");

  EXPECT_EQ(Take().size(), Is2_9() ? 0u : 1u);
}

// DEL-020
TEST_P(ConsumerPullTest, HeadersOnlyTellsTheSize) {
  AddStream();
  AddConsumer(R"("headers_only":true)");
  Publish(1);
  Pull("1");

  EXPECT_EQ(last_.block->header_block(), "NATS/1.0\r\nNats-Msg-Size: 4\r\n\r\n");
  EXPECT_EQ(last_.block->data(), "");
}

// DEL-034
TEST_P(ConsumerPullTest, NumPendingCountsWhatIsStillToCome) {
  AddStream();
  AddConsumer(R"("filter_subject":"s.a")");
  Publish(3);
  Publish(2, "s.b");
  Pull("1");
  EXPECT_EQ(last_.numbers.num_pending, 2u);
  Request("$JS.API.STREAM.MSG.DELETE.S", R"({"seq":3})");
  Publish(4);

  EXPECT_EQ(Info().num_pending, 5u);
}

// DEL-007
TEST_P(ConsumerPullTest, StartBeyondTheEndWaitsOnNewServers) {
  AddStream();
  Publish(2);
  AddConsumer(R"("deliver_policy":"by_start_sequence","opt_start_seq":5)");
  Pull("1");
  Publish(3);

  EXPECT_THAT(Take(), ElementsAre(Is2_15() ? "0: seq 5 #1" : "0: seq 3 #1"));
}

// DEL-010
TEST_P(ConsumerPullTest, LastPerSubjectStartsWithASnapshot) {
  AddStream();
  for (absl::string_view subject : {"s.a", "s.b", "s.a", "s.c", "s.b"}) {
    Publish(1, subject);
  }
  AddConsumer(R"("deliver_policy":"last_per_subject","filter_subject":"s.>")");
  EXPECT_EQ(Info().num_pending, 3u);
  Publish(1, "s.a");
  Pull("9");

  EXPECT_THAT(Take(), ElementsAre("0: seq 3 #1", "0: seq 4 #1", "0: seq 5 #1",
                                  "0: seq 6 #1"));
}

// CON-139, CON-141: the least jitter is 100 ms.
TEST_P(ConsumerPullTest, UnusedConsumerIsDeleted) {
  AddStream();
  AddConsumer(R"("inactive_threshold":500000000)");
  AdvanceTo(400);
  Pull(R"({"batch":1,"no_wait":true})");
  AdvanceTo(999);
  EXPECT_NE(broker().FindStream("S")->FindConsumer("C"), nullptr);
  AdvanceTo(1001);

  EXPECT_EQ(broker().FindStream("S")->FindConsumer("C"), nullptr);
}

// CON-153, CON-156
TEST_P(ConsumerPullTest, PausedConsumerDeliversAtTheEndOfThePause) {
  if (!Is2_15()) return;
  AddStream();
  AddConsumer();
  Publish(1);
  Request("$JS.API.CONSUMER.PAUSE.S.C",
          R"({"pause_until":"2023-11-14T22:13:22Z"})");
  Pull("1");
  AdvanceTo(3000);

  EXPECT_THAT(Take(), ElementsAre("2000: seq 1 #1"));
}

// CON-158
TEST_P(ConsumerPullTest, ResetStartsAfterTheAckFloor) {
  if (!Is2_15()) return;
  AddStream();
  AddConsumer();
  Publish(4);
  Pull("3");
  Ack(1);
  Take();
  Request("$JS.API.CONSUMER.RESET.S.C", "");
  EXPECT_EQ(Delivered(), "0/1");
  Pull("1");

  EXPECT_THAT(Take(), ElementsAre("0: seq 2 #1"));
}

// DEL-022, DEL-023
TEST_P(ConsumerPullTest, PurgeMovesTheFloor) {
  AddStream();
  AddConsumer();
  Publish(6);
  Pull("4");
  Request("$JS.API.STREAM.PURGE.S", R"({"seq":3})");
  EXPECT_EQ(Floor(), Is2_9() ? "4/2" : "2/2");
  EXPECT_EQ(Info().num_ack_pending, Is2_9() ? 0u : 2u);
  Request("$JS.API.STREAM.PURGE.S", "");

  EXPECT_EQ(Floor(), "4/6");
  EXPECT_EQ(Info().num_pending, 0u);
}

}  // namespace
}  // namespace windtunnel::broker
