#include "simulator/broker/consumer_config.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "shared/api/go_duration.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/consumer_config_rules.h"

namespace windtunnel::broker {

namespace {

using catalogue::Make;

constexpr std::size_t kMaxDescriptionSize = 4096;
constexpr std::size_t kMaxMetadataSize = 131'072;
constexpr std::size_t kMaxNameSize = 255;

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

// CON-020
bool HasBadCharacters(const ConsumerConfig& config) {
  const std::string& name =
      config.durable_name.empty() ? config.name : config.durable_name;
  return name.find_first_of(" \t\r\n\f.*>") != std::string::npos;
}

}  // namespace

Refusal CheckConsumerConfig(const Profile& profile,
                            const JetStreamConfig& server,
                            const StreamConfig& stream,
                            const ConsumerConfig& config) {
  if (profile.checks_consumer_name_first && HasBadCharacters(config)) {
    return Make(catalogue::kStreamInvalidConfig,
                R"(consumer name can not contain '.', '*', '>', '\', '/')");
  }
  if (config.num_replicas < 0) return Make(catalogue::kReplicasNegative);
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

Refusal CheckNewConsumerName(const Profile& profile,
                             const ConsumerConfig& config) {
  if (config.durable_name.size() > kMaxNameSize) {
    return Make(catalogue::kConsumerNameTooLong, absl::StrCat(kMaxNameSize));
  }
  if (!profile.checks_consumer_name_first && HasBadCharacters(config)) {
    return Make(catalogue::kConsumerBadDurableName);
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
