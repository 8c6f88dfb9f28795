// Where mirrors begin to copy.

#include <string>

#include "tests/integration/origin_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE_OF(OriginBehaviour, MirrorPositions);

// SRC-030
TEST_P(MirrorPositions, StartAtASequence) {
  Fill({"o.a", "o.b", "o.c"});

  Create(MirrorConfig("M", {.name = "O", .opt_start_seq = 2}));

  ASSERT_TRUE(Reaches("M", 3));
  EXPECT_THAT(Stored("M"), ElementsAre("2 o.b 2", "3 o.c 3"));
}

// SRC-030, SRC-008
TEST_P(MirrorPositions, StartAtATime) {
  Fill({"o.a"});
  Advance(absl::Milliseconds(2));
  Fill({"o.b", "o.c"});
  const absl::Time second = MessageAt("O", 2).time;

  Create(MirrorConfig("M1", {.name = "O", .opt_start_time = second}));
  Create(MirrorConfig(
      "M2", {.name = "O", .opt_start_time = second + absl::Hours(1)}));
  Create(MirrorConfig("M3", {.name = "O",
                             .opt_start_seq = 3,
                             .opt_start_time = second - absl::Hours(1)}));
  ASSERT_TRUE(Reaches("M1", 3));
  ASSERT_TRUE(Reaches("M2", 3));
  ASSERT_TRUE(Reaches("M3", 3));

  EXPECT_THAT(Stored("M1"), ElementsAre("2 o.b 1", "3 o.c 2"));
  EXPECT_EQ(State("M2").first_seq, 4);
  EXPECT_THAT(Stored("M3"), ElementsAre("3 o.c 2"));
  Fill({"o.d"});
  ASSERT_TRUE(Reaches("M2", 4));
  EXPECT_THAT(Stored("M2"), ElementsAre("4 o.d 1"));
}

// SRC-031
TEST_P(MirrorPositions, StartBeyondTheOrigin) {
  Fill({"o.a", "o.b"});

  Create(MirrorConfig("M", {.name = "O", .opt_start_seq = 5}));
  ASSERT_TRUE(Reaches("M", Since("2.15") ? 4 : 2));
  EXPECT_EQ(State("M").first_seq, Since("2.15") ? 5 : 3);
  Fill({"o.c", "o.d", "o.e", "o.f"});

  ASSERT_TRUE(Reaches("M", 6));
  if (Since("2.15")) {
    EXPECT_THAT(Stored("M"), ElementsAre("5 o.e 3", "6 o.f 4"));
  } else {
    EXPECT_THAT(Stored("M"),
                ElementsAre("3 o.c 1", "4 o.d 2", "5 o.e 3", "6 o.f 4"));
  }
}

// SRC-030: only a mirror that never held anything begins where it is told.
TEST_P(MirrorPositions, AreForNewMirrorsOnly) {
  Fill({"o.a", "o.b", "o.c"});
  Create(MirrorConfig("M", {.name = "O", .opt_start_seq = 3}));
  ASSERT_TRUE(Reaches("M", 3));
  jetstream().PurgeStream("M").value();
  Fill({"o.d"});

  ASSERT_TRUE(Reaches("M", 4));
  EXPECT_THAT(Stored("M"), ElementsAre("4 o.d 1"));
}

// SRC-028
TEST_P(MirrorPositions, BeginWhereTheOriginBegins) {
  StreamConfig config{
      .name = "D", .subjects = {"d"}, .storage = Storage::kMemory};
  if (Since("2.10")) config.first_seq = 100;
  const std::uint64_t first = Since("2.10") ? 100 : 1;
  Create(config);

  Create(MirrorConfig("M", {.name = "D"}));
  ASSERT_TRUE(IsFollowing("M"));
  EXPECT_EQ(State("M").last_seq, first - 1);
  EXPECT_EQ(State("M").first_seq, Since("2.10") ? 100 : 0);
  Publish("d", "one");

  ASSERT_TRUE(Reaches("M", first));
  EXPECT_EQ(DataAt("M", first), "one");
}

// SRC-033: what is gone when the mirror begins is not copied.
TEST_P(MirrorPositions, PassOverWhatIsGone) {
  Fill({"o.a", "o.b", "o.c", "o.d"});
  ASSERT_TRUE(jetstream().DeleteMessage("O", 1).ok());
  ASSERT_TRUE(jetstream().DeleteMessage("O", 3).ok());
  ASSERT_TRUE(jetstream().DeleteMessage("O", 4).ok());

  Create(MirrorConfig("M", {.name = "O"}));
  ASSERT_TRUE(Reaches("M", 2));
  Fill({"o.e"});

  ASSERT_TRUE(Reaches("M", 5));
  EXPECT_THAT(Stored("M"), ElementsAre("2 o.b 2", "5 o.e 1"));
  EXPECT_EQ(State("M").num_deleted, 2);
}

}  // namespace
}  // namespace windtunnel
