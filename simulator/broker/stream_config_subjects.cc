#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/stream_config_rules.h"
#include "simulator/broker/subject_collision.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

// Subjects that the server uses itself (STR-034 to STR-037).
Refusal CheckReserved(const Profile& profile, const StreamConfig& config,
                      absl::string_view subject) {
  if (!profile.guards_system_subjects) {
    if (IsSubsetOf(subject, "$JS.API.>")) {
      return InvalidStreamConfig("subjects overlap with jetstream api");
    }
    return std::nullopt;
  }
  if (subject == ">") {
    if (!config.no_ack) {
      return InvalidStreamConfig(
          "capturing all subjects requires no-ack to be true");
    }
    if (config.num_replicas != 1) {
      return InvalidStreamConfig(
          "capturing all subjects requires replicas of 1");
    }
  }
  if (config.no_ack) return std::nullopt;
  const auto guarded = [&](absl::string_view reserved) {
    return profile.guards_overlapping_subjects
               ? SubjectsCollide(subject, reserved)
               : IsSubsetOf(subject, reserved);
  };
  const bool api = guarded("$JS.>") || guarded("$JSC.>") ||
                   (profile.guards_overlapping_subjects && guarded("$NRG.>"));
  if (api && !IsSubsetOf(subject, "$JS.EVENT.>")) {
    return InvalidStreamConfig(
        "subjects that overlap with jetstream api require no-ack to be true");
  }
  if (guarded("$SYS.>") && !IsSubsetOf(subject, "$SYS.ACCOUNT.>")) {
    return InvalidStreamConfig(
        "subjects that overlap with system api require no-ack to be true");
  }
  return std::nullopt;
}

// STR-032: with those after `subject`.
Refusal CheckLater(const std::vector<std::string>& subjects,
                   std::vector<std::string>::const_iterator subject) {
  for (auto later = std::next(subject); later != subjects.end(); ++later) {
    if (SubjectsCollide(*subject, *later)) {
      return InvalidStreamConfig(absl::StrCat(
          "subject \"", *subject, "\" overlaps with \"", *later, "\""));
    }
  }
  return std::nullopt;
}

}  // namespace

Refusal CheckSubjects(const Profile& profile, StreamConfig& config) {
  if (config.mirror) return std::nullopt;
  if (config.subjects.empty()) {
    if (config.sources.empty()) config.subjects.push_back(config.name);
    return std::nullopt;
  }
  const std::vector<std::string>& subjects = config.subjects;
  for (auto subject = subjects.begin(); subject != subjects.end(); ++subject) {
    const bool valid = IsValidSubject(*subject);
    if (!valid && !profile.finds_duplicates_first) {
      return InvalidStreamConfig("invalid subject");
    }
    if (!profile.finds_overlaps_first &&
        std::find(subjects.begin(), subject, *subject) != subject) {
      return InvalidStreamConfig("duplicate subjects detected");
    }
    if (Refusal refusal = CheckReserved(profile, config, *subject)) {
      return refusal;
    }
    if (!valid) return InvalidStreamConfig("invalid subject");
    if (!profile.finds_overlaps_first) continue;
    if (Refusal refusal = CheckLater(subjects, subject)) return refusal;
  }
  return std::nullopt;
}

Refusal CheckOverlaps(const StreamConfig& config) {
  const std::vector<std::string>& subjects = config.subjects;
  for (auto subject = subjects.begin(); subject != subjects.end(); ++subject) {
    if (Refusal refusal = CheckLater(subjects, subject)) return refusal;
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
