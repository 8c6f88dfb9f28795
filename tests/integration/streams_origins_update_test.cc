// Mirrors and sources: what their configuration takes over, and what may
// change.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/stream_config_behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE_OF(StreamConfigBehaviour, StreamOriginUpdates);

JetStreamError Refused(int err_code, absl::string_view text) {
  return {400, err_code, std::string(text)};
}

const JetStreamError kSourceName =
    Refused(10141, "sourced stream name is invalid");
// STR-022, STR-023
TEST_P(StreamOriginUpdates, CopiesHaveNoDuplicateWindowUnlessAsked) {
  const auto window = [&](absl::string_view name, absl::string_view fields) {
    return CreateWith(name, fields)["config"].value("duplicate_window", 0L);
  };
  constexpr std::int64_t kSecond = 1'000'000'000;

  EXPECT_EQ(window("S1", R"("sources": [{"name": "O"}])"),
            Since("2.14") ? 0 : 120 * kSecond);
  EXPECT_EQ(window("S2", R"("sources": [{"name": "O"}],
                            "max_age": 30000000000)"),
            Since("2.14") ? 0 : 30 * kSecond);
  EXPECT_EQ(window("S3", R"("sources": [{"name": "O"}],
                            "duplicate_window": 9000000000)"),
            9 * kSecond);
  EXPECT_EQ(window("M1", R"("mirror": {"name": "O"})"), 0);
  EXPECT_EQ(window("M2", R"("mirror": {"name": "O"},
                            "duplicate_window": 9000000000)"),
            9 * kSecond);
}

// SRC-027, STR-070
TEST_P(StreamOriginUpdates, MirrorsInheritDirectGets) {
  CreateWith("DIRECT", R"("allow_direct": true)");
  CreateWith("PLAIN", "");
  const auto mirror_direct = [&](absl::string_view fields) {
    const nlohmann::json answer = CreateWith("M", fields);
    jetstream().DeleteStream("M").IgnoreError();
    return answer["config"]["mirror_direct"];
  };

  EXPECT_EQ(mirror_direct(R"("mirror": {"name": "DIRECT"})"), true);
  EXPECT_EQ(mirror_direct(R"("mirror": {"name": "PLAIN"},
                             "mirror_direct": true)"),
            false);
  EXPECT_EQ(mirror_direct(R"("mirror": {"name": "LATER"},
                             "mirror_direct": true)"),
            true);
  ExpectSince(
      "2.11",
      {{R"("pedantic": true, "mirror": {"name": "DIRECT"})",
        Refused(10157,
                "pedantic mode: origin stream has direct get set, mirror has "
                "it disabled")},
       {R"("pedantic": true, "mirror": {"name": "DIRECT"},
           "mirror_direct": true)",
        Ok()},
       {R"("pedantic": true, "mirror": {"name": "LATER"},
           "mirror_direct": true)",
        Ok()}});
}

// STR-094, STR-095
TEST_P(StreamOriginUpdates, MirrorsMayOnlyBePromoted) {
  const JetStreamError immutable =
      Refused(10055, "stream mirror configuration can not be updated");
  CreateWith("M", R"("mirror": {"name": "O"})");

  EXPECT_EQ(
      ErrorOf(UpdateWith("M", R"("mirror": {"name": "O"}, "max_msgs": 5)")),
      Ok());
  EXPECT_EQ(ErrorOf(UpdateWith(
                "M", R"("mirror": {"name": "O", "filter_subject": "a"})")),
            immutable);
  EXPECT_EQ(ErrorOf(UpdateWith("M", R"("mirror": {"name": "P"})")), immutable);
  EXPECT_EQ(
      ErrorOf(UpdateWith("M", R"("mirror": {"name": "P"},
                                       "storage": "file")")),
      InvalidConfig("stream configuration update can not change storage type"));
  const nlohmann::json promoted = UpdateWith("M", R"("subjects": ["m"])");
  EXPECT_EQ(ErrorOf(promoted), Since("2.12") ? Ok() : immutable);
  if (Since("2.12")) {
    EXPECT_FALSE(promoted["config"].contains("mirror"));
    EXPECT_EQ(Publish("m").sequence, 1);
  }
  EXPECT_EQ(ErrorOf(UpdateWith("M", R"("mirror": {"name": "O"})")),
            Since("2.12") ? immutable : Ok());
  CreateWith("S", "");
  EXPECT_EQ(ErrorOf(UpdateWith("S", R"("mirror": {"name": "O"})")), immutable);
}

// STR-073, STR-074
TEST_P(StreamOriginUpdates, CreatingAgainNeedsTheSameOrigins) {
  const JetStreamError in_use =
      Refused(10058,
              "stream name already in use with a different "
              "configuration");
  const std::string mirror = R"("mirror": {"name": "O", "opt_start_seq": 3})";
  CreateWith("M", mirror);
  EXPECT_EQ(ErrorOf(CreateWith("M", mirror)), Ok());
  EXPECT_EQ(ErrorOf(CreateWith("M", R"("mirror": {"name": "O"})")), in_use);

  const std::string sources = R"("sources": [{"name": "A"}, {"name": "B"}])";
  CreateWith("S", sources);
  // 2.9 never takes a stream with sources for the same.
  EXPECT_EQ(ErrorOf(CreateWith("S", sources)), Since("2.10") ? Ok() : in_use);
  EXPECT_EQ(
      ErrorOf(CreateWith("S", R"("sources": [{"name": "B"}, {"name": "A"}])")),
      in_use);

  // Unless it has no name to compare.
  CreateWith("N", R"("sources": [{}])");
  EXPECT_EQ(
      ErrorOf(CreateWith("N", R"("sources": [{}])")),
      Since("2.10") ? Refused(10141, "sourced stream name is invalid") : Ok());

  // An empty list is not none.
  CreateWith("E", R"("sources": [])");
  EXPECT_EQ(ErrorOf(CreateWith("E", R"("sources": [])")), Ok());
  EXPECT_EQ(ErrorOf(CreateWith("E", "")), in_use);
}

// STR-076
TEST_P(StreamOriginUpdates, SourcesMayComeAndGo) {
  CreateWith("S", "");

  nlohmann::json config = UpdateWith("S", R"("subjects": ["S"],
                         "sources": [{"name": "A"}])")["config"];
  EXPECT_EQ(config["sources"], nlohmann::json::parse(R"([{"name": "A"}])"));
  EXPECT_EQ(config["subjects"], nlohmann::json({"S"}));

  config = UpdateWith("S", R"("sources": [{"name": "B"}])")["config"];
  EXPECT_EQ(config["sources"], nlohmann::json::parse(R"([{"name": "B"}])"));
  EXPECT_FALSE(config.contains("subjects"));

  config = UpdateWith("S", "")["config"];
  EXPECT_FALSE(config.contains("sources"));
  EXPECT_EQ(config["subjects"], nlohmann::json({"S"}));
}

// SRC-002, SRC-009, SRC-016
TEST_P(StreamOriginUpdates, UpdatesCheckThemToo) {
  CreateWith("S", R"("sources": [{"name": "A"}])");

  EXPECT_EQ(ErrorOf(UpdateWith("S", R"("sources": [{"name": ""}])")),
            Since("2.10") ? kSourceName : Ok());
  // But not the filters.
  EXPECT_EQ(
      ErrorOf(UpdateWith(
          "S", R"("sources": [{"name": "A", "filter_subject": "o..a"}])")),
      Ok());
}

}  // namespace
}  // namespace windtunnel
