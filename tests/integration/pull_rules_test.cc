// Pull requests: where they are heard, in what order they are checked, and in what
// order answers leave.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

class PullRulesBehaviour : public ConsumerBehaviour {
 protected:
  // Sends a request to `C` from `inbox`.
  void Send(const std::string& inbox, absl::string_view body,
            const Headers& headers = {}) {
    ASSERT_TRUE(connection()
                    .Publish({.subject = "$JS.API.CONSUMER.MSG.NEXT.S.C",
                              .reply = inbox,
                              .headers = headers,
                              .data = std::string(body)})
                    .ok());
  }
  // The first answer to a request: data, or "<code> <text>".
  std::string Ask(absl::string_view body, const Headers& headers = {}) {
    auto answers = Listen(connection().NewInbox());
    Send(answers->subject(), body, headers);
    return Next(*answers);
  }
  std::string Next(Subscription& answers) {
    auto answer = answers.Next(absl::Milliseconds(150));
    if (!answer.ok()) return "nothing";
    const int code = answer->headers.status_code();
    return code == 0 ? answer->data
                     : absl::StrCat(code, " ", answer->headers.status_text());
  }
};

BEHAVIOUR_SUITE_OF(PullRulesBehaviour, PullRules);

// STO-071, DEL-027
TEST_P(PullRules, UpdateEvictsAllBeforeAnythingIsDelivered) {
  Fill({"s.a", "s.a", "s.a", "s.a", "s.a"});
  MakeExplicit({.max_ack_pending = 1});
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 5, .expires = absl::Seconds(5)}).ok());
  ASSERT_EQ(NextEvent(*pull), "1");

  Update({.name = "S",
          .subjects = {"s.>"},
          .max_msgs = 2,
          .storage = Storage::kMemory});

  EXPECT_EQ(NextEvent(*pull), "4");
}

// PUL-033
TEST_P(PullRules, NegativeBatchesLeaveNothingToOthers) {
  MakeExplicit({.max_ack_pending = 1});
  Fill({"s.a", "s.a", "s.a"});
  ASSERT_EQ(SequencesNow(1), std::vector<std::uint64_t>{1});
  auto waiting = Listen(connection().NewInbox());
  Send(waiting->subject(), R"({"batch":-2,"expires":5000000000})");

  EXPECT_EQ(Ask(R"({"no_wait":true})"), "408 Requests Pending");
}

// PUL-001
TEST_P(PullRules, RequestWithoutReplySubjectIsIgnored) {
  FillTen();
  MakeExplicit();

  Send("", R"({"batch":3})");
  EXPECT_EQ(Ask(R"({"batch":1})"), "1");

  EXPECT_EQ(Info().num_waiting, 0u);
  EXPECT_EQ(Info().delivered.consumer_seq, 1u);
}

// PUL-016
TEST_P(PullRules, RequiredApiLevelIsCheckedSince212) {
  FillTen();
  MakeExplicit();

  for (const char* level : {"100", "x"}) {
    const std::string answer =
        Ask(R"({"batch":1})", {{"Nats-Required-Api-Level", level}});
    if (Since("2.12")) {
      EXPECT_EQ(answer, "412 Required Api Level") << level;
    } else {
      EXPECT_THAT(answer, testing::AnyOf("1", "2")) << level;
    }
  }
  EXPECT_EQ(Ask(R"({"batch":1})", {{"Nats-Required-Api-Level", "0"}}),
            Since("2.12") ? "1" : "3");
}

// PUL-017
TEST_P(PullRules, FirstOfSeveralFaultsAnswers) {
  FillTen();
  MakeExplicit({.max_waiting = 1,
                .max_batch = 5,
                .max_expires = absl::Seconds(1),
                .max_bytes = 100});

  const char* all =
      R"("batch":9,"expires":9000000000,"max_bytes":900,"no_wait":true)";
  EXPECT_EQ(Ask(absl::StrCat("{", all, R"(,"idle_heartbeat":8000000000})")),
            "400 Bad Request - heartbeat value too large");
  EXPECT_EQ(Ask(absl::StrCat("{", all, "}")),
            "409 Exceeded MaxRequestBatch of 5");
  EXPECT_EQ(Ask(R"({"batch":1,"expires":9000000000,"max_bytes":900})"),
            "409 Exceeded MaxRequestExpires of 1s");
  EXPECT_EQ(Ask(R"({"batch":1,"max_bytes":900,"min_pending":5})"),
            "409 Exceeded MaxRequestMaxBytes of 100");
}

// PUL-017: a full queue comes last.
TEST_P(PullRules, NoWaitIsAnsweredBeforeTheQueueIsFound) {
  MakeExplicit({.max_waiting = 1, .max_batch = 5});
  auto waiting = Listen(connection().NewInbox());
  Send(waiting->subject(), R"({"batch":1,"expires":2000000000})");
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));

  EXPECT_EQ(Ask(R"({"batch":1,"no_wait":true})"), "404 No Messages");
  EXPECT_EQ(Ask(R"({"batch":9})"), "409 Exceeded MaxRequestBatch of 5");
  EXPECT_EQ(Ask(R"({"batch":1})"), "409 Exceeded MaxWaiting");
}

// PUL-026
TEST_P(PullRules, AutoUnsubscribeLeavesTheRestUndelivered) {
  MakeExplicit();
  auto answers = Listen(connection().NewInbox());
  ASSERT_TRUE(answers->AutoUnsubscribe(1).ok());
  Send(answers->subject(), R"({"batch":3,"expires":2000000000})");
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));

  Publish("s.a", "1");
  EXPECT_EQ(Next(*answers), "1");
  Publish("s.a", "2");
  Publish("s.a", "3");

  EXPECT_EQ(Numbers(), "delivered 1/1 floor 0/0 pending 1 again 0 left 2");
  EXPECT_EQ(Info().num_waiting, 0u);
  EXPECT_THAT(SequencesNow(9), ElementsAre(2, 3));
}

// DEL-048
TEST_P(PullRules, StatusesAndConfirmationsStayBehindMessages) {
  FillTen();
  MakeExplicit();
  auto answers = Listen(connection().NewInbox());

  Send(answers->subject(), R"({"batch":99,"expires":1000000000,"no_wait":true})");

  for (int i = 1; i <= 10; ++i) EXPECT_EQ(Next(*answers), absl::StrCat(i));
  EXPECT_THAT(Next(*answers), StartsWith(Since("2.11") ? "404" : "408"));
  // `+NXT`: what it asks for comes after its confirmation would have come.
  ASSERT_TRUE(connection()
                  .Publish({.subject = "$JS.ACK.S.C.1.1.1.1.0",
                            .reply = answers->subject(),
                            .data = "-NAK"})
                  .ok());
  Send(answers->subject(), R"({"batch":1})");
  EXPECT_EQ(Next(*answers), "");
  EXPECT_EQ(Next(*answers), "1");
}

// PUL-034: any timer of a request is taken for the end of the stream.
TEST_P(PullRules, ExpiryOfAnotherRequestEndsOneThatDoesNotWait) {
  FillTen();
  MakeExplicit({.max_ack_pending = 1});
  auto once = Pull();
  ASSERT_TRUE(
      once->Request({.batch = 5, .expires = absl::Seconds(3), .no_wait = true})
          .ok());
  ASSERT_EQ(NextEvent(*once), "1");
  EXPECT_EQ(NextEvent(*once, absl::Milliseconds(50)), "nothing");

  auto other = Pull();
  ASSERT_TRUE(
      other->Request({.batch = 5, .expires = absl::Milliseconds(100)}).ok());

  EXPECT_EQ(NextEvent(*other), "408 Request Timeout");
  EXPECT_EQ(NextEvent(*once),
            Since("2.11") ? "404 No Messages" : "408 Request Timeout");
}

}  // namespace
}  // namespace windtunnel
