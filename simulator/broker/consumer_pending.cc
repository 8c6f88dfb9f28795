// How many messages are still to come: counted as servers do, with each message
// stored, delivered or removed, and in full only now and then, so that what a
// server gets wrong comes out the same (DEL-037 to DEL-039, INF-008).

#include <algorithm>

#include "simulator/broker/consumer_state.h"

namespace windtunnel::broker {

void Consumer::RecountPending() {
  State& s = *state_;
  const MessageStore& store = owner_.store();
  if (config_.deliver_policy == DeliverPolicy::kLastPerSubject) {
    const std::vector<std::uint64_t> last =
        store.LastPerSubject(filter_, store.last_seq());
    s.count = last.end() -
              std::lower_bound(last.begin(), last.end(), s.next_stream_seq);
  } else {
    s.count = static_cast<std::int64_t>(
        store.CountMatching(filter_, s.next_stream_seq));
  }
  s.counted_to = store.last_seq();
  s.counted_removals = store.removals();
  s.recounted_to = 0;
  if (s.count > 0) s.recounted_to = store.LastMatching(filter_, s.counted_to);
}

// Nobody tells a consumer without requests of new messages.
void Consumer::CountStored() {
  State& s = *state_;
  const MessageStore& store = owner_.store();
  if (s.deaf) {  // CON-112
    s.counted_to = store.last_seq();
    return;
  }
  if (!s.watching && s.counted_removals != store.removals()) {
    return RecountPending();
  }
  if (s.counted_to >= store.last_seq()) return;
  s.count +=
      static_cast<std::int64_t>(store.CountMatching(filter_, s.counted_to + 1));
  s.counted_to = store.last_seq();
}

std::uint64_t Consumer::NumPending() {
  State& s = *state_;
  CountStored();
  if (profile_.counts_anew_at_info && s.recounted_to == 0) RecountPending();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(s.count, 0));
}

// The position is past what is delivered already, which a full count leaves
// out.
void Consumer::CountDelivered() {
  const State& s = *state_;
  if (!s.deaf && !s.watching &&
      s.counted_removals != owner_.store().removals()) {
    return RecountPending();
  }
  CountStored();
  if (profile_.counts_anew_at_info && state_->recounted_to == 0) return;
  --state_->count;
}

void Consumer::UncountDelivered() {
  if (profile_.counts_anew_at_info && state_->recounted_to == 0) return;
  ++state_->count;
}

// What an info puts right.
void Consumer::CheckCount() {
  State& s = *state_;
  if (profile_.counts_anew_at_info) return RecountPending();
  CountStored();
  const MessageStore& store = owner_.store();
  const auto messages = static_cast<std::int64_t>(store.messages());
  const bool at_end = s.next_stream_seq > store.last_seq();
  if (profile_.info_bounds_pending) {
    // Less than none is put right at the end only.
    if (at_end) {
      s.count = 0;
    } else if (s.count > 0) {
      const std::uint64_t ahead = store.last_seq() - s.next_stream_seq + 1;
      s.count = std::min({s.count, messages, static_cast<std::int64_t>(ahead)});
    }
  } else if ((at_end && s.count > 0) || s.count > messages) {
    RecountPending();
  }
}

}  // namespace windtunnel::broker
