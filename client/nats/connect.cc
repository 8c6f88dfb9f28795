#include "client/nats/connect.h"

#include <utility>
#include <vector>

#include "client/nats/nats_connection.h"
#include "client/nats/options.h"
#include "client/nats/url.h"

namespace windtunnel {

namespace internal {

absl::StatusOr<std::unique_ptr<Connection>> ConnectWatched(
    Runtime& runtime, absl::string_view url, ConnectOptions options,
    std::shared_ptr<ConnectionWatch> watch) {
  absl::StatusOr<std::vector<ServerUrl>> urls = ParseServerUrls(url, options);
  if (!urls.ok()) return urls.status();
  absl::Status status = CheckConnectOptions(*urls, options);
  if (!status.ok()) return status;
  auto connection =
      std::make_unique<NatsConnection>(runtime, options, std::move(watch));
  status = connection->Start(*urls, options);
  if (!status.ok()) return status;
  return connection;
}

}  // namespace internal

absl::StatusOr<std::unique_ptr<Connection>> Connect(Runtime& runtime,
                                                    absl::string_view url,
                                                    ConnectOptions options) {
  return internal::ConnectWatched(runtime, url, std::move(options), nullptr);
}

}  // namespace windtunnel
