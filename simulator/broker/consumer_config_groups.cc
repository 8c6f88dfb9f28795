#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/consumer_config.h"
#include "simulator/broker/consumer_config_rules.h"

namespace windtunnel::broker {

namespace {

using catalogue::Make;

constexpr std::size_t kMaxGroupSize = 16;

}  // namespace

Refusal CheckGroups(const ConsumerConfig& config) {
  if (config.priority_policy == PriorityPolicy::kNone) {
    if (!config.priority_groups.empty()) {
      return Make(catalogue::kPriorityGroupsWithPolicyNone);
    }
    if (config.priority_timeout > absl::ZeroDuration()) {
      return Make(catalogue::kPriorityTimeoutWithPolicyNone);
    }
    return std::nullopt;
  }
  if (!IsPull(config)) return Make(catalogue::kPriorityGroupsWithPush);
  if (config.priority_groups.empty()) {
    return Make(catalogue::kPriorityPolicyWithoutGroup);
  }
  for (const std::string& group : config.priority_groups) {
    if (group.empty()) return Make(catalogue::kPriorityGroupNameEmpty);
    if (!IsValidPriorityGroup(group)) {
      return Make(catalogue::kPriorityGroupNameInvalid);
    }
  }
  return std::nullopt;
}

bool IsValidPriorityGroup(absl::string_view group) {
  return !group.empty() && group.size() <= kMaxGroupSize &&
         std::all_of(group.begin(), group.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '/' || c == '_' || c == '=' || c == '-';
         });
}

}  // namespace windtunnel::broker
