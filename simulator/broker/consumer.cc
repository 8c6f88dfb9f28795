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

}  // namespace

// What would take something back, or has a floor that is ahead of the deliveries,
// is not stored.
void Consumer::State::Store() {
  const Mark delivered = position();
  if (floor.stream_seq < stored_floor.stream_seq ||
      delivered.consumer_seq < stored_delivered.consumer_seq ||
      floor.consumer_seq > delivered.consumer_seq ||
      floor.stream_seq > delivered.stream_seq) {
    return;
  }
  stored_floor = floor;
  stored_delivered = delivered;
}

// ACK-020 to ACK-022
void Consumer::State::MoveFloor(Mark& mark, const Mark& delivered,
                                std::uint64_t consumer_seq,
                                std::uint64_t stream_seq) {
  if (pending.empty()) {
    mark = delivered;
  } else if (consumer_seq == mark.consumer_seq + 1) {
    mark = {consumer_seq, stream_seq};
    const PendingAck* next = pending.NextAfter(stream_seq);
    if (next != nullptr && next->stream_seq <= delivered.stream_seq) {
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
  s.next_stream_seq = s.start.next;
  s.stored_delivered = {0, s.next_stream_seq - 1};
  if (profile_.ack_floor_starts_at_position || config_.direct) {
    s.floor = s.stored_delivered;
  }
  s.stored_floor = s.floor;
  StartReplay();
  RecountPending();
  s.reads_wildcards = !profile_.keeps_kind_of_filter || HasWildcardFilter();
  s.sample_percent = SamplePercent(config_);
  s.timers.Reset(WaitsOf(config_));
  s.last_activity = context.now;
  if (IsPaused(context.now)) s.pause_at = absl::ToUnixNanos(*config_.pause_until);
  StampInactiveThreshold(context, !config_.durable_name.empty(), config_);
  StartPush(context);
  TellOwner();
}

bool Consumer::HasWildcardFilter() const {
  return !config_.filter_subject.empty() &&
         HasWildcard(config_.filter_subject);
}

bool Consumer::IsBlind() const {
  return !state_->reads_wildcards && HasWildcardFilter();
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
  for (const AckCommand& command : std::exchange(state_->terminated, {})) {
    Terminate(context, command);
  }
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
    ++s.count;
  }
  if (seq >= s.next_stream_seq && Hears(entry->block->subject())) {
    Deliver(context);
  }
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
  // Where servers do not count what is there, it cannot be counted later.
  const bool counts_otherwise =
      profile_.counts_anew_at_info ||
      config_.deliver_policy == DeliverPolicy::kLastPerSubject;
  return s.told_hungry || !s.pending.empty() || !s.given_up.empty() ||
         counts_otherwise;
}

void Consumer::StopWatching() {
  state_->watching = false;
  state_->counted_removals = owner_.store().removals();
}

bool Consumer::Hears(absl::string_view subject) const {
  return !state_->deaf && state_->signals.Matches(subject);
}

bool Consumer::Wants(std::uint64_t seq, absl::string_view subject) const {
  const State& s = *state_;
  if (config_.direct || !filter_.Matches(subject) || IsBlind()) return false;
  const PendingAck* entry = s.pending.Find(seq);
  if (seq > s.floor.stream_seq &&
      (config_.ack_policy != AckPolicy::kExplicit ||
       seq >= s.next_stream_seq || entry != nullptr)) {
    return true;
  }
  if (!profile_.keeps_given_up) return false;  // ACK-043
  return entry != nullptr ? entry->counted : s.given_up.contains(seq);
}

std::uint64_t Consumer::ack_floor() const { return state_->floor.stream_seq; }

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
      // A server that is woken by its clock takes it for the end of the stream.
      CheckRequests(context, true);
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
    Deliver(context);  // Looks for a message that it was not told of.
  }
  TellOwner();
  return inactive;
}

}  // namespace windtunnel::broker
