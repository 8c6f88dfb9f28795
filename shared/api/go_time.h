// Times as Go's decoder reads them: RFC 3339, and its words for what is none.

#ifndef WINDTUNNEL_SHARED_API_GO_TIME_H_
#define WINDTUNNEL_SHARED_API_GO_TIME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace windtunnel::api {

struct GoTime {
  absl::Time time = absl::UnixEpoch();
  absl::Duration offset = absl::ZeroDuration();  // From UTC, as written.
  std::string error;  // What is wrong; nothing else counts then.
};

GoTime ParseGoTime(absl::string_view text);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_GO_TIME_H_
