// Which messages of its origins a stream copies, and under which subjects.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/stream_config_rules.h"
#include "simulator/broker/subject_collision.h"
#include "simulator/broker/subject_transform.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

JetStreamError InvalidSource(const Profile& profile,
                             const catalogue::Entry& error,
                             absl::string_view older_text,
                             const SubjectTransform& transform) {
  return profile.checks_transforms_first
             ? catalogue::Make(error,
                               absl::StrCat("invalid subject ", transform.src))
             : catalogue::WithDescription(error, std::string(older_text));
}

bool AnyContainsAnother(const SubjectTransform& one,
                        const std::vector<SubjectTransform>& transforms) {
  for (const SubjectTransform& other : transforms) {
    if (&other != &one && IsSubsetOf(one.src, other.src)) return true;
  }
  return false;
}

// The parts of a source's transforms that were not checked before: on 2.10
// those of external sources and what a transform makes of its source.
Refusal CheckTransformsLate(const Profile& profile, const StreamSource& source,
                            absl::string_view kind) {
  for (const auto& [src, dest] : source.subject_transforms) {
    if (!src.empty() && !IsValidSubject(src)) {
      return catalogue::Make(catalogue::kStreamCreateFailed,
                             absl::StrCat("subject filter '", src, "' for the ",
                                          kind, ": invalid subject"));
    }
    if (dest.empty()) continue;
    const absl::Status status =
        SubjectTransformer::Parse(profile, src, dest).status();
    if (status.ok()) continue;
    return catalogue::Make(
        catalogue::kStreamCreateFailed,
        absl::StrCat("subject transform from '", src, "' to '", dest,
                     "' for the ", kind, ": ", status.message()));
  }
  return std::nullopt;
}

}  // namespace

// SRC-012 to SRC-014.
Refusal CheckMirrorTransforms(const Profile& profile,
                              const std::vector<SubjectTransform>& transforms) {
  for (const SubjectTransform& one : transforms) {
    const bool may_be_empty = profile.checks_transforms_first;
    if (!(one.src.empty() && may_be_empty) && !IsValidSubject(one.src)) {
      return InvalidSource(profile, catalogue::kMirrorInvalidSubjectFilter,
                           "mirror subject filter is invalid", one);
    }
    if (profile.checks_transforms_first) {
      const absl::Status status =
          SubjectTransformer::Check(profile, one.src, one.dest);
      if (!status.ok()) {
        return catalogue::Make(catalogue::kMirrorInvalidTransform,
                               status.message());
      }
    }
    for (const SubjectTransform& other : transforms) {
      if (&other != &one && SubjectsCollide(one.src, other.src)) {
        return catalogue::Make(catalogue::kMirrorOverlappingFilters);
      }
    }
  }
  return std::nullopt;
}

// SRC-020 to SRC-022.
Refusal CheckSourceTransforms(const Profile& profile,
                              const StreamSource& source) {
  const std::vector<SubjectTransform>& transforms = source.subject_transforms;
  if (!source.filter_subject.empty() && !transforms.empty()) {
    return catalogue::Make(catalogue::kSourceMultipleFilters);
  }
  const bool first = profile.checks_transforms_first;
  const auto check_source = [&](const SubjectTransform& one) -> Refusal {
    if ((one.src.empty() && first) || IsValidSubject(one.src)) {
      return std::nullopt;
    }
    return InvalidSource(profile, catalogue::kSourceInvalidSubjectFilter,
                         "source subject filter is invalid", one);
  };
  for (const SubjectTransform& one : transforms) {
    if (first) {
      if (Refusal refusal = check_source(one)) return refusal;
    }
    const absl::Status status =
        first ? SubjectTransformer::Check(profile, one.src, one.dest)
              : SubjectTransformer::CheckTokens(profile, one.dest);
    if (status.ok()) continue;
    return first ? catalogue::Make(catalogue::kSourceInvalidTransform,
                                   status.message())
                 : catalogue::WithDescription(
                       catalogue::kSourceInvalidTransform,
                       "source transform destination is invalid");
  }
  for (const SubjectTransform& one : transforms) {
    if (!first) {
      if (Refusal refusal = check_source(one)) return refusal;
    }
    if (AnyContainsAnother(one, transforms)) {
      return catalogue::Make(catalogue::kSourceOverlappingFilters);
    }
  }
  return std::nullopt;
}

Refusal CheckFiltersOfCreation(const Profile& profile,
                               const StreamConfig& config) {
  if (!profile.checks_origins) return std::nullopt;
  const auto check = [&](const StreamSource& source, absl::string_view kind,
                         absl::string_view colon) -> Refusal {
    if (!source.subject_transforms.empty()) {
      return CheckTransformsLate(profile, source, kind);
    }
    const std::string& filter = source.filter_subject;
    if (filter.empty() || IsValidSubject(filter)) return std::nullopt;
    return catalogue::Make(
        catalogue::kStreamCreateFailed,
        absl::StrCat("subject filter '", filter, "' for the ", kind, colon,
                     " invalid subject"));
  };
  if (config.mirror) {
    if (Refusal refusal = check(*config.mirror, "mirror", "")) return refusal;
  }
  for (const StreamSource& source : config.sources) {
    if (Refusal refusal = check(source, "source", ":")) return refusal;
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
