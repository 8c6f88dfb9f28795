#include "shared/jetstream/publish_request.h"

#include "windtunnel/errors.h"

namespace windtunnel::internal {

absl::StatusOr<Message> RequestPublish(Connection& connection,
                                       const Message& message,
                                       const PublishOptions& options) {
  Runtime& runtime = connection.runtime();
  const absl::Time deadline = runtime.Now() + options.timeout;
  RequestOptions request_options;
  request_options.cancellation = options.cancellation;
  for (int retries_left = options.retry_attempts;; --retries_left) {
    request_options.timeout = deadline - runtime.Now();
    absl::StatusOr<Message> answer =
        connection.Request(message, request_options);
    if (answer.ok()) return answer;
    // The stream may just be moving: nothing was stored, so try again.
    const bool again =
        GetErrorKind(answer.status()) == ErrorKind::kNoResponders &&
        retries_left > 0 && runtime.Now() + options.retry_wait < deadline;
    if (!again) return answer.status();
    absl::Status slept =
        runtime.SleepFor(options.retry_wait, options.cancellation);
    if (!slept.ok()) return slept;
  }
}

}  // namespace windtunnel::internal
