// Whether a run may use an account that is not its own.

#ifndef WINDTUNNEL_CLI_ACCOUNT_CHECK_H_
#define WINDTUNNEL_CLI_ACCOUNT_CHECK_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "windtunnel/jetstream.h"

namespace windtunnel::cli {

// What generated programs use at most, at the same time.
struct Needs {
  std::int64_t streams = 0;
  std::int64_t consumers = 0;     // Of each stream.
  std::int64_t stream_bytes = 0;  // Of each stream.
  std::int64_t bytes = 0;         // In memory, and the same in files.
};
Needs NeedsOf(int at_once);

// Whether there is room for `needs`.
//
// Errors: kResourceExhausted naming the limit, what is needed and what is
// there.
absl::Status CheckLimits(const AccountInfo& account, const Needs& needs);

// Whether no stream there takes what programs publish under `prefix`.
//
// Errors: kFailedPrecondition naming the stream and its subject.
absl::Status CheckSubjects(const std::vector<StreamInfo>& streams,
                           absl::string_view prefix);

}  // namespace windtunnel::cli

#endif  // WINDTUNNEL_CLI_ACCOUNT_CHECK_H_
