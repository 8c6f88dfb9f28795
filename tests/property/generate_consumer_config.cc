#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/property/consumer_config_choices.h"
#include "tests/property/flavours.h"

namespace windtunnel::conform {
namespace {

constexpr int kSteps = 40;

// A field and what it may be: text of JSON.
using Fields = std::map<std::string, std::string>;

std::string Render(const Fields& fields) {
  return absl::StrCat("{",
                      absl::StrJoin(fields, ",",
                                    [](std::string* out, const auto& field) {
                                      absl::StrAppend(out, "\"", field.first,
                                                      "\":", field.second);
                                    }),
                      "}");
}

std::string Quoted(const std::string& text) {
  return absl::StrCat("\"", text, "\"");
}

// Requests to create and to change consumers, good and bad, as raw JSON by all
// three subjects.
class ConfigProgram {
 public:
  explicit ConfigProgram(Draft& draft) : draft_(draft), dice_(draft.dice) {}

  void Make() {
    MakeStream();
    for (int step = 0; step < kSteps; ++step) Step();
    draft_.Api("CONSUMER.LIST.@A");
  }

 private:
  void MakeStream() {
    stream_ = {
        {"name", R"("@A")"},
        {"subjects", dice_.Of<std::string>(
                         {R"(["@.>"])", R"(["@.>"])", R"(["@.a","@.b.*"])"})},
        {"storage", "\"memory\""},
        {"retention", dice_.Of<std::string>(
                          {R"("limits")", R"("interest")", R"("workqueue")"})}};
    if (dice_.Percent(25)) {
      stream_["consumer_limits"] =
          dice_.Of<std::string>({R"({"max_ack_pending":10})",
                                 R"({"inactive_threshold":7200000000000})",
                                 R"({"inactive_threshold":7200000000000,)"
                                 R"("max_ack_pending":10})"});
    }
    if (dice_.Percent(25)) {
      stream_["max_consumers"] = absl::StrCat(1 + dice_.Below(4));
    }
    draft_.Api("STREAM.CREATE.@A", Render(stream_));
    if (!dice_.Percent(60)) return;
    stored_ = 1 + dice_.Below(5);
    for (int i = 0; i < stored_; ++i) {
      draft_.Publish(dice_.Of<const char*>({"@.a", "@.b.c", "@.b.d"}), "data")
          .look = false;
    }
  }

  void Step() {
    const int kind = dice_.Below(100);
    if (kind < 72) return Create();
    if (kind < 82) return Named("INFO");
    if (kind < 88) return Named("DELETE");
    if (kind < 93) return UpdateStream();
    const char* all = dice_.Of<const char*>({"NAMES", "LIST"});
    std::string body;
    if (dice_.Percent(15)) {
      body = dice_.Of<const char*>({"{\"offset\":1}", "{\"offset\":99}", "{}",
                                    "x", "{", "[]", "{\"offset\":\"x\"}"});
    }
    draft_
        .Api(absl::StrCat("CONSUMER.", all,
                          dice_.Percent(95) ? ".@A" : ".@None"),
             body)
        .look = false;
  }

  // A call about one consumer.
  void Named(const char* call) {
    const char* stream = dice_.Percent(97) ? ".@A." : ".@None.";
    draft_
        .Api(absl::StrCat("CONSUMER.", call, stream, AnyName()),
             dice_.Percent(95) ? "" : dice_.Of<std::string>({"{}", "x", "[]"}))
        .look = dice_.Percent(50);
  }

  void UpdateStream() {
    if (dice_.Percent(50)) {
      stream_["consumer_limits"] =
          dice_.Of<std::string>({R"({"max_ack_pending":10})", "{}",
                                 R"({"inactive_threshold":7200000000000})"});
    } else {
      stream_["description"] = R"("new")";
    }
    draft_.Api("STREAM.UPDATE.@A", Render(stream_));
  }

  std::string AnyName() {
    return dice_.Of<const char*>({"A", "A", "A", "B", "B", "C", "D"});
  }

  // Nobody needs to know what older servers count when a consumer becomes
  // direct or ceases to be, nor how 2.10 numbers the deliveries of a direct one
  // that starts with the last message.
  static void KeepKind(bool is_direct, Fields& config) {
    config.erase("direct");
    if (!is_direct) return;
    config["direct"] = "true";
    const auto policy = config.find("deliver_policy");
    if (policy != config.end() && policy->second == R"("last")") {
      config.erase(policy);
    }
  }

  void Create() {
    const std::string name = AnyName();
    Fields config = dice_.Percent(60) && last_.count(name) > 0
                        ? Altered(last_[name])
                        : AnyConfig();
    KeepKind(name == "D", config);
    last_[name] = config;
    const std::string operation = AnySubject(name, config);
    if (dice_.Percent(3)) {
      config[dice_.Percent(50) ? "name" : "durable_name"] =
          dice_.Of<std::string>({R"("a b")", R"("a.b")", R"("*")", R"("")",
                                 R"("a\\b")", R"("a/b")", R"("a\tb")",
                                 Quoted(std::string(256, 'n'))});
    }
    Action& action = draft_.Api(operation, Body(config));
    action.look = dice_.Percent(20);
    if (dice_.Percent(2)) {
      action.headers.emplace_back("Nats-Required-Api-Level",
                                  dice_.Of<const char*>({"0", "1", "99", "x"}));
    }
    // Lists tell those whose name the server drew in an order of their own.
    if (absl::EndsWith(operation, ".@A")) {
      draft_.Api("CONSUMER.DELETE.@A.<e>").look = false;
    }
  }

  // One of the three, with the names that go with it.
  std::string AnySubject(const std::string& name, Fields& config) {
    const int form = dice_.Below(100);
    if (form < 65) {
      std::string operation = absl::StrCat("CONSUMER.CREATE.@A.", name);
      if (dice_.Percent(40)) config["durable_name"] = Quoted(name);
      if (dice_.Percent(5)) config["durable_name"] = "\"other\"";
      if (dice_.Percent(20)) config["name"] = Quoted(AnyName());
      if (dice_.Percent(20)) absl::StrAppend(&operation, FilterToken(config));
      return operation;
    }
    if (form < 85) {
      if (dice_.Percent(95)) config["durable_name"] = Quoted(name);
      if (dice_.Percent(10)) config["name"] = Quoted(AnyName());
      if (dice_.Percent(5)) config["durable_name"] = Quoted(AnyName());
      return absl::StrCat("CONSUMER.DURABLE.CREATE.@A.", name);
    }
    if (dice_.Percent(90)) config["name"] = Quoted(name);
    if (dice_.Percent(5)) config["durable_name"] = Quoted(name);
    if (dice_.Percent(3)) config["name"] = R"("a/b")";
    return "CONSUMER.CREATE.@A";
  }

  // What may follow the name.
  std::string FilterToken(const Fields& config) {
    const auto found = config.find("filter_subject");
    std::string filter = "@.a";
    if (found != config.end() && found->second.size() > 2 &&
        dice_.Percent(80)) {
      filter = found->second.substr(1, found->second.size() - 2);
    }
    if (absl::StrContains(filter, ' ') || absl::StrContains(filter, "..")) {
      return "";
    }
    return absl::StrCat(".", filter);
  }

  std::string Body(const Fields& config) {
    Fields body = {{"stream_name", R"("@A")"}, {"config", Render(config)}};
    if (dice_.Percent(35)) {
      body["action"] =
          dice_.Of<std::string>({R"("create")", R"("update")", R"("")"});
    }
    if (dice_.Percent(12)) body["pedantic"] = "true";
    if (dice_.Percent(1)) body["pedantic"] = dice_.Of(OddValues());
    if (dice_.Percent(2)) {
      body["action"] = dice_.Of<std::string>({R"("x")", "1", "null", "{}"});
    }
    if (dice_.Percent(1)) body["extra"] = dice_.Of(OddValues());
    if (dice_.Percent(1)) {
      body["stream_name"] = dice_.Of<std::string>({R"("x")", "1"});
    }
    if (dice_.Percent(1)) body.erase("stream_name");
    if (dice_.Percent(1)) body["config"] = dice_.Of(OddValues());
    if (dice_.Percent(1)) body.erase("config");
    std::string text = Render(body);
    if (dice_.Percent(1)) text.pop_back();
    if (dice_.Percent(1)) {
      text = dice_.Of<const char*>({"", "{}", "[]", "null", "x", "1"});
    }
    return text;
  }

  void Choose(const std::vector<Choice>& choices, int bad, Fields& config) {
    for (const Choice& choice : choices) {
      if (!dice_.Percent(choice.percent)) continue;
      config[choice.field] =
          dice_.Of(dice_.Percent(bad) ? choice.bad : choice.good);
    }
  }

  Fields AnyConfig() {
    const int bad = dice_.Percent(50) ? 0 : 12;
    Fields config;
    Choose(AllChoices(), bad, config);
    Choose(dice_.Percent(40) ? PushChoices() : PullChoices(), bad, config);
    if (dice_.Percent(90)) Repair(config);
    return config;
  }

  // The same but for a field or two, or for nothing.
  Fields Altered(Fields config) {
    for (int changes = dice_.Below(3); changes > 0; --changes) {
      const int kind = dice_.Below(100);
      if (kind < 35 && !config.empty()) {
        auto field = config.begin();
        std::advance(field, dice_.Below(static_cast<int>(config.size())));
        config.erase(field);
      } else if (kind < 95) {
        const std::vector<Choice>& choices =
            dice_.Percent(60)                     ? AllChoices()
            : config.count("deliver_subject") > 0 ? PushChoices()
                                                  : PullChoices();
        const Choice& choice =
            choices[dice_.Below(static_cast<int>(choices.size()))];
        config[choice.field] =
            dice_.Of(dice_.Percent(15) ? choice.bad : choice.good);
      } else if (kind < 97) {
        config[AllChoices()[dice_.Below(20)].field] = dice_.Of(OddValues());
      } else if (kind < 98) {
        config["extra"] = dice_.Of(OddValues());
      }
    }
    if (dice_.Percent(70)) Repair(config);
    return config;
  }

  // What goes together, so that most are not refused for the same few reasons.
  void Repair(Fields& config) {
    const std::string policy = config["deliver_policy"];
    if (policy.empty()) config.erase("deliver_policy");
    if (policy == R"("by_start_sequence")") {
      // Where a consumer ahead of an empty stream is deleted, some servers say
      // that it begins at 1 and others at 0.
      config["opt_start_seq"] = stored_ == 0 ? "1" : "2";
    } else {
      config.erase("opt_start_seq");
    }
    if (policy != R"("by_start_time")") {
      config.erase("opt_start_time");
    } else if (config.count("opt_start_time") == 0) {
      config["opt_start_time"] = R"("2020-01-02T03:04:05Z")";
    }
    if (policy == R"("last_per_subject")" &&
        config.count("filter_subjects") == 0) {
      config["filter_subject"] = R"("@.>")";
    }
    if (config.count("filter_subject") > 0) config.erase("filter_subjects");
    if (config.count("flow_control") > 0 &&
        config.count("deliver_subject") > 0 &&
        config.count("idle_heartbeat") == 0) {
      config["idle_heartbeat"] = "1000000000";
    }
    if (config.count("priority_policy") > 0) {
      config["priority_groups"] = R"(["g"])";
    }
    if (config.count("deliver_subject") > 0 &&
        config.count("max_ack_pending") > 0 &&
        config.count("ack_policy") == 0) {
      config["ack_policy"] = R"("explicit")";
    }
    if (config.count("backoff") > 0) config.erase("max_deliver");
  }

  Draft& draft_;
  Dice& dice_;
  Fields stream_;
  int stored_ = 0;
  std::map<std::string, Fields> last_;
};

}  // namespace

void GenerateConsumerConfig(Draft& draft) { ConfigProgram(draft).Make(); }

}  // namespace windtunnel::conform
