// Configurations in the reference model. Only what its programs can ask for.

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "tests/property/reference_model.h"

namespace windtunnel::conform {
namespace {

using Json = nlohmann::json;

std::int64_t Limit(const Json& json, const char* name) {
  const std::int64_t value = json.value(name, std::int64_t{0});
  return value <= 0 ? -1 : value;  // STR-015, STR-016.
}

ReferenceError Invalid(const std::string& why) { return {10052, 500, why}; }

// STR-048, CON-065.
Json Metadata() {
  return {
      {"_nats.level", "5"}, {"_nats.req.level", "0"}, {"_nats.ver", "2.15.1"}};
}

}  // namespace

ReferenceStreamConfig StreamConfigOf(const Json& json) {
  ReferenceStreamConfig config;  // STR-013.
  config.name = json.value("name", "");
  config.description = json.value("description", "");
  config.subjects = json.value("subjects", std::vector<std::string>{});
  if (config.subjects.empty()) config.subjects = {config.name};  // STR-030.
  config.retention = json.value("retention", "limits");
  config.memory = json.value("storage", "file") == "memory";
  config.max_messages = Limit(json, "max_msgs");
  config.max_messages_per_subject = Limit(json, "max_msgs_per_subject");
  config.max_bytes = Limit(json, "max_bytes");
  config.max_message_size = Limit(json, "max_msg_size");
  config.max_consumers = Limit(json, "max_consumers");
  config.max_age = json.value("max_age", Nanos{0});
  config.duplicate_window = json.value("duplicate_window", Nanos{0});
  if (config.duplicate_window == 0) {  // STR-021.
    config.duplicate_window = 120'000 * kMillisecond;
    if (config.max_age > 0) {
      config.duplicate_window =
          std::min(config.duplicate_window, config.max_age);
    }
  }
  config.discard_new = json.value("discard", "old") == "new";
  config.discard_new_per_subject = json.value("discard_new_per_subject", false);
  config.no_ack = json.value("no_ack", false);
  config.deny_delete = json.value("deny_delete", false);
  config.deny_purge = json.value("deny_purge", false);
  config.allow_rollup = json.value("allow_rollup_hdrs", false);
  config.allow_direct = json.value("allow_direct", false);
  config.first_sequence = json.value("first_seq", Sequence{0});
  return config;
}

ReferenceError StreamConfigError(const ReferenceStreamConfig& config) {
  if (config.max_age != 0 && config.max_age < 100 * kMillisecond) {
    return Invalid("max age needs to be >= 100ms");  // STR-017.
  }
  if (config.max_age != 0 && config.duplicate_window > config.max_age) {
    return Invalid(
        "duplicates window can not be larger then max age");  // STR-024.
  }
  if (config.duplicate_window < 100 * kMillisecond) {
    return Invalid("duplicates window needs to be >= 100ms");  // STR-019.
  }
  if (config.deny_purge && config.allow_rollup) {
    return Invalid("roll-ups require the purge permission");  // STR-041.
  }
  if (config.discard_new_per_subject && !config.discard_new) {
    return Invalid(  // STR-042.
        "discard new per subject requires discard new policy to be set");
  }
  if (config.discard_new_per_subject && config.max_messages_per_subject <= 0) {
    return Invalid(  // STR-043.
        "discard new per subject requires max msgs per subject > 0");
  }
  return {};
}

ReferenceError StreamUpdateError(const ReferenceStreamConfig& old,
                                 const ReferenceStreamConfig& config) {
  if (old.memory != config.memory) {  // STR-079.
    return Invalid("stream configuration update can not change storage type");
  }
  if (old.retention != config.retention &&
      (old.retention == "workqueue" ||
       config.retention == "workqueue")) {  // STR-081.
    return Invalid(
        "stream configuration update can not change retention policy to/from "
        "workqueue");
  }
  if (old.deny_delete && !config.deny_delete) {  // STR-085.
    return Invalid(
        "stream configuration update can not cancel deny message deletes");
  }
  if (old.deny_purge && !config.deny_purge) {  // STR-086.
    return Invalid("stream configuration update can not cancel deny purge");
  }
  return {};
}

// STR-014: what is left out when it is not set.
Json ToJson(const ReferenceStreamConfig& config) {
  Json json = {{"name", config.name},
               {"subjects", config.subjects},
               {"retention", config.retention},
               {"max_consumers", config.max_consumers},
               {"max_msgs", config.max_messages},
               {"max_bytes", config.max_bytes},
               {"max_age", config.max_age},
               {"max_msgs_per_subject", config.max_messages_per_subject},
               {"max_msg_size", config.max_message_size},
               {"discard", config.discard_new ? "new" : "old"},
               {"storage", config.memory ? "memory" : "file"},
               {"num_replicas", 1},
               {"duplicate_window", config.duplicate_window},
               {"compression", "none"},
               {"allow_direct", config.allow_direct},
               {"mirror_direct", false},
               {"sealed", false},
               {"deny_delete", config.deny_delete},
               {"deny_purge", config.deny_purge},
               {"allow_rollup_hdrs", config.allow_rollup},
               {"allow_msg_ttl", false},
               {"consumer_limits", Json::object()},
               {"metadata", Metadata()}};
  if (config.discard_new_per_subject) json["discard_new_per_subject"] = true;
  if (config.no_ack) json["no_ack"] = true;
  if (config.first_sequence > 0) json["first_seq"] = config.first_sequence;
  if (!config.description.empty()) json["description"] = config.description;
  return json;
}

ReferenceConsumerConfig ConsumerConfigOf(const Json& json) {
  ReferenceConsumerConfig config;
  config.name = json.value("durable_name", "");
  config.description = json.value("description", "");
  config.deliver_policy = json.value("deliver_policy", "all");
  config.ack_policy = json.value("ack_policy", "none");
  config.start_sequence = json.value("opt_start_seq", Sequence{0});
  if (const std::string time = json.value("opt_start_time", "");
      !time.empty()) {
    absl::Time start;
    absl::ParseTime(absl::RFC3339_full, time, &start, nullptr);
    config.start_time = absl::ToUnixNanos(start);
  }
  if (json.contains("filter_subject"))
    config.filters = {json["filter_subject"]};
  if (json.contains("filter_subjects")) {
    config.filters = json["filter_subjects"].get<std::vector<std::string>>();
    config.filter_list = true;
  }
  config.ack_wait = json.value("ack_wait", Nanos{0});
  if (config.ack_wait == 0 && config.ack_policy != "none") {
    config.ack_wait = 30'000 * kMillisecond;  // CON-028.
  }
  config.backoff = json.value("backoff", std::vector<Nanos>{});
  if (!config.backoff.empty())
    config.ack_wait = config.backoff.front();       // CON-031.
  config.max_deliver = Limit(json, "max_deliver");  // CON-030.
  config.max_ack_pending = json.value("max_ack_pending", std::int64_t{0});
  if (config.max_ack_pending == 0 && config.ack_policy != "none") {
    config.max_ack_pending = 1000;  // CON-035.
  }
  config.max_waiting = json.value("max_waiting", std::int64_t{0});
  if (config.max_waiting == 0) config.max_waiting = 512;  // CON-038.
  config.max_batch = json.value("max_batch", std::int64_t{0});
  config.max_bytes = json.value("max_bytes", std::int64_t{0});
  config.max_expires = json.value("max_expires", Nanos{0});
  config.headers_only = json.value("headers_only", false);
  return config;
}

namespace {

// CON-069 to CON-075.
ReferenceError StartError(const ReferenceConsumerConfig& config) {
  const bool sequence = config.start_sequence > 0;
  const bool time = config.start_time.has_value();
  const auto wrong = [](const std::string& policy, const std::string& start) {
    return ReferenceError{10094, 400,
                          absl::StrCat("consumer delivery policy is deliver ",
                                       policy, ", but optional ", start)};
  };
  if (config.deliver_policy == "by_start_sequence") {
    if (!sequence)
      return wrong("by start sequence", "start sequence is not set");
    if (time) return wrong("by start sequence", "start time is also set");
    return {};
  }
  if (config.deliver_policy == "by_start_time") {
    if (!time) return wrong("by start time", "start time is not set");
    if (sequence)
      return wrong("by start time", "start start sequence is also set");
    return {};
  }
  const bool per_subject = config.deliver_policy == "last_per_subject";
  const std::string policy =
      per_subject ? "last per subject" : config.deliver_policy;
  if (sequence) return wrong(policy, "start sequence is also set");
  if (time) return wrong(policy, "start time is also set");
  if (per_subject && config.filters.empty()) {
    return wrong(policy, "filter subject is not set");
  }
  return {};
}

}  // namespace

ReferenceError ConsumerConfigError(const ReferenceConsumerConfig& config,
                                   bool work_queue) {
  const std::int64_t steps = static_cast<std::int64_t>(config.backoff.size());
  if (config.max_deliver != -1 && steps > config.max_deliver) {  // CON-032.
    return {10116, 400,
            "max deliver is required to be > length of backoff values"};
  }
  if (work_queue && config.ack_policy == "none") {  // CON-085.
    return {10084, 400,
            "consumer in pull mode requires explicit ack policy on workqueue "
            "stream"};
  }
  for (const std::string& one : config.filters) {
    for (const std::string& other : config.filters) {
      if (&one != &other && FilterCovers(one, other)) {  // CON-048.
        return {10138, 400, "consumer subject filters cannot overlap"};
      }
    }
  }
  return StartError(config);
}

// CON-102, in this order.
ReferenceError ConsumerUpdateError(const ReferenceConsumerConfig& old,
                                   const ReferenceConsumerConfig& config) {
  const auto refused = [](const std::string& what) {
    return ReferenceError{10012, 500,
                          absl::StrCat(what, " can not be updated")};
  };
  if (old.deliver_policy != config.deliver_policy)
    return refused("deliver policy");
  if (old.start_sequence != config.start_sequence)
    return refused("start sequence");
  if (old.start_time != config.start_time) return refused("start time");
  if (old.ack_policy != config.ack_policy) return refused("ack policy");
  if (old.max_waiting != config.max_waiting) return refused("max waiting");
  return {};
}

// 1.2: the rest is left out when it is not set.
Json ToJson(const ReferenceConsumerConfig& config) {
  Json json = {{"durable_name", config.name},
               {"name", config.name},
               {"deliver_policy", config.deliver_policy},
               {"ack_policy", config.ack_policy},
               {"max_deliver", config.max_deliver},
               {"replay_policy", "instant"},
               {"num_replicas", 0},
               {"max_waiting", config.max_waiting},
               {"metadata", Metadata()}};
  if (!config.description.empty()) json["description"] = config.description;
  if (config.start_sequence > 0) json["opt_start_seq"] = config.start_sequence;
  if (config.start_time.has_value()) {
    json["opt_start_time"] = TimeInWords(config.start_time);
  }
  if (config.filter_list) {
    json["filter_subjects"] = config.filters;
  } else if (!config.filters.empty()) {
    json["filter_subject"] = config.filters.front();
  }
  if (config.ack_wait > 0) json["ack_wait"] = config.ack_wait;
  if (!config.backoff.empty()) json["backoff"] = config.backoff;
  if (config.max_ack_pending != 0)
    json["max_ack_pending"] = config.max_ack_pending;
  if (config.max_batch > 0) json["max_batch"] = config.max_batch;
  if (config.max_bytes > 0) json["max_bytes"] = config.max_bytes;
  if (config.max_expires > 0) json["max_expires"] = config.max_expires;
  if (config.headers_only) json["headers_only"] = true;
  return json;
}

}  // namespace windtunnel::conform
