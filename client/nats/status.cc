#include "client/nats/status.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "windtunnel/errors.h"

namespace windtunnel::internal {

namespace {

struct Meaning {
  natsStatus status;
  absl::StatusCode code;
  ErrorKind kind;  // Decides the code, unless it is kNone.
};

using absl::StatusCode;

// What is not listed is kInternal.
constexpr Meaning kMeanings[] = {
    {NATS_ERR, StatusCode::kUnavailable, ErrorKind::kNone},
    {NATS_PROTOCOL_ERROR, StatusCode::kUnavailable, ErrorKind::kNone},
    {NATS_IO_ERROR, StatusCode::kUnavailable, ErrorKind::kConnectionLost},
    {NATS_CONNECTION_CLOSED, StatusCode::kFailedPrecondition,
     ErrorKind::kConnectionClosed},
    {NATS_NO_SERVER, StatusCode::kUnavailable, ErrorKind::kNone},
    {NATS_STALE_CONNECTION, StatusCode::kUnavailable,
     ErrorKind::kConnectionLost},
    {NATS_SECURE_CONNECTION_WANTED, StatusCode::kUnavailable, ErrorKind::kNone},
    {NATS_SECURE_CONNECTION_REQUIRED, StatusCode::kUnavailable,
     ErrorKind::kNone},
    {NATS_CONNECTION_DISCONNECTED, StatusCode::kUnavailable,
     ErrorKind::kConnectionLost},
    {NATS_CONNECTION_AUTH_FAILED, StatusCode::kUnauthenticated,
     ErrorKind::kNone},
    {NATS_NOT_PERMITTED, StatusCode::kPermissionDenied, ErrorKind::kNone},
    {NATS_NOT_FOUND, StatusCode::kNotFound, ErrorKind::kNone},
    {NATS_ADDRESS_MISSING, StatusCode::kInvalidArgument, ErrorKind::kNone},
    {NATS_INVALID_SUBJECT, StatusCode::kInvalidArgument, ErrorKind::kNone},
    {NATS_INVALID_ARG, StatusCode::kInvalidArgument, ErrorKind::kNone},
    {NATS_INVALID_SUBSCRIPTION, StatusCode::kFailedPrecondition,
     ErrorKind::kNone},
    {NATS_INVALID_QUEUE_NAME, StatusCode::kInvalidArgument, ErrorKind::kNone},
    {NATS_ILLEGAL_STATE, StatusCode::kFailedPrecondition, ErrorKind::kNone},
    {NATS_SLOW_CONSUMER, StatusCode::kResourceExhausted, ErrorKind::kNone},
    {NATS_MAX_PAYLOAD, StatusCode::kInvalidArgument, ErrorKind::kNone},
    // The buffer for publishes while disconnected is full.
    {NATS_INSUFFICIENT_BUFFER, StatusCode::kUnavailable, ErrorKind::kNone},
    {NATS_NO_MEMORY, StatusCode::kResourceExhausted, ErrorKind::kNone},
    {NATS_SYS_ERROR, StatusCode::kUnavailable, ErrorKind::kNone},
    {NATS_TIMEOUT, StatusCode::kDeadlineExceeded, ErrorKind::kTimeout},
    {NATS_INVALID_TIMEOUT, StatusCode::kDeadlineExceeded, ErrorKind::kTimeout},
    {NATS_SSL_ERROR, StatusCode::kUnavailable, ErrorKind::kNone},
    {NATS_NO_SERVER_SUPPORT, StatusCode::kUnimplemented, ErrorKind::kNone},
    {NATS_DRAINING, StatusCode::kFailedPrecondition, ErrorKind::kNone},
    {NATS_NO_RESPONDERS, StatusCode::kUnavailable, ErrorKind::kNoResponders},
};

std::string Describe(natsStatus status, absl::string_view doing) {
  std::string text = absl::StrCat(doing, ": ", natsStatus_GetText(status));
  natsStatus noted = NATS_OK;
  const char* note = nats_GetLastError(&noted);
  if (noted == status && note != nullptr && *note != '\0' &&
      absl::string_view(note) != natsStatus_GetText(status)) {
    absl::StrAppend(&text, " (", note, ")");
  }
  return text;
}

}  // namespace

absl::Status FromNatsStatus(natsStatus status, absl::string_view doing) {
  if (status == NATS_OK) return absl::OkStatus();
  const std::string text = Describe(status, doing);
  for (const Meaning& meaning : kMeanings) {
    if (meaning.status != status) continue;
    if (meaning.kind != ErrorKind::kNone) {
      return MakeErrorStatus(meaning.kind, text);
    }
    return absl::Status(meaning.code, text);
  }
  return absl::InternalError(text);
}

}  // namespace windtunnel::internal
