// Push consumers: whose interest counts, what is sent and how it is settled.

#include <cstdint>
#include <vector>

#include "tests/integration/push_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE_OF(PushBehaviour, Push);

// PSH-001, PSH-002, PSH-003, PSH-007, INF-007
TEST_P(Push, SendsOnceSomebodyListens) {
  Fill({"s.a", "s.b"});
  MakePush();
  Publish("s.c");
  const ConsumerInfo idle = Info();
  EXPECT_FALSE(idle.push_bound);
  EXPECT_EQ(idle.num_pending, 3u);
  EXPECT_EQ(Text(idle.delivered), "0/0");

  auto listener = Listen("d");

  EXPECT_THAT(Exactly(3, *listener), ElementsAre("1", "2", "3"));
  const ConsumerInfo bound = Info();
  EXPECT_TRUE(bound.push_bound);
  EXPECT_EQ(bound.num_pending, 0u);
  EXPECT_EQ(bound.num_ack_pending, 3u);
  EXPECT_EQ(bound.num_waiting, 0u);
  EXPECT_EQ(Text(bound.delivered), "3/3");

  Publish("s.d");
  EXPECT_EQ(NextWords(*listener), "4");
  listener->Unsubscribe();
  EXPECT_TRUE(Eventually([&] { return !Info().push_bound; }));
  Publish("s.e");
  EXPECT_EQ(Info().num_pending, 1u);
  EXPECT_EQ(Text(Info().delivered), "4/4");

  listener = Listen("d");
  EXPECT_THAT(Exactly(1, *listener), ElementsAre("5"));
}

// PSH-001, DEL-029
TEST_P(Push, SendsWhatIsStoredWithTheAckSubjectAsReply) {
  auto listener = Listen("d");
  ASSERT_TRUE(jetstream()
                  .Publish({.subject = "s.a", .headers = {{"K", "v"}},
                            .data = "one"})
                  .ok());
  MakePush();

  const Message message = NextMessage(*listener);

  EXPECT_EQ(message.subject, "s.a");
  EXPECT_EQ(message.data, "one");
  EXPECT_EQ(message.headers.Get("K"), "v");
  EXPECT_THAT(message.reply, testing::StartsWith("$JS.ACK.S.C.1.1.1."));
  EXPECT_THAT(message.reply, testing::EndsWith(".0"));
}

// PSH-003
TEST_P(Push, TellsWhetherItIsBoundOnlyIfItIs) {
  MakePush();
  EXPECT_FALSE(Api("CONSUMER.INFO.S.C").contains("push_bound"));
  auto listener = Listen("d");
  ASSERT_TRUE(Eventually([&] { return Info().push_bound; }));
  EXPECT_EQ(Api("CONSUMER.INFO.S.C")["push_bound"], true);
}

// PSH-001, PSH-002: a subscription with wildcards is no interest, though it gets
// what is sent.
TEST_P(Push, WildcardsDoNotCountAsInterest) {
  Publish("s.a");
  auto wild = Listen("d.>");
  MakePush({.deliver_subject = "d.1"});
  EXPECT_EQ(NextWords(*wild, kQuiet), "nothing");
  EXPECT_FALSE(Info().push_bound);

  auto listener = Listen("d.1");

  EXPECT_EQ(NextWords(*listener), "1");
  EXPECT_EQ(NextWords(*wild), "1");
}

// PSH-004
TEST_P(Push, OnlyItsGroupCountsAsInterest) {
  Publish("s.a");
  MakePush({.deliver_group = "g"});
  auto plain = Listen("d");
  auto other = Listen("d", "h");
  EXPECT_EQ(NextWords(*plain, kQuiet), "nothing");
  EXPECT_FALSE(Info().push_bound);

  auto member = Listen("d", "g");

  EXPECT_EQ(NextWords(*member), "1");
  EXPECT_EQ(NextWords(*plain), "1");
  EXPECT_EQ(NextWords(*other), "1");
  EXPECT_TRUE(Info().push_bound);
  member->Unsubscribe();
  EXPECT_TRUE(Eventually([&] { return !Info().push_bound; }));
}

// PSH-005
TEST_P(Push, GroupsDoNotCountWithoutADeliverGroup) {
  Publish("s.a");
  MakePush();
  auto member = Listen("d", "g");
  EXPECT_EQ(NextWords(*member, kQuiet), "nothing");
  EXPECT_FALSE(Info().push_bound);

  auto plain = Listen("d");

  EXPECT_EQ(NextWords(*plain), "1");
  EXPECT_EQ(NextWords(*member), "1");
}

// PSH-006
TEST_P(Push, EachMessageGoesToOneMember) {
  auto one = Listen("d", "g");
  auto other = Listen("d", "g");
  MakePush({.deliver_group = "g"});
  FillTen();
  ASSERT_TRUE(Eventually([&] { return one->pending() + other->pending() == 10; }));
  std::vector<std::uint64_t> all;
  for (Subscription* member : {one.get(), other.get()}) {
    while (member->pending() > 0) {
      all.push_back(Token(NextMessage(*member), 5));
    }
  }
  EXPECT_THAT(all, testing::UnorderedElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
}

// PSH-008, ACK-030
TEST_P(Push, SendsNoMoreThanMayBePending) {
  FillTen();
  auto listener = Listen("d");
  MakePush({.max_ack_pending = 3});

  std::vector<Message> sent;
  for (int i = 0; i < 3; ++i) sent.push_back(NextMessage(*listener));
  EXPECT_EQ(Words(sent[2]), "3");
  EXPECT_EQ(NextWords(*listener, kQuiet), "nothing");
  Ack(sent[1]);
  EXPECT_THAT(Exactly(1, *listener), ElementsAre("4"));
  Ack(sent[0], "+TERM");
  EXPECT_THAT(Exactly(1, *listener), ElementsAre("5"));
  EXPECT_EQ(Info().num_ack_pending, 3u);
}

// ACK-030
TEST_P(Push, TheDefaultBoundIsAThousand) {
  auto listener = Listen("d");
  MakePush();
  for (int i = 0; i < 1005; ++i) Publish("s.a");
  ASSERT_TRUE(Eventually([&] { return listener->pending() == 1000; }));
  Advance(kQuiet);
  EXPECT_EQ(listener->pending(), 1000u);
  EXPECT_EQ(Info().num_pending, 5u);
}

// PSH-009, INF-003, INF-006
TEST_P(Push, NakSendsItAgainAtOnce) {
  Fill({"s.a", "s.b"});
  auto listener = Listen("d");
  MakePush();
  const Message first = NextMessage(*listener);
  ASSERT_EQ(NextWords(*listener), "2");

  Ack(first, "-NAK");

  EXPECT_THAT(Exactly(1, *listener), ElementsAre("1 #2"));
  const ConsumerInfo info = Info();
  EXPECT_EQ(info.num_redelivered, 1u);
  EXPECT_EQ(info.num_ack_pending, 2u);
  EXPECT_EQ(Text(info.delivered), "3/2");
  EXPECT_EQ(Text(info.ack_floor), "0/0");
}

// PSH-002: what was sent comes back by its ack wait only.
TEST_P(Push, NewInterestGetsWhatIsUnackedByAckWait) {
  Publish("s.a");
  auto listener = Listen("d");
  MakePush({.ack_wait = absl::Milliseconds(400)});
  ASSERT_EQ(NextWords(*listener), "1");
  listener->Unsubscribe();
  ASSERT_TRUE(Eventually([&] { return !Info().push_bound; }));

  listener = Listen("d");

  EXPECT_EQ(NextWords(*listener, absl::Milliseconds(100)), "nothing");
  EXPECT_EQ(NextWords(*listener), "1 #2");
}

// PSH-002: what expires meanwhile waits.
TEST_P(Push, ExpiredMessagesWaitForInterest) {
  Publish("s.a");
  auto listener = Listen("d");
  MakePush({.ack_wait = absl::Milliseconds(100)});
  ASSERT_EQ(NextWords(*listener), "1");
  listener->Unsubscribe();

  Advance(absl::Milliseconds(400));
  EXPECT_EQ(Text(Info().delivered), "1/1");
  listener = Listen("d");

  EXPECT_EQ(NextWords(*listener), "1 #2");
}

// PUL-015
TEST_P(Push, RefusesPullRequests) {
  Publish("s.a");
  auto listener = Listen("d");
  MakePush();
  const Message sent = NextMessage(*listener);

  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(5)}).ok());
  EXPECT_EQ(NextEvent(*pull), "409 Consumer is push based");
  const absl::StatusOr<Message> next = connection().Request(
      {.subject = sent.reply, .data = "+NXT"}, {.timeout = absl::Seconds(2)});
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(Words(*next), "409 Consumer is push based");
  EXPECT_EQ(Text(Info().ack_floor), "1/1");
}

// ACK-059
TEST_P(Push, IdlePushConsumerKeepsMessages) {
  Create({.name = "I", .subjects = {"i.>"}, .retention = Retention::kInterest,
          .storage = Storage::kMemory});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("I", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit,
                                        .deliver_subject = "d"})
                  .ok());
  Publish("i.a");
  EXPECT_EQ(State("I").messages, 1u);

  auto listener = Listen("d");
  Ack(NextMessage(*listener));

  EXPECT_TRUE(Eventually([&] { return State("I").messages == 0; }));
}

// ACK-057
TEST_P(Push, WithoutAcksDeliverySettles) {
  Create({.name = "I", .subjects = {"i.>"}, .retention = Retention::kInterest,
          .storage = Storage::kMemory});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("I", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kNone,
                                        .deliver_subject = "d"})
                  .ok());
  Publish("i.a");
  Publish("i.a");
  EXPECT_EQ(State("I").messages, 2u);

  auto listener = Listen("d");

  EXPECT_THAT(Exactly(2, *listener), ElementsAre("1", "2"));
  EXPECT_TRUE(Eventually([&] { return State("I").messages == 0; }));
  const ConsumerInfo info = jetstream().GetConsumerInfo("I", "C").value();
  EXPECT_EQ(Text(info.delivered), "2/2");
  EXPECT_EQ(Text(info.ack_floor), "2/2");
}

// DEL-020
TEST_P(Push, HeadersOnlySendsTheSize) {
  Publish("s.a", "12345");
  auto listener = Listen("d");
  MakePush({.headers_only = true});
  const Message message = NextMessage(*listener);
  EXPECT_EQ(message.data, "");
  EXPECT_EQ(message.headers.Get("Nats-Msg-Size"), "5");
}

// DEL-049: what is sent to a subscription that has enough by then is lost to the
// client, and to the server not new.
TEST_P(Push, WhatNobodyGetsIsPending) {
  for (int i = 0; i < 5; ++i) Publish("s.a");
  auto listener = Listen("d");
  ASSERT_TRUE(listener->AutoUnsubscribe(3).ok());
  MakePush({.ack_wait = absl::Milliseconds(500)});

  EXPECT_EQ(NextWords(*listener), "1");
  EXPECT_EQ(NextWords(*listener), "2");
  EXPECT_EQ(NextWords(*listener), "3");
  ASSERT_TRUE(Eventually([&] { return !Info().push_bound; }));
  ConsumerInfo info = Info();
  EXPECT_EQ(info.num_ack_pending, 5u);
  EXPECT_EQ(Text(info.delivered), "5/5");
  EXPECT_EQ(info.num_redelivered, Since("2.10") && !Since("2.11") ? 2u : 0u);

  Advance(absl::Milliseconds(600));
  auto next = Listen("d");

  // 2.10 takes them for delivered more often than anybody allows.
  if (Since("2.10") && !Since("2.11")) {
    EXPECT_THAT(Exactly(3, *next), ElementsAre("1 #2", "2 #2", "3 #2"));
    EXPECT_EQ(Info().num_ack_pending, 3u);
  } else {
    EXPECT_THAT(Exactly(5, *next),
                ElementsAre("1 #2", "2 #2", "3 #2", "4 #2", "5 #2"));
  }
}

// PSH-001: a stream on just that subject listens, too, and stores what is sent
// under the subject it had.
TEST_P(Push, StreamOnTheDeliverSubjectTakesWhatIsSent) {
  Create({.name = "T", .subjects = {"t.one", "t.all.>"},
          .storage = Storage::kMemory});
  MakePush({.deliver_subject = "t.one"});
  MakePush({.name = "", .deliver_subject = "t.one"});
  EXPECT_TRUE(Info().push_bound);
  Publish("s.a", "data");
  ASSERT_TRUE(Eventually([&] { return State("T").messages == 1; }));
  const StoredMessage stored = jetstream().GetMessage("T", {.seq = 1}).value();
  EXPECT_EQ(stored.subject, "s.a");
  EXPECT_EQ(stored.data, "data");

  ASSERT_TRUE(jetstream()
                  .CreateConsumer("S", {.durable_name = "W",
                                        .ack_policy = AckPolicy::kExplicit,
                                        .deliver_subject = "t.all.x"})
                  .ok());
  EXPECT_FALSE(Info("W").push_bound);
  ASSERT_EQ(jetstream().DeleteStream("T"), absl::OkStatus());
  EXPECT_TRUE(Eventually([&] { return !Info().push_bound; }));
}

}  // namespace
}  // namespace windtunnel
