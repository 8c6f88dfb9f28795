// The answer to a publish (PUB-001 to PUB-005).

#ifndef WINDTUNNEL_SHARED_API_PUB_ACK_H_
#define WINDTUNNEL_SHARED_API_PUB_ACK_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shared/api/dialect.h"
#include "windtunnel/errors.h"
#include "windtunnel/publish.h"

namespace windtunnel::api {

std::string EncodePubAck(const Dialect& dialect, const PubAck& ack);
std::string EncodePubAckError(absl::string_view stream,
                              const JetStreamError& error);

// Errors: the server's refusal as a status with JetStreamError; kInternal if
// the text is no acknowledgement.
absl::StatusOr<PubAck> DecodePubAck(absl::string_view text);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_PUB_ACK_H_
