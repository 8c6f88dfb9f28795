#include "absl/time/time.h"
#include "simulator/broker/stream_config_rules.h"

namespace windtunnel::broker {

namespace {

// STR-059 to STR-062.
Refusal CheckCounters(const StreamConfig& config) {
  if (!config.allow_msg_counter) return std::nullopt;
  if (config.discard == Discard::kNew) {
    return InvalidStreamConfig("counter stream cannot use discard new");
  }
  if (config.allow_msg_ttl) {
    return InvalidStreamConfig("counter stream cannot use message TTLs");
  }
  if (config.allow_msg_schedules) {
    return InvalidStreamConfig("counter stream cannot use message schedules");
  }
  if (config.retention != Retention::kLimits) {
    return InvalidStreamConfig("counter stream can only use limits retention");
  }
  return std::nullopt;
}

// STR-042, STR-043.
Refusal CheckDiscardPerSubject(const StreamConfig& config) {
  if (!config.discard_new_per_subject) return std::nullopt;
  if (config.discard != Discard::kNew) {
    return InvalidStreamConfig(
        "discard new per subject requires discard new policy to be set");
  }
  if (config.max_msgs_per_subject <= 0) {
    return InvalidStreamConfig(
        "discard new per subject requires max msgs per subject > 0");
  }
  return std::nullopt;
}

void AllowRollups(StreamConfig& config) {
  config.allow_rollup_hdrs = true;
  config.deny_purge = false;
}

// STR-054 to STR-056.
Refusal CheckDeleteMarkers(bool pedantic, StreamConfig& config) {
  const absl::Duration ttl = config.subject_delete_marker_ttl;
  if (ttl < absl::ZeroDuration()) {
    return InvalidStreamConfig(
        "subject delete marker TTL must not be negative");
  }
  if (ttl == absl::ZeroDuration()) return std::nullopt;
  if (ttl < absl::Seconds(1)) {
    return InvalidStreamConfig(
        "subject delete marker TTL must be at least 1 second");
  }
  if (!config.allow_msg_ttl && pedantic) {
    return InvalidStreamConfig(
        "subject delete marker cannot be set if message TTLs are disabled");
  }
  config.allow_msg_ttl = true;
  if (config.allow_rollup_hdrs) return std::nullopt;
  if (pedantic) {
    return InvalidStreamConfig(
        "subject delete marker cannot be set if roll-ups are disabled");
  }
  AllowRollups(config);
  return std::nullopt;
}

// STR-063, STR-064.
Refusal CheckSchedules(bool pedantic, StreamConfig& config) {
  if (!config.allow_msg_schedules) return std::nullopt;
  if (config.discard == Discard::kNew) {
    return InvalidStreamConfig("message scheduling cannot use discard new");
  }
  if (config.allow_rollup_hdrs) return std::nullopt;
  if (pedantic) {
    return InvalidStreamConfig(
        "message scheduling cannot be set if roll-ups are disabled");
  }
  AllowRollups(config);
  return std::nullopt;
}

// STR-066, STR-067.
Refusal CheckPersistMode(const StreamConfig& config) {
  if (config.persist_mode != PersistMode::kAsync) return std::nullopt;
  if (config.storage != Storage::kFile) {
    return InvalidStreamConfig(
        "async persist mode is only supported on file storage");
  }
  if (config.num_replicas > 1) {
    return InvalidStreamConfig(
        "async persist mode is not supported on replicated streams");
  }
  if (config.allow_atomic) {
    return InvalidStreamConfig(
        "async persist mode is not supported with atomic batch publish");
  }
  return std::nullopt;
}

}  // namespace

Refusal CheckFeatures(bool pedantic, StreamConfig& config) {
  if (config.deny_purge && config.allow_rollup_hdrs) {
    return InvalidStreamConfig("roll-ups require the purge permission");
  }
  if (Refusal refusal = CheckCounters(config)) return refusal;
  if (Refusal refusal = CheckDiscardPerSubject(config)) return refusal;
  if (Refusal refusal = CheckDeleteMarkers(pedantic, config)) return refusal;
  if (Refusal refusal = CheckSchedules(pedantic, config)) return refusal;
  return CheckPersistMode(config);
}

}  // namespace windtunnel::broker
