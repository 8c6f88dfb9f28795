#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "shared/consume/pull_consumer.h"
#include "shared/consume/pull_iterator.h"
#include "shared/consume/pull_status.h"
#include "windtunnel/errors.h"

namespace windtunnel {

namespace internal {

namespace {

constexpr absl::Duration kRecoveryTime = absl::Seconds(5);

absl::Duration ChooseHeartbeat(const MessagesOptions& options) {
  if (options.heartbeat > absl::ZeroDuration()) return options.heartbeat;
  return std::min(options.expires / 2, absl::Seconds(30));
}

}  // namespace

PullIterator::PullIterator(Connection& connection,
                           std::unique_ptr<PullSubscription> subscription,
                           const MessagesOptions& options,
                           std::shared_ptr<PinnedIds> pinned_ids,
                           ErrorHandler on_error)
    : connection_(connection),
      runtime_(connection.runtime()),
      subscription_(std::move(subscription)),
      options_(options),
      heartbeat_(ChooseHeartbeat(options)),
      pinned_ids_(std::move(pinned_ids)),
      on_error_(std::move(on_error)),
      window_(options.max_messages, options.max_bytes,
              options.threshold_percent) {}

PullIterator::~PullIterator() = default;

absl::StatusOr<Delivery> PullIterator::Next(absl::Time deadline,
                                            const CancellationToken& token) {
  if (absl::Status s = runtime_.CheckCaller(); !s.ok()) return s;
  while (true) {
    if (stopped_) return AtEnd();
    if (!end_.ok()) return end_;
    if (!draining_) AskAhead();
    absl::Time wake = std::min(deadline, silent_until_);
    if (retry_at_ > runtime_.Now()) wake = std::min(wake, retry_at_);
    if (!end_.ok()) return end_;
    if (stopped_) return AtEnd();  // By on_error: Release() may have followed.

    absl::StatusOr<PullEvent> event = subscription_->Next(wake, token);
    if (!event.ok()) {
      if (absl::IsCancelled(event.status())) return event.status();
      if (!absl::IsDeadlineExceeded(event.status())) {
        HandleFailure(event.status());
        continue;
      }
      CheckSilence();
      if (runtime_.Now() >= deadline) return event.status();
      continue;
    }
    if (Delivery* delivery = std::get_if<Delivery>(&*event)) {
      window_.Deliver(window_.counts_bytes() ? DeliverySize(*delivery) : 0);
      NoteSignOfLife();
      pinned_ids_->Learn(options_.group, *delivery);
      return std::move(*delivery);
    }
    Handle(std::get<PullStatus>(*event));
  }
}

void PullIterator::AskAhead() {
  const absl::Time now = runtime_.Now();
  if (now < retry_at_) return;
  if (cut_) {
    if (connection_.closed()) {
      end_ = MakeErrorStatus(ErrorKind::kConnectionClosed,
                             "the connection is closed");
      return;
    }
    if (!connection_.connected()) return Wait();
    cut_ = false;
    missing_is_fine_until_ = now + kRecoveryTime;
  }
  const bool was_empty = window_.empty();
  const std::optional<PullWindow::Ask> ask = window_.Refill();
  if (!ask.has_value()) return;
  PullRequest request;
  request.batch = ask->batch;
  request.max_bytes = ask->max_bytes;
  request.expires = options_.expires;
  request.idle_heartbeat = heartbeat_;
  request.group = options_.group;
  request.min_pending = options_.min_pending;
  request.min_ack_pending = options_.min_ack_pending;
  request.id = pinned_ids_->Get(options_.group);
  request.priority = options_.priority;
  absl::Status status = subscription_->Request(request);
  if (absl::IsUnavailable(status)) {
    cut_ = true;
    Interrupt(status);
    Wait();
  } else if (!status.ok()) {
    end_ = status;
  } else if (was_empty) {
    silent_until_ = now + 2 * heartbeat_;
  }
}

void PullIterator::Handle(const PullStatus& status) {
  if (status.heartbeat()) return NoteSignOfLife();
  window_.End(status);
  switch (Classify(status)) {
    case PullEnd::kServed:
      NoteSignOfLife();
      return;
    case PullEnd::kTooLarge:
      // Nothing of the whole bound was used: the message will never fit.
      if (status.pending_bytes.value_or(0) >=
          static_cast<std::uint64_t>(options_.max_bytes)) {
        end_ = ToStatus(status);
      }
      NoteSignOfLife();
      return;
    case PullEnd::kGone:
      if (status.code == 503 && runtime_.Now() < missing_is_fine_until_) {
        Interrupt(ToStatus(status));
        Wait();
        return;
      }
      end_ = ToStatus(status);
      return;
    case PullEnd::kPushConsumer:
    case PullEnd::kRefused:
    case PullEnd::kOverBound:
      end_ = ToStatus(status);
      return;
    case PullEnd::kBusy:
    case PullEnd::kInterrupted:
      pinned_ids_->Learn(options_.group, status);
      missing_is_fine_until_ = runtime_.Now() + kRecoveryTime;
      Interrupt(ToStatus(status));
      Wait();
      return;
  }
}

void PullIterator::HandleFailure(const absl::Status& status) {
  if (absl::IsUnavailable(status)) {
    cut_ = true;
    Interrupt(status);
  } else if (stopped_ || draining_) {
    end_ = AtEnd();
  } else {
    end_ = status;
  }
}

void PullIterator::CheckSilence() {
  if (runtime_.Now() < silent_until_) return;
  ++missed_;
  Interrupt(absl::UnavailableError(
      absl::StrCat("no heartbeat for ", absl::FormatDuration(2 * heartbeat_))));
}

void PullIterator::Interrupt(const absl::Status& status) {
  window_.Reset();
  silent_until_ = absl::InfiniteFuture();
  if (on_error_) on_error_(status);
}

void PullIterator::NoteSignOfLife() {
  back_off_.Reset();
  silent_until_ = window_.empty() ? absl::InfiniteFuture()
                                  : runtime_.Now() + 2 * heartbeat_;
}

void PullIterator::Wait() { retry_at_ = runtime_.Now() + back_off_.Next(); }

void PullIterator::Stop() {
  stopped_ = true;
  Unsubscribe();
}

void PullIterator::Drain() {
  draining_ = true;
  Unsubscribe();
}

void PullIterator::Unsubscribe() {
  // Only the first call may touch the subscription: Release() may follow it.
  if (!unsubscribed_.exchange(true)) subscription_->Unsubscribe();
}

}  // namespace internal

absl::StatusOr<Delivery> MessageIterator::Next(absl::Duration timeout) {
  return Next(runtime().Now() + timeout, CancellationToken());
}

absl::StatusOr<std::unique_ptr<internal::PullIterator>>
PullConsumer::State::NewIterator(const MessagesOptions& options,
                                 internal::ErrorHandler on_error) {
  // Shorter ones would do nothing but ask.
  constexpr absl::Duration kLeastExpires = absl::Milliseconds(1);
  const auto refuse = [](absl::string_view field) {
    return absl::InvalidArgumentError(
        absl::StrCat("MessagesOptions::", field, " is out of range"));
  };
  if (options.max_messages < 1) return refuse("max_messages");
  if (options.max_bytes < 0) return refuse("max_bytes");
  if (options.threshold_percent < 0 || options.threshold_percent > 100) {
    return refuse("threshold_percent");
  }
  if (options.expires < kLeastExpires ||
      options.expires == absl::InfiniteDuration()) {
    return refuse("expires");
  }
  if (options.heartbeat < absl::ZeroDuration()) return refuse("heartbeat");
  absl::StatusOr<std::unique_ptr<PullSubscription>> subscription =
      jetstream.SubscribePull(stream, consumer);
  if (!subscription.ok()) return subscription.status();
  return std::make_unique<internal::PullIterator>(
      jetstream.connection(), *std::move(subscription), options, pinned_ids,
      std::move(on_error));
}

absl::StatusOr<std::unique_ptr<MessageIterator>> PullConsumer::Messages(
    const MessagesOptions& options) {
  return state_->NewIterator(options, nullptr);
}

}  // namespace windtunnel
