#include <memory>
#include <utility>
#include <vector>

#include "client/nats/nats_connection.h"
#include "client/nats/options.h"
#include "client/nats/url.h"
#include "windtunnel/client.h"

namespace windtunnel {

absl::StatusOr<std::unique_ptr<Connection>> Connect(Runtime& runtime,
                                                    absl::string_view url,
                                                    ConnectOptions options) {
  absl::StatusOr<std::vector<internal::ServerUrl>> urls =
      internal::ParseServerUrls(url, options);
  if (!urls.ok()) return urls.status();
  absl::Status status = internal::CheckConnectOptions(*urls, options);
  if (!status.ok()) return status;
  auto connection =
      std::make_unique<internal::NatsConnection>(runtime, options);
  status = connection->Start(*urls, options);
  if (!status.ok()) return status;
  return connection;
}

}  // namespace windtunnel
