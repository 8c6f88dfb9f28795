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
#include "shared/jetstream/error_catalogue.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

using Refusal = std::optional<JetStreamError>;

constexpr std::size_t kMaxNameSize = 255;
constexpr std::size_t kMaxDescriptionSize = 4096;
constexpr std::size_t kMaxMetadataSize = 131'072;
constexpr std::int64_t kMaxReplicas = 5;
constexpr absl::string_view kInvalidInName = " \t\r\n\f.*>";

// `_nats.req.level` and one digit, which newer servers add (STR-047).
constexpr std::size_t kServerMetadataSize = 16;

JetStreamError Invalid(absl::string_view text) {
  return catalogue::Make(catalogue::kStreamInvalidConfig, text);
}

JetStreamError Pedantic(absl::string_view text) {
  return catalogue::Make(catalogue::kPedantic, text);
}

Refusal CheckTexts(const Profile& profile, const StreamConfig& config) {
  if (config.name.empty() ||
      config.name.find_first_of(kInvalidInName.data()) != std::string::npos) {
    return Invalid(
        profile.stream_name_text_has_slashes
            ? R"(stream name is required and can not contain '.', '*', '>', '\', '/')"
            : "stream name is required and can not contain '.', '*', '>'");
  }
  if (config.name.size() > kMaxNameSize) {
    return Invalid(absl::StrCat("stream name is too long, maximum allowed is ",
                                kMaxNameSize));
  }
  if (config.description.size() > kMaxDescriptionSize) {
    return Invalid(
        absl::StrCat("stream description is too long, maximum allowed is ",
                     kMaxDescriptionSize));
  }
  std::size_t metadata = profile.adds_metadata ? kServerMetadataSize : 0;
  for (const auto& [key, value] : config.metadata) {
    metadata += key.size() + value.size();
  }
  if (metadata > kMaxMetadataSize) {
    return Invalid(absl::StrCat("stream metadata exceeds maximum size of ",
                                kMaxMetadataSize, " bytes"));
  }
  return std::nullopt;
}

Refusal CheckReplicas(StreamConfig& config) {
  if (config.num_replicas == 0) config.num_replicas = 1;
  if (config.num_replicas > kMaxReplicas) {
    return Invalid(absl::StrCat("maximum replicas is ", kMaxReplicas));
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
        return Pedantic(absl::StrCat(limit.name, " must be set to -1"));
      }
      limit.value = -1;
    }
  }
  return std::nullopt;
}

// STR-017 to STR-025.
Refusal CheckTimes(const Profile& profile, bool pedantic,
                   StreamConfig& config) {
  const absl::Duration zero = absl::ZeroDuration();
  if (config.max_age < zero && profile.negative_age_has_own_text) {
    return Invalid("max age can not be negative");
  }
  const absl::Duration least = absl::Milliseconds(100);
  if (config.max_age > zero && config.max_age < least) {
    return Invalid("max age needs to be >= 100ms");
  }
  if (config.duplicate_window == zero && !config.mirror &&
      config.sources.empty()) {
    config.duplicate_window = absl::Minutes(2);
    if (config.max_age != zero && config.max_age < config.duplicate_window) {
      if (pedantic) {
        return Pedantic("duplicate window cannot be bigger than max age");
      }
      config.duplicate_window = config.max_age;
    }
  }
  if (config.duplicate_window < zero) {
    return Invalid("duplicates window can not be negative");
  }
  if (config.max_age != zero && config.duplicate_window > config.max_age) {
    return Invalid("duplicates window can not be larger then max age");
  }
  if (config.duplicate_window > zero && config.duplicate_window < least) {
    return Invalid("duplicates window needs to be >= 100ms");
  }
  return std::nullopt;
}

Refusal CheckPolicies(const StreamConfig& config) {
  if (config.deny_purge && config.allow_rollup_hdrs) {
    return Invalid("roll-ups require the purge permission");
  }
  if (!config.discard_new_per_subject) return std::nullopt;
  if (config.discard != Discard::kNew) {
    return Invalid(
        "discard new per subject requires discard new policy to be set");
  }
  if (config.max_msgs_per_subject <= 0) {
    return Invalid("discard new per subject requires max msgs per subject > 0");
  }
  return std::nullopt;
}

// Subjects that the server uses itself (STR-034 to STR-037).
Refusal CheckReserved(const Profile& profile, const StreamConfig& config,
                      absl::string_view subject) {
  if (!profile.guards_system_subjects) {
    if (SubjectContains("$JS.API.>", subject)) {
      return Invalid("subjects overlap with jetstream api");
    }
    return std::nullopt;
  }
  if (subject == ">") {
    if (!config.no_ack) {
      return Invalid("capturing all subjects requires no-ack to be true");
    }
    if (config.num_replicas != 1) {
      return Invalid("capturing all subjects requires replicas of 1");
    }
  }
  if (config.no_ack) return std::nullopt;
  const auto guarded = [&](absl::string_view reserved) {
    return profile.guards_overlapping_subjects
               ? SubjectsOverlap(subject, reserved)
               : SubjectContains(reserved, subject);
  };
  const bool api = guarded("$JS.>") || guarded("$JSC.>") ||
                   (profile.guards_overlapping_subjects && guarded("$NRG.>"));
  if (api && !SubjectContains("$JS.EVENT.>", subject)) {
    return Invalid(
        "subjects that overlap with jetstream api require no-ack to be true");
  }
  if (guarded("$SYS.>") && !SubjectContains("$SYS.ACCOUNT.>", subject)) {
    return Invalid(
        "subjects that overlap with system api require no-ack to be true");
  }
  return std::nullopt;
}

// STR-032: with those after `subject`.
Refusal CheckOverlaps(const std::vector<std::string>& subjects,
                      std::vector<std::string>::const_iterator subject) {
  for (auto later = std::next(subject); later != subjects.end(); ++later) {
    if (SubjectsOverlap(*subject, *later)) {
      return Invalid(absl::StrCat("subject \"", *subject,
                                  "\" overlaps with \"", *later, "\""));
    }
  }
  return std::nullopt;
}

Refusal CheckSubjects(const Profile& profile, StreamConfig& config) {
  if (config.mirror) return std::nullopt;
  if (config.subjects.empty()) {
    if (config.sources.empty()) config.subjects.push_back(config.name);
    return std::nullopt;
  }
  const std::vector<std::string>& subjects = config.subjects;
  for (auto subject = subjects.begin(); subject != subjects.end(); ++subject) {
    if (!IsValidSubject(*subject)) return Invalid("invalid subject");
    if (!profile.finds_overlaps_first &&
        std::find(subjects.begin(), subject, *subject) != subject) {
      return Invalid("duplicate subjects detected");
    }
    if (Refusal refusal = CheckReserved(profile, config, *subject)) {
      return refusal;
    }
    if (!profile.finds_overlaps_first) continue;
    if (Refusal refusal = CheckOverlaps(subjects, subject)) return refusal;
  }
  for (auto subject = subjects.begin(); subject != subjects.end(); ++subject) {
    if (Refusal refusal = CheckOverlaps(subjects, subject)) return refusal;
  }
  return std::nullopt;
}

Refusal CheckPlacement(const Profile& profile, StreamConfig& config) {
  if (!config.placement) return std::nullopt;
  if (!config.placement->preferred.empty() &&
      profile.refuses_preferred_placement) {
    return Invalid("preferred server not permitted in placement");
  }
  if (profile.drops_empty_placement && *config.placement == Placement{}) {
    config.placement.reset();
  }
  return std::nullopt;
}

Refusal CheckSimulated(const StreamConfig& config) {
  struct Field {
    absl::string_view name;
    bool set;
  };
  for (const Field& field : std::initializer_list<Field>{
           {"mirror", config.mirror.has_value()},
           {"sources", !config.sources.empty()},
           {"republish", config.republish.has_value()},
           {"subject_transform", config.subject_transform.has_value()},
           {"allow_msg_ttl", config.allow_msg_ttl},
           {"subject_delete_marker_ttl",
            config.subject_delete_marker_ttl != absl::ZeroDuration()},
           {"allow_msg_counter", config.allow_msg_counter},
           {"allow_atomic", config.allow_atomic},
           {"allow_batched", config.allow_batched},
           {"allow_msg_schedules", config.allow_msg_schedules},
           {"persist_mode", config.persist_mode != PersistMode::kDefault}}) {
    if (field.set) return catalogue::NotSimulated(field.name);
  }
  return std::nullopt;
}

}  // namespace

std::optional<JetStreamError> NormalizeStreamConfig(const Profile& profile,
                                                    bool pedantic,
                                                    StreamConfig& config) {
  if (Refusal refusal = CheckTexts(profile, config)) return refusal;
  if (Refusal refusal = CheckReplicas(config)) return refusal;
  if (Refusal refusal = NormalizeLimits(profile, pedantic, config)) {
    return refusal;
  }
  if (Refusal refusal = CheckTimes(profile, pedantic, config)) return refusal;
  if (Refusal refusal = CheckPolicies(config)) return refusal;
  if (Refusal refusal = CheckSubjects(profile, config)) return refusal;
  if (Refusal refusal = CheckPlacement(profile, config)) return refusal;
  return CheckSimulated(config);
}

std::optional<JetStreamError> CheckStreamUpdate(const Profile& profile,
                                                const StreamConfig& from,
                                                StreamConfig& to) {
  const auto can_not = [](absl::string_view what) {
    return Invalid(absl::StrCat("stream configuration update can not ", what));
  };
  if (profile.refuses_replicas_update && to.num_replicas > 1) {
    return catalogue::Make(catalogue::kReplicasNotSupported);
  }
  if (!profile.max_consumers_updatable &&
      to.max_consumers != from.max_consumers) {
    return can_not("change MaxConsumers");
  }
  if (to.storage != from.storage) return can_not("change storage type");
  if (to.retention != from.retention) {
    if (profile.refuses_limits_update) {
      return can_not("change retention policy");
    }
    if (to.retention == Retention::kWorkQueue ||
        from.retention == Retention::kWorkQueue) {
      return can_not("change retention policy to/from workqueue");
    }
  }
  if (from.sealed && !to.sealed) return can_not("unseal a sealed stream");
  if (from.deny_delete && !to.deny_delete) {
    return can_not("cancel deny message deletes");
  }
  if (from.deny_purge && !to.deny_purge) return can_not("cancel deny purge");
  if (to.sealed) {
    to.max_age = absl::ZeroDuration();
    to.discard = Discard::kNew;
    to.deny_delete = true;
    to.deny_purge = true;
    to.allow_rollup_hdrs = false;
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
