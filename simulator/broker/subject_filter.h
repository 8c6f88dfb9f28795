// SubjectFilter: the subjects that a consumer, purge or read is about: all, or
// those that one of several patterns matches (DEL-016).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_FILTER_H_
#define WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_FILTER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace windtunnel::broker {

class SubjectFilter {
 public:
  // Matches everything.
  SubjectFilter() = default;
  // No pattern, or one that is ">", matches everything.
  explicit SubjectFilter(std::vector<std::string> patterns);

  bool Matches(absl::string_view subject) const;
  bool MatchesAll() const { return patterns_.empty(); }
  // The one literal subject it stands for, or "" if it is of another form.
  absl::string_view literal() const;
  // Empty if it matches everything.
  const std::vector<std::string>& patterns() const { return patterns_; }
  // True if a subject is matched by both.
  bool Overlaps(const SubjectFilter& other) const;

  friend bool operator==(const SubjectFilter&, const SubjectFilter&) = default;

 private:
  std::vector<std::string> patterns_;
  bool literal_ = false;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_FILTER_H_
