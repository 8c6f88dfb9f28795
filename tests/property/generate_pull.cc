#include <string>

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
constexpr int kTimedSteps = 40;

class PullProgram {
 public:
  explicit PullProgram(Draft& draft)
      : draft_(draft), dice_(draft.dice), stream_(draft) {}

  void Make() {
    stream_.Create();
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
    if (kind < 26) return stream_.Publish(look);
    if (kind < 52) return Pull(look);
    if (kind < 82) return AnswerDelivery(draft_, 12, look);
    if (kind < 86) return stream_.Delete();
    if (kind < 88) return stream_.Purge();
    if (kind < 93) return UpdateConsumer();
    if (kind < 95) return stream_.Update();
    if (kind < 98) {
      if (!draft_.is(ServerVersion::k2_15)) return Pull(true);
      const std::string name = absl::StrCat("@A.c", AnyConsumerNumber());
      return kind < 97 ? Pause(draft_, name) : Reset(draft_, stream_, name);
    }
    Recreate();
  }

  int AnyConsumerNumber() {
    const int number = dice_.Below(2);
    return consumers_[number].is_null() ? 0 : number;
  }

  void Pull(bool look) {
    const int number = AnyConsumerNumber();
    const char* inbox = dice_.Of<const char*>({"p", "q"});
    Action& action = draft_.Pull(absl::StrCat("@A.c", number),
                                 absl::StrCat("c", number, ".", inbox),
                                 AnyPullRequest(draft_));
    // Nobody listens there.
    if (dice_.Percent(4)) action.reply = "out.@";
    action.look = look;
  }

  void SendConsumer(int number, const json& config) {
    draft_.Api(absl::StrCat("CONSUMER.DURABLE.CREATE.@A.c", number),
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
    DeleteConsumer(draft_, absl::StrCat("@A.c", number));
    MakeConsumer(number);
  }

  Draft& draft_;
  Dice& dice_;
  ConsumedStream stream_;
  json consumers_[2];
};

}  // namespace

void GeneratePull(Draft& draft) { PullProgram(draft).Make(); }

}  // namespace windtunnel::conform
