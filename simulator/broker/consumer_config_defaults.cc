#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/api/time_text.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/consumer_config.h"
#include "simulator/broker/consumer_config_rules.h"

namespace windtunnel::broker {

namespace {

using catalogue::Make;

constexpr std::int64_t kDefaultMaxAckPending = 1000;
constexpr std::int64_t kDefaultMaxWaiting = 512;
constexpr absl::Duration kDefaultAckWait = absl::Seconds(30);
constexpr absl::Duration kDefaultPriorityTimeout = absl::Minutes(2);  // GRP-009

Refusal Pedantic(absl::string_view text) {
  return Make(catalogue::kPedantic, text);
}

// CON-030, CON-035, CON-038 to CON-042, CON-052, CON-059, CON-121, CON-122. In
// the server's order.
Refusal NormalizeNegatives(bool pedantic, ConsumerConfig& config) {
  Refusal refusal;
  const auto unlimited = [&](absl::string_view name, std::int64_t& value) {
    if (value >= -1) return;
    value = -1;
    if (!refusal) refusal = Pedantic(absl::StrCat(name, " must be set to -1"));
  };
  const auto positive = [&](absl::string_view name, auto& value) {
    if (value >= std::decay_t<decltype(value)>()) return;
    value = {};
    if (!refusal) {
      refusal = Pedantic(absl::StrCat(name, " must not be negative"));
    }
  };
  unlimited("max_deliver", config.max_deliver);
  positive("max_waiting", config.max_waiting);
  unlimited("max_ack_pending", config.max_ack_pending);
  positive("max_batch", config.max_batch);
  positive("max_expires", config.max_expires);
  positive("max_bytes", config.max_bytes);
  positive("idle_heartbeat", config.idle_heartbeat);
  positive("inactive_threshold", config.inactive_threshold);
  positive("priority_timeout", config.priority_timeout);
  return pedantic ? refusal : std::nullopt;
}

// CON-077, CON-080, CON-124
Refusal InheritLimits(const StreamConsumerLimits& limits, bool pedantic,
                      ConsumerConfig& config) {
  constexpr absl::string_view kText =
      " must be set if it's configured in stream limits";
  if (config.max_ack_pending == 0 && limits.max_ack_pending > 0) {
    if (pedantic) return Pedantic(absl::StrCat("max_ack_pending", kText));
    config.max_ack_pending = limits.max_ack_pending;
  }
  if (config.inactive_threshold == absl::ZeroDuration() &&
      limits.inactive_threshold > absl::ZeroDuration()) {
    if (pedantic) return Pedantic(absl::StrCat("inactive_threshold", kText));
    config.inactive_threshold = limits.inactive_threshold;
  }
  return std::nullopt;
}

// CON-034, CON-082
std::int64_t DefaultMaxAckPending(const JetStreamConfig& server) {
  std::int64_t value = kDefaultMaxAckPending;
  for (const std::int64_t limit :
       {server.limits.max_ack_pending, server.account.max_ack_pending}) {
    if (limit > 0) value = std::min(value, limit);
  }
  return value;
}

// What the server does not know, it does not read.
void ForgetUnknownFields(const Profile& profile, ConsumerConfig& config) {
  if (!profile.has_filter_subjects) {
    config.filter_subjects.clear();
    config.metadata.clear();
  }
  if (!profile.has_priority_groups) {
    config.pause_until.reset();
    config.priority_groups.clear();
    config.priority_policy = PriorityPolicy::kNone;
    config.priority_timeout = absl::ZeroDuration();
  }
}

}  // namespace

void SetServerMetadata(ConsumerConfig& config) {
  const bool pauses =
      config.pause_until.has_value() && *config.pause_until != api::ZeroTime();
  const bool needs_1 = pauses ||
                       config.priority_policy != PriorityPolicy::kNone ||
                       !config.priority_groups.empty() ||
                       config.priority_timeout != absl::ZeroDuration();
  config.metadata.erase("_nats.ver");
  config.metadata.erase("_nats.level");
  config.metadata["_nats.req.level"] =
      config.ack_policy == AckPolicy::kFlowControl ? "4"
      : needs_1                                    ? "1"
                                                   : "0";
}

Refusal NormalizeConsumerConfig(const Profile& profile,
                                const JetStreamConfig& server,
                                const StreamConfig& stream, bool pedantic,
                                ConsumerConfig& config) {
  pedantic = pedantic && profile.has_pedantic;
  ForgetUnknownFields(profile, config);
  if (profile.adds_metadata) SetServerMetadata(config);
  if (profile.normalizes_consumer_values) {
    if (Refusal refusal = NormalizeNegatives(pedantic, config)) return refusal;
  }
  if (IsPull(config) && config.max_waiting == 0) {
    config.max_waiting = kDefaultMaxWaiting;
  }
  if (config.ack_wait == absl::ZeroDuration() &&
      (config.ack_policy == AckPolicy::kExplicit ||
       config.ack_policy == AckPolicy::kAll)) {
    config.ack_wait = kDefaultAckWait;
  }
  if (config.max_deliver == 0) config.max_deliver = -1;
  if (!config.backoff.empty()) {  // CON-031, CON-123
    if (pedantic && config.ack_wait != config.backoff.front()) {
      return Pedantic("first backoff value has to equal batch AckWait");
    }
    config.ack_wait = config.backoff.front();
  }
  if (Refusal refusal =
          InheritLimits(stream.consumer_limits, pedantic, config)) {
    return refusal;
  }
  if (NeedsAcks(config) && config.max_ack_pending == 0) {
    config.max_ack_pending = DefaultMaxAckPending(server);
  }
  const std::int64_t max_batch = server.limits.max_request_batch;
  if (IsPull(config) && config.max_batch == 0 && max_batch > 0) {  // CON-083
    if (pedantic) {
      return Pedantic(
          "max_request_batch must be set if it's JetStream limits are set");
    }
    config.max_batch = max_batch;
  }
  if (config.priority_policy == PriorityPolicy::kPinnedClient &&
      config.priority_timeout == absl::ZeroDuration()) {
    config.priority_timeout = kDefaultPriorityTimeout;
  }
  if (config.ack_policy == AckPolicy::kFlowControl && !pedantic) {  // CON-166
    config.flow_control = true;
    config.idle_heartbeat = kFlowControlHeartbeat;
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
