// What servers demand of message schedules and of what ends them.

#include <string>

#include "tests/integration/schedule_behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE_OF(ScheduleBehaviour, ScheduleChecks);

// PUB-089
TEST_P(ScheduleChecks, NeedTheOption) {
  Create({.name = "S", .subjects = {"S.>"}, .storage = Storage::kMemory});

  EXPECT_EQ(Schedule("S.a", kFuture, "S.b"), Disabled());
  EXPECT_EQ(Schedule("S.a", "nonsense", "S.b"), Disabled());
  EXPECT_EQ(Schedule("S.a", kFuture, ""), Disabled());
  EXPECT_EQ(Schedule("S.a", "", "S.b"), Ok());
  EXPECT_EQ(Put("S.a", {{"Nats-Schedule-Time-Zone", "nonsense"}}), Disabled());
}

// PUB-092, PUB-093, PUB-094, PUB-095
TEST_P(ScheduleChecks, PartsAreCheckedInTheServersOrder) {
  Create(Config("S"));
  StreamConfig no_ttl = Config("N");
  no_ttl.allow_msg_ttl = false;
  Create(no_ttl);
  const JetStreamError bad_pattern =
      Error(10189, "message schedules pattern is invalid");
  const JetStreamError bad_ttl =
      Error(10191, "message schedules invalid per-message TTL");
  const JetStreamError ttl_disabled =
      Error(10166, "per-message TTL is disabled");
  const Headers::Entry wrong_ttl = {"Nats-Schedule-TTL", "x"};
  const Headers::Entry ttl = {"Nats-Schedule-TTL", "5"};
  const Headers::Entry wrong_rollup = {"Nats-Schedule-Rollup", "all"};
  const Headers::Entry wrong_source = {"Nats-Schedule-Source", "S.*"};
  const Headers::Entry other_source = {"Nats-Schedule-Source", "else"};

  const auto go = [&](const std::string& pattern, const std::string& target,
                      const Headers& more) {
    return Schedule("S.s", pattern, target, more);
  };
  EXPECT_EQ(go("x", "S.*", {wrong_ttl, wrong_rollup, wrong_source}),
            bad_pattern);
  EXPECT_EQ(go(kFuture, "S.*", {wrong_ttl, wrong_rollup, wrong_source}),
            bad_ttl);
  EXPECT_EQ(go(kFuture, "S.*", {ttl, wrong_rollup, wrong_source}), BadRollup());
  EXPECT_EQ(go(kFuture, "S.*", {ttl, wrong_source}), BadTarget());
  EXPECT_EQ(go(kFuture, "other", {ttl, wrong_source}), BadSource());
  EXPECT_EQ(go(kFuture, "other", {ttl, other_source}), BadTarget());
  EXPECT_EQ(go(kFuture, "S.t", {other_source, {"Nats-Rollup", "all"}}),
            BadSource());
  EXPECT_EQ(go(kFuture, "S.t", {{"Nats-Rollup", "all"}}), BadRollup());
  EXPECT_EQ(Schedule("N.s", kFuture, "N.*", {ttl, {"Nats-Rollup", "all"}}),
            ttl_disabled);
  EXPECT_EQ(Schedule("N.s", kFuture, "N.t", {{"Nats-Schedule-TTL", "00"}}),
            ttl_disabled);

  for (const std::string target : {"", "S.s", "S.*", "S.>", "S..t", "S", "t"}) {
    EXPECT_EQ(go(kFuture, target, {}), BadTarget()) << target;
  }
  for (const std::string source : {"S.s", "S.t", "S.*", "S..x", "x"}) {
    EXPECT_EQ(go(kFuture, "S.t", {{"Nats-Schedule-Source", source}}),
              BadSource())
        << source;
  }
  for (const std::string rollup : {"SUB", "all", "x"}) {
    EXPECT_EQ(go(kFuture, "S.t", {{"Nats-Schedule-Rollup", rollup}}),
              BadRollup())
        << rollup;
  }
  for (const std::string empty : {"Nats-Schedule-TTL", "Nats-Schedule-Rollup",
                                  "Nats-Schedule-Source", "Nats-Rollup"}) {
    EXPECT_EQ(go(kFuture, "S.t", {{empty, ""}}), Ok()) << empty;
  }
  EXPECT_EQ(go(kFuture, "S.t", {{"Nats-Rollup", "SUB"}}), Ok());
}

// PUB-089, PUB-019: where the checks of schedules stand among the others.
TEST_P(ScheduleChecks, AreCheckedBetweenSequencesAndMessageIds) {
  if (!Since("2.12")) {
    Create(Config("S"));
    EXPECT_EQ(Schedule("S.s", "x", "S.t", {{"Nats-Msg-Id", "1"}}), Ok());
    return;
  }
  Create(Config("S"));
  const JetStreamError bad_pattern = {400, 10189,
                                      "message schedules pattern is invalid"};
  EXPECT_EQ(Put("S.x", {{"Nats-Msg-Id", "1"}}), Ok());

  EXPECT_EQ(Schedule("S.s", "x", "S.t", {{"Nats-Expected-Last-Sequence", "9"}})
                .err_code,
            kStreamWrongLastSequence);
  EXPECT_EQ(Schedule("S.s", "x", "S.t", {{"Nats-TTL", "x"}}), bad_pattern);
  EXPECT_EQ(Schedule("S.s", "x", "S.t", {{"Nats-Msg-Id", "1"}}), bad_pattern);
  EXPECT_EQ(Schedule("S.s", "x", "S.t", {{"Nats-Expected-Last-Msg-Id", "2"}}),
            bad_pattern);
}

// PUB-096, PUB-013: with what the server adds.
TEST_P(ScheduleChecks, CountWithTheirRollupAgainstTheSize) {
  StreamConfig config = Config("S");
  const Headers schedule = {{"Nats-Schedule", kFuture},
                            {"Nats-Schedule-Target", "S.t"}};
  const int size = static_cast<int>(schedule.Encode().size());
  const int added =
      static_cast<int>(std::string("Nats-Rollup: sub\r\n").size());
  config.max_msg_size = size + added + 1;
  Create(config);

  EXPECT_EQ(Put("S.s", schedule, "1"), Ok());
  EXPECT_EQ(Put("S.s", schedule, "12"),
            Error(10054, "message size exceeds maximum allowed"));
}

// PUB-101
TEST_P(ScheduleChecks, AreEndedByAMessageThatSaysSo) {
  Create(Config("S"));
  Create({.name = "N", .subjects = {"N.>"}, .storage = Storage::kMemory});
  EXPECT_EQ(Put("S.plain"), Ok());
  EXPECT_EQ(Schedule("S.s", kFuture, "S.t"), Ok());
  const auto end = [&](const std::string& next, const std::string& scheduler,
                       const std::string& subject = "S.end") {
    return Put(subject,
               {{"Nats-Schedule-Next", next}, {"Nats-Scheduler", scheduler}});
  };

  EXPECT_EQ(Put("S.end", {{"Nats-Schedule-Next", "purge"}}), BadScheduler());
  EXPECT_EQ(Put("S.end", {{"Nats-Scheduler", "S.s"}}), BadScheduler());
  for (const std::string next :
       {"", "Purge", "purge ", "2040-01-01T00:00:00Z"}) {
    EXPECT_EQ(end(next, "S.s"), BadScheduler()) << next;
  }
  for (const std::string scheduler : {"", "S.end", "S.*", "S..s", "S.plain"}) {
    EXPECT_EQ(end("purge", scheduler), BadScheduler()) << scheduler;
  }
  EXPECT_EQ(end("", ""), Ok());
  EXPECT_EQ(end("purge", "S.nothing"), Ok());
  EXPECT_EQ(end("purge", "elsewhere"), Ok());
  EXPECT_EQ(end("purge", "N.s", "N.end"), Disabled());
  EXPECT_EQ(end("x", "N.s", "N.end"), BadScheduler());
  EXPECT_EQ(DataAt("S", 2), "");

  EXPECT_EQ(end("purge", "S.s"), Ok());

  EXPECT_EQ(DataAt("S", 2), Since("2.12") ? "no message found" : "");
}

}  // namespace
}  // namespace windtunnel
