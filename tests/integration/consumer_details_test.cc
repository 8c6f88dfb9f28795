// Details of consumers that generated programs found: in which order servers do
// things, and what they tell about it.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class DetailBehaviour : public ConsumerBehaviour {
 protected:
  // Sends `body` as a request for answers to `inbox`.
  void Ask(const std::string& inbox, const std::string& body) {
    EXPECT_TRUE(connection()
                    .Publish({.subject = "$JS.API.CONSUMER.MSG.NEXT.S.C",
                              .reply = inbox,
                              .data = body})
                    .ok());
  }
  // Waits until the consumer has `waiting` requests.
  bool Waiting(std::uint64_t waiting) {
    return Eventually([&] { return Info().num_waiting == waiting; });
  }
  // Data, or "<code> <text> <pending messages>".
  static std::string Next(Subscription& answers) {
    const absl::StatusOr<Message> answer = answers.Next(absl::Seconds(2));
    if (!answer.ok()) return ErrorOf(answer).description;
    const Headers& headers = answer->headers;
    if (headers.status_code() == 0) return answer->data;
    return absl::StrCat(headers.status_code(), " ", headers.status_text(), " ",
                        headers.Get("Nats-Pending-Messages").value_or(""));
  }
  // The subject on which the `consumer_seq`th delivery, of `stream_seq`, would
  // be acknowledged.
  static std::string AckSubject(int stream_seq, int consumer_seq) {
    return absl::StrCat("$JS.ACK.S.C.1.", stream_seq, ".", consumer_seq,
                        ".1735689600000000000.0");
  }
  JetStreamError Pause(const std::string& body) {
    return ErrorOf(Api("CONSUMER.PAUSE.S.C", body,
                       absl::Milliseconds(Since("2.11") ? 5000 : 200)));
  }
};

BEHAVIOUR_SUITE_OF(DetailBehaviour, ConsumerDetails);

constexpr char kForever[] = R"({"pause_until":"2100-01-01T00:00:00Z"})";

// PUL-009, PUL-044
TEST_P(ConsumerDetails, ARequestThatNamesNoBatchIsOneShortInTheEnd) {
  Fill({"s.a"});
  MakeExplicit();
  const std::string inbox = connection().NewInbox();
  auto answers = Listen(inbox);

  Ask(inbox, R"({"max_bytes":500})");

  EXPECT_EQ(Next(*answers), "1");
  if (Since("2.10")) {
    EXPECT_EQ(Next(*answers), "409 Batch Completed -1");
  } else {
    EXPECT_TRUE(Waiting(0));
    EXPECT_EQ(answers->pending(), 0);
  }
}

// PUL-033
TEST_P(ConsumerDetails, RequestsThatNameNoBatchDoNotCountAsPending) {
  MakeExplicit({.max_ack_pending = 1});
  Fill({"s.a", "s.a", "s.a"});
  ASSERT_EQ(SequencesNow(1), std::vector<std::uint64_t>{1});
  const std::string inbox = connection().NewInbox();
  auto answers = Listen(inbox);
  for (int i = 0; i < 3; ++i) Ask(inbox, "{}");
  ASSERT_TRUE(Waiting(3));

  Ask(inbox, R"({"no_wait":true})");
  EXPECT_TRUE(Waiting(4));
  for (int i = 0; i < 3; ++i) Ask(inbox, R"({"batch":1})");
  ASSERT_TRUE(Waiting(7));

  Ask(inbox, R"({"no_wait":true})");
  EXPECT_EQ(Next(*answers), "408 Requests Pending ");
}

// ACK-013
TEST_P(ConsumerDetails,
       SequenceZeroIsConfirmedSince210UnlessSomebodyIsInterested) {
  MakeExplicit();
  Fill({"s.a"});
  EXPECT_EQ(SettleSubject(AckSubject(0, 1), "+ACK"),
            Since("2.10") ? "confirmed" : "timeout");
  EXPECT_EQ(SettleSubject(AckSubject(0, 1), "-NAK"), "timeout");

  Create({.name = "I",
          .subjects = {"i"},
          .retention = Retention::kInterest,
          .storage = Storage::kMemory});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("I", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  EXPECT_EQ(SettleSubject("$JS.ACK.I.C.1.0.1.1735689600000000000.0", "+ACK"),
            "timeout");
}

// ACK-027, INF-005
TEST_P(ConsumerDetails,
       AnAckOfNothingPendingMovesTheFloorUnlessItIsShownAsStored) {
  ConsumerConfig config;
  config.durable_name = "C";
  config.ack_policy = AckPolicy::kAll;
  config.filter_subject = "s.a";
  Make(config);
  Fill({"s.a", "s.b", "s.a"});
  ASSERT_EQ(SequencesNow(2), (std::vector<std::uint64_t>{1, 3}));

  EXPECT_EQ(SettleSubject(AckSubject(2, 1), "+ACK"), "confirmed");

  const ConsumerInfo info = Info();
  EXPECT_EQ(info.num_ack_pending, 1);
  EXPECT_EQ(info.ack_floor.stream_seq, Since("2.11") ? 0 : 2);
}

// PUL-045
TEST_P(ConsumerDetails, TheRequestInAnAckWaitsBeforeTheAckMakesRoom) {
  MakeExplicit({.max_ack_pending = 1});
  Fill({"s.a", "s.a", "s.a"});
  const std::string inbox = connection().NewInbox();
  auto answers = Listen(inbox);
  auto next_answers = Listen(inbox + ".next");
  const std::vector<Delivery> first = FetchNow(1);
  ASSERT_THAT(Sequences(first), ElementsAre(1));
  Ask(inbox, R"({"batch":5})");
  ASSERT_TRUE(Waiting(1));

  ASSERT_TRUE(connection()
                  .Publish({.subject = first[0].ack_subject(),
                            .reply = inbox + ".next",
                            .data = "+NXT"})
                  .ok());
  EXPECT_EQ(Next(*answers), "2");

  // The first request has had its turn.
  ASSERT_EQ(SettleSubject(AckSubject(2, 2), "+ACK"), "confirmed");
  EXPECT_EQ(Next(*next_answers), "3");
}

// CON-114
TEST_P(ConsumerDetails, AnUpdateIsAnsweredBeforeItMakesRoom) {
  MakeExplicit({.max_ack_pending = 1});
  Fill({"s.a", "s.a"});
  const std::string inbox = connection().NewInbox();
  auto answers = Listen(inbox);
  Ask(inbox, R"({"batch":5})");
  EXPECT_EQ(Next(*answers), "1");

  ConsumerConfig config = Info().config;
  config.max_ack_pending = 2;
  const ConsumerInfo info = jetstream().UpdateConsumer("S", config).value();

  EXPECT_EQ(info.num_ack_pending, 1);
  EXPECT_EQ(info.num_waiting, 1);
  EXPECT_EQ(Next(*answers), "2");
}

// CON-158
TEST_P(ConsumerDetails, AResetIsAnsweredBeforeItDelivers) {
  MakeExplicit();
  Fill({"s.a", "s.a"});
  const std::string inbox = connection().NewInbox();
  auto answers = Listen(inbox);
  Ask(inbox, R"({"batch":3})");
  EXPECT_EQ(Next(*answers), "1");
  EXPECT_EQ(Next(*answers), "2");
  if (!Since("2.14")) {  // Nobody answers.
    EXPECT_EQ(ErrorOf(Api("CONSUMER.RESET.S.C", "", absl::Milliseconds(200))),
              Timeout());
    return;
  }

  const nlohmann::json reset = Api("CONSUMER.RESET.S.C");

  EXPECT_EQ(reset["reset_seq"], 1);
  EXPECT_EQ(reset["num_pending"], 2);
  EXPECT_EQ(reset["num_waiting"], 1);
  EXPECT_EQ(Next(*answers), "1");
}

// CON-154
TEST_P(ConsumerDetails, APausedConsumerHasItsMessagesPending) {
  MakeExplicit();
  if (!Since("2.11")) {  // Nobody answers.
    EXPECT_EQ(Pause(kForever), Timeout());
    return;
  }
  ASSERT_EQ(Pause(kForever), Ok());
  Fill({"s.a"});
  const std::string inbox = connection().NewInbox();
  auto answers = Listen(inbox);
  Ask(inbox, R"({"batch":1,"no_wait":true})");
  EXPECT_EQ(Next(*answers), "404 No Messages ");
  Ask(inbox, R"({"batch":2})");
  ASSERT_TRUE(Waiting(1));

  Ask(inbox, R"({"batch":1,"no_wait":true})");

  EXPECT_EQ(Next(*answers), "408 Requests Pending ");
}

// CON-064, CON-147, CON-148
TEST_P(ConsumerDetails, APauseNeedsANewerServer) {
  MakeExplicit();
  const auto level = [&] { return Info().config.metadata["_nats.req.level"]; };
  if (!Since("2.11")) {
    EXPECT_EQ(level(), "");
    return;
  }
  EXPECT_EQ(level(), "0");
  ASSERT_EQ(Pause(kForever), Ok());
  EXPECT_EQ(level(), "1");
  ASSERT_EQ(Pause(""), Ok());
  EXPECT_EQ(level(), "0");
}

// CON-152, INF-023
TEST_P(ConsumerDetails, AnUpdateOfAPausedConsumerTellsOfThePause) {
  MakeExplicit();
  if (!Since("2.11")) {  // Nobody answers.
    EXPECT_EQ(Pause(kForever), Timeout());
    return;
  }
  ASSERT_EQ(Pause(kForever), Ok());
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.PAUSE.S.C");

  EXPECT_TRUE(MakeExplicit().paused);  // As it was.

  const absl::StatusOr<Message> advisory = advisories->Next(absl::Seconds(2));
  ASSERT_TRUE(advisory.ok());
  EXPECT_THAT(advisory->data, testing::HasSubstr(R"("paused":true)"));
}

// DEL-008
TEST_P(ConsumerDetails, AStartByTimeSkipsToTheFirstMessageOfAFilterOnly) {
  for (const char* subject : {"s.a", "s.b", "s.b", "s.c", "s.a", "s.b"}) {
    Publish(subject);
    Advance(absl::Milliseconds(2));
  }
  const auto start = [&](std::uint64_t from, const std::string& filter) {
    ConsumerConfig config;
    config.name = absl::StrCat("C", from, filter.substr(2));
    config.deliver_policy = DeliverPolicy::kByStartTime;
    config.opt_start_time = jetstream().GetMessage("S", {.seq = from})->time;
    config.filter_subject = filter;
    return Make(config).delivered.stream_seq + 1;
  };

  EXPECT_EQ(start(2, "s.c"), Since("2.10") ? 4 : 2);
  EXPECT_EQ(start(2, "s.a"), 2);  // Its first one is before the start.
}

// PUL-042
TEST_P(ConsumerDetails, AMessageTooLargeForEverybodyIsLookedAtAllTheSame) {
  MakeExplicit({.filter_subject = "s.a"});
  Fill({"s.a", "s.b", "s.b"});
  ASSERT_EQ(SequencesNow(1), std::vector<std::uint64_t>{1});
  Fill({"s.a"});
  const std::string inbox = connection().NewInbox();
  auto answers = Listen(inbox);

  Ask(inbox, R"({"batch":1,"max_bytes":5})");

  EXPECT_EQ(Next(*answers), "409 Message Size Exceeds MaxBytes 1");
  EXPECT_EQ(Info().delivered.stream_seq, Since("2.11") ? 1 : 3);
}

}  // namespace
}  // namespace windtunnel
