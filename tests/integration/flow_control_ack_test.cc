// Ack policy flow_control, which servers have since 2.14.

#include <string>
#include <vector>

#include "tests/integration/push_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class FlowControlAcked : public PushBehaviour {
 protected:
  static constexpr char kPolicy[] =
      R"({"durable_name":"C","ack_policy":"flow_control","deliver_subject":"d")";

  // Creates `C` with `more` in its configuration.
  nlohmann::json CreateWith(const std::string& more = "",
                            absl::string_view beside = "") {
    return CreateRaw(kPolicy + more + "}", beside);
  }
  bool Knows() {
    if (Since("2.14")) return true;
    EXPECT_EQ(ErrorOf(CreateWith()), ErrorOf(CreateRaw(
        R"({"durable_name":"C","ack_policy":"other","deliver_subject":"d"})")))
        << "servers before 2.14 know no such policy";
    return false;
  }
  void Reply(const Message& request, std::uint64_t consumer_seq,
             std::uint64_t stream_seq) {
    ASSERT_EQ(connection().Publish(
                  {.subject = request.reply,
                   .headers = {{"Nats-Last-Consumer",
                                std::to_string(consumer_seq)},
                               {"Nats-Last-Stream",
                                std::to_string(stream_seq)}}}),
              absl::OkStatus());
  }
};

BEHAVIOUR_SUITE_OF(FlowControlAcked, FlowControlAcks);

// CON-166
TEST_P(FlowControlAcks, SetsWhatItNeeds) {
  if (!Knows()) return;
  const nlohmann::json answer = CreateWith(
      R"(,"idle_heartbeat":5000000000)");
  ASSERT_EQ(ErrorOf(answer), Ok());
  const nlohmann::json& config = answer["config"];
  EXPECT_EQ(config["flow_control"], true);
  EXPECT_EQ(config["idle_heartbeat"], 1'000'000'000);
  EXPECT_EQ(config["max_ack_pending"], 1000);
  EXPECT_FALSE(config.contains("ack_wait"));
  EXPECT_EQ(config["max_deliver"], -1);
}

// CON-167, CON-168, CON-169, CON-170, CON-171, CON-172
TEST_P(FlowControlAcks, RefusesWhatDoesNotFit) {
  if (!Knows()) return;
  const std::string pedantic = R"(,"pedantic":true)";
  EXPECT_EQ(CreateError(R"({"durable_name":"C","ack_policy":"flow_control"})"),
            (JetStreamError{400, 10218,
                            "flow control ack policy requires a push based "
                            "consumer"}));
  EXPECT_EQ(ErrorOf(CreateWith(R"(,"ack_wait":1000000000)")),
            (JetStreamError{400, 10221,
                            "flow control ack policy requires unset ack wait"}));
  EXPECT_EQ(ErrorOf(CreateWith(R"(,"backoff":[1000000000])")),
            (JetStreamError{400, 10221,
                            "flow control ack policy requires unset ack wait"}));
  EXPECT_EQ(
      ErrorOf(CreateWith(R"(,"max_deliver":1)")),
      (JetStreamError{400, 10222,
                      "flow control ack policy requires unset max deliver"}));
  EXPECT_EQ(
      ErrorOf(CreateWith(R"(,"max_ack_pending":-1)")),
      (JetStreamError{400, 10220,
                      "flow control ack policy requires max ack pending"}));
  EXPECT_EQ(ErrorOf(CreateWith("", pedantic)),
            (JetStreamError{400, 10219,
                            "flow control ack policy requires flow control"}));
  EXPECT_EQ(
      ErrorOf(CreateWith(R"(,"flow_control":true)", pedantic)),
      (JetStreamError{500, 10052,
                      "flow control ack policy heartbeat needs to be 1s"}));
  EXPECT_EQ(ErrorOf(CreateWith(
                R"(,"flow_control":true,"idle_heartbeat":1000000000)", pedantic)),
            Ok());
}

// CON-173
TEST_P(FlowControlAcks, NobodyListensForAcks) {
  if (!Knows()) return;
  Publish("s.a");
  auto listener = Listen("d");
  ASSERT_EQ(ErrorOf(CreateWith()), Ok());
  const Message message = NextMessage(*listener);
  EXPECT_EQ(SettleSubject(message.reply, "+ACK"), "no responders");
  EXPECT_EQ(Info().num_ack_pending, 1u);
}

// CON-174, CON-175
TEST_P(FlowControlAcks, AnswerAcknowledgesUpToWhatItNames) {
  if (!Knows()) return;
  FillTen();
  auto listener = Listen("d");
  ASSERT_EQ(ErrorOf(CreateWith(R"(,"max_ack_pending":4)")), Ok());
  for (int i = 1; i <= 4; ++i) {
    ASSERT_EQ(NextWords(*listener), std::to_string(i));
  }
  Message request = NextMessage(*listener, kQuiet);
  ASSERT_EQ(Words(request), "100 FlowControl Request");
  EXPECT_EQ(NextWords(*listener, kQuiet), "nothing");

  Reply(request, 3, 3);

  EXPECT_THAT(std::vector<std::string>({NextWords(*listener),
                                        NextWords(*listener),
                                        NextWords(*listener)}),
              ElementsAre("5", "6", "7"));
  ConsumerInfo info = Info();
  EXPECT_EQ(Text(info.ack_floor), "3/3");
  EXPECT_EQ(info.num_ack_pending, 4u);
  EXPECT_TRUE(info.ack_floor.last_active.has_value());
  request = NextMessage(*listener, kQuiet);
  ASSERT_EQ(Words(request), "100 FlowControl Request");

  // Without headers only the flow goes on, which does not help here.
  ASSERT_EQ(connection().Publish({.subject = request.reply}),
            absl::OkStatus());
  EXPECT_EQ(NextWords(*listener, kQuiet), "nothing");
  EXPECT_EQ(Text(Info().ack_floor), "3/3");

  // The next heartbeat asks again.
  ASSERT_EQ(NextWords(*listener), "100 Idle Heartbeat");
  request = NextMessage(*listener);
  ASSERT_EQ(Words(request), "100 FlowControl Request");
  Reply(request, 7, 7);
  EXPECT_EQ(NextWords(*listener), "8");
  EXPECT_EQ(NextWords(*listener), "9");
  EXPECT_EQ(NextWords(*listener), "10");
  EXPECT_EQ(Text(Info().ack_floor), "7/7");
}

// CON-174: like `all` it settles what lies between, and it may be ahead.
TEST_P(FlowControlAcks, AnswersRemoveFromInterestStreams) {
  if (!Knows()) return;
  Create({.name = "I", .subjects = {"i"}, .retention = Retention::kInterest,
          .storage = Storage::kMemory});
  const auto create = [&] {
    return ErrorOf(Api("CONSUMER.CREATE.I.C",
                       std::string(R"({"stream_name":"I","config":)") + kPolicy +
                           R"(,"max_ack_pending":3}})"));
  };
  ASSERT_EQ(create(), Ok());
  auto listener = Listen("d");
  for (int i = 0; i < 5; ++i) Publish("i");
  for (int i = 1; i <= 3; ++i) {
    ASSERT_EQ(NextWords(*listener), std::to_string(i));
  }
  const Message request = NextMessage(*listener, kQuiet);
  ASSERT_EQ(Words(request), "100 FlowControl Request");

  Reply(request, 3, 3);

  ASSERT_EQ(NextWords(*listener), "4");
  EXPECT_TRUE(Eventually([&] { return State("I").messages == 2; }));
  EXPECT_EQ(State("I").first_seq, 4u);
}

// CON-166: nothing is sent again by time.
TEST_P(FlowControlAcks, NothingComesBackByItself) {
  if (!Knows()) return;
  Publish("s.a");
  auto listener = Listen("d");
  ASSERT_EQ(ErrorOf(CreateWith()), Ok());
  ASSERT_EQ(NextWords(*listener), "1");
  EXPECT_EQ(NextWords(*listener), "100 Idle Heartbeat");
  EXPECT_EQ(NextWords(*listener, kQuiet), "100 FlowControl Request");
  EXPECT_EQ(NextWords(*listener), "100 Idle Heartbeat");
  EXPECT_EQ(NextWords(*listener, kQuiet), "nothing");
}

}  // namespace
}  // namespace windtunnel
