#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/property/flavours.h"
#include "tests/property/pull_config.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

constexpr int kSteps = 60;
constexpr int kTimedSteps = 40;

class PullProgram {
 public:
  explicit PullProgram(Draft& draft) : draft_(draft), dice_(draft.dice) {}

  void Make() {
    scope_.removes = dice_.Percent(50);
    stream_ = AnyStream(draft_, scope_);
    if (draft_.program.timed) scope_.removes &= dice_.Percent(50);
    draft_.Api("STREAM.CREATE.@A", stream_).look = false;
    stored_ = dice_.Below(9);
    for (int i = 0; i < stored_; ++i) Publish(false);
    const int consumers = dice_.Percent(50) ? 2 : 1;
    for (int i = 0; i < consumers; ++i) MakeConsumer(i);
    const int steps = draft_.program.timed ? kTimedSteps : kSteps;
    for (int i = 0; i < steps; ++i) {
      draft_.MayTick();
      Step();
    }
  }

 private:
  void Step() {
    const int kind = dice_.Below(100);
    const bool look = dice_.Percent(75);
    if (kind < 26) return Publish(look);
    if (kind < 52) return Pull(look);
    if (kind < 82) return Settle(look);
    if (kind < 86) return Remove();
    if (kind < 88) return Purge();
    if (kind < 93) return UpdateConsumer();
    if (kind < 95) return UpdateStream();
    if (kind < 97) return Pause();
    if (kind < 98) return Reset();
    Recreate();
  }

  void Publish(bool look) {
    const std::string subject = absl::StrCat(
        "@.", dice_.Of<const char*>({"a", "a", "b", "b", "c", "d.e"}));
    std::vector<std::pair<std::string, std::string>> headers;
    if (dice_.Percent(25)) {
      headers.emplace_back("X", std::string(dice_.Below(30), 'x'));
    }
    if (dice_.Percent(5)) {
      headers.emplace_back("Nats-Msg-Id", absl::StrCat(dice_.Below(3)));
    }
    const int size = dice_.Percent(15) ? 150 : dice_.Below(40);
    draft_.Publish(subject, std::string(size, 'd'), std::move(headers)).look =
        look;
  }

  int AnyConsumerNumber() {
    const int number = dice_.Below(2);
    return consumers_[number].is_null() ? 0 : number;
  }

  void Pull(bool look) {
    const int number = AnyConsumerNumber();
    json request = json::object();
    if (dice_.Percent(85)) request["batch"] = 1 + dice_.Below(5);
    if (dice_.Percent(30)) request["no_wait"] = true;
    if (dice_.Percent(60)) request["expires"] = draft_.Wait();
    if (dice_.Percent(20)) request["max_bytes"] = 80 + dice_.Below(400);
    if (dice_.Percent(10)) {
      request["idle_heartbeat"] = draft_.program.timed
                                      ? absl::ToInt64Nanoseconds(kTick) * 5 / 9
                                      : 600'000'000'000;
    }
    std::string body = request.dump();
    if (dice_.Percent(8)) {
      body = dice_.Of<const char*>({"", "3", "{", "-1", "0", "{\"batch\":0}",
                                    "{\"batch\":-2}", "x", "[]", "null"});
    }
    const char* inbox = dice_.Of<const char*>({"p", "q"});
    Action& action = draft_.Pull(absl::StrCat("@A.c", number),
                                 absl::StrCat("c", number, ".", inbox), body);
    // Nobody listens there.
    if (dice_.Percent(4)) action.reply = "out.@";
    action.look = look;
  }

  void Settle(bool look) {
    std::string payload = "+ACK";
    const int verb = dice_.Below(100);
    if (verb < 45) {
      payload = dice_.Percent(30) ? "" : "+ACK";
    } else if (verb < 58) {
      payload = "-NAK";
    } else if (verb < 66) {
      payload = absl::StrCat("-NAK {\"delay\":", draft_.Wait(), "}");
      look = true;
    } else if (verb < 74) {
      payload = dice_.Percent(50) ? "+TERM" : "+TERM the reason";
    } else if (verb < 82) {
      payload = "+WPI";
    } else if (verb < 94) {
      payload = dice_.Of<const char*>({"+NXT", "+NXT 2", "+NXT {\"batch\":2}",
                                       "+NXT {\"batch\":3,\"max_bytes\":200}",
                                       "+NXT x", "+NXT 0"});
    } else {
      payload = dice_.Of<const char*>({"+ack", "bogus", "-NAK {", "-NAK x",
                                       "+OK", "-ERR", "+ACKNOW", "+TERM{}",
                                       "-NAK {}", "-NAK {\"delay\":0}"});
      look = true;
    }
    const bool next = absl::StartsWith(payload, "+NXT");
    const bool confirm = next || dice_.Percent(85);
    const int pick = dice_.Below(dice_.Percent(75) ? 4 : 40);
    Action& action = draft_.Settle(pick, payload,
                                   next      ? "next"
                                   : confirm ? "ack"
                                             : "");
    if (dice_.Percent(12)) {
      action.token = dice_.Of<int>({1, 3, 3, 4, 4, 5});
      action.change =
          dice_.Percent(20) ? -1000 : dice_.Of<int>({-1, 1, 1, 2, 7});
    }
    action.look = look;
  }

  void Remove() {
    if (!scope_.removes) return Publish(true);
    draft_.Api("STREAM.MSG.DELETE.@A", json{{"seq", 1 + dice_.Below(25)}});
  }

  void Purge() {
    if (!scope_.removes) return Publish(true);
    json request = json::object();
    if (dice_.Percent(50)) {
      request["filter"] =
          absl::StrCat("@.", dice_.Of<const char*>({"a", "b", "*"}));
    }
    if (dice_.Percent(30)) {
      request["seq"] = 1 + dice_.Below(25);
    } else if (dice_.Percent(30)) {
      request["keep"] = 1 + dice_.Below(4);
    }
    draft_.Api("STREAM.PURGE.@A", request.empty() ? "" : request.dump());
  }

  void SendConsumer(int number, const json& config) {
    draft_.Api(absl::StrCat("CONSUMER.DURABLE.CREATE.@A.c", number),
               json{{"stream_name", "@A"}, {"config", config}});
  }

  void MakeConsumer(int number) {
    consumers_[number] = AnyConsumer(draft_, scope_, number, stored_);
    SendConsumer(number, consumers_[number]);
  }

  void UpdateConsumer() {
    const int number = AnyConsumerNumber();
    json config = consumers_[number];
    if (ChangeConsumer(draft_, scope_, number, config)) {
      consumers_[number] = config;
    }
    SendConsumer(number, config);
  }

  void UpdateStream() {
    ChangeStream(draft_, scope_, stream_);
    draft_.Api("STREAM.UPDATE.@A", stream_);
  }

  void Pause() {
    if (!draft_.is(ServerVersion::k2_15)) return Pull(true);
    json request = json::object();
    if (dice_.Percent(50)) request["pause_until"] = "2100-01-01T00:00:00Z";
    draft_.Api(absl::StrCat("CONSUMER.PAUSE.@A.c", AnyConsumerNumber()),
               request);
  }

  void Reset() {
    if (!draft_.is(ServerVersion::k2_15)) return Pull(true);
    const std::string body =
        dice_.Percent(40) ? ""
                          : absl::StrCat("{\"seq\":", dice_.Below(20), "}");
    draft_.Api(absl::StrCat("CONSUMER.RESET.@A.c", AnyConsumerNumber()), body);
  }

  void Recreate() {
    const int number = AnyConsumerNumber();
    draft_.Api(absl::StrCat("CONSUMER.DELETE.@A.c", number));
    MakeConsumer(number);
  }

  Draft& draft_;
  Dice& dice_;
  PullScope scope_;
  json stream_;
  json consumers_[2];
  int stored_ = 0;
};

}  // namespace

void GeneratePull(Draft& draft) { PullProgram(draft).Make(); }

}  // namespace windtunnel::conform
