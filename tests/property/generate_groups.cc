#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/property/consumed_stream.h"
#include "tests/property/consumer_parts.h"
#include "tests/property/flavours.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

constexpr int kSteps = 60;
constexpr int kTimedSteps = 36;
constexpr std::int64_t kHour = 3'600'000'000'000;

// One consumer with priority groups, pulled from by several connections.
class GroupsProgram {
 public:
  explicit GroupsProgram(Draft& draft)
      : draft_(draft), dice_(draft.dice), stream_(draft) {}

  void Make() {
    stream_.Create();
    MakeConsumer();
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
    if (kind < 28) return stream_.Publish(look);
    if (kind < 60) return Pull(look);
    if (kind < 80) return AnswerDelivery(draft_, 5, look);
    if (kind < 84) return Unpin();
    if (kind < 88) return Disconnect();
    if (kind < 90) return stream_.Delete();
    if (kind < 91) return stream_.Purge();
    if (kind < 96) return UpdateConsumer();
    if (kind < 97) return stream_.Update();
    if (kind < 98 && draft_.is(ServerVersion::k2_15)) {
      return Pause(draft_, "@A.c0");
    }
    DeleteConsumer(draft_, "@A.c0");
    MakeConsumer();
  }

  const char* AnyGroup() {
    return dice_.Of<const char*>({"g", "g", "g", "g", "g", "g", "g", "h", "x"});
  }

  void Pull(bool look) {
    const int connection = dice_.Below(3);
    json request = json::object();
    if (dice_.Percent(96)) request["group"] = AnyGroup();
    if (dice_.Percent(80)) request["batch"] = 1 + dice_.Below(4);
    if (dice_.Percent(15)) request["no_wait"] = true;
    if (dice_.Percent(70)) request["expires"] = draft_.Wait();
    if (dice_.Percent(12)) request["max_bytes"] = 80 + dice_.Below(400);
    const std::string policy = config_.value("priority_policy", "");
    if (policy == "overflow" || dice_.Percent(2)) {
      if (dice_.Percent(45)) request["min_pending"] = 1 + dice_.Below(6);
      if (dice_.Percent(35)) request["min_ack_pending"] = 1 + dice_.Below(5);
    }
    if (policy == "pinned_client" ? dice_.Percent(45) : dice_.Percent(2)) {
      request["id"] = dice_.Of<const char*>(
          {"<pin>", "<pin>", "<pin>", "<pin>", "<pin0>", "<pin1>", "wrong"});
    }
    if (policy == "prioritized" ? dice_.Percent(75) : dice_.Percent(3)) {
      request["priority"] = dice_.Of<int>({0, 1, 1, 2, 2, 9, 10, -1});
    }
    std::string body = request.dump();
    if (dice_.Percent(5)) body = dice_.Of<const char*>({"", "2", "x", "{"});
    Action& action = draft_.Pull(
        "@A.c0", absl::StrCat("c0.", connection, dice_.Percent(50) ? "p" : "q"),
        body);
    action.connection = connection;
    action.look = look;
  }

  void Unpin() {
    if (!draft_.is(ServerVersion::k2_15)) return Pull(true);
    const std::string name = dice_.Percent(95) ? "@A.c0" : "@A.none";
    if (dice_.Percent(8)) {
      draft_.Api(absl::StrCat("CONSUMER.UNPIN.", name),
                 dice_.Of<std::string>({"", "{}", "x", "{\"group\":\"a b\"}"}));
      return;
    }
    draft_.Api(absl::StrCat("CONSUMER.UNPIN.", name),
               json{{"group", AnyGroup()}});
  }

  void Disconnect() {
    draft_.Add(
        {.kind = Action::Kind::kDisconnect, .connection = 1 + dice_.Below(2)});
  }

  void SetPolicy() {
    config_.erase("priority_timeout");
    config_["priority_policy"] = dice_.Of<const char*>(
        {"overflow", "pinned_client", "pinned_client", "prioritized"});
    config_["priority_groups"] = {"g"};
    if (dice_.Percent(15)) config_["priority_groups"] = {"g", "h"};
    if (config_["priority_policy"] == "pinned_client") {
      config_["priority_timeout"] =
          draft_.program.timed ? draft_.Wait() + absl::ToInt64Nanoseconds(kTick)
                               : kHour;
    }
  }

  void SendConsumer(const json& config) {
    draft_.Api("CONSUMER.CREATE.@A.c0",
               json{{"stream_name", "@A"}, {"config", config}});
  }

  void MakeConsumer() {
    config_ = CommonPullConfig(draft_, stream_, 0);
    SetPolicy();
    if (dice_.Percent(10)) config_["max_waiting"] = 2 + dice_.Below(2);
    SendConsumer(config_);
  }

  void UpdateConsumer() {
    if (dice_.Percent(15)) {
      SetPolicy();
      return SendConsumer(config_);
    }
    json config = config_;
    if (ChangeCommon(draft_, stream_, 0, config)) config_ = config;
    SendConsumer(config);
  }

  Draft& draft_;
  Dice& dice_;
  ConsumedStream stream_;
  json config_;
};

}  // namespace

void GenerateGroups(Draft& draft) { GroupsProgram(draft).Make(); }

}  // namespace windtunnel::conform
