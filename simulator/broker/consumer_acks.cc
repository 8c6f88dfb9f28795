// What acknowledgements and the ack wait do (ACK-001 to ACK-050).

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "simulator/broker/advisory.h"
#include "simulator/broker/consumer_state.h"
#include "simulator/broker/instant.h"

namespace windtunnel::broker {

namespace {

// A delayed NAK is looked at no earlier than this (ACK-004).
constexpr Nanos kNakCheck = 10 * kMillisecond;

}  // namespace

bool Consumer::TakesAcks() const {
  if (config_.ack_policy == AckPolicy::kFlowControl) return false;  // CON-173
  return config_.ack_policy != AckPolicy::kNone || profile_.ack_none_confirms;
}

AckOutcome Consumer::Ack(const Context& context, const AckCommand& command) {
  state_->last_activity = context.now;
  AckOutcome outcome;
  outcome.confirm = command.stream_sequence != 0;  // ACK-013
  if (command.no_effect) return outcome;
  switch (command.verb) {
    case AckVerb::kAck:
      outcome.confirm = AckMessage(context, command, /*sampled=*/true);
      break;
    case AckVerb::kNak:
      Nak(context, command);
      break;
    case AckVerb::kInProgress:
      Progress(context, command.stream_sequence);
      break;
    case AckVerb::kTerm:
      outcome.confirm = AckMessage(context, command, /*sampled=*/false);
      AdviseTerminated(context, command);
      break;
  }
  TellOwner();
  return outcome;
}

// False: not to be confirmed (ACK-013).
bool Consumer::AckMessage(const Context& context, const AckCommand& command,
                          bool sampled) {
  State& s = *state_;
  const std::uint64_t seq = command.stream_sequence;
  if (config_.ack_policy == AckPolicy::kNone) return seq != 0;
  // With flow control, clients may be ahead.
  const bool may_be_ahead =
      profile_.confirms_unknown_acks ||
      (config_.flow_control && profile_.flow_control_acks_ahead);
  if (seq >= s.next_stream_seq && !may_be_ahead) return false;
  bool makes_room = IsBlocked();
  if (config_.ack_policy != AckPolicy::kExplicit) {
    if (!AckUpTo(context, command)) return seq != 0;
  } else {
    makes_room = makes_room && s.pending.Find(seq) != nullptr;
    AckExplicit(context, command, sampled);
  }
  if (makes_room) {
    if (command.wakes_later) {
      s.wake = !s.delivering;
    } else {
      Deliver(context);
    }
  }
  // Newer servers confirm where they note it: without retention by interest,
  // whatever the sequence.
  return seq != 0 ||
         (!profile_.confirms_unknown_acks &&
          owner_.stream_config().retention == Retention::kLimits);
}

void Consumer::RemovePending(PendingAck& entry, bool keep_redeliveries) {
  State& s = *state_;
  if (entry.counted) {
    --s.pending_redelivered;
    if (keep_redeliveries) s.given_up[entry.stream_seq] = entry.redeliveries;
  }
  s.redeliveries.Remove(entry);
  s.timers.Untrack(entry);
  s.pending.Remove(entry);
}

void Consumer::AckExplicit(const Context& context, const AckCommand& command,
                           bool sampled) {
  State& s = *state_;
  const std::uint64_t seq = command.stream_sequence;
  std::uint64_t consumer_seq = command.consumer_sequence;
  PendingAck* entry = s.pending.Find(seq);
  const bool was_pending = entry != nullptr;
  if (was_pending) {
    if (sampled && s.sample_percent > 0) {
      AdviseSample(context, command, context.now - entry->timestamp);
    }
    consumer_seq = entry->consumer_seq;
    RemovePending(*entry);
  } else {
    s.given_up.erase(seq);  // ACK-044
  }
  if (was_pending || profile_.any_ack_moves_floor) {
    s.MoveFloor(s.floor, s.position(), consumer_seq, seq);
  }
  if (was_pending && consumer_seq > s.stored_floor.consumer_seq) {
    s.MoveFloor(s.stored_floor, s.stored_delivered, consumer_seq, seq);
  }
  s.floor_active = context.now;  // INF-004
  // What is yet to be delivered is wanted still.
  const bool is_ahead =
      seq >= s.next_stream_seq && profile_.flow_control_acks_ahead;
  if (owner_.stream_config().retention != Retention::kLimits && !is_ahead) {
    owner_.OnSettled(context, *this, seq);
  }
}

// ACK-027, ACK-028. False if it was below the floor.
bool Consumer::AckUpTo(const Context& context, const AckCommand& command) {
  State& s = *state_;
  const std::uint64_t seq = command.stream_sequence;
  if (command.consumer_sequence <= s.floor.consumer_seq ||
      seq <= s.floor.stream_seq) {
    return false;
  }
  const std::uint64_t floor_before = s.floor.stream_seq;
  s.floor = {command.consumer_sequence, seq};
  if (s.pending.Find(seq) != nullptr) s.stored_floor = s.floor;
  // What is given up and lies far below is passed over.
  if (!profile_.ack_all_spares_given_up ||
      seq - floor_before <= s.pending.size()) {
    s.given_up.erase(s.given_up.upper_bound(floor_before),
                     s.given_up.upper_bound(seq));
  }
  // From where on the stream is told.
  std::uint64_t settled = seq;
  if (profile_.ack_all_settles_undelivered) settled = floor_before + 1;
  if (profile_.ack_all_counts_from_zero) settled = seq - floor_before;
  PendingAck* entry = s.pending.NextAfter(0);
  while (entry != nullptr && entry->stream_seq <= seq) {
    const std::uint64_t removed = entry->stream_seq;
    settled = std::min(settled, removed);
    RemovePending(*entry);
    entry = s.pending.NextAfter(removed);
  }
  s.floor_active = context.now;
  if (owner_.stream_config().retention == Retention::kLimits) return true;
  // ACK-058
  const MessageStore& store = owner_.store();
  for (std::uint64_t at = store.NextMatching(filter_, settled);
       at != 0 && at <= seq; at = store.NextMatching(filter_, at + 1)) {
    owner_.OnSettled(context, *this, at);
  }
  return true;
}

// Counts a redelivery of `seq`, whose entry is `entry` if it is pending; how many
// there were.
std::int64_t Consumer::AddRedelivery(std::uint64_t seq, PendingAck* entry) {
  State& s = *state_;
  s.had_redelivery = true;
  if (entry == nullptr) return ++s.given_up[seq];
  if (!entry->counted) {
    entry->counted = 1;
    ++s.pending_redelivered;
  }
  return ++entry->redeliveries;
}

// It could not be sent (DEL-046).
void Consumer::UndoRedelivery(std::uint64_t seq, PendingAck* entry) {
  State& s = *state_;
  if (entry == nullptr) {
    if (--s.given_up[seq] <= 0 && profile_.forgets_undone_redeliveries) {
      s.given_up.erase(seq);
    }
    return;
  }
  --entry->redeliveries;
  const bool counts =
      entry->redeliveries != 0 || !profile_.forgets_undone_redeliveries;
  if (counts == static_cast<bool>(entry->counted)) return;
  entry->counted = counts;
  s.pending_redelivered += counts ? 1 : -1;
}

void Consumer::Nak(const Context& context, const AckCommand& command) {
  State& s = *state_;
  // ACK-017
  if (command.consumer_sequence <= s.floor.consumer_seq ||
      command.consumer_sequence > s.next_consumer_seq) {
    return;
  }
  PendingAck* entry = s.pending.Find(command.stream_sequence);
  // Some servers look only if anything is pending.
  const bool unasked =
      entry == nullptr && s.pending.empty() && profile_.confirms_unknown_acks;
  if (entry == nullptr && !unasked) return;
  AdviseMessage(context, "MSG_NAKED", "nak", command, "");
  if (unasked) {
    if (command.delay.has_value()) return;
    s.redeliveries.PushUnsent(command.stream_sequence);
    return Deliver(context);
  }

  s.timers.Untrack(*entry);
  if (command.delay.has_value()) {  // ACK-025, ACK-037
    s.redeliveries.Remove(*entry);
    entry->timestamp =
        After(context.now - absl::ToInt64Nanoseconds(config_.ack_wait),
              *command.delay);
    entry->adjusted = 1;
    s.timers.TrackDelayed(*entry);
    s.check_at = context.now + kNakCheck;
    s.delivered_active = context.now;  // INF-003
    return;
  }
  if (entry->queue_ticket == 0) s.redeliveries.Push(*entry);  // ACK-024
  Deliver(context);
}

// ACK-005, ACK-038
void Consumer::Progress(const Context& context, std::uint64_t seq) {
  State& s = *state_;
  PendingAck* entry = s.pending.Find(seq);
  if (entry == nullptr) return;
  s.timers.Untrack(*entry);
  entry->timestamp = context.now;
  entry->adjusted = 1;
  if (entry->queue_ticket == 0) s.timers.Track(*entry, s.pending);
  s.delivered_active = context.now;
}

// A pending message that left the stream (DEL-027).
void Consumer::Terminate(const Context& context, const AckCommand& command) {
  AckMessage(context, command, /*sampled=*/false);
  AdviseTerminated(context, command);
  TellOwner();
}

void Consumer::AdviseTerminated(const Context& context,
                                const AckCommand& command) {
  const std::string reason =
      command.reason.empty()
          ? ""
          : absl::StrCat(",\"reason\":", JsonString(command.reason));
  AdviseMessage(context, "MSG_TERMINATED", "terminated", command, reason);
}

// The ack waits that are over: ACK-031 to ACK-042. What is found is queued in the
// order of the stream, at once.
void Consumer::CheckPending(const Context& context) {
  State& s = *state_;
  const bool dropped = DropBelowFloor();
  std::vector<std::uint64_t> expired;
  s.timers.TakeExpired(s.pending, context.now, expired);
  std::sort(expired.begin(), expired.end());
  expired.erase(std::unique(expired.begin(), expired.end()), expired.end());
  const bool wake = QueueExpired(context, expired);
  if (s.pending.empty()) {
    s.check_at = kNever;
    if (profile_.idle_timer_settles) {
      s.redeliveries.Clear();
      s.floor = s.position();
    }
  } else {
    const std::vector<Nanos>& steps = s.timers.steps();
    Nanos next = steps.back();
    if (!config_.backoff.empty() && !profile_.later_delivery_shortens_timer) {
      // Nothing brings this timer forward, so it minds each one's next step.
      s.pending.ForEach([&](const PendingAck& entry) {
        const auto step = static_cast<std::size_t>(entry.redeliveries + 1);
        next = std::min(next, steps[std::min(step, steps.size() - 1)]);
      });
    }
    const Nanos earliest = s.timers.Earliest(s.pending);
    if (earliest != kNever) next = std::min(next, earliest - context.now);
    s.check_at = After(context.now, next + kMillisecond);
  }
  if (dropped) s.Store();
  if (wake) Deliver(context);
}

// Queues these, ascending, for redelivery, unless they were delivered often
// enough. True if that lets something be delivered.
bool Consumer::QueueExpired(const Context& context,
                            const std::vector<std::uint64_t>& expired) {
  State& s = *state_;
  Nanos offset = 0;
  bool wake = false;
  for (std::uint64_t seq : expired) {
    PendingAck& entry = *s.pending.Find(seq);
    // From the second delivery on, the timer leaves it to the next attempt to
    // deliver to find that there were enough (ACK-041).
    if (entry.redeliveries < 0) {  // DEL-049: the count wrapped around.
      if (config_.max_deliver <= 0) {
        AdviseExhausted(context, seq,
                        std::numeric_limits<std::uint64_t>::max());
      }
      wake |= IsBlocked();
      Exhaust(context, entry);
      continue;
    }
    const std::int64_t counted = std::max<std::int64_t>(entry.redeliveries, 1);
    if (config_.max_deliver > 0 && counted >= config_.max_deliver &&
        profile_.timer_exhausts) {
      const std::int64_t deliveries = entry.redeliveries + 1;
      if (profile_.lowered_max_deliver_is_advised) {
        AdviseExhausted(context, seq, deliveries);
      } else if (counted == config_.max_deliver) {
        AdviseExhausted(context, seq, counted);
      }
      if (entry.redeliveries == 0) AddRedelivery(seq, &entry);
      wake |= IsBlocked();
      Exhaust(context, entry);
      continue;
    }
    if (offset == 0) offset = context.now - entry.timestamp;
    entry.timestamp += offset;
    s.redeliveries.Push(entry);
    wake = true;
  }
  return wake;
}

// Messages that left the stream without this consumer being told. True if there
// were any.
bool Consumer::DropBelowFloor() {
  State& s = *state_;
  const std::uint64_t first = owner_.store().first_seq();
  bool dropped = false;
  for (PendingAck* entry = s.pending.NextAfter(0);
       entry != nullptr &&
       (entry->stream_seq < first ||
        (profile_.idle_timer_settles &&
         entry->stream_seq <= s.floor.stream_seq));
       entry = s.pending.NextAfter(0)) {
    if (profile_.idle_timer_settles) {
      s.floor.stream_seq = std::max(s.floor.stream_seq, entry->stream_seq);
      s.floor.consumer_seq =
          std::max(s.floor.consumer_seq, entry->consumer_seq);
    }
    RemovePending(*entry);
    dropped = true;
  }
  return dropped;
}

void Consumer::AdviseMessage(const Context& context, absl::string_view event,
                             absl::string_view type, const AckCommand& command,
                             absl::string_view more) {
  const std::string& stream = owner_.stream_config().name;
  const std::string subject = absl::StrCat("$JS.EVENT.ADVISORY.CONSUMER.",
                                           event, ".", stream, ".", name_);
  if (!owner_.router().HasInterest(subject)) return;
  owner_.Advise(
      context, subject, absl::StrCat("io.nats.jetstream.advisory.v1.", type),
      absl::StrCat("{\"stream\":", JsonString(stream),
                   ",\"consumer\":", JsonString(name_),
                   ",\"consumer_seq\":", command.consumer_sequence,
                   ",\"stream_seq\":", command.stream_sequence,
                   ",\"deliveries\":", command.delivered, more, "}"));
}

// INF-020 to INF-022
void Consumer::AdviseSample(const Context& context, const AckCommand& command,
                            Nanos ack_time) {
  State& s = *state_;
  if (s.sample_percent < 100 &&
      static_cast<std::int64_t>(context.choices.Draw("consumer.sample", 100)) >
          s.sample_percent) {
    return;
  }
  const std::string& stream = owner_.stream_config().name;
  const std::string subject = absl::StrCat("$JS.EVENT.METRIC.CONSUMER.ACK.",
                                           stream, ".", name_);
  if (!owner_.router().HasInterest(subject)) return;
  owner_.Advise(
      context, subject, "io.nats.jetstream.metric.v1.consumer_ack",
      absl::StrCat("{\"stream\":", JsonString(stream),
                   ",\"consumer\":", JsonString(name_),
                   ",\"consumer_seq\":", command.consumer_sequence,
                   ",\"stream_seq\":", command.stream_sequence,
                   ",\"ack_time\":", ack_time,
                   ",\"deliveries\":", command.delivered, "}"));
}

}  // namespace windtunnel::broker
