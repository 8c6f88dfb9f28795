// Configurations of consumers agree: random requests to create and to update
// consumers, good and bad, as raw JSON by all three subjects, on the simulator
// and on a live server. Every answer must be equal as JSON, but for what no two
// servers share: times and names that the server drew.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/property/consumer_config_choices.h"
#include "tests/property/dice.h"
#include "tests/property/versions.h"
#include "windtunnel/client_testing.h"
#include "windtunnel/connection.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/stream.h"
#include "windtunnel/testing/world.h"

namespace windtunnel {
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

// One run of the program that `seed` stands for.
class ConfigRun {
 public:
  ConfigRun(World& world, int seed)
      : dice_(static_cast<std::uint32_t>(seed)),
        stream_(absl::StrCat("STREAM", seed)),
        connection_(world.Connect(stream_).value()) {}

  // What was asked and answered, step by step.
  std::vector<std::string> Do() {
    MakeStream();
    for (int step = 0; step < kSteps; ++step) Step();
    Ask(absl::StrCat("CONSUMER.LIST.", stream_), "");
    Ask(absl::StrCat("STREAM.DELETE.", stream_), "");
    return std::move(seen_);
  }

 private:
  // Asks the API and notes the answer.
  std::string Ask(const std::string& operation, const std::string& body,
                  const Headers& headers = {}) {
    const auto answer =
        connection_->Request({.subject = absl::StrCat("$JS.API.", operation),
                              .headers = headers,
                              .data = body},
                             {.timeout = absl::Seconds(4)});
    const std::string text =
        answer.ok() ? answer->data : answer.status().ToString();
    seen_.push_back(absl::StrCat(operation, " ", body.substr(0, 2000), ": ",
                                 Sorted(WithoutOwn(text))));
    return text;
  }

  // Fields in one order, which is not the same in all versions.
  static std::string Sorted(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr,
                                            /*allow_exceptions=*/false);
    return json.is_discarded() ? text : json.dump();
  }

  // Without what is each server's own.
  static std::string WithoutOwn(const std::string& text) {
    static const std::regex kOwn(
        R"re("(created|ts|first_ts|last_ts|name|leader)":)re"
        R"re("([-0-9T:.]+Z|([A-D]-)?[0-9A-Za-z]{8})"|"(pause_remaining)":\d+)re");
    // Where a limit is violated by several, they come in any order.
    static const std::regex kViolators("violates consumers: [^\"]*");
    // An interest stream that never had a message begins at 0 or at 1.
    static const std::regex kUnused(R"re("first_seq":1,(.*"last_seq":0))re");
    std::string result = std::regex_replace(text, kOwn, "\"$1$4\":\"-\"");
    result = std::regex_replace(result, kViolators, "-");
    return std::regex_replace(result, kUnused, "\"first_seq\":0,$1");
  }

  void MakeStream() {
    config_ = {{"name", absl::StrCat("\"", stream_, "\"")},
               {"subjects",
                dice_.Of({R"(["s.>"])", R"(["s.>"])", R"(["s.a","s.b.*"])"})},
               {"storage", "\"memory\""},
               {"retention",
                dice_.Of({R"("limits")", R"("interest")", R"("workqueue")"})}};
    if (dice_.Percent(25)) {
      config_["consumer_limits"] =
          dice_.Of({R"({"max_ack_pending":10})",
                    R"({"inactive_threshold":7200000000000})",
                    R"({"inactive_threshold":7200000000000,)"
                    R"("max_ack_pending":10})"});
    }
    if (dice_.Percent(25)) {
      config_["max_consumers"] = absl::StrCat(1 + dice_.Below(4));
    }
    Ask(absl::StrCat("STREAM.CREATE.", stream_), Render(config_));
    if (dice_.Percent(60)) Publish();
  }

  void Step() {
    const int kind = dice_.Below(100);
    if (kind < 72) {
      Create();
      if (dice_.Percent(20)) NoteState();
      return;
    }
    if (kind < 82) {
      Ask(absl::StrCat("CONSUMER.INFO.", stream_, ".", AnyName()), "");
      return;
    }
    if (kind < 88) {
      Ask(absl::StrCat("CONSUMER.DELETE.", stream_, ".", AnyName()), "");
      return;
    }
    if (kind < 92) return UpdateStream();
    if (kind < 94) {
      return NoteState();
    }
    Ask(absl::StrCat("CONSUMER.", dice_.Of({"NAMES", "LIST"}), ".", stream_),
        "");
  }

  void NoteState() {
    const auto info = connection_->jetstream().GetStreamInfo(stream_);
    if (!info.ok()) {
      seen_.push_back(info.status().ToString());
      return;
    }
    const StreamState& state = info->state;
    seen_.push_back(absl::StrCat("state: messages ", state.messages, ", first ",
                                 state.last_seq == 0 ? 0 : state.first_seq,
                                 ", last ", state.last_seq, ", consumers ",
                                 state.consumer_count));
  }

  void Publish() {
    for (int count = 1 + dice_.Below(5); count > 0; --count) {
      const auto answer = connection_->Request(
          {.subject = dice_.Of({"s.a", "s.b.c", "s.b.d"}), .data = "data"});
      seen_.push_back(
          absl::StrCat("publish: ", answer.ok() ? answer->data
                                                : answer.status().ToString()));
    }
  }

  void UpdateStream() {
    if (dice_.Percent(50)) {
      config_["consumer_limits"] =
          dice_.Of({R"({"max_ack_pending":10})", "{}",
                    R"({"inactive_threshold":7200000000000})"});
    } else {
      config_["description"] = R"("new")";
    }
    Ask(absl::StrCat("STREAM.UPDATE.", stream_), Render(config_));
  }

  std::string AnyName() {
    return dice_.Of({"A", "A", "A", "B", "B", "C", "D"});
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
    const int form = dice_.Below(100);
    std::string operation;
    if (form < 65) {
      operation = absl::StrCat("CONSUMER.CREATE.", stream_, ".", name);
      if (dice_.Percent(40)) config["durable_name"] = Quoted(name);
      if (dice_.Percent(5)) config["durable_name"] = "\"other\"";
      if (dice_.Percent(20)) config["name"] = Quoted(AnyName());
      if (dice_.Percent(20)) {
        std::string filter = config["filter_subject"];
        if (config["filter_subject"].empty()) config.erase("filter_subject");
        filter = filter.size() > 2 && dice_.Percent(80)
                     ? filter.substr(1, filter.size() - 2)
                     : "s.a";
        if (filter.find(' ') == std::string::npos &&
            filter.find("..") == std::string::npos) {
          absl::StrAppend(&operation, ".", filter);
        }
      }
    } else if (form < 85) {
      operation = absl::StrCat("CONSUMER.DURABLE.CREATE.", stream_, ".", name);
      if (dice_.Percent(95)) config["durable_name"] = Quoted(name);
      if (dice_.Percent(10)) config["name"] = Quoted(AnyName());
      if (dice_.Percent(5)) config["durable_name"] = Quoted(AnyName());
    } else {
      operation = absl::StrCat("CONSUMER.CREATE.", stream_);
      config["name"] = Quoted(name);
      if (dice_.Percent(5)) config["durable_name"] = Quoted(name);
      if (dice_.Percent(3)) config["name"] = R"("a/b")";
    }
    if (dice_.Percent(3)) {
      config[dice_.Percent(50) ? "name" : "durable_name"] = dice_.Of(
          {R"("a b")", R"("a.b")", R"("*")", R"("")", R"("a\\b")", R"("a/b")",
           R"("a\tb")", absl::StrCat("\"", std::string(256, 'n'), "\"")});
    }
    const std::string answer = Ask(operation, Body(config), AnyHeaders());
    // One whose name the server drew cannot be told in a list.
    static const std::regex kDrawn(
        R"re("name":"(([A-D]-)?[0-9A-Za-z]{8})","created")re");
    std::smatch drawn;
    if (std::regex_search(answer, drawn, kDrawn)) {
      connection_->jetstream()
          .DeleteConsumer(stream_, drawn[1].str())
          .IgnoreError();
    }
  }

  static std::string Quoted(const std::string& text) {
    return absl::StrCat("\"", text, "\"");
  }

  Headers AnyHeaders() {
    Headers headers;
    if (dice_.Percent(2)) {
      headers.Add("Nats-Required-Api-Level", dice_.Of({"0", "1", "99", "x"}));
    }
    return headers;
  }

  std::string Body(const Fields& config) {
    Fields body = {{"stream_name", Quoted(stream_)},
                   {"config", Render(config)}};
    if (dice_.Percent(35)) {
      body["action"] = dice_.Of({R"("create")", R"("update")", R"("")"});
    }
    if (dice_.Percent(12)) body["pedantic"] = "true";
    if (dice_.Percent(1)) body["pedantic"] = dice_.Of(OddValues());
    if (dice_.Percent(2)) {
      body["action"] = dice_.Of({R"("x")", "1", "null", "{}"});
    }
    if (dice_.Percent(1)) body["extra"] = dice_.Of(OddValues());
    if (dice_.Percent(1)) body["stream_name"] = dice_.Of({R"("x")", "1"});
    if (dice_.Percent(1)) body.erase("stream_name");
    if (dice_.Percent(1)) body["config"] = dice_.Of(OddValues());
    if (dice_.Percent(1)) body.erase("config");
    std::string text = Render(body);
    if (dice_.Percent(1)) text.pop_back();
    if (dice_.Percent(1)) text = dice_.Of({"", "{}", "[]", "null", "x", "1"});
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
      config["opt_start_seq"] = "2";
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
      config["filter_subject"] = R"("s.>")";
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

  Dice dice_;
  const std::string stream_;
  std::unique_ptr<Connection> connection_;
  Fields config_;  // Of the stream.
  std::map<std::string, Fields> last_;
  std::vector<std::string> seen_;
};

class LiveConsumerConfig : public testing::TestWithParam<ServerVersion> {
 protected:
  void Compare(const WorldOptions& options, int first_seed, int programs) {
    const std::unique_ptr<World> simulated =
        SimulatedWorld(GetParam(), options)();
    const std::unique_ptr<World> live = LiveWorld(GetParam(), options)();
    ASSERT_NE(live, nullptr) << "scripts/nats-servers gets the live servers";
    for (int seed = first_seed; seed < first_seed + programs; ++seed) {
      const std::vector<std::string> expected = ConfigRun(*live, seed).Do();
      const std::vector<std::string> got = ConfigRun(*simulated, seed).Do();
      std::string story;
      for (std::size_t i = 0; i < expected.size() && i < got.size(); ++i) {
        absl::StrAppend(&story, "\n  ", expected[i]);
        ASSERT_EQ(got[i], expected[i]) << "seed " << seed << ":" << story;
      }
      ASSERT_EQ(got.size(), expected.size()) << "seed " << seed;
    }
  }
};

TEST_P(LiveConsumerConfig, SimulatorAgreesWithLiveServer) {
  Compare({}, /*first_seed=*/30'000, /*programs=*/40);
}

TEST_P(LiveConsumerConfig, SimulatorAgreesUnderLimits) {
  WorldOptions options;
  options.jetstream.limits.max_ack_pending = 50;
  options.jetstream.limits.max_request_batch = 10;
  options.jetstream.account.max_ack_pending = 40;
  options.jetstream.account.max_consumers = 2;
  Compare(options, /*first_seed=*/40'000, /*programs=*/15);
}

INSTANTIATE_TEST_SUITE_P(Versions, LiveConsumerConfig, AllVersions(), VersionName);

}  // namespace
}  // namespace windtunnel
