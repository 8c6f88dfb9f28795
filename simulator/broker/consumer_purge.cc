// What a consumer makes of messages that left the stream (DEL-022 to DEL-027).

#include <algorithm>
#include <vector>

#include "simulator/broker/consumer_state.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

// Whether one pattern of `filter`, or all of them, are within what was purged.
// A purge has one pattern at most.
bool IsWithin(const SubjectFilter& filter, const SubjectFilter& purged,
              bool all) {
  const auto within = [&](const std::string& pattern) {
    return SubjectContains(purged.patterns().front(), pattern);
  };
  const std::vector<std::string>& patterns = filter.patterns();
  if (all && !patterns.empty()) {
    return std::all_of(patterns.begin(), patterns.end(), within);
  }
  return std::any_of(patterns.begin(), patterns.end(), within);
}

bool Covers(const SubjectFilter& filter, const SubjectFilter& purged) {
  return filter.MatchesAll() ||
         std::any_of(filter.patterns().begin(), filter.patterns().end(),
                     [&](const std::string& pattern) {
                       return SubjectContains(pattern,
                                              purged.patterns().front());
                     });
}

}  // namespace

void Consumer::OnRemoved(const Context& context, std::uint64_t seq,
                         absl::string_view subject, RemovalReason reason) {
  State& s = *state_;
  if (profile_.new_filter_moves_signals && !Hears(subject)) return;
  const std::uint64_t uncounted =
      profile_.counts_anew_at_info ? s.recounted_to : 0;
  if (seq >= s.next_stream_seq && seq > uncounted && seq <= s.counted_to &&
      filter_.Matches(subject) && !IsBlind()) {
    --s.count;
  }
  const PendingAck* entry = s.pending.Find(seq);
  if (entry == nullptr) {
    if (profile_.removal_forgets_redeliveries && s.given_up.erase(seq) > 0) {
      s.floor_active = context.now;
    }
    return;
  }
  AckCommand command = Termination(*entry);  // DEL-027
  if (reason != RemovalReason::kAcknowledged) {
    s.terminated.push_back(command);
    return;
  }
  // Another consumer acknowledged it.
  command.wakes_later = false;
  Terminate(context, command);
}

AckCommand Consumer::Termination(const PendingAck& entry) const {
  AckCommand command;
  command.verb = AckVerb::kTerm;
  command.wakes_later = true;
  const bool may_be_none =
      profile_.removal_counts_redeliveries && state_->had_redelivery;
  command.delivered =
      std::max<std::int64_t>(entry.redeliveries, may_be_none ? 0 : 1);
  command.stream_sequence = entry.stream_seq;
  command.consumer_sequence = entry.consumer_seq;
  if (profile_.removal_has_reason) {
    command.reason = "Unacknowledged message was deleted";
  }
  return command;
}

std::uint64_t Consumer::BeforePurge() {
  CountStored();
  return owner_.store().CountMatching(filter_, CountedRemovalsFrom());
}

// From where on servers count down when one message is removed.
std::uint64_t Consumer::CountedRemovalsFrom() const {
  const State& s = *state_;
  return profile_.counts_anew_at_info
             ? std::max(s.next_stream_seq, s.recounted_to + 1)
             : s.next_stream_seq;
}

void Consumer::OnPurged(const Context& context, const PurgeScope& scope,
                        std::uint64_t ahead) {
  State& s = *state_;
  const MessageStore& store = owner_.store();
  const bool told = scope.told_as.empty()
                        ? !s.deaf
                        : Hears(scope.told_as) && filter_.Matches(scope.told_as);
  if (scope.one_by_one != nullptr) {
    if (told) {
      s.count -= static_cast<std::int64_t>(
          ahead - store.CountMatching(filter_, CountedRemovalsFrom()));
    }
  } else if (scope.removed_some && !profile_.counts_anew_at_info) {
    RecountPending();
  }
  // Each message that is removed by itself is terminated, a little later.
  if (scope.one_by_one != nullptr && told) {
    for (const std::uint64_t seq : *scope.one_by_one) {
      const PendingAck* entry = s.pending.Find(seq);
      if (entry != nullptr) s.terminated.push_back(Termination(*entry));
    }
  }
  MoveToPurged(context, scope);
  Wake(context);
  TellOwner();  // What else is free now is used at the next delivery.
}

// Positions, pending messages and floors.
void Consumer::MoveToPurged(const Context& context, const PurgeScope& scope) {
  State& s = *state_;
  const MessageStore& store = owner_.store();
  bool wider = false;  // This consumer reads more than was purged.
  if (profile_.purge_moves_covering_only) {
    if (scope.has_options && !filter_.MatchesAll() &&
        (scope.filter.MatchesAll() || !Covers(filter_, scope.filter))) {
      return;
    }
  } else if (!scope.filter.MatchesAll() &&
             !IsWithin(filter_, scope.filter,
                       profile_.purge_must_cover_all_filters)) {
    // One that is within will do, too.
    if (!Covers(filter_, scope.filter) &&
        !IsWithin(filter_, scope.filter, /*all=*/false)) {
      return;
    }
    wider = true;
  }
  std::uint64_t first_kept = scope.filter.MatchesAll() || wider
                                 ? store.first_seq()
                                 : store.NextMatching(scope.filter, 1);
  if (first_kept == 0 && !wider) first_kept = store.last_seq() + 1;
  s.next_stream_seq = std::max(s.next_stream_seq, first_kept);

  std::vector<std::uint64_t> gone;
  if (profile_.purge_drops_all_pending) {  // DEL-022, DEL-024
    s.pending.ForEach(
        [&](const PendingAck& entry) { gone.push_back(entry.stream_seq); });
  }
  if (s.floor.stream_seq < first_kept) {
    s.floor.stream_seq = first_kept - 1;
    if (profile_.purge_drops_all_pending) {
      s.floor.consumer_seq = s.next_consumer_seq - 1;
    } else {
      s.pending.ForEach([&](const PendingAck& entry) {
        if (entry.stream_seq <= s.floor.stream_seq ||
            (wider && store.Find(entry.stream_seq) == nullptr)) {
          gone.push_back(entry.stream_seq);
        }
      });
    }
  }
  for (const std::uint64_t seq : gone) {
    PendingAck& entry = *s.pending.Find(seq);
    const std::uint64_t consumer_seq = entry.consumer_seq;
    RemovePending(entry, profile_.purge_drops_all_pending);
    if (profile_.purge_drops_all_pending) continue;
    s.floor.consumer_seq = std::max(s.floor.consumer_seq, consumer_seq);
    if (!profile_.purge_settles) continue;
    s.floor_active = context.now;
    if (consumer_seq <= s.stored_floor.consumer_seq) continue;
    if (config_.ack_policy == AckPolicy::kExplicit) {
      s.MoveFloor(s.stored_floor, s.stored_delivered, consumer_seq, seq);
    } else {
      s.stored_floor = {consumer_seq, seq};
    }
  }
  if (s.pending.empty() && !profile_.purge_drops_all_pending) {  // DEL-023
    s.given_up.clear();
    s.pending_redelivered = 0;
    s.floor = s.position();
  }
  // What was queued for redelivery waits for its timer again.
  s.redeliveries.Clear();
  s.pending.ForEach([&](PendingAck& entry) {
    if (entry.queue_ticket == 0) return;
    entry.queue_ticket = 0;
    s.timers.TrackDelayed(entry);
  });
  s.Store();
}

}  // namespace windtunnel::broker
