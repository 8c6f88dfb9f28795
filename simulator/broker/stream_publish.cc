// Publishing: from what was sent to what is stored.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/account_resources.h"
#include "simulator/broker/counter.h"
#include "simulator/broker/fast_batch.h"
#include "simulator/broker/incoming.h"
#include "simulator/broker/stream.h"

namespace windtunnel::broker {

namespace {

// Servers go on with 0 after 2^64 - 1. An atomic batch and its markers still
// fit in here.
constexpr std::uint64_t kLastSequence =
    std::numeric_limits<std::uint64_t>::max() - 4096;

}  // namespace

PublishOutcome Stream::Publish(const Context& context,
                               const Incoming& incoming) {
  if (store_.last_seq() >= kLastSequence) {
    PublishOutcome outcome;
    outcome.error = catalogue::NotSimulated("sequences near 2^64");
    return outcome;
  }
  Draft draft;
  Begin(context, incoming, draft);
  const bool may_be_batched =
      profile_.batch_headers && incoming.origin == Origin::kClient;
  if (may_be_batched && IsFastBatchReply(incoming.reply)) {
    return PublishFast(context, incoming, draft);
  }
  PublishOutcome outcome = may_be_batched && !draft.headers.batch_id.empty()
                               ? PublishAtomic(context, incoming, draft.headers)
                               : Admit(context, draft);
  // Where a sealed stream refuses on arrival it answers even so (PUB-007).
  const bool keeps_silent =
      config_.no_ack && !(config_.sealed && profile_.sealed_takes_copies);
  outcome.answer = outcome.answer && !keeps_silent;
  return outcome;
}

void Stream::Begin(const Context& context, const Incoming& incoming,
                   Draft& draft) const {
  draft.subject = incoming.subject;
  draft.header_block = incoming.header_block;
  draft.data = incoming.data;
  draft.origin = incoming.origin;
  draft.time = incoming.time;
  if (!incoming.header_block.empty()) {
    draft.headers = ReadPublishHeaders(incoming.header_block);
  }
  Transform(context, draft);
}

PublishOutcome Stream::Admit(const Context& context, Draft& draft) {
  Form(draft);
  if (std::optional<PublishOutcome> decided = Check(context, draft)) {
    return *std::move(decided);
  }
  if (!config_.allow_msg_counter) return Take(context, draft);
  std::optional<Counter> counter;
  PublishOutcome outcome;
  outcome.error = Count(counter, draft);
  if (outcome.error) return outcome;
  outcome = Take(context, draft);
  outcome.value = counter->value();
  return outcome;
}

void Stream::Form(Draft& draft) const {
  if (!draft.header_block.empty() &&
      IsStoredDifferently(draft.header_block, draft.headers,
                          profile_.cuts_status_line)) {
    draft.new_header_block =
        StoredForm(draft.header_block, profile_.cuts_status_line);
    draft.header_block = draft.new_header_block;
  }
}

PublishOutcome Stream::Take(const Context& context, Draft& draft) {
  PublishOutcome outcome;
  if (schedules_ != nullptr && AddScheduleRollup(context, draft)) {
    outcome.error = CheckSize(draft.header_block.size(), draft.data.size());
    if (outcome.error) return outcome;
  }
  if (owner_.resources().ServerIsFull(config_.storage)) {
    outcome.error = catalogue::Make(catalogue::kInsufficientResources);
    return outcome;
  }
  if (config_.retention == Retention::kInterest &&
      !HasInterest(draft.subject)) {
    return Skip(context, draft);
  }
  outcome.error = CheckAccount(draft);
  if (!outcome.error) outcome.error = ReadTtl(draft);
  if (!outcome.error && config_.discard == Discard::kNew) {
    outcome.error = CheckRoom(draft);
    if (outcome.error) refused_by_account_ = 0;
  }
  if (outcome.error) return outcome;
  outcome.sequence = Store(context, draft);
  if (outcome.sequence == 0) {
    outcome.error = catalogue::Make(catalogue::kAccountResourcesExceeded);
  }
  return outcome;
}

// STR-124. What was refused changes what 2.10 expects of the next message.
std::optional<JetStreamError> Stream::CheckAccount(const Draft& draft) {
  if (profile_.refuses_stored_message) return std::nullopt;
  const std::uint64_t size = store_.SizeOf(
      draft.subject.size(), draft.header_block.size(), draft.data.size());
  if (!owner_.resources().WouldExceed(config_.storage, size)) {
    return std::nullopt;
  }
  if (profile_.refusal_uses_up_sequence) {
    ++refused_by_account_;
    last_message_id_ = std::string(draft.headers.message_id);
  }
  return catalogue::Make(catalogue::kAccountResourcesExceeded);
}

std::uint64_t Stream::Store(const Context& context, const Draft& draft) {
  const std::uint64_t last_seq =
      republisher_ ? store_.LastOfSubject(draft.subject) : 0;
  const Nanos time = draft.time != 0 ? draft.time : context.now;
  const std::uint64_t seq = store_.Append(
      MessageBlock::New(draft.subject, draft.header_block, draft.data), time);
  if (republisher_) Republish(context, seq, last_seq);
  const std::uint64_t removals = store_.removals();
  if (config_.max_msgs_per_subject > 0) {
    TrimSubject(context, draft.subject,
                profile_.files_trim_subject_by_one &&
                    config_.storage == Storage::kFile);
  }
  TrimToLimits(context);
  if (store_.removals() != removals) WakeWatching(context);
  if (profile_.refuses_stored_message &&
      owner_.resources().WouldExceed(config_.storage, /*more=*/0)) {
    Remove(context, seq, RemovalReason::kDeleted, nullptr);
    WakeWatching(context);
    return 0;
  }
  Remember(context, draft.headers.message_id, seq, time);
  TrackExpiry(context, seq, time, draft.ttl);
  if (schedules_ != nullptr) {
    TrackSchedule(context, seq, context.now, draft.subject, draft.headers);
  }
  if (RollsUp(draft)) RollUp(context, draft, /*keep=*/1);
  if (!draft.headers.schedule_next.empty()) EndSchedule(context, draft.headers);
  if (!followers_.empty()) TellFollowers(context, seq);
  if (!hungry_.empty() && store_.Find(seq) != nullptr) Announce(context, seq);
  return seq;
}

// STO-102.
PublishOutcome Stream::Skip(const Context& context, const Draft& draft) {
  PublishOutcome outcome;
  outcome.sequence = store_.Skip(context.now);
  refused_by_account_ = 0;
  const bool shows_time = config_.storage == Storage::kFile ||
                          !profile_.skipped_memory_shows_none;
  if (profile_.skipped_shows_first_time && shows_time &&
      store_.messages() == 0) {
    skipped_seq_ = outcome.sequence;
  }
  Remember(context, draft.headers.message_id,
           profile_.skipped_id_keeps_sequence ? outcome.sequence : 0,
           /*stored=*/0);
  if (RollsUp(draft) && profile_.skipped_rollup_purges) {
    RollUp(context, draft, /*keep=*/0);
  }
  if (!draft.headers.schedule_next.empty()) EndSchedule(context, draft.headers);
  return outcome;
}

void Stream::Remember(const Context& context, absl::string_view message_id,
                      std::uint64_t seq, Nanos stored) {
  if (message_id.empty()) {
    last_message_id_.clear();
    return;
  }
  last_message_id_.assign(message_id.data(), message_id.size());
  if (config_.duplicate_window <= absl::ZeroDuration()) return;
  dedup_.Add(message_id, seq, context.now, stored);
  TellDeadline();
}

// Copies bring the header where it is not allowed, too (SRC-038, SRC-050).
bool Stream::RollsUp(const Draft& draft) const {
  return !draft.headers.rollup.empty() && MayRollUp();
}

void Stream::RollUp(const Context& context, const Draft& draft,
                    std::uint64_t keep) {
  const bool all = absl::EqualsIgnoreCase(draft.headers.rollup, "all");
  Purge(context,
        all ? SubjectFilter() : SubjectFilter({std::string(draft.subject)}),
        /*seq=*/0, keep);
}

}  // namespace windtunnel::broker
