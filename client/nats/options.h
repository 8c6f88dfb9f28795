// ConnectOptions: checked, and in the terms of nats.c.

#ifndef WINDTUNNEL_CLIENT_NATS_OPTIONS_H_
#define WINDTUNNEL_CLIENT_NATS_OPTIONS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/nats/handles.h"
#include "client/nats/url.h"
#include "windtunnel/client.h"

namespace windtunnel::internal {

// `url` and `options.more_urls`, in that order.
absl::StatusOr<std::vector<ServerUrl>> ParseServerUrls(
    absl::string_view url, const ConnectOptions& options);

// Errors: kInvalidArgument naming the option that is nonsense; kNotFound naming
// the file that cannot be read.
absl::Status CheckConnectOptions(const std::vector<ServerUrl>& urls,
                                 const ConnectOptions& options);

// For options that passed the check. Callbacks are left to the caller.
absl::StatusOr<NatsOptionsPtr> MakeNatsOptions(
    const std::vector<ServerUrl>& urls, const ConnectOptions& options);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_OPTIONS_H_
