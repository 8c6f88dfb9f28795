#include "tests/property/consumer_program_config.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace windtunnel {
namespace {

using nlohmann::json;

constexpr std::int64_t kHour = 3'600'000'000'000;

// Filters on a work queue must not overlap.
void SetFilters(Dice& dice, const ProgramScope& scope, int number,
                json& config) {
  config.erase("filter_subject");
  config.erase("filter_subjects");
  const auto on = [&](const char* rest) {
    return absl::StrCat(scope.name, ".", rest);
  };
  if (scope.work_queue) {
    config["filter_subject"] = number == 0 ? on("a") : on("b");
    if (dice.Percent(25))
      config["filter_subject"] = on(number == 0 ? "c" : "d.*");
    return;
  }
  const int kind = dice.Below(100);
  const bool needs_one = config["deliver_policy"] == "last_per_subject";
  if (kind < 35 && !needs_one) return;
  if (kind < 75 || scope.version == ServerVersion::k2_9) {
    config["filter_subject"] =
        on(dice.Of<const char*>({"a", "b", "c", "*", ">", "d.*"}));
    return;
  }
  const char* first = dice.Of<const char*>({"a", "b"});
  config["filter_subjects"] = {on(first),
                               on(dice.Of<const char*>({"c", "d.>"}))};
}

void SetMaxDeliver(Dice& dice, const ProgramScope& scope, json& config) {
  config.erase("max_deliver");
  config.erase("backoff");
  if (dice.Percent(50)) config["max_deliver"] = 1 + dice.Below(4);
  if (dice.Percent(20)) {
    config["backoff"] = {AnyWait(dice, scope)};
    if (dice.Percent(50)) config["backoff"].push_back(AnyWait(dice, scope));
    config["max_deliver"] = 3 + dice.Below(2);
  }
}

void SetRequestLimits(Dice& dice, json& config) {
  for (const char* name : {"max_batch", "max_bytes", "max_expires"}) {
    config.erase(name);
  }
  if (dice.Percent(10)) config["max_batch"] = 1 + dice.Below(3);
  if (dice.Percent(10)) config["max_bytes"] = 100 + dice.Below(200);
  if (dice.Percent(5)) config["max_expires"] = 2 * kHour;
}

}  // namespace

std::int64_t AnyWait(Dice& dice, const ProgramScope& scope) {
  if (!scope.timed) return (1 + dice.Below(3)) * kHour;
  // Two or three in a row mostly end far from a tick, too: what nobody waits for
  // shows only later that it fell due just before or after.
  const std::int64_t tick = absl::ToInt64Nanoseconds(kConsumerTick);
  return dice.Below(4) * tick + tick / 4 + dice.Below(3) * tick / 16;
}

json AnyStream(Dice& dice, ProgramScope& scope) {
  json config = {{"name", scope.name},
                 {"subjects", {scope.name + ".>"}},
                 {"storage", dice.Percent(70) ? "memory" : "file"}};
  const int retention = dice.Below(100);
  if (retention >= 60) {
    scope.work_queue = retention >= 80;
    config["retention"] = scope.work_queue ? "workqueue" : "interest";
  }
  if (dice.Percent(30)) config["max_msgs"] = 5 + dice.Below(8);
  if (!scope.loses_subjects() && dice.Percent(20)) {
    config["max_msgs_per_subject"] = 1 + dice.Below(3);
  }
  scope.evicts = config.contains("max_msgs") ||
                 config.contains("max_msgs_per_subject");
  if (scope.timed && dice.Percent(15)) {
    config["max_age"] = AnyWait(dice, scope) + 2 * AnyWait(dice, scope);
    config["duplicate_window"] = 100'000'000;
  }
  return config;
}

void ChangeStream(Dice& dice, ProgramScope& scope, json& config) {
  scope.evicts = true;
  if (dice.Percent(60)) config["max_msgs"] = 3 + dice.Below(9);
  if (!scope.loses_subjects() && dice.Percent(30)) {
    config["max_msgs_per_subject"] = 1 + dice.Below(3);
  }
}

json AnyConsumer(Dice& dice, const ProgramScope& scope, int number,
                 const std::vector<std::string>& times) {
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
      } else if (policy < 84 && !times.empty()) {
        config["deliver_policy"] = "by_start_time";
        config["opt_start_time"] = dice.Of(times);
      } else if (!scope.loses_subjects()) {
        config["deliver_policy"] = "last_per_subject";
      }
    }
  }
  SetFilters(dice, scope, number, config);
  const int ack = dice.Below(100);
  config["ack_policy"] = ack < 60 || scope.work_queue ? "explicit"
                         : ack < 80                   ? "all"
                                                      : "none";
  config["ack_wait"] = AnyWait(dice, scope);
  if (dice.Percent(50)) config["max_ack_pending"] = 1 + dice.Below(4);
  SetMaxDeliver(dice, scope, config);
  if (dice.Percent(15)) config["headers_only"] = true;
  if (dice.Percent(30)) config["max_waiting"] = 1 + dice.Below(3);
  if (dice.Percent(25)) config["sample_freq"] = "100";
  SetRequestLimits(dice, config);
  return config;
}

void ChangeConsumer(Dice& dice, const ProgramScope& scope, int number,
                    json& config) {
  switch (dice.Below(7)) {
    case 0:
      config["ack_wait"] = AnyWait(dice, scope);
      break;
    case 1:
      config["max_ack_pending"] = 1 + dice.Below(5);
      break;
    case 2:
      SetMaxDeliver(dice, scope, config);
      break;
    case 3:
      SetFilters(dice, scope, number, config);
      break;
    case 4:
      SetRequestLimits(dice, config);
      break;
    case 5:
      config["headers_only"] = dice.Percent(50);
      break;
    default:
      // Refused.
      config[dice.Of<const char*>({"opt_start_seq", "max_waiting"})] = 9;
  }
}

}  // namespace windtunnel
