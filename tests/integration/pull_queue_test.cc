// Several waiting requests, heartbeats, +NXT, and how requests end.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, PullQueue);

constexpr PullRequest kThree{.batch = 3, .expires = absl::Seconds(2)};

// PUL-018
TEST_P(PullQueue, WaitingRequestsAreServedInTurn) {
  MakeExplicit();
  auto a = Pull();
  auto b = Pull();
  ASSERT_TRUE(a->Request(kThree).ok());
  ASSERT_TRUE(b->Request(kThree).ok());
  ASSERT_TRUE(connection().Flush(absl::Seconds(1)).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 2; }));

  FillTen();

  for (const char* expected : {"1", "3", "5"}) EXPECT_EQ(NextEvent(*a), expected);
  for (const char* expected : {"2", "4", "6"}) EXPECT_EQ(NextEvent(*b), expected);
}

// PUL-020
TEST_P(PullQueue, OneInboxMayHaveSeveralRequests) {
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(2)}).ok());
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(2)}).ok());

  FillTen();

  EXPECT_EQ(NextEvent(*pull), "1");
  EXPECT_EQ(NextEvent(*pull), "2");
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(100)), "nothing");
}

// PUL-022
TEST_P(PullQueue, QueueOfWaitingRequestsHasABound) {
  MakeExplicit({.max_waiting = 2});
  auto pull = Pull();

  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(5)}).ok());
  }

  EXPECT_EQ(NextEvent(*pull), "409 Exceeded MaxWaiting");
}

// PUL-023
TEST_P(PullQueue, RequestTooManyWithHeartbeatIsNotAnsweredSince211) {
  MakeExplicit({.max_waiting = 1});
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(5)}).ok());

  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(5),
                             .idle_heartbeat = absl::Seconds(2)})
                  .ok());

  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(200)),
            Since("2.11") ? "nothing" : "409 Exceeded MaxWaiting");
}

// PUL-025
TEST_P(PullQueue, RequestOfALostInboxIsPassedOver) {
  MakeExplicit();
  auto lost = Pull();
  auto kept = Pull();
  ASSERT_TRUE(lost->Request(kThree).ok());
  ASSERT_TRUE(kept->Request(kThree).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 2; }));
  lost->Unsubscribe();
  ASSERT_TRUE(connection().Flush(absl::Seconds(1)).ok());

  FillTen();

  EXPECT_EQ(NextEvent(*kept), "1");
  EXPECT_EQ(NextEvent(*kept), "2");
}

// PUL-027, INF-006
TEST_P(PullQueue, InfoCountsWaitingRequests) {
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Milliseconds(200)}).ok());

  EXPECT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));
  Advance(absl::Milliseconds(300));

  EXPECT_EQ(Info().num_waiting, 0u);
}

// PUL-037
TEST_P(PullQueue, NoWaitIsKeptWhileMaxAckPendingBlocks) {
  FillTen();
  MakeExplicit({.max_ack_pending = 1});
  const std::vector<Delivery> fetched = FetchSoon(1);
  ASSERT_EQ(fetched.size(), 1u);
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1, .no_wait = true}).ok());
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(100)), "nothing");

  ASSERT_EQ(Settle(fetched[0], "+ACK"), "confirmed");

  EXPECT_EQ(NextEvent(*pull), "2");
}

// PUL-038, PUL-039
TEST_P(PullQueue, IdleRequestsGetHeartbeats) {
  Publish("s.a");
  Publish("s.b");
  MakeExplicit({.filter_subject = "s.a"});
  ASSERT_EQ(FetchNow(1).size(), 1u);
  auto pull = Pull();
  const absl::Time start = runtime().Now();
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Milliseconds(500),
                             .idle_heartbeat = absl::Milliseconds(200)})
                  .ok());

  const PullStatus beat = NextStatus(*pull);

  EXPECT_EQ(beat.code, 100);
  EXPECT_EQ(beat.description, "Idle Heartbeat");
  EXPECT_EQ(beat.last_consumer_sequence, 1u);
  EXPECT_EQ(beat.last_stream_sequence, 2u);
  EXPECT_GE(runtime().Now() - start, absl::Milliseconds(195));
}

// PUL-040
TEST_P(PullQueue, HeartbeatsGoOnWhileMaxAckPendingBlocks) {
  FillTen();
  MakeExplicit({.max_ack_pending = 1});
  ASSERT_EQ(FetchSoon(1).size(), 1u);
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Milliseconds(500),
                             .idle_heartbeat = absl::Milliseconds(200)})
                  .ok());

  EXPECT_EQ(NextEvent(*pull), "100 Idle Heartbeat");
}

// PUL-045, ACK-006, ACK-012
TEST_P(PullQueue, AckAndNextAsksForMore) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);
  const std::string inbox = connection().NewInbox();
  auto answers = Listen(inbox);

  ASSERT_TRUE(connection()
                  .Publish({.subject = fetched[0].ack_subject(), .reply = inbox,
                            .data = "+NXT 2"})
                  .ok());

  EXPECT_EQ(answers->Next(absl::Seconds(2)).value().data, "2");
  EXPECT_EQ(answers->Next(absl::Seconds(2)).value().data, "3");
  EXPECT_EQ(Info().num_ack_pending, 2u);
}

// PUL-046
TEST_P(PullQueue, AckAndNextOfASettledMessageStillAsks) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);
  ASSERT_EQ(Settle(fetched[0], "+ACK"), "confirmed");

  const std::string inbox = connection().NewInbox();
  auto answers = Listen(inbox);

  ASSERT_TRUE(connection()
                  .Publish({.subject = fetched[0].ack_subject(), .reply = inbox,
                            .data = "+NXT"})
                  .ok());

  EXPECT_EQ(answers->Next(absl::Seconds(2)).value().data, "2");
}

// PUL-047
TEST_P(PullQueue, AckAndNextWithoutReplyOnlyAcks) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);

  ASSERT_TRUE(
      connection()
          .Publish({.subject = fetched[0].ack_subject(), .data = "+NXT"})
          .ok());

  EXPECT_TRUE(Eventually([&] { return Info().num_ack_pending == 0; }));
  EXPECT_EQ(Info().delivered.consumer_seq, 1u);
}

// PUL-048, CON-131
TEST_P(PullQueue, DeletingTheConsumerEndsItsRequests) {
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request(kThree).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));

  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());

  EXPECT_EQ(NextEvent(*pull), "409 Consumer Deleted");
}

// PUL-048
TEST_P(PullQueue, DeletingTheStreamEndsRequests) {
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request(kThree).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));

  ASSERT_TRUE(jetstream().DeleteStream("S").ok());

  EXPECT_EQ(NextEvent(*pull), "409 Consumer Deleted");
}

// PUL-051
TEST_P(PullQueue, EndOfARequestChangesNothing) {
  FillTen();
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 20, .expires = absl::Milliseconds(150)}).ok());
  EXPECT_EQ(NextStatus(*pull).code, 408);

  EXPECT_EQ(Info().num_ack_pending, 10u);
  EXPECT_EQ(Info().num_pending, 0u);
}

// CON-116
TEST_P(PullQueue, WaitingRequestsSurviveAnUpdate) {
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request(kThree).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));

  ASSERT_TRUE(jetstream()
                  .UpdateConsumer("S", {.durable_name = "C", .description = "new",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  FillTen();

  EXPECT_EQ(NextEvent(*pull), "1");
}

// PUL-024
TEST_P(PullQueue, NothingToSendIsSaidEvenWhenTheQueueIsFull) {
  MakeExplicit({.max_waiting = 1});
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(5)}).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));

  ASSERT_TRUE(pull->Request({.batch = 1, .no_wait = true}).ok());

  EXPECT_EQ(NextEvent(*pull), "404 No Messages");
}

}  // namespace
}  // namespace windtunnel
