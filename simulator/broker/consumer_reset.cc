// Resets and restarts (CON-157 to CON-165, CON-176 to CON-181).

#include <algorithm>
#include <optional>

#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/consumer_state.h"
#include "simulator/broker/instant.h"

namespace windtunnel::broker {

std::optional<JetStreamError> Consumer::Reset(std::uint64_t seq,
                                              std::uint64_t* reset_seq) {
  State& s = *state_;
  const auto refusal = [](absl::string_view why) {
    return catalogue::Make(catalogue::kConsumerInvalidReset, why);
  };
  if (seq > 0) {
    switch (config_.deliver_policy) {
      case DeliverPolicy::kAll:
        break;
      case DeliverPolicy::kByStartSequence:
        if (seq < config_.opt_start_seq) return refusal("below start seq");
        break;
      case DeliverPolicy::kByStartTime:
        if (seq < owner_.store().FirstAtOrAfter(
                      absl::ToUnixNanos(*config_.opt_start_time))) {
          return refusal("below start time");
        }
        break;
      default:
        return refusal("not allowed");
    }
  }
  const std::uint64_t next = seq > 0 ? seq : s.floor.stream_seq + 1;
  *reset_seq = next;
  // Back to the ack floor, with nothing acknowledged out of order, servers only
  // add what was pending; without a move they leave the count alone.
  const auto pending = static_cast<std::int64_t>(s.pending.size());
  const bool moves = pending > 0 || s.next_stream_seq != next;
  const bool counts_anew =
      moves && (next != s.floor.stream_seq + 1 ||
                config_.ack_policy == AckPolicy::kExplicit ||
                config_.ack_policy == AckPolicy::kNone);
  CountStored();
  if (!counts_anew) s.count += pending;
  ForgetDeliveries();
  s.next_consumer_seq = 1;
  s.next_stream_seq = next;
  s.floor = s.stored_floor = s.stored_delivered = {0, next - 1};
  if (counts_anew) RecountPending();
  s.wake = true;
  return std::nullopt;
}

void Consumer::ForgetDeliveries() {
  State& s = *state_;
  s.pending.Clear();
  s.pending_redelivered = 0;
  s.redeliveries.Clear();
  s.given_up.clear();
  s.delivered_active = 0;
  s.floor_active = 0;
  StartTimers();
}

void Consumer::Restart(const Context& context) {
  State& s = *state_;
  s.requests.Clear();
  s.requests_at = kNever;
  s.pin.reset();  // GRP-036
  s.held = nullptr;
  s.held_until = kNever;
  s.signals = filter_;
  s.deaf = false;
  s.reads_wildcards = !profile_.keeps_kind_of_filter || HasWildcardFilter();
  s.had_redelivery = s.pending_redelivered > 0 || !s.given_up.empty();
  s.told_hungry = false;
  s.watching = false;
  s.told_deadline = kNever;
  s.redeliveries.Clear();
  s.delivered_active = 0;
  s.floor_active = 0;
  s.start = {};
  s.snapshot_at = 0;
  s.next_stream_seq = s.stored_delivered.stream_seq + 1;
  s.floor = s.stored_floor;
  // CON-179: whole seconds, of the message itself unless it was adjusted since.
  s.pending.ForEach([&](PendingAck& entry) {
    entry.queue_ticket = 0;
    Nanos saved = entry.timestamp;
    const MessageStore::Entry* message = owner_.store().Find(entry.stream_seq);
    if (!entry.adjusted && message != nullptr) saved = message->time;
    entry.timestamp = saved / kSecond * kSecond;
  });
  StartTimers();
  s.check_at = kNever;
  if (!s.pending.empty()) s.check_at = context.now;
  if (!s.pending.empty() && profile_.restart_delays_check) {  // CON-180
    const auto drawn = static_cast<Nanos>(
        context.choices.Draw("consumer.restart_check_ms", 1000));
    s.check_at += std::min<Nanos>(
        (500 + drawn) * kMillisecond,
        After(absl::ToInt64Nanoseconds(config_.ack_wait), kMillisecond));
  }
  RecountPending();
  s.last_activity = context.now;
  StampInactiveThreshold(context, !config_.durable_name.empty(), config_);
  StartReplay();
  StartPush(context);
  TellOwner();
}

}  // namespace windtunnel::broker
