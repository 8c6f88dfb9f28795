// Configuration of mirrors and sources: what they may name and what goes
// together. Nothing is copied here.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/stream_config_behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE_OF(StreamConfigBehaviour, StreamOriginConfigs);

JetStreamError Refused(int err_code, absl::string_view text) {
  return {400, err_code, std::string(text)};
}

const JetStreamError kMirrorName =
    Refused(10142, "mirrored stream name is invalid");
const JetStreamError kSourceName =
    Refused(10141, "sourced stream name is invalid");
const JetStreamError kCycle = {500, kStreamInvalidConfig, "detected cycle"};

// SRC-001, SRC-008
TEST_P(StreamOriginConfigs, OriginsNeedNotExist) {
  const nlohmann::json mirror =
      CreateWith("M", R"("mirror": {"name": "LATER", "opt_start_seq": 5,
                         "opt_start_time": "2026-01-01T00:00:00Z"})")["config"];
  EXPECT_EQ(mirror["mirror"],
            nlohmann::json({{"name", "LATER"},
                            {"opt_start_seq", 5},
                            {"opt_start_time", "2026-01-01T00:00:00Z"}}));
  EXPECT_FALSE(mirror.contains("subjects"));

  const nlohmann::json sourcing =
      CreateWith("S", R"("sources": [{"name": "LATER", "filter_subject": "a.*"},
                          {"name": "LATER", "filter_subject": "b"}])")
          ["config"];
  EXPECT_EQ(sourcing["sources"],
            nlohmann::json::parse(
                R"([{"name": "LATER", "filter_subject": "a.*"},
                    {"name": "LATER", "filter_subject": "b"}])"));
  EXPECT_FALSE(sourcing.contains("subjects"));
}

// SRC-002, SRC-018, SRC-019
TEST_P(StreamOriginConfigs, NamesAreCheckedSince210) {
  const JetStreamError slashes = Since("2.11") ? kMirrorName : Ok();
  ExpectAnswers({
      {R"("mirror": {})", Ok(), kMirrorName, kMirrorName},
      {R"("mirror": {"name": "a.b"})", Ok(), kMirrorName, kMirrorName},
      {R"("mirror": {"name": "a b"})", Ok(), kMirrorName, kMirrorName},
      {R"("mirror": {"name": "a/b"})", Ok(), slashes, slashes},
      {R"("sources": [{}])", Ok(), kSourceName, kSourceName},
      {R"("sources": [{"name": "A"}, {"name": "*"}])", Ok(), kSourceName,
       kSourceName},
  });
}

// SRC-019
TEST_P(StreamOriginConfigs, NullSourceIsNoName) {
  if (Since("2.11")) {
    EXPECT_EQ(ErrorOf(CreateWith("S", R"("sources": [null])")), kSourceName);
  } else {
    // It would end the server.
    EXPECT_EQ(ErrorOf(CreateWith("S", R"("sources": null)")), Ok());
  }
}

// SRC-018
TEST_P(StreamOriginConfigs, DuplicateSourcesAreRefusedSince210) {
  const JetStreamError duplicate =
      Refused(10140, "duplicate source configuration detected");
  ExpectAnswers({
      {R"("sources": [{"name": "A"}, {"name": "A"}])", Ok(), duplicate,
       duplicate},
      {R"("sources": [{"name": "A"}, {"name": "A", "filter_subject": ">"}])",
       Ok(), duplicate, duplicate},
      {R"("sources": [{"name": "A", "opt_start_seq": 2}, {"name": "A"}])", Ok(),
       duplicate, duplicate},
      {R"("sources": [{"name": "A"}, {"name": "B"}])", Ok(), Ok(), Ok()},
      {R"("sources": [{"name": "A", "filter_subject": "a.*"},
                      {"name": "A", "filter_subject": "a.b"}])",
       Ok(), Ok(), Ok()},
      {R"("sources": [{"name": "A", "external": {"api": "x.API"}},
                      {"name": "A"}])",
       Ok(), Ok(), Ok()},
      {R"("sources": [{"name": "A", "external": {"api": "x.API"}},
                      {"name": "A", "external": {"api": "x.API",
                                                 "deliver": "d"}}])",
       Ok(), duplicate, duplicate},
  });
}

// SRC-003, SRC-004, SRC-005
TEST_P(StreamOriginConfigs, MirrorsHaveNothingOfTheirOwn) {
  const JetStreamError subjects =
      Refused(10034, "stream mirrors can not contain subjects");
  const JetStreamError sources =
      Refused(10031, "stream mirrors can not also contain other sources");
  const JetStreamError first =
      Refused(10143, "stream mirrors can not have first sequence configured");
  ExpectAnswers({
      {R"("mirror": {"name": "O"}, "subjects": ["a"])", subjects, subjects,
       subjects},
      {R"("mirror": {"name": "O"}, "subjects": ["a..b"], "sources": [{}])",
       subjects, subjects, subjects},
      {R"("mirror": {"name": "O"}, "sources": [{"name": "A"}])", sources,
       sources, sources},
      {R"("mirror": {"name": "O"}, "sources": []  )", Ok(), Ok(), Ok()},
      {R"("mirror": {"name": "O"}, "first_seq": 5)", Ok(), first, first},
      {R"("mirror": {"name": "O"}, "first_seq": 5, "subjects": ["a"])",
       subjects, first, first},
  });
}

// SRC-006, SRC-024
TEST_P(StreamOriginConfigs, MirrorsAndSourcesDoNotPublish) {
  ExpectSince(
      "2.12",
      {{R"("mirror": {"name": "O"}, "allow_msg_counter": true,
           "allow_atomic": true)",
        Refused(10173, "stream mirrors can not also calculate counters")},
       {R"("mirror": {"name": "O"}, "allow_atomic": true,
           "allow_batched": true)",
        Refused(10198, "stream mirrors can not also use atomic publishing")},
       {R"("mirror": {"name": "O"}, "allow_batched": true,
           "allow_msg_schedules": true)",
        Refused(10209, "stream mirrors can not also use batch publishing")},
       {R"("mirror": {"name": "O"}, "allow_msg_schedules": true)",
        Refused(10186, "stream mirrors can not also schedule messages")},
       {R"("sources": [{"name": "O"}], "allow_msg_schedules": true)",
        Refused(10187, "stream source can not also schedule messages")},
       {R"("sources": [{"name": "O"}], "allow_msg_counter": true,
           "allow_atomic": true, "allow_batched": true)",
        Ok()}});
}

// SRC-007
TEST_P(StreamOriginConfigs, CyclesAreRefused) {
  EXPECT_EQ(ErrorOf(CreateWith("A", R"("mirror": {"name": "A"})")), kCycle);
  EXPECT_EQ(ErrorOf(CreateWith("A", R"("sources": [{"name": "A"}])")), kCycle);

  CreateWith("A", R"("sources": [{"name": "B"}])");
  CreateWith("B", R"("mirror": {"name": "C"})");
  EXPECT_EQ(ErrorOf(CreateWith("C", R"("sources": [{"name": "A"}])")), kCycle);
  EXPECT_EQ(ErrorOf(CreateWith("C", R"("mirror": {"name": "A"})")), kCycle);
  EXPECT_EQ(ErrorOf(CreateWith("C", R"("sources": [{"name": "D"}])")), Ok());
  EXPECT_EQ(ErrorOf(UpdateWith("C", R"("sources": [{"name": "A"}])")), kCycle);
  // Elsewhere it may be another stream of that name.
  EXPECT_EQ(
      ErrorOf(UpdateWith(
          "C", R"("sources": [{"name": "A", "external": {"api": "x.API"}}])")),
      Ok());
}

// SRC-015
TEST_P(StreamOriginConfigs, MessagesOfTheOriginMustFit) {
  CreateWith("O", R"("max_msg_size": 100)");
  const JetStreamError mirror =
      Refused(10030, "stream mirror must have max message size >= source");
  const JetStreamError source =
      Refused(10046, "stream source must have max message size >= target");
  ExpectAnswers({
      {R"("mirror": {"name": "O"}, "max_msg_size": 99)", mirror, mirror,
       mirror},
      {R"("mirror": {"name": "O"}, "max_msg_size": 100)", Ok(), Ok(), Ok()},
      {R"("mirror": {"name": "O"}, "max_msg_size": -1)", Ok(), Ok(), Ok()},
      {R"("sources": [{"name": "O"}], "max_msg_size": 99)", source, source,
       source},
      {R"("sources": [{"name": "O"}])", Ok(), Ok(), Ok()},
      // 2.9 looks at the stream here that has the name of one elsewhere.
      {R"("mirror": {"name": "O", "external": {"api": "x.API"}},
          "max_msg_size": 99)",
       mirror, Ok(), Ok()},
  });
}

// SRC-016, SRC-017
TEST_P(StreamOriginConfigs, PrefixesOfExternalOriginsAreLiteral) {
  CreateWith("ALL", R"("subjects": ["q.>"])");
  const auto external = [](absl::string_view fields) {
    return absl::StrCat(R"("mirror": {"name": "O", "external": {)", fields,
                        "}}");
  };
  const JetStreamError overlap = Refused(
      10021,
      "stream external api prefix $JS.API must not overlap with $JS.API");
  const JetStreamError wildcards = Refused(
      10024, "stream external delivery prefix d.* must not contain wildcards");
  const JetStreamError api = InvalidConfig(
      "stream external api prefix \"JS.*\" must be a valid subject without "
      "wildcards");
  const auto all = [](const std::string& fields, const JetStreamError& error) {
    return ConfigCase{fields, error, error, error};
  };
  ExpectAnswers({
      all(external(R"("api": "$JS.API", "deliver": "d")"), overlap),
      all(external(R"("api": "$JS.API", "deliver": "d.*")"), wildcards),
      all(external(R"("api": "JS.*", "deliver": "")"), api),
      all(external(R"("api": "JS.x", "deliver": "d")"), Ok()),
      all(external(R"("api": "", "deliver": "")"), Ok()),
      all(R"("sources": [{"name": "A", "external": {"deliver": "d.*"}}])",
          wildcards),
      all(R"("sources": [{"name": "A", "external": {"api": "JS.*"}},
                         {"name": "B", "external": {"deliver": "d.*"}}])",
          wildcards),
  });

  EXPECT_EQ(
      CreateWith(
          "S",
          external(R"("api": "JS.x", "deliver": "d")"))["config"]["mirror"],
      nlohmann::json::parse(
          R"({"name": "O", "external": {"api": "JS.x",
                                              "deliver": "d"}})"));
}

// SRC-026
TEST_P(StreamOriginConfigs, ConsumersMadeBeforehandAreChecked) {
  const JetStreamError mirror =
      Refused(10213, "stream mirror consumer config is invalid");
  const JetStreamError source =
      Refused(10215, "stream source consumer config is invalid");
  const auto of_mirror = [](absl::string_view fields) {
    return absl::StrCat(R"("mirror": {"name": "O", )", fields, "}");
  };
  ExpectSince(
      "2.14",
      {{of_mirror(R"("consumer": {"deliver_subject": "d"})"), mirror},
       {of_mirror(R"("consumer": {"name": "a.b", "deliver_subject": "d"})"),
        mirror},
       {of_mirror(R"("consumer": {"name": "C"})"), mirror},
       {of_mirror(R"("consumer": {"name": "C", "deliver_subject": "d.*"})"),
        mirror},
       {of_mirror(R"("consumer": {"name": "C", "deliver_subject": "d"},
                     "opt_start_seq": 2)"),
        mirror},
       {of_mirror(R"("consumer": {"name": "C", "deliver_subject": "d"},
                     "opt_start_time": "2026-01-01T00:00:00Z")"),
        mirror},
       {of_mirror(R"("consumer": {"name": "C", "deliver_subject": "d"},
                     "filter_subject": "a")"),
        mirror},
       {of_mirror(R"("consumer": {"name": "C", "deliver_subject": "d"})"),
        Ok()},
       {R"("sources": [{"name": "O", "consumer": {"name": "C"}}])", source},
       {R"("sources": [{"name": "O", "consumer": {"name": "C",
                                        "deliver_subject": "d"}},
                       {"name": "P", "consumer": {"name": "C",
                                        "deliver_subject": "d"}}])",
        Ok()},
       {R"("sources": [{"name": "O",
                        "subject_transforms": [{"src": "a", "dest": ""}],
                        "consumer": {"name": "C", "deliver_subject": "d"}},
                       {"name": "O",
                        "subject_transforms": [{"src": "b", "dest": ""}],
                        "consumer": {"name": "C", "deliver_subject": "e"}}])",
        Refused(10216, "duplicate stream source consumer detected")}});
}

// SRC-025
TEST_P(StreamOriginConfigs, NoSourcesAreNoSources) {
  const nlohmann::json config = CreateWith("S", R"("sources": [])")["config"];

  EXPECT_EQ(config["subjects"], nlohmann::json({"S"}));
  EXPECT_FALSE(config.contains("sources"));
}

}  // namespace
}  // namespace windtunnel
