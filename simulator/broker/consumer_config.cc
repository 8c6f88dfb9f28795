#include "simulator/broker/consumer_config.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "shared/api/go_duration.h"
#include "shared/api/time_text.h"
#include "shared/jetstream/error_catalogue.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

using Refusal = std::optional<JetStreamError>;
using catalogue::Make;

constexpr std::int64_t kDefaultMaxAckPending = 1000;
constexpr std::int64_t kDefaultMaxWaiting = 512;
constexpr absl::Duration kDefaultAckWait = absl::Seconds(30);
constexpr absl::Duration kDefaultPriorityTimeout = absl::Minutes(2);
constexpr absl::Duration kLeastHeartbeat = absl::Milliseconds(100);
constexpr std::size_t kMaxDescriptionSize = 4096;
constexpr std::size_t kMaxMetadataSize = 131'072;
constexpr std::size_t kMaxNameSize = 255;
constexpr std::size_t kMaxGroupSize = 16;

Refusal Pedantic(absl::string_view text) {
  return Make(catalogue::kPedantic, text);
}

bool IsPull(const ConsumerConfig& config) {
  return config.deliver_subject.empty();
}

bool NeedsAcks(const ConsumerConfig& config) {
  return config.ack_policy != AckPolicy::kNone;
}

std::vector<std::string> FiltersOf(const ConsumerConfig& config) {
  if (!config.filter_subject.empty()) return {config.filter_subject};
  return config.filter_subjects;
}

// CON-038 to CON-042, CON-052, CON-059, CON-121
Refusal NormalizeNegatives(bool pedantic, ConsumerConfig& config) {
  struct Number {
    absl::string_view name;
    std::int64_t& value;
  };
  struct Time {
    absl::string_view name;
    absl::Duration& value;
  };
  const auto refusal = [](absl::string_view name) {
    return Pedantic(absl::StrCat(name, " must not be negative"));
  };
  for (const Number& field :
       std::initializer_list<Number>{{"max_waiting", config.max_waiting},
                                     {"max_batch", config.max_batch},
                                     {"max_bytes", config.max_bytes}}) {
    if (field.value >= 0) continue;
    if (pedantic) return refusal(field.name);
    field.value = 0;
  }
  for (const Time& field : std::initializer_list<Time>{
           {"max_expires", config.max_expires},
           {"idle_heartbeat", config.idle_heartbeat},
           {"inactive_threshold", config.inactive_threshold},
           {"priority_timeout", config.priority_timeout}}) {
    if (field.value >= absl::ZeroDuration()) continue;
    if (pedantic) return refusal(field.name);
    field.value = absl::ZeroDuration();
  }
  return std::nullopt;
}

// CON-030, CON-035, CON-122
Refusal NormalizeUnlimited(bool pedantic, ConsumerConfig& config) {
  if (config.max_deliver < -1) {
    if (pedantic) return Pedantic("max_deliver must be set to -1");
    config.max_deliver = -1;
  }
  if (config.max_ack_pending < -1) {
    if (pedantic) return Pedantic("max_ack_pending must be set to -1");
    config.max_ack_pending = -1;
  }
  return std::nullopt;
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

// CON-063, CON-064
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

Refusal CheckWaits(const Profile& profile, const ConsumerConfig& config) {
  if (profile.refuses_negative_waits) {
    for (absl::Duration step : config.backoff) {
      if (step < absl::ZeroDuration()) {
        return Make(catalogue::kConsumerBackoffNegative);
      }
    }
    if (config.ack_wait < absl::ZeroDuration()) {
      return Make(catalogue::kConsumerAckWaitNegative);
    }
  }
  const auto steps = static_cast<std::int64_t>(config.backoff.size());
  const bool too_few =
      profile.max_deliver_exceeds_backoff
          ? config.max_deliver <= steps
          : config.max_deliver != -1 && config.max_deliver < steps;
  if (steps > 0 && too_few) return Make(catalogue::kConsumerMaxDeliverBackoff);
  return std::nullopt;
}

Refusal CheckReplicas(const ConsumerConfig& config) {
  if (config.num_replicas > 1) return Make(catalogue::kReplicasNotSupported);
  if (config.num_replicas < 0) return Make(catalogue::kReplicasNegative);
  return std::nullopt;
}

// CON-037, CON-039, CON-052, CON-055 to CON-057
Refusal CheckPush(const StreamConfig& stream, const ConsumerConfig& config) {
  if (HasWildcard(config.deliver_subject)) {
    return Make(catalogue::kConsumerDeliverSubjectWildcards);
  }
  if (!IsValidSubject(config.deliver_subject)) {
    return Make(catalogue::kConsumerInvalidDeliverSubject);
  }
  for (const std::string& subject : stream.subjects) {
    if (SubjectMatches(subject, config.deliver_subject)) {
      return Make(catalogue::kConsumerDeliverCycle);
    }
  }
  if (config.max_waiting != 0) return Make(catalogue::kConsumerPushMaxWaiting);
  if (config.max_ack_pending > 0 && !NeedsAcks(config)) {
    return Make(catalogue::kConsumerMaxPendingAckPolicyRequired);
  }
  if (config.idle_heartbeat > absl::ZeroDuration() &&
      config.idle_heartbeat < kLeastHeartbeat) {
    return Make(catalogue::kConsumerSmallHeartbeat);
  }
  return std::nullopt;
}

// CON-038 to CON-041, CON-050 to CON-053, CON-085
Refusal CheckPull(const Profile& profile, const JetStreamLimits& limits,
                  const StreamConfig& stream, const ConsumerConfig& config) {
  if (!NeedsAcks(config) && stream.retention == Retention::kWorkQueue) {
    return profile.work_queue_text_is_new
               ? Make(catalogue::kConsumerPullRequiresAck)
               : catalogue::WithDescription(
                     catalogue::kConsumerPullRequiresAck,
                     "consumer in pull mode requires ack policy");
  }
  if (config.rate_limit_bps > 0) {
    return Make(catalogue::kConsumerPullWithRateLimit);
  }
  if (config.max_waiting < 0) {
    return Make(catalogue::kConsumerMaxWaitingNegative);
  }
  if (config.idle_heartbeat > absl::ZeroDuration()) {
    return Make(catalogue::kConsumerHeartbeatRequiresPush);
  }
  if (config.flow_control) {
    return Make(catalogue::kConsumerFlowControlRequiresPush);
  }
  if (config.max_batch < 0) {
    return Make(catalogue::kConsumerMaxRequestBatchNegative);
  }
  if (config.max_expires != absl::ZeroDuration() &&
      config.max_expires < absl::Milliseconds(1)) {
    return Make(catalogue::kConsumerMaxRequestExpiresTooSmall);
  }
  if (limits.max_request_batch > 0 &&
      config.max_batch > limits.max_request_batch) {
    return Make(catalogue::kConsumerMaxRequestBatchExceeded,
                absl::StrCat(limits.max_request_batch));
  }
  return std::nullopt;
}

// CON-079, CON-082
Refusal CheckMaxAckPending(std::int64_t limit, const ConsumerConfig& config) {
  if (limit <= 0 || config.max_ack_pending <= limit) return std::nullopt;
  return Make(catalogue::kConsumerMaxAckPendingExceeded, absl::StrCat(limit));
}

// CON-081
Refusal CheckInactivity(const StreamConsumerLimits& limits,
                        const ConsumerConfig& config) {
  if (limits.inactive_threshold > absl::ZeroDuration() &&
      config.inactive_threshold > limits.inactive_threshold) {
    return Make(catalogue::kConsumerInactiveThresholdExceeded,
                api::FormatGoDuration(limits.inactive_threshold));
  }
  return std::nullopt;
}

bool FiltersCollide(bool partial_counts, absl::string_view a,
                    absl::string_view b) {
  if (partial_counts) return SubjectsOverlap(a, b);
  return SubjectContains(a, b) || SubjectContains(b, a);
}

// CON-043 to CON-049
Refusal CheckFilters(const Profile& profile, const StreamConfig& stream,
                     const ConsumerConfig& config) {
  const std::string& filter = config.filter_subject;
  if (!filter.empty() && !config.filter_subjects.empty()) {
    return Make(catalogue::kConsumerDuplicateFilters);
  }
  if (profile.filter_must_match_stream && !filter.empty()) {
    const bool matches =
        IsValidSubject(filter) &&
        std::any_of(stream.subjects.begin(), stream.subjects.end(),
                    [&](const std::string& subject) {
                      return SubjectsOverlap(subject, filter);
                    });
    if (!matches) return Make(catalogue::kConsumerFilterNotSubset);
  }
  const std::vector<std::string> filters = FiltersOf(config);
  for (const std::string& each : filters) {
    if (each.empty()) return Make(catalogue::kConsumerEmptyFilter);
  }
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (!IsValidSubject(filters[i])) {
      return Make(catalogue::kStreamInvalidConfig, "invalid subject");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (FiltersCollide(profile.refuses_partial_overlap, filters[i],
                         filters[j])) {
        return Make(catalogue::kConsumerOverlappingFilters);
      }
    }
  }
  return std::nullopt;
}

// CON-069 to CON-075
Refusal CheckStart(const ConsumerConfig& config) {
  const auto refusal = [](absl::string_view policy, absl::string_view field,
                          absl::string_view state) {
    return Make(catalogue::kConsumerInvalidPolicy,
                absl::StrCat("consumer delivery policy is deliver ", policy,
                             ", but optional ", field, " is ", state));
  };
  const bool has_seq = config.opt_start_seq > 0;
  const bool has_time = config.opt_start_time.has_value();
  absl::string_view policy;
  switch (config.deliver_policy) {
    case DeliverPolicy::kByStartSequence:
      policy = "by start sequence";
      if (!has_seq) return refusal(policy, "start sequence", "not set");
      if (has_time) return refusal(policy, "start time", "also set");
      return std::nullopt;
    case DeliverPolicy::kByStartTime:
      policy = "by start time";
      if (!has_time) return refusal(policy, "start time", "not set");
      if (has_seq) return refusal(policy, "start start sequence", "also set");
      return std::nullopt;
    case DeliverPolicy::kAll:
      policy = "all";
      break;
    case DeliverPolicy::kLast:
      policy = "last";
      break;
    case DeliverPolicy::kNew:
      policy = "new";
      break;
    case DeliverPolicy::kLastPerSubject:
      policy = "last per subject";
      break;
  }
  if (has_seq) return refusal(policy, "start sequence", "also set");
  if (has_time) return refusal(policy, "start time", "also set");
  if (config.deliver_policy == DeliverPolicy::kLastPerSubject &&
      FiltersOf(config).empty()) {
    return refusal(policy, "filter subject", "not set");
  }
  return std::nullopt;
}

// CON-051. Go's words for what is no number.
Refusal CheckSampling(const ConsumerConfig& config) {
  if (config.sample_freq.empty()) return std::nullopt;
  const absl::string_view text = absl::StripSuffix(config.sample_freq, "%");
  absl::string_view digits = text;
  const bool negative = absl::ConsumePrefix(&digits, "-");
  if (!negative) absl::ConsumePrefix(&digits, "+");
  const bool is_number =
      !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) {
        return c >= '0' && c <= '9';
      });
  std::int64_t percent = 0;
  std::string why = "<nil>";
  if (!is_number) {
    why = absl::StrCat("strconv.Atoi: parsing \"", text, "\": invalid syntax");
  } else if (!absl::SimpleAtoi(digits, &percent)) {
    why = absl::StrCat("strconv.Atoi: parsing \"", text,
                       "\": value out of range");
  } else if (!negative || percent == 0) {
    return std::nullopt;
  }
  return Make(catalogue::kConsumerInvalidSampling, why);
}

// CON-062
Refusal CheckMetadata(const Profile& profile, const ConsumerConfig& config) {
  std::size_t size = 0;
  for (const auto& [key, value] : config.metadata) {
    // The server's own has been added by now, with one digit.
    if (!profile.adds_metadata || key != "_nats.req.level") {
      size += key.size() + value.size();
    }
  }
  constexpr std::size_t kServerShare = 17;
  if (profile.adds_metadata) size += kServerShare;
  if (size > kMaxMetadataSize) {
    return Make(catalogue::kConsumerMetadataTooLong, "128KB");
  }
  return std::nullopt;
}

// GRP-001 to GRP-007
Refusal CheckGroups(const ConsumerConfig& config) {
  if (config.priority_policy == PriorityPolicy::kNone) {
    if (!config.priority_groups.empty()) {
      return Make(catalogue::kPriorityGroupsWithPolicyNone);
    }
    if (config.priority_timeout > absl::ZeroDuration()) {
      return Make(catalogue::kPriorityTimeoutWithPolicyNone);
    }
    return std::nullopt;
  }
  if (!IsPull(config)) return Make(catalogue::kPriorityGroupsWithPush);
  if (config.priority_groups.empty()) {
    return Make(catalogue::kPriorityPolicyWithoutGroup);
  }
  for (const std::string& group : config.priority_groups) {
    if (group.empty()) return Make(catalogue::kPriorityGroupNameEmpty);
    if (!IsValidPriorityGroup(group)) {
      return Make(catalogue::kPriorityGroupNameInvalid);
    }
  }
  return std::nullopt;
}

// CON-167 to CON-170
Refusal CheckFlowControlAcks(const ConsumerConfig& config) {
  if (config.ack_policy != AckPolicy::kFlowControl) return std::nullopt;
  if (IsPull(config)) return Make(catalogue::kAckFlowControlRequiresPush);
  if (config.ack_wait != absl::ZeroDuration() || !config.backoff.empty()) {
    return Make(catalogue::kAckFlowControlWithAckWait);
  }
  if (config.max_deliver > 0) {
    return Make(catalogue::kAckFlowControlWithMaxDeliver);
  }
  if (config.max_ack_pending < 0) {
    return Make(catalogue::kAckFlowControlRequiresMaxAckPending);
  }
  return std::nullopt;
}

}  // namespace

bool IsValidPriorityGroup(absl::string_view group) {
  return !group.empty() && group.size() <= kMaxGroupSize &&
         std::all_of(group.begin(), group.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '/' || c == '_' || c == '=' || c == '-';
         });
}

Refusal NormalizeConsumerConfig(const Profile& profile,
                                const JetStreamConfig& server,
                                const StreamConfig& stream, bool pedantic,
                                ConsumerConfig& config) {
  pedantic = pedantic && profile.has_pedantic;
  ForgetUnknownFields(profile, config);
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
  if (profile.normalizes_consumer_values) {
    if (Refusal refusal = NormalizeUnlimited(pedantic, config)) return refusal;
  }
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
      config.priority_timeout == absl::ZeroDuration()) {  // GRP-009
    config.priority_timeout = kDefaultPriorityTimeout;
  }
  if (profile.adds_metadata) SetServerMetadata(config);
  return std::nullopt;
}

Refusal CheckConsumerConfig(const Profile& profile,
                            const JetStreamConfig& server,
                            const StreamConfig& stream,
                            const ConsumerConfig& config) {
  if (Refusal refusal = CheckReplicas(config)) return refusal;
  if (Refusal refusal = CheckWaits(profile, config)) return refusal;
  if (config.description.size() > kMaxDescriptionSize) {
    return Make(catalogue::kConsumerDescriptionTooLong,
                absl::StrCat(kMaxDescriptionSize));
  }
  if (Refusal refusal = CheckFlowControlAcks(config)) return refusal;
  if (Refusal refusal = IsPull(config)
                            ? CheckPull(profile, server.limits, stream, config)
                            : CheckPush(stream, config)) {
    return refusal;
  }
  for (const std::int64_t limit :
       {server.limits.max_ack_pending, server.account.max_ack_pending,
        stream.consumer_limits.max_ack_pending}) {
    if (Refusal refusal = CheckMaxAckPending(limit, config)) return refusal;
  }
  if (Refusal refusal = CheckInactivity(stream.consumer_limits, config)) {
    return refusal;
  }
  if (config.direct) {  // CON-067
    if (IsPull(config)) return Make(catalogue::kConsumerDirectRequiresPush);
    if (!config.durable_name.empty()) {
      return Make(catalogue::kConsumerDirectRequiresEphemeral);
    }
  }
  if (Refusal refusal = CheckFilters(profile, stream, config)) return refusal;
  if (Refusal refusal = CheckStart(config)) return refusal;
  if (Refusal refusal = CheckSampling(config)) return refusal;
  if (config.flow_control && config.idle_heartbeat == absl::ZeroDuration()) {
    return Make(catalogue::kConsumerFlowControlRequiresHeartbeat);
  }
  if (!config.durable_name.empty() && !config.name.empty() &&
      config.durable_name != config.name) {
    return Make(catalogue::kConsumerDurableAndNameDiffer);
  }
  if (Refusal refusal = CheckMetadata(profile, config)) return refusal;
  return CheckGroups(config);
}

Refusal CheckConsumerSimulated(const ConsumerConfig& config) {
  if (!IsPull(config)) return catalogue::NotSimulated("deliver_subject");
  if (config.sourcing) return catalogue::NotSimulated("sourcing");
  return std::nullopt;
}

Refusal CheckConsumerUpdate(const Profile& profile, const ConsumerConfig& from,
                            const ConsumerConfig& to) {
  const auto refusal = [](absl::string_view what) {
    return Make(catalogue::kConsumerCreateFailed,
                absl::StrCat(what, " can not be updated"));
  };
  if (from.deliver_policy != to.deliver_policy)
    return refusal("deliver policy");
  if (from.opt_start_seq != to.opt_start_seq) return refusal("start sequence");
  if (from.opt_start_time != to.opt_start_time) return refusal("start time");
  if (from.mem_storage != to.mem_storage && profile.consumer_storage_is_fixed) {
    return refusal("storage type");
  }
  if (from.ack_policy != to.ack_policy) return refusal("ack policy");
  if (from.replay_policy != to.replay_policy) return refusal("replay policy");
  if (from.idle_heartbeat != to.idle_heartbeat) return refusal("heart beats");
  if (from.flow_control != to.flow_control) return refusal("flow control");
  const bool new_mode = IsPull(from) != IsPull(to);
  if (new_mode && !profile.max_waiting_before_mode) {
    return Make(catalogue::kConsumerCreateFailed,
                IsPull(from) ? "can not update pull consumer to push based"
                             : "can not update push consumer to pull based");
  }
  if (from.max_waiting != to.max_waiting) return refusal("max waiting");
  return std::nullopt;
}

Refusal CheckWorkQueueConsumer(
    const Profile& profile, const ConsumerConfig& config,
    const std::vector<const ConsumerConfig*>& others) {
  if (config.ack_policy != AckPolicy::kExplicit) {
    return Make(catalogue::kConsumerWorkQueueRequiresExplicitAck);
  }
  const bool delivers_all = config.deliver_policy == DeliverPolicy::kAll;
  if (!delivers_all && profile.work_queue_checks_position_first) {
    return Make(catalogue::kConsumerWorkQueueNotDeliverAll);
  }
  if (!others.empty() && FiltersOf(config).empty()) {
    return Make(catalogue::kConsumerWorkQueueMultipleUnfiltered);
  }
  if (Refusal refusal = CheckWorkQueueFilters(profile, config, others)) {
    return refusal;
  }
  if (!delivers_all) return Make(catalogue::kConsumerWorkQueueNotDeliverAll);
  return std::nullopt;
}

Refusal CheckWorkQueueFilters(
    const Profile& profile, const ConsumerConfig& config,
    const std::vector<const ConsumerConfig*>& others) {
  for (const std::string& filter : FiltersOf(config)) {
    for (const ConsumerConfig* other : others) {
      const std::vector<std::string> theirs = FiltersOf(*other);
      const bool collides =
          theirs.empty() ||
          std::any_of(
              theirs.begin(), theirs.end(), [&](const std::string& their) {
                return FiltersCollide(profile.work_queue_sees_partial_overlap,
                                      filter, their);
              });
      if (collides) return Make(catalogue::kConsumerWorkQueueNotUnique);
    }
  }
  return std::nullopt;
}

Refusal CheckConsumerName(const Profile& profile,
                          const ConsumerConfig& config) {
  if (config.durable_name.size() > kMaxNameSize) {
    return Make(catalogue::kConsumerNameTooLong, absl::StrCat(kMaxNameSize));
  }
  const std::string& name =
      config.durable_name.empty() ? config.name : config.durable_name;
  if (name.find_first_of(" \t\r\n\f.*>") != std::string::npos) {
    return profile.consumer_name_text_is_new
               ? Make(
                     catalogue::kStreamInvalidConfig,
                     R"(consumer name can not contain '.', '*', '>', '\', '/')")
               : Make(catalogue::kConsumerBadDurableName);
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
