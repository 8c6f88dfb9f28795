// The server's greeting. nats.c reads it, but 3.4.1 does not tell the version.

#ifndef WINDTUNNEL_CLIENT_NATS_SERVER_INFO_H_
#define WINDTUNNEL_CLIENT_NATS_SERVER_INFO_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace windtunnel::internal {

// Connects to a server just to read the version that its greeting announces.
//
// Errors: kUnavailable naming the address; kDeadlineExceeded.
absl::StatusOr<std::string> ReadServerVersion(const std::string& host, int port,
                                              absl::Duration timeout);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_SERVER_INFO_H_
