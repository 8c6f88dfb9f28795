// Durations as the Go language writes them: "1m0s", "1.5s", "300ms". The
// server's texts contain them (STR-025, API-260).

#ifndef WINDTUNNEL_SHARED_API_GO_DURATION_H_
#define WINDTUNNEL_SHARED_API_GO_DURATION_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace windtunnel::api {

// Whole nanoseconds; less is cut. Requires: within int64 nanoseconds.
std::string FormatGoDuration(absl::Duration duration);

// nullopt if `text` is none: no unit, unknown unit, beyond int64 nanoseconds.
std::optional<absl::Duration> ParseGoDuration(absl::string_view text);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_GO_DURATION_H_
