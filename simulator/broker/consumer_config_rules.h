// The parts of consumer_config.h's rules, each a file of its own.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_CONFIG_RULES_H_
#define WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_CONFIG_RULES_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "simulator/broker/outcome.h"
#include "simulator/broker/profile.h"
#include "windtunnel/consumer.h"
#include "windtunnel/jetstream_config.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

inline bool IsPull(const ConsumerConfig& config) {
  return config.deliver_subject.empty();
}

inline bool NeedsAcks(const ConsumerConfig& config) {
  return config.ack_policy != AckPolicy::kNone;
}

// The only one for AckPolicy::kFlowControl (CON-166, CON-172).
constexpr absl::Duration kFlowControlHeartbeat = absl::Seconds(1);

// Both fields for filters as one list.
std::vector<std::string> FiltersOf(const ConsumerConfig& config);

// consumer_config_filters.cc (CON-043 to CON-049).
Refusal CheckFilters(const Profile& profile, const StreamConfig& stream,
                     const ConsumerConfig& config);

// consumer_config_modes.cc: what goes with push, with pull and with
// acknowledgement by flow control.
Refusal CheckPush(const StreamConfig& stream, const ConsumerConfig& config);
Refusal CheckPull(const Profile& profile, const JetStreamLimits& limits,
                  const StreamConfig& stream, const ConsumerConfig& config);
Refusal CheckFlowControlAcks(const ConsumerConfig& config);

// consumer_config_groups.cc (GRP-001 to GRP-007).
Refusal CheckGroups(const ConsumerConfig& config);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_CONFIG_RULES_H_
