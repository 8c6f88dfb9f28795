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

constexpr int kSteps = 26;

// Durable consumers of a stream in files, and what is left of them when the
// server comes back.
class RestartProgram {
 public:
  explicit RestartProgram(Draft& draft)
      : draft_(draft), dice_(draft.dice), stream_(draft) {}

  void Make() {
    stream_.Create(dice_.Percent(95) ? "file" : "");
    const int consumers = dice_.Percent(40) ? 2 : 1;
    for (int i = 0; i < consumers; ++i) MakeConsumer(i);
    const int restart = 8 + dice_.Below(kSteps - 14);
    for (int i = 0; i < kSteps; ++i) {
      if (i == restart) draft_.Add({.kind = Action::Kind::kRestart});
      Step();
    }
  }

 private:
  void Step() {
    const int kind = dice_.Below(100);
    const bool look = dice_.Percent(85);
    if (kind < 24) return stream_.Publish(look);
    if (kind < 56) return Pull(look);
    if (kind < 92) return AnswerDelivery(draft_, 8, look);
    if (kind < 94) return stream_.Delete();
    if (kind < 95) return stream_.Purge();
    const int number = AnyConsumerNumber();
    json config = consumers_[number];
    if (ChangePullConsumer(draft_, stream_, number, config)) {
      consumers_[number] = config;
    }
    SendConsumer(number, config);
  }

  int AnyConsumerNumber() {
    const int number = dice_.Below(2);
    return consumers_[number].is_null() ? 0 : number;
  }

  void Pull(bool look) {
    const int number = AnyConsumerNumber();
    draft_
        .Pull(absl::StrCat("@A.c", number), absl::StrCat("c", number, ".p"),
              AnyPullRequest(draft_))
        .look = look;
  }

  void SendConsumer(int number, const json& config) {
    draft_.Api(absl::StrCat("CONSUMER.CREATE.@A.c", number),
               json{{"stream_name", "@A"}, {"config", config}});
  }

  void MakeConsumer(int number) {
    json& config = consumers_[number];
    config = AnyPullConsumer(draft_, stream_, number);
    if (dice_.Percent(15)) config["mem_storage"] = true;
    SendConsumer(number, config);
  }

  Draft& draft_;
  Dice& dice_;
  ConsumedStream stream_;
  json consumers_[2];
};

}  // namespace

void GenerateConsumerRestart(Draft& draft) { RestartProgram(draft).Make(); }

}  // namespace windtunnel::conform
