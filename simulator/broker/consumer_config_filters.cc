#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/consumer_config.h"
#include "simulator/broker/consumer_config_rules.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

using catalogue::Make;

bool FiltersCollide(bool partial_counts, absl::string_view a,
                    absl::string_view b) {
  if (partial_counts) return SubjectsOverlap(a, b);
  return SubjectContains(a, b) || SubjectContains(b, a);
}

}  // namespace

std::vector<std::string> FiltersOf(const ConsumerConfig& config) {
  if (!config.filter_subject.empty()) return {config.filter_subject};
  return config.filter_subjects;
}

// CON-043 to CON-049
Refusal CheckFilters(const Profile& profile, const StreamConfig& stream,
                     const ConsumerConfig& config) {
  const std::string& filter = config.filter_subject;
  if (!filter.empty() && !config.filter_subjects.empty()) {
    return Make(catalogue::kConsumerDuplicateFilters);
  }
  if (profile.filter_must_match_stream && !filter.empty()) {
    const bool matches =
        IsValidSubject(filter) &&
        std::any_of(stream.subjects.begin(), stream.subjects.end(),
                    [&](const std::string& subject) {
                      return SubjectsOverlap(subject, filter);
                    });
    if (!matches) return Make(catalogue::kConsumerFilterNotSubset);
  }
  const std::vector<std::string> filters = FiltersOf(config);
  for (const std::string& each : filters) {
    if (each.empty()) return Make(catalogue::kConsumerEmptyFilter);
  }
  for (std::size_t i = 0; i < filters.size(); ++i) {
    if (!IsValidSubject(filters[i])) {
      return Make(catalogue::kStreamInvalidConfig, "invalid subject");
    }
    for (std::size_t j = 0; j < filters.size(); ++j) {
      if (i != j && FiltersCollide(profile.refuses_partial_overlap, filters[i],
                                   filters[j])) {
        return Make(catalogue::kConsumerOverlappingFilters);
      }
    }
  }
  return std::nullopt;
}

bool IsExempt(const Profile& profile, const ConsumerConfig& config) {
  return config.direct || (config.sourcing && profile.has_sourcing);
}

Refusal CheckWorkQueueConsumer(
    const Profile& profile, const ConsumerConfig& config,
    const std::vector<const ConsumerConfig*>& others) {
  if (config.ack_policy != AckPolicy::kExplicit &&
      config.ack_policy != AckPolicy::kFlowControl) {
    return Make(catalogue::kConsumerWorkQueueRequiresExplicitAck);
  }
  const bool delivers_all = config.deliver_policy == DeliverPolicy::kAll;
  if (!delivers_all && profile.work_queue_checks_position_first) {
    return Make(catalogue::kConsumerWorkQueueNotDeliverAll);
  }
  if (!others.empty() && FiltersOf(config).empty()) {
    return Make(catalogue::kConsumerWorkQueueMultipleUnfiltered);
  }
  if (Refusal refusal = CheckWorkQueueFilters(profile, config, others)) {
    return refusal;
  }
  if (!delivers_all) return Make(catalogue::kConsumerWorkQueueNotDeliverAll);
  return std::nullopt;
}

Refusal CheckWorkQueueFilters(
    const Profile& profile, const ConsumerConfig& config,
    const std::vector<const ConsumerConfig*>& others) {
  for (const std::string& filter : FiltersOf(config)) {
    for (const ConsumerConfig* other : others) {
      const std::vector<std::string> theirs = FiltersOf(*other);
      const bool collides =
          theirs.empty() ||
          std::any_of(
              theirs.begin(), theirs.end(), [&](const std::string& their) {
                return FiltersCollide(profile.work_queue_sees_partial_overlap,
                                      filter, their);
              });
      if (collides) return Make(catalogue::kConsumerWorkQueueNotUnique);
    }
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
