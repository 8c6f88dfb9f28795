// The headers that PublishOptions stand for.

#ifndef WINDTUNNEL_SHARED_JETSTREAM_PUBLISH_HEADERS_H_
#define WINDTUNNEL_SHARED_JETSTREAM_PUBLISH_HEADERS_H_

#include "absl/status/statusor.h"
#include "windtunnel/message.h"
#include "windtunnel/publish.h"

namespace windtunnel::internal {

// Whether `options` stand for any header.
bool NeedsHeaders(const PublishOptions& options);

// `message` with the headers of `options`, which replace those of the same
// name.
//
// Errors: kInvalidArgument if it has a reply subject, or a ttl is beyond int64
// nanoseconds.
absl::StatusOr<Message> PreparePublish(const Message& message,
                                       const PublishOptions& options);

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_JETSTREAM_PUBLISH_HEADERS_H_
