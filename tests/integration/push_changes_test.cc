// Push consumers: updates, pauses, resets, restarts and their end.

#include <string>
#include <vector>

#include "tests/integration/push_behaviour.h"

namespace windtunnel {
namespace {

using testing::AnyOf;
using testing::ElementsAre;

BEHAVIOUR_SUITE_OF(PushBehaviour, PushChanges);

// PSH-010, CON-108
TEST_P(PushChanges, NewDeliverSubjectGetsWhatIsPending) {
  FillTen();
  auto listener = Listen("d");
  MakePush({.max_ack_pending = 4});
  std::vector<Message> sent;
  for (int i = 0; i < 4; ++i) sent.push_back(NextMessage(*listener));
  Ack(sent[1]);
  ASSERT_EQ(NextWords(*listener), "5");
  ConsumerConfig config = Info().config;
  config.deliver_subject = "e";
  EXPECT_EQ(ErrorOf(jetstream().UpdateConsumer("S", config)),
            (JetStreamError{400, 10013, "consumer name already in use"}));

  listener->Unsubscribe();
  ASSERT_TRUE(Eventually([&] { return !Info().push_bound; }));
  auto next = Listen("e");
  ASSERT_TRUE(jetstream().UpdateConsumer("S", config).ok());

  EXPECT_THAT(Exactly(4, *next), ElementsAre("1 #2", "3 #2", "4 #2", "5 #2"));
  EXPECT_EQ(Info().config.deliver_subject, "e");
  EXPECT_TRUE(Info().push_bound);
  EXPECT_EQ(Info().num_redelivered, 4u);
  auto old = Listen("d");
  Publish("s.z");
  EXPECT_EQ(NextWords(*old, kQuiet), "nothing");
}

// CON-108: any interest forbids it, with wildcards too.
TEST_P(PushChanges, DeliverSubjectStaysWhileAnybodyListens) {
  MakePush({.deliver_subject = "d.1"});
  auto wild = Listen("d.*");
  ConsumerConfig config = Info().config;
  config.deliver_subject = "d.2";
  EXPECT_EQ(ErrorOf(jetstream().UpdateConsumer("S", config)),
            (JetStreamError{400, 10013, "consumer name already in use"}));
  wild->Unsubscribe();
  ASSERT_TRUE(
      Eventually([&] { return jetstream().UpdateConsumer("S", config).ok(); }));
}

// CON-107
TEST_P(PushChanges, StaysPush) {
  MakePush();
  ConsumerConfig config = Info().config;
  config.deliver_subject.clear();
  const absl::string_view text =
      Since("2.10") ? "can not update push consumer to pull based"
                    : "max waiting can not be updated";
  EXPECT_EQ(ErrorOf(jetstream().UpdateConsumer("S", config)),
            (JetStreamError{500, 10012, std::string(text)}));
}

// CON-140, CON-139: the times overlap.
TEST_P(PushChanges, InactivityBeginsWhenInterestEnds) {
  const absl::Duration threshold = absl::Milliseconds(500);
  const auto make = [&](const std::string& name) {
    return jetstream()
        .CreateConsumer("S", {.name = name,
                              .ack_policy = AckPolicy::kExplicit,
                              .deliver_subject = "d." + name,
                              .inactive_threshold = threshold})
        .ok();
  };
  const auto exists = [&](const std::string& name) {
    return jetstream().GetConsumerInfo("S", name).ok();
  };
  auto bound = Listen("d.bound");
  auto going = Listen("d.going");
  ASSERT_TRUE(make("bound"));
  ASSERT_TRUE(make("going"));
  ASSERT_TRUE(make("idle"));
  ASSERT_TRUE(make("found"));
  const absl::Time start = runtime().Now();

  Advance(absl::Milliseconds(300));
  going->Unsubscribe();
  auto found = Listen("d.found");
  EXPECT_TRUE(exists("idle"));

  ASSERT_TRUE(Eventually([&] { return !exists("idle"); }));
  EXPECT_GE(runtime().Now() - start, absl::Milliseconds(490));
  EXPECT_LT(runtime().Now() - start, absl::Milliseconds(750));
  EXPECT_TRUE(exists("going"));
  ASSERT_TRUE(Eventually([&] { return !exists("going"); }));
  EXPECT_GE(runtime().Now() - start, absl::Milliseconds(790));
  EXPECT_LT(runtime().Now() - start, absl::Milliseconds(1100));
  EXPECT_TRUE(exists("bound"));
  EXPECT_TRUE(exists("found"));
}

// CON-176: the same over a restart, which ends all interest.
TEST_P(PushChanges, GoesOnAfterARestart) {
  const std::string stream = FreshName();
  Create({.name = stream, .subjects = {"f.>"}});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer(stream, {.durable_name = "C",
                                           .ack_policy = AckPolicy::kExplicit,
                                           .max_ack_pending = 1,
                                           .deliver_subject = "d"})
                  .ok());
  auto listener = Listen("d");
  Publish("f.a");
  Publish("f.a");
  Ack(NextMessage(*listener));
  ASSERT_EQ(NextWords(*listener), "2");

  ASSERT_EQ(world().RestartServer(), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return jetstream().GetAccountInfo().ok(); },
                         absl::Seconds(10)));

  ASSERT_TRUE(Eventually(
      [&] { return jetstream().GetConsumerInfo(stream, "C")->push_bound; }));
  Publish("f.a");
  const ConsumerInfo info = jetstream().GetConsumerInfo(stream, "C").value();
  EXPECT_EQ(Text(info.delivered), "2/2");
  EXPECT_EQ(Text(info.ack_floor), "1/1");
  EXPECT_EQ(info.num_pending, 1u);
}

// CON-153, CON-155
TEST_P(PushChanges, PausedSendsNothing) {
  if (!Since("2.11")) {
    EXPECT_EQ(ErrorOf(Api("CONSUMER.PAUSE.S.C", "{}", absl::Seconds(1))).code,
              0);
    return;
  }
  Fill({"s.a", "s.b"});
  auto listener = Listen("d");
  MakePush({.max_ack_pending = 1});
  const Message first = NextMessage(*listener);
  const absl::Time until = runtime().Now() + absl::Milliseconds(400);
  ASSERT_TRUE(jetstream().PauseConsumer("S", "C", until, {}).ok());

  Ack(first);
  EXPECT_EQ(NextWords(*listener, absl::Milliseconds(200)), "nothing");
  EXPECT_TRUE(Info().push_bound);

  EXPECT_EQ(NextWords(*listener), "2");
  EXPECT_GE(runtime().Now(), until - absl::Milliseconds(10));
}

// CON-164
TEST_P(PushChanges, ResetSendsFromThere) {
  Fill({"s.a", "s.b"});
  auto listener = Listen("d");
  MakePush();
  ASSERT_THAT(Exactly(2, *listener), ElementsAre("1", "2"));
  if (!Since("2.14")) {
    EXPECT_THAT(ErrorOf(Api("CONSUMER.RESET.S.C", "{}", absl::Seconds(1))),
                AnyOf(Timeout(), NoResponders()));
    return;
  }
  EXPECT_EQ(ErrorOf(Api("CONSUMER.RESET.S.C", "{}")), Ok());
  const Message again = NextMessage(*listener);
  EXPECT_EQ(Words(again), "1");
  EXPECT_EQ(Token(again, 6), 1u);
  EXPECT_EQ(NextWords(*listener), "2");
}

// CON-092, CON-067
TEST_P(PushChanges, DirectConsumersReadWorkQueuesAsWell) {
  Create({.name = "W",
          .subjects = {"w.>"},
          .retention = Retention::kWorkQueue,
          .storage = Storage::kMemory});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("W", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  Publish("w.a");
  auto listener = Listen("d");
  const absl::StatusOr<ConsumerInfo> direct =
      jetstream().CreateConsumer("W", {.name = "D",
                                       .ack_policy = AckPolicy::kNone,
                                       .deliver_subject = "d",
                                       .direct = true});
  ASSERT_TRUE(direct.ok()) << direct.status();
  EXPECT_EQ(NextWords(*listener), "1");
  EXPECT_EQ(State("W").messages, 1u);
  EXPECT_TRUE(jetstream().GetConsumerInfo("W", "D").ok());
}

}  // namespace
}  // namespace windtunnel
