// Server URLs: `nats://` or `tls://`, or just a host.

#ifndef WINDTUNNEL_CLIENT_NATS_URL_H_
#define WINDTUNNEL_CLIENT_NATS_URL_H_

#include <nats/nats.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace windtunnel::internal {

struct ServerUrl {
  std::string host;  // An IPv6 address without its brackets.
  int port = 4222;
  bool tls = false;
  bool has_credentials = false;  // user:password@ or token@.
  std::string shown;             // For messages: without the credentials.
  std::string full;              // For nats.c.
};

// kInvalidArgument naming what is wrong.
absl::StatusOr<ServerUrl> ParseServerUrl(absl::string_view url);

// Where `connection` is connected to now. Errors: as FromNatsStatus().
absl::StatusOr<ServerUrl> ConnectedUrl(natsConnection* connection);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_URL_H_
