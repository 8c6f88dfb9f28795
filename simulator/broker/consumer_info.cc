// What a consumer tells of itself (INF-001 ff.).

#include <utility>

#include "simulator/broker/consumer_state.h"

namespace windtunnel::broker {

ConsumerInfo Consumer::Info(const Context& context) {
  State& s = *state_;
  CheckCount();
  const auto to_pair = [](const Mark& mark, Nanos last_active) {
    SequencePair pair{mark.consumer_seq, mark.stream_seq, std::nullopt};
    if (last_active != 0) pair.last_active = absl::FromUnixNanos(last_active);
    return pair;
  };

  ConsumerInfo info;
  info.stream_name = owner_.stream_config().name;
  info.name = name_;
  info.created = absl::FromUnixNanos(s.created);
  info.config = config_;
  // INF-005; direct ones store nothing.
  const bool stored = profile_.info_shows_stored_state && !config_.direct;
  // In memory, what was never written looks as if there was no state.
  const bool written = s.stored_delivered.consumer_seq != 0 ||
                       s.stored_delivered.stream_seq != 0 ||
                       owner_.stream_config().storage == Storage::kFile;
  info.delivered = to_pair(stored && written ? s.stored_delivered : s.position(),
                           s.delivered_active);
  info.ack_floor = to_pair(stored ? s.stored_floor : s.floor, s.floor_active);
  info.num_ack_pending = s.pending.size();
  info.num_redelivered = s.pending_redelivered + s.given_up.size();
  if (config_.max_deliver == 1 && profile_.single_delivery_hides_redelivered) {
    info.num_redelivered = 0;  // ACK-046
  }
  info.num_pending = NumPending();
  info.push_bound = s.push != nullptr && s.push->bound && !s.push->lost;
  if (IsPaused(context.now)) {
    info.paused = true;
    info.pause_remaining =
        *config_.pause_until - absl::FromUnixNanos(context.now);
  }
  info.priority_groups = GroupStates();
  if (profile_.info_has_ts) info.ts = absl::FromUnixNanos(context.now);
  CheckRequests(context, false);  // PUL-027
  TellOwner();
  info.num_waiting = s.requests.size();
  return info;
}

}  // namespace windtunnel::broker
