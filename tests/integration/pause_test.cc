// Pausing a consumer, and what goes on meanwhile. Servers before 2.11 do not
// answer.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class PauseBehaviour : public ConsumerBehaviour {
 protected:
  bool has_pause() const { return Since("2.11"); }
  // The answer to a request to pause or resume `C`.
  nlohmann::json PauseRaw(absl::string_view body,
                          absl::string_view consumer = "S.C") {
    return Api(absl::StrCat("CONSUMER.PAUSE.", consumer), body,
               has_pause() ? absl::Seconds(5) : absl::Milliseconds(20));
  }
  JetStreamError PauseError(absl::string_view body,
                            absl::string_view consumer = "S.C") {
    return ErrorOf(PauseRaw(body, consumer));
  }
  // Pauses for `time`; false where that is not possible.
  bool PauseFor(absl::Duration time) {
    const absl::StatusOr<PauseState> state = jetstream().PauseConsumer(
        "S", "C", runtime().Now() + time,
        {.timeout = has_pause() ? absl::Seconds(5) : absl::Milliseconds(20)});
    EXPECT_EQ(ErrorOf(state), has_pause() ? Ok() : Timeout());
    return state.ok();
  }
  std::string NextAdvisory(Subscription& advisories) {
    absl::StatusOr<Message> message = advisories.Next(absl::Seconds(2));
    if (!message.ok()) return ErrorOf(message).description;
    const nlohmann::json event = nlohmann::json::parse(message->data);
    if (event["type"] != "io.nats.jetstream.advisory.v1.consumer_pause") {
      return event["type"];
    }
    EXPECT_EQ(event["stream"], "S");
    EXPECT_EQ(event["consumer"], "C");
    return absl::StrCat(event["paused"].get<bool>() ? "paused " : "resumed ",
                        event["pause_until"].get<std::string>());
  }
  std::string Level() { return Info().config.metadata["_nats.req.level"]; }
};

BEHAVIOUR_SUITE_OF(PauseBehaviour, Pause);

// CON-147, INF-009, CON-064
TEST_P(Pause, IsShownUntilItEnds) {
  MakeExplicit();
  const absl::Time until = runtime().Now() + absl::Milliseconds(300);
  if (!PauseFor(absl::Hours(1))) return;
  const absl::StatusOr<PauseState> state =
      jetstream().PauseConsumer("S", "C", until, {});
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_TRUE(state->paused);
  EXPECT_EQ(state->pause_until, until);
  EXPECT_GT(state->pause_remaining, absl::ZeroDuration());
  EXPECT_LE(state->pause_remaining, absl::Milliseconds(300));

  ConsumerInfo info = Info();
  EXPECT_TRUE(info.paused);
  EXPECT_GT(info.pause_remaining, absl::ZeroDuration());
  EXPECT_LE(info.pause_remaining, absl::Milliseconds(300));
  EXPECT_EQ(info.config.pause_until, until);
  EXPECT_EQ(Level(), "1");

  Advance(absl::Milliseconds(320));
  info = Info();
  EXPECT_FALSE(info.paused);
  EXPECT_EQ(info.pause_remaining, absl::ZeroDuration());
  EXPECT_EQ(info.config.pause_until, until);  // CON-156
  EXPECT_EQ(Level(), "1");
}

// CON-148, CON-064
TEST_P(Pause, EndsOnRequest) {
  const nlohmann::json resumed = {
      {"type", "io.nats.jetstream.api.v1.consumer_pause_response"},
      {"paused", false},
      {"pause_until", "0001-01-01T00:00:00Z"}};
  MakeExplicit();
  for (absl::string_view body : {"", "{}", "xyz", R"({"pause_until":null})"}) {
    if (!PauseFor(absl::Hours(1))) return;
    EXPECT_EQ(PauseRaw(body), resumed) << body;
    EXPECT_FALSE(Info().paused);
    EXPECT_EQ(Info().config.pause_until, std::nullopt);
    EXPECT_EQ(Level(), "0");
  }
}

// CON-149
TEST_P(Pause, MayHaveEndedBefore) {
  MakeExplicit();
  const nlohmann::json answer =
      PauseRaw(R"({"pause_until":"2020-01-01T00:00:00+01:00"})");
  if (!has_pause()) {
    EXPECT_EQ(ErrorOf(answer), Timeout());
    return;
  }
  EXPECT_EQ(answer,
            nlohmann::json(
                {{"type", "io.nats.jetstream.api.v1.consumer_pause_response"},
                 {"paused", false},
                 {"pause_until", "2019-12-31T23:00:00Z"}}));
  const nlohmann::json info = Api("CONSUMER.INFO.S.C");
  EXPECT_EQ(info["config"]["pause_until"], "2019-12-31T23:00:00Z");
  EXPECT_FALSE(info.contains("paused"));
  EXPECT_FALSE(info.contains("pause_remaining"));
  EXPECT_EQ(Level(), "1");
}

// CON-150, CON-151
TEST_P(Pause, RequestsThatAreRefused) {
  MakeExplicit();
  const auto expected = [&](const JetStreamError& error) {
    return has_pause() ? error : Timeout();
  };
  EXPECT_EQ(PauseError(R"({"a":1})"),
            expected(InvalidJson("json: unknown field \"a\"")));
  EXPECT_EQ(
      PauseError("[]"),
      expected(InvalidJson("json: cannot unmarshal array into Go value of "
                           "type server.JSApiConsumerPauseRequest")));
  EXPECT_EQ(PauseError(R"({"pause_until":"foo"})"),
            expected(InvalidJson(
                "parsing time \"foo\" as \"2006-01-02T15:04:05Z07:00\": cannot "
                "parse \"foo\" as \"2006\"")));
  EXPECT_EQ(
      PauseError("", "S.X"),
      expected(JetStreamError(404, kConsumerNotFound, "consumer not found")));
  EXPECT_EQ(PauseError("", "X.C"), expected(StreamNotFound()));
}

// CON-152, INF-023: but servers speak of it once more.
TEST_P(Pause, UpdatesLeaveIt) {
  MakeExplicit();
  if (!PauseFor(absl::Hours(1))) return;
  const std::optional<absl::Time> until = Info().config.pause_until;
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.PAUSE.S.C");
  const std::string paused = absl::StrCat(
      "paused ",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", *until, absl::UTCTimeZone()));
  for (const auto& other :
       {std::optional<absl::Time>(),
        std::optional<absl::Time>(runtime().Now() + absl::Hours(2))}) {
    const absl::StatusOr<ConsumerInfo> info =
        jetstream().UpdateConsumer("S", {.durable_name = "C",
                                         .description = "new",
                                         .ack_policy = AckPolicy::kExplicit,
                                         .pause_until = other});
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->config.pause_until, until);
    EXPECT_TRUE(info->paused);
    EXPECT_EQ(NextAdvisory(*advisories), paused);
  }
}

// CON-153, CON-156
TEST_P(Pause, RequestsWaitForTheEnd) {
  MakeExplicit();
  if (!PauseFor(absl::Milliseconds(500))) return;
  auto a = Pull();
  auto b = Pull();
  ASSERT_TRUE(a->Request({.batch = 2, .expires = absl::Seconds(5)}).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));
  ASSERT_TRUE(b->Request({.batch = 2, .expires = absl::Seconds(5)}).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 2; }));
  FillTen();
  EXPECT_EQ(NextEvent(*a, absl::Milliseconds(100)), "nothing");
  EXPECT_EQ(Info().num_pending, 10u);

  EXPECT_EQ(NextEvent(*a), "1");
  EXPECT_EQ(NextEvent(*a), "3");
  EXPECT_EQ(NextEvent(*b), "2");
  EXPECT_EQ(NextEvent(*b), "4");
  EXPECT_FALSE(Info().paused);
}

// CON-148: nothing wakes the consumer when it is resumed on request.
TEST_P(Pause, ResumedConsumerWaitsForSomethingToHappen) {
  MakeExplicit();
  if (!PauseFor(absl::Hours(1))) return;
  FillTen();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 3, .expires = absl::Seconds(5)}).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));
  // What the server has not looked at by now would still wake it.
  Advance(absl::Milliseconds(50));

  ASSERT_TRUE(jetstream().ResumeConsumer("S", "C", {}).ok());

  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(100)), "nothing");
  Publish("s.a");
  EXPECT_EQ(NextEvent(*pull), "1");
}

// CON-154
TEST_P(Pause, NoWaitIsAnsweredAtOnce) {
  FillTen();
  MakeExplicit();
  const bool paused = PauseFor(absl::Hours(1));
  auto pull = Pull();

  ASSERT_TRUE(pull->Request({.batch = 2, .no_wait = true}).ok());
  EXPECT_EQ(NextEvent(*pull), paused ? "404 No Messages" : "1");
  ASSERT_TRUE(
      pull->Request({.expires = absl::Milliseconds(100), .no_wait = true})
          .ok());
  EXPECT_EQ(NextEvent(*pull), paused ? "408 Request Timeout" : "2");
}

// CON-155
TEST_P(Pause, AcksAndTimersGoOn) {
  Fill({"s.a", "s.a", "s.a"});
  MakeExplicit({.ack_wait = absl::Milliseconds(300), .max_deliver = 2});
  std::vector<Delivery> fetched = FetchNow(3);
  ASSERT_EQ(fetched.size(), 3u);
  if (!PauseFor(absl::Milliseconds(700))) return;
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 5, .expires = absl::Seconds(5)}).ok());

  EXPECT_EQ(Settle(fetched[0], "+ACK"), "confirmed");
  ASSERT_TRUE(fetched[2].Nak().ok());
  EXPECT_EQ(Info().num_ack_pending, 2u);
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(400)), "nothing");

  // The one that was refused waits longer than the one whose time is over.
  EXPECT_EQ(NextEvent(*pull), "3");
  EXPECT_EQ(NextEvent(*pull), "2");
  EXPECT_EQ(Info().num_redelivered, 2u);
}

// CON-155
TEST_P(Pause, TimerGivesUpMeanwhile) {
  Fill({"s.a", "s.a"});
  MakeExplicit({.ack_wait = absl::Milliseconds(100), .max_deliver = 1});
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C");
  ASSERT_EQ(FetchNow(2).size(), 2u);
  if (!PauseFor(absl::Hours(1))) return;

  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(advisories->Next(absl::Seconds(2)).ok());
  }
  EXPECT_EQ(Info().num_ack_pending, 0u);
  EXPECT_EQ(Info().ack_floor.stream_seq, 0u);
}

// INF-023, CON-152
TEST_P(Pause, Advisories) {
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.*.S.C");
  const absl::Time until = runtime().Now() + absl::Milliseconds(400);
  const auto text = [](absl::Time time) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
  };
  const std::string created = "io.nats.jetstream.advisory.v1.consumer_action";
  EXPECT_EQ(MakeExplicit({.pause_until = until}).paused, has_pause());
  EXPECT_EQ(NextAdvisory(*advisories), created);
  if (!has_pause()) {
    EXPECT_FALSE(advisories->Next(absl::Milliseconds(100)).ok());
    return;
  }
  EXPECT_EQ(NextAdvisory(*advisories), "paused " + text(until));
  EXPECT_EQ(NextAdvisory(*advisories), "resumed " + text(until));

  const absl::Time later = runtime().Now() + absl::Hours(1);
  for (int i = 0; i < 2; ++i) {  // The second says nothing new.
    ASSERT_TRUE(jetstream().PauseConsumer("S", "C", later, {}).ok());
  }
  ASSERT_TRUE(jetstream().ResumeConsumer("S", "C", {}).ok());
  EXPECT_EQ(PauseError(R"({"pause_until":"2020-01-01T00:00:00Z"})"), Ok());
  EXPECT_EQ(NextAdvisory(*advisories), "paused " + text(later));
  EXPECT_EQ(NextAdvisory(*advisories), "resumed 0001-01-01T00:00:00Z");
  EXPECT_EQ(NextAdvisory(*advisories), "resumed 2020-01-01T00:00:00Z");
}

// CON-156
TEST_P(Pause, MayBeMadeLonger) {
  FillTen();
  MakeExplicit();
  if (!PauseFor(absl::Milliseconds(150)) ||
      !PauseFor(absl::Milliseconds(500))) {
    return;
  }
  const absl::Time start = runtime().Now();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.expires = absl::Seconds(5)}).ok());

  EXPECT_EQ(NextEvent(*pull), "1");
  EXPECT_GE(runtime().Now() - start, absl::Milliseconds(400));
}

}  // namespace
}  // namespace windtunnel
