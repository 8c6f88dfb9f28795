#include "simulator/broker/subject_filter.h"

#include <algorithm>
#include <utility>

#include "windtunnel/subject.h"

namespace windtunnel::broker {

SubjectFilter::SubjectFilter(std::vector<std::string> patterns)
    : patterns_(std::move(patterns)) {
  if (std::find(patterns_.begin(), patterns_.end(), ">") != patterns_.end()) {
    patterns_.clear();
  }
  literal_ = patterns_.size() == 1 && !HasWildcard(patterns_[0]);
}

bool SubjectFilter::Matches(absl::string_view subject) const {
  if (patterns_.empty()) return true;
  if (literal_) return subject == patterns_[0];
  for (const std::string& pattern : patterns_) {
    if (SubjectMatches(pattern, subject)) return true;
  }
  return false;
}

absl::string_view SubjectFilter::literal() const {
  return literal_ ? absl::string_view(patterns_[0]) : absl::string_view();
}

bool SubjectFilter::Overlaps(const SubjectFilter& other) const {
  if (MatchesAll() || other.MatchesAll()) return true;
  for (const std::string& mine : patterns_) {
    for (const std::string& theirs : other.patterns_) {
      if (SubjectsOverlap(mine, theirs)) return true;
    }
  }
  return false;
}

}  // namespace windtunnel::broker
