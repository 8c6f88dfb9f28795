// The subject_transform of a stream, and its republish.

#include <algorithm>
#include <string>

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

bool OverlapsAny(const StreamConfig& config, absl::string_view subject) {
  return std::any_of(
      config.subjects.begin(), config.subjects.end(),
      [&](const std::string& own) { return SubjectsCollide(subject, own); });
}

// STR-071: everything, under the subject that the transform gives it.
bool MeansTransformed(const StreamConfig& config) {
  return config.republish->src == ">" && config.republish->dest == ">" &&
         config.subject_transform && config.subjects.size() == 1 &&
         config.subject_transform->src == config.subjects.front();
}

// SRC-064 to SRC-067, STR-069, STR-071.
Refusal CheckRepublish(const Profile& profile, bool pedantic,
                       StreamConfig& config) {
  if (!config.republish) return std::nullopt;
  Republish& republish = *config.republish;
  if (republish.src.empty()) {
    if (pedantic) return PedanticRefusal("republish source can not be empty");
    republish.src = ">";
  }
  if (profile.republish_src_must_overlap &&
      !OverlapsAny(config, republish.src)) {
    return InvalidStreamConfig(
        "stream configuration for republish source is not valid subset of "
        "subjects");
  }
  if (profile.has_implicit_republish && MeansTransformed(config)) {
    if (pedantic) {
      return PedanticRefusal("implicit republish based on subject transform");
    }
    republish.src = config.subject_transform->dest;
    republish.dest = config.subject_transform->dest;
  }
  if (OverlapsAny(config, republish.dest)) {
    return InvalidStreamConfig(
        "stream configuration for republish destination forms a cycle");
  }
  if (SubjectTransformer::Parse(profile, republish.src, republish.dest).ok()) {
    return std::nullopt;
  }
  return InvalidStreamConfig(
      profile.republish_text_has_transform
          ? absl::StrCat("stream configuration for republish with transform "
                         "from '",
                         republish.src, "' to '", republish.dest, "' not valid")
          : "stream configuration for republish not valid");
}

// SRC-072 to SRC-074, SRC-080, SRC-081.
Refusal CheckSubjectTransform(const Profile& profile,
                              const StreamConfig& config) {
  if (!config.subject_transform) return std::nullopt;
  const auto& [src, dest] = *config.subject_transform;
  if (!src.empty() && !IsValidSubject(src)) {
    return catalogue::Make(catalogue::kStreamTransformInvalidSource,
                           absl::StrCat("invalid subject ", src));
  }
  const absl::Status status = SubjectTransformer::Check(profile, src, dest);
  if (status.ok()) return std::nullopt;
  return catalogue::Make(catalogue::kStreamTransformInvalidDestination,
                         status.message());
}

// What does not parse, told as `what` from ... to ... and why.
Refusal CheckLate(const Profile& profile, const catalogue::Entry& error,
                  absl::string_view what, absl::string_view src,
                  absl::string_view dest) {
  const absl::Status status =
      SubjectTransformer::Parse(profile, src, dest).status();
  if (status.ok()) return std::nullopt;
  return catalogue::Make(error, absl::StrCat(what, " from '", src, "' to '",
                                             dest, "': ", status.message()));
}

}  // namespace

Refusal CheckTransforms(const Profile& profile, bool pedantic,
                        StreamConfig& config) {
  if (profile.checks_transforms_first) {
    if (Refusal refusal = CheckSubjectTransform(profile, config)) {
      return refusal;
    }
  }
  return CheckRepublish(profile, pedantic, config);
}

Refusal CheckTransformOfCreation(const Profile& profile,
                                 const StreamConfig& config) {
  if (!config.subject_transform) return std::nullopt;
  return CheckLate(profile, catalogue::kStreamCreateFailed,
                   "stream subject transform", config.subject_transform->src,
                   config.subject_transform->dest);
}

Refusal CheckTransformsOfUpdate(const Profile& profile,
                                const StreamConfig& from, StreamConfig& to) {
  for (const StreamSource& source : to.sources) {
    if (std::find(from.sources.begin(), from.sources.end(), source) !=
        from.sources.end()) {
      continue;
    }
    for (const auto& [src, dest] : source.subject_transforms) {
      const absl::Status status =
          SubjectTransformer::Parse(profile, src, dest).status();
      if (status.ok()) continue;
      return catalogue::Make(
          catalogue::kStreamUpdateFailed,
          absl::StrCat("unable to get subject transform for source: ",
                       status.message()));
    }
  }
  if (to.republish && to.republish->dest.empty()) {
    to.republish->dest = ">";
    if (Refusal refusal = CheckLate(profile, catalogue::kStreamUpdateFailed,
                                    "stream configuration for republish",
                                    to.republish->src, ">")) {
      return refusal;
    }
  }
  if (!to.subject_transform || to.subject_transform == from.subject_transform) {
    return std::nullopt;
  }
  return CheckLate(profile, catalogue::kStreamUpdateFailed,
                   "stream configuration for subject transform",
                   to.subject_transform->src, to.subject_transform->dest);
}

}  // namespace windtunnel::broker
