#include "simulator/broker/stream_config.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/api/go_duration.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/stream_config_rules.h"

namespace windtunnel::broker {

namespace {

constexpr std::size_t kMaxNameSize = 255;
constexpr std::size_t kMaxDescriptionSize = 4096;
constexpr std::size_t kMaxMetadataSize = 131'072;
constexpr std::int64_t kMaxReplicas = 5;
constexpr absl::string_view kInvalidInName = " \t\r\n\f.*>";

Refusal CheckTexts(const Profile& profile, const StreamConfig& config) {
  if (!IsValidAssetName(profile, config.name)) {
    return InvalidStreamConfig(
        profile.stream_name_text_has_slashes
            ? R"(stream name is required and can not contain '.', '*', '>', '\', '/')"
            : "stream name is required and can not contain '.', '*', '>'");
  }
  if (config.name.size() > kMaxNameSize) {
    return InvalidStreamConfig(absl::StrCat(
        "stream name is too long, maximum allowed is ", kMaxNameSize));
  }
  if (config.description.size() > kMaxDescriptionSize) {
    return InvalidStreamConfig(
        absl::StrCat("stream description is too long, maximum allowed is ",
                     kMaxDescriptionSize));
  }
  std::size_t metadata = 0;
  for (const auto& [key, value] : config.metadata) {
    metadata += key.size() + value.size();
  }
  if (metadata > kMaxMetadataSize) {
    return InvalidStreamConfig(
        absl::StrCat("stream metadata exceeds maximum size of ",
                     kMaxMetadataSize, " bytes"));
  }
  return std::nullopt;
}

Refusal CheckReplicas(StreamConfig& config) {
  if (config.num_replicas == 0) config.num_replicas = 1;
  if (config.num_replicas > kMaxReplicas) {
    return InvalidStreamConfig(
        absl::StrCat("maximum replicas is ", kMaxReplicas));
  }
  if (config.num_replicas < 0) {
    return catalogue::Make(catalogue::kReplicasNegative);
  }
  return std::nullopt;
}

// STR-015, STR-016.
Refusal NormalizeLimits(const Profile& profile, bool pedantic,
                        StreamConfig& config) {
  struct Limit {
    absl::string_view name;
    std::int64_t& value;
  };
  for (const Limit& limit : std::initializer_list<Limit>{
           {"max_msgs", config.max_msgs},
           {"max_msgs_per_subject", config.max_msgs_per_subject},
           {"max_bytes", config.max_bytes},
           {"max_msg_size", config.max_msg_size},
           {"max_consumers", config.max_consumers}}) {
    if (limit.value == 0) limit.value = -1;
    if (limit.value < -1 && profile.negative_limits_are_unlimited) {
      if (pedantic) {
        return PedanticRefusal(absl::StrCat(limit.name, " must be set to -1"));
      }
      limit.value = -1;
    }
  }
  return std::nullopt;
}

// STR-017 to STR-025.
Refusal CheckTimes(const Profile& profile, const JetStreamLimits& limits,
                   bool pedantic, StreamConfig& config) {
  const absl::Duration zero = absl::ZeroDuration();
  if (config.max_age < zero && profile.negative_age_has_own_text) {
    return InvalidStreamConfig("max age can not be negative");
  }
  const absl::Duration least = absl::Milliseconds(100);
  if (config.max_age > zero && config.max_age < least) {
    return InvalidStreamConfig("max age needs to be >= 100ms");
  }
  // STR-021 to STR-023.
  const absl::Duration longest = limits.duplicate_window;
  const bool has_default = !config.mirror && (config.sources.empty() ||
                                              profile.sources_default_window);
  if (config.duplicate_window == zero && has_default) {
    config.duplicate_window = absl::Minutes(2);
    if (longest > zero && longest < config.duplicate_window) {
      if (pedantic) {
        return PedanticRefusal(
            "duplicate window limits are higher than current limits");
      }
      config.duplicate_window = longest;
    }
    if (config.max_age != zero && config.max_age < config.duplicate_window) {
      if (pedantic) {
        return PedanticRefusal(
            "duplicate window cannot be bigger than max age");
      }
      config.duplicate_window = config.max_age;
    }
  }
  if (config.duplicate_window < zero) {
    return InvalidStreamConfig("duplicates window can not be negative");
  }
  if (config.max_age != zero && config.duplicate_window > config.max_age) {
    return InvalidStreamConfig(
        "duplicates window can not be larger then max age");
  }
  if (longest > zero && config.duplicate_window > longest) {
    return InvalidStreamConfig(absl::StrCat(
        "duplicates window can not be larger then server limit of ",
        api::FormatGoDuration(longest)));
  }
  if (config.duplicate_window > zero && config.duplicate_window < least) {
    return InvalidStreamConfig("duplicates window needs to be >= 100ms");
  }
  return std::nullopt;
}

// STR-121, STR-122.
Refusal CheckMaxBytes(const JetStreamAccount& account,
                      const StreamConfig& config) {
  if (account.max_bytes_required && config.max_bytes <= 0) {
    return catalogue::Make(catalogue::kMaxBytesRequired);
  }
  const std::int64_t limit = config.storage == Storage::kMemory
                                 ? account.mem_max_stream_bytes
                                 : account.disk_max_stream_bytes;
  if (limit > 0 && config.max_bytes > limit) {
    return catalogue::Make(catalogue::kMaxStreamBytesExceeded);
  }
  return std::nullopt;
}

// STR-051, STR-052.
Refusal CheckPlacement(const Profile& profile, StreamConfigMode mode,
                       StreamConfig& config) {
  if (!config.placement) return std::nullopt;
  if (!config.placement->preferred.empty() &&
      profile.refuses_preferred_placement) {
    return InvalidStreamConfig("preferred server not permitted in placement");
  }
  if (profile.drops_empty_placement && !mode.has_empty_tags &&
      *config.placement == Placement{}) {
    config.placement.reset();
  }
  return std::nullopt;
}

}  // namespace

JetStreamError InvalidStreamConfig(absl::string_view text) {
  return catalogue::Make(catalogue::kStreamInvalidConfig, text);
}

JetStreamError PedanticRefusal(absl::string_view text) {
  return catalogue::Make(catalogue::kPedantic, text);
}

bool IsValidAssetName(const Profile& profile, absl::string_view name) {
  return !name.empty() &&
         name.find_first_of(kInvalidInName) == absl::string_view::npos &&
         (!profile.stream_name_text_has_slashes ||
          name.find_first_of("\\/") == absl::string_view::npos);
}

std::optional<JetStreamError> NormalizeStreamConfig(
    const Profile& profile, const JetStreamConfig& server,
    StreamConfigMode mode, FindStreamConfig find, StreamConfig& config) {
  const bool pedantic = mode.pedantic && profile.has_pedantic;
  if (Refusal refusal = CheckTexts(profile, config)) return refusal;
  if (Refusal refusal = CheckReplicas(config)) return refusal;
  if (Refusal refusal = NormalizeLimits(profile, pedantic, config)) {
    return refusal;
  }
  if (Refusal refusal = CheckTimes(profile, server.limits, pedantic, config)) {
    return refusal;
  }
  if (Refusal refusal = CheckFeatures(pedantic, config)) return refusal;
  if (Refusal refusal = CheckOrigins(profile, pedantic, find, config)) {
    return refusal;
  }
  if (Refusal refusal = CheckSubjects(profile, config)) return refusal;
  if (Refusal refusal = CheckMaxBytes(server.account, config)) return refusal;
  if (Refusal refusal = CheckOverlaps(config)) return refusal;
  if (Refusal refusal = CheckTransforms(profile, pedantic, config)) {
    return refusal;
  }
  return CheckPlacement(profile, mode, config);
}

}  // namespace windtunnel::broker
