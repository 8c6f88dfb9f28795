#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/property/flavours.h"
#include "tests/property/stream_config.h"
#include "tests/property/stream_messages.h"
#include "tests/property/stream_requests.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

constexpr int kSteps = 26;
constexpr std::int64_t kSecond = 1'000'000'000;

class StreamsTimedProgram {
 public:
  explicit StreamsTimedProgram(Draft& draft)
      : draft_(draft), dice_(draft.dice), messages_(draft), requests_(draft) {}

  void Make() {
    scope_ = {.name = "@A", .root = "@.a"};
    scope_.removes = dice_.Percent(30);
    draft_.Add({.kind = Action::Kind::kSubscribe, .subject = "re.@.>"});
    scope_.config = AnyStreamConfig(draft_, scope_);
    SetTimes(scope_.config);
    draft_.Api("STREAM.CREATE.@A", scope_.config);
    const int steps = dice_.Percent(4) ? 4 : kSteps;
    for (int i = 0; i < steps; ++i) {
      Step();
      if (dice_.Percent(45)) Tick(1 + (dice_.Percent(30) ? dice_.Below(5) : 0));
    }
    if (steps < kSteps) AbandonBatches();
    Tick(2 + dice_.Below(6));
  }

 private:
  void Tick(int ticks) { draft_.Advance(ticks * kStreamTick); }

  void Step() {
    const int kind = dice_.Below(100);
    if (kind < 62) return Publish();
    if (kind < 68) return requests_.Get(scope_);
    if (kind < 74) return requests_.DirectGet(scope_);
    if (kind < 82) return Update();
    if (kind < 88 && draft_.is(ServerVersion::k2_15)) {
      return messages_.AtomicBatch(scope_);
    }
    if (kind < 94 && scope_.removes) return Remove();
    requests_.Info(scope_);
  }

  void Publish() {
    for (int i = 1 + dice_.Below(3); i > 0; --i) messages_.Publish(scope_);
  }

  void Remove() {
    dice_.Percent(60) ? requests_.Delete(scope_) : requests_.Purge(scope_);
  }

  // What falls due of the stream itself, instead of hours.
  void SetTimes(json& config) {
    for (const char* name :
         {"max_age", "duplicate_window", "subject_delete_marker_ttl"}) {
      config.erase(name);
    }
    // Files are looked through later, by up to a second (STO-084).
    config["storage"] = "memory";
    config.erase("persist_mode");
    if (config.value("retention", "limits") == "interest") {
      config.erase("retention");
    }
    if (dice_.Percent(45)) config["max_age"] = StreamWait(draft_);
    if (dice_.Percent(60)) {
      const std::int64_t window = StreamWait(draft_);
      if (config.value("max_age", window) >= window) {
        config["duplicate_window"] = window;
      }
    }
    if (config.value("allow_msg_counter", false)) return;
    if (dice_.Percent(40)) config["allow_msg_ttl"] = true;
    if (dice_.Percent(40) && scope_.removes) {
      config["subject_delete_marker_ttl"] = (1 + dice_.Below(2)) * kSecond;
      config["allow_msg_ttl"] = true;
      config.erase("deny_purge");
    }
  }

  void Update() {
    json config = scope_.config;
    const bool taken = ChangeStreamConfig(draft_, scope_, config);
    const json fresh = std::exchange(config, scope_.config);
    // One in three changes other fields.
    if (dice_.Percent(33)) {
      config = fresh;
      for (const char* name :
           {"max_age", "duplicate_window", "subject_delete_marker_ttl"}) {
        config.erase(name);
        if (scope_.config.contains(name)) config[name] = scope_.config[name];
      }
    } else {
      const json before = config;
      SetTimes(config);
      if (before.contains("retention"))
        config["retention"] = before["retention"];
      if (before.value("allow_msg_ttl", false)) config["allow_msg_ttl"] = true;
    }
    draft_.Api("STREAM.UPDATE.@A", config);
    if (taken) scope_.config = std::move(config);
  }

  // Batches end when nothing came for ten seconds (PUB-068).
  void AbandonBatches() {
    for (int i = 0; i < 3; ++i) messages_.AtomicBatch(scope_);
    draft_.Advance(absl::Seconds(10) + kStreamTick / 2);
    messages_.AtomicBatch(scope_);
  }

  Draft& draft_;
  Dice& dice_;
  StreamMessages messages_;
  StreamRequests requests_;
  StreamScope scope_;
};

}  // namespace

void GenerateStreamsTimed(Draft& draft) { StreamsTimedProgram(draft).Make(); }

}  // namespace windtunnel::conform
