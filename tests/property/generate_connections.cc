#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/property/consumed_stream.h"
#include "tests/property/consumer_parts.h"
#include "tests/property/flavours.h"
#include "tests/property/pull_config.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

constexpr int kSteps = 60;
constexpr std::int64_t kHour = 3'600'000'000'000;
constexpr int kConsumers = 3;

// Durable and ephemeral pull consumers, requests of several connections, and
// those that go while their requests wait.
class ConnectionsProgram {
 public:
  explicit ConnectionsProgram(Draft& draft)
      : draft_(draft), dice_(draft.dice), stream_(draft) {}

  void Make() {
    stream_.Create(dice_.Percent(60) ? "interest" : "");
    const int consumers = 1 + dice_.Below(kConsumers);
    for (int i = 0; i < consumers; ++i) MakeConsumer(i);
    for (int i = 0; i < kSteps; ++i) Step();
  }

 private:
  void Step() {
    const int kind = dice_.Below(100);
    const bool look = dice_.Percent(75);
    if (kind < 26) return stream_.Publish(look);
    if (kind < 52) return Pull(look);
    if (kind < 74) return AnswerDelivery(draft_, 8, look);
    if (kind < 81) return Disconnect();
    if (kind < 85) return Unsubscribe();
    if (kind < 87) return stream_.Delete();
    if (kind < 88) return stream_.Purge();
    if (kind < 92) return UpdateConsumer();
    if (kind < 95) return Ephemeral();
    if (kind < 96) return stream_.Update();
    Recreate();
  }

  int AnyConsumerNumber() {
    const int number = dice_.Below(kConsumers);
    return consumers_[number].is_null() ? 0 : number;
  }

  void Pull(bool look) {
    const int number = AnyConsumerNumber();
    const int connection = dice_.Below(3);
    std::string consumer = absl::StrCat("@A.c", number);
    std::string inbox = absl::StrCat("c", number);
    if (ephemerals_ > 0 && dice_.Percent(25)) {
      const int ephemeral = dice_.Below(ephemerals_);
      consumer = absl::StrCat("@A.<e", ephemeral, ">");
      inbox = absl::StrCat("e", ephemeral);
    }
    absl::StrAppend(&inbox, ".", connection, dice_.Percent(50) ? "p" : "q");
    Action& action = draft_.Pull(consumer, inbox, AnyPullRequest(draft_));
    action.connection = connection;
    action.look = look;
    inboxes_[connection].push_back(action.reply);
  }

  void Disconnect() {
    const int connection = 1 + dice_.Below(2);
    draft_.Add({.kind = Action::Kind::kDisconnect, .connection = connection});
    inboxes_[connection].clear();
  }

  void Unsubscribe() {
    const int connection = dice_.Below(3);
    const std::vector<std::string>& inboxes = inboxes_[connection];
    if (inboxes.empty()) return Pull(true);
    draft_.Add({.kind = Action::Kind::kUnsubscribe,
                .connection = connection,
                .subject = dice_.Of(inboxes)});
  }

  // One whose name the server draws, or is deleted.
  void Ephemeral() {
    if (ephemerals_ > 0 && (ephemerals_ == 2 || dice_.Percent(40))) {
      draft_.Api(
          absl::StrCat("CONSUMER.DELETE.@A.<e", dice_.Below(ephemerals_), ">"));
      return;
    }
    if (stream_.is_work_queue()) return Pull(true);
    json config = AnyPullConsumer(draft_, stream_, 0);
    config.erase("durable_name");
    config["inactive_threshold"] = kHour;
    draft_.Api("CONSUMER.CREATE.@A",
               json{{"stream_name", "@A"}, {"config", config}});
    ++ephemerals_;
  }

  void SendConsumer(int number, const json& config) {
    draft_.Api(absl::StrCat(dice_.Percent(50) ? "CONSUMER.DURABLE.CREATE.@A.c"
                                              : "CONSUMER.CREATE.@A.c",
                            number),
               json{{"stream_name", "@A"}, {"config", config}});
  }

  void MakeConsumer(int number) {
    consumers_[number] = AnyPullConsumer(draft_, stream_, number);
    SendConsumer(number, consumers_[number]);
  }

  void UpdateConsumer() {
    const int number = AnyConsumerNumber();
    json config = consumers_[number];
    if (ChangePullConsumer(draft_, stream_, number, config)) {
      consumers_[number] = config;
    }
    SendConsumer(number, config);
  }

  void Recreate() {
    const int number = AnyConsumerNumber();
    draft_.Api(absl::StrCat("CONSUMER.DELETE.@A.c", number));
    if (dice_.Percent(85)) MakeConsumer(number);
  }

  Draft& draft_;
  Dice& dice_;
  ConsumedStream stream_;
  json consumers_[kConsumers];
  std::vector<std::string> inboxes_[3];
  int ephemerals_ = 0;
};

}  // namespace

void GenerateConnections(Draft& draft) { ConnectionsProgram(draft).Make(); }

}  // namespace windtunnel::conform
