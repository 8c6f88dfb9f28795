// The streams and consumers of programs for the reference model.

#include <algorithm>

#include "tests/property/reference_program_maker.h"

namespace windtunnel::conform {

void ReferenceProgramMaker::Limits(Json& config) {
  if (dice_.Percent(22)) config["max_msgs"] = Between(1, 6);
  if (dice_.Percent(22)) config["max_msgs_per_subject"] = Between(1, 3);
  if (dice_.Percent(15)) config["max_bytes"] = Between(60, 260);
  if (dice_.Percent(6)) config["max_msg_size"] = Between(4, 40);
  if (dice_.Percent(18)) config["max_age"] = Millis({100, 200, 350, 1000});
  if (dice_.Percent(35)) config["duplicate_window"] = Millis({100, 150, 400});
  if (dice_.Percent(30)) config["discard"] = "new";
  if (dice_.Percent(25)) config["discard_new_per_subject"] = true;
  if (config.value("discard_new_per_subject", false) && dice_.Percent(90)) {
    config["discard"] = "new";
    config["max_msgs_per_subject"] = Between(1, 2);
  }
  if (config.contains("max_age") && config.contains("duplicate_window") &&
      dice_.Percent(95) && config["duplicate_window"] > config["max_age"]) {
    config["duplicate_window"] = config["max_age"];
  }
}

void ReferenceProgramMaker::CreateStream(const std::string& name) {
  Json config = {
      {"name", "@" + name},
      {"subjects", {name == "A" ? "@.a.>" : "@.b.>"}},
      {"retention", dice_.Of({"limits", "limits", "interest", "workqueue"})},
      {"storage", dice_.Of({"memory", "file"})}};
  Limits(config);
  if (dice_.Percent(50)) config["allow_rollup_hdrs"] = true;
  if (dice_.Percent(40)) config["allow_direct"] = true;
  if (dice_.Percent(3)) config["deny_delete"] = true;
  if (dice_.Percent(3)) config["deny_purge"] = true;
  if (dice_.Percent(2)) config["no_ack"] = true;
  if (dice_.Percent(6)) config["first_seq"] = Between(1, 9);
  if (dice_.Percent(4)) config["max_consumers"] = 1;
  if (dice_.Percent(2)) config["max_age"] = 99'999'999;
  draft_.Api("STREAM.CREATE.@" + name, config);
  Done();
  if (Hosted(name) != nullptr && configs_.count(name) == 0)
    configs_[name] = config;
  if (Hosted(name) == nullptr && name == "A") CreateStream(name);
}

void ReferenceProgramMaker::UpdateStream() {
  const std::string name = Stream();
  Json& config = configs_[name];
  Json changed = config;
  for (const char* limit :
       {"max_msgs", "max_msgs_per_subject", "max_bytes", "max_age",
        "duplicate_window", "discard", "discard_new_per_subject"}) {
    if (dice_.Percent(25)) changed.erase(limit);
  }
  Limits(changed);
  if (dice_.Percent(8)) changed["retention"] = dice_.Of({"limits", "interest"});
  if (dice_.Percent(3)) changed["storage"] = "memory";
  if (dice_.Percent(10)) changed["description"] = "d";
  if (dice_.Percent(5))
    changed["deny_purge"] = !changed.value("deny_purge", false);
  if (dice_.Percent(5))
    changed["deny_delete"] = !changed.value("deny_delete", false);
  draft_.Api((dice_.Percent(95) ? "STREAM.UPDATE.@" : "STREAM.CREATE.@") + name,
             changed);
  Done();
  const ReferenceStream* hosted = Hosted(name);
  Json named = Json::parse(Named(changed.dump()));
  if (hosted != nullptr &&
      ToJson(hosted->config()) == ToJson(StreamConfigOf(named))) {
    config = changed;
  }
}

void ReferenceProgramMaker::Waits(Json& config) {
  if (dice_.Percent(90)) config["ack_wait"] = Millis({30, 50, 100, 200});
  if (dice_.Percent(20)) {
    std::vector<std::int64_t> steps;
    const int count = Between(1, 3);
    for (int i = 0; i < count; ++i) steps.push_back(Millis({20, 40, 90, 150}));
    std::sort(steps.begin(), steps.end());
    config["backoff"] = steps;
  }
  if (dice_.Percent(45)) config["max_deliver"] = Between(1, 3);
  if (dice_.Percent(35)) config["max_ack_pending"] = Between(1, 3);
}

void ReferenceProgramMaker::Positions(Json& config, const std::string& stream) {
  const std::string policy =
      dice_.Of({"all", "new", "last", "by_start_sequence", "by_start_time",
                "last_per_subject", "last_per_subject"});
  config["deliver_policy"] = policy;
  if (policy == "by_start_sequence") {
    config["opt_start_seq"] = std::max<Sequence>(SequenceIn(stream), 1);
  } else if (policy == "by_start_time") {
    Nanos time = model_.now();
    const ReferenceStream* hosted = Hosted(stream);
    if (hosted != nullptr && !hosted->messages().empty()) {
      const int count = static_cast<int>(hosted->messages().size());
      time = hosted->messages()[dice_.Below(count)].time + Between(-1, 1);
    }
    config["opt_start_time"] = TimeInWords(time);
  } else if (policy == "last_per_subject" && dice_.Percent(95)) {
    config["filter_subject"] = Filter(stream);
  }
}

void ReferenceProgramMaker::RequestLimits(Json& config) {
  if (dice_.Percent(8)) config["max_waiting"] = Between(1, 2);
  if (dice_.Percent(6)) config["max_batch"] = Between(1, 3);
  if (dice_.Percent(6)) config["max_bytes"] = 150;
  if (dice_.Percent(6)) config["max_expires"] = Millis({20, 60});
  if (dice_.Percent(8)) config["headers_only"] = true;
}

void ReferenceProgramMaker::SendConsumer(const std::string& name,
                                         const char* action) {
  const auto& [stream, config] = consumers_[name];
  Json request = {{"stream_name", "@" + stream}, {"config", config}};
  if (*action != '\0') request["action"] = action;
  draft_.Api(absl::StrCat("CONSUMER.CREATE.@", stream, ".", name), request);
  Done();
}

void ReferenceProgramMaker::CreateConsumer(const std::string& name) {
  const std::string stream = Stream();
  const bool queue = configs_[stream].value("retention", "") == "workqueue";
  Json config = {
      {"durable_name", name},
      {"ack_policy", dice_.Of({"explicit", "explicit", "explicit", "explicit",
                               "explicit", "all", "none"})}};
  if (queue && dice_.Percent(95)) config["ack_policy"] = "explicit";
  if (dice_.Percent(queue ? 3 : 40)) Positions(config, stream);
  if (dice_.Percent(35)) config["filter_subject"] = Filter(stream);
  if (dice_.Percent(8)) {
    config.erase("filter_subject");
    config["filter_subjects"] = {Filter(stream), Filter(stream)};
  }
  Waits(config);
  RequestLimits(config);
  consumers_[name] = {stream, config};
  SendConsumer(name, dice_.Percent(30) ? "create" : "");
  const auto& hosted = model_.streams().at(kModelName + stream).consumers;
  if (hosted.count(name) == 0) consumers_.erase(name);
}

void ReferenceProgramMaker::UpdateConsumer() {
  const std::string name = Consumer();
  if (consumers_.count(name) == 0) return CreateConsumer(name);
  const Json before = consumers_[name].second;
  Json& config = consumers_[name].second;
  if (dice_.Percent(50)) config["ack_wait"] = Millis({30, 50, 100, 200});
  if (dice_.Percent(40)) config["max_ack_pending"] = Between(1, 4);
  if (dice_.Percent(15)) config["description"] = "d";
  if (dice_.Percent(15)) config["headers_only"] = true;
  if (dice_.Percent(5)) config["ack_policy"] = "none";
  if (config.contains("max_deliver") && dice_.Percent(30)) {
    config["max_deliver"] = config["max_deliver"].get<int>() + 1;
  }
  SendConsumer(name, dice_.Of<const char*>({"", "", "update", "create"}));
  const auto& hosted = model_.streams()
                           .at(kModelName + consumers_[name].first)
                           .consumers.at(name);
  if (ToJson(hosted->config()) !=
      ToJson(ConsumerConfigOf(Json::parse(Named(config.dump()))))) {
    consumers_[name].second = before;
  }
}

}  // namespace windtunnel::conform
