// Times as JetStream writes them (API-005).

#ifndef WINDTUNNEL_SHARED_API_TIME_TEXT_H_
#define WINDTUNNEL_SHARED_API_TIME_TEXT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace windtunnel::api {

// The unset time, 0001-01-01T00:00:00Z.
absl::Time ZeroTime();

// True if FormatRfc3339() can write `time`: it is in the years 1 to 9999.
bool CanFormatRfc3339(absl::Time time);

// RFC 3339 in UTC with up to nine fraction digits, trailing zeros cut. Infinite
// and other unwritable times give the unset time.
std::string FormatRfc3339(absl::Time time);

// nullopt if `text` is no RFC 3339 time. Any offset is understood.
std::optional<absl::Time> ParseRfc3339(absl::string_view text);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_TIME_TEXT_H_
