// Connect() of client.h, with a watch.

#ifndef WINDTUNNEL_CLIENT_NATS_CONNECT_H_
#define WINDTUNNEL_CLIENT_NATS_CONNECT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/nats/connection_watch.h"
#include "windtunnel/client.h"

namespace windtunnel::internal {

// `watch` may be null.
absl::StatusOr<std::unique_ptr<Connection>> ConnectWatched(
    Runtime& runtime, absl::string_view url, ConnectOptions options,
    std::shared_ptr<ConnectionWatch> watch);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_CONNECT_H_
