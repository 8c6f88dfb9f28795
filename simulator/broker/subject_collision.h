// How servers compare the subjects of configurations, valid or not. For valid
// subjects this is SubjectsOverlap() and SubjectContains(), but for tokens that
// begin with a wildcard, as "*x".

#ifndef WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_COLLISION_H_
#define WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_COLLISION_H_

#include "absl/strings/string_view.h"

namespace windtunnel::broker {

// Whether `a` and `b` have subjects in common.
bool SubjectsCollide(absl::string_view a, absl::string_view b);

// Whether `subject` has none that `pattern` has not.
bool IsSubsetOf(absl::string_view subject, absl::string_view pattern);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_COLLISION_H_
