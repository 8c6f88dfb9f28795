// Messages that a stream publishes by itself.

#include <string>
#include <vector>

#include "tests/integration/schedule_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE_OF(ScheduleBehaviour, Schedules);

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
