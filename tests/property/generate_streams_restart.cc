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

class StreamsRestartProgram {
 public:
  explicit StreamsRestartProgram(Draft& draft)
      : draft_(draft), dice_(draft.dice), messages_(draft), requests_(draft) {}

  void Make() {
    scopes_[0] = {.name = "@A", .root = "@.a"};
    scopes_[1] = {.name = "@B", .root = "@.b"};
    // Older servers come back with other counts and times then (STO-120,
    // STO-121, PUB-041).
    const bool removes = draft_.is(ServerVersion::k2_15) && dice_.Percent(50);
    for (StreamScope& scope : scopes_) {
      scope.removes = removes;
      scope.config = AnyStreamConfig(draft_, scope);
      // So that not all is gone.
      if (&scope == scopes_ || dice_.Percent(50)) {
        scope.config["storage"] = "file";
      }
      Storable(scope.config);
      draft_.Api(absl::StrCat("STREAM.CREATE.", scope.name), scope.config);
    }
    for (int i = 4 + dice_.Below(12); i > 0; --i) Step();
    Restart();
    for (int i = dice_.Below(10); i > 0; --i) Step();
    if (dice_.Percent(30)) {
      Restart();
      for (int i = dice_.Below(5); i > 0; --i) Step();
    }
  }

 private:
  // What no restart can change by chance.
  void Storable(json& config) {
    // What is stored may be written later.
    config.erase("persist_mode");
    // Sequences of what nobody wants are not written (STO-121).
    if (config.value("retention", "limits") == "interest") {
      config.erase("retention");
    }
  }

  StreamScope& AnyScope() { return scopes_[dice_.Percent(70) ? 0 : 1]; }

  void Step() {
    StreamScope& scope = AnyScope();
    const int kind = dice_.Below(100);
    if (kind < 58) return messages_.Publish(scope);
    if (kind < 64 && draft_.is(ServerVersion::k2_15)) {
      return messages_.AtomicBatch(scope);
    }
    if (kind < 74 && scope.removes) return Remove(scope);
    if (kind < 82) return Update(scope);
    if (kind < 88) return requests_.Get(scope);
    if (kind < 94) return requests_.DirectGet(scope);
    Repeat(scope);
  }

  void Remove(const StreamScope& scope) {
    dice_.Percent(60) ? requests_.Delete(scope) : requests_.Purge(scope);
  }

  void Update(StreamScope& scope) {
    json config = scope.config;
    const bool taken = ChangeStreamConfig(draft_, scope, config);
    Storable(config);
    draft_.Api(absl::StrCat("STREAM.UPDATE.", scope.name), config);
    if (taken) scope.config = std::move(config);
  }

  // An id that is known, perhaps.
  void Repeat(StreamScope& scope) {
    draft_.Publish(messages_.AnySubject(scope), "again",
                   {{"Nats-Msg-Id", absl::StrCat("m", dice_.Below(6))}});
    ++scope.published;
  }

  void Restart() { draft_.Add({.kind = Action::Kind::kRestart}); }

  Draft& draft_;
  Dice& dice_;
  StreamMessages messages_;
  StreamRequests requests_;
  StreamScope scopes_[2];
};

}  // namespace

void GenerateStreamsRestart(Draft& draft) {
  StreamsRestartProgram(draft).Make();
}

}  // namespace windtunnel::conform
