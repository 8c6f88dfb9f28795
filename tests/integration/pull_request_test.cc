// Pull requests: what they may say, and how the server answers.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class PullBehaviour : public ConsumerBehaviour {
 protected:
  // Sends `body` as a request to `consumer` and returns what comes to the inbox
  // within a short time: data, or "<code> <text>".
  std::vector<std::string> Ask(absl::string_view body, int at_most = 10,
                               absl::string_view consumer = "C") {
    const std::string inbox = connection().NewInbox();
    auto answers = Listen(inbox);
    EXPECT_TRUE(
        connection()
            .Publish({.subject = absl::StrCat("$JS.API.CONSUMER.MSG.NEXT.S.", consumer),
                      .reply = inbox,
                      .data = std::string(body)})
            .ok());
    std::vector<std::string> seen;
    while (static_cast<int>(seen.size()) < at_most) {
      auto answer = answers->Next(absl::Milliseconds(150));
      if (!answer.ok()) break;
      const int code = answer->headers.status_code();
      seen.push_back(code == 0 ? answer->data
                               : absl::StrCat(code, " ", answer->headers.status_text()));
    }
    return seen;
  }
};

BEHAVIOUR_SUITE_OF(PullBehaviour, PullRequests);

// PUL-002
TEST_P(PullRequests, UnknownConsumerHasNoResponderSince210) {
  auto pull = Pull("NONE");
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(1)}).ok());

  const std::string event = NextEvent(*pull, absl::Milliseconds(300));

  EXPECT_THAT(event, Since("2.10") ? testing::StartsWith("503")
                                   : testing::StartsWith("nothing"));
}

// PUL-003, PUL-004, PUL-005, PUL-009
TEST_P(PullRequests, BodyMayBeEmptyANumberOrNonsense) {
  FillTen();
  MakeExplicit();

  EXPECT_THAT(Ask("", 1), ElementsAre("1"));
  EXPECT_THAT(Ask(" 2 ", 2), ElementsAre("2", "3"));
  EXPECT_THAT(Ask("garbage", 1), ElementsAre("4"));
  EXPECT_THAT(Ask(R"({"batch":0})", 1), ElementsAre("5"));
  EXPECT_THAT(Ask(R"({"batch":-3})", 1), ElementsAre("6"));
}

// PUL-006
TEST_P(PullRequests, UnknownFieldsAreIgnored) {
  FillTen();
  MakeExplicit();

  EXPECT_THAT(Ask(R"({"batch":1,"foo":1})", 1), ElementsAre("1"));
}

// PUL-007, PUL-008
TEST_P(PullRequests, BrokenBodiesAreBadRequests) {
  MakeExplicit();

  EXPECT_THAT(Ask("{bad", 1),
              ElementsAre("400 Bad Request - invalid character 'b' looking for "
                          "beginning of object key string"));
  EXPECT_THAT(Ask(R"({"batch":"x"})", 1),
              ElementsAre(absl::StrCat(
                  "400 Bad Request - json: cannot unmarshal string into Go struct "
                  "field ",
                  Since("2.15") ? "" : "JSApiConsumerGetNextRequest",
                  ".batch of type int")));
}

// PUL-010
TEST_P(PullRequests, NegativeExpiryHasExpired) {
  MakeExplicit();

  EXPECT_THAT(Ask(R"({"batch":1,"expires":-1})", 1),
              ElementsAre("408 Request Timeout"));
}

// PUL-011
TEST_P(PullRequests, HeartbeatIsAtMostHalfTheExpiry) {
  MakeExplicit();

  EXPECT_THAT(Ask(R"({"batch":1,"expires":200000000,"idle_heartbeat":101000000})", 1),
              ElementsAre("400 Bad Request - heartbeat value too large"));
  EXPECT_THAT(Ask(R"({"batch":1,"idle_heartbeat":1000000})", 1),
              ElementsAre("400 Bad Request - heartbeat value too large"));
}

// PUL-012, PUL-013, PUL-014
TEST_P(PullRequests, BoundsOfTheConsumerAreEnforced) {
  FillTen();
  MakeExplicit({.max_batch = 2, .max_expires = absl::Seconds(1), .max_bytes = 500});

  EXPECT_THAT(Ask("3", 1), ElementsAre("409 Exceeded MaxRequestBatch of 2"));
  EXPECT_THAT(Ask(R"({"batch":1,"expires":2000000000})", 1),
              ElementsAre("409 Exceeded MaxRequestExpires of 1s"));
  EXPECT_THAT(Ask(R"({"batch":1,"max_bytes":501})", 1),
              ElementsAre("409 Exceeded MaxRequestMaxBytes of 500"));
  EXPECT_THAT(Ask("2", 2), ElementsAre("1", "2"));
}

// PUL-021
TEST_P(PullRequests, FullBatchEndsWithoutAStatus) {
  FillTen();
  MakeExplicit();

  EXPECT_THAT(Ask(R"({"batch":2,"expires":100000000})", 10), ElementsAre("1", "2"));
}

// PUL-029, PUL-030
TEST_P(PullRequests, ExpiryTellsWhatIsLeft) {
  Publish("s.a");
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 5, .expires = absl::Milliseconds(150)}).ok());

  ASSERT_EQ(NextEvent(*pull), "1");
  const PullStatus status = NextStatus(*pull);

  EXPECT_EQ(status.code, 408);
  EXPECT_EQ(status.description, "Request Timeout");
  EXPECT_EQ(status.pending_messages, 4u);
  EXPECT_EQ(status.pending_bytes, 0u);
}

// PUL-031
TEST_P(PullRequests, NoWaitWithNothingThere) {
  MakeExplicit();

  EXPECT_THAT(Ask(R"({"batch":1,"no_wait":true})", 10),
              ElementsAre("404 No Messages"));
}

// PUL-032
TEST_P(PullRequests, NoWaitSeesQueuedRedeliveries) {
  Publish("s.a", "1");
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(1);
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");

  EXPECT_THAT(Ask(R"({"batch":1,"no_wait":true})", 1), ElementsAre("1"));
}

// PUL-034
TEST_P(PullRequests, NoWaitPartlyServedEnds) {
  Publish("s.a", "1");
  MakeExplicit();

  EXPECT_THAT(Ask(R"({"batch":5,"no_wait":true})", 10),
              ElementsAre("1", Since("2.11") ? "404 No Messages"
                                             : "408 Request Timeout"));
}

// PUL-035, PUL-036
TEST_P(PullRequests, NoWaitWithExpiryWaitsForTheFirst) {
  MakeExplicit();
  const char* body = R"({"batch":5,"no_wait":true,"expires":120000000})";

  EXPECT_THAT(Ask(body, 1), ElementsAre("408 Request Timeout"));
  Publish("s.a", "1");
  EXPECT_THAT(Ask(body, 10),
              ElementsAre("1", Since("2.11") ? "404 No Messages"
                                             : "408 Request Timeout"));
}

// PUL-041, PUL-042
TEST_P(PullRequests, MessageThatDoesNotFitEndsTheRequest) {
  Publish("s.a", std::string(100, 'x'));
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 5, .expires = absl::Seconds(1),
                             .max_bytes = 100})
                  .ok());

  const PullStatus status = NextStatus(*pull);

  EXPECT_EQ(status.code, 409);
  EXPECT_EQ(status.description, "Message Size Exceeds MaxBytes");
  EXPECT_EQ(status.pending_messages, 5u);
  EXPECT_EQ(status.pending_bytes, 100u);
}

// PUL-041, PUL-043, PUL-044
TEST_P(PullRequests, BytesAreCountedToTheLastOne) {
  Fill({"s.a", "s.a", "s.a"});
  MakeExplicit();
  const std::vector<Delivery> first = FetchNow(1);
  ASSERT_EQ(first.size(), 1u);
  // The other two have subjects, replies and data of the same length.
  const std::int64_t size = 3 + static_cast<std::int64_t>(first[0].ack_subject().size()) + 1;
  auto pull = Pull();

  ASSERT_TRUE(pull->Request({.batch = 5, .expires = absl::Seconds(1),
                             .max_bytes = size})
                  .ok());
  EXPECT_EQ(NextEvent(*pull), "2");
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(100)), "nothing");

  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(1),
                             .max_bytes = size + 7})
                  .ok());
  EXPECT_EQ(NextEvent(*pull), "3");
  if (Since("2.10")) {
    const PullStatus status = NextStatus(*pull);
    EXPECT_EQ(status.description, "Batch Completed");
    EXPECT_EQ(status.pending_messages, 0u);
    EXPECT_EQ(status.pending_bytes, 7u);
  } else {
    EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(100)), "nothing");
  }
}

}  // namespace
}  // namespace windtunnel
