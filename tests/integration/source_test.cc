// Sources: what a stream copies from others into its own sequence.

#include <string>
#include <vector>

#include "tests/integration/origin_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

BEHAVIOUR_SUITE_OF(OriginBehaviour, Sources);

// SRC-042
TEST_P(Sources, GiveMessagesNewSequencesAndTimes) {
  Fill({"o.a", "o.b"});
  ASSERT_TRUE(jetstream().DeleteMessage("O", 1).ok());

  Create(SourcesConfig("S", {{.name = "O"}}));

  ASSERT_TRUE(Reaches("S", 1));
  EXPECT_THAT(Stored("S"), ElementsAre("1 o.b 2"));
  EXPECT_GT(MessageAt("S", 1).time, MessageAt("O", 2).time);
  EXPECT_EQ(SourceAt("S", 1), "O 2");
}

// SRC-042
TEST_P(Sources, InterleaveInArrivalOrder) {
  Create(SourcesConfig("S", {{.name = "O"}, {.name = "P"}}));
  ASSERT_TRUE(IsFollowing("S"));

  std::uint64_t last = 0;
  for (const std::string subject : {"o.a", "p.a", "p.b", "o.b", "p.c"}) {
    Publish(subject);
    ASSERT_TRUE(Reaches("S", ++last));
  }

  EXPECT_THAT(Stored("S"),
              ElementsAre("1 o.a ", "2 p.a ", "3 p.b ", "4 o.b ", "5 p.c "));
  EXPECT_EQ(SourceAt("S", 4), "O 2");
  EXPECT_EQ(SourceAt("S", 5), "P 3");
}

// SRC-053
TEST_P(Sources, MayStandBesideSubjects) {
  Create(SourcesConfig("S1", {{.name = "O"}}, {.subjects = {"s"}}));
  Create(SourcesConfig("S2", {{.name = "O"}}));
  ASSERT_TRUE(IsFollowing("S1"));

  EXPECT_EQ(Publish("s", "own").sequence, 1);
  Fill({"o.a"});
  ASSERT_TRUE(Reaches("S1", 2));

  EXPECT_THAT(Stored("S1"), ElementsAre("1 s own", "2 o.a 1"));
  EXPECT_EQ(ErrorOf(jetstream().Publish({.subject = "S2"})), NoResponders());
  EXPECT_THAT(Info("S2").config.subjects, IsEmpty());
}

// SRC-054
TEST_P(Sources, StartWhereTheyAreTold) {
  Fill({"o.a"});
  Advance(absl::Milliseconds(2));
  Fill({"o.b", "o.c"});
  const absl::Time second = MessageAt("O", 2).time;

  Create(SourcesConfig("S1", {{.name = "O", .opt_start_seq = 2}}));
  Create(SourcesConfig("S2", {{.name = "O", .opt_start_time = second}}));
  Create(SourcesConfig("S3", {{.name = "O", .filter_subject = "o.c"}}));
  Create(SourcesConfig("S4", {{.name = "O", .opt_start_seq = 5}}));
  for (const std::string name : {"S1", "S2", "S3", "S4"}) {
    ASSERT_TRUE(IsFollowing(name));
  }
  Fill({"o.d", "o.e"});

  ASSERT_TRUE(Reaches("S1", 4));
  ASSERT_TRUE(Reaches("S2", 4));
  ASSERT_TRUE(Reaches("S4", Since("2.15") ? 1 : 2));
  EXPECT_THAT(Stored("S1"),
              ElementsAre("1 o.b 1", "2 o.c 2", "3 o.d 1", "4 o.e 2"));
  EXPECT_THAT(Stored("S2"), Stored("S1"));
  EXPECT_THAT(Stored("S3"), ElementsAre("1 o.c 2"));
  if (Since("2.15")) {
    EXPECT_THAT(Stored("S4"), ElementsAre("1 o.e 2"));
  } else {
    EXPECT_THAT(Stored("S4"), ElementsAre("1 o.d 1", "2 o.e 2"));
  }
}

// SRC-054
TEST_P(Sources, CountFromFirstSeq) {
  Fill({"o.a"});

  Create(SourcesConfig("S", {{.name = "O"}}, {.first_seq = 50}));

  const std::uint64_t first = Since("2.10") ? 50 : 1;
  ASSERT_TRUE(Reaches("S", first));
  EXPECT_EQ(DataAt("S", first), "1");
}

// SRC-018
TEST_P(Sources, CopyOncePerFilter) {
  Fill({"o.a", "o.b"});

  Create(SourcesConfig("S", {{.name = "O", .filter_subject = "o.a"},
                             {.name = "O", .filter_subject = "o.*"}}));

  if (Since("2.10")) {
    ASSERT_TRUE(Reaches("S", 3));
    std::vector<std::string> sources;
    for (const std::uint64_t seq : {1, 2, 3}) {
      sources.push_back(SourceAt("S", seq) + " " + MessageAt("S", seq).subject);
    }
    EXPECT_THAT(sources, UnorderedElementsAre("O 1 o.a", "O 1 o.a", "O 2 o.b"));
  } else {
    ASSERT_TRUE(Reaches("S", 1));
    EXPECT_EQ(Info("S").sources.size(), 1);
  }
}

// SRC-051
TEST_P(Sources, TransformBeforeTheStreamDoes) {
  Fill({"o.a", "o.b"});

  StreamConfig config = SourcesConfig(
      "S",
      {{.name = "O", .subject_transforms = {{.src = "o.*", .dest = "t.$1"}}}});
  config.subject_transform = SubjectTransform{.src = "t.a", .dest = "final"};
  Create(config);

  ASSERT_TRUE(Reaches("S", 2));
  if (Since("2.10")) {
    EXPECT_THAT(Stored("S"), ElementsAre("1 final 1", "2 t.b 2"));
  } else {
    EXPECT_THAT(Stored("S"), ElementsAre("1 o.a 1", "2 o.b 2"));
  }
}

// SRC-056
TEST_P(Sources, GoOnWhereTheyStoppedWhenAddedAgain) {
  const StreamConfig both = SourcesConfig("S", {{.name = "P"}, {.name = "O"}});
  const StreamConfig one = SourcesConfig("S", {{.name = "P"}});
  Create(both);
  ASSERT_TRUE(IsFollowing("S"));
  Fill({"o.a"});
  ASSERT_TRUE(Reaches("S", 1));

  Update(one);
  EXPECT_EQ(Info("S").sources.size(), 1);
  Fill({"o.b", "o.c", "p.a"});
  ASSERT_TRUE(Reaches("S", 2));
  Update(both);

  ASSERT_TRUE(Reaches("S", 4));
  EXPECT_THAT(Stored("S"),
              ElementsAre("1 o.a 1", "2 p.a 3", "3 o.b 1", "4 o.c 2"));
  EXPECT_EQ(SourceAt("S", 4), "O 3");
}

// SRC-056: with nothing stored, 2.10 and later begin at the last time.
TEST_P(Sources, ForgetTheirPositionWhenRemovedAndPurged) {
  const StreamConfig with = SourcesConfig("S", {{.name = "O"}});
  Create(with);
  ASSERT_TRUE(IsFollowing("S"));
  Fill({"o.a", "o.b"});
  ASSERT_TRUE(Reaches("S", 2));

  Update({.name = "S", .subjects = {"s"}, .storage = Storage::kMemory});
  jetstream().PurgeStream("S").value();
  Fill({"o.c"});
  Update(with);

  if (Since("2.10")) {
    ASSERT_TRUE(Reaches("S", 3));
    EXPECT_THAT(Stored("S"), ElementsAre("3 o.c 1"));
  } else {
    ASSERT_TRUE(Reaches("S", 5));
    EXPECT_THAT(Stored("S"), ElementsAre("3 o.a 1", "4 o.b 2", "5 o.c 1"));
  }
}

// SRC-055
TEST_P(Sources, DoNotFetchAgainWhatWasPurged) {
  Create(SourcesConfig("S", {{.name = "O"}}));
  ASSERT_TRUE(IsFollowing("S"));
  Fill({"o.a", "o.b"});
  ASSERT_TRUE(Reaches("S", 2));

  EXPECT_EQ(jetstream().PurgeStream("S").value(), 2);
  Fill({"o.c"});

  ASSERT_TRUE(Reaches("S", 3));
  EXPECT_THAT(Stored("S"), ElementsAre("3 o.c 1"));
}

// SRC-052, SRC-057: both wait for 2 s, so they wait together.
TEST_P(Sources, WaitWhereTheStreamIsFullAndDuplicatesMayStop) {
  Create({.name = "D",
          .subjects = {"d"},
          .storage = Storage::kMemory,
          .duplicate_window = absl::Milliseconds(100)});
  Publish("d", "1", {.message_id = "x"});
  ASSERT_TRUE(Eventually(
      [&] { return !Publish("d", "2", {.message_id = "x"}).duplicate; }));
  Publish("d", "3");
  Fill({"o.a", "o.b", "o.c"});
  StreamConfig full = SourcesConfig("FULL", {{.name = "O"}},
                                    {.max_msgs = 2, .discard = Discard::kNew});
  Create(full);
  Create(SourcesConfig("DEDUP", {{.name = "D"}},
                       {.duplicate_window = absl::Minutes(1)}));
  Create(SourcesConfig("PLAIN", {{.name = "D"}}));
  ASSERT_TRUE(Reaches("FULL", 2));

  jetstream().PurgeStream("FULL", {.keep = 1}).value();
  ASSERT_TRUE(Reaches("FULL", 3));

  EXPECT_THAT(Stored("FULL"), ElementsAre("2 o.b 2", "3 o.c 3"));
  if (Since("2.12")) {
    EXPECT_THAT(Stored("DEDUP"), ElementsAre("1 d 1", "2 d 3"));
    EXPECT_THAT(Stored("PLAIN"), ElementsAre("1 d 1", "2 d 2", "3 d 3"));
  } else {
    EXPECT_THAT(Stored("DEDUP"), ElementsAre("1 d 1"));
    EXPECT_THAT(Stored("PLAIN"), ElementsAre("1 d 1"));
  }
}

// SRC-050
TEST_P(Sources, StoreRollupsThatTheyMayNotPerform) {
  Create({.name = "R",
          .subjects = {"r.>"},
          .storage = Storage::kMemory,
          .allow_rollup_hdrs = true});
  Create(SourcesConfig("S1", {{.name = "R"}}));
  Create(SourcesConfig("S2", {{.name = "R"}}, {.allow_rollup_hdrs = true}));
  ASSERT_TRUE(IsFollowing("S1"));
  ASSERT_TRUE(IsFollowing("S2"));

  Fill({"r.a", "r.b"});
  Publish("r.a", "rolled", {.rollup = Rollup::kSubject});
  Publish("r.b", "after");

  ASSERT_TRUE(Reaches("S2", 4));
  EXPECT_THAT(Stored("S2"),
              ElementsAre("2 r.b 2", "3 r.a rolled", "4 r.b after"));
  if (Since("2.12")) {
    ASSERT_TRUE(Reaches("S1", 4));
    EXPECT_THAT(Stored("S1"), ElementsAre("1 r.a 1", "2 r.b 2", "3 r.a rolled",
                                          "4 r.b after"));
  } else {
    EXPECT_THAT(Stored("S1"), ElementsAre("1 r.a 1", "2 r.b 2"));
  }
}

// STR-116, STO-103: a link counts as interest, and what it has copied goes when
// nobody else wants it. Since 2.14 that takes a second.
TEST_P(Sources, UseUpStreamsThatRemoveWhatIsSettled) {
  Create({.name = "W",
          .subjects = {"w.>"},
          .retention = Retention::kWorkQueue,
          .storage = Storage::kMemory});
  Create({.name = "I",
          .subjects = {"i.>"},
          .retention = Retention::kInterest,
          .storage = Storage::kMemory});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("W", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit,
                                        .filter_subject = "w.kept"})
                  .ok());
  Fill({"w.a", "w.kept", "i.a"});

  Create(SourcesConfig("S", {{.name = "W"}}));
  Create(MirrorConfig("M", {.name = "I"}));
  ASSERT_TRUE(IsFollowing("M"));
  ASSERT_TRUE(Reaches("S", 2));
  EXPECT_EQ(State("W").consumer_count, Since("2.14") ? 2 : 1);
  EXPECT_EQ(State("I").consumer_count, Since("2.14") ? 1 : 0);
  EXPECT_EQ(State("M").last_seq, 1);
  Fill({"i.b"});
  ASSERT_TRUE(Reaches("M", 2));

  EXPECT_TRUE(Eventually([&] { return State("W").messages == 1; }));
  EXPECT_TRUE(Eventually([&] { return State("I").messages == 0; }));
  EXPECT_EQ(State("W").first_seq, 2);
  EXPECT_EQ(State("I").last_seq, 2);
  EXPECT_THAT(Stored("S"), ElementsAre("1 w.a 1", "2 w.kept 2"));
  EXPECT_THAT(Stored("M"), ElementsAre("2 i.b 1"));
}

// SRC-041: on older servers a link is a consumer like others.
TEST_P(Sources, HoldTheirPlaceInAWorkQueue) {
  Create({.name = "W",
          .subjects = {"w.>"},
          .retention = Retention::kWorkQueue,
          .storage = Storage::kMemory});
  Create(SourcesConfig("S", {{.name = "W", .filter_subject = "w.a"}}));
  ASSERT_TRUE(IsFollowing("S"));
  const auto create = [&](const std::string& filter) {
    return ErrorOf(
        jetstream().CreateConsumer("W", {.durable_name = "C",
                                         .ack_policy = AckPolicy::kExplicit,
                                         .filter_subject = filter}));
  };

  if (!Since("2.14")) {
    EXPECT_EQ(create(""),
              JetStreamError(400, 10099,
                             "multiple non-filtered consumers not allowed on "
                             "workqueue stream"));
    EXPECT_EQ(create("w.a"),
              JetStreamError(400, 10100,
                             "filtered consumer not unique on workqueue "
                             "stream"));
  }
  EXPECT_EQ(create("w.b"), Ok());
}

// SRC-042: under interest retention nothing is kept that nobody waits for.
TEST_P(Sources, AreSkippedWithoutInterest) {
  Fill({"o.a", "o.b"});

  Create(
      SourcesConfig("S", {{.name = "O"}}, {.retention = Retention::kInterest}));

  ASSERT_TRUE(Reaches("S", 2));
  EXPECT_EQ(State("S").messages, 0);
  EXPECT_EQ(State("S").first_seq, 3);
}

}  // namespace
}  // namespace windtunnel
