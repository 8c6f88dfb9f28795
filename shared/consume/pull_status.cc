#include "shared/consume/pull_status.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace windtunnel::internal {

PullEnd Classify(const PullStatus& status) {
  const std::string& text = status.description;
  switch (status.code) {
    case 404:
    case 408:
      return PullEnd::kServed;
    case 400:
    case 412:
      return PullEnd::kRefused;
    case 503:
      return PullEnd::kGone;  // PUL-002
    case 409:
      break;
    default:
      return PullEnd::kInterrupted;
  }
  if (absl::StartsWith(text, "Batch Completed")) return PullEnd::kServed;
  if (absl::StartsWith(text, "Message Size Exceeds MaxBytes")) {
    return PullEnd::kTooLarge;
  }
  if (absl::StartsWith(text, "Consumer Deleted")) return PullEnd::kGone;
  if (absl::StartsWith(text, "Consumer is push based")) {
    return PullEnd::kPushConsumer;
  }
  if (absl::StartsWith(text, "Exceeded MaxWaiting")) return PullEnd::kBusy;
  if (absl::StartsWith(text, "Exceeded Max")) return PullEnd::kOverBound;
  return PullEnd::kInterrupted;
}

absl::Status ToStatus(const PullStatus& status) {
  const std::string text = absl::StrCat(status.code, " ", status.description);
  switch (Classify(status)) {
    case PullEnd::kServed:
      return absl::OkStatus();
    case PullEnd::kGone:
      return absl::NotFoundError(
          absl::StrCat("the consumer does not exist: ", text));
    case PullEnd::kPushConsumer:
      return absl::FailedPreconditionError(text);
    case PullEnd::kRefused:
      return absl::InvalidArgumentError(text);
    case PullEnd::kTooLarge:
    case PullEnd::kOverBound:
    case PullEnd::kBusy:
      return absl::ResourceExhaustedError(text);
    case PullEnd::kInterrupted:
      break;
  }
  return absl::UnavailableError(text);
}

std::int64_t DeliverySize(const Delivery& delivery) {
  const MessageBlock& message = *delivery.message_block();
  return static_cast<std::int64_t>(
      message.subject().size() + delivery.ack_subject().size() +
      message.header_block().size() + message.data().size());
}

}  // namespace windtunnel::internal
