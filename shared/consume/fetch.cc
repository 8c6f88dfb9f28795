#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "shared/consume/pull_consumer.h"
#include "shared/consume/pull_status.h"
#include "windtunnel/consume.h"
#include "windtunnel/errors.h"

namespace windtunnel {

namespace {

using internal::PullEnd;

// The server's own status ends a fetch; these only bound the wait for it.
constexpr absl::Duration kAnswerTimeout = absl::Seconds(5);  // Of no_wait.
constexpr absl::Duration kExpiryGrace = absl::Seconds(1);

constexpr int kReserveLimit = 256;

absl::Status CheckOptions(const FetchOptions& options) {
  const auto refuse = [](absl::string_view field) {
    return absl::InvalidArgumentError(
        absl::StrCat("FetchOptions::", field, " is out of range"));
  };
  if (options.max_messages < 1) return refuse("max_messages");
  if (options.max_wait < absl::ZeroDuration()) return refuse("max_wait");
  if (options.max_bytes < 0) return refuse("max_bytes");
  if (options.heartbeat < absl::ZeroDuration()) return refuse("heartbeat");
  return absl::OkStatus();
}

absl::Duration ChooseHeartbeat(const FetchOptions& options) {
  if (options.heartbeat > absl::ZeroDuration()) return options.heartbeat;
  if (options.max_wait < absl::Seconds(10)) return absl::ZeroDuration();
  return std::min(options.max_wait / 2, absl::Seconds(5));
}

PullRequest MakeRequest(const FetchOptions& options, absl::Duration heartbeat,
                        std::string pinned_id) {
  PullRequest request;
  request.batch = options.max_messages;
  request.expires = options.max_wait;
  request.no_wait = options.max_wait == absl::ZeroDuration();
  request.max_bytes = options.max_bytes;
  request.idle_heartbeat = heartbeat;
  request.group = options.group;
  request.min_pending = options.min_pending;
  request.min_ack_pending = options.min_ack_pending;
  request.id = std::move(pinned_id);
  request.priority = options.priority;
  return request;
}

// One pull request from asking to its end.
class Fetching {
 public:
  Fetching(Runtime& runtime, PullSubscription& subscription,
           internal::PinnedIds& pinned_ids, const FetchOptions& options)
      : runtime_(runtime),
        subscription_(subscription),
        pinned_ids_(pinned_ids),
        options_(options) {}

  FetchResult Run() {
    const absl::Duration heartbeat = ChooseHeartbeat(options_);
    result_.end_status = subscription_.Request(
        MakeRequest(options_, heartbeat, pinned_ids_.Get(options_.group)));
    if (!result_.end_status.ok()) return std::move(result_);
    result_.deliveries.reserve(std::min(options_.max_messages, kReserveLimit));

    const absl::Time now = runtime_.Now();
    const absl::Time deadline = now + (options_.max_wait == absl::ZeroDuration()
                                           ? kAnswerTimeout
                                           : options_.max_wait + kExpiryGrace);
    silence_ = heartbeat > absl::ZeroDuration() ? 2 * heartbeat
                                                : absl::InfiniteDuration();
    absl::Time silent_until = now + silence_;
    while (!ended_) {
      absl::StatusOr<PullEvent> event = subscription_.Next(
          std::min(deadline, silent_until), options_.cancellation);
      if (!event.ok()) {
        EndBy(event.status(), silent_until < deadline);
        break;
      }
      if (Delivery* delivery = std::get_if<Delivery>(&*event)) {
        pinned_ids_.Learn(options_.group, *delivery);
        Add(std::move(*delivery));
      } else {
        EndBy(std::get<PullStatus>(*event));
      }
      if (silence_ != absl::InfiniteDuration()) {
        silent_until = runtime_.Now() + silence_;
      }
    }
    return std::move(result_);
  }

  // True if nothing more can come of this request.
  bool clean() const { return clean_; }

 private:
  void Add(Delivery delivery) {
    if (options_.max_bytes > 0) bytes_ += internal::DeliverySize(delivery);
    result_.deliveries.push_back(std::move(delivery));
    // A full batch, or one that used max_bytes up exactly, ends without a
    // status (PUL-021, PUL-043); a full one with bytes left may send one
    // (PUL-044).
    if (static_cast<int>(result_.deliveries.size()) == options_.max_messages) {
      ended_ = true;
      clean_ = options_.max_bytes == 0;
    } else if (options_.max_bytes > 0 && bytes_ >= options_.max_bytes) {
      ended_ = true;
    }
  }

  void EndBy(const PullStatus& status) {
    if (status.heartbeat()) return;
    ended_ = clean_ = true;
    pinned_ids_.Learn(options_.group, status);
    if (internal::Classify(status) == PullEnd::kTooLarge &&
        !result_.deliveries.empty()) {
      return;
    }
    result_.end_status = internal::ToStatus(status);
  }

  void EndBy(const absl::Status& status, bool silent) {
    if (!absl::IsDeadlineExceeded(status)) {
      result_.end_status = status;
    } else if (silent) {
      result_.end_status = absl::UnavailableError(
          absl::StrCat("no heartbeat for ", absl::FormatDuration(silence_)));
    }
  }

  Runtime& runtime_;
  PullSubscription& subscription_;
  internal::PinnedIds& pinned_ids_;
  const FetchOptions& options_;
  FetchResult result_;
  absl::Duration silence_;
  std::int64_t bytes_ = 0;
  bool ended_ = false;
  bool clean_ = false;
};

}  // namespace

FetchResult PullConsumer::Fetch(const FetchOptions& options) {
  FetchResult result;
  result.end_status = CheckOptions(options);
  if (!result.end_status.ok()) return result;
  if (options.cancellation.cancelled()) {
    result.end_status =
        absl::CancelledError("cancelled before the request was sent");
    return result;
  }
  absl::StatusOr<std::unique_ptr<PullSubscription>> subscription =
      state_->TakeSubscription();
  if (!subscription.ok()) {
    result.end_status = subscription.status();
    return result;
  }
  Fetching fetching(state_->runtime, **subscription, *state_->pinned_ids,
                    options);
  result = fetching.Run();
  if (fetching.clean()) state_->KeepSubscription(*std::move(subscription));
  return result;
}

absl::StatusOr<Delivery> PullConsumer::Next(absl::Duration max_wait) {
  FetchOptions options;
  options.max_wait = max_wait;
  FetchResult result = Fetch(options);
  if (!result.deliveries.empty()) return std::move(result.deliveries.front());
  if (!result.end_status.ok()) return result.end_status;
  return absl::DeadlineExceededError(
      absl::StrCat("no message within ", absl::FormatDuration(max_wait)));
}

}  // namespace windtunnel
