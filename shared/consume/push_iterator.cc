#include "shared/consume/push_iterator.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "windtunnel/errors.h"

namespace windtunnel::internal {

PushIterator::PushIterator(JetStream& jetstream, const ConsumerInfo& info,
                           std::unique_ptr<PushSubscription> subscription,
                           ErrorHandler on_error)
    : jetstream_(jetstream),
      connection_(jetstream.connection()),
      runtime_(connection_.runtime()),
      stream_(info.stream_name),
      consumer_(info.name),
      deliver_subject_(info.config.deliver_subject),
      deliver_group_(info.config.deliver_group),
      silence_(info.config.idle_heartbeat > absl::ZeroDuration()
                   ? 2 * info.config.idle_heartbeat
                   : absl::InfiniteDuration()),
      subscription_(std::move(subscription)),
      on_error_(std::move(on_error)) {
  NoteSignOfLife();
}

absl::StatusOr<Delivery> PushIterator::Next(absl::Time deadline,
                                            const CancellationToken& token) {
  if (absl::Status s = runtime_.CheckCaller(); !s.ok()) return s;
  while (true) {
    if (!stopped_ && !draining_ && runtime_.Now() >= check_at_) {
      CheckConsumer(deadline, token);
    }
    // on_error may have stopped it, and Release() may have followed.
    if (stopped_) return AtEnd();
    if (!end_.ok()) return end_;
    const absl::Time wake =
        std::min({deadline, silent_until_,
                  draining_ ? absl::InfiniteFuture() : check_at_});
    absl::StatusOr<PushEvent> event = subscription_->Next(wake, token);
    if (!event.ok()) {
      if (absl::IsCancelled(event.status())) return event.status();
      if (!absl::IsDeadlineExceeded(event.status())) {
        HandleFailure(event.status());
        continue;
      }
      if (runtime_.Now() >= silent_until_) HandleSilence();
      if (runtime_.Now() >= deadline) return event.status();
      continue;
    }
    if (Delivery* delivery = std::get_if<Delivery>(&*event)) {
      NoteSignOfLife();
      return std::move(*delivery);
    }
    Handle(std::get<PushStatus>(*event));
  }
}

void PushIterator::Handle(const PushStatus& status) {
  NoteSignOfLife();
  if (status.code == 100) return;
  CheckSoon();
  Report(absl::UnavailableError(
      absl::StrCat(status.code, " ", status.description)));
}

void PushIterator::HandleFailure(const absl::Status& status) {
  if (absl::IsUnavailable(status)) {
    silent_until_ = absl::InfiniteFuture();
    CheckSoon();
    Report(status);
  } else if (stopped_ || draining_) {
    end_ = AtEnd();
  } else {
    end_ = status;
  }
}

void PushIterator::HandleSilence() {
  silent_until_ = runtime_.Now() + silence_;
  CheckSoon();
  // Of a group's heartbeats the other listeners get their share.
  if (!deliver_group_.empty()) return;
  ++missed_;
  Report(absl::UnavailableError(
      absl::StrCat("no heartbeat for ", absl::FormatDuration(silence_))));
}

void PushIterator::CheckConsumer(absl::Time deadline,
                                 const CancellationToken& token) {
  const auto again = [&] { check_at_ = runtime_.Now() + back_off_.Next(); };
  if (connection_.closed()) {
    end_ = MakeErrorStatus(ErrorKind::kConnectionClosed,
                           "the connection is closed");
    return;
  }
  if (!connection_.connected()) return again();
  absl::StatusOr<ConsumerInfo> info = jetstream_.GetConsumerInfo(
      stream_, consumer_, CallWithin(runtime_.Now(), deadline, token));
  if (absl::IsNotFound(info.status())) {
    end_ = info.status();
  } else if (!info.ok()) {
    again();
  } else if (info->config.deliver_subject != deliver_subject_ ||
             info->config.deliver_group != deliver_group_) {
    end_ = absl::FailedPreconditionError(
        absl::StrCat("consumer '", consumer_, "' does not deliver to '",
                     deliver_subject_, "' any more"));
  } else {
    NoteSignOfLife();
    check_at_ = absl::InfiniteFuture();
  }
}

void PushIterator::CheckSoon() { check_at_ = runtime_.Now(); }

void PushIterator::NoteSignOfLife() {
  back_off_.Reset();
  silent_until_ = runtime_.Now() + silence_;
}

void PushIterator::Report(const absl::Status& status) {
  if (on_error_) on_error_(status);
}

void PushIterator::Stop() {
  stopped_ = true;
  Unsubscribe();
}

void PushIterator::Drain() {
  draining_ = true;
  Unsubscribe();
}

void PushIterator::Unsubscribe() {
  // Only the first call may touch the subscription: Release() may follow it.
  if (!unsubscribed_.exchange(true)) subscription_->Unsubscribe();
}

}  // namespace windtunnel::internal
