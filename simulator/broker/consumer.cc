#include "simulator/broker/consumer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "shared/api/time_text.h"
#include "simulator/broker/advisory.h"
#include "simulator/broker/consumer_config.h"
#include "simulator/broker/consumer_state.h"
#include "simulator/broker/instant.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

constexpr Nanos kDefaultInactiveThreshold = 5 * kSecond;
// A change of the ack wait is looked at after this (CON-115).
constexpr Nanos kRecheck = 100 * kMillisecond;

SubjectFilter FilterOf(const ConsumerConfig& config) {
  if (!config.filter_subjects.empty()) {
    return SubjectFilter(config.filter_subjects);
  }
  if (config.filter_subject.empty()) return SubjectFilter();
  return SubjectFilter({config.filter_subject});
}

std::vector<Nanos> WaitsOf(const ConsumerConfig& config) {
  std::vector<Nanos> waits;
  for (absl::Duration step : config.backoff) {
    waits.push_back(absl::ToInt64Nanoseconds(step));
  }
  if (waits.empty()) waits.push_back(absl::ToInt64Nanoseconds(config.ack_wait));
  return waits;
}

std::int64_t SamplePercent(const ConsumerConfig& config) {
  std::int64_t percent = 0;
  absl::string_view text = config.sample_freq;
  absl::ConsumeSuffix(&text, "%");
  return absl::SimpleAtoi(text, &percent) ? percent : 0;
}

bool Covers(const SubjectFilter& outer, const SubjectFilter& inner) {
  return std::all_of(
      inner.patterns().begin(), inner.patterns().end(),
      [&](const std::string& pattern) {
        return std::any_of(outer.patterns().begin(), outer.patterns().end(),
                           [&](const std::string& each) {
                             return SubjectContains(each, pattern);
                           });
      });
}

SequencePair ToPair(const Mark& mark, Nanos last_active) {
  SequencePair pair{mark.consumer_seq, mark.stream_seq, std::nullopt};
  if (last_active != 0) pair.last_active = absl::FromUnixNanos(last_active);
  return pair;
}

}  // namespace

// ACK-020 to ACK-022
void Consumer::State::MoveFloor(Mark& mark, const Mark& delivered,
                                std::uint64_t consumer_seq,
                                std::uint64_t stream_seq) {
  if (pending.empty()) {
    mark = delivered;
  } else if (consumer_seq == mark.consumer_seq + 1) {
    mark = {consumer_seq, stream_seq};
    if (const PendingAck* next = pending.NextAfter(stream_seq)) {
      mark = {next->consumer_seq - 1, next->stream_seq - 1};
    }
  }
}

Consumer::Consumer(const Context& context, const Profile& profile,
                   ConsumerOwner& owner, std::string name, ConsumerConfig config,
                   std::uint64_t order)
    : profile_(profile),
      owner_(owner),
      name_(std::move(name)),
      config_(std::move(config)),
      filter_(FilterOf(config_)),
      order_(order),
      state_(std::make_unique<State>()) {
  state_->created = context.now;
  state_->signals = filter_;
  state_->ack_prefix = std::make_shared<const std::string>(
      absl::StrCat("$JS.ACK.", owner_.stream_config().name, ".", name_, "."));
  Start(context);
}

Consumer::~Consumer() = default;

void Consumer::Start(const Context& context) {
  State& s = *state_;
  const MessageStore& store = owner_.store();
  s.start =
      SelectStart(profile_, owner_.stream_config(), config_, filter_, store);
  s.snapshot_left = s.start.snapshot.size();
  s.next_stream_seq = s.start.next;
  s.floor = {0, s.next_stream_seq - 1};
  s.stored_delivered = s.floor;
  s.stored_floor = profile_.ack_floor_starts_at_position ? s.floor : Mark{};
  StartReplay();
  RecountPending();
  s.sample_percent = SamplePercent(config_);
  s.timers.Reset(WaitsOf(config_));
  s.last_activity = context.now;
  if (IsPaused(context.now)) s.pause_at = absl::ToUnixNanos(*config_.pause_until);
  StampInactiveThreshold(context, !config_.durable_name.empty(), config_);
  StartPush(context);
  TellOwner();
}

void Consumer::StartReplay() {
  State& s = *state_;
  s.replaying = config_.replay_policy == ReplayPolicy::kOriginal;
  s.replay_until = owner_.store().last_seq();
  s.last_sent_stored = 0;
}

// CON-139. The default is shown without its jitter, and push consumers have none
// on top of what they ask for.
void Consumer::StampInactiveThreshold(const Context& context, bool durable,
                                      ConsumerConfig& config) {
  State& s = *state_;
  const bool unset = config.inactive_threshold <= absl::ZeroDuration();
  if (unset && !durable) {
    config.inactive_threshold = absl::Nanoseconds(kDefaultInactiveThreshold);
  }
  s.threshold = absl::ToInt64Nanoseconds(config.inactive_threshold);
  s.inactive_at = kNever;
  if (s.threshold <= 0) {
    s.threshold = 0;
    return;
  }
  if (unset || !IsPush()) {
    const std::uint64_t jitter =
        context.choices.Draw("consumer.inactive_jitter_ms", 900);
    s.threshold = After(
        s.threshold, (100 + static_cast<Nanos>(jitter)) * kMillisecond);
  }
  s.inactive_at = After(context.now, s.threshold);
}

void Consumer::Update(const Context& context, ConsumerConfig config) {
  State& s = *state_;
  // An existing consumer's pause is changed by Pause() alone (CON-152).
  config.pause_until = config_.pause_until;
  if (config.inactive_threshold != config_.inactive_threshold) {
    // By the old durability: CON-117, CON-118.
    StampInactiveThreshold(context, !config_.durable_name.empty(), config);
    if (s.push != nullptr) s.push->inactivity_timed = s.threshold > 0;
  }
  if (config.deliver_subject != config_.deliver_subject) {
    MoveTo(context, config.deliver_subject);
  }
  const bool new_rate = config.rate_limit_bps != config_.rate_limit_bps;
  const bool new_waits = WaitsOf(config) != WaitsOf(config_);
  const bool new_ack_wait = config.ack_wait != config_.ack_wait;
  s.wake |= config.max_ack_pending != config_.max_ack_pending;  // CON-114
  config_ = std::move(config);
  SubjectFilter filter = FilterOf(config_);
  if (!(filter == filter_)) {
    filter_ = std::move(filter);
    if (profile_.new_filter_moves_signals) {
      s.signals = filter_;
      s.deaf = filter_.MatchesAll();
    }
    RecountPending();
    owner_.OnSubjectsChanged(*this);
  } else if (profile_.update_counts_again) {
    RecountPending();
  }
  s.sample_percent = SamplePercent(config_);
  if (new_rate && s.push != nullptr) StartRate();
  if (new_waits) StartTimers();
  if (new_ack_wait && s.check_at != kNever) s.check_at = context.now + kRecheck;
  TellOwner();
}

void Consumer::Wake(const Context& context) {
  if (!state_->wake) return;
  state_->wake = false;
  Deliver(context);
}

// The waits of all that is pending, from the timestamps as they stand.
void Consumer::StartTimers() {
  State& s = *state_;
  s.timers.Reset(WaitsOf(config_));
  if (!HasAckWait()) return;
  s.pending.ForEach([&](PendingAck& entry) {
    entry.delayed = 0;
    if (entry.queue_ticket == 0) s.timers.TrackDelayed(entry);
  });
}

void Consumer::RecountPending() {
  State& s = *state_;
  const MessageStore& store = owner_.store();
  if (config_.deliver_policy == DeliverPolicy::kLastPerSubject) {
    const std::vector<std::uint64_t> last =
        store.LastPerSubject(filter_, store.last_seq());
    const std::uint64_t left =
        last.end() - std::lower_bound(last.begin(), last.end(),
                                      s.has_snapshot() ? s.next_stream_seq
                                                       : s.count_from());
    const std::uint64_t in_snapshot = s.has_snapshot() ? s.snapshot_left : 0;
    s.count = left > in_snapshot ? left - in_snapshot : 0;
  } else {
    s.count = store.CountMatching(filter_, s.count_from());
  }
  s.counted_to = std::max(store.last_seq(), s.count_from() - 1);
  s.counted_removals = store.removals();
}

std::uint64_t Consumer::NumPending() {
  State& s = *state_;
  const MessageStore& store = owner_.store();
  if (s.deaf) {  // CON-112: what comes is not counted.
    s.count =
        std::min(s.count, store.CountMatching(filter_, s.count_from()));
    s.counted_to = store.last_seq();
  } else if (!s.watching && s.counted_removals != store.removals()) {
    RecountPending();
  } else if (s.counted_to < store.last_seq()) {
    s.count += store.CountMatching(filter_, s.counted_to + 1);
    s.counted_to = store.last_seq();
  }
  if (!s.has_snapshot()) return s.count;
  // DEL-013, DEL-039
  return s.snapshot_left +
         (profile_.snapshot_counts_new_messages || profile_.info_counts_again
              ? s.count
              : 0);
}

bool Consumer::IsBlocked() const {
  return config_.ack_policy != AckPolicy::kNone && config_.max_ack_pending > 0 &&
         static_cast<std::int64_t>(state_->pending.size()) >=
             config_.max_ack_pending;
}

void Consumer::TellOwner() {
  State& s = *state_;
  const bool hungry =
      s.push != nullptr ? s.push->bound : !s.requests.empty();
  if (hungry != s.told_hungry) {
    s.told_hungry = hungry;
    owner_.SetHungry(*this, hungry);
  }
  if (!s.watching && NeedsRemovals()) {
    NumPending();
    s.watching = true;
    owner_.WatchRemovals(*this);
  }
  const Nanos deadline = NextDeadline();
  if (deadline < s.told_deadline) owner_.OnDeadline(*this, deadline);
  s.told_deadline = deadline;
}

void Consumer::OnStored(const Context& context, std::uint64_t seq) {
  State& s = *state_;
  const MessageStore::Entry* entry = owner_.store().Find(seq);
  if (entry == nullptr) return;
  if (!s.deaf && s.counted_to + 1 == seq &&
      filter_.Matches(entry->block->subject())) {
    s.counted_to = seq;
    if (seq >= s.count_from()) ++s.count;
  }
  if (Hears(entry->block->subject())) Deliver(context);
}

std::vector<std::string> Consumer::subjects() const {
  if (filter_.MatchesAll() || state_->signals.MatchesAll()) return {">"};
  std::vector<std::string> subjects = filter_.patterns();
  if (state_->signals == filter_) return subjects;
  subjects.insert(subjects.end(), state_->signals.patterns().begin(),
                  state_->signals.patterns().end());
  return subjects;
}

bool Consumer::NeedsRemovals() const {
  const State& s = *state_;
  return s.told_hungry || !s.pending.empty() || !s.exhausted.empty() ||
         s.has_snapshot();
}

void Consumer::StopWatching() {
  state_->watching = false;
  state_->counted_removals = owner_.store().removals();
}

bool Consumer::Hears(absl::string_view subject) const {
  return !state_->deaf && state_->signals.Matches(subject);
}

void Consumer::OnRemoved(const Context& context, std::uint64_t seq,
                         absl::string_view subject, RemovalReason reason) {
  State& s = *state_;
  if (seq >= s.count_from() && seq <= s.counted_to && filter_.Matches(subject)) {
    if (s.count > 0) --s.count;  // Not all are counted (CON-112).
  } else if (s.has_snapshot() &&
             std::binary_search(s.start.snapshot.begin() + s.snapshot_at,
                                s.start.snapshot.end(), seq)) {
    if (profile_.snapshot_counts_new_messages) --s.snapshot_left;  // DEL-026
  }
  s.exhausted.erase(seq);
  const PendingAck* entry = s.pending.Find(seq);
  if (entry == nullptr || reason == RemovalReason::kAcknowledged) return;
  if (profile_.new_filter_moves_signals && !Hears(subject)) return;
  // DEL-027
  AckCommand command;
  command.verb = AckVerb::kTerm;
  command.delivered = std::max<std::uint64_t>(entry->redeliveries, 1);
  command.stream_sequence = seq;
  command.consumer_sequence = entry->consumer_seq;
  Terminate(context, command,
            profile_.removal_has_reason ? "Unacknowledged message was deleted"
                                        : "");
}

std::vector<std::uint64_t> Consumer::Unsettled() const {
  const State& s = *state_;
  std::vector<std::uint64_t> unsettled(s.exhausted.begin(), s.exhausted.end());
  if (s.pending.empty()) return unsettled;
  const auto middle = static_cast<std::ptrdiff_t>(unsettled.size());
  state_->pending.ForEach([&](const PendingAck& entry) {
    unsettled.push_back(entry.stream_seq);
  });
  std::inplace_merge(unsettled.begin(), unsettled.begin() + middle,
                     unsettled.end());
  unsettled.erase(std::unique(unsettled.begin(), unsettled.end()),
                  unsettled.end());
  return unsettled;
}

void Consumer::OnPurged(const Context& context, const SubjectFilter& filter,
                        const std::vector<std::uint64_t>& removed,
                        bool has_options) {
  State& s = *state_;
  const MessageStore& store = owner_.store();
  if (profile_.purge_moves_covering_only && has_options &&
      !filter_.MatchesAll() &&
      (filter.MatchesAll() || !Covers(filter_, filter))) {
    RecountPending();
    return;
  }
  const std::uint64_t floor_before = s.floor.stream_seq;
  // Of the messages that the purge was about, all that this consumer reads may
  // be among them, or only some.
  const bool covers =
      filter.MatchesAll() || (!filter_.MatchesAll() && Covers(filter, filter_));
  if (!covers && !filter_.Overlaps(filter)) return;

  std::uint64_t first_kept = filter.MatchesAll()
                                 ? store.first_seq()
                                 : store.NextMatching(filter, 1);
  if (!covers && !profile_.purge_drops_all_pending) {
    first_kept = store.first_seq();
  }
  if (first_kept == 0) first_kept = store.last_seq() + 1;
  s.next_stream_seq = std::max(s.next_stream_seq, first_kept);

  std::uint64_t highest = s.floor.consumer_seq;
  const std::size_t pending_before = s.pending.size();
  // A server that finds its floor past the first message does not look further:
  // what a filtered purge removed stays pending until it would be redelivered.
  const bool keeps_missing = !covers && !profile_.purge_drops_all_pending &&
                             s.floor.stream_seq >= first_kept;
  for (std::uint64_t seq : removed) {
    if (keeps_missing) break;
    PendingAck* entry = s.pending.Find(seq);
    if (entry == nullptr) {
      s.exhausted.erase(seq);
      continue;
    }
    const std::uint64_t consumer_seq = entry->consumer_seq;
    RemovePending(*entry);
    if (profile_.purge_settles) {
      s.MoveFloor(s.floor, {s.next_consumer_seq - 1, s.next_stream_seq - 1},
                  consumer_seq, seq);
    }
    highest = std::max(highest, consumer_seq);
  }
  if (profile_.purge_drops_all_pending) {  // DEL-022, DEL-024
    std::vector<std::uint64_t> all;
    s.pending.ForEach(
        [&](const PendingAck& entry) { all.push_back(entry.stream_seq); });
    for (std::uint64_t seq : all) RemovePending(*s.pending.Find(seq));
    s.floor = {s.next_consumer_seq - 1,
               std::max(floor_before, first_kept - 1)};
  } else if (s.pending.empty()) {  // DEL-023
    s.floor = {s.next_consumer_seq - 1, s.next_stream_seq - 1};
  } else {
    s.floor.consumer_seq = highest;
    s.floor.stream_seq = std::max(
        profile_.purge_settles ? s.floor.stream_seq : floor_before,
        first_kept - 1);
  }
  s.floor_moved = true;
  // Older servers settle only what they remove from memory one by one.
  const bool settles =
      profile_.purge_settles ||
      (!filter.MatchesAll() &&
       owner_.stream_config().storage == Storage::kMemory);
  if (settles && s.pending.size() < pending_before) {
    s.floor_active = context.now;
  }
  s.stored_floor = s.floor;
  s.stored_delivered = {s.next_consumer_seq - 1, s.next_stream_seq - 1};
  while (s.has_snapshot() &&
         s.start.snapshot[s.snapshot_at] < s.next_stream_seq) {
    ++s.snapshot_at;
  }
  s.snapshot_left = s.start.snapshot.size() - s.snapshot_at;
  RecountPending();
  TellOwner();  // What is free now is used at the next delivery.
}

bool Consumer::Wants(std::uint64_t seq, absl::string_view subject) const {
  const State& s = *state_;
  if (config_.direct || !filter_.Matches(subject)) return false;
  if (s.exhausted.contains(seq)) return true;  // ACK-043
  if (seq <= s.floor.stream_seq) return false;
  if (config_.ack_policy != AckPolicy::kExplicit) return true;
  if (seq >= s.count_from() || s.pending.Find(seq) != nullptr) return true;
  return s.has_snapshot() &&
         std::binary_search(s.start.snapshot.begin() + s.snapshot_at,
                            s.start.snapshot.end(), seq);
}

ConsumerInfo Consumer::Info(const Context& context) {
  State& s = *state_;
  CheckRequests(context, false);  // PUL-027
  TellOwner();
  const Mark position{s.next_consumer_seq - 1, s.next_stream_seq - 1};
  const Mark floor = s.floor_moved || config_.direct ? s.floor : Mark{};

  ConsumerInfo info;
  info.stream_name = owner_.stream_config().name;
  info.name = name_;
  info.created = absl::FromUnixNanos(s.created);
  info.config = config_;
  // INF-005; direct ones store nothing.
  const bool stored = profile_.info_shows_stored_state && !config_.direct;
  info.delivered =
      ToPair(stored ? s.stored_delivered : position, s.delivered_active);
  info.ack_floor = ToPair(stored ? s.stored_floor : floor, s.floor_active);
  info.num_ack_pending = s.pending.size();
  info.num_redelivered = s.pending_redelivered + s.exhausted.size();
  if (config_.max_deliver == 1 && profile_.single_delivery_hides_redelivered) {
    info.num_redelivered = 0;  // ACK-046
  }
  info.num_waiting = s.requests.size();
  if (profile_.info_counts_again) RecountPending();
  info.num_pending = NumPending();
  info.push_bound = s.push != nullptr && s.push->bound && !s.push->lost;
  if (IsPaused(context.now)) {
    info.paused = true;
    info.pause_remaining =
        *config_.pause_until - absl::FromUnixNanos(context.now);
  }
  info.priority_groups = GroupStates();
  if (profile_.info_has_ts) info.ts = absl::FromUnixNanos(context.now);
  return info;
}

bool Consumer::IsPaused(Nanos now) const {
  return config_.pause_until.has_value() &&
         *config_.pause_until > absl::FromUnixNanos(now);
}

void Consumer::Pause(const Context& context, std::optional<absl::Time> until) {
  config_.pause_until = until;
  SetServerMetadata(config_);
  state_->pause_at =
      IsPaused(context.now) ? absl::ToUnixNanos(*until) : kNever;
  TellOwner();  // What waits is looked at when something else happens.
}

void Consumer::AdvisePause(const Context& context) {
  const std::string& stream = owner_.stream_config().name;
  const std::string subject = absl::StrCat(
      "$JS.EVENT.ADVISORY.CONSUMER.PAUSE.", stream, ".", name_);
  if (!owner_.router().HasInterest(subject)) return;
  const bool paused = IsPaused(context.now);
  owner_.Advise(
      context, subject, "io.nats.jetstream.advisory.v1.consumer_pause",
      absl::StrCat("{\"stream\":", JsonString(stream), ",\"consumer\":",
                   JsonString(name_), ",\"paused\":", paused ? "true" : "false",
                   ",\"pause_until\":\"",
                   api::FormatRfc3339(
                       config_.pause_until.value_or(absl::InfinitePast())),
                   "\"}"));
}

Nanos Consumer::NextDeadline() const {
  const State& s = *state_;
  const Nanos heartbeat_at =
      s.push != nullptr && s.push->bound && s.held == nullptr
          ? s.push->heartbeat_at
          : kNever;
  return std::min({s.check_at, s.requests_at, s.inactive_at, s.held_until,
                   s.pause_at, heartbeat_at,
                   s.pin == nullptr ? kNever : s.pin->until});
}

bool Consumer::RunDeadlines(const Context& context) {
  State& s = *state_;
  bool inactive = false;
  if (s.check_at <= context.now) CheckPending(context);
  if (s.requests_at <= context.now) {
    // A delivery may have put off what was due.
    s.requests_at = s.requests.NextDeadline();
    if (s.requests_at <= context.now) {
      CheckRequests(context, false);
      Deliver(context);
    }
  }
  if (s.pin != nullptr && s.pin->until <= context.now) ExpirePin(context);
  if (s.inactive_at <= context.now) CheckInactive(context, &inactive);
  if (s.held_until <= context.now) ReleaseHeld(context);
  if (s.pause_at <= context.now) {
    s.pause_at = kNever;
    AdvisePause(context);
    Deliver(context);
  }
  if (s.push != nullptr && s.push->bound && s.held == nullptr &&
      s.push->heartbeat_at <= context.now) {
    Beat(context);
  }
  TellOwner();
  return inactive;
}

}  // namespace windtunnel::broker
