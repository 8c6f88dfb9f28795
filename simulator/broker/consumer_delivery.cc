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
  CheckRequests(context, found != Found::kBlocked);
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
  Found found = Found::kNone;
  while (s.redeliveries.size() > 0) {  // DEL-041
    if (FindRedelivery(context, next, &found)) return found;
  }
  const MessageStore& store = owner_.store();
  std::uint64_t from = s.next_stream_seq;
  const bool in_snapshot = s.has_snapshot();
  if (in_snapshot && profile_.skips_lost_snapshot_entries) {
    from = TakeFromSnapshot();
  }
  if (IsBlocked()) return Found::kBlocked;

  next.delivered = 1;
  if (in_snapshot && !profile_.skips_lost_snapshot_entries) {
    next.seq = TakeFromSnapshot();
    const MessageStore::Entry* message = store.Find(next.seq);
    if (message == nullptr) return Found::kNone;  // DEL-014
    next.message = *message;
    return Found::kYes;
  }
  next.seq = IsBlind() ? 0 : store.NextMatching(filter_, from);
  const std::uint64_t passed = next.seq == 0 ? store.last_seq() : next.seq;
  s.next_stream_seq = std::max(s.next_stream_seq, passed + 1);
  if (next.seq == 0) {
    if (!profile_.counts_anew_at_info &&
        s.next_stream_seq > store.last_seq()) {
      s.count = 0;
      s.counted_to = store.last_seq();
    }
    return Found::kNone;
  }
  next.message = *store.Find(next.seq);
  return Found::kYes;
}

// Takes the first of what is to be delivered again. False: that is over; try the
// next.
bool Consumer::FindRedelivery(const Context& context, Candidate& next,
                              Found* found) {
  State& s = *state_;
  const RedeliveryQueue::Item item = s.redeliveries.Pop(s.pending);
  const std::int64_t deliveries = AddRedelivery(item.stream_seq, item.entry);
  const std::int64_t max_deliver = config_.max_deliver;
  if (max_deliver > 0 && deliveries >= max_deliver) {
    if (deliveries == max_deliver || profile_.lowered_max_deliver_is_advised) {
      AdviseExhausted(context, item.stream_seq, deliveries);
    }
    if (item.entry != nullptr) Exhaust(context, *item.entry);
    return false;
  }
  next.seq = item.stream_seq;
  next.delivered = static_cast<std::uint32_t>(deliveries + 1);
  next.redelivery = item.entry;
  if (const MessageStore::Entry* message = owner_.store().Find(next.seq)) {
    next.message = *message;
    *found = Found::kYes;
    return true;
  }
  *found = Found::kNone;
  const bool passes = profile_.redelivery_passes_missing;
  if (passes) UndoRedelivery(item.stream_seq, item.entry);
  if (item.entry != nullptr) s.timers.TrackDelayed(*item.entry);
  if (!passes) return true;
  if (item.entry != nullptr && profile_.redelivery_drops_missing) {
    AckCommand command = Termination(*item.entry);
    command.delivered = static_cast<std::uint64_t>(deliveries);
    Terminate(context, command);
  }
  return false;
}

// The first entry of the snapshot that is left.
std::uint64_t Consumer::TakeFromSnapshot() {
  State& s = *state_;
  const std::uint64_t seq = s.start.snapshot[s.snapshot_at++];
  const bool goes_on = profile_.skips_lost_snapshot_entries;
  if (!s.has_snapshot()) {
    // The position of older servers follows what they find.
    s.next_stream_seq = s.start.resume - (goes_on ? 1 : 0);
    s.start.snapshot = {};
    s.snapshot_at = 0;
  } else if (!goes_on) {
    if (profile_.snapshot_moves_position) s.next_stream_seq = seq;
    ++s.next_stream_seq;
  }
  return seq;
}

// What could not be sent: a new message is looked at again, a redelivery goes
// to the end of its queue. Older servers turn back by one message in any case
// (DEL-046).
void Consumer::PutBack(const Candidate& next) {
  State& s = *state_;
  if (profile_.put_back_turns_back) {
    --s.next_stream_seq;
    if (next.is_new()) UncountDelivered();
    if (next.redelivery != nullptr) s.timers.TrackDelayed(*next.redelivery);
    return;
  }
  if (next.is_new() && next.seq == s.next_stream_seq - 1) {
    --s.next_stream_seq;
    UncountDelivered();
    return;
  }
  UndoRedelivery(next.seq, next.redelivery);
  if (next.redelivery != nullptr) {
    s.redeliveries.Push(*next.redelivery);
  } else {
    s.redeliveries.PushUnsent(next.seq);
  }
}

// False if nobody takes it.
bool Consumer::Send(const Context& context, const Candidate& next) {
  State& s = *state_;
  if (next.is_new()) CountDelivered();
  Parcel parcel;
  parcel.ack_prefix = s.ack_prefix;
  internal::DeliveryNumbers& numbers = parcel.numbers;
  numbers.stream_sequence = next.seq;
  numbers.consumer_sequence = s.next_consumer_seq;
  numbers.num_pending = NumPending();
  numbers.timestamp_nanos = next.message.time;
  numbers.delivered = next.delivered;
  parcel.block = config_.headers_only ? WithoutData(*next.message.block)
                                      : next.message.block;
  if (!ChooseReceiver(context, parcel)) {
    PutBack(next);
    return false;
  }

  const Nanos delay = DelayOf(context, parcel);
  if (delay > 0) {
    Hold(context, next, std::move(parcel), delay);
  } else {
    Dispatch(context, next, parcel, /*held=*/nullptr);
  }
  return true;
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
  // What an acknowledgement made up was acknowledged before is not noted.
  if (consumer_seq > s.stored_floor.consumer_seq) {
    s.stored_delivered.consumer_seq = consumer_seq;
    s.stored_delivered.stream_seq =
        std::max(s.stored_delivered.stream_seq, next.seq);
  }

  if (config_.ack_policy == AckPolicy::kNone) {  // DEL-045
    s.floor = {consumer_seq, next.seq};
    s.stored_floor = s.stored_delivered;
  } else {
    TrackDelivery(context, next, consumer_seq);
  }
  if (!HandOver(context, parcel, held)) DidNotDeliver(next.seq);

  if (config_.ack_policy == AckPolicy::kNone && !config_.direct &&
      owner_.stream_config().retention != Retention::kLimits) {
    owner_.OnSettled(context, *this, next.seq);  // ACK-057
  }
}

// DEL-049: who was to get it went while it waited.
void Consumer::DidNotDeliver(std::uint64_t seq) {
  State& s = *state_;
  PendingAck* const entry = s.pending.Find(seq);
  if (s.push != nullptr) s.push->lost = true;
  if (entry == nullptr) return;
  if (profile_.undelivered_is_uncounted &&
      (entry->redeliveries > 0 || profile_.undelivered_counts_down)) {
    s.timers.Untrack(*entry);
    UndoRedelivery(seq, entry);
    if (entry->queue_ticket == 0 && HasAckWait()) s.timers.TrackDelayed(*entry);
  }
  if (s.push == nullptr && entry->queue_ticket == 0) {
    s.timers.Untrack(*entry);
    s.redeliveries.Push(*entry);
  }
}

// From now on the message waits for its acknowledgement.
void Consumer::TrackDelivery(const Context& context, const Candidate& next,
                             std::uint64_t consumer_seq) {
  State& s = *state_;
  PendingAck* entry = s.pending.Find(next.seq);
  if (entry == nullptr) {
    entry = &s.pending.Add(next.seq, consumer_seq, context.now);
    if (const auto known = s.given_up.find(next.seq);
        known != s.given_up.end()) {
      entry->redeliveries = known->second;
      entry->counted = 1;
      ++s.pending_redelivered;
      s.given_up.erase(known);
    }
  } else {
    s.timers.Untrack(*entry);
    entry->timestamp = context.now;
    entry->adjusted = 0;
  }
  if (!HasAckWait()) return;
  if (entry->queue_ticket == 0) s.timers.Track(*entry, s.pending);
  const Nanos check =
      After(context.now + kMillisecond, s.timers.WaitOf(*entry));
  if (s.check_at == kNever || profile_.later_delivery_shortens_timer) {
    s.check_at = std::min(s.check_at, check);  // ACK-035
  }
}

// Delivered as often as allowed (ACK-040 to ACK-043).
void Consumer::Exhaust(const Context& context, PendingAck& entry) {
  State& s = *state_;
  const std::uint64_t consumer_seq = entry.consumer_seq;
  const std::uint64_t seq = entry.stream_seq;
  RemovePending(entry, /*keep_redeliveries=*/true);
  if (profile_.timer_exhausts) s.delivered_active = context.now;
  if (profile_.exhaustion_settles) {
    s.MoveFloor(s.floor, s.position(), consumer_seq, seq);
  }
}

void Consumer::AdviseExhausted(const Context& context, std::uint64_t seq,
                               std::uint64_t deliveries) {
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
