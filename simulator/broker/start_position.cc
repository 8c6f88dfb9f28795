#include "simulator/broker/start_position.h"

#include <algorithm>

#include "absl/time/time.h"

namespace windtunnel::broker {

namespace {

std::uint64_t StartAtTime(const Profile& profile, const ConsumerConfig& config,
                          const SubjectFilter& filter,
                          const MessageStore& store) {
  const std::uint64_t at = store.FirstAtOrAfter(
      absl::ToUnixNanos(config.opt_start_time.value_or(absl::InfinitePast())));
  if (!profile.time_skips_to_filter) return at;
  // Only to the very first message of a filter, and not to the last of all.
  std::uint64_t skip = store.last_seq();
  for (const std::string& pattern : filter.patterns()) {
    const std::uint64_t first = store.NextMatching(SubjectFilter({pattern}), 1);
    if (first >= at && first < skip) skip = first;
  }
  return skip < store.last_seq() ? std::max(at, skip) : at;
}

}  // namespace

StartPosition SelectStart(const Profile& profile, const StreamConfig& stream,
                          const ConsumerConfig& config,
                          const SubjectFilter& filter,
                          const MessageStore& store) {
  StartPosition start;
  switch (config.deliver_policy) {
    case DeliverPolicy::kAll:
      start.next = 0;
      break;
    case DeliverPolicy::kLast:  // DEL-002 to DEL-004
      if (!config.filter_subject.empty() || !config.filter_subjects.empty()) {
        start.next = store.LastMatching(filter, store.last_seq());
        break;
      }
      start.next = store.last_seq();  // Though it may be gone.
      if (!profile.last_is_unbounded) break;
      start.next = std::max<std::uint64_t>(start.next, 1);
      return start;
    case DeliverPolicy::kNew:
      start.next = store.last_seq() + 1;
      break;
    case DeliverPolicy::kByStartSequence:
      start.next = config.opt_start_seq;
      break;
    case DeliverPolicy::kByStartTime:
      start.next = StartAtTime(profile, config, filter, store);
      break;
    case DeliverPolicy::kLastPerSubject:
      if (stream.max_msgs_per_subject == 1 &&
          profile.single_messages_need_no_snapshot) {  // DEL-012
        start.next = 0;
        break;
      }
      start.snapshot = store.LastPerSubject(filter, store.last_seq());
      start.resume = store.last_seq() + 1;
      // DEL-011
      start.next =
          start.snapshot.empty() ? store.last_seq() : start.snapshot.front();
      // Of the very last message alone there is no snapshot (DEL-014).
      if (start.next == store.last_seq()) start.snapshot.clear();
      break;
  }

  const std::uint64_t first = std::max<std::uint64_t>(store.first_seq(), 1);
  const bool may_wait = config.deliver_policy == DeliverPolicy::kByStartSequence &&
                        profile.start_sequence_may_be_ahead;  // DEL-007
  if (start.next > store.last_seq() && !may_wait) {
    start.next = store.last_seq() + 1;
  }
  start.next = std::max(start.next, first);
  return start;
}

}  // namespace windtunnel::broker
