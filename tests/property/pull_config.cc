#include "tests/property/pull_config.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

// Servers up to 2.10.27 lose count of the messages of a subject when some were
// removed by request (PUB-027): what depends on them is left out.
bool LosesSubjects(const Draft& draft, const PullScope& scope) {
  return scope.removes && !draft.is(ServerVersion::k2_15);
}

constexpr std::int64_t kHour = 3'600'000'000'000;

// Filters on a work queue must not overlap.
void SetFilters(Draft& draft, const PullScope& scope, int number,
                json& config) {
  Dice& dice = draft.dice;
  config.erase("filter_subject");
  config.erase("filter_subjects");
  const auto on = [&](const char* rest) { return absl::StrCat("@.", rest); };
  if (scope.work_queue) {
    config["filter_subject"] = number == 0 ? on("a") : on("b");
    if (dice.Percent(25))
      config["filter_subject"] = on(number == 0 ? "c" : "d.*");
    return;
  }
  const int kind = dice.Below(100);
  const bool needs_one = config["deliver_policy"] == "last_per_subject";
  if (kind < 35 && !needs_one) return;
  if (kind < 75 || draft.is(ServerVersion::k2_9)) {
    config["filter_subject"] =
        on(dice.Of<const char*>({"a", "b", "c", "*", ">", "d.*"}));
    return;
  }
  const char* first = dice.Of<const char*>({"a", "b"});
  config["filter_subjects"] = {on(first),
                               on(dice.Of<const char*>({"c", "d.>"}))};
}

void SetMaxDeliver(Draft& draft, json& config) {
  Dice& dice = draft.dice;
  config.erase("max_deliver");
  config.erase("backoff");
  if (dice.Percent(50)) config["max_deliver"] = 1 + dice.Below(4);
  if (dice.Percent(20)) {
    config["backoff"] = {draft.Wait()};
    if (dice.Percent(50)) config["backoff"].push_back(draft.Wait());
    config["max_deliver"] = 3 + dice.Below(2);
  }
}

void SetRequestLimits(Draft& draft, json& config) {
  Dice& dice = draft.dice;
  for (const char* name : {"max_batch", "max_bytes", "max_expires"}) {
    config.erase(name);
  }
  if (dice.Percent(10)) config["max_batch"] = 1 + dice.Below(3);
  if (dice.Percent(10)) config["max_bytes"] = 100 + dice.Below(200);
  if (dice.Percent(5)) config["max_expires"] = 2 * kHour;
}

}  // namespace

json AnyStream(Draft& draft, PullScope& scope) {
  Dice& dice = draft.dice;
  json config = {{"name", "@A"},
                 {"subjects", {"@.>"}},
                 {"storage", dice.Percent(70) ? "memory" : "file"}};
  const int retention = dice.Below(100);
  if (retention >= 60) {
    scope.work_queue = retention >= 80;
    config["retention"] = scope.work_queue ? "workqueue" : "interest";
  }
  if (dice.Percent(30)) config["max_msgs"] = 5 + dice.Below(8);
  if (!LosesSubjects(draft, scope) && dice.Percent(20)) {
    config["max_msgs_per_subject"] = 1 + dice.Below(3);
  }
  if (draft.program.timed && dice.Percent(15)) {
    config["max_age"] = draft.Wait() + 2 * draft.Wait();
    config["duplicate_window"] = 100'000'000;
  }
  return config;
}

void ChangeStream(Draft& draft, const PullScope& scope, json& config) {
  Dice& dice = draft.dice;
  if (dice.Percent(60)) config["max_msgs"] = 3 + dice.Below(9);
  if (!LosesSubjects(draft, scope) && dice.Percent(30)) {
    config["max_msgs_per_subject"] = 1 + dice.Below(3);
  }
}

json AnyConsumer(Draft& draft, const PullScope& scope, int number, int stored) {
  Dice& dice = draft.dice;
  json config = {{"durable_name", absl::StrCat("c", number)}};
  config["deliver_policy"] = "all";
  if (!scope.work_queue) {
    const int policy = dice.Below(100);
    if (policy >= 45) {
      if (policy < 53) {
        config["deliver_policy"] = "new";
      } else if (policy < 62) {
        config["deliver_policy"] = "last";
      } else if (policy < 76) {
        config["deliver_policy"] = "by_start_sequence";
        config["opt_start_seq"] = 1 + dice.Below(12);
      } else if (policy < 84 && stored > 0) {
        config["deliver_policy"] = "by_start_time";
        config["opt_start_time"] =
            absl::StrCat("<time A ", 1 + dice.Below(stored), ">");
      } else if (!LosesSubjects(draft, scope)) {
        config["deliver_policy"] = "last_per_subject";
      }
    }
  }
  SetFilters(draft, scope, number, config);
  const int ack = dice.Below(100);
  config["ack_policy"] = ack < 60 || scope.work_queue ? "explicit"
                         : ack < 80                   ? "all"
                                                      : "none";
  config["ack_wait"] = draft.Wait();
  if (dice.Percent(50)) config["max_ack_pending"] = 1 + dice.Below(4);
  SetMaxDeliver(draft, config);
  if (dice.Percent(15)) config["headers_only"] = true;
  if (dice.Percent(30)) config["max_waiting"] = 1 + dice.Below(3);
  if (dice.Percent(25)) config["sample_freq"] = "100";
  SetRequestLimits(draft, config);
  return config;
}

bool ChangeConsumer(Draft& draft, const PullScope& scope, int number,
                    json& config) {
  Dice& dice = draft.dice;
  switch (dice.Below(7)) {
    case 0:
      config["ack_wait"] = draft.Wait();
      break;
    case 1:
      config["max_ack_pending"] = 1 + dice.Below(5);
      break;
    case 2:
      SetMaxDeliver(draft, config);
      break;
    case 3:
      SetFilters(draft, scope, number, config);
      break;
    case 4:
      SetRequestLimits(draft, config);
      break;
    case 5:
      config["headers_only"] = dice.Percent(50);
      break;
    default:
      // Refused.
      config[dice.Of<const char*>({"opt_start_seq", "max_waiting"})] = 9;
      return false;
  }
  return true;
}

}  // namespace windtunnel::conform
