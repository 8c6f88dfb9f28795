#include "shared/consume/ordered_reader.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "windtunnel/errors.h"

namespace windtunnel::internal {

namespace {

constexpr absl::Duration kRemovalTimeout = absl::Seconds(1);

// True if trying again is of no use.
bool IsFinal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ||
         absl::IsFailedPrecondition(status) || absl::IsUnimplemented(status);
}

}  // namespace

OrderedReader::OrderedReader(OrderedState& state)
    : state_(state),
      runtime_(state.runtime),
      silence_(2 * state.options.heartbeat),
      mutex_(runtime_),
      changed_(runtime_) {}

ConsumerConfig OrderedReader::MakeConfig() const {
  const OrderedConsumerOptions& options = state_.options;
  const OrderedPosition& position = state_.position;
  ConsumerConfig config;
  config.name = state_.NewName();
  config.deliver_subject = state_.connection.NewInbox();
  if (options.filter_subjects.size() == 1) {
    config.filter_subject = options.filter_subjects.front();
  } else {
    config.filter_subjects = options.filter_subjects;
  }
  if (position.next_sequence == 0 || position.round_left > 0) {
    config.deliver_policy = options.deliver_policy;
    config.opt_start_seq = options.opt_start_seq;
    config.opt_start_time = options.opt_start_time;
    if (options.deliver_policy == DeliverPolicy::kLastPerSubject &&
        options.filter_subjects.empty()) {
      config.filter_subject = ">";  // CON-075
    }
  } else {
    config.deliver_policy = DeliverPolicy::kByStartSequence;
    config.opt_start_seq = position.next_sequence;
  }
  config.replay_policy = options.replay_policy;
  config.headers_only = options.headers_only;
  config.inactive_threshold = options.inactive_threshold;
  config.idle_heartbeat = options.heartbeat;
  config.flow_control = true;
  config.ack_policy = AckPolicy::kNone;
  config.max_deliver = 1;
  config.mem_storage = true;
  config.num_replicas = 1;
  return config;
}

absl::Status OrderedReader::Make(const CallOptions& options) {
  const ConsumerConfig config = MakeConfig();
  absl::StatusOr<std::unique_ptr<PushSubscription>> subscription =
      state_.jetstream.SubscribePush(config.deliver_subject);
  if (!subscription.ok()) return subscription.status();
  absl::StatusOr<ConsumerInfo> info = state_.jetstream.CreateConsumer(
      state_.stream, config,
      {.timeout = options.timeout, .cancellation = options.cancellation});
  if (!info.ok()) {
    lost_ = config.name;  // If it was made all the same.
    return info.status();
  }
  if (info->config.filter_subjects.size() != config.filter_subjects.size()) {
    Remove(config.name, options);
    return absl::FailedPreconditionError(
        "the server knows one filter only: several need 2.10");
  }
  Place(*info);
  next_consumer_sequence_ = 1;
  alive_ = false;
  silent_until_ = runtime_.Now() + silence_;
  {
    MutexLock lock(mutex_);
    if (!closed_ && !draining_) {
      subscription_ = *std::move(subscription);
      consumer_ = config.name;
      state_.SetConsumer(consumer_);
      return absl::OkStatus();
    }
  }
  Remove(config.name, options);
  return absl::OkStatus();
}

void OrderedReader::Place(const ConsumerInfo& info) {
  OrderedPosition& position = state_.position;
  if (position.next_sequence != 0 && position.round_left == 0) return;
  if (state_.options.deliver_policy == DeliverPolicy::kLastPerSubject) {
    position.round_left = info.num_pending;  // DEL-039
    position.round_began = info.created;
  }
  if (position.next_sequence != 0) return;
  // DEL-015. The first round begins below its last message.
  position.next_sequence =
      position.round_left > 0 ? 1 : info.delivered.stream_seq + 1;
}

absl::StatusOr<Delivery> OrderedReader::Next(absl::Time deadline,
                                             const CancellationToken& token) {
  if (absl::Status s = runtime_.CheckCaller(); !s.ok()) return s;
  while (true) {
    bool closed;
    bool draining;
    std::shared_ptr<PushSubscription> listening;
    {
      MutexLock lock(mutex_);
      closed = closed_;
      draining = draining_;
      listening = subscription_;
    }
    if (end_.ok() && (closed || (draining && listening == nullptr))) {
      end_ = AtEnd();
    }
    if (!end_.ok()) return end_;
    if (listening == nullptr) {
      absl::Status status = MakeAgain(deadline, token);
      if (!status.ok()) return status;
      continue;
    }
    absl::StatusOr<PushEvent> event =
        listening->Next(std::min(deadline, silent_until_), token);
    listening.reset();  // on_error may be followed by Release().
    if (!event.ok()) {
      if (absl::IsCancelled(event.status())) return event.status();
      if (!absl::IsDeadlineExceeded(event.status())) {
        HandleFailure(event.status());
      } else if (runtime_.Now() >= silent_until_) {
        ++missed_;
        Lose(absl::UnavailableError(
            absl::StrCat("no heartbeat for ", absl::FormatDuration(silence_))));
      } else {
        return event.status();
      }
    } else if (Delivery* delivery = std::get_if<Delivery>(&*event)) {
      if (Accept(*delivery) && Advance(*delivery)) return std::move(*delivery);
    } else {
      Handle(std::get<PushStatus>(*event));
    }
  }
}

absl::StatusOr<Delivery> OrderedReader::NextStored(
    absl::Time deadline, const CancellationToken& token) {
  while (true) {
    absl::StatusOr<Delivery> arrived =
        Next(std::min(deadline, runtime_.Now()), token);
    if (!absl::IsDeadlineExceeded(arrived.status())) return arrived;
    const std::string consumer = state_.consumer();
    if (consumer.empty()) return Next(deadline, token);
    absl::StatusOr<ConsumerInfo> info = state_.jetstream.GetConsumerInfo(
        state_.stream, consumer, CallWithin(runtime_.Now(), deadline, token));
    if (absl::IsNotFound(info.status())) {
      Lose(info.status());
      continue;
    }
    if (!info.ok()) return info.status();
    if (info->delivered.consumer_seq + info->num_pending <
        next_consumer_sequence_) {
      return arrived;
    }
    return Next(deadline, token);
  }
}

bool OrderedReader::Accept(const Delivery& delivery) {
  if (delivery.consumer_sequence() == next_consumer_sequence_) {
    ++next_consumer_sequence_;
    NoteSignOfLife();
    return true;
  }
  Lose(absl::UnavailableError(
      absl::StrCat("delivery ", next_consumer_sequence_, " is missing, ",
                   delivery.consumer_sequence(), " came")));
  return false;
}

bool OrderedReader::Advance(const Delivery& delivery) {
  OrderedPosition& position = state_.position;
  if (position.round_left > 0) {
    const bool in_round =
        absl::FromUnixNanos(delivery.numbers().timestamp_nanos) <=
        position.round_began;
    position.round_left = in_round ? position.round_left - 1 : 0;
    // A round taken anew begins with what was handed out before.
    if (delivery.stream_sequence() < position.next_sequence) return false;
  }
  position.next_sequence = delivery.stream_sequence() + 1;
  return true;
}

void OrderedReader::Handle(const PushStatus& status) {
  if (status.code != 100) {
    Lose(absl::UnavailableError(
        absl::StrCat(status.code, " ", status.description)));
  } else if (status.last_consumer_sequence.value_or(0) >=
             next_consumer_sequence_) {
    Lose(absl::UnavailableError(
        absl::StrCat("delivery ", next_consumer_sequence_, " is missing, ",
                     *status.last_consumer_sequence, " was sent")));
  } else {
    NoteSignOfLife();
  }
}

void OrderedReader::HandleFailure(const absl::Status& status) {
  if (absl::IsUnavailable(status)) return Lose(status);
  MutexLock lock(mutex_);
  end_ = closed_ || draining_ ? AtEnd() : status;
}

void OrderedReader::NoteSignOfLife() {
  alive_ = true;
  failures_ = 0;
  back_off_.Reset();
  silent_until_ = runtime_.Now() + silence_;
}

void OrderedReader::Lose(const absl::Status& why) {
  std::shared_ptr<PushSubscription> lost;
  {
    MutexLock lock(mutex_);
    if (closed_) return;
    lost = std::exchange(subscription_, nullptr);
    lost_ = std::exchange(consumer_, "");
    state_.SetConsumer("");
  }
  lost.reset();
  ++state_.resets;
  retry_at_ = runtime_.Now();
  if (!alive_) retry_at_ += back_off_.Next();
  if (on_error_) on_error_(why);
}

absl::Status OrderedReader::MakeAgain(absl::Time deadline,
                                      const CancellationToken& token) {
  if (runtime_.Now() < retry_at_) {
    MutexLock lock(mutex_);
    const absl::Time until = std::min(deadline, retry_at_);
    while (!closed_ && !draining_ && runtime_.Now() < until) {
      absl::Status status = changed_.WaitUntil(mutex_, until, token);
      if (!status.ok() && !absl::IsDeadlineExceeded(status)) return status;
    }
    if (closed_ || draining_) return absl::OkStatus();
  }
  if (runtime_.Now() < retry_at_) {
    return absl::DeadlineExceededError("the consumer is being made anew");
  }
  if (state_.connection.closed()) {
    end_ = MakeErrorStatus(ErrorKind::kConnectionClosed,
                           "the connection is closed");
    return end_;
  }
  if (!state_.connection.connected()) {
    retry_at_ = runtime_.Now() + back_off_.Next();
    return absl::OkStatus();
  }
  // First the old one: max_consumers may leave no room for both.
  Remove(std::exchange(lost_, ""), CallWithin(runtime_.Now(), deadline, token));
  absl::Status status = Make(CallWithin(runtime_.Now(), deadline, token));
  if (status.ok() || absl::IsCancelled(status)) return status;
  ++failures_;
  const int most = state_.options.max_reset_attempts;
  if (IsFinal(status) || (most >= 0 && failures_ >= most)) {
    end_ = status;
    return end_;
  }
  retry_at_ = runtime_.Now() + back_off_.Next();
  if (on_error_) on_error_(status);
  return absl::OkStatus();
}

void OrderedReader::Remove(const std::string& consumer,
                           const CallOptions& options) {
  if (consumer.empty() || !state_.connection.connected()) return;
  const absl::Duration timeout =
      std::min(options.timeout.value_or(kRemovalTimeout), kRemovalTimeout);
  // What is left is removed when it was inactive for long enough.
  state_.jetstream
      .DeleteConsumer(
          state_.stream, consumer,
          {.timeout = timeout, .cancellation = options.cancellation})
      .IgnoreError();
}

void OrderedReader::Drain() {
  std::shared_ptr<PushSubscription> listening;
  {
    MutexLock lock(mutex_);
    draining_ = true;
    changed_.NotifyAll();
    listening = subscription_;
  }
  if (listening != nullptr) listening->Unsubscribe();
}

void OrderedReader::Close() {
  std::shared_ptr<PushSubscription> listening;
  std::string consumer;
  {
    MutexLock lock(mutex_);
    if (closed_) return;
    closed_ = true;
    changed_.NotifyAll();
    listening = subscription_;
    consumer = std::exchange(consumer_, "");
    state_.SetConsumer("");
  }
  if (listening != nullptr) listening->Unsubscribe();
  Remove(consumer, {});
}

void OrderedReader::Release() {
  MutexLock lock(mutex_);
  subscription_.reset();
}

}  // namespace windtunnel::internal
