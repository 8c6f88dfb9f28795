#include "tests/property/consumer_parts.h"

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

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

void SetStart(Draft& draft, const ConsumedStream& stream, json& config) {
  Dice& dice = draft.dice;
  config["deliver_policy"] = "all";
  const int policy = stream.is_work_queue() ? 0 : dice.Below(100);
  if (policy < 45) return;
  if (policy < 53) {
    config["deliver_policy"] = "new";
  } else if (policy < 62) {
    config["deliver_policy"] = "last";
  } else if (policy < 76) {
    config["deliver_policy"] = "by_start_sequence";
    // With a floor beyond the end of an interest stream, a new filter or a
    // deletion may empty the stream of 2.15.1 some time later.
    config["opt_start_seq"] =
        1 + dice.Below(stream.is_interest() ? stream.stored() + 1 : 12);
  } else if (policy < 84 && stream.stored() > 0 &&
             !draft.is(ServerVersion::k2_9)) {
    // 2.9.10 crashes where a message in memory is missing.
    config["deliver_policy"] = "by_start_time";
    config["opt_start_time"] =
        absl::StrCat("<time A ", 1 + dice.Below(stream.stored()), ">");
  } else if (!stream.loses_subjects()) {
    config["deliver_policy"] = "last_per_subject";
  }
}

// One that servers take in any case, or nothing they know.
std::string AnyVerb(Draft& draft, int nexts) {
  Dice& dice = draft.dice;
  if (dice.Percent(nexts)) {
    return dice.Of<const char*>({"+NXT", "+NXT 2", "+NXT {\"batch\":2}",
                                 "+NXT {\"batch\":3,\"max_bytes\":200}",
                                 "+NXT x", "+NXT 0"});
  }
  const int verb = dice.Below(100);
  if (verb < 50) return dice.Percent(30) ? "" : "+ACK";
  if (verb < 66) return "-NAK";
  if (verb < 75) return absl::StrCat("-NAK {\"delay\":", draft.Wait(), "}");
  if (verb < 84) return dice.Percent(50) ? "+TERM" : "+TERM the reason";
  if (verb < 92) return "+WPI";
  return dice.Of<const char*>({"+ack", "bogus", "-NAK {", "-NAK x", "+OK",
                               "+OK", "-ERR", "+ACKNOW", "+TERM{}", "-NAK {}",
                               "-NAK {\"delay\":0}", "-NAK 2h", "+WPI ",
                               "-NAK {\"delay\":-5}"});
}

}  // namespace

// Filters on a work queue must not overlap.
void SetFilters(Draft& draft, const ConsumedStream& stream, int number,
                json& config) {
  Dice& dice = draft.dice;
  config.erase("filter_subject");
  config.erase("filter_subjects");
  const auto on = [&](const char* rest) { return absl::StrCat("@.", rest); };
  if (stream.is_work_queue()) {
    static constexpr const char* kOwn[] = {"a", "b", "c"};
    config["filter_subject"] = on(kOwn[number]);
    if (number == 1 && dice.Percent(25)) config["filter_subject"] = on("d.*");
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

json CommonConfig(Draft& draft, const ConsumedStream& stream, int number) {
  Dice& dice = draft.dice;
  json config = {{"durable_name", absl::StrCat("c", number)}};
  SetStart(draft, stream, config);
  SetFilters(draft, stream, number, config);
  const int ack = stream.is_work_queue() ? 0 : dice.Below(100);
  config["ack_policy"] = ack < 60 ? "explicit" : ack < 80 ? "all" : "none";
  config["ack_wait"] = draft.Wait();
  if (ack < 80 && dice.Percent(50)) {
    config["max_ack_pending"] = 1 + dice.Below(4);
  }
  SetMaxDeliver(draft, config);
  if (dice.Percent(15)) config["headers_only"] = true;
  if (dice.Percent(25)) config["sample_freq"] = "100";
  return config;
}

json CommonPullConfig(Draft& draft, const ConsumedStream& stream, int number) {
  json config = CommonConfig(draft, stream, number);
  if (config["deliver_policy"] == "last_per_subject" &&
      config["ack_policy"] == "none") {
    config["ack_policy"] = "explicit";
  }
  return config;
}

bool ChangeCommon(Draft& draft, const ConsumedStream& stream, int number,
                  json& config) {
  Dice& dice = draft.dice;
  // Older servers look at floors 100 ms after a change of the ack wait.
  const bool may_change_waits =
      draft.program.timed || draft.is(ServerVersion::k2_15);
  switch (dice.Below(8)) {
    case 0:
      if (may_change_waits) config["ack_wait"] = draft.Wait();
      break;
    case 1:
    case 2:
      if (config["ack_policy"] == "none") break;
      config["max_ack_pending"] = 1 + dice.Below(5);
      break;
    case 3:
      if (may_change_waits) SetMaxDeliver(draft, config);
      break;
    case 4:
    case 5:
      SetFilters(draft, stream, number, config);
      break;
    case 6:
      config["headers_only"] = dice.Percent(50);
      config["description"] = dice.Of<const char*>({"one", "other"});
      break;
    default:
      if (dice.Percent(50)) {
        config["opt_start_seq"] = 9;
      } else {
        config["replay_policy"] = "original";
      }
      return false;
  }
  return true;
}

void AnswerDelivery(Draft& draft, int nexts, bool look) {
  Dice& dice = draft.dice;
  const std::string verb = AnyVerb(draft, nexts);
  const bool next = absl::StartsWith(verb, "+NXT");
  const bool confirm = next || dice.Percent(85);
  const int pick = dice.Below(dice.Percent(75) ? 4 : 40);
  Action& action = draft.Settle(pick, verb,
                                next      ? "next"
                                : confirm ? "ack"
                                          : "");
  if (dice.Percent(12)) {
    action.token = dice.Of<int>({1, 3, 3, 4, 4, 5});
    // Servers store the tries with a delay, and their floors follow it.
    if (absl::StrContains(verb, "delay") && action.token == 5) action.token = 1;
    action.change = dice.Percent(20) ? -1000 : dice.Of<int>({-1, 1, 1, 2, 7});
  }
  // Naks with a delay take effect when others may have come in between.
  action.look = look || absl::StrContains(verb, "delay");
}

void Pause(Draft& draft, const std::string& consumer) {
  json request = json::object();
  const int kind = draft.dice.Below(100);
  if (kind < 50) {
    request["pause_until"] = "2100-01-01T00:00:00Z";
    if (draft.program.timed) {
      request["pause_until"] = absl::StrCat(
          "<now+", absl::FormatDuration(absl::Nanoseconds(draft.Wait())), ">");
    }
  } else if (kind < 60) {
    request["pause_until"] = "2020-01-01T00:00:00Z";
  }
  draft.Api(absl::StrCat("CONSUMER.PAUSE.", consumer),
            request.empty() && kind < 80 ? "" : request.dump());
}

void Reset(Draft& draft, const ConsumedStream& stream,
           const std::string& consumer) {
  const int below = stream.is_interest() ? stream.stored() + 2 : 20;
  draft.Api(absl::StrCat("CONSUMER.RESET.", consumer),
            draft.dice.Percent(40)
                ? ""
                : absl::StrCat("{\"seq\":", draft.dice.Below(below), "}"));
}

void DeleteConsumer(Draft& draft, const std::string& consumer) {
  if (draft.program.timed && draft.is(ServerVersion::k2_15)) {
    draft.Api(absl::StrCat("CONSUMER.PAUSE.", consumer));
  }
  draft.Api(absl::StrCat("CONSUMER.DELETE.", consumer));
}

}  // namespace windtunnel::conform
