// PushSubscription: what arrives from a push consumer, and answering flow
// control.

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"
#include "windtunnel/push.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

class PushBehaviour : public ConsumerBehaviour {
 protected:
  // A durable `C` that delivers to "out", and what `config` adds.
  ConsumerInfo MakePush(ConsumerConfig config = {}) {
    config.durable_name = "C";
    config.deliver_subject = "out";
    return Make(std::move(config));
  }
  std::unique_ptr<PushSubscription> Push(
      const PushSubscribeOptions& options = {}) {
    return jetstream().SubscribePush("out", options).value();
  }
  // The next event in words: "3" for stream sequence 3, or "100 Idle
  // Heartbeat"; "nothing" after `wait`.
  std::string Next(PushSubscription& push,
                   absl::Duration wait = absl::Seconds(2)) {
    absl::StatusOr<PushEvent> event = push.Next(runtime().Now() + wait, {});
    if (absl::IsDeadlineExceeded(event.status())) return "nothing";
    if (!event.ok()) return absl::StatusCodeToString(event.status().code());
    if (const Delivery* delivery = std::get_if<Delivery>(&*event)) {
      return absl::StrCat(delivery->stream_sequence());
    }
    const PushStatus& status = std::get<PushStatus>(*event);
    return absl::StrCat(status.code, " ", status.description);
  }
  PushStatus NextStatus(PushSubscription& push) {
    const absl::Time deadline = runtime().Now() + absl::Seconds(2);
    for (;;) {
      absl::StatusOr<PushEvent> event = push.Next(deadline, {});
      if (!event.ok()) return {};
      if (const PushStatus* status = std::get_if<PushStatus>(&*event)) {
        return *status;
      }
    }
  }
  // Messages of 64 KiB: 16 of them are half a window.
  void FillLarge(int count) {
    const std::string data(65'536, 'x');
    for (int i = 0; i < count; ++i) Publish("s.a", data);
  }
  std::uint64_t Delivered() { return Info().delivered.consumer_seq; }
};

BEHAVIOUR_SUITE_OF(PushBehaviour, PushSubscriptions);

// PSH-001, PSH-002, DEL-018, DEL-029
TEST_P(PushSubscriptions, HandOutWhatTheConsumerSends) {
  FillTen();
  MakePush({.filter_subject = "s.a"});
  auto push = Push();

  absl::StatusOr<PushEvent> event =
      push->Next(runtime().Now() + absl::Seconds(2), {});

  ASSERT_EQ(event.status(), absl::OkStatus());
  ASSERT_TRUE(std::holds_alternative<Delivery>(*event));
  const Delivery& first = std::get<Delivery>(*event);
  EXPECT_EQ(first.subject(), "s.a");
  EXPECT_EQ(first.data(), "1");
  EXPECT_EQ(first.metadata().stream, "S");
  EXPECT_EQ(first.metadata().consumer, "C");
  EXPECT_EQ(first.consumer_sequence(), 1u);
  EXPECT_EQ(first.num_pending(), 3u);
  EXPECT_EQ(Next(*push), "4");
  EXPECT_EQ(Next(*push), "7");
  EXPECT_EQ(Next(*push), "10");
  EXPECT_EQ(Next(*push, absl::Milliseconds(20)), "nothing");
}

TEST_P(PushSubscriptions, SeeWhatAConsumerMadeAfterwardsSends) {
  FillTen();
  auto push = Push();
  MakePush();

  for (int i = 1; i <= 10; ++i) EXPECT_EQ(Next(*push), absl::StrCat(i));
}

TEST_P(PushSubscriptions, SettleAsAnyDelivery) {
  FillTen();
  MakePush({.ack_policy = AckPolicy::kExplicit});
  auto push = Push();

  auto event = push->Next(runtime().Now() + absl::Seconds(2), {});
  ASSERT_EQ(event.status(), absl::OkStatus());
  EXPECT_EQ(std::get<Delivery>(*event).AckSync(), absl::OkStatus());

  EXPECT_EQ(Info().ack_floor.stream_seq, 1u);
}

// PSH-006
TEST_P(PushSubscriptions, ShareTheMessagesOfAGroup) {
  MakePush({.deliver_group = "G"});
  auto one = Push({.queue_group = "G"});
  auto two = Push({.queue_group = "G"});
  FillTen();

  ASSERT_TRUE(
      Eventually([&] { return one->buffered() + two->buffered() == 10; }));
  Advance(absl::Milliseconds(20));
  EXPECT_EQ(one->buffered() + two->buffered(), 10u);
}

// PSH-011
TEST_P(PushSubscriptions, TellHeartbeats) {
  FillTen();
  MakePush(
      {.filter_subject = "s.b", .idle_heartbeat = absl::Milliseconds(150)});
  auto push = Push();

  const PushStatus status = NextStatus(*push);

  EXPECT_EQ(status.code, 100);
  EXPECT_EQ(status.description, "Idle Heartbeat");
  EXPECT_TRUE(status.heartbeat());
  EXPECT_FALSE(status.flow_control());
  EXPECT_EQ(status.last_consumer_sequence, 3u);
  EXPECT_EQ(status.last_stream_sequence, 10u);
  EXPECT_EQ(status.flow_control_subject, "");
}

// PSH-017, PSH-019, PSH-020, PSH-021
TEST_P(PushSubscriptions, HoldTheServerUpUntilTheRequestIsTaken) {
  FillLarge(100);
  MakePush({.flow_control = true, .idle_heartbeat = absl::Seconds(5)});
  auto push = Push();
  ASSERT_TRUE(Eventually([&] { return Delivered() == 32; })) << Delivered();
  Advance(absl::Milliseconds(20));
  EXPECT_EQ(Delivered(), 32u);

  for (int i = 1; i <= 16; ++i) EXPECT_EQ(Next(*push), absl::StrCat(i));
  Advance(absl::Milliseconds(20));
  EXPECT_EQ(Delivered(), 32u);  // The request comes next and was not taken.
  const PushStatus request = NextStatus(*push);

  EXPECT_EQ(request.code, 100);
  EXPECT_EQ(request.description, "FlowControl Request");
  EXPECT_TRUE(request.flow_control());
  EXPECT_FALSE(request.heartbeat());
  EXPECT_THAT(request.flow_control_subject, StartsWith("$JS.FC.S.C."));
  EXPECT_TRUE(Eventually([&] { return Delivered() == 80; })) << Delivered();
  std::vector<std::string> rest;
  for (int i = 17; i <= 100;) {
    const std::string next = Next(*push);
    if (next == "100 FlowControl Request") continue;
    ASSERT_EQ(next, absl::StrCat(i));
    ++i;
  }
}

// PSH-015
TEST_P(PushSubscriptions, HeartbeatsRepeatTheRequest) {
  FillLarge(40);
  MakePush({.flow_control = true, .idle_heartbeat = absl::Milliseconds(150)});
  auto answers = Listen("$JS.FC.S.C.*");
  auto push = Push();
  // 32 messages, the request, and heartbeats.
  ASSERT_TRUE(Eventually([&] { return push->buffered() >= 35; }));
  for (int i = 1; i <= 16; ++i) EXPECT_EQ(Next(*push), absl::StrCat(i));
  const PushStatus request = NextStatus(*push);
  ASSERT_TRUE(request.flow_control());
  for (int i = 17; i <= 32; ++i) EXPECT_EQ(Next(*push), absl::StrCat(i));

  const PushStatus heartbeat = NextStatus(*push);

  EXPECT_TRUE(heartbeat.heartbeat());
  EXPECT_EQ(heartbeat.flow_control_subject, request.flow_control_subject);
  EXPECT_EQ(heartbeat.last_consumer_sequence, 32u);
  // The same is answered once, and what was held up comes.
  for (int i = 33; i <= 40;) {
    const std::string next = Next(*push);
    if (next.substr(0, 4) == "100 ") continue;
    ASSERT_EQ(next, absl::StrCat(i));
    ++i;
  }
  std::vector<std::string> answered;
  for (auto answer = answers->Next(absl::Milliseconds(20)); answer.ok();
       answer = answers->Next(absl::Milliseconds(20))) {
    answered.push_back(answer->subject);
  }
  ASSERT_FALSE(answered.empty());
  EXPECT_EQ(answered[0], request.flow_control_subject);
  for (std::size_t i = 1; i < answered.size(); ++i) {
    EXPECT_NE(answered[i], answered[i - 1]);
  }
}

// CON-174
TEST_P(PushSubscriptions, AnswersSettleWhatWasTaken) {
  ConsumerConfig config = {.durable_name = "C",
                           .ack_policy = AckPolicy::kFlowControl,
                           .flow_control = true,
                           .idle_heartbeat = absl::Seconds(1),
                           .deliver_subject = "out"};
  if (!Since("2.14")) {
    EXPECT_EQ(jetstream().CreateConsumer("S", config).status().code(),
              absl::StatusCode::kInvalidArgument);
    return;
  }
  FillLarge(20);
  Make(config);
  auto push = Push({.acknowledge_taken = true});
  for (int i = 1; i <= 16; ++i) EXPECT_EQ(Next(*push), absl::StrCat(i));
  EXPECT_EQ(Info().num_ack_pending, 20u);

  EXPECT_EQ(Next(*push), "100 FlowControl Request");

  EXPECT_TRUE(Eventually([&] { return Info().num_ack_pending == 4; }));
  EXPECT_EQ(Info().ack_floor.consumer_seq, 16u);
  EXPECT_EQ(Info().ack_floor.stream_seq, 16u);
}

TEST_P(PushSubscriptions, EndWhenUnsubscribed) {
  FillTen();
  MakePush();
  auto push = Push();
  ASSERT_TRUE(Eventually([&] { return push->buffered() == 10; }));

  push->Unsubscribe();

  for (int i = 1; i <= 10; ++i) EXPECT_EQ(Next(*push), absl::StrCat(i));
  EXPECT_EQ(Next(*push), "FAILED_PRECONDITION");
  EXPECT_TRUE(Eventually([&] { return !Info().push_bound; }));
}

TEST_P(PushSubscriptions, AreTimedOutAndCancelled) {
  MakePush();
  auto push = Push();
  CancellationSource stop(runtime());
  const absl::Time start = runtime().Now();
  EXPECT_EQ(Next(*push, absl::Milliseconds(50)), "nothing");
  EXPECT_GE(runtime().Now(), start + absl::Milliseconds(50));

  stop.Cancel();

  EXPECT_EQ(push->Next(absl::InfiniteFuture(), stop.token()).status().code(),
            absl::StatusCode::kCancelled);
}

TEST_P(PushSubscriptions, RefuseWhatNoConsumerDeliversTo) {
  for (const char* subject : {"", "a b", "a..b", "a.*", ">"}) {
    EXPECT_EQ(jetstream().SubscribePush(subject).status().code(),
              absl::StatusCode::kInvalidArgument)
        << subject;
  }
  EXPECT_EQ(
      jetstream().SubscribePush("out", {.queue_group = "a b"}).status().code(),
      absl::StatusCode::kInvalidArgument);
}

TEST_P(PushSubscriptions, TellACutAndGoOn) {
  const std::string stream = FreshName();
  Create({.name = stream, .subjects = {"f"}});
  Publish("f", "1");
  ASSERT_TRUE(jetstream()
                  .CreateConsumer(stream, {.durable_name = "D",
                                           .deliver_subject = "file.out"})
                  .ok());
  auto push = jetstream().SubscribePush("file.out").value();
  EXPECT_EQ(Next(*push), "1");

  ASSERT_EQ(world().RestartServer(), absl::OkStatus());

  EXPECT_EQ(Next(*push, absl::Seconds(5)), "UNAVAILABLE");
  ASSERT_TRUE(Eventually([&] { return jetstream().GetAccountInfo().ok(); },
                         absl::Seconds(10)));
  Publish("f", "2");
  EXPECT_EQ(Next(*push, absl::Seconds(5)), "2");
}

}  // namespace
}  // namespace windtunnel
