// A stream's subject_transform: what it does to publishes, and its syntax.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SubjectTransformBehaviour : public Behaviour {
 protected:
  static StreamConfig Config(std::optional<SubjectTransform> transform) {
    return {.name = "S",
            .subjects = {"r.>", "lit"},
            .storage = Storage::kMemory,
            .subject_transform = std::move(transform)};
  }
  // Subjects of all that is stored.
  std::vector<std::string> Stored() {
    std::vector<std::string> subjects;
    const std::uint64_t last = State("S").last_seq;
    for (std::uint64_t seq = 1; seq <= last; ++seq) {
      const auto message = jetstream().GetMessage("S", {.seq = seq});
      subjects.push_back(message.ok() ? message->subject
                                      : ErrorOf(message).description);
    }
    return subjects;
  }
  // What a stream with such a transform stores of publishes on `subjects`, or
  // why it is refused.
  std::vector<std::string> Transform(const std::string& src,
                                     const std::string& dest,
                                     const std::vector<std::string>& subjects) {
    const auto created =
        jetstream().CreateStream(Config(SubjectTransform{src, dest}));
    if (!created.ok()) return {ErrorOf(created).description};
    EXPECT_EQ(created->config.subject_transform,
              Since("2.10") ? std::optional(SubjectTransform{src, dest})
                            : std::nullopt);
    for (const std::string& subject : subjects) Publish(subject);
    std::vector<std::string> stored = Stored();
    EXPECT_TRUE(jetstream().DeleteStream("S").ok());
    return stored;
  }
  // The same of one publish. Servers before 2.10 keep the subject.
  std::string Transform(const std::string& src, const std::string& dest,
                        const std::string& subject) {
    return Transform(src, dest, std::vector<std::string>{subject}).front();
  }
  // The refusal of a destination, whose reason is `text`.
  JetStreamError Refused(const std::string& src, const std::string& dest,
                         const std::string& text) {
    if (!Since("2.10")) return Ok();
    if (Since("2.11")) {
      return {400, 10156, absl::StrCat("stream transform: ", text)};
    }
    return {500, 10049,
            absl::StrCat("stream subject transform from '", src, "' to '", dest,
                         "': ", text)};
  }
  JetStreamError RefusedFunction(const std::string& token,
                                 const std::string& mistake) {
    return Refused(
        "r.*", token,
        absl::StrCat("invalid mapping destination: ", mistake, " in ", token));
  }
  // Whether a stream with such a transform is created.
  JetStreamError ErrorWith(const std::string& src, const std::string& dest) {
    const auto created =
        jetstream().CreateStream(Config(SubjectTransform{src, dest}));
    if (created.ok()) {
      EXPECT_TRUE(jetstream().DeleteStream("S").ok());
    }
    return ErrorOf(created);
  }
};

BEHAVIOUR_SUITE_OF(SubjectTransformBehaviour, SubjectTransforms);

// SRC-070
TEST_P(SubjectTransforms, RewritesWhatMatches) {
  Create(Config(SubjectTransform{"r.*", "q.$1"}));
  for (const char* subject : {"r.a", "lit", "r.b.c", "r.b"}) Publish(subject);

  if (Since("2.10")) {
    EXPECT_THAT(Stored(), ElementsAre("q.a", "lit", "r.b.c", "q.b"));
  } else {
    EXPECT_THAT(Stored(), ElementsAre("r.a", "lit", "r.b.c", "r.b"));
  }
  // Its interest is as before.
  EXPECT_EQ(ErrorOf(jetstream().Publish({.subject = "q.a"})), NoResponders());
  const StreamInfo info = jetstream().GetStreamInfo("S").value();
  EXPECT_EQ(info.config.subjects, std::vector<std::string>({"r.>", "lit"}));
}

// SRC-070
TEST_P(SubjectTransforms, PatternsAreNotTransformed) {
  Create(Config(SubjectTransform{"r.>", "q.>"}));
  for (const char* subject : {"r.*", "r.>", "r.a.*", "r.a"}) {
    EXPECT_EQ(ErrorOf(RawPublish({.subject = subject})), Ok()) << subject;
  }

  EXPECT_THAT(Stored(), ElementsAre("r.*", "r.>", "r.a.*",
                                    Since("2.10") ? "q.a" : "r.a"));
}

// SRC-070, PUB-027, STO-064
TEST_P(SubjectTransforms, LimitsAndExpectationsSeeTheNewSubject) {
  StreamConfig config = Config(SubjectTransform{"r.*", "q"});
  config.max_msgs_per_subject = 2;
  config.allow_rollup_hdrs = true;
  Create(config);
  Publish("r.a");
  Publish("r.b");
  const bool transforms = Since("2.10");

  EXPECT_EQ(ErrorOf(jetstream().Publish({.subject = "r.a"},
                                        {.expected_last_subject_sequence = 7})),
            JetStreamError(400, kStreamWrongLastSequence,
                           transforms ? "wrong last sequence: 2"
                                      : "wrong last sequence: 1"));
  Publish("r.c");
  EXPECT_EQ(State("S").messages, transforms ? 2 : 3);
  EXPECT_EQ(State("S").first_seq, transforms ? 2 : 1);

  RawPublish({.subject = "r.a", .headers = {{"Nats-Rollup", "sub"}}});
  EXPECT_EQ(State("S").messages, transforms ? 1 : 3);
  EXPECT_EQ(State("S").num_subjects, transforms ? 1 : 3);
}

// SRC-070, PUB-032
TEST_P(SubjectTransforms, DuplicatesAreKnownWhateverTheSubject) {
  Create(Config(SubjectTransform{"r.*", "q.$1"}));
  EXPECT_FALSE(Publish("r.a", "", {.message_id = "id"}).duplicate);
  EXPECT_TRUE(Publish("r.b", "", {.message_id = "id"}).duplicate);
  EXPECT_EQ(Publish("lit").sequence, 2);
}

// SRC-070, STO-102
TEST_P(SubjectTransforms, InterestIsInTheNewSubject) {
  StreamConfig config = Config(SubjectTransform{"r.*", "q.$1"});
  config.retention = Retention::kInterest;
  Create(config);
  const auto filtered = [&](const std::string& name,
                            const std::string& subject) {
    return ErrorOf(jetstream().CreateConsumer(
        "S", {.durable_name = name, .filter_subject = subject}));
  };

  if (!Since("2.10")) {
    EXPECT_EQ(filtered("new", "q.a").err_code, 10093);
    EXPECT_EQ(filtered("old", "r.b"), Ok());
    Publish("r.a");
    Publish("r.b");
    EXPECT_EQ(State("S").messages, 1);
    return;
  }
  EXPECT_EQ(filtered("new", "q.a"), Ok());
  EXPECT_EQ(filtered("old", "r.b"), Ok());
  Publish("r.a");
  Publish("r.b");
  EXPECT_EQ(State("S").messages, 1);
  EXPECT_EQ(State("S").last_seq, 2);
  EXPECT_EQ(jetstream().GetConsumerInfo("S", "new")->num_pending, 1);
  EXPECT_EQ(jetstream().GetConsumerInfo("S", "old")->num_pending, 0);
}

// SRC-070, DEL-016
TEST_P(SubjectTransforms, ConsumersFilterNewSubjects) {
  Create(Config(SubjectTransform{"r.*", "r.new.$1"}));
  Publish("r.a");
  Publish("r.b");
  Publish("lit");
  const bool transforms = Since("2.10");

  const auto pending = [&](const std::string& filter) {
    const auto created = jetstream().CreateConsumer(
        "S", {.durable_name = "C", .filter_subject = filter});
    if (!created.ok()) return ErrorOf(created).description;
    EXPECT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
    return absl::StrCat(created->num_pending);
  };
  EXPECT_EQ(pending("r.new.a"), transforms ? "1" : "0");
  EXPECT_EQ(pending("r.new.*"), transforms ? "2" : "0");
  EXPECT_EQ(pending("r.a"), transforms ? "0" : "1");
  EXPECT_EQ(pending("lit"), "1");

  const StreamInfo info =
      jetstream().GetStreamInfo("S", {.subjects_filter = ">"}).value();
  EXPECT_EQ(info.state.subjects.count("r.new.a"), transforms ? 1 : 0);
  EXPECT_EQ(info.state.subjects.count("r.a"), transforms ? 0 : 1);
}

// SRC-071
TEST_P(SubjectTransforms, EmptyMeansAllOrNoChange) {
  const std::vector<std::string> unchanged = {"lit", "r.a"};
  EXPECT_EQ(
      Transform("", "q.>", unchanged),
      Since("2.10") ? std::vector<std::string>({"q.lit", "q.r.a"}) : unchanged);
  EXPECT_EQ(Transform("r.*", "", unchanged), unchanged);
  EXPECT_EQ(Transform("", "", unchanged), unchanged);
  EXPECT_EQ(Transform(">", ">", unchanged), unchanged);
  // Its source is still looked at by new servers.
  const std::string dots =
      Since("2.11") ? "stream transform source: invalid subject r.." : "lit";
  EXPECT_EQ(Transform("r..", "", "lit"), dots);
}

// SRC-070, STR-087
TEST_P(SubjectTransforms, MayBeAddedChangedAndRemoved) {
  Create(Config(std::nullopt));
  for (const char* dest : {"q.$1", "z.$1", ""}) {
    const SubjectTransform transform = {"r.*", dest};
    EXPECT_EQ(Update(Config(transform)).config.subject_transform,
              Since("2.10") ? std::optional(transform) : std::nullopt);
    Publish("r.a");
  }
  EXPECT_EQ(Update(Config(std::nullopt)).config.subject_transform,
            std::nullopt);
  Publish("r.a");
  if (Since("2.10")) {
    EXPECT_THAT(Stored(), ElementsAre("q.a", "z.a", "r.a", "r.a"));
  } else {
    EXPECT_THAT(Stored(), ElementsAre("r.a", "r.a", "r.a", "r.a"));
  }

  const JetStreamError refused = ErrorOf(
      jetstream().UpdateStream(Config(SubjectTransform{"r.*", "q.$2"})));
  const std::string text =
      "invalid mapping destination: wildcard index out of range in $2: [2]";
  if (!Since("2.10")) {
    EXPECT_EQ(refused, Ok());
  } else if (Since("2.11")) {
    EXPECT_EQ(
        refused,
        JetStreamError(400, 10156, absl::StrCat("stream transform: ", text)));
  } else {
    EXPECT_EQ(refused,
              JetStreamError(500, 10069,
                             absl::StrCat("stream configuration for subject "
                                          "transform from 'r.*' to 'q.$2': ",
                                          text)));
  }
}

// SRC-072, SRC-073
TEST_P(SubjectTransforms, SourceAndDestinationMustBeSubjects) {
  using Pair = std::pair<const char*, const char*>;
  for (const auto& [src, dest] :
       {Pair("r.>", "q"), Pair("r.>", "q.$1"), Pair("r.*", "q.>"),
        Pair("lit", ">"), Pair("r.*", "q.*"), Pair("lit", "*"),
        Pair("", "q")}) {
    EXPECT_EQ(ErrorWith(src, dest), Refused(src, dest, "invalid subject"))
        << src << " " << dest;
  }
  for (const char* src : {"r..", ".r", "r.", "r.>.x"}) {
    EXPECT_EQ(ErrorWith(src, "q"),
              Since("2.11")
                  ? JetStreamError(
                        400, 10155,
                        absl::StrCat(
                            "stream transform source: invalid subject ", src))
                  : Refused(src, "q", "invalid subject"))
        << src;
  }
  // White space is seen by new servers only.
  EXPECT_EQ(ErrorWith("r x", "q"),
            Since("2.11")
                ? JetStreamError(400, 10155,
                                 "stream transform source: invalid subject r x")
                : Ok());
}

// SRC-074
TEST_P(SubjectTransforms, WildcardsAreInserted) {
  const auto expect = [&](const std::string& src, const std::string& dest,
                          const std::string& subject,
                          const std::string& stored) {
    EXPECT_EQ(Transform(src, dest, subject), Since("2.10") ? stored : subject)
        << src << " " << dest;
  };
  expect("r.*", "q.$1", "r.a", "q.a");
  expect("r.*.*", "{{wildcard(2)}}.$1", "r.a.b", "b.a");
  expect("r.*.*", "q.$2", "r.a.b", "q.b");
  expect("r.*", "q", "r.a", "q");
  expect("r.*.>", "q.$1.$1.>", "r.a.b.c", "q.a.a.b.c");
  expect("r.>", ">", "r.a.b", "a.b");
  expect("*.*.*", "$3.$2.$1", "r.a.b", "b.a.r");
  expect("lit", "q.r", "lit", "q.r");
  expect("lit", "r.a", "lit", "r.a");
  // Numbers below 1 stand for the first token.
  expect("r.*", "q.$0", "r.a", "q.r");
  expect("r.*", "q.{{wildcard(-1)}}", "r.a", "q.r");
}

// SRC-074
TEST_P(SubjectTransforms, WildcardsMustExist) {
  const std::string text =
      "invalid mapping destination: wildcard index out of range in ";
  for (const char* token :
       {"$2", "{{wildcard(2)}}", "{{partition(3,1,2)}}", "{{split(2,-)}}"}) {
    EXPECT_EQ(RefusedFunction(token, "wildcard index out of range").code,
              ErrorWith("r.*", token).code);
  }
  EXPECT_EQ(ErrorWith("r.*", "q.$2"),
            Refused("r.*", "q.$2", absl::StrCat(text, "$2: [2]")));
  EXPECT_EQ(ErrorWith("r.*", "q.{{wildcard(2)}}"),
            Refused("r.*", "q.{{wildcard(2)}}",
                    absl::StrCat(text, "{{wildcard(2)}}: [2]")));
  for (const char* token : {"$1", "{{wildcard(0)}}", "{{left(1,1)}}"}) {
    EXPECT_EQ(ErrorWith("lit", token),
              Refused("lit", token, absl::StrCat(text, token)));
  }
  EXPECT_EQ(ErrorWith("r.>", "$1.>"),
            Refused("r.>", "$1.>",
                    absl::StrCat(text, Since("2.11") ? "$1: [1]" : "$1")));
  EXPECT_EQ(ErrorWith("r.>", "q.$0.>"),
            Since("2.11") ? Ok()
                          : Refused("r.>", "q.$0.>", absl::StrCat(text, "$0")));
}

// SRC-075, SRC-077, SRC-078
TEST_P(SubjectTransforms, FunctionsMakeTokens) {
  const auto expect = [&](const std::string& dest, const std::string& token,
                          const std::string& stored) {
    const std::string subject = absl::StrCat("r.", token);
    EXPECT_EQ(Transform("r.*", dest, subject), Since("2.10") ? stored : subject)
        << dest;
  };
  expect("{{partition(3,1)}}", "a", "1");
  expect("{{Partition( 10 , 1, 1)}}.$1", "foo", "9.foo");
  expect("{{partition(-1,1)}}", "a", "3826002220");
  expect("{{split(1,-)}}", "ab-cde", "ab.cde");
  expect("{{Split(1,-)}}", "-a--b-", "a.b");
  expect("{{split(1,)}}", "abc", "a.b.c");
  expect("{{splitfromleft(1,2)}}", "ab-cde", "ab.-cde");
  expect("{{SplitFromRight(1,2)}}", "ab-cde", "ab-c.de");
  expect("{{splitFromLeft(1,6)}}", "ab-cde", "ab-cde");
  expect("{{slicefromleft(1,2)}}", "abcde", "ab.cd.e");
  expect("{{sliceFromRight(1,2)}}", "abcde", "a.bc.de");
  expect("{{slicefromright(1,2)}}", "ab-cde", "ab.-c.de");
  expect("{{left(1,2)}}", "ab-cde", "ab");
  expect("{{Right(1,2)}}", "ab-cde", "de");
  expect("{{left(1,7)}}", "ab-cde", "ab-cde");
  expect("{{ wildcard ( 1 ) }}", "a", "a");
}

// SRC-077
TEST_P(SubjectTransforms, TokensMayBecomeEmpty) {
  StreamConfig config =
      Config(SubjectTransform{"r.*.*", "{{split(1,-)}}.{{split(2,-)}}"});
  Create(config);
  for (const char* subject : {"r.a.-", "r.-.a", "r.-.--", "r.a.b"}) {
    Publish(subject);
  }
  if (!Since("2.10")) {
    EXPECT_THAT(Stored(), ElementsAre("r.a.-", "r.-.a", "r.-.--", "r.a.b"));
    return;
  }
  EXPECT_THAT(Stored(), ElementsAre("a.", ".a", ".", "a.b"));
  EXPECT_EQ(State("S").num_subjects, 4);
  EXPECT_EQ(jetstream().GetMessage("S", {.last_by_subject = "a."})->sequence, 1);

  config.subject_transform = SubjectTransform{"r.*", "{{split(1,-)}}"};
  ASSERT_TRUE(jetstream().DeleteStream("S").ok());
  Create(config);
  for (const char* subject : {"r.-", "r.a", "r.-"}) Publish(subject);
  EXPECT_THAT(Stored(), ElementsAre("", "a", ""));
  EXPECT_EQ(State("S").num_subjects, 1);
  EXPECT_EQ(State("S").bytes, 49);
  EXPECT_EQ(jetstream().PurgeStream("S").value(), 3);
}

// SRC-075
TEST_P(SubjectTransforms, PartitionHashesAllItsTokens) {
  EXPECT_EQ(Transform("r.*.*", "{{partition(3,1,2)}}", "r.x.y"),
            Since("2.10") ? "1" : "r.x.y");
  EXPECT_EQ(Transform("r.*.*", "{{partition(3,2,1)}}", "r.x.y"),
            Since("2.10") ? "0" : "r.x.y");
}

// SRC-076
TEST_P(SubjectTransforms, PartitionOfTheWholeSubject) {
  using Pair = std::pair<const char*, const char*>;
  for (const auto& [src, dest] :
       {Pair("r.*", "{{partition(3)}}"), Pair("r.ab-cde", "{{partition(3)}}"),
        Pair("r.>", "{{partition(3)}}.>")}) {
    const std::string rest = std::string(src) == "r.>" ? ".ab-cde" : "";
    if (Since("2.12")) {
      EXPECT_EQ(Transform(src, dest, "r.ab-cde"), absl::StrCat("2", rest));
    } else if (Since("2.10")) {
      EXPECT_EQ(ErrorWith(src, dest),
                Refused(src, dest,
                        "invalid mapping destination: not enough arguments "
                        "passed to the function in {{partition(3)}}"));
    } else {
      EXPECT_EQ(Transform(src, dest, "r.ab-cde"), "r.ab-cde");
    }
  }
}

// SRC-079
TEST_P(SubjectTransforms, RandomNumbers) {
  if (!Since("2.12")) {
    EXPECT_EQ(ErrorWith("r.*", "{{random(3)}}"),
              RefusedFunction("{{random(3)}}", "unknown function"));
    return;
  }
  Create(Config(SubjectTransform{"lit", "{{random(3)}}"}));
  for (int i = 0; i < 60; ++i) Publish("lit");
  // Each is missed by chance once in 10^10 times.
  EXPECT_THAT(
      jetstream().GetStreamInfo("S", {.subjects_filter = ">"})->state.subjects,
      ElementsAre(testing::Key("0"), testing::Key("1"), testing::Key("2")));
}

// SRC-080
TEST_P(SubjectTransforms, WrongCallsAreRefused) {
  using Pair = std::pair<const char*, const char*>;
  for (const auto& [token, mistake] :
       {Pair("{{nope(1)}}", "unknown function"),
        Pair("{{WILDCARD(1)}}", "unknown function"),
        Pair("{{wildcard}}", "unknown function"),
        Pair("{{wildcard()}}", "not enough arguments passed to the function"),
        Pair("{{split(1)}}", "not enough arguments passed to the function"),
        Pair("{{wildcard(1,1)}}", "too many arguments passed to the function"),
        Pair("{{left(1,2,3)}}", "too many arguments passed to the function"),
        Pair("{{wildcard(x)}}",
             "function argument is invalid or in the wrong format"),
        Pair("{{partition(3,)}}",
             "function argument is invalid or in the wrong format"),
        Pair("{{split(1,- )}}",
             "function argument is invalid or in the wrong format")}) {
    EXPECT_EQ(ErrorWith("r.*", token), RefusedFunction(token, mistake));
  }
  const std::string large = "{{left(1,4294967297)}}";
  EXPECT_EQ(
      ErrorWith("r.*", large),
      Since("2.11")
          ? RefusedFunction(
                large, "function argument is invalid or in the wrong format")
          : Ok());
}

// SRC-081
TEST_P(SubjectTransforms, BlankAndEmptyTokensAreRefused) {
  for (const char* dest : {"q..a", "q.", ".q"}) {
    EXPECT_EQ(
        ErrorWith("r.*", dest),
        Refused("r.*", dest,
                Since("2.11") ? "invalid mapping destination: invalid transform"
                              : "invalid subject"))
        << dest;
  }
  for (const char* dest : {"q. .a", "q.$ 1", " "}) {
    EXPECT_EQ(ErrorWith("r.*", dest),
              Since("2.11")
                  ? Refused("r.*", dest,
                            "invalid mapping destination: invalid transform")
                  : Ok())
        << dest;
  }
  EXPECT_EQ(Transform("r.*", "q. .a", "r.a"),
            Since("2.11")   ? "stream transform: invalid mapping destination: "
                              "invalid transform"
            : Since("2.10") ? "q. .a"
                            : "r.a");
}

// SRC-082
TEST_P(SubjectTransforms, LookAlikesAreText) {
  for (const char* token : {"$", "$x", "$1x", "a{{wildcard(1)}}b",
                            "{{wildcard(1)}}b", "{wildcard(1)}", "{{}}"}) {
    EXPECT_EQ(Transform("r.*", token, "r.a"), Since("2.10") ? token : "r.a");
  }
  for (const char* token : {"{{{wildcard(1)}}}", "{{x}}{{wildcard(1)}}"}) {
    EXPECT_EQ(Transform("r.*", token, "r.a"), Since("2.10") ? "a" : "r.a");
  }
}

}  // namespace
}  // namespace windtunnel
