// Starting a consumer again from a sequence, or from its floor. Servers before
// 2.14 do not answer.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ResetBehaviour : public ConsumerBehaviour {
 protected:
  bool has_reset() const { return Since("2.14"); }
  nlohmann::json ResetRaw(absl::string_view body,
                          absl::string_view consumer = "S.C") {
    return Api(absl::StrCat("CONSUMER.RESET.", consumer), body,
               has_reset() ? absl::Seconds(2) : absl::Milliseconds(20));
  }
  JetStreamError ResetError(absl::string_view body) {
    return ErrorOf(ResetRaw(body));
  }
  // Resets to `seq`; false where that is not possible.
  bool Reset(std::uint64_t seq) {
    const JetStreamError error =
        ResetError(absl::StrCat(R"({"seq":)", seq, "}"));
    EXPECT_EQ(error, has_reset() ? Ok() : Timeout());
    return has_reset();
  }
  JetStreamError Refusal(absl::string_view why) const {
    return has_reset() ? JetStreamError(400, 10204,
                                        absl::StrCat("invalid reset: ", why))
                       : Timeout();
  }
};

BEHAVIOUR_SUITE_OF(ResetBehaviour, ConsumerReset);

// CON-157, CON-158
TEST_P(ConsumerReset, GoesBackToTheFloor) {
  FillTen();
  MakeExplicit({.ack_wait = absl::Milliseconds(200), .max_deliver = 5});
  std::vector<Delivery> fetched = FetchNow(4);
  ASSERT_EQ(fetched.size(), 4u);
  for (int i : {0, 1, 3}) ASSERT_EQ(Settle(fetched[i], "+ACK"), "confirmed");
  ASSERT_EQ(Settle(fetched[2], "-NAK"), "confirmed");
  fetched = FetchSoon(1);
  ASSERT_EQ(fetched.size(), 1u);
  EXPECT_EQ(fetched[0].delivered(), 2u);
  auto advisories = Listen("$JS.EVENT.ADVISORY.>");

  for (absl::string_view body : {"", R"({"seq":0})", "{}"}) {
    const nlohmann::json answer = ResetRaw(body);
    if (!has_reset()) {
      EXPECT_EQ(ErrorOf(answer), Timeout());
      return;
    }
    EXPECT_EQ(answer["type"],
              "io.nats.jetstream.api.v1.consumer_reset_response");
    EXPECT_EQ(answer["reset_seq"], 3);
    EXPECT_EQ(answer["name"], "C");
    EXPECT_EQ(answer["delivered"],
              nlohmann::json({{"consumer_seq", 0}, {"stream_seq", 2}}));
    EXPECT_EQ(answer["ack_floor"],
              nlohmann::json({{"consumer_seq", 0}, {"stream_seq", 2}}));
    EXPECT_EQ(answer["num_ack_pending"], 0);
    EXPECT_EQ(answer["num_redelivered"], 0);
    EXPECT_EQ(answer["num_pending"], 8);
  }
  fetched = FetchNow(2);
  ASSERT_THAT(Sequences(fetched), ElementsAre(3, 4));
  EXPECT_EQ(fetched[0].delivered(), 1u);
  EXPECT_EQ(fetched[0].consumer_sequence(), 1u);
  // Only the audits of requests, no advisory of the reset.
  while (true) {
    const absl::StatusOr<Message> advisory =
        advisories->Next(absl::Milliseconds(50));
    if (!advisory.ok()) break;
    EXPECT_THAT(advisory->subject,
                testing::StartsWith("$JS.EVENT.ADVISORY.API"));
  }
}

// CON-159
TEST_P(ConsumerReset, MayGoAnywhere) {
  FillTen();
  ASSERT_TRUE(jetstream().PurgeStream("S", {.seq = 4}).ok());
  MakeExplicit();
  ASSERT_EQ(FetchNow(10).size(), 7u);
  struct Case {
    std::uint64_t seq;
    std::uint64_t pending;
    std::uint64_t next;
  };
  for (const Case& c : std::vector<Case>{{1, 7, 4}, {4, 7, 4}, {9, 2, 9}}) {
    const absl::StatusOr<ConsumerInfo> info = jetstream().ResetConsumer(
        "S", "C", c.seq,
        {.timeout = has_reset() ? absl::Seconds(5) : absl::Milliseconds(20)});
    if (!has_reset()) {
      EXPECT_EQ(ErrorOf(info), Timeout());
      return;
    }
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->num_pending, c.pending);
    EXPECT_EQ(info->delivered.stream_seq, c.seq - 1);
    EXPECT_EQ(info->ack_floor.stream_seq, c.seq - 1);
    EXPECT_THAT(SequencesNow(1), ElementsAre(c.next));
  }
  EXPECT_EQ(ResetRaw(R"({"seq":12})")["reset_seq"], 12);
  EXPECT_EQ(Info().num_pending, 0u);
  Fill({"s.a", "s.b"});
  EXPECT_THAT(Sequences(FetchSoon(1)), ElementsAre(12));
}

// CON-160, CON-161, CON-162
TEST_P(ConsumerReset, NotBeforeWhereItStarts) {
  FillTen();
  MakeExplicit(
      {.deliver_policy = DeliverPolicy::kByStartSequence, .opt_start_seq = 3});
  EXPECT_EQ(ResetError(R"({"seq":2})"), Refusal("below start seq"));
  if (Reset(3)) {
    EXPECT_THAT(SequencesNow(1), ElementsAre(3));
  }
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());

  const absl::Time third = jetstream().GetMessage("S", {.seq = 3})->time;
  MakeExplicit(
      {.deliver_policy = DeliverPolicy::kByStartTime, .opt_start_time = third});
  EXPECT_EQ(ResetError(R"({"seq":1})"),
            GetParam().name.substr(0, 3) == "sim" && has_reset() &&
                    jetstream().GetMessage("S", {.seq = 1})->time == third
                ? Ok()  // No time passes there between publishes.
                : Refusal("below start time"));
  if (Reset(3)) {
    EXPECT_THAT(SequencesNow(1), ElementsAre(3));
  }
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());

  for (DeliverPolicy policy : {DeliverPolicy::kNew, DeliverPolicy::kLast,
                               DeliverPolicy::kLastPerSubject}) {
    MakeExplicit({.deliver_policy = policy, .filter_subject = "s.>"});
    EXPECT_EQ(ResetError(R"({"seq":11})"), Refusal("not allowed")) << policy;
    Reset(0);
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }
}

// CON-163, CON-157
TEST_P(ConsumerReset, RequestsThatAreRefused) {
  MakeExplicit();
  const auto expected = [&](absl::string_view detail) {
    return has_reset() ? InvalidJson(detail) : Timeout();
  };
  EXPECT_EQ(ResetError(R"({"seq":-1})"),
            expected("json: cannot unmarshal number -1 into Go struct field "
                     "JSApiConsumerResetRequest.seq of type uint64"));
  EXPECT_EQ(ResetError("x"),
            expected("invalid character 'x' looking for beginning of value"));
  EXPECT_EQ(ResetError(R"({"foo":1})"), has_reset() ? Ok() : Timeout());
  for (absl::string_view missing : {"S.X", "X.C"}) {
    EXPECT_EQ(ErrorOf(Api(absl::StrCat("CONSUMER.RESET.", missing), "",
                          absl::Milliseconds(50))),
              Timeout());
  }
}

// CON-164
TEST_P(ConsumerReset, WaitingRequestsAreServedFromThere) {
  FillTen();
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 15, .expires = absl::Seconds(5)}).ok());
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(NextEvent(*pull), absl::StrCat(i));

  if (!Reset(8)) return;

  for (const char* seq : {"8", "9", "10"}) EXPECT_EQ(NextEvent(*pull), seq);
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(100)), "nothing");
  EXPECT_EQ(Info().num_waiting, 1u);
  EXPECT_EQ(Info().delivered.consumer_seq, 3u);
}

// CON-164
TEST_P(ConsumerReset, AnswerComesBeforeTheDeliveries) {
  FillTen();
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 20, .expires = absl::Seconds(5)}).ok());
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(NextEvent(*pull), absl::StrCat(i));

  const nlohmann::json answer = ResetRaw(R"({"seq":10})");

  if (!has_reset()) return;
  EXPECT_EQ(answer["num_pending"], 1);
  EXPECT_EQ(answer["num_ack_pending"], 0);
  EXPECT_EQ(answer["num_waiting"], 1);
  EXPECT_EQ(NextEvent(*pull), "10");
}

// CON-165
TEST_P(ConsumerReset, OlderDeliveriesAreNotAcknowledged) {
  FillTen();
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(5);
  ASSERT_EQ(fetched.size(), 5u);
  if (!Reset(3)) return;

  EXPECT_EQ(Settle(fetched[3], "+ACK"), Timeout().description);
  EXPECT_EQ(Settle(fetched[0], "+ACK"), "confirmed");
  EXPECT_THAT(SequencesNow(2), ElementsAre(3, 4));
  EXPECT_EQ(Settle(fetched[3], "+ACK"), "confirmed");
  EXPECT_EQ(Info().num_ack_pending, 1u);
}

// CON-158: what was given up is forgotten as well.
TEST_P(ConsumerReset, GivenUpMessagesComeAgain) {
  Fill({"s.a", "s.a"});
  MakeExplicit({.ack_wait = absl::Milliseconds(100), .max_deliver = 1});
  ASSERT_EQ(FetchNow(2).size(), 2u);
  ASSERT_TRUE(Eventually([&] { return Info().num_ack_pending == 0; }) ||
              !Since("2.10"));

  if (!Reset(1)) return;

  EXPECT_EQ(Info().num_redelivered, 0u);
  EXPECT_THAT(SequencesNow(2), ElementsAre(1, 2));
}

}  // namespace
}  // namespace windtunnel
