#include "simulator/broker/stream_index.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/match.h"
#include "simulator/broker/subject_collision.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

// Publishers may make up subjects without end.
constexpr std::size_t kMaxKnown = 100'000;

bool HasEmptyToken(absl::string_view subject) {
  return subject.empty() || absl::StartsWith(subject, ".") ||
         absl::EndsWith(subject, ".") || absl::StrContains(subject, "..");
}

}  // namespace

void StreamIndex::Add(Stream& stream,
                      const std::vector<std::string>& subjects) {
  for (const std::string& subject : subjects) {
    patterns_.push_back({subject, &stream});
  }
}

void StreamIndex::Remove(const Stream& stream) {
  patterns_.erase(std::remove_if(patterns_.begin(), patterns_.end(),
                                 [&](const Pattern& pattern) {
                                   return pattern.stream == &stream;
                                 }),
                  patterns_.end());
  known_.clear();
}

Stream* StreamIndex::Search(absl::string_view subject) {
  if (HasEmptyToken(subject)) return nullptr;
  for (const Pattern& pattern : patterns_) {
    if (!SubjectMatches(pattern.subject, subject)) continue;
    if (known_.size() >= kMaxKnown) known_.clear();
    known_.emplace(subject, pattern.stream);
    return pattern.stream;
  }
  return nullptr;
}

bool StreamIndex::Overlaps(const std::vector<std::string>& subjects,
                           const Stream* except) const {
  for (const Pattern& pattern : patterns_) {
    if (pattern.stream == except) continue;
    for (const std::string& subject : subjects) {
      if (SubjectsCollide(pattern.subject, subject)) return true;
    }
  }
  return false;
}

}  // namespace windtunnel::broker
