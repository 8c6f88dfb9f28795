// The statuses of nats.c in our terms.

#ifndef WINDTUNNEL_CLIENT_NATS_STATUS_H_
#define WINDTUNNEL_CLIENT_NATS_STATUS_H_

#include <nats/nats.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace windtunnel::internal {

// What `status` means; `doing` says what was tried, and what nats.c noted about
// its last error on this thread is added.
absl::Status FromNatsStatus(natsStatus status, absl::string_view doing);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_STATUS_H_
