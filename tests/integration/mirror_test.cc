// Mirrors: what they copy and what stays their own.

#include <string>
#include <vector>

#include "tests/integration/origin_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BEHAVIOUR_SUITE_OF(OriginBehaviour, Mirrors);

// SRC-028
TEST_P(Mirrors, KeepSubjectHeadersSequenceAndTime) {
  PublishWith("o.a", {{"A", "1"}, {"Nats-Msg-Id", "x"}}, "one");
  Fill({"o.b", "o.c"});
  ASSERT_TRUE(jetstream().DeleteMessage("O", 2).ok());

  Create(MirrorConfig("M", {.name = "O"}));
  ASSERT_TRUE(Reaches("M", 3));
  Fill({"o.d"});
  ASSERT_TRUE(Reaches("M", 4));

  for (const std::uint64_t seq : {1, 3, 4}) {
    EXPECT_EQ(MessageAt("M", seq), MessageAt("O", seq));
  }
  const StreamInfo info =
      jetstream().GetStreamInfo("M", {.deleted_details = true}).value();
  EXPECT_EQ(info.state.messages, 3);
  EXPECT_THAT(info.state.deleted, ElementsAre(2));
  EXPECT_EQ(info.state.first_ts, State("O").first_ts);
  EXPECT_EQ(info.state.last_ts, State("O").last_ts);
}

// SRC-028
TEST_P(Mirrors, BeginWithTheFirstMessageThatIsThere) {
  Fill({"o.a", "o.b", "o.c"});
  jetstream().PurgeStream("O", {.seq = 3}).value();

  Create(MirrorConfig("M", {.name = "O"}));

  ASSERT_TRUE(Reaches("M", 3));
  EXPECT_EQ(State("M").first_seq, 3);
  EXPECT_EQ(State("M").num_deleted, 0);
}

// SRC-028
TEST_P(Mirrors, TakeTheSequenceOfAnEmptyOrigin) {
  Fill({"o.a", "o.b", "o.c"});
  jetstream().PurgeStream("O").value();

  Create(MirrorConfig("M", {.name = "O"}));

  ASSERT_TRUE(Reaches("M", 3));
  EXPECT_EQ(State("M").first_seq, 4);
  EXPECT_EQ(State("M").messages, 0);
}

// SRC-033
TEST_P(Mirrors, KeepWhatTheOriginLoses) {
  Fill({"o.a", "o.b", "o.c"});
  Create(MirrorConfig("M", {.name = "O"}));
  ASSERT_TRUE(Reaches("M", 3));

  ASSERT_TRUE(jetstream().DeleteMessage("O", 1).ok());
  jetstream().PurgeStream("O").value();
  Fill({"o.d"});

  ASSERT_TRUE(Reaches("M", 4));
  EXPECT_THAT(Stored("M"),
              ElementsAre("1 o.a 1", "2 o.b 2", "3 o.c 3", "4 o.d 1"));
}

// SRC-033
TEST_P(Mirrors, HaveTheirOwnLimits) {
  Fill({"o.a", "o.b", "o.a", "o.b"});

  Create(MirrorConfig("M1", {.name = "O"}, {.max_msgs = 2}));
  Create(MirrorConfig("M2", {.name = "O"}, {.max_msgs_per_subject = 1}));
  Create(
      MirrorConfig("M3", {.name = "O"}, {.retention = Retention::kInterest}));
  ASSERT_TRUE(Reaches("M1", 4));
  ASSERT_TRUE(Reaches("M2", 4));
  ASSERT_TRUE(Reaches("M3", 4));
  Fill({"o.b"});
  ASSERT_TRUE(Reaches("M1", 5));
  ASSERT_TRUE(Reaches("M2", 5));
  ASSERT_TRUE(Reaches("M3", 5));

  EXPECT_THAT(Stored("M1"), ElementsAre("4 o.b 4", "5 o.b 1"));
  EXPECT_THAT(Stored("M2"), ElementsAre("3 o.a 3", "5 o.b 1"));
  EXPECT_THAT(Stored("M3"), IsEmpty());
  EXPECT_EQ(State("M3").first_seq, 6);
}

// SRC-034
TEST_P(Mirrors, TakeNoMessagesThemselves) {
  Create(MirrorConfig("M", {.name = "O"}));

  EXPECT_EQ(ErrorOf(jetstream().Publish({.subject = "M"})), NoResponders());
}

// SRC-034
TEST_P(Mirrors, DoNotFetchAgainWhatWasRemovedThere) {
  Fill({"o.a", "o.b", "o.c"});
  Create(MirrorConfig("M1", {.name = "O"}));
  Create(MirrorConfig("M2", {.name = "O"}));
  ASSERT_TRUE(Reaches("M1", 3));
  ASSERT_TRUE(Reaches("M2", 3));

  EXPECT_EQ(jetstream().PurgeStream("M1").value(), 3);
  ASSERT_TRUE(jetstream().DeleteMessage("M2", 3).ok());
  Fill({"o.d"});

  ASSERT_TRUE(Reaches("M1", 4));
  ASSERT_TRUE(Reaches("M2", 4));
  EXPECT_THAT(Stored("M1"), ElementsAre("4 o.d 1"));
  EXPECT_THAT(Stored("M2"), ElementsAre("1 o.a 1", "2 o.b 2", "4 o.d 1"));
}

// SRC-032
TEST_P(Mirrors, CopyWhatTheirFilterMatches) {
  Fill({"o.a", "o.b", "o.a", "o.c"});

  Create(MirrorConfig("M", {.name = "O", .filter_subject = "o.b"}));
  ASSERT_TRUE(Reaches("M", 2));
  EXPECT_EQ(State("M").first_seq, 2);
  Fill({"o.a", "o.b"});
  ASSERT_TRUE(Reaches("M", 6));

  EXPECT_THAT(Stored("M"), ElementsAre("2 o.b 2", "6 o.b 2"));
  EXPECT_EQ(State("M").num_deleted, 3);
}

// SRC-032
TEST_P(Mirrors, TransformSubjects) {
  Fill({"o.a", "o.b", "o.c", "o.a"});
  const std::vector<SubjectTransform> several = {
      {.src = "o.a", .dest = "t.one"}, {.src = "o.b", .dest = ""}};

  Create(MirrorConfig("M1", {.name = "O", .subject_transforms = several}));
  Create(MirrorConfig(
      "M2",
      {.name = "O", .subject_transforms = {{.src = "o.*", .dest = "t.$1.x"}}}));
  StreamConfig own = MirrorConfig("M3", {.name = "O"});
  own.subject_transform = SubjectTransform{.src = "o.b", .dest = "own"};
  Create(own);
  for (const std::string name : {"M1", "M2", "M3"}) {
    ASSERT_TRUE(Reaches(name, 4));
  }

  if (Since("2.10")) {
    EXPECT_THAT(Stored("M1"), ElementsAre("1 t.one 1", "2 o.b 2", "4 t.one 4"));
    EXPECT_THAT(Stored("M2"), ElementsAre("1 t.a.x 1", "2 t.b.x 2", "3 t.c.x 3",
                                          "4 t.a.x 4"));
    EXPECT_THAT(Stored("M3"),
                ElementsAre("1 o.a 1", "2 own 2", "3 o.c 3", "4 o.a 4"));
  } else {
    for (const std::string name : {"M1", "M2", "M3"}) {
      EXPECT_THAT(Stored(name),
                  ElementsAre("1 o.a 1", "2 o.b 2", "3 o.c 3", "4 o.a 4"));
    }
  }
}

// STR-094, STR-095
TEST_P(Mirrors, BecomeStreamsOfTheirOwnWhenTheMirrorIsRemoved) {
  Fill({"o.a"});
  const StreamConfig mirror = MirrorConfig("M", {.name = "O"});
  Create(mirror);
  ASSERT_TRUE(Reaches("M", 1));
  const StreamConfig promoted{
      .name = "M", .subjects = {"m"}, .storage = Storage::kMemory};
  const JetStreamError immutable{
      400, 10055, "stream mirror configuration can not be updated"};

  StreamConfig described = mirror;
  described.description = "still a mirror";
  EXPECT_EQ(Update(described).mirror->name, "O");
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(MirrorConfig("M", {.name = "P"}))),
            immutable);
  if (!Since("2.12")) {
    EXPECT_EQ(ErrorOf(jetstream().UpdateStream(promoted)), immutable);
    return;
  }
  EXPECT_EQ(Update(promoted).mirror, std::nullopt);
  Publish("o.b");
  EXPECT_EQ(Publish("m", "mine").sequence, 2);
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(mirror)), immutable);
  EXPECT_THAT(Stored("M"), ElementsAre("1 o.a 1", "2 m mine"));
}

// SRC-027, STO-063
TEST_P(Mirrors, AnswerDirectGetsForTheirOrigin) {
  Create({.name = "D",
          .subjects = {"d"},
          .storage = Storage::kMemory,
          .allow_direct = true});
  Publish("d", "one");

  EXPECT_TRUE(Create(MirrorConfig("M1", {.name = "D"})).config.mirror_direct);
  EXPECT_FALSE(
      Create(MirrorConfig("M2", {.name = "O"}, {.mirror_direct = true}))
          .config.mirror_direct);
  ASSERT_TRUE(Reaches("M1", 1));

  int answers_of_mirror = 0;
  for (int i = 0; i < 40; ++i) {
    const Message answer =
        connection().Request({.subject = "$JS.API.DIRECT.GET.D.d"}).value();
    EXPECT_EQ(answer.data, "one");
    answers_of_mirror += answer.headers.Get("Nats-Stream") == "M1";
  }
  EXPECT_GT(answers_of_mirror, 0);
  EXPECT_LT(answers_of_mirror, 40);
  EXPECT_EQ(ErrorOf(connection().Request({.subject = "$JS.API.DIRECT.GET.M1.d"},
                                         {.timeout = absl::Milliseconds(100)})),
            Since("2.10") ? NoResponders() : Timeout());
}

// SRC-036
TEST_P(Mirrors, DropExpectationsOfNewServersOnly) {
  PublishWith("o.a", {{"Nats-Expected-Stream", "O"}}, "1");
  PublishWith("o.b", {{"Nats-Expected-Last-Sequence", "1"}, {"K", "v"}}, "2");

  Create(MirrorConfig("M", {.name = "O"}));
  ASSERT_TRUE(IsFollowing("M"));
  Fill({"o.c"});

  if (!Since("2.12")) {
    Advance(absl::Milliseconds(50));
    EXPECT_EQ(State("M").last_seq, 0);
    return;
  }
  ASSERT_TRUE(Reaches("M", 3));
  EXPECT_THAT(HeadersAt("M", 1), IsEmpty());
  EXPECT_THAT(HeadersAt("M", 2), ElementsAre("K: v"));
}

// SRC-038
TEST_P(Mirrors, CopyRollupsThatTheyMayNotPerform) {
  StreamConfig rolls{.name = "R",
                     .subjects = {"r.>"},
                     .storage = Storage::kMemory,
                     .allow_rollup_hdrs = true};
  Create(rolls);
  Create(MirrorConfig("M1", {.name = "R"}));
  Create(MirrorConfig("M2", {.name = "R"}, {.allow_rollup_hdrs = true}));
  ASSERT_TRUE(IsFollowing("M1"));
  ASSERT_TRUE(IsFollowing("M2"));

  Fill({"r.a", "r.b"});
  Publish("r.a", "rolled", {.rollup = Rollup::kSubject});
  Publish("r.b", "after");

  ASSERT_TRUE(Reaches("M2", 4));
  EXPECT_THAT(Stored("M2"),
              ElementsAre("2 r.b 2", "3 r.a rolled", "4 r.b after"));
  if (Since("2.12")) {
    ASSERT_TRUE(Reaches("M1", 4));
    EXPECT_THAT(Stored("M1"), ElementsAre("1 r.a 1", "2 r.b 2", "3 r.a rolled",
                                          "4 r.b after"));
  } else {
    // They refuse it and give its sequence to the next one.
    ASSERT_TRUE(Reaches("M1", 3));
    EXPECT_THAT(Stored("M1"), ElementsAre("1 r.a 1", "2 r.b 2", "3 r.b after"));
  }
}

// SRC-038: behind by what they refused, only 2.9 goes on after a gap.
TEST_P(Mirrors, StayBehindAfterARefusal) {
  Create(MirrorConfig("M", {.name = "O", .filter_subject = "o.a"},
                      {.max_msgs = 1, .discard = Discard::kNew}));
  ASSERT_TRUE(IsFollowing("M"));
  Publish("o.a", "1");
  ASSERT_TRUE(Reaches("M", 1));
  Publish("o.a", "refused");
  Advance(absl::Milliseconds(30));
  jetstream().PurgeStream("M").value();

  Publish("o.b", "3");
  Publish("o.a", "4");
  Advance(absl::Milliseconds(50));

  if (Since("2.10")) {
    EXPECT_THAT(Stored("M"), IsEmpty());
  } else {
    EXPECT_THAT(Stored("M"), ElementsAre("3 o.a 4"));
  }
}

// SRC-035
TEST_P(Mirrors, DoNotDeduplicateOnNewServers) {
  Create({.name = "D",
          .subjects = {"d"},
          .storage = Storage::kMemory,
          .duplicate_window = absl::Milliseconds(100)});
  Publish("d", "1", {.message_id = "x"});
  ASSERT_TRUE(Eventually(
      [&] { return !Publish("d", "2", {.message_id = "x"}).duplicate; }));

  Create(
      MirrorConfig("M", {.name = "D"}, {.duplicate_window = absl::Minutes(1)}));
  ASSERT_TRUE(IsFollowing("M"));
  Publish("d", "3");

  if (Since("2.12")) {
    ASSERT_TRUE(Reaches("M", 3));
    EXPECT_THAT(HeadersAt("M", 2), ElementsAre("Nats-Msg-Id: x"));
  } else {
    ASSERT_TRUE(Reaches("M", 2));
    EXPECT_THAT(Stored("M"), ElementsAre("1 d 1", "2 d 3"));
  }
}

// Nothing gets into a sealed mirror either, but on 2.9.
TEST_P(Mirrors, StopWhenSealed) {
  Fill({"o.a"});
  StreamConfig config = MirrorConfig("M", {.name = "O"});
  Create(config);
  ASSERT_TRUE(Reaches("M", 1));

  config.sealed = true;
  Update(config);
  Fill({"o.b"});
  Advance(absl::Milliseconds(50));

  EXPECT_EQ(State("M").last_seq, Since("2.10") ? 1 : 2);
}

}  // namespace
}  // namespace windtunnel
