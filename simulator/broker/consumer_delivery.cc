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
  return !state_->requests.empty();
}

// Decides who gets `parcel`, and may add to it what only that one gets. False:
// nobody takes it.
bool Consumer::ChooseReceiver(const Context& context, Parcel& parcel) {
  return ChooseRequest(context, parcel);
}

// To whom was chosen.
void Consumer::HandOver(const Context& context, const Parcel& parcel) {
  HandToRequest(context, parcel);
}

// There is nothing more to send for the time being, as `found` says.
void Consumer::EndDelivering(const Context& context, Found found) {
  if (found == Found::kNone) CheckRequests(context, true);
}

void Consumer::Deliver(const Context& context) {
  State& s = *state_;
  if (s.delivering) return;
  s.delivering = true;
  Found found = Found::kNone;
  while (HasReceiver()) {
    if (IsPaused(context.now)) break;  // As at the end of the stream (CON-154).
    Candidate next;
    found = FindNext(context, next);
    if (found != Found::kYes) break;
    if (!Send(context, next)) {
      found = Found::kNone;
      break;
    }
  }
  EndDelivering(context, found);
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
    next.delivered = entry->redeliveries + 2;
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
  if (next.seq <= s.replay_until && s.last_sent_stored != 0) {  // DEL-047
    const Nanos gap = next.message.time - s.last_sent_stored;
    if (gap > kMillisecond && s.last_sent_at + gap > context.now) {
      s.replay_at = s.last_sent_at + gap;
      return Found::kBlocked;
    }
  }
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

  if (next.from_snapshot) {
    --s.snapshot_left;
    s.next_stream_seq = ++s.snapshot_at == s.start.snapshot.size()
                            ? s.start.resume
                            : std::max(s.next_stream_seq, next.seq) + 1;
  } else if (is_new) {
    if (s.count > 0) --s.count;  // Not all are counted (CON-112).
    s.next_stream_seq = next.seq + 1;
  }
  ++s.next_consumer_seq;
  s.delivered_active = context.now;
  s.last_activity = context.now;
  s.stored_delivered.consumer_seq = numbers.consumer_sequence;
  s.stored_delivered.stream_seq =
      std::max(s.stored_delivered.stream_seq, next.seq);
  if (config_.replay_policy == ReplayPolicy::kOriginal) {
    s.last_sent_stored = next.message.time;
    s.last_sent_at = context.now;
  }

  if (config_.ack_policy == AckPolicy::kNone) {  // DEL-045
    s.floor = {numbers.consumer_sequence, next.seq};
    s.stored_floor = s.floor;
    s.floor_moved = true;
  } else {
    PendingAck* entry = next.redelivery;
    if (entry == nullptr) {
      entry =
          &s.pending.Append(next.seq, numbers.consumer_sequence, context.now);
    } else {
      if (++entry->redeliveries == 1) ++s.pending_redelivered;
      entry->timestamp = context.now;
      entry->adjusted = 0;
    }
    s.timers.Track(*entry, s.pending);
    const Nanos check =
        After(context.now + kMillisecond, s.timers.WaitOf(*entry));
    if (s.check_at == kNever || profile_.later_delivery_shortens_timer) {
      s.check_at = std::min(s.check_at, check);  // ACK-035
    }
  }

  HandOver(context, parcel);

  if (config_.ack_policy == AckPolicy::kNone &&
      owner_.stream_config().retention != Retention::kLimits) {
    owner_.OnSettled(context, *this, next.seq);  // ACK-057
  }
  return true;
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
