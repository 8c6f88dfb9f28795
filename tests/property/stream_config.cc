#include "tests/property/stream_config.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;

void SetSubjects(Draft& draft, const StreamScope& scope, json& config) {
  const int kind = draft.dice.Below(100);
  const auto on = [&](const char* rest) {
    return absl::StrCat(scope.root, rest);
  };
  if (kind < 60) {
    config["subjects"] = {on(".>")};
  } else if (kind < 80) {
    config["subjects"] = {on(".*"), on(".k.*")};
  } else if (kind < 96) {
    config["subjects"] = {on(".0"), on(".1"), on(".k.>")};
  }  // Else its name.
}

void SetLimits(Draft& draft, json& config) {
  Dice& dice = draft.dice;
  if (dice.Percent(35)) config["max_msgs"] = 2 + dice.Below(8);
  if (dice.Percent(20)) config["max_bytes"] = 150 + dice.Below(700);
  if (dice.Percent(35)) config["max_msgs_per_subject"] = 1 + dice.Below(3);
  if (dice.Percent(15)) config["max_msg_size"] = 40 + dice.Below(200);
  if (dice.Percent(10)) config["max_consumers"] = 1 + dice.Below(2);
  if (dice.Percent(35)) {
    config["discard"] = dice.Percent(85) ? "new" : "old";
    if (dice.Percent(40)) config["discard_new_per_subject"] = true;
  }
  if (dice.Percent(12)) config["max_age"] = (2 + dice.Below(5)) * kHour;
  if (dice.Percent(20)) {
    config["duplicate_window"] = (1 + dice.Below(2)) * kHour;
  }
}

void SetFlags(Draft& draft, const StreamScope& scope, json& config) {
  Dice& dice = draft.dice;
  const auto flag = [&](const char* name, int chance) {
    if (dice.Percent(chance)) config[name] = true;
  };
  flag("allow_rollup_hdrs", 60);
  flag("deny_delete", 7);
  flag("deny_purge", 7);
  flag("allow_direct", 60);
  flag("allow_atomic", 60);
  flag("allow_batched", 40);
  flag("allow_msg_counter", 12);
  flag("allow_msg_ttl", 35);
  flag("allow_msg_schedules", 20);
  if (scope.unanswered) flag("no_ack", 70);
  if (dice.Percent(12)) {
    config["subject_delete_marker_ttl"] = (1 + dice.Below(2)) * kHour;
  }
  if (dice.Percent(20)) {
    config["persist_mode"] = dice.Percent(60) ? "async" : "default";
  }
  if (dice.Percent(10)) {
    config["compression"] = dice.Percent(70) ? "s2" : "none";
  }
  // A text: fields that make no difference.
  if (dice.Percent(12)) config["description"] = std::string(dice.Below(9), 'x');
  if (dice.Percent(15)) {
    config["metadata"] = {{"k", absl::StrCat(dice.Below(3))}};
    if (dice.Percent(30)) config["metadata"]["_nats.x"] = "y";
    if (dice.Percent(20)) config["metadata"]["_nats.req.level"] = "9";
  }
  if (dice.Percent(4)) config["placement"] = {{"tags", {"t"}}};
  if (dice.Percent(10)) {
    config["consumer_limits"] = {{"max_ack_pending", 5 + dice.Below(3)}};
  }
}

void SetRepublish(Draft& draft, const StreamScope& scope, json& config) {
  Dice& dice = draft.dice;
  struct Mapping {
    const char* src;
    const char* dest;
  };
  static const auto* const kMappings =
      new std::vector<Mapping>{{".>", ".>"},
                               {".*", ".one.$1"},
                               {".*", ".one.{{wildcard(1)}}"},
                               {".k.*", ".{{wildcard(1)}}.k"},
                               {".0", ".zero"},
                               {".*", ".{{partition(3,1)}}"},
                               {".*", ".{{split(1,-)}}"}};
  const int kinds = draft.is(ServerVersion::k2_9) ? 3 : 7;
  const Mapping mapping = (*kMappings)[dice.Below(kinds)];
  config["republish"] = {{"src", absl::StrCat(scope.root, mapping.src)},
                         {"dest", absl::StrCat("re.@", mapping.dest)}};
  if (dice.Percent(40)) config["republish"]["headers_only"] = true;
  if (dice.Percent(10)) config["republish"].erase("src");
}

void SetTransform(Draft& draft, const StreamScope& scope, json& config) {
  Dice& dice = draft.dice;
  std::vector<std::pair<const char*, const char*>> mappings = {
      {".*", ".t.{{wildcard(1)}}"},
      {".*", ".k.$1"},
      {".0", ".1"},
      {".k.*", ".{{Wildcard(1)}}"},
      {".>", ".t.>"},
      {".*", ".p.{{partition(3,1)}}"},
      {".*", ".{{split(1,-)}}"},
      {".*", ".{{splitFromLeft(1,2)}}"},
      {".*", ".{{splitFromRight(1,1)}}"},
      {".*", ".{{SliceFromLeft(1,2)}}"},
      {".*", ".{{slicefromright(1,2)}}"},
      {".*", ".{{left(1,2)}}"},
      {".*", ".{{right(1,2)}}"},
      {".>", ".>"}};
  if (draft.is(ServerVersion::k2_15)) {
    mappings.push_back({".*", ".p.{{partition(4)}}"});
  }
  const auto& [src, dest] =
      mappings[dice.Below(static_cast<int>(mappings.size()))];
  config["subject_transform"] = {{"src", absl::StrCat(scope.root, src)},
                                 {"dest", absl::StrCat(scope.root, dest)}};
}

// What does not go together is left out.
void Mend(const Draft& draft, const StreamScope& scope, json& config) {
  const auto without = [&](std::initializer_list<const char*> names) {
    for (const char* name : names) config.erase(name);
  };
  if (LosesSubjects(draft, scope)) {
    without({"max_msgs_per_subject", "discard_new_per_subject"});
  }
  if (!scope.removes || FilesMiscount(draft, scope, config)) {
    without({"allow_rollup_hdrs"});
  }
  // Its republished messages tell of the last on their subject.
  if (LosesSubjects(draft, scope) && config["storage"] == "file") {
    without({"republish"});
  }
  if (config.value("allow_msg_counter", false)) {
    without({"discard", "discard_new_per_subject", "allow_msg_ttl",
             "subject_delete_marker_ttl", "allow_msg_schedules", "retention"});
  }
  if (config.value("allow_msg_schedules", false)) {
    without({"discard", "discard_new_per_subject"});
  }
  if (config.value("discard", "old") != "new" ||
      config.value("max_msgs_per_subject", 0) <= 0) {
    without({"discard_new_per_subject"});
  }
  if (config.value("allow_rollup_hdrs", false)) without({"deny_purge"});
  if (config.value("allow_atomic", false) || config["storage"] != "file") {
    without({"persist_mode"});
  }
  if (config.contains("subject_delete_marker_ttl")) {
    config["allow_msg_ttl"] = true;
  }
}

}  // namespace

std::int64_t StreamWait(Draft& draft) {
  return absl::ToInt64Nanoseconds(kStreamTick) * (1 + 2 * draft.dice.Below(5)) /
         2;
}

json AnyStreamConfig(Draft& draft, const StreamScope& scope) {
  Dice& dice = draft.dice;
  json config = {{"name", scope.name},
                 {"storage", dice.Percent(60) ? "memory" : "file"}};
  SetSubjects(draft, scope, config);
  const int retention = dice.Below(100);
  if (retention >= 74) {
    config["retention"] = retention < 87 ? "interest" : "workqueue";
  }
  SetLimits(draft, config);
  SetFlags(draft, scope, config);
  if (dice.Percent(12)) config["first_seq"] = 1 + dice.Below(9);
  if (dice.Percent(25)) SetRepublish(draft, scope, config);
  if (dice.Percent(20)) SetTransform(draft, scope, config);
  Mend(draft, scope, config);
  return config;
}

bool ChangeStreamConfig(Draft& draft, const StreamScope& scope, json& config) {
  Dice& dice = draft.dice;
  static const auto* const kFree =
      new std::vector<const char*>{"subjects",
                                   "max_msgs",
                                   "max_msgs",
                                   "max_bytes",
                                   "max_bytes",
                                   "max_msgs_per_subject",
                                   "max_msgs_per_subject",
                                   "max_msg_size",
                                   "discard",
                                   "discard_new_per_subject",
                                   "max_age",
                                   "duplicate_window",
                                   "allow_rollup_hdrs",
                                   "allow_direct",
                                   "allow_atomic",
                                   "allow_batched",
                                   "no_ack",
                                   "subject_delete_marker_ttl",
                                   "compression",
                                   "description",
                                   "metadata",
                                   "placement",
                                   "consumer_limits",
                                   "first_seq",
                                   "republish",
                                   "republish",
                                   "subject_transform",
                                   "subject_transform"};
  // Those that cannot change, or only one way.
  static const auto* const kFixed = new std::vector<const char*>{
      "storage",       "retention",           "max_consumers",
      "deny_delete",   "deny_purge",          "allow_msg_counter",
      "allow_msg_ttl", "allow_msg_schedules", "persist_mode"};
  json changed = config;
  // Until one has another value in it.
  for (int i = 0; i < 8 && changed == config; ++i) {
    const json fresh = AnyStreamConfig(draft, scope);
    for (int fields = 1 + dice.Below(3); fields > 0; --fields) {
      const char* name = (*kFree)[dice.Below(static_cast<int>(kFree->size()))];
      changed.erase(name);
      if (fresh.contains(name)) changed[name] = fresh[name];
    }
    Mend(draft, scope, changed);
    for (const char* name : *kFixed) {
      if (config.contains(name)) changed[name] = config[name];
    }
    // 2.9.10 does not tell consumers what goes then, in file storage.
    if (draft.is(ServerVersion::k2_9) && config["storage"] == "file" &&
        config.contains("max_msgs_per_subject")) {
      changed["max_msgs_per_subject"] = config["max_msgs_per_subject"];
    }
    if (changed.value("deny_purge", false)) changed.erase("allow_rollup_hdrs");
  }
  if (!dice.Percent(12)) {
    config = std::move(changed);
    return true;
  }
  const json fresh = AnyStreamConfig(draft, scope);
  const char* name = (*kFixed)[dice.Below(static_cast<int>(kFixed->size()))];
  changed.erase(name);
  if (fresh.contains(name)) changed[name] = fresh[name];
  config = std::move(changed);
  return false;
}

}  // namespace windtunnel::conform
