// Configuration of message TTLs, counters, batches, schedules and asynchronous
// persistence: which go together, what they switch on, what may change.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/stream_config_behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE_OF(StreamConfigBehaviour, StreamFeatureConfigs);

JetStreamError Pedantic(absl::string_view text) {
  return {400, 10157, absl::StrCat("pedantic mode: ", text)};
}

// STR-054, STR-055, STR-057
TEST_P(StreamFeatureConfigs, DeleteMarkersHaveBounds) {
  ExpectSince(
      "2.11",
      {{R"("subject_delete_marker_ttl": 1)",
        InvalidConfig("subject delete marker TTL must be at least 1 second")},
       {R"("subject_delete_marker_ttl": 999999999)",
        InvalidConfig("subject delete marker TTL must be at least 1 second")},
       {R"("subject_delete_marker_ttl": -1)",
        InvalidConfig("subject delete marker TTL must not be negative")},
       {R"("subject_delete_marker_ttl": 1000000000)", Ok()},
       {R"("subject_delete_marker_ttl": 0)", Ok()},
       {R"("subject_delete_marker_ttl": 1000000000, "mirror": {"name": "O"})",
        InvalidConfig("subject delete markers forbidden on mirrors")}});
}

// STR-056
TEST_P(StreamFeatureConfigs, DeleteMarkersSwitchOnWhatTheyNeed) {
  const nlohmann::json config = CreateWith(
      "S", R"("subject_delete_marker_ttl": 5000000000, "deny_purge": true)")
      ["config"];

  if (Since("2.11")) {
    EXPECT_EQ(config["subject_delete_marker_ttl"], 5'000'000'000);
    EXPECT_EQ(config["allow_msg_ttl"], true);
  } else {
    EXPECT_FALSE(config.contains("subject_delete_marker_ttl"));
    EXPECT_FALSE(config.contains("allow_msg_ttl"));
  }
  EXPECT_EQ(config["allow_rollup_hdrs"], Since("2.11"));
  EXPECT_EQ(config["deny_purge"], !Since("2.11"));
}

// STR-056, STR-064
TEST_P(StreamFeatureConfigs, PedanticRefusesToSwitchThemOn) {
  ExpectSince(
      "2.11",
      {{R"("pedantic": true, "subject_delete_marker_ttl": 1000000000)",
        InvalidConfig("subject delete marker cannot be set if message TTLs "
                      "are disabled")},
       {R"("pedantic": true, "subject_delete_marker_ttl": 1000000000,
           "allow_msg_ttl": true)",
        InvalidConfig(
            "subject delete marker cannot be set if roll-ups are disabled")},
       {R"("pedantic": true, "subject_delete_marker_ttl": 1000000000,
           "allow_msg_ttl": true, "allow_rollup_hdrs": true)",
        Ok()},
       {R"("pedantic": true, "allow_msg_schedules": true)",
        InvalidConfig(
            "message scheduling cannot be set if roll-ups are disabled")},
       {R"("pedantic": true, "allow_msg_schedules": true,
           "allow_rollup_hdrs": true)",
        Ok()}});
}

// STR-058
TEST_P(StreamFeatureConfigs, AnyStreamMayAllowMessageTtls) {
  for (const std::string fields :
       {R"("allow_msg_ttl": true)",
        R"("allow_msg_ttl": true, "mirror": {"name": "O"})",
        R"("allow_msg_ttl": true, "sources": [{"name": "O"}])",
        R"("allow_msg_ttl": true, "retention": "workqueue")"}) {
    const nlohmann::json config = CreateWith("S", fields)["config"];
    EXPECT_EQ(config.value("allow_msg_ttl", false), Since("2.11")) << fields;
    ASSERT_TRUE(jetstream().DeleteStream("S").ok());
  }
}

// STR-059, STR-060, STR-061, STR-062
TEST_P(StreamFeatureConfigs, CountersExcludeWhatWouldBreakThem) {
  ExpectSince(
      "2.12",
      {{R"("allow_msg_counter": true, "discard": "new", "allow_msg_ttl": true)",
        InvalidConfig("counter stream cannot use discard new")},
       {R"("allow_msg_counter": true, "allow_msg_ttl": true,
           "allow_msg_schedules": true)",
        InvalidConfig("counter stream cannot use message TTLs")},
       {R"("allow_msg_counter": true, "allow_msg_schedules": true,
           "retention": "interest")",
        InvalidConfig("counter stream cannot use message schedules")},
       {R"("allow_msg_counter": true, "retention": "interest",
           "subject_delete_marker_ttl": 1)",
        InvalidConfig("counter stream can only use limits retention")},
       {R"("allow_msg_counter": true, "retention": "workqueue")",
        InvalidConfig("counter stream can only use limits retention")},
       {R"("allow_msg_counter": true, "allow_atomic": true)", Ok()},
       {R"("allow_msg_counter": true, "allow_batched": true)", Ok()}});
}

// STR-060
TEST_P(StreamFeatureConfigs, DeleteMarkersSlipPastCountersUntilTheFirstUpdate) {
  const std::string fields =
      R"("allow_msg_counter": true, "subject_delete_marker_ttl": 1000000000)";

  EXPECT_EQ(ErrorOf(CreateWith("S", fields)), Ok());

  EXPECT_EQ(ErrorOf(UpdateWith("S", fields)),
            Since("2.12")
                ? InvalidConfig("counter stream cannot use message TTLs")
                : Ok());
}

// STR-063, STR-064
TEST_P(StreamFeatureConfigs, SchedulesNeedRollups) {
  ExpectSince("2.12",
              {{R"("allow_msg_schedules": true, "discard": "new")",
                InvalidConfig("message scheduling cannot use discard new")}});

  const nlohmann::json config = CreateWith(
      "S", R"("allow_msg_schedules": true, "deny_purge": true)")["config"];

  EXPECT_EQ(config.value("allow_msg_schedules", false), Since("2.12"));
  EXPECT_EQ(config["allow_rollup_hdrs"], Since("2.12"));
  EXPECT_EQ(config["deny_purge"], !Since("2.12"));
}

// STR-065, STR-066, STR-067
TEST_P(StreamFeatureConfigs, PersistModeIsForFiles) {
  const JetStreamError unknown =
      InvalidJson(R"(can not unmarshal "\"bogus\"")");
  ExpectSince(
      "2.12",
      {{R"("persist_mode": "bogus")", unknown},
       {R"("persist_mode": "async")",
        InvalidConfig("async persist mode is only supported on file storage")},
       {R"("persist_mode": "default")", Ok()},
       {R"("persist_mode": "")", Ok()}});
  const JetStreamError alone = {
      500, 10074, "replicas > 1 not supported in non-clustered mode"};
  ExpectAnswers({{R"("persist_mode": "async", "storage": "file",
                     "num_replicas": 3)",
                  alone, alone,
                  InvalidConfig("async persist mode is not supported on "
                                "replicated streams")}});
}

// STR-065, STR-067, STR-068
TEST_P(StreamFeatureConfigs, AsyncPersistenceGoesWithFastBatchesOnly) {
  StreamConfig config = {.name = FreshName()};
  config.persist_mode = PersistMode::kAsync;
  config.allow_atomic = true;
  EXPECT_EQ(ErrorOf(jetstream().CreateStream(config)),
            Since("2.12") ? InvalidConfig("async persist mode is not supported "
                                          "with atomic batch publish")
                          : Ok());

  config.name = FreshName();
  config.allow_atomic = false;
  config.allow_batched = true;
  const StreamConfig created = Create(config).config;
  EXPECT_EQ(created.persist_mode,
            Since("2.12") ? PersistMode::kAsync : PersistMode::kDefault);
  EXPECT_EQ(created.allow_batched, Since("2.14"));
  EXPECT_FALSE(created.allow_atomic);
}

// STR-065, STR-068
TEST_P(StreamFeatureConfigs, SwitchesThatAreOffAreNotShown) {
  const nlohmann::json config =
      CreateWith("S", R"("persist_mode": "default", "allow_atomic": false,
                         "allow_batched": false, "allow_msg_counter": false,
                         "allow_msg_schedules": false)")["config"];

  for (const std::string field :
       {"persist_mode", "allow_atomic", "allow_batched", "allow_msg_counter",
        "allow_msg_schedules", "subject_delete_marker_ttl"}) {
    EXPECT_FALSE(config.contains(field)) << field;
  }
}

// STR-049
TEST_P(StreamFeatureConfigs, RequiredLevelIsThatOfTheNewestOption) {
  const std::vector<std::pair<std::string, std::string>> levels = {
      {"", "0"},
      {R"("subject_delete_marker_ttl": 0, "persist_mode": "default")", "0"},
      {R"("allow_msg_ttl": true)", "1"},
      {R"("subject_delete_marker_ttl": 1000000000)", "1"},
      {R"("allow_msg_counter": true)", "2"},
      {R"("allow_atomic": true)", "2"},
      {R"("allow_msg_schedules": true, "allow_msg_ttl": true)", "2"},
      {R"("allow_batched": true)", "4"},
      {R"("allow_batched": true, "allow_atomic": true,
          "metadata": {"_nats.req.level": "9", "_nats.ver": "mine"})",
       "4"}};
  for (const auto& [fields, level] : levels) {
    const nlohmann::json config = CreateWith("S", fields)["config"];
    if (Since("2.11")) {
      EXPECT_EQ(config["metadata"],
                nlohmann::json({{"_nats.level", "5"},
                                {"_nats.req.level", level},
                                {"_nats.ver", world().server_version()}}))
          << fields;
    } else if (Since("2.10") && fields.find("metadata") != std::string::npos) {
      EXPECT_EQ(config["metadata"], nlohmann::json({{"_nats.req.level", "9"},
                                                    {"_nats.ver", "mine"}}));
    } else {
      EXPECT_FALSE(config.contains("metadata")) << fields;
    }
    ASSERT_TRUE(jetstream().DeleteStream("S").ok());
  }

  StreamConfig persisted = {.name = FreshName()};
  persisted.persist_mode = PersistMode::kAsync;
  EXPECT_EQ(Create(persisted).config.metadata["_nats.req.level"],
            Since("2.12") ? "2" : "");
}

// STR-049
TEST_P(StreamFeatureConfigs, UpdatesRaiseTheRequiredLevel) {
  CreateWith("S", "");

  const nlohmann::json config =
      UpdateWith("S", R"("allow_batched": true)")["config"];

  EXPECT_EQ(config.contains("metadata"), Since("2.11"));
  if (Since("2.11")) {
    EXPECT_EQ(config["metadata"]["_nats.req.level"], "4");
  }
}

// STR-089, STR-090, STR-091
TEST_P(StreamFeatureConfigs, SomeFeaturesStay) {
  const auto expect_update = [&](const std::string& from, const std::string& to,
                                 const JetStreamError& error) {
    CreateWith("S", from);
    EXPECT_EQ(ErrorOf(UpdateWith("S", to)), Since("2.12") ? error : Ok())
        << from << " -> " << to;
    ASSERT_TRUE(jetstream().DeleteStream("S").ok());
  };
  const JetStreamError ttl =
      InvalidConfig("message TTL status can not be disabled");
  const JetStreamError counter = InvalidConfig(
      "stream configuration update can not change message counter setting");
  const JetStreamError schedules =
      InvalidConfig("message schedules can not be disabled");

  expect_update(R"("allow_msg_ttl": true)", "", ttl);
  expect_update(R"("subject_delete_marker_ttl": 1000000000)", "", ttl);
  expect_update(R"("subject_delete_marker_ttl": 1000000000)",
                R"("allow_msg_ttl": true)", Ok());
  expect_update("", R"("allow_msg_ttl": true)", Ok());
  expect_update(R"("allow_msg_counter": true)", "", counter);
  expect_update("", R"("allow_msg_counter": true)", counter);
  expect_update("", R"("allow_msg_schedules": true)", Ok());
  expect_update(R"("allow_msg_schedules": true)", "", schedules);
  expect_update(R"("allow_atomic": true, "allow_batched": true)", "", Ok());
  expect_update("", R"("allow_atomic": true, "allow_batched": true)", Ok());
  // The first rule that is broken counts.
  expect_update(R"("allow_msg_ttl": true, "allow_msg_schedules": true)",
                R"("allow_msg_counter": true)", ttl);
  expect_update(R"("allow_msg_schedules": true)",
                R"("allow_msg_counter": true)", counter);
}

// STR-092
TEST_P(StreamFeatureConfigs, PersistModeStays) {
  StreamConfig config = {.name = FreshName()};
  Create(config);

  config.persist_mode = PersistMode::kAsync;

  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(config)),
            Since("2.12") ? InvalidConfig("stream configuration update can not "
                                          "change persist mode")
                          : Ok());
}

// STR-073
TEST_P(StreamFeatureConfigs, CreatingAgainComparesWhatWasAdjusted) {
  CreateWith("S", R"("subject_delete_marker_ttl": 1000000000)");

  EXPECT_EQ(ErrorOf(CreateWith("S", R"("subject_delete_marker_ttl": 1000000000,
                                       "allow_msg_ttl": true,
                                       "allow_rollup_hdrs": true)")),
            Since("2.11")
                ? Ok()
                : JetStreamError(400, kStreamNameExist,
                                 "stream name already in use with a different "
                                 "configuration"));
  EXPECT_EQ(ErrorOf(CreateWith("S", R"("subject_delete_marker_ttl": 1000000000,
                                       "pedantic": true,
                                       "allow_rollup_hdrs": false)")),
            Since("2.11") ? InvalidConfig("subject delete marker cannot be set "
                                          "if message TTLs are disabled")
                          : Ok());
}

// STR-012, STR-054
TEST_P(StreamFeatureConfigs, LimitsAreCheckedBeforeFeatures) {
  ExpectSince(
      "2.11",
      {{R"("pedantic": true, "max_msgs": -5, "subject_delete_marker_ttl": 1)",
        Pedantic("max_msgs must be set to -1")},
       {R"("discard_new_per_subject": true, "discard": "new",
           "max_msgs_per_subject": 1, "subject_delete_marker_ttl": -1)",
        InvalidConfig("subject delete marker TTL must not be negative")}});
}

// STR-017, STR-027, STR-041, STR-042, STR-052, STR-055, STR-062, STR-066,
// SRC-018, STR-031, SRC-072, SRC-066
TEST_P(StreamFeatureConfigs, TheFirstBrokenRuleCounts) {
  struct Broken {
    std::string since;
    std::string fields;
    JetStreamError error;
  };
  // In the order in which the rules are checked.
  const std::vector<Broken> rules = {
      {"2.9", R"("num_replicas": 6)", InvalidConfig("maximum replicas is 5")},
      {"2.9", R"("max_age": 1)", InvalidConfig("max age needs to be >= 100ms")},
      {"2.9", R"("deny_purge": true, "allow_rollup_hdrs": true)",
       InvalidConfig("roll-ups require the purge permission")},
      {"2.12", R"("allow_msg_counter": true, "retention": "interest")",
       InvalidConfig("counter stream can only use limits retention")},
      {"2.9", R"("discard_new_per_subject": true)",
       InvalidConfig(
           "discard new per subject requires discard new policy to be set")},
      {"2.11", R"("subject_delete_marker_ttl": -1)",
       InvalidConfig("subject delete marker TTL must not be negative")},
      {"2.12", R"("persist_mode": "async")",
       InvalidConfig("async persist mode is only supported on file storage")},
      {"2.10",
       R"("sources": [{"name": "A"}, {"name": "A"}])",
       {400, 10140, "duplicate source configuration detected"}},
      {"2.9", R"("subjects": ["a..b"])", InvalidConfig("invalid subject")},
      {"2.11",
       R"("subject_transform": {"src": "a", "dest": "b.*"})",
       {400, 10156, "stream transform: invalid subject"}},
      {"2.9", R"("republish": {"src": "S", "dest": "q.*"})",
       InvalidConfig(Since("2.10")
                         ? "stream configuration for republish with transform "
                           "from 'S' to 'q.*' not valid"
                         : "stream configuration for republish not valid")},
      {"2.11", R"("placement": {"preferred": "n"})",
       InvalidConfig("preferred server not permitted in placement")}};

  JetStreamError expected = Ok();
  std::string fields = R"("description": "d")";
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    if (Since(rule->since)) expected = rule->error;
    fields = absl::StrCat(fields, ", ", rule->fields);
    EXPECT_EQ(ErrorOf(CreateWith("S", fields)), expected) << fields;
    jetstream().DeleteStream("S").IgnoreError();
  }
}

}  // namespace
}  // namespace windtunnel
