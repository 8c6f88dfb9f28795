// Messages that a stream publishes by itself.

#include <string>
#include <vector>

#include "tests/integration/timed_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const char kPast[] = "@at 2020-01-01T00:00:00Z";
const char kFuture[] = "@at 2040-01-01T00:00:00Z";

class SchedulesBehaviour : public TimedBehaviour {
 protected:
  static StreamConfig Config(const std::string& name,
                             Storage storage = Storage::kMemory) {
    return {.name = name,
            .subjects = {name + ".>"},
            .storage = storage,
            .allow_rollup_hdrs = true,
            .allow_msg_ttl = true,
            .allow_msg_schedules = true};
  }
  // Publishes a schedule with the pattern and further headers.
  JetStreamError Schedule(const std::string& subject,
                          const std::string& pattern, const std::string& target,
                          const Headers& more = {},
                          const std::string& data = "") {
    Headers headers = more;
    headers.Add("Nats-Schedule", pattern);
    if (!target.empty()) headers.Add("Nats-Schedule-Target", target);
    return Put(subject, headers, data);
  }
  JetStreamError Error(int err_code, const std::string& text) const {
    return Since("2.12") ? JetStreamError(400, err_code, text) : Ok();
  }
  JetStreamError Disabled() const {
    return Error(10188, "message schedules is disabled");
  }
  JetStreamError BadTarget() const {
    return Error(10190, "message schedules target is invalid");
  }
  JetStreamError BadSource() const {
    return Error(10203, "message schedules source is invalid");
  }
  JetStreamError BadRollup() const {
    return Error(10192, "message schedules invalid rollup");
  }
  JetStreamError BadScheduler() const {
    return Error(10212, "message schedules invalid scheduler");
  }
  // What newer servers leave out of the stored schedule of older ones.
  void AddConsumer(const std::string& stream, const std::string& filter) {
    ASSERT_TRUE(jetstream()
                    .CreateConsumer(stream, {.durable_name = "C",
                                             .ack_policy = AckPolicy::kExplicit,
                                             .filter_subject = filter})
                    .ok());
  }
  static std::string Produced(const std::string& scheduler,
                              const std::string& next) {
    return "[Nats-Scheduler: " + scheduler + ", Nats-Schedule-Next: " + next +
           "] ";
  }
};

BEHAVIOUR_SUITE_OF(SchedulesBehaviour, Schedules);

// PUB-089
TEST_P(Schedules, NeedTheOption) {
  Create({.name = "S", .subjects = {"S.>"}, .storage = Storage::kMemory});

  EXPECT_EQ(Schedule("S.a", kFuture, "S.b"), Disabled());
  EXPECT_EQ(Schedule("S.a", "nonsense", "S.b"), Disabled());
  EXPECT_EQ(Schedule("S.a", kFuture, ""), Disabled());
  EXPECT_EQ(Schedule("S.a", "", "S.b"), Ok());
  EXPECT_EQ(Put("S.a", {{"Nats-Schedule-Time-Zone", "nonsense"}}), Disabled());
}

// PUB-092, PUB-093, PUB-094, PUB-095
TEST_P(Schedules, PartsAreCheckedInTheServersOrder) {
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
TEST_P(Schedules, AreCheckedBetweenSequencesAndMessageIds) {
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

// PUB-096
TEST_P(Schedules, ReplaceThoseBeforeOnTheirSubject) {
  Create(Config("S"));
  EXPECT_EQ(Put("S.s", {}, "plain"), Ok());
  EXPECT_EQ(Schedule("S.s", kFuture, "S.t", {}, "first"), Ok());
  EXPECT_EQ(Schedule("S.s", kFuture, "S.t", {}, "second"), Ok());

  EXPECT_EQ(State("S").messages, Since("2.12") ? 1 : 3);
  EXPECT_EQ(DataAt("S", 3), "second");
  EXPECT_EQ(Header("S", 3, "Nats-Rollup"), Since("2.12") ? "sub" : "none");
}

// PUB-096, PUB-013: with what the server adds.
TEST_P(Schedules, CountWithTheirRollupAgainstTheSize) {
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

// PUB-097, PUB-098, PUB-090, PUB-095
TEST_P(Schedules, ProduceOnceWhatIsDueOnce) {
  Create(Config("S"));
  EXPECT_EQ(Put("S.source", {{"Keep", "1"}}, "old"), Ok());
  EXPECT_EQ(Put("S.source", {{"Nats-Schedule-X", "1"}}, "source"), Ok());
  EXPECT_EQ(Schedule("S.1", kPast, "S.t1", {{"X", "y"}}, "one"), Ok());
  EXPECT_EQ(Schedule("S.2", kPast, "S.t2",
                     {{"Nats-Schedule-TTL", "7m"},
                      {"Nats-Schedule-Rollup", "sub"},
                      {"Nats-Schedule-Source", "S.source"}},
                     "two"),
            Ok());
  EXPECT_EQ(Schedule("S.3", kPast, "S.t3",
                     {{"Nats-Schedule-Source", "S.nothing"},
                      {"Nats-Msg-Id", "id"},
                      {"Nats-TTL", "600"},
                      {"Nats-Expected-Stream", "S"},
                      {"Nats-Expected-Else", "x"},
                      {"Nats-Rollup", "SUB"},
                      {"Nats-Scheduled", "x"}},
                     "three"),
            Ok());
  // Out of the range of the server's clock: at once.
  EXPECT_EQ(Schedule("S.4", "@at 2300-01-01T00:00:00Z", "S.t4"), Ok());
  EXPECT_EQ(Schedule("S.5", kFuture, "S.t5"), Ok());
  // The zero time is none.
  EXPECT_EQ(Schedule("S.6", "@at 0001-01-01T00:00:00Z", ""), Ok());
  const absl::Time stored = StoredAt("S", 8);

  if (!Since("2.12")) {
    Advance(absl::Milliseconds(500));
    EXPECT_EQ(State("S").messages, 8);
    return;
  }
  EXPECT_TRUE(Eventually([&] { return State("S").last_seq == 12; }));

  EXPECT_GE(runtime().Now(), stored);
  EXPECT_EQ(Stored("S", 9),
            "S.t1 [X: y, Nats-Scheduler: S.1, Nats-Schedule-Next: purge] one");
  EXPECT_EQ(Stored("S", 10),
            "S.t2 [Nats-Scheduler: S.2, Nats-Schedule-Next: purge, "
            "Nats-TTL: 7m, Nats-Rollup: sub] source");
  EXPECT_EQ(Stored("S", 11), "S.t3 " + Produced("S.3", "purge") + "three");
  EXPECT_EQ(Stored("S", 12), "S.t4 " + Produced("S.4", "purge"));
  for (int seq = 3; seq <= 6; ++seq) {
    EXPECT_EQ(Stored("S", seq), "no message found") << seq;
  }
  EXPECT_EQ(Header("S", 7, "Nats-Rollup"), "sub");
  EXPECT_EQ(Header("S", 8, "Nats-Rollup"), "none");
  // Its id was remembered.
  EXPECT_TRUE(Publish("S.x", "", {.message_id = "id"}).duplicate);
}

// PUB-098, PUB-099
TEST_P(Schedules, ProduceAgainAndAgainOnWholeSeconds) {
  Create(Config("S"));
  EXPECT_EQ(Schedule("S.every", "@every 1s", "S.t", {}, "tick"), Ok());
  EXPECT_EQ(Schedule("S.cron", "* * * * * *", "S.u", {}, "tock"), Ok());
  const auto floor = [](absl::Time time) {
    return absl::UnixEpoch() +
           absl::Floor(time - absl::UnixEpoch(), absl::Seconds(1));
  };
  const auto text = [](absl::Time time) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
  };
  const absl::Time first =
      floor(StoredAt("S", 1) + absl::Milliseconds(500)) + absl::Seconds(1);

  if (!Since("2.12")) {
    Advance(absl::Milliseconds(500));
    EXPECT_EQ(State("S").messages, 2);
    return;
  }
  std::vector<std::uint64_t> ticks;
  std::uint64_t looked = 2;
  EXPECT_TRUE(Eventually([&] {
    while (looked < State("S").last_seq) {
      if (DataAt("S", ++looked) == "tick") ticks.push_back(looked);
    }
    return ticks.size() == 2;
  }));

  for (int i = 0; i < 2; ++i) {
    const absl::Time due = first + i * absl::Seconds(1);
    EXPECT_EQ(
        Stored("S", ticks[i]),
        "S.t " + Produced("S.every", text(due + absl::Seconds(1))) + "tick");
    EXPECT_GE(StoredAt("S", ticks[i]), due);
    EXPECT_LE(StoredAt("S", ticks[i]), due + absl::Milliseconds(500));
  }
  // The next second after it was stored, or as soon as the server looks.
  const std::uint64_t tock = ticks[0] == 3 ? 4 : 3;
  EXPECT_EQ(DataAt("S", tock), "tock");
  EXPECT_GE(StoredAt("S", tock), floor(StoredAt("S", 2)) + absl::Seconds(1));
  EXPECT_EQ(Header("S", 1, "Nats-Schedule"), "@every 1s");
}

// PUB-101
TEST_P(Schedules, AreEndedByAMessageThatSaysSo) {
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

// PUB-100, PUB-102
TEST_P(Schedules, StopWithTheirMessage) {
  Create(Config("S"));
  StreamConfig config = Config("W");
  config.retention = Retention::kWorkQueue;
  Create(config);
  AddConsumer("W", "W.s");
  config = Config("I");
  config.retention = Retention::kInterest;
  Create(config);
  AddConsumer("I", "I.s.*");
  EXPECT_EQ(Schedule("S.plain", kPast, "S.t"), Ok());
  EXPECT_EQ(Put("S.plain"), Ok());
  EXPECT_EQ(Schedule("S.deleted", kPast, "S.t"), Ok());
  ASSERT_TRUE(jetstream().DeleteMessage("S", 3).ok());
  EXPECT_EQ(Schedule("S.purged", kPast, "S.t"), Ok());
  ASSERT_TRUE(jetstream().PurgeStream("S", {.filter = "S.purged"}).ok());
  EXPECT_EQ(Schedule("S.replaced", kPast, "S.t"), Ok());
  EXPECT_EQ(Schedule("S.replaced", kFuture, "S.t"), Ok());
  EXPECT_EQ(Schedule("W.s", kPast, "W.t"), Ok());
  {
    auto pull = jetstream().SubscribePull("W", "C").value();
    ASSERT_TRUE(pull->Request({.expires = absl::Seconds(5)}).ok());
    PullEvent event =
        pull->Next(runtime().Now() + absl::Seconds(5), {}).value();
    ASSERT_EQ(std::get<Delivery>(event).AckSync(), absl::OkStatus());
  }
  // Nobody wants the first schedule, nor what the others produce.
  EXPECT_EQ(Schedule("I.unwanted", kPast, "I.s.t"), Ok());
  EXPECT_EQ(Schedule("I.s.once", kPast, "I.unwanted"), Ok());
  EXPECT_EQ(Schedule("I.s.again", "@every 1s", "I.unwanted"), Ok());
  EXPECT_EQ(State("I").last_seq, 3);

  if (!Since("2.12")) {
    EXPECT_EQ(State("I").messages, 2);
    EXPECT_EQ(State("S").messages, 4);
    return;
  }
  EXPECT_TRUE(Eventually([&] { return State("I").last_seq == 5; }));
  Advance(absl::Milliseconds(1200));

  EXPECT_EQ(State("S").last_seq, 6);
  EXPECT_EQ(State("S").messages, 3);
  EXPECT_EQ(State("W").last_seq, 1);
  // Once and no more: what is not stored does not say when the next is due.
  EXPECT_EQ(State("I").last_seq, 5);
  EXPECT_EQ(State("I").messages, 1);
  EXPECT_EQ(Header("I", 3, "Nats-Schedule"), "@every 1s");
}

// PUB-092, PUB-097, SRC-060, SRC-070
TEST_P(Schedules, ProduceWhatIsTransformedAndRepublished) {
  StreamConfig config = Config("T");
  config.subject_transform = SubjectTransform{.src = "T.>", .dest = "T.t.>"};
  config.republish = Republish{.src = "T.>", .dest = "copy.>"};
  Create(config);
  auto copies = Listen("copy.>");
  // The subject that is stored must not be the target.
  EXPECT_EQ(Schedule("T.s", kPast, "T.t.s"), BadTarget());
  EXPECT_EQ(Schedule("T.s", kPast, "T.to"), Ok());
  const std::uint64_t schedule = State("T").last_seq;

  if (!Since("2.12")) {
    const bool transforms = Since("2.10");
    EXPECT_EQ(jetstream().GetMessage("T", {.seq = schedule})->subject,
              transforms ? "T.t.s" : "T.s");
    Advance(absl::Milliseconds(500));
    EXPECT_EQ(State("T").last_seq, schedule);
    return;
  }
  EXPECT_TRUE(Eventually([&] { return State("T").last_seq == 2; }));
  EXPECT_THAT(AllStored("T"),
              ElementsAre("2 T.t.to " + Produced("T.t.s", "purge")));
  const absl::StatusOr<Message> first = copies->Next(absl::Seconds(5));
  const absl::StatusOr<Message> second = copies->Next(absl::Seconds(5));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->subject, "copy.t.s");
  EXPECT_EQ(second->subject, "copy.t.to");
  EXPECT_EQ(second->headers.Get("Nats-Scheduler"), "T.t.s");
}

// PUB-103
TEST_P(Schedules, GoOnThroughARestart) {
  const std::string name = FreshName();
  Create(Config(name, Storage::kFile));
  const absl::Time soon = runtime().Now() + absl::Milliseconds(700);
  EXPECT_EQ(Schedule(name + ".s",
                     "@at " + absl::FormatTime("%Y-%m-%dT%H:%M:%E9SZ", soon,
                                               absl::UTCTimeZone()),
                     name + ".t", {}, "data"),
            Ok());
  EXPECT_EQ(Schedule(name + ".u", kFuture, name + ".t"), Ok());

  Restart();

  if (!Since("2.12")) {
    Advance(absl::Milliseconds(800));
    EXPECT_EQ(State(name).messages, 2);
    return;
  }
  EXPECT_TRUE(Eventually([&] { return State(name).last_seq == 3; }));
  EXPECT_GE(StoredAt(name, 3), soon);
  EXPECT_EQ(Stored(name, 3),
            name + ".t " + Produced(name + ".s", "purge") + "data");
  EXPECT_EQ(State(name).first_seq, 2);
}

}  // namespace
}  // namespace windtunnel
