// Subjects of a stream: which may be captured, and by whom.

#include <string>
#include <utility>
#include <vector>

#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class StreamSubjectsBehaviour : public Behaviour {
 protected:
  JetStreamError TryCreate(std::vector<std::string> subjects, bool no_ack,
                           int replicas = 1) {
    const JetStreamError error = ErrorOf(jetstream().CreateStream(
        {.name = "S",
         .subjects = std::move(subjects),
         .storage = Storage::kMemory,
         .num_replicas = replicas,
         .no_ack = no_ack}));
    jetstream().DeleteStream("S").IgnoreError();
    return error;
  }
};

BEHAVIOUR_SUITE_OF(StreamSubjectsBehaviour, StreamSubjects);

// STR-030
TEST_P(StreamSubjects, DefaultToTheName) {
  EXPECT_THAT(Create({.name = "S", .storage = Storage::kMemory}).config.subjects,
              ElementsAre("S"));
  EXPECT_EQ(Publish("S").stream, "S");
}

// STR-031
TEST_P(StreamSubjects, MustBeValid) {
  for (const std::string subject : {"a..b", ".a", "a.", "a b", "a.>.b", ""}) {
    EXPECT_EQ(TryCreate({subject}, false), InvalidConfig("invalid subject"))
        << subject;
  }
  for (const std::string subject : {"a>", "a.*b", "a.*.b", "a.>", "*"}) {
    EXPECT_EQ(TryCreate({subject}, false), Ok()) << subject;
  }
}

// STR-032
TEST_P(StreamSubjects, MustNotOverlapEachOther) {
  EXPECT_EQ(TryCreate({"a.>", "a.b"}, false),
            InvalidConfig(R"(subject "a.>" overlaps with "a.b")"));
  EXPECT_EQ(TryCreate({"a.b", "c", "a.*"}, false),
            InvalidConfig(R"(subject "a.b" overlaps with "a.*")"));
  EXPECT_EQ(TryCreate({"a.*", "*.b"}, false),
            InvalidConfig(R"(subject "a.*" overlaps with "*.b")"));
  EXPECT_EQ(TryCreate({"a", "a"}, false),
            InvalidConfig(Since("2.11") ? R"(subject "a" overlaps with "a")"
                                        : "duplicate subjects detected"));
}

// STR-031, STR-032: newer servers finish with one subject before the next.
TEST_P(StreamSubjects, AreCheckedOneAfterTheOther) {
  EXPECT_EQ(TryCreate({"a..b", "c.*", "c.d"}, false),
            InvalidConfig("invalid subject"));
  EXPECT_EQ(TryCreate({"c.*", "a..b", "c.d"}, false),
            InvalidConfig(Since("2.11") ? R"(subject "c.*" overlaps with "c.d")"
                                        : "invalid subject"));
  if (Since("2.10")) {
    EXPECT_EQ(TryCreate({"$JS.API.x", "c.*", "c.d"}, false),
              InvalidConfig("subjects that overlap with jetstream api require "
                            "no-ack to be true"));
  }
}

// STR-033
TEST_P(StreamSubjects, BelongToOneStream) {
  const JetStreamError overlap = {400, kStreamSubjectOverlap,
                                  "subjects overlap with an existing stream"};
  Create({.name = "P", .subjects = {"p.>"}, .storage = Storage::kMemory});

  EXPECT_EQ(TryCreate({"p.x"}, false), overlap);
  EXPECT_EQ(TryCreate({"p.*"}, false), overlap);
  EXPECT_EQ(TryCreate({"p"}, false), Ok());
  // Next to a pattern the first character of a token is enough.
  EXPECT_EQ(TryCreate({"*x.*"}, true), overlap);
  EXPECT_EQ(TryCreate({"*x.y"}, false), Ok());

  Create({.name = "Q", .subjects = {"q"}, .storage = Storage::kMemory});
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream({.name = "Q",
                                              .subjects = {"q", "p.1"},
                                              .storage = Storage::kMemory})),
            overlap);
}

// STR-034, STR-035
TEST_P(StreamSubjects, EverythingNeedsNoAck) {
  EXPECT_EQ(
      TryCreate({">"}, false),
      Since("2.10")
          ? InvalidConfig("capturing all subjects requires no-ack to be true")
          : Ok());
  EXPECT_EQ(TryCreate({">"}, true, 3),
            Since("2.10")
                ? InvalidConfig("capturing all subjects requires replicas of 1")
                : JetStreamError(
                      500, 10074,
                      "replicas > 1 not supported in non-clustered mode"));
}

// STR-036
TEST_P(StreamSubjects, ApiSubjectsNeedNoAck) {
  const JetStreamError refused =
      Since("2.10")
          ? InvalidConfig(
                "subjects that overlap with jetstream api require no-ack to be "
                "true")
          : InvalidConfig("subjects overlap with jetstream api");
  EXPECT_EQ(TryCreate({"$JS.API.>"}, false), refused);
  EXPECT_EQ(TryCreate({"$JS.API.x"}, false), refused);
  EXPECT_EQ(TryCreate({"$JSC.x"}, false), Since("2.10") ? refused : Ok());
  EXPECT_EQ(TryCreate({"$NRG.x"}, false), Since("2.11") ? refused : Ok());
  EXPECT_EQ(TryCreate({"*.x"}, false), Since("2.11") ? refused : Ok());
  EXPECT_EQ(TryCreate({"$JS.EVENT.x"}, false), Ok());
  EXPECT_EQ(TryCreate({"*"}, false), Ok());
}

// STR-037
TEST_P(StreamSubjects, SystemSubjectsNeedNoAck) {
  EXPECT_EQ(TryCreate({"$SYS.x"}, false),
            Since("2.10")
                ? InvalidConfig(
                      "subjects that overlap with system api require no-ack to "
                      "be true")
                : Ok());
  EXPECT_EQ(TryCreate({"$SYS.x"}, true), Ok());
  EXPECT_EQ(TryCreate({"$SYS.ACCOUNT.x"}, false), Ok());
}

// STR-038
TEST_P(StreamSubjects, OtherReservedLookingSubjectsAreOrdinary) {
  for (const std::string subject :
       {"_INBOX.>", "$KV.x.>", "$O.x", "\xC3\xBC\x62\x65r"}) {
    EXPECT_EQ(TryCreate({subject}, false), Ok()) << subject;
  }
}

}  // namespace
}  // namespace windtunnel
