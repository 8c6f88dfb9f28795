#include "windtunnel/errors.h"

#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace windtunnel {

namespace {

// The payload is "<kind> <code> <err_code> <description>".
constexpr absl::string_view kPayloadUrl = "windtunnel/Error";

struct Payload {
  ErrorKind kind = ErrorKind::kNone;
  std::optional<JetStreamError> error;
};

void SetPayload(absl::Status& status, ErrorKind kind,
                const JetStreamError& error) {
  status.SetPayload(kPayloadUrl, absl::Cord(absl::StrCat(
                                     static_cast<int>(kind), " ", error.code,
                                     " ", error.err_code, " ",
                                     error.description)));
}

Payload GetPayload(const absl::Status& status) {
  Payload payload;
  if (status.ok()) return payload;
  const absl::optional<absl::Cord> cord = status.GetPayload(kPayloadUrl);
  if (!cord.has_value()) return payload;
  const std::string text(*cord);
  const std::vector<absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits(' ', 3));
  int kind = 0;
  JetStreamError error;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[0], &kind) ||
      !absl::SimpleAtoi(parts[1], &error.code) ||
      !absl::SimpleAtoi(parts[2], &error.err_code)) {
    return payload;
  }
  payload.kind = static_cast<ErrorKind>(kind);
  if (error.code != 0) {
    error.description = std::string(parts[3]);
    payload.error = std::move(error);
  }
  return payload;
}

// Where the server's HTTP-like code says less than its err_code.
std::optional<absl::StatusCode> CodeOfErrCode(const JetStreamError& error) {
  switch (error.err_code) {
    case 10013:  // Consumer name in use.
    case 10130:  // Stream name in use, cannot restore.
    case kStreamNameExist:
    case kConsumerAlreadyExists:
      return absl::StatusCode::kAlreadyExists;
    case kConsumerDoesNotExist:
      return absl::StatusCode::kNotFound;
    case 10060:  // Expected stream.
    case kStreamWrongLastMessageId:
    case kStreamWrongLastSequence:
    case 10109:  // Sealed.
    case 10110:  // Purge not permitted.
    case 10164:  // Wrong last sequence, without the number.
      return absl::StatusCode::kFailedPrecondition;
    case 10002:  // Account limits.
    case 10023:  // Insufficient resources.
    case kMaximumConsumersLimit:
    case 10027:  // Maximum number of streams.
    case 10028:  // Memory.
    case 10047:  // Storage.
      return absl::StatusCode::kResourceExhausted;
    case 10012:  // Consumer configuration.
    case kStreamInvalidConfig:
    case 10074:  // Replicas.
      return absl::StatusCode::kInvalidArgument;
    case kStreamStoreFailed:
      // The stream is full, and discards new messages.
      if (absl::StartsWith(error.description, "maximum ")) {
        return absl::StatusCode::kResourceExhausted;
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

absl::StatusCode CodeOfCode(int code) {
  switch (code) {
    case 404:
      return absl::StatusCode::kNotFound;
    case 408:
      return absl::StatusCode::kDeadlineExceeded;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    case 501:
      return absl::StatusCode::kUnimplemented;
    case 503:
      return absl::StatusCode::kUnavailable;
    default:
      return code >= 400 && code < 500 ? absl::StatusCode::kInvalidArgument
                                       : absl::StatusCode::kInternal;
  }
}

absl::StatusCode CodeOfKind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNone:
      return absl::StatusCode::kUnknown;
    case ErrorKind::kTimeout:
      return absl::StatusCode::kDeadlineExceeded;
    case ErrorKind::kNoResponders:
    case ErrorKind::kConnectionLost:
      return absl::StatusCode::kUnavailable;
    case ErrorKind::kConnectionClosed:
    case ErrorKind::kAlreadySettled:
    case ErrorKind::kNotATask:
      return absl::StatusCode::kFailedPrecondition;
    case ErrorKind::kNotSimulated:
      return absl::StatusCode::kUnimplemented;
  }
  return absl::StatusCode::kUnknown;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const JetStreamError& error) {
  return out << error.code << "/" << error.err_code << " \""
             << error.description << "\"";
}

std::optional<JetStreamError> GetJetStreamError(const absl::Status& status) {
  return GetPayload(status).error;
}

ErrorKind GetErrorKind(const absl::Status& status) {
  return GetPayload(status).kind;
}

absl::Status MakeJetStreamStatus(const JetStreamError& error) {
  const absl::StatusCode code =
      CodeOfErrCode(error).value_or(CodeOfCode(error.code));
  absl::Status status(code, absl::StrCat(error.description, " (", error.code,
                                         "/", error.err_code, ")"));
  // No server sends 501 without an err_code; the simulator does, for what it
  // does not model.
  const bool not_simulated = error.code == 501 && error.err_code == 0;
  SetPayload(status,
             not_simulated ? ErrorKind::kNotSimulated : ErrorKind::kNone,
             error);
  return status;
}

absl::Status MakeErrorStatus(ErrorKind kind, absl::string_view message) {
  absl::Status status(CodeOfKind(kind), message);
  SetPayload(status, kind, JetStreamError{});
  return status;
}

}  // namespace windtunnel
