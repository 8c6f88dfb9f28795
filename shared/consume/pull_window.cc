#include "shared/consume/pull_window.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "shared/consume/pull_status.h"

namespace windtunnel::internal {

PullWindow::PullWindow(std::int64_t max_messages, std::int64_t max_bytes,
                       int threshold_percent)
    : max_messages_(max_messages),
      max_bytes_(max_bytes),
      threshold_percent_(threshold_percent) {}

std::optional<PullWindow::Ask> PullWindow::Refill() {
  const auto low = [this](std::int64_t count, std::int64_t max) {
    // In two parts: max * threshold_percent_ may not fit.
    const std::int64_t threshold = max / 100 * threshold_percent_ +
                                   max % 100 * threshold_percent_ / 100;
    return count < max && count <= threshold;
  };
  const bool messages_low = low(messages_, max_messages_);
  const bool bytes_low = counts_bytes() && low(bytes_, max_bytes_);
  if (!messages_low && !bytes_low) return std::nullopt;
  const Ask ask{.batch = max_messages_ - messages_,
                .max_bytes = std::max<std::int64_t>(max_bytes_ - bytes_, 0)};
  // One of the two is used up: what was asked for brings it back.
  if (ask.batch <= 0 || (counts_bytes() && ask.max_bytes <= 0)) {
    return std::nullopt;
  }
  asked_since_refusal_ = refused_;
  messages_ += ask.batch;
  bytes_ += ask.max_bytes;
  return ask;
}

void PullWindow::Deliver(std::int64_t size) {
  refused_ = asked_since_refusal_ = false;
  messages_ = std::max<std::int64_t>(messages_ - 1, 0);
  if (!counts_bytes()) return;
  bytes_ = std::max<std::int64_t>(bytes_ - size, 0);
  if (messages_ == 0 && bytes_ > 0) {
    bytes_ = 0;
    ++completed_;
  }
  if (bytes_ == 0) messages_ = 0;
}

void PullWindow::End(const PullStatus& status) {
  if (absl::StartsWith(status.description, "Batch Completed") &&
      completed_ > 0) {
    --completed_;
    return;
  }
  const bool too_large = Classify(status) == PullEnd::kTooLarge;
  if (!status.pending_messages.has_value() ||
      (too_large && asked_since_refusal_)) {
    Reset();
    return;
  }
  refused_ = too_large;
  const auto subtract = [](std::int64_t& from, std::uint64_t count) {
    from -= static_cast<std::int64_t>(
        std::min(static_cast<std::uint64_t>(from), count));
  };
  subtract(messages_, *status.pending_messages);
  subtract(bytes_, status.pending_bytes.value_or(0));
  if (counts_bytes() && (messages_ == 0 || bytes_ == 0)) {
    messages_ = bytes_ = 0;
    refused_ = false;
  }
}

void PullWindow::Reset() {
  messages_ = bytes_ = 0;
  completed_ = 0;
  refused_ = asked_since_refusal_ = false;
}

}  // namespace windtunnel::internal
