// Errors: JetStream's own triple, and the kinds that arise on the client's side.
//
// Every fallible call returns absl::Status. When the server refused, the status
// carries its answer:
//
//   if (std::optional<JetStreamError> e = GetJetStreamError(status)) {
//     if (e->err_code == kStreamNotFound) ...
//   }
//
// When the server was not the one to refuse, GetErrorKind() says what happened.

#ifndef WINDTUNNEL_ERRORS_H_
#define WINDTUNNEL_ERRORS_H_

#include <iosfwd>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace windtunnel {

// A refusal by JetStream, with exactly the server's numbers and text (API-002).
struct JetStreamError {
  int code = 0;      // Like an HTTP status: 400, 404, 503, ...
  int err_code = 0;  // JetStream's own number: 10002 to 10227. 0 if it sent none.
  std::string description = {};

  friend bool operator==(const JetStreamError&, const JetStreamError&) = default;
  friend std::ostream& operator<<(std::ostream& out, const JetStreamError& error);
};

// Why a call failed without a JetStreamError.
enum class ErrorKind {
  kNone,              // OK, or an error of another origin.
  kTimeout,           // kDeadlineExceeded: no answer in time. Outcome unknown.
  kNoResponders,      // kUnavailable: nobody listens on the subject. Not done.
  kConnectionClosed,  // kFailedPrecondition: Close() was called before. Not done.
  kConnectionLost,    // kUnavailable: cut after sending. Outcome unknown.
  kAlreadySettled,    // kFailedPrecondition: second Ack, Nak or Term. Not sent.
  kNotATask,          // kFailedPrecondition: the thread is no task. Not done.
  kNotSimulated,      // kUnimplemented: the simulator does not model it. Not done.
};

// The JetStreamError that `status` carries, if any.
std::optional<JetStreamError> GetJetStreamError(const absl::Status& status);

// The kind that `status` carries; kNone if none.
ErrorKind GetErrorKind(const absl::Status& status);

// A status that carries `error`. Its code is derived from the triple: 404 is
// kNotFound, 408 kDeadlineExceeded, 501 kUnimplemented, 503 kUnavailable, 429
// kResourceExhausted, other 4xx kInvalidArgument and 5xx kInternal, except where
// a more telling code exists: names in use kAlreadyExists, wrong last sequence
// and other expectations kFailedPrecondition, limits kResourceExhausted, invalid
// configurations (10052) kInvalidArgument.
absl::Status MakeJetStreamStatus(const JetStreamError& error);

// A status of the code listed beside `kind`.
absl::Status MakeErrorStatus(ErrorKind kind, absl::string_view message);

// err_codes that applications compare with. The complete catalogue, with texts,
// is in shared/jetstream/error_catalogue.h.
inline constexpr int kBadRequest = 10003;
inline constexpr int kConsumerNotFound = 10014;
inline constexpr int kMaximumConsumersLimit = 10026;
inline constexpr int kNoMessageFound = 10037;
inline constexpr int kJetStreamNotEnabledForAccount = 10039;
inline constexpr int kStreamInvalidConfig = 10052;
inline constexpr int kStreamNameExist = 10058;
inline constexpr int kStreamNotFound = 10059;
inline constexpr int kStreamSubjectOverlap = 10065;
inline constexpr int kStreamWrongLastMessageId = 10070;
inline constexpr int kStreamWrongLastSequence = 10071;
inline constexpr int kStreamStoreFailed = 10077;
inline constexpr int kConsumerAlreadyExists = 10148;
inline constexpr int kConsumerDoesNotExist = 10149;

}  // namespace windtunnel

#endif  // WINDTUNNEL_ERRORS_H_
