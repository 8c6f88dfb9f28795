// Flow control of push consumers: how much is sent before the client answers.

#include <string>
#include <vector>

#include "tests/integration/push_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

class FlowControlled : public PushBehaviour {
 protected:
  static constexpr std::size_t kLarge = 65'536;

  void MakeFlowControlled(AckPolicy policy = AckPolicy::kExplicit) {
    ConsumerConfig config = {.durable_name = "C",
                             .ack_policy = policy,
                             .flow_control = true,
                             .idle_heartbeat = absl::Seconds(30),
                             .deliver_subject = "d"};
    Make(config);
  }
  void FillLarge(int count) {
    for (int i = 0; i < count; ++i) Publish("s.a", std::string(kLarge, 'x'));
  }
  // The messages that come, as "16" for that many, and then the request.
  std::string UntilRequest(Subscription& listener) {
    int count = 0;
    for (;;) {
      const Message message = NextMessage(listener);
      if (message.headers.status_text() == "FlowControl Request") {
        request_ = message;
        return std::to_string(count);
      }
      if (message.reply.empty()) return "no request";
      ++count;
    }
  }
  // How many messages come before nothing does.
  int UntilStall(Subscription& listener) {
    int count = 0;
    while (NextWords(listener, absl::Milliseconds(150)) != "nothing") ++count;
    return count;
  }
  void Answer(const std::string& subject, absl::string_view data = "") {
    ASSERT_EQ(connection().Publish({.subject = subject,
                                    .data = std::string(data)}),
              absl::OkStatus());
  }

  Message request_;
};

BEHAVIOUR_SUITE_OF(FlowControlled, PushFlowControl);

// PSH-017, PSH-018, PSH-019, PSH-020, PSH-021, PSH-023, DEL-048
TEST_P(PushFlowControl, WindowGrowsWithEachAnswer) {
  FillLarge(160);
  auto listener = Listen("d");
  MakeFlowControlled();

  EXPECT_EQ(UntilRequest(*listener), "16");
  const Message first = request_;
  EXPECT_EQ(first.subject, "d");
  EXPECT_EQ(first.data, "");
  EXPECT_EQ(Words(first), "100 FlowControl Request");
  EXPECT_EQ(first.headers.entries().size(), 0u);
  EXPECT_THAT(first.reply, MatchesRegex("\\$JS\\.FC\\.S\\.C\\.[0-9A-Za-z]{4}"));
  EXPECT_EQ(UntilStall(*listener), 16);

  Answer(first.reply, "any");
  EXPECT_EQ(UntilRequest(*listener), "16");
  EXPECT_NE(request_.reply, first.reply);
  Answer(first.reply);
  EXPECT_EQ(UntilStall(*listener), 32);

  Answer(request_.reply);
  EXPECT_EQ(UntilRequest(*listener), "32");
  EXPECT_EQ(UntilStall(*listener), 48);
  EXPECT_EQ(Info().num_pending, 0u);
}

// PSH-018: the deliver subject counts, not the one the message is stored under.
TEST_P(PushFlowControl, SizeIsThatOfWhatIsSent) {
  // With the reply subject 16 of these stay below a mebibyte, if they count
  // their own subject.
  const std::string subject = "s." + std::string(200, 'a');
  for (int i = 0; i < 18; ++i) Publish(subject, std::string(65'460, 'x'));
  auto listener = Listen("d");
  MakeFlowControlled();
  EXPECT_EQ(UntilRequest(*listener), "17");
}

// PSH-024
TEST_P(PushFlowControl, AcksReleaseNothing) {
  FillLarge(40);
  auto listener = Listen("d");
  MakeFlowControlled();
  ASSERT_EQ(UntilRequest(*listener), "16");
  std::vector<Message> sent;
  for (int i = 0; i < 16; ++i) sent.push_back(NextMessage(*listener));
  for (const Message& message : sent) Ack(message);

  EXPECT_EQ(NextWords(*listener, absl::Milliseconds(150)), "nothing");
  Answer(request_.reply);
  EXPECT_EQ(NextWords(*listener), "33");
}

// PSH-024
TEST_P(PushFlowControl, HoldsWithoutAcksAsWell) {
  FillLarge(40);
  auto listener = Listen("d");
  MakeFlowControlled(AckPolicy::kNone);
  EXPECT_EQ(UntilRequest(*listener), "16");
  EXPECT_EQ(UntilStall(*listener), 16);
  Answer(request_.reply);
  EXPECT_EQ(UntilStall(*listener), 8);
}

// PSH-022: messages beyond a window while the request waits are released by its
// answer, too.
TEST_P(PushFlowControl, AnswerReleasesWhatWentBeyondTheWindow) {
  Publish("s.a", std::string(1'000'000, 'x'));
  Publish("s.a", std::string(100'000, 'x'));  // The request follows.
  Publish("s.a", std::string(900'000, 'x'));
  Publish("s.a", std::string(1'000'000, 'x'));
  Publish("s.a", std::string(900'000, 'x'));
  for (int i = 0; i < 5; ++i) Publish("s.a", std::string(1'000'000, 'x'));
  auto listener = Listen("d");
  MakeFlowControlled();
  EXPECT_EQ(UntilRequest(*listener), "2");
  EXPECT_EQ(UntilStall(*listener), 2);
  Answer(request_.reply);
  EXPECT_EQ(UntilRequest(*listener), "1");
  EXPECT_EQ(UntilStall(*listener), 2);
}

// PSH-015, PSH-014
TEST_P(PushFlowControl, HeartbeatsTellOfTheStall) {
  FillLarge(40);
  auto listener = Listen("d");
  Make({.durable_name = "C",
        .ack_policy = AckPolicy::kNone,
        .flow_control = true,
        .idle_heartbeat = absl::Milliseconds(150),
        .deliver_subject = "d"});
  ASSERT_EQ(UntilRequest(*listener), "16");
  Message beat;
  for (int i = 0; i < 17; ++i) beat = NextMessage(*listener);
  ASSERT_EQ(Words(beat), "100 Idle Heartbeat");
  EXPECT_EQ(beat.headers.Get("Nats-Last-Consumer"), "32");
  EXPECT_EQ(beat.headers.Get("Nats-Consumer-Stalled"), request_.reply);

  Answer(std::string(*beat.headers.Get("Nats-Consumer-Stalled")));

  EXPECT_EQ(NextWords(*listener), "33");
  for (int i = 0; i < 8; ++i) beat = NextMessage(*listener);
  EXPECT_EQ(Words(beat), "100 Idle Heartbeat");
  EXPECT_FALSE(beat.headers.Get("Nats-Consumer-Stalled").has_value());
}

// ACK-011: clients of newer servers may acknowledge what is to come.
TEST_P(PushFlowControl, AcksMayBeAhead) {
  FillTen();
  auto listener = Listen("d");
  Make({.durable_name = "C",
        .ack_policy = AckPolicy::kAll,
        .max_ack_pending = 2,
        .flow_control = true,
        .idle_heartbeat = absl::Seconds(30),
        .deliver_subject = "d"});
  ASSERT_EQ(NextWords(*listener), "1");
  ASSERT_EQ(NextWords(*listener), "2");

  const std::string answer = SettleSubject("$JS.ACK.S.C.1.5.5.1.1", "+ACK");

  if (Since("2.10") && !Since("2.11")) {
    EXPECT_EQ(answer, "timeout");
    EXPECT_EQ(NextWords(*listener, kQuiet), "nothing");
  } else {
    EXPECT_EQ(answer, "confirmed");
    EXPECT_EQ(NextWords(*listener), "3");
    EXPECT_EQ(NextWords(*listener), "4");
    EXPECT_EQ(Text(Info().ack_floor), Since("2.11") ? "0/0" : "5/5");
    EXPECT_TRUE(Info().ack_floor.last_active.has_value());
  }
}

// PSH-021: only consumers with flow control listen there, and none answers.
TEST_P(PushFlowControl, OthersTakeNoAnswers) {
  MakeFlowControlled();
  EXPECT_EQ(SettleSubject("$JS.FC.S.C.aaaa", ""), "timeout");
  EXPECT_EQ(SettleSubject("$JS.FC.S.C", ""), "no responders");
  EXPECT_EQ(SettleSubject("$JS.FC.S.C.aaaa.b", ""), "no responders");
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("S", {.durable_name = "D",
                                        .ack_policy = AckPolicy::kExplicit,
                                        .deliver_subject = "e"})
                  .ok());
  EXPECT_EQ(SettleSubject("$JS.FC.S.D.aaaa", ""), "no responders");
  EXPECT_EQ(SettleSubject("$JS.FC.S.X.aaaa", ""), "no responders");
  EXPECT_EQ(SettleSubject("$JS.FC.X.C.aaaa", ""), "no responders");
}

}  // namespace
}  // namespace windtunnel
