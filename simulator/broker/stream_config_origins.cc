// What a stream copies from: its mirror, its sources.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/stream_config_rules.h"
#include "simulator/broker/subject_collision.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

// What external origins say, checked when all of them are known.
struct Prefixes {
  std::vector<std::string> api;
  std::vector<std::string> deliver;
  std::vector<std::string> origin_subjects;  // Of all that are visible.
};

absl::string_view OrAll(absl::string_view subject) {
  return subject.empty() ? ">" : subject;
}

// Two sources with the same one are the same (SRC-018).
std::string IdentityOf(const StreamSource& source) {
  std::string identity = source.name;
  if (source.external) absl::StrAppend(&identity, ":", source.external->api);
  if (source.consumer) absl::StrAppend(&identity, ":C=", source.consumer->name);
  if (source.subject_transforms.empty()) {
    absl::StrAppend(&identity, " ", OrAll(source.filter_subject), " >");
    return identity;
  }
  const auto join = [&](std::string SubjectTransform::*part) {
    return absl::StrJoin(source.subject_transforms, "\f",
                         [&](std::string* out, const SubjectTransform& one) {
                           absl::StrAppend(out, OrAll(one.*part));
                         });
  };
  absl::StrAppend(&identity, " ", join(&SubjectTransform::src), " ",
                  join(&SubjectTransform::dest));
  return identity;
}

// SRC-026.
bool IsValidConsumer(const Profile& profile, const StreamSource& source) {
  return IsValidAssetName(profile, source.consumer->name) &&
         IsLiteralSubject(source.consumer->deliver_subject) &&
         source.opt_start_seq == 0 && !source.opt_start_time &&
         source.filter_subject.empty();
}

bool ExceedsSize(const StreamConfig& config, const StreamConfig& origin) {
  return config.max_msg_size > 0 && origin.max_msg_size > 0 &&
         config.max_msg_size < origin.max_msg_size;
}

// SRC-010.
bool FilterMisses(absl::string_view filter,
                  const std::vector<std::string>& subjects) {
  if (filter.empty() || subjects.empty()) return false;
  for (const std::string& subject : subjects) {
    if (SubjectsCollide(subject, filter)) return false;
  }
  return true;
}

JetStreamError FilterMissesOrigin(absl::string_view kind,
                                  const StreamSource& source) {
  return InvalidStreamConfig(absl::StrCat(
      kind, " '", source.name, "' filter subject '", source.filter_subject,
      "' does not overlap with any origin stream subject"));
}

void AddPrefixes(const StreamSource& source, Prefixes& prefixes) {
  if (!source.external) return;
  if (!source.external->deliver.empty()) {
    prefixes.deliver.push_back(source.external->deliver);
  }
  if (!source.external->api.empty()) {
    prefixes.api.push_back(source.external->api);
  }
}

void AddSubjects(const StreamConfig& origin, Prefixes& prefixes) {
  prefixes.origin_subjects.insert(prefixes.origin_subjects.end(),
                                  origin.subjects.begin(),
                                  origin.subjects.end());
}

// SRC-003 to SRC-006, SRC-011, STR-057.
Refusal CheckMirrorAlone(const Profile& profile, const StreamConfig& config) {
  const StreamSource& mirror = *config.mirror;
  struct Rule {
    bool broken;
    catalogue::Entry error;
  };
  const bool has_both_filters =
      !mirror.filter_subject.empty() && !mirror.subject_transforms.empty();
  for (const Rule& rule : {
           Rule{config.first_seq > 0, catalogue::kMirrorWithFirstSequence},
           Rule{!config.subjects.empty(), catalogue::kMirrorWithSubjects},
           Rule{!config.sources.empty(), catalogue::kMirrorWithSources},
           Rule{config.allow_msg_counter, catalogue::kMirrorWithCounters},
           Rule{config.allow_atomic, catalogue::kMirrorWithAtomicPublish},
           Rule{config.allow_batched, catalogue::kMirrorWithBatchPublish},
           Rule{config.allow_msg_schedules, catalogue::kMirrorWithSchedules},
           Rule{mirror.consumer && !IsValidConsumer(profile, mirror),
                catalogue::kMirrorConsumerInvalid},
           Rule{has_both_filters, catalogue::kMirrorMultipleFilters},
       }) {
    if (rule.broken) return catalogue::Make(rule.error);
  }
  if (config.subject_delete_marker_ttl > absl::ZeroDuration()) {
    return InvalidStreamConfig("subject delete markers forbidden on mirrors");
  }
  return std::nullopt;
}

Refusal CheckMirror(const Profile& profile, bool pedantic,
                    FindStreamConfig find, StreamConfig& config,
                    Prefixes& prefixes) {
  if (Refusal refusal = CheckMirrorAlone(profile, config)) return refusal;
  const StreamSource& mirror = *config.mirror;
  if (Refusal refusal =
          CheckMirrorTransforms(profile, mirror.subject_transforms)) {
    return refusal;
  }
  AddPrefixes(mirror, prefixes);
  if (mirror.external && !profile.sees_external_origins) return std::nullopt;
  if (profile.checks_origins && !IsValidAssetName(profile, mirror.name)) {
    return catalogue::Make(catalogue::kMirrorNameInvalid);
  }
  const StreamConfig* const origin = find(mirror.name);
  if (origin == nullptr) return std::nullopt;
  AddSubjects(*origin, prefixes);
  if (ExceedsSize(config, *origin)) {
    return catalogue::Make(catalogue::kMirrorMaxMessageSizeTooSmall);
  }
  if (profile.origin_filter_must_overlap &&
      FilterMisses(mirror.filter_subject, origin->subjects)) {
    return FilterMissesOrigin("mirror", mirror);
  }
  // STR-070, SRC-027.
  if (pedantic && config.mirror_direct != origin->allow_direct) {
    return PedanticRefusal(
        "origin stream has direct get set, mirror has it disabled");
  }
  config.mirror_direct = origin->allow_direct;
  return std::nullopt;
}

Refusal CheckSourceConsumer(const Profile& profile, const StreamSource& source,
                            std::set<std::string>& consumers) {
  if (!source.consumer) return std::nullopt;
  if (!IsValidConsumer(profile, source)) {
    return catalogue::Make(catalogue::kSourceConsumerInvalid);
  }
  const std::string identity = absl::StrCat(
      source.name, source.external ? ":" : "",
      source.external ? source.external->api : "", " ", source.consumer->name);
  if (!consumers.insert(identity).second) {
    return catalogue::Make(catalogue::kSourceConsumerDuplicate);
  }
  return std::nullopt;
}

Refusal CheckVisibleSource(const Profile& profile, FindStreamConfig find,
                           const StreamConfig& config,
                           const StreamSource& source, Prefixes& prefixes) {
  const StreamConfig* const origin = find(source.name);
  if (origin == nullptr) return std::nullopt;
  AddSubjects(*origin, prefixes);
  if (ExceedsSize(config, *origin)) {
    return catalogue::Make(catalogue::kSourceMaxMessageSizeTooBig);
  }
  // The subjects of all origins up to this one.
  if (profile.origin_filter_must_overlap &&
      FilterMisses(source.filter_subject, prefixes.origin_subjects)) {
    return FilterMissesOrigin("source", source);
  }
  return std::nullopt;
}

Refusal CheckSources(const Profile& profile, FindStreamConfig find,
                     const StreamConfig& config, Prefixes& prefixes) {
  if (!config.sources.empty() && config.allow_msg_schedules) {
    return catalogue::Make(catalogue::kSourceWithSchedules);
  }
  std::set<std::string> identities;
  std::set<std::string> consumers;
  for (const StreamSource& source : config.sources) {
    if (profile.checks_origins) {
      if (!IsValidAssetName(profile, source.name)) {
        return catalogue::Make(catalogue::kSourceNameInvalid);
      }
      if (!identities.insert(IdentityOf(source)).second) {
        return catalogue::Make(catalogue::kSourceDuplicate);
      }
    }
    if (profile.checks_transforms_first) {
      if (Refusal refusal = CheckSourceTransforms(profile, source)) {
        return refusal;
      }
    }
    if (Refusal refusal = CheckSourceConsumer(profile, source, consumers)) {
      return refusal;
    }
    AddPrefixes(source, prefixes);
    if (source.external && !profile.sees_external_origins) continue;
    if (Refusal refusal =
            CheckVisibleSource(profile, find, config, source, prefixes)) {
      return refusal;
    }
    if (profile.checks_transforms_first) continue;
    if (Refusal refusal = CheckSourceTransforms(profile, source)) {
      return refusal;
    }
  }
  return std::nullopt;
}

// SRC-016, SRC-017.
Refusal CheckPrefixes(const Prefixes& prefixes) {
  for (const std::string& prefix : prefixes.deliver) {
    if (!IsLiteralSubject(prefix)) {
      return catalogue::Make(catalogue::kExternalDeliverPrefixInvalid, prefix);
    }
    for (const std::string& subject : prefixes.origin_subjects) {
      if (SubjectsCollide(subject, absl::StrCat(prefix, ".", subject))) {
        return catalogue::WithDescription(
            catalogue::kExternalDeliverPrefixOverlaps,
            absl::StrCat("stream external delivery prefix ", prefix,
                         " overlaps with stream subject ", subject));
      }
    }
  }
  for (const std::string& prefix : prefixes.api) {
    if (!IsLiteralSubject(prefix)) {
      return InvalidStreamConfig(
          absl::StrCat("stream external api prefix \"", prefix,
                       "\" must be a valid subject without wildcards"));
    }
    if (prefix == "$JS.API") {
      return catalogue::Make(catalogue::kExternalApiOverlap, prefix);
    }
  }
  return std::nullopt;
}

// Whether messages of a stream with `subjects` may pass `filter`.
bool MayPass(const std::vector<std::string>& subjects,
             absl::string_view filter) {
  if (filter.empty()) return true;
  for (const std::string& subject : subjects) {
    if (SubjectsCollide(subject, filter)) return true;
  }
  return false;
}

// SRC-007. As the server goes: breadth first over what is visible, where two
// ways to one origin may count as a cycle as well.
Refusal CheckCycle(const Profile& profile, FindStreamConfig find,
                   const StreamConfig& config) {
  std::vector<const StreamConfig*> to_visit = {&config};
  std::set<absl::string_view> visited;
  for (std::size_t i = 0; i < to_visit.size(); ++i) {
    const StreamConfig& visiting = *to_visit[i];
    visited.insert(visiting.name);
    for (const StreamSource& source : visiting.sources) {
      if (source.external) continue;
      if (visited.contains(source.name)) {
        if (!profile.cycle_needs_common_subject ||
            MayPass(visiting.subjects, source.filter_subject)) {
          return InvalidStreamConfig("detected cycle");
        }
      } else if (const StreamConfig* const origin = find(source.name)) {
        to_visit.push_back(origin);
      }
    }
    if (!visiting.mirror || visiting.mirror->external) continue;
    if (visited.contains(visiting.mirror->name)) {
      return InvalidStreamConfig("detected cycle");
    }
    if (const StreamConfig* const origin = find(visiting.mirror->name)) {
      to_visit.push_back(origin);
    }
  }
  return std::nullopt;
}

}  // namespace

Refusal CheckOrigins(const Profile& profile, bool pedantic,
                     FindStreamConfig find, StreamConfig& config) {
  if (!config.mirror && config.sources.empty()) return std::nullopt;
  Prefixes prefixes;
  if (config.mirror) {
    if (Refusal refusal =
            CheckMirror(profile, pedantic, find, config, prefixes)) {
      return refusal;
    }
  }
  if (Refusal refusal = CheckSources(profile, find, config, prefixes)) {
    return refusal;
  }
  if (Refusal refusal = CheckPrefixes(prefixes)) return refusal;
  return CheckCycle(profile, find, config);
}

}  // namespace windtunnel::broker
