// Subjects: dot-separated names, and the wildcards that match them.
//
// Rules: COR-001 to COR-003, STR-031. `*` stands for exactly one token, `>` for
// one or more at the end; inside a longer token both are ordinary characters.

#ifndef WINDTUNNEL_SUBJECT_H_
#define WINDTUNNEL_SUBJECT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace windtunnel {

// True if `subject` has no empty token, no white space, and `>` only as its last
// token. Wildcards are allowed.
bool IsValidSubject(absl::string_view subject);

// True if `subject` is valid and has no wildcard token.
bool IsLiteralSubject(absl::string_view subject);

// True if a token of `subject` is `*` or `>`.
bool HasWildcard(absl::string_view subject);

// True if `pattern` matches the literal `subject`.
bool SubjectMatches(absl::string_view pattern, absl::string_view subject);

// True if some literal subject is matched by both patterns.
bool SubjectsOverlap(absl::string_view a, absl::string_view b);

// True if every literal subject that `inner` matches is matched by `outer`.
bool SubjectContains(absl::string_view outer, absl::string_view inner);

// kInvalidArgument naming the subject if it cannot travel on the wire: empty, or
// with a blank, tab, CR, LF or NUL. Empty tokens and wildcards pass: what they
// mean is the server's business. nats.c does not check this: the server would
// close the connection, and a NUL would end the subject.
absl::Status CheckSubjectForWire(absl::string_view subject);

}  // namespace windtunnel

#endif  // WINDTUNNEL_SUBJECT_H_
