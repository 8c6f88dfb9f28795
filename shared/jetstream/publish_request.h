// One publish whose answer is waited for.

#ifndef WINDTUNNEL_SHARED_JETSTREAM_PUBLISH_REQUEST_H_
#define WINDTUNNEL_SHARED_JETSTREAM_PUBLISH_REQUEST_H_

#include "absl/status/statusor.h"
#include "windtunnel/connection.h"
#include "windtunnel/publish.h"

namespace windtunnel::internal {

// Sends `message`, which has its headers, and returns the answer as it came.
// Tries again while nobody listens, as `options` say. Errors: as
// Connection::Request().
absl::StatusOr<Message> RequestPublish(Connection& connection,
                                       const Message& message,
                                       const PublishOptions& options);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_JETSTREAM_PUBLISH_REQUEST_H_
