// The body of CONSUMER.MSG.NEXT (PUL-003 to PUL-009).

#ifndef WINDTUNNEL_SHARED_API_PULL_REQUEST_H_
#define WINDTUNNEL_SHARED_API_PULL_REQUEST_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shared/api/dialect.h"
#include "windtunnel/pull.h"

namespace windtunnel::api {

// Fields at their default are left out. Errors: kInvalidArgument naming the
// field for a duration beyond int64 nanoseconds.
absl::StatusOr<std::string> EncodePullRequest(const PullRequest& request);

struct DecodedPullRequest {
  PullRequest request;   // `batch` is at least 1.
  bool is_json = false;  // Others skip the priority group checks (GRP-013).
  // What follows "400 Bad Request - " (PUL-007, PUL-008).
  std::optional<std::string> error;
};

// Also reads what follows `+NXT`. Unknown fields are ignored.
DecodedPullRequest DecodePullRequest(absl::string_view body,
                                     const Dialect& dialect);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_PULL_REQUEST_H_
