#include "tests/property/pull_config.h"

#include <cstdint>
#include <string>

#include "tests/property/consumer_parts.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

constexpr std::int64_t kHour = 3'600'000'000'000;

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

json AnyPullConsumer(Draft& draft, const ConsumedStream& stream, int number) {
  Dice& dice = draft.dice;
  json config = CommonPullConfig(draft, stream, number);
  if (dice.Percent(30)) config["max_waiting"] = 1 + dice.Below(3);
  SetRequestLimits(draft, config);
  if (dice.Percent(10)) config["inactive_threshold"] = kHour;
  return config;
}

bool ChangePullConsumer(Draft& draft, const ConsumedStream& stream, int number,
                        json& config) {
  Dice& dice = draft.dice;
  const int kind = dice.Below(100);
  if (kind < 20) {
    SetRequestLimits(draft, config);
    return true;
  }
  if (kind < 25) {
    config["max_waiting"] = 9;
    return false;
  }
  return ChangeCommon(draft, stream, number, config);
}

std::string AnyPullRequest(Draft& draft) {
  Dice& dice = draft.dice;
  if (dice.Percent(8)) {
    return dice.Of<const char*>({"", "3", "{", "-1", "0", "{\"batch\":0}",
                                 "{\"batch\":-2}", "x", "[]", "null"});
  }
  json request = json::object();
  if (dice.Percent(85)) request["batch"] = 1 + dice.Below(5);
  if (dice.Percent(30)) request["no_wait"] = true;
  if (dice.Percent(60)) request["expires"] = draft.Wait();
  if (dice.Percent(20)) request["max_bytes"] = 80 + dice.Below(400);
  if (dice.Percent(10)) {
    if (draft.program.timed) {
      // Two of them come well between ticks.
      const std::int64_t beat = absl::ToInt64Nanoseconds(kTick) * 4 / 3;
      request["idle_heartbeat"] = beat;
      request["expires"] = dice.Percent(85) ? 2 * beat + beat / 2 : beat;
    } else {
      request["idle_heartbeat"] = 600'000'000'000;
    }
  }
  return request.dump();
}

}  // namespace windtunnel::conform
