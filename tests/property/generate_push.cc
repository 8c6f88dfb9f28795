#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

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

// Who listens.
struct Listening {
  int connection = 0;
  std::string subject;
  std::string queue = {};

  friend bool operator==(const Listening&, const Listening&) = default;
};

class PushProgram {
 public:
  explicit PushProgram(Draft& draft)
      : draft_(draft), dice_(draft.dice), stream_(draft) {}

  void Make() {
    // What flow control counts are megabytes.
    large_ = !draft_.program.timed && dice_.Percent(8);
    stream_.Create(large_ ? "large" : "");
    if (draft_.program.timed && dice_.Percent(12)) OriginalPace();
    const int consumers = dice_.Percent(40) ? 2 : 1;
    for (int i = 0; i < consumers; ++i) {
      if (dice_.Percent(50)) Subscribe(i);
      MakeConsumer(i);
      if (dice_.Percent(80)) Subscribe(i);
    }
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
    if (kind < 30) return Publish(look);
    if (kind < 58) return AnswerDelivery(draft_, 2, look);
    if (kind < 66) return Subscribe(AnyConsumerNumber());
    if (kind < 71) return Unsubscribe();
    if (kind < 75) return AnswerFlowControl();
    if (kind < 79) return stream_.Delete();
    if (kind < 81) return stream_.Purge();
    if (kind < 87) return UpdateConsumer();
    if (kind < 90) return Move();
    if (kind < 92) return stream_.Update();
    if (kind < 96 && draft_.is(ServerVersion::k2_15)) {
      return PauseOrReset();
    }
    if (kind < 98) return Recreate();
    draft_.Pull(absl::StrCat("@A.c", AnyConsumerNumber()), "p", "");
  }

  void Publish(bool look) {
    if (!large_) return stream_.Publish(look);
    for (int i = 0; i < 6; ++i) {
      draft_.Publish("@.a", "<bytes 65536>").look = i == 5;
    }
  }

  // --- Listeners -------------------------------------------------------------

  std::string SubjectOf(int number) const {
    const std::string first = absl::StrCat("in.@.d", number);
    const json& config = consumers_[number];
    return config.is_null() ? first : config.value("deliver_subject", first);
  }

  void Subscribe(int number) {
    Listening who{.connection = dice_.Below(3), .subject = SubjectOf(number)};
    const bool grouped = consumers_[number].contains("deliver_group");
    if (dice_.Percent(grouped ? 85 : 10)) {
      who.queue = dice_.Percent(90) ? "g" : "h";
    }
    if (std::find(listening_.begin(), listening_.end(), who) ==
        listening_.end()) {
      listening_.push_back(who);
    }
    draft_.Add({.kind = Action::Kind::kSubscribe,
                .connection = who.connection,
                .subject = who.subject,
                .queue = who.queue});
  }

  void Leave(const Listening& who) {
    draft_.Add({.kind = Action::Kind::kUnsubscribe,
                .connection = who.connection,
                .subject = who.subject});
    std::erase_if(listening_, [&](const Listening& other) {
      return other.connection == who.connection && other.subject == who.subject;
    });
  }

  void Unsubscribe() {
    if (listening_.empty()) return Subscribe(0);
    const Listening who =
        listening_[dice_.Below(static_cast<int>(listening_.size()))];
    if (who.connection == 0 || dice_.Percent(60)) return Leave(who);
    draft_.Add(
        {.kind = Action::Kind::kDisconnect, .connection = who.connection});
    std::erase_if(listening_, [&](const Listening& other) {
      return other.connection == who.connection;
    });
  }

  void AnswerFlowControl() {
    const int number = AnyConsumerNumber();
    if (!consumers_[number].contains("flow_control")) {
      return stream_.Publish(true);
    }
    const char* which = dice_.Of<const char*>({"fc", "fc", "fc", "fc0", "fc1"});
    draft_.Add({.kind = Action::Kind::kSend,
                .connection = dice_.Below(3),
                .subject = absl::StrCat("<c", number, " ", which, ">")});
  }

  // --- Consumers -------------------------------------------------------------

  int AnyConsumerNumber() {
    const int number = dice_.Below(2);
    return consumers_[number].is_null() ? 0 : number;
  }

  json AnyConfig(int number) {
    json config = CommonConfig(draft_, stream_, number);
    config["deliver_subject"] = absl::StrCat("in.@.d", number);
    if (dice_.Percent(30)) config["deliver_group"] = "g";
    SetHeartbeat(config);
    SetInactivity(config);
    if (large_) {
      config["deliver_policy"] = "all";
      config.erase("opt_start_seq");
      config.erase("opt_start_time");
      if (dice_.Percent(70)) config["ack_policy"] = "none";
      config.erase("max_ack_pending");
      config.erase("headers_only");
    }
    if (dice_.Percent(5)) config["rate_limit_bps"] = 8'000'000'000;
    return config;
  }

  void SetHeartbeat(json& config) {
    if (!large_ && !dice_.Percent(25)) return;
    // Two of them come well between ticks.
    config["idle_heartbeat"] =
        draft_.program.timed
            ? absl::ToInt64Nanoseconds(kTick) * dice_.Of<int>({4, 5}) / 3
            : 10 * kHour;
    if (large_ || dice_.Percent(50)) config["flow_control"] = true;
  }

  void SetInactivity(json& config) {
    const bool durable = dice_.Percent(75);
    if (durable && !dice_.Percent(10)) return;
    config["inactive_threshold"] =
        draft_.Wait() + 2 * absl::ToInt64Nanoseconds(kTick);
    if (durable) return;
    config["name"] = config["durable_name"];
    config.erase("durable_name");
  }

  // Messages some ticks apart, delivered at that pace, between ticks.
  void OriginalPace() {
    for (int i = 1 + dice_.Below(4); i > 0; --i) {
      draft_.Advance((1 + dice_.Below(3)) * kTick);
      stream_.Publish(false);
    }
    draft_.Advance(kTick);
    Subscribe(0);
    consumers_[0] = AnyConfig(0);
    consumers_[0]["deliver_policy"] = "all";
    consumers_[0].erase("opt_start_seq");
    consumers_[0].erase("opt_start_time");
    consumers_[0]["replay_policy"] = "original";
    SendConsumer(0);
    draft_.Advance(kTick / 2);
    original_ = true;
  }

  void SendConsumer(int number) {
    const json request = {{"stream_name", "@A"},
                          {"config", consumers_[number]}};
    const bool durable = consumers_[number].contains("durable_name");
    std::string operation = durable && dice_.Percent(50)
                                ? "CONSUMER.DURABLE.CREATE.@A.c"
                                : "CONSUMER.CREATE.@A.c";
    draft_.Api(absl::StrCat(operation, number), request);
  }

  void MakeConsumer(int number) {
    if (number == 0 && original_) return;
    consumers_[number] = AnyConfig(number);
    regrouped_[number] = false;
    SendConsumer(number);
  }

  void UpdateConsumer() {
    const int number = AnyConsumerNumber();
    const json before = consumers_[number];
    json& config = consumers_[number];
    bool taken = true;
    const int kind = dice_.Below(100);
    if (kind < 10) {
      config.erase("deliver_group");
      if (dice_.Percent(60)) config["deliver_group"] = "g";
      regrouped_[number] = true;
    } else if (kind < 15) {
      config["rate_limit_bps"] = 16'000'000'000;
    } else if (kind < 20) {
      config["idle_heartbeat"] = 11 * kHour;
      taken = false;
    } else if (kind < 23) {
      config["flow_control"] = true;
      taken = false;
    } else if (kind < 30 && !paused_[number]) {
      config["inactive_threshold"] =
          draft_.Wait() + 2 * absl::ToInt64Nanoseconds(kTick);
    } else {
      taken = ChangeCommon(draft_, stream_, number, config);
    }
    SendConsumer(number);
    if (!taken) consumers_[number] = before;
  }

  // To another deliver subject, once nobody listens on the old one.
  void Move() {
    const int number = AnyConsumerNumber();
    // One that had another group would listen on the old subject, too.
    // One with a message that waits for its time does not look who listens.
    if (regrouped_[number] || original_) return Recreate();
    const std::string from = SubjectOf(number);
    if (dice_.Percent(70)) {
      for (;;) {
        const auto found =
            std::find_if(listening_.begin(), listening_.end(),
                         [&](const auto& who) { return who.subject == from; });
        if (found == listening_.end()) break;
        Leave(Listening(*found));
      }
    }
    const bool refused =
        std::any_of(listening_.begin(), listening_.end(),
                    [&](const Listening& who) { return who.subject == from; });
    consumers_[number]["deliver_subject"] =
        absl::StrCat("in.@.", dice_.Of<const char*>({"d", "e"}), number);
    SendConsumer(number);
    if (refused) consumers_[number]["deliver_subject"] = from;
    if (dice_.Percent(70)) Subscribe(number);
  }

  // See DeleteConsumer().
  void PauseOrReset() {
    const int number = AnyConsumerNumber();
    const std::string name = absl::StrCat("@A.c", number);
    const bool may_go = consumers_[number].contains("inactive_threshold");
    if (dice_.Percent(25) || (draft_.program.timed && may_go)) {
      return Reset(draft_, stream_, name);
    }
    Pause(draft_, name);
    paused_[number] = true;
  }

  void Recreate() {
    const int number = AnyConsumerNumber();
    DeleteConsumer(draft_, absl::StrCat("@A.c", number));
    paused_[number] = false;
    if (number == 0) original_ = false;
    MakeConsumer(number);
  }

  Draft& draft_;
  Dice& dice_;
  ConsumedStream stream_;
  bool large_ = false;
  bool original_ = false;
  json consumers_[2];
  bool regrouped_[2] = {false, false};
  bool paused_[2] = {false, false};
  std::vector<Listening> listening_;
};

}  // namespace

void GeneratePush(Draft& draft) { PushProgram(draft).Make(); }

}  // namespace windtunnel::conform
