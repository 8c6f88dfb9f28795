// The API's requests about consumers: their answers, field by field.

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

class ConsumerRequestsBehaviour : public ConsumerBehaviour {
 protected:
  // The answer to a request that nobody may answer.
  JetStreamError Ask(absl::string_view operation, absl::string_view body = "") {
    return ErrorOf(Api(operation, body, absl::Milliseconds(300)));
  }
};

BEHAVIOUR_SUITE_OF(ConsumerRequestsBehaviour, ConsumerRequests);

std::string Request(absl::string_view config) {
  return absl::StrCat(R"({"stream_name":"S","config":)", config, "}");
}

const JetStreamError& NoConsumer() {
  static const auto* const error =
      new JetStreamError(404, 10014, "consumer not found");
  return *error;
}

// API-150, API-162
TEST_P(ConsumerRequests, CreateAnswersWithTheInfo) {
  FillTen();
  const nlohmann::json answer =
      CreateRaw(R"({"durable_name":"C","ack_policy":"explicit"})");

  EXPECT_EQ(answer["type"],
            "io.nats.jetstream.api.v1.consumer_create_response");
  EXPECT_EQ(answer["stream_name"], "S");
  EXPECT_EQ(answer["name"], "C");
  EXPECT_EQ(answer["delivered"],
            nlohmann::json({{"consumer_seq", 0}, {"stream_seq", 0}}));
  EXPECT_EQ(answer["ack_floor"],
            nlohmann::json({{"consumer_seq", 0}, {"stream_seq", 0}}));
  for (const std::string field :
       {"num_ack_pending", "num_redelivered", "num_waiting"}) {
    EXPECT_EQ(answer[field], 0) << field;
  }
  EXPECT_EQ(answer["num_pending"], 10);
  EXPECT_EQ(answer.contains("ts"), Since("2.10"));
  for (const std::string field :
       {"push_bound", "paused", "pause_remaining", "priority_groups"}) {
    EXPECT_FALSE(answer.contains(field)) << field;
  }
}

// API-162
TEST_P(ConsumerRequests, InfoTellsWhenSomethingHappened) {
  FillTen();
  MakeExplicit();
  Settle(FetchNow(1)[0], "");

  const nlohmann::json info = Api("CONSUMER.INFO.S.C");

  EXPECT_EQ(info["type"], "io.nats.jetstream.api.v1.consumer_info_response");
  for (const std::string pair : {"delivered", "ack_floor"}) {
    EXPECT_EQ(info[pair]["consumer_seq"], 1) << pair;
    EXPECT_EQ(info[pair]["stream_seq"], 1) << pair;
    EXPECT_TRUE(info[pair].contains("last_active")) << pair;
  }
}

// API-151
TEST_P(ConsumerRequests, OldFormOfCreateDrawsAName) {
  const nlohmann::json drawn = Api("CONSUMER.CREATE.S", Request("{}"));
  const nlohmann::json named =
      Api("CONSUMER.CREATE.S", Request(R"({"name":"N"})"));

  EXPECT_EQ(drawn.value("name", "").size(), 8u);
  EXPECT_EQ(named["name"], "N");
}

// API-154, API-155
TEST_P(ConsumerRequests, NewFormOfCreateTakesTheNameOfTheSubject) {
  EXPECT_EQ(Api("CONSUMER.CREATE.S.E", Request(R"({"name":"X"})"))["name"], "E");
  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.S.D",
                        Request(R"({"durable_name":"X"})"))),
            JetStreamError(400, 10017,
                           "consumer name in subject does not match durable "
                           "name in request"));
  const JetStreamError mismatch(
      400, 10131,
      "Consumer create request did not match filtered subject from create "
      "subject");
  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.S.F.s.a",
                        Request(R"({"filter_subject":"s.b"})"))),
            mismatch);
  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.S.F.s.a", Request("{}"))), mismatch);
  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.S.F",
                        Request(R"({"filter_subject":"s.b"})"))),
            Ok());
}

// API-169
TEST_P(ConsumerRequests, PauseTellsHowLong) {
  MakeExplicit();
  const std::string later =
      absl::FormatTime(runtime().Now() + absl::Hours(1));
  if (!Since("2.11")) {
    EXPECT_EQ(Ask("CONSUMER.PAUSE.S.C"), Timeout());
    return;
  }

  const nlohmann::json paused =
      Api("CONSUMER.PAUSE.S.C",
          absl::StrCat(R"({"pause_until":")", later, R"("})"));
  const nlohmann::json resumed = Api("CONSUMER.PAUSE.S.C");

  EXPECT_EQ(paused["type"], "io.nats.jetstream.api.v1.consumer_pause_response");
  EXPECT_EQ(paused["paused"], true);
  EXPECT_GT(paused.value("pause_remaining", std::int64_t{0}), 0);
  EXPECT_EQ(resumed["paused"], false);
  EXPECT_FALSE(resumed.contains("pause_remaining"));
  EXPECT_EQ(Ask("CONSUMER.PAUSE.S.none"), NoConsumer());
  EXPECT_EQ(Ask("CONSUMER.PAUSE.none.C"), StreamNotFound());
  EXPECT_EQ(Ask("CONSUMER.PAUSE.S.C", R"({"pause_until":"soon"})").err_code,
            10025);
}

// API-170
TEST_P(ConsumerRequests, UnpinWantsAGroupOfTheConsumer) {
  CreateRaw(R"({"durable_name":"C","ack_policy":"explicit",)"
            R"("priority_policy":"pinned_client","priority_groups":["A"]})");
  if (!Since("2.11")) {
    EXPECT_EQ(Ask("CONSUMER.UNPIN.S.C", R"({"group":"A"})"), Timeout());
    return;
  }

  EXPECT_EQ(Api("CONSUMER.UNPIN.S.C", R"({"group":"A","bogus":1})"),
            nlohmann::json({{"type",
                             "io.nats.jetstream.api.v1."
                             "consumer_unpin_response"}}));
  EXPECT_EQ(Ask("CONSUMER.UNPIN.S.C").err_code, 10025);
  EXPECT_EQ(Ask("CONSUMER.UNPIN.S.C", "{}").err_code, 10025);
  EXPECT_EQ(Ask("CONSUMER.UNPIN.S.C", R"({"group":"A B"})").err_code, 10162);
  EXPECT_EQ(Ask("CONSUMER.UNPIN.S.C", R"({"group":"B"})"),
            JetStreamError(
                400, 10160,
                "Provided priority group does not exist for this consumer"));
  EXPECT_EQ(Ask("CONSUMER.UNPIN.S.none", R"({"group":"A"})"), NoConsumer());
}

// API-171, API-172, CON-137
TEST_P(ConsumerRequests, ResetIsAnsweredByTheConsumer) {
  FillTen();
  MakeExplicit();
  Settle(FetchNow(3)[0], "");
  EXPECT_EQ(Ask("CONSUMER.RESET.S.none"), Timeout());
  EXPECT_EQ(Ask("CONSUMER.RESET.none.C"), Timeout());
  if (!Since("2.14")) {
    EXPECT_EQ(Ask("CONSUMER.RESET.S.C"), Timeout());
    return;
  }

  const nlohmann::json reset = Api("CONSUMER.RESET.S.C", R"({"bogus":1})");

  EXPECT_EQ(reset["type"], "io.nats.jetstream.api.v1.consumer_reset_response");
  EXPECT_EQ(reset["name"], "C");
  EXPECT_EQ(reset["reset_seq"], 2);
  EXPECT_EQ(Api("CONSUMER.RESET.S.C", R"({"seq":100})")["reset_seq"], 100);
  Make({.durable_name = "N", .deliver_policy = DeliverPolicy::kNew});
  EXPECT_EQ(Ask("CONSUMER.RESET.S.N", R"({"seq":1})"),
            JetStreamError(400, 10204, "invalid reset: not allowed"));
}

// API-206
TEST_P(ConsumerRequests, NobodyAnswersPullsOfWhatIsNotThere) {
  const JetStreamError nobody = Since("2.10") ? NoResponders() : Timeout();

  EXPECT_EQ(Ask("CONSUMER.MSG.NEXT.S.none", "1"), nobody);
  EXPECT_EQ(Ask("CONSUMER.MSG.NEXT.none.C", "1"), nobody);
}

// API-260
TEST_P(ConsumerRequests, PullsAreBoundByTheConsumer) {
  MakeExplicit({.max_batch = 2,
                .max_expires = absl::Seconds(1),
                .max_bytes = 100});
  auto pull = Pull();

  ASSERT_TRUE(pull->Request({.batch = 3, .expires = absl::Seconds(1)}).ok());
  EXPECT_EQ(NextEvent(*pull), "409 Exceeded MaxRequestBatch of 2");
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(2)}).ok());
  EXPECT_EQ(NextEvent(*pull), "409 Exceeded MaxRequestExpires of 1s");
  ASSERT_TRUE(pull->Request({.batch = 1,
                             .expires = absl::Seconds(1),
                             .max_bytes = 101})
                  .ok());
  EXPECT_EQ(NextEvent(*pull), "409 Exceeded MaxRequestMaxBytes of 100");
}

// API-204
TEST_P(ConsumerRequests, DeliveriesShowTheStoredSubject) {
  Publish("s.a", "1");
  MakeExplicit();
  auto inbox = Listen("inbox");
  ASSERT_TRUE(connection()
                  .Publish({.subject = "$JS.API.CONSUMER.MSG.NEXT.S.C",
                            .reply = "inbox",
                            .data = "1"})
                  .ok());

  const Message delivered = inbox->Next(absl::Seconds(5)).value();

  EXPECT_EQ(delivered.subject, "s.a");
  EXPECT_THAT(delivered.reply, testing::StartsWith("$JS.ACK.S.C.1.1.1."));
}

// API-333
TEST_P(ConsumerRequests, AdvisoriesTellOfConsumersMadeAndDeleted) {
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.*.S.C");
  MakeExplicit();
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());

  for (const std::string action : {"create", "delete"}) {
    const nlohmann::json advisory =
        nlohmann::json::parse(advisories->Next(absl::Seconds(5)).value().data);
    EXPECT_EQ(advisory["type"],
              "io.nats.jetstream.advisory.v1.consumer_action");
    EXPECT_EQ(advisory["stream"], "S");
    EXPECT_EQ(advisory["consumer"], "C");
    EXPECT_EQ(advisory["action"], action);
  }
}

// CON-182
TEST_P(ConsumerRequests, StreamHasAThousandConsumersAtMostSince215) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(ErrorOf(Api(absl::StrCat("CONSUMER.CREATE.S.C", i),
                          Request("{}"))),
              Ok())
        << i;
  }

  EXPECT_EQ(ErrorOf(Api("CONSUMER.CREATE.S.more", Request("{}"))),
            Since("2.15") ? JetStreamError(400, 10026,
                                           "maximum consumers limit reached")
                          : Ok());
}

}  // namespace
}  // namespace windtunnel
