// Configuration of subject_transform and republish: what is valid, what is
// adjusted, what may change.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/stream_config_behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE_OF(StreamConfigBehaviour, StreamTransformConfigs);

std::string Transform(absl::string_view src, absl::string_view dest) {
  return absl::StrCat(R"("subjects": ["r.>"], "subject_transform": {"src": ")",
                      src, R"(", "dest": ")", dest, R"("})");
}

std::string Republished(absl::string_view src, absl::string_view dest) {
  return absl::StrCat(R"("subjects": ["r.>"], "republish": {"src": ")", src,
                      R"(", "dest": ")", dest, R"("})");
}

JetStreamError Pedantic(absl::string_view text) {
  return {400, 10157, absl::StrCat("pedantic mode: ", text)};
}

// A destination that servers refuse, and why.
ConfigCase BadTransform(absl::string_view src, absl::string_view dest,
                        absl::string_view why) {
  return {Transform(src, dest),
          Ok(),
          {500, 10049,
           absl::StrCat("stream subject transform from '", src, "' to '", dest,
                        "': ", why)},
          {400, 10156, absl::StrCat("stream transform: ", why)}};
}

// SRC-071
TEST_P(StreamTransformConfigs, TransformsAreEchoedAsTheyCame) {
  const std::vector<std::pair<std::string, std::string>> transforms = {
      {"r.*", "s.$1"}, {"", "s.>"},
      {"r.>", ""},     {"", ""},
      {">", "s.>"},    {"x", "y"},
      {"r.*.*", "s"},  {"r.*", "s.{{wildcard(1)}}"}};
  for (const auto& [src, dest] : transforms) {
    const nlohmann::json config =
        CreateWith("S", Transform(src, dest))["config"];
    EXPECT_EQ(config.contains("subject_transform"), Since("2.10"));
    if (Since("2.10")) {
      EXPECT_EQ(config["subject_transform"],
                nlohmann::json({{"src", src}, {"dest", dest}}));
    }
    EXPECT_EQ(config["subjects"], nlohmann::json({"r.>"}));
    ASSERT_TRUE(jetstream().DeleteStream("S").ok());
  }
}

// SRC-072
TEST_P(StreamTransformConfigs, TheRestMustGoWithTheRest) {
  ExpectAnswers({BadTransform("a.>", "b", "invalid subject"),
                 BadTransform("a", "b.>", "invalid subject"),
                 BadTransform("", "b", "invalid subject"),
                 BadTransform("a", "b.*", "invalid subject"),
                 BadTransform("a.*", "b.*", "invalid subject")});
}

// SRC-073
TEST_P(StreamTransformConfigs, InvalidSourcesAreRefused) {
  const auto bad_source = [](absl::string_view src) {
    ConfigCase one = BadTransform(src, "s", "invalid subject");
    one.since_2_11 = {
        400, 10155,
        absl::StrCat("stream transform source: invalid subject ", src)};
    return one;
  };
  ExpectAnswers({bad_source("r.."), bad_source("..r"), bad_source(">.r")});
}

// SRC-074, SRC-080
TEST_P(StreamTransformConfigs, FunctionsMustMakeSense) {
  const std::string invalid = "invalid mapping destination: ";
  ExpectAnswers(
      {BadTransform("a.*", "b.{{wildcard(2)}}",
                    invalid + "wildcard index out of range in "
                              "{{wildcard(2)}}: [2]"),
       BadTransform("a.*", "b.$2",
                    invalid + "wildcard index out of range in $2: [2]"),
       BadTransform("a", "b.{{wildcard(1)}}",
                    invalid + "wildcard index out of range in "
                              "{{wildcard(1)}}"),
       BadTransform("a.*", "b.{{twice(1)}}",
                    invalid + "unknown function in {{twice(1)}}"),
       BadTransform("a.*", "b.{{wildcard()}}",
                    invalid + "not enough arguments passed to the function in "
                              "{{wildcard()}}"),
       BadTransform("a.*", "b.{{wildcard(1,2)}}",
                    invalid + "too many arguments passed to the function in "
                              "{{wildcard(1,2)}}"),
       BadTransform("a.*", "b.{{wildcard(x)}}",
                    invalid + "function argument is invalid or in the wrong "
                              "format in {{wildcard(x)}}"),
       BadTransform("a.*", "b.{{split(1)}}",
                    invalid + "not enough arguments passed to the function in "
                              "{{split(1)}}")});
}

// SRC-081
TEST_P(StreamTransformConfigs, BlankTokensAreRefusedSince211) {
  const JetStreamError blank = {
      400, 10156,
      "stream transform: invalid mapping destination: invalid transform"};
  ConfigCase empty = BadTransform("a.*", "b..c", "invalid subject");
  empty.since_2_11 = blank;
  ExpectAnswers({{Transform("a.*", "b. .c"), Ok(), Ok(), blank}, empty});
}

// SRC-073, STR-033
TEST_P(StreamTransformConfigs, OverlapsAreFoundBeforeTransformsOn210Only) {
  CreateWith("O", R"("subjects": ["r.a"])");
  const JetStreamError overlap = {400, 10065,
                                  "subjects overlap with an existing stream"};

  ExpectAnswers({{Transform("a", "b.*"),
                  overlap,
                  overlap,
                  {400, 10156, "stream transform: invalid subject"}}});
}

// SRC-070, SRC-073
TEST_P(StreamTransformConfigs, UpdatesChangeTransforms) {
  CreateWith("S", R"("subjects": ["r.>"])");

  EXPECT_EQ(ErrorOf(UpdateWith("S", Transform("r.*", "s.$1"))), Ok());
  const JetStreamError bad = ErrorOf(UpdateWith("S", Transform("r.*", "s.*")));
  const nlohmann::json config =
      UpdateWith("S", R"("subjects": ["r.>"])")["config"];

  if (Since("2.11")) {
    EXPECT_EQ(bad,
              JetStreamError(400, 10156, "stream transform: invalid subject"));
  } else if (Since("2.10")) {
    EXPECT_EQ(bad, JetStreamError(
                       500, 10069,
                       "stream configuration for subject transform from 'r.*' "
                       "to 's.*': invalid subject"));
  } else {
    EXPECT_EQ(bad, Ok());
  }
  EXPECT_FALSE(config.contains("subject_transform"));
}

// SRC-064
TEST_P(StreamTransformConfigs, RepublishTakesEverythingByDefault) {
  const nlohmann::json everything = CreateWith(
      "S", R"("subjects": ["r"], "republish": {"dest": "s.>"})")["config"];
  EXPECT_EQ(everything["republish"],
            nlohmann::json({{"src", ">"}, {"dest", "s.>"}}));

  const nlohmann::json some = CreateWith(
      "T", R"("subjects": ["t"], "republish": {"src": "t", "dest": "u",
                                               "headers_only": true})")
      ["config"];
  EXPECT_EQ(
      some["republish"],
      nlohmann::json({{"src", "t"}, {"dest", "u"}, {"headers_only", true}}));
}

// SRC-064, STR-069
TEST_P(StreamTransformConfigs, RepublishNeedNotMatchTheSubjectsSince210) {
  const JetStreamError not_subset = InvalidConfig(
      "stream configuration for republish source is not valid subset of "
      "subjects");
  ExpectAnswers({
      {Republished("x", "y"), not_subset, Ok(), Ok()},
      {Republished("r.a", "y"), Ok(), Ok(), Ok()},
      {absl::StrCat(R"("pedantic": true, )", Republished("", "y.>")), Ok(),
       Ok(), Pedantic("republish source can not be empty")},
  });
}

// SRC-065
TEST_P(StreamTransformConfigs, RepublishMustNotComeBack) {
  const JetStreamError cycle = InvalidConfig(
      "stream configuration for republish destination forms a cycle");
  ExpectAnswers({
      {Republished("r.a", "r.b"), cycle, cycle, cycle},
      {Republished("r.>", "r.>"), cycle, cycle, cycle},
      {Republished("r.>", ">"), cycle, cycle, cycle},
      // Before the mapping is looked at.
      {Republished("r.a", "r.>"), cycle, cycle, cycle},
      {Republished("r.>", "$JS.API.>"), Ok(), Ok(), Ok()},
      {Republished("r.*", "s.$1"), Ok(), Ok(), Ok()},
  });
}

// SRC-066, SRC-067
TEST_P(StreamTransformConfigs, RepublishMustMap) {
  const auto bad = [](absl::string_view src, absl::string_view dest) {
    const JetStreamError error = InvalidConfig(
        absl::StrCat("stream configuration for republish with transform from '",
                     src, "' to '", dest, "' not valid"));
    return ConfigCase{
        Republished(src, dest),
        InvalidConfig("stream configuration for republish not valid"), error,
        error};
  };
  ConfigCase nowhere = bad("r.*", "");
  nowhere.since_2_10 = nowhere.since_2_11 = Ok();
  ExpectAnswers({bad("r.*", "q.*"), bad("r.>", "q"), bad("r.a", "q.>"),
                 bad("r.*", "q.$2"), bad("r.*", "q..x"), nowhere});
}

// SRC-067
TEST_P(StreamTransformConfigs, RepublishToNowhereBecomesEverywhereOnUpdate) {
  if (!Since("2.10")) {
    EXPECT_EQ(ErrorOf(CreateWith("S", Republished("r.>", ""))),
              InvalidConfig("stream configuration for republish not valid"));
    return;
  }
  const nlohmann::json created =
      CreateWith("S", Republished("r.>", ""))["config"];
  EXPECT_EQ(created["republish"],
            nlohmann::json({{"src", "r.>"}, {"dest", ""}}));

  const nlohmann::json updated =
      UpdateWith("S", Republished("r.>", ""))["config"];

  EXPECT_EQ(updated["republish"],
            nlohmann::json({{"src", "r.>"}, {"dest", ">"}}));
  EXPECT_EQ(
      ErrorOf(UpdateWith("S", Republished("r.a", ""))),
      JetStreamError(500, 10069,
                     "stream configuration for republish from 'r.a' to '>': "
                     "invalid subject"));
}

// STR-088
TEST_P(StreamTransformConfigs, RepublishMayChangeSince210) {
  const JetStreamError fixed =
      InvalidConfig("stream configuration update can not change RePublish");
  const JetStreamError changed = Since("2.10") ? Ok() : fixed;
  CreateWith("S", R"("subjects": ["r.>"])");

  EXPECT_EQ(ErrorOf(UpdateWith("S", Republished("r.>", "s.>"))), changed);
  EXPECT_EQ(ErrorOf(UpdateWith("S", Republished("r.a", "s.a"))), changed);
  EXPECT_EQ(ErrorOf(UpdateWith("S", R"("subjects": ["r.>"])")), Ok());
  CreateWith("T", R"("subjects": ["t"], "republish": {"dest": "u.>"})");
  EXPECT_EQ(ErrorOf(UpdateWith("T", R"("subjects": ["t"],
                                       "republish": {"src": ">",
                                                     "dest": "u.>"})")),
            Ok());
  EXPECT_EQ(ErrorOf(UpdateWith("T", R"("subjects": ["t"])")), changed);
}

// STR-071
TEST_P(StreamTransformConfigs, RepublishOfEverythingMayMeanTheTransformed) {
  const std::string fields =
      R"("subjects": ["r.>"], "subject_transform": {"src": "r.>", "dest": "s.>"},
         "republish": {"src": ">", "dest": ">"})";
  const JetStreamError cycle = InvalidConfig(
      "stream configuration for republish destination forms a cycle");

  const nlohmann::json answer = CreateWith("S", fields);

  EXPECT_EQ(ErrorOf(answer), Since("2.11") ? Ok() : cycle);
  if (Since("2.11")) {
    EXPECT_EQ(answer["config"]["republish"],
              nlohmann::json({{"src", "s.>"}, {"dest", "s.>"}}));
    ASSERT_TRUE(jetstream().DeleteStream("S").ok());
  }
  ExpectAnswers({
      {absl::StrCat(R"("pedantic": true, )", fields), cycle, cycle,
       Pedantic("implicit republish based on subject transform")},
      // Another subject beside the transform's.
      {R"("subjects": ["r.>", "t"],
          "subject_transform": {"src": "r.>", "dest": "s.>"},
          "republish": {"src": ">", "dest": ">"})",
       cycle, cycle, cycle},
      // What it becomes must map, too.
      {R"("subjects": ["r.*"],
          "subject_transform": {"src": "r.*", "dest": "s.$1"},
          "republish": {"src": ">", "dest": ">"})",
       cycle, cycle,
       InvalidConfig("stream configuration for republish with transform from "
                     "'s.$1' to 's.$1' not valid")},
  });
}

// SRC-073, SRC-066
TEST_P(StreamTransformConfigs, SubjectsThenTransformThenRepublish) {
  const std::string both =
      R"("subject_transform": {"src": "a", "dest": "b.*"},
         "republish": {"src": "r.a", "dest": "q.*"},
         "placement": {"preferred": "n"})";
  const JetStreamError subject = InvalidConfig("invalid subject");
  const JetStreamError republish = InvalidConfig(
      Since("2.10") ? "stream configuration for republish with transform from "
                      "'r.a' to 'q.*' not valid"
                    : "stream configuration for republish not valid");
  ExpectAnswers({{absl::StrCat(R"("subjects": ["r..x"], )", both), subject,
                  subject, subject},
                 {absl::StrCat(R"("subjects": ["r.>"], )", both),
                  republish,
                  republish,
                  {400, 10156, "stream transform: invalid subject"}},
                 {absl::StrCat(R"("placement": {"preferred": "n"}, )",
                               Republished("r.a", "q.*")),
                  republish, republish, republish}});
}

}  // namespace
}  // namespace windtunnel
