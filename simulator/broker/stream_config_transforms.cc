#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "simulator/broker/stream_config_rules.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

bool OverlapsAny(const StreamConfig& config, absl::string_view subject) {
  return std::any_of(
      config.subjects.begin(), config.subjects.end(),
      [&](const std::string& own) { return SubjectsOverlap(subject, own); });
}

// STR-071: everything, under the subject that the transform gives it.
bool MeansTransformed(const StreamConfig& config) {
  return config.republish->src == ">" && config.republish->dest == ">" &&
         config.subject_transform && config.subjects.size() == 1 &&
         config.subject_transform->src == config.subjects.front();
}

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
  return std::nullopt;
}

}  // namespace

Refusal CheckTransforms(const Profile& profile, bool pedantic,
                        StreamConfig& config) {
  return CheckRepublish(profile, pedantic, config);
}

}  // namespace windtunnel::broker
