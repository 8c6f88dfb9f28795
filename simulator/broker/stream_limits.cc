// What removes messages: limits, age, retention, deletes and purges.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/origin_link.h"
#include "simulator/broker/stream.h"

namespace windtunnel::broker {

bool Stream::Remove(const Context& context, std::uint64_t seq,
                    RemovalReason reason, const Consumer* except) {
  const MessageStore::Entry* entry = store_.Find(seq);
  if (entry == nullptr) return false;
  const MessageBlockPtr block = entry->block;
  store_.Remove(seq);
  purged_ = false;
  TellRemoved(context, seq, block->subject(), reason, except);
  WakeLinks(context);
  return true;
}

// STO-068.
void Stream::TrimSubject(const Context& context, absl::string_view subject,
                         bool one_only) {
  const auto limit = static_cast<std::uint64_t>(config_.max_msgs_per_subject);
  while (store_.CountOfSubject(subject) > limit) {
    Remove(context, store_.FirstOfSubject(subject), RemovalReason::kEvicted,
           nullptr);
    if (one_only) return;
  }
}

// STO-065 to STO-067.
void Stream::TrimToLimits(const Context& context) {
  if (config_.discard == Discard::kNew && !profile_.discard_new_evicts) return;
  const auto is_over = [](std::uint64_t value, std::int64_t limit) {
    return limit > 0 && value > static_cast<std::uint64_t>(limit);
  };
  while (is_over(store_.messages(), config_.max_msgs) ||
         is_over(store_.bytes(), config_.max_bytes)) {
    Remove(context, store_.first_seq(), RemovalReason::kEvicted, nullptr);
  }
}

void Stream::TrimAfterUpdate(const Context& context, const StreamConfig& old) {
  // Those of the whole stream first, so that what is old goes even where the
  // limit of its subject would have made the room.
  TrimToLimits(context);
  // STO-072.
  const std::int64_t limit = config_.max_msgs_per_subject;
  const bool lowered = limit > 0 && old.max_msgs_per_subject > limit;
  const bool set = limit > 0 && old.max_msgs_per_subject <= 0;
  if (lowered || (set && profile_.per_subject_update_trims_all)) {
    std::vector<std::string> crowded;
    for (const auto& [subject, count] : store_.Subjects(SubjectFilter())) {
      if (count > static_cast<std::uint64_t>(limit)) {
        crowded.emplace_back(subject);
      }
    }
    for (const std::string& subject : crowded) {
      TrimSubject(context, subject, /*one_only=*/false);
    }
  }
  RunExpiry(context);  // STO-073
  WakeWatching(context);
  // STO-109, STO-110. What no filter of a consumer matches stays.
  if (config_.retention == Retention::kInterest &&
      old.retention != Retention::kInterest) {
    if (consumers_.empty() && profile_.new_interest_without_consumers_empties) {
      RemoveUnwanted(context, 1);
    }
    for (const auto& [name, consumer] : consumers_) {
      RemoveSettled(context, *consumer);
    }
  }
}

bool Stream::HasInterest(absl::string_view subject) const {
  const std::vector<Consumer*> readers = readers_.Find(subject);
  return std::any_of(readers.begin(), readers.end(),
                     [&](const Consumer* reader) {
                       // Who was forgotten is not asked (CON-112).
                       return profile_.new_filter_moves_signals
                                  ? reader->Hears(subject)
                                  : reader->filter().Matches(subject);
                     }) ||
         std::any_of(
             followers_.begin(), followers_.end(),
             [&](const OriginLink* link) { return link->Hears(subject); });
}

void Stream::RemoveUnwanted(const Context& context, std::uint64_t seq) {
  for (seq = store_.Next(seq); seq != 0; seq = store_.Next(seq + 1)) {
    RemoveIfUnwanted(context, seq);
  }
}

void Stream::RemoveSettled(const Context& context, const Consumer& consumer) {
  // Who waits for what is to come has settled nothing.
  if (consumer.ack_floor() > store_.last_seq()) return;
  for (const std::uint64_t seq : store_.Matching(consumer.filter())) {
    RemoveIfUnwanted(context, seq);
  }
}

void Stream::RemoveIfUnwanted(const Context& context, std::uint64_t seq) {
  const absl::string_view subject = store_.Find(seq)->block->subject();
  if (IsWantedByFollower(seq, subject)) return;
  if (IsWanted(seq, subject, nullptr)) return;
  Remove(context, seq, RemovalReason::kAcknowledged, nullptr);
}

bool Stream::IsWanted(std::uint64_t seq, absl::string_view subject,
                      const Consumer* except) const {
  const std::vector<Consumer*> readers = readers_.Find(subject);
  return std::any_of(readers.begin(), readers.end(),
                     [&](const Consumer* reader) {
                       return reader != except && reader->Wants(seq, subject);
                     });
}

void Stream::OnSettled(const Context& context, Consumer& consumer,
                       std::uint64_t seq) {
  if (config_.retention == Retention::kLimits) return;
  const MessageStore::Entry* entry = store_.Find(seq);
  if (entry == nullptr || IsWantedByFollower(seq, entry->block->subject())) {
    return;
  }
  if ((config_.retention == Retention::kInterest ||
       profile_.work_queue_keeps_wanted) &&
      IsWanted(seq, entry->block->subject(), &consumer)) {
    return;
  }
  Remove(context, seq, RemovalReason::kAcknowledged, &consumer);
}

std::optional<JetStreamError> Stream::DeleteMessage(const Context& context,
                                                    std::uint64_t seq) {
  if (config_.sealed) return catalogue::Make(catalogue::kStreamSealed);
  if (config_.deny_delete) {
    return catalogue::Make(catalogue::kStreamMessageDeleteFailed,
                           "message delete not permitted");
  }
  if (Remove(context, seq, RemovalReason::kDeleted, nullptr)) {
    WakeWatching(context);
    return std::nullopt;
  }
  // Files answer so for gaps only, and differently before and after them.
  const bool in_range =
      seq >= store_.first_seq() && seq <= store_.last_seq() && seq > 0;
  if (config_.storage == Storage::kMemory || in_range) {
    return catalogue::Make(catalogue::kSequenceNotFound, absl::StrCat(seq));
  }
  return catalogue::Make(
      catalogue::kStreamMessageDeleteFailed,
      seq <= store_.last_seq() ? "no message found" : "stream store EOF");
}

std::uint64_t Stream::Purge(const Context& context, const SubjectFilter& filter,
                            std::uint64_t seq, std::uint64_t keep) {
  // STO-022, STO-028.
  const bool in_memory = config_.storage == Storage::kMemory;
  const bool seq_1_is_all = !filter.MatchesAll()
                                ? profile_.seq_1_purges_filtered
                            : in_memory ? profile_.seq_1_purges_memory
                                        : profile_.seq_1_purges_file;
  const bool has_options = !filter.MatchesAll() || seq > 0 || keep > 0;
  const bool shows_epoch =
      seq == 1 && !in_memory && profile_.seq_1_purge_shows_epoch;
  if (seq == 1 && seq_1_is_all) seq = 0;

  // What matches below this goes.
  std::uint64_t limit = seq > 0 ? seq : store_.last_seq() + 1;
  const bool counts_gaps =
      filter.MatchesAll() && (in_memory ? profile_.keep_counts_gaps_in_memory
                                        : profile_.keep_counts_gaps_in_file);
  if (keep > 0 && !counts_gaps) {
    limit = std::min(limit, store_.NthLastMatching(filter, keep));
  } else if (keep > 0) {
    limit = keep < store_.messages() ? store_.last_seq() - keep + 1 : 0;
  }
  std::vector<std::uint64_t> ahead;
  ahead.reserve(consumers_.size());
  for (const auto& [name, consumer] : consumers_) {
    ahead.push_back(consumer->BeforePurge());
  }

  std::vector<std::uint64_t> removed;
  if (!filter.MatchesAll() || keep > 0) {
    removed = store_.Matching(filter);
    removed.erase(std::lower_bound(removed.begin(), removed.end(), limit),
                  removed.end());
  }
  std::uint64_t count = 0;
  if (seq == 1 && profile_.single_purge_is_removal) {
    // Nothing is below it, and not even an untouched stream begins at 1 now.
  } else if (filter.MatchesAll() && keep == 0 &&
             (seq == 0 ||
              (seq > store_.last_seq() && (seq > 1 || in_memory)))) {
    const std::uint64_t expected = store_.last_seq() + refused_by_account_;
    count = store_.Clear(seq);
    skipped_seq_ = 0;
    refused_by_account_ = expected - std::min(expected, store_.last_seq());
    purged_ = !shows_epoch;
  } else {
    count = store_.RemoveMatching(filter, limit);
    if (count > 0) purged_ = false;
  }
  const bool by_filter = !filter.MatchesAll();
  const bool single = count == 1 && profile_.single_purge_is_removal &&
                      (by_filter || (keep > 0 && seq == 0));
  PurgeScope scope = {filter, has_options};
  if (single || (by_filter && in_memory && profile_.memory_purges_one_by_one)) {
    scope.one_by_one = &removed;
  }
  if (single && !in_memory) {
    scope.told_as = by_filter ? filter.patterns().front() : ">";
  }
  scope.removed_some = count > 0;
  auto ahead_of_consumer = ahead.begin();
  for (const auto& [name, consumer] : consumers_) {
    consumer->OnPurged(context, scope, *ahead_of_consumer++);
  }
  WakeLinks(context);
  return count;
}

}  // namespace windtunnel::broker
