// Idle heartbeats of push consumers.

#include <string>
#include <vector>

#include "tests/integration/push_behaviour.h"

namespace windtunnel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::Lt;

BEHAVIOUR_SUITE_OF(PushBehaviour, PushHeartbeats);

constexpr absl::Duration kInterval = absl::Milliseconds(200);
constexpr absl::Duration kEarly = absl::Milliseconds(10);
constexpr absl::Duration kLate = absl::Milliseconds(90);

// "last consumer sequence/last stream sequence" of a heartbeat.
std::string Position(const Message& message) {
  if (message.headers.status_text() != "Idle Heartbeat") return "none";
  return std::string(message.headers.Get("Nats-Last-Consumer").value_or("?")) +
         "/" +
         std::string(message.headers.Get("Nats-Last-Stream").value_or("?"));
}

// PSH-011, PSH-012
TEST_P(PushHeartbeats, ComeAnIntervalAfterTheLastMessage) {
  Fill({"s.a", "s.b"});
  auto listener = Listen("d");
  MakePush({.idle_heartbeat = kInterval});
  const absl::Time start = runtime().Now();
  ASSERT_EQ(NextWords(*listener), "1");
  ASSERT_EQ(NextWords(*listener), "2");

  const Message beat = NextMessage(*listener);
  const absl::Time first = runtime().Now();
  EXPECT_EQ(Words(beat), "100 Idle Heartbeat");
  EXPECT_EQ(beat.subject, "d");
  EXPECT_EQ(beat.reply, "");
  EXPECT_EQ(beat.data, "");
  EXPECT_EQ(Position(beat), "2/2");
  EXPECT_EQ(beat.headers.entries().size(), 2u);
  EXPECT_THAT(first - start,
              AllOf(Ge(kInterval - kEarly), Lt(kInterval + kLate)));

  Advance(kInterval / 2);
  Publish("s.a");
  ASSERT_EQ(NextWords(*listener), "3");
  const absl::Time sent = runtime().Now();
  EXPECT_EQ(Position(NextMessage(*listener)), "3/3");
  EXPECT_THAT(runtime().Now() - sent,
              AllOf(Ge(kInterval - kEarly), Lt(kInterval + kLate)));
  EXPECT_EQ(Position(NextMessage(*listener)), "3/3");
  EXPECT_THAT(runtime().Now() - sent,
              AllOf(Ge(2 * kInterval - kEarly), Lt(2 * kInterval + kLate)));
}

// PSH-012: what is acknowledged does not restart the interval.
TEST_P(PushHeartbeats, AcksDoNotPutThemOff) {
  Publish("s.a");
  auto listener = Listen("d");
  MakePush({.idle_heartbeat = kInterval});
  const Message message = NextMessage(*listener);
  const absl::Time sent = runtime().Now();
  Advance(kInterval / 2);
  Ack(message);

  EXPECT_EQ(Position(NextMessage(*listener)), "1/1");
  EXPECT_LT(runtime().Now() - sent, kInterval + kLate);
}

// PSH-013
TEST_P(PushHeartbeats, IntervalRunsOnWithoutInterest) {
  MakePush({.idle_heartbeat = absl::Milliseconds(300)});
  const absl::Time start = runtime().Now();
  Advance(absl::Milliseconds(450));
  auto listener = Listen("d");

  EXPECT_EQ(Position(NextMessage(*listener)), "0/0");

  EXPECT_THAT(runtime().Now() - start,
              AllOf(Ge(absl::Milliseconds(590)), Lt(absl::Milliseconds(700))));
  EXPECT_EQ(listener->pending(), 0u);
}

// PSH-014
TEST_P(PushHeartbeats, ComeWhileNoMoreMayBePending) {
  FillTen();
  auto listener = Listen("d");
  MakePush({.max_ack_pending = 2, .idle_heartbeat = kInterval});
  ASSERT_EQ(NextWords(*listener), "1");
  ASSERT_EQ(NextWords(*listener), "2");

  EXPECT_EQ(Position(NextMessage(*listener)), "2/2");
  EXPECT_EQ(Position(NextMessage(*listener)), "2/2");
}

// PSH-014, CON-155
TEST_P(PushHeartbeats, ComeWhilePaused) {
  auto listener = Listen("d");
  ConsumerConfig config = {.idle_heartbeat = kInterval};
  config.pause_until = runtime().Now() + absl::Seconds(30);
  Publish("s.a");
  MakePush(config);
  if (!Since("2.11")) {  // No server before knows of it.
    EXPECT_EQ(NextWords(*listener), "1");
    return;
  }
  EXPECT_EQ(Position(NextMessage(*listener)), "0/0");
  EXPECT_EQ(Position(NextMessage(*listener)), "0/0");
}

// PSH-016
TEST_P(PushHeartbeats, TellHowFarItLooked) {
  Fill({"s.a", "s.b", "s.b"});
  auto listener = Listen("d");
  MakePush({.filter_subject = "s.a", .idle_heartbeat = kInterval});
  ASSERT_EQ(NextWords(*listener), "1");

  EXPECT_EQ(Position(NextMessage(*listener)), "1/3");
  Publish("s.b");
  EXPECT_EQ(Position(NextMessage(*listener)), "1/3");
  Publish("s.a");
  ASSERT_EQ(NextWords(*listener), "5");
  EXPECT_EQ(Position(NextMessage(*listener)), "2/5");
}

// PSH-011: a message that had to wait for the rate limit puts off what was due,
// but older servers make up for it when nothing is left.
TEST_P(PushHeartbeats, NoneComeBetweenMessagesThatWait) {
  Create({.name = "R", .subjects = {"r"}, .max_msg_size = 1024,
          .storage = Storage::kMemory});
  for (int i = 0; i < 3; ++i) Publish("r", std::string(900, 'x'));
  auto listener = Listen("d");
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("R", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit,
                                        .rate_limit_bps = 32'000,
                                        .idle_heartbeat = absl::Milliseconds(100),
                                        .deliver_subject = "d"})
                  .ok());
  const auto next = [&] { return NextWords(*listener); };
  EXPECT_EQ(next(), "1");
  EXPECT_EQ(next(), "2");
  EXPECT_EQ(next(), "3");
  const absl::Time last = runtime().Now();
  EXPECT_EQ(Position(NextMessage(*listener)), "3/3");
  if (Since("2.11")) {
    EXPECT_GE(runtime().Now() - last, absl::Milliseconds(90));
  } else {
    EXPECT_LT(runtime().Now() - last, absl::Milliseconds(50));
  }
}

}  // namespace
}  // namespace windtunnel
