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

constexpr int kSteps = 60;

class StreamsProgram {
 public:
  explicit StreamsProgram(Draft& draft)
      : draft_(draft), dice_(draft.dice), messages_(draft), requests_(draft) {}

  void Make() {
    const bool two = dice_.Percent(35);
    scopes_[0] = {.name = "@A", .root = "@.a"};
    scopes_[1] = {.name = "@B", .root = "@.b"};
    const bool removes = dice_.Percent(60);
    const bool unanswered = dice_.Percent(7);
    for (StreamScope& scope : scopes_) {
      scope.removes = removes;
      scope.unanswered = unanswered;
    }
    Listen("re.@.>");
    if (draft_.is(ServerVersion::k2_15)) Listen("fast.@.>");
    Create(scopes_[0]);
    if (two) Create(scopes_[1]);
    for (int i = dice_.Below(6); i > 0; --i) messages_.Publish(scopes_[0]);
    for (int i = 0; i < kSteps; ++i) {
      StreamScope& scope = scopes_[two && dice_.Percent(30) ? 1 : 0];
      if (i > kSteps - 8 && dice_.Percent(2)) {
        Seal(scope);
      } else {
        Step(scope);
      }
    }
  }

 private:
  void Listen(const char* subject) {
    draft_.Add({.kind = Action::Kind::kSubscribe, .subject = subject});
  }

  void Step(StreamScope& scope) {
    const int kind = dice_.Below(100);
    const bool batches = draft_.is(ServerVersion::k2_15) || dice_.Percent(10);
    if (kind < 36 || (kind < 52 && !batches)) return messages_.Publish(scope);
    if (kind < 46) return messages_.AtomicBatch(scope);
    if (kind < 52) return messages_.FastBatch(scope);
    if (kind < 57) return Remove(scope, true);
    if (kind < 61) return Remove(scope, false);
    if (kind < 66) return requests_.Get(scope);
    if (kind < 77) return requests_.DirectGet(scope);
    if (kind < 80) return requests_.Info(scope);
    if (kind < 82) return requests_.Lists();
    if (kind < 88) return Update(scope);
    if (kind < 91) return Spoil(scope);
    if (kind < 93) return Recreate(scope);
    if (kind < 94) return Unknown();
    if (kind < 96) return requests_.Malformed(scope);
    Consume(scope);
  }

  void Create(StreamScope& scope) {
    scope.config = AnyStreamConfig(draft_, scope);
    draft_.Api(absl::StrCat("STREAM.CREATE.", scope.name), scope.config);
    scope.published = 0;
    scope.batches = scope.config.value("allow_atomic", false);
    const std::string retention = scope.config.value("retention", "limits");
    if (dice_.Percent(retention == "limits" ? 15 : 85)) MakeConsumer(scope);
  }

  void Remove(const StreamScope& scope, bool one) {
    if (!scope.removes) return requests_.Get(scope);
    return one ? requests_.Delete(scope) : requests_.Purge(scope);
  }

  void Update(StreamScope& scope) {
    json config = scope.config;
    const bool taken = ChangeStreamConfig(draft_, scope, config);
    draft_.Api(absl::StrCat("STREAM.UPDATE.", scope.name), config);
    if (!taken) return;
    scope.config = std::move(config);
    scope.batches |= scope.config.value("allow_atomic", false);
  }

  void Spoil(const StreamScope& scope) {
    const std::string body = SpoiledStreamConfig(draft_, scope);
    draft_.Api(
        absl::StrCat(dice_.Percent(50) ? "STREAM.CREATE." : "STREAM.UPDATE.",
                     scope.name),
        body);
  }

  // Or the same again, which changes nothing.
  void Recreate(StreamScope& scope) {
    const std::string create = absl::StrCat("STREAM.CREATE.", scope.name);
    if (dice_.Percent(30)) {
      draft_.Api(create, scope.config);
      return;
    }
    if (dice_.Percent(20)) {
      draft_.Api(create, AnyStreamConfig(draft_, scope));
      return;
    }
    // File stores may come back with old messages (STR-102).
    if (scope.config["storage"] != "memory") return;
    draft_.Api(absl::StrCat("STREAM.DELETE.", scope.name));
    if (dice_.Percent(30)) messages_.Publish(scope);
    if (dice_.Percent(20)) requests_.Get(scope);
    Create(scope);
  }

  // Of a stream that is not there.
  void Unknown() {
    const char* operation = dice_.Of<const char*>(
        {"STREAM.INFO.", "STREAM.DELETE.", "STREAM.PURGE.", "STREAM.UPDATE.",
         "STREAM.MSG.GET.", "STREAM.MSG.DELETE."});
    std::string body;
    if (operation[7] == 'U') body = R"({"name":"@Z","subjects":["@.z"]})";
    if (operation[7] == 'M') body = R"({"seq":1})";
    draft_.Api(absl::StrCat(operation, "@Z"), body);
  }

  // After it nothing can be changed.
  void Seal(StreamScope& scope) {
    json config = scope.config;
    config["sealed"] = true;
    draft_.Api(absl::StrCat("STREAM.UPDATE.", scope.name), config);
  }

  void MakeConsumer(const StreamScope& scope) {
    json config = {{"durable_name", "c0"},
                   {"ack_policy", "explicit"},
                   {"ack_wait", draft_.Wait()}};
    if (dice_.Percent(40)) {
      config["filter_subject"] =
          absl::StrCat(scope.root, dice_.Of<const char*>({".0", ".*", ".k.*"}));
    }
    draft_.Api(absl::StrCat("CONSUMER.DURABLE.CREATE.", scope.name, ".c0"),
               json{{"stream_name", scope.name}, {"config", config}});
  }

  void Consume(const StreamScope& scope) {
    const int kind = dice_.Below(100);
    if (kind < 5) {
      draft_.Api(absl::StrCat("CONSUMER.DELETE.", scope.name, ".c0"));
      if (dice_.Percent(70)) MakeConsumer(scope);
      return;
    }
    if (kind < 45) {
      draft_.Pull(absl::StrCat(scope.name, ".c0"), "c0",
                  absl::StrCat(
                      "{\"no_wait\":true,\"batch\":", 1 + dice_.Below(3), "}"));
    }
    for (int i = dice_.Below(4); i > 0; --i) {
      draft_.Settle(dice_.Below(3), dice_.Percent(85) ? "+ACK" : "+TERM",
                    "ack");
    }
  }

  Draft& draft_;
  Dice& dice_;
  StreamMessages messages_;
  StreamRequests requests_;
  StreamScope scopes_[2];
};

}  // namespace

void GenerateStreams(Draft& draft) { StreamsProgram(draft).Make(); }

}  // namespace windtunnel::conform
