// What is delivered next, and to whom (DEL-016 ff., PUL-018 ff.).

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "simulator/broker/advisory.h"
#include "simulator/broker/consumer_state.h"
#include "simulator/broker/instant.h"

namespace windtunnel::broker {

namespace {

std::int64_t DigitsOf(std::uint64_t number) {
  std::int64_t digits = 1;
  for (; number >= 10; number /= 10) ++digits;
  return digits;
}

// DEL-020
MessageBlockPtr WithoutData(const MessageBlock& block) {
  const std::string line =
      absl::StrCat("Nats-Msg-Size: ", block.data().size(), "\r\n\r\n");
  absl::string_view head = block.header_block();
  // The last two bytes are the empty line.
  head = head.empty() ? "NATS/1.0\r\n" : head.substr(0, head.size() - 2);
  return MessageBlock::New(block.subject(), absl::StrCat(head, line), "");
}

}  // namespace

// PUL-041
std::int64_t Consumer::Parcel::Size() const {
  constexpr std::int64_t kDots = 4;
  return static_cast<std::int64_t>(
             block->subject().size() + ack_prefix->size() +
             block->header_block().size() + block->data().size()) +
         DigitsOf(numbers.delivered) + DigitsOf(numbers.stream_sequence) +
         DigitsOf(numbers.consumer_sequence) +
         DigitsOf(static_cast<std::uint64_t>(numbers.timestamp_nanos)) +
         DigitsOf(numbers.num_pending) + kDots;
}

// True if there is somebody who might take a message.
bool Consumer::HasReceiver() const {
  const PushDelivery* const push = state_->push.get();
  if (push == nullptr) return !state_->requests.empty();
  return push->bound && (push->flow == nullptr || !push->flow->stalled());
}

// Decides who gets `parcel`, and may add to it what only that one gets. False:
// nobody takes it.
bool Consumer::ChooseReceiver(const Context& context, Parcel& parcel) {
  return state_->push != nullptr || ChooseRequest(context, parcel);
}

// To whom was chosen: now, or with `held` when it was. False: nobody got it.
bool Consumer::HandOver(const Context& context, const Parcel& parcel,
                        Held* held) {
  if (state_->push != nullptr) return HandToSubject(context, parcel);
  if (held == nullptr) {
    HandToRequest(context, parcel);
    return true;
  }
  const bool delivered = owner_.router().RouteDelivery(
      context, held->inbox, parcel.block, parcel.ack_prefix, parcel.numbers);
  if (!held->status.empty()) {
    owner_.router().RouteStatus(context, held->inbox, held->status);
  }
  return delivered;
}

// There is nothing more to send for the time being, as `found` says.
void Consumer::EndDelivering(const Context& context, Found found) {
  State& s = *state_;
  if (s.next_stream_seq > s.replay_until) s.replaying = false;
  if (s.push != nullptr && s.push->heartbeat_missed) Beat(context);
  if (found == Found::kNone) CheckRequests(context, true);
}

void Consumer::Deliver(const Context& context) {
  State& s = *state_;
  if (s.delivering) return;
  s.delivering = true;
  while (s.held == nullptr) {
    Found found = Found::kNone;
    while (s.held == nullptr && HasReceiver()) {
      if (IsPaused(context.now)) break;  // As at the end (CON-154).
      Candidate next;
      found = FindNext(context, next);
      if (found != Found::kYes) break;
      if (!Send(context, next)) {
        found = Found::kNone;
        break;
      }
    }
    if (s.held != nullptr) break;
    EndDelivering(context, found);
    // Interest that came or went is noticed only now.
    if (s.push == nullptr || !RefreshInterest(context)) break;
  }
  s.delivering = false;
  TellOwner();
}

Consumer::Found Consumer::FindNext(const Context& context, Candidate& next) {
  State& s = *state_;
  const MessageStore& store = owner_.store();
  while (PendingAck* entry = s.redeliveries.Pop(s.pending)) {  // DEL-041
    const MessageStore::Entry* message = store.Find(entry->stream_seq);
    if (config_.max_deliver > 0 &&
        static_cast<std::int64_t>(entry->redeliveries) + 1 >=
            config_.max_deliver) {
      const std::int64_t deliveries = entry->redeliveries + 1;
      const bool tell = deliveries == config_.max_deliver ||
                        profile_.lowered_max_deliver_is_advised;
      Exhaust(context, entry->stream_seq, tell ? deliveries : 0);
      continue;
    }
    if (message == nullptr) {  // See OnPurged().
      if (profile_.redelivery_drops_missing) {
        AckCommand command;
        command.stream_sequence = entry->stream_seq;
        AckExplicit(context, command, /*sampled=*/false);
      }
      continue;
    }
    next.seq = entry->stream_seq;
    next.delivered = entry->redeliveries + (entry->undelivered ? 1 : 2);
    next.redelivery = entry;
    next.message = *message;
    return Found::kYes;
  }
  if (IsBlocked()) return Found::kBlocked;

  if (s.has_snapshot()) {
    next.seq = s.start.snapshot[s.snapshot_at];
    next.from_snapshot = true;
    const MessageStore::Entry* message = store.Find(next.seq);
    if (message == nullptr) {  // DEL-014
      if (++s.snapshot_at == s.start.snapshot.size()) {
        s.next_stream_seq = s.start.resume;
      }
      return Found::kNone;
    }
    next.message = *message;
    return Found::kYes;
  }

  next.seq = store.NextMatching(filter_, s.next_stream_seq);
  if (next.seq == 0) {
    s.next_stream_seq = std::max(s.next_stream_seq, store.last_seq() + 1);
    return Found::kNone;
  }
  next.message = *store.Find(next.seq);
  return Found::kYes;
}

// What could not be sent: a new message is looked at again, a redelivery goes
// to the end of its queue (DEL-046).
void Consumer::PutBack(const Candidate& next) {
  if (next.redelivery != nullptr) {
    state_->redeliveries.Push(*next.redelivery);
  } else if (!next.from_snapshot) {
    state_->next_stream_seq = next.seq;
  }
}

// False if nobody takes it.
bool Consumer::Send(const Context& context, const Candidate& next) {
  State& s = *state_;
  const bool is_new = next.redelivery == nullptr;
  Parcel parcel;
  parcel.ack_prefix = s.ack_prefix;
  internal::DeliveryNumbers& numbers = parcel.numbers;
  numbers.stream_sequence = next.seq;
  numbers.consumer_sequence = s.next_consumer_seq;
  numbers.num_pending = NumPending();
  if (is_new && numbers.num_pending > 0) --numbers.num_pending;
  numbers.timestamp_nanos = next.message.time;
  numbers.delivered = next.delivered;
  parcel.block = config_.headers_only ? WithoutData(*next.message.block)
                                      : next.message.block;
  if (!ChooseReceiver(context, parcel)) {
    PutBack(next);
    return false;
  }

  MovePast(next);
  const Nanos delay = DelayOf(context, parcel);
  if (delay > 0) {
    Hold(context, next, std::move(parcel), delay);
  } else {
    Dispatch(context, next, parcel, /*held=*/nullptr);
  }
  return true;
}

// `next` is taken: it counts as pending no longer, but is not sent yet.
void Consumer::MovePast(const Candidate& next) {
  State& s = *state_;
  if (next.from_snapshot) {
    --s.snapshot_left;
    s.next_stream_seq = ++s.snapshot_at == s.start.snapshot.size()
                            ? s.start.resume
                            : std::max(s.next_stream_seq, next.seq) + 1;
  } else if (next.redelivery == nullptr) {
    if (s.count > 0) --s.count;  // Not all are counted (CON-112).
    s.next_stream_seq = next.seq + 1;
  } else if (next.redelivery->undelivered) {
    next.redelivery->undelivered = 0;
  } else {
    ++next.redelivery->redeliveries;
    if (!next.redelivery->redelivered) ++s.pending_redelivered;
    next.redelivery->redelivered = 1;
  }
}

// How long `parcel` waits: for the time that lay between the messages
// (DEL-047), then for the rate limit (PSH-025).
Nanos Consumer::DelayOf(const Context& context, const Parcel& parcel) {
  State& s = *state_;
  Nanos delay = 0;
  if (s.replaying && s.last_sent_stored != 0) {
    const Nanos gap = parcel.numbers.timestamp_nanos - s.last_sent_stored;
    if (gap > kMillisecond) delay = gap;
  }
  if (s.replaying) s.last_sent_stored = parcel.numbers.timestamp_nanos;
  if (s.push != nullptr && s.push->rate != nullptr) {
    delay = After(delay, s.push->rate->Reserve(After(context.now, delay),
                                               parcel.Size()));
  }
  return delay;
}

void Consumer::Hold(const Context& context, const Candidate& next,
                    Parcel parcel, Nanos delay) {
  State& s = *state_;
  s.held = std::make_unique<Held>();
  s.held->next = next;
  s.held->parcel = std::move(parcel);
  if (s.push == nullptr) HoldForRequest(context, *s.held);
  s.held_until = After(context.now, delay);
}

void Consumer::ReleaseHeld(const Context& context) {
  State& s = *state_;
  const std::unique_ptr<Held> held = std::move(s.held);
  s.held_until = kNever;
  bool lost = false;  // Before this: by now it is known.
  if (s.push != nullptr) {
    lost = std::exchange(s.push->lost, false);
    s.push->heartbeat_missed |= profile_.late_heartbeat_is_sent &&
                                s.push->heartbeat > 0 &&
                                s.push->heartbeat_at <= context.now;
  }
  s.delivering = true;  // One after the other.
  Dispatch(context, held->next, held->parcel, held.get());
  s.delivering = false;
  if (lost) {
    s.push->bound = false;
    s.push->interest_changed = true;
  }
  Deliver(context);
}

void Consumer::Dispatch(const Context& context, const Candidate& next,
                        const Parcel& parcel, Held* held) {
  State& s = *state_;
  const std::uint64_t consumer_seq = s.next_consumer_seq++;
  s.delivered_active = context.now;
  s.last_activity = context.now;
  s.stored_delivered.consumer_seq = consumer_seq;
  s.stored_delivered.stream_seq =
      std::max(s.stored_delivered.stream_seq, next.seq);

  if (config_.ack_policy == AckPolicy::kNone) {  // DEL-045
    s.floor = {consumer_seq, next.seq};
    s.stored_floor = s.floor;
    s.floor_moved = true;
  } else {
    PendingAck* entry = nullptr;
    if (next.redelivery == nullptr) {
      entry = &s.pending.Append(next.seq, consumer_seq, context.now);
    } else {
      // While it waited it may have been settled.
      entry = held == nullptr ? next.redelivery : s.pending.Find(next.seq);
    }
    if (entry != nullptr) StartAckWait(context, *entry);
  }

  if (!HandOver(context, parcel, held)) DidNotDeliver(next.seq);

  if (config_.ack_policy == AckPolicy::kNone && !config_.direct &&
      owner_.stream_config().retention != Retention::kLimits) {
    owner_.OnSettled(context, *this, next.seq);  // ACK-057
  }
}

// `entry` is delivered now.
void Consumer::StartAckWait(const Context& context, PendingAck& entry) {
  State& s = *state_;
  entry.timestamp = context.now;
  entry.adjusted = 0;
  if (!HasAckWait()) return;
  s.timers.Track(entry, s.pending);
  const Nanos check = After(context.now + kMillisecond, s.timers.WaitOf(entry));
  if (s.check_at == kNever || profile_.later_delivery_shortens_timer) {
    s.check_at = std::min(s.check_at, check);  // ACK-035
  }
}

// DEL-049: who was to get it went while it waited.
void Consumer::DidNotDeliver(std::uint64_t seq) {
  State& s = *state_;
  PendingAck* const entry = s.pending.Find(seq);
  if (s.push != nullptr) s.push->lost = true;
  if (entry == nullptr) return;
  if (profile_.undelivered_is_uncounted) {
    if (entry->redeliveries > 0) {
      --entry->redeliveries;
    } else if (profile_.undelivered_counts_down) {
      entry->undelivered = 1;
      entry->redelivered = 1;
      ++s.pending_redelivered;
    }
  }
  if (s.push == nullptr && entry->queue_ticket == 0) {
    s.timers.Untrack(*entry);
    s.redeliveries.Push(*entry);
  }
}

// Delivered as often as allowed (ACK-040 to ACK-043). The floor stays where it
// is. `deliveries` 0: no advisory.
void Consumer::Exhaust(const Context& context, std::uint64_t seq,
                       std::uint64_t deliveries) {
  State& s = *state_;
  RemovePending(*s.pending.Find(seq));
  s.exhausted.insert(seq);
  if (deliveries == 0) return;
  const std::string& stream = owner_.stream_config().name;
  const std::string subject = absl::StrCat(
      "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.", stream, ".", name_);
  if (!owner_.router().HasInterest(subject)) return;
  owner_.Advise(
      context, subject, "io.nats.jetstream.advisory.v1.max_deliver",
      absl::StrCat("{\"stream\":", JsonString(stream),
                   ",\"consumer\":", JsonString(name_), ",\"stream_seq\":", seq,
                   ",\"deliveries\":", deliveries, "}"));
}

}  // namespace windtunnel::broker
