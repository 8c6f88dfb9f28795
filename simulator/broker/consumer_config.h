// The rules for a consumer's configuration: defaults, normalisation, refusals,
// updates (CON-024 to CON-126).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_CONFIG_H_
#define WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_CONFIG_H_

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/profile.h"
#include "windtunnel/consumer.h"
#include "windtunnel/errors.h"
#include "windtunnel/jetstream_config.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

// Fills in defaults and normalises (CON-028 to CON-064), or says why not.
// Afterwards nothing in `config` is at "unset" where the server would show a
// value, but for the inactive_threshold of a consumer that is not durable,
// which Consumer sets (CON-100, CON-117).
std::optional<JetStreamError> NormalizeConsumerConfig(
    const Profile& profile, const JetStreamConfig& server,
    const StreamConfig& stream, bool pedantic, ConsumerConfig& config);

// The rules that look at one configuration and its stream, in the server's
// order.
std::optional<JetStreamError> CheckConsumerConfig(const Profile& profile,
                                                  const JetStreamConfig& server,
                                                  const StreamConfig& stream,
                                                  const ConsumerConfig& config);

// The level that the rest of `config` needs (CON-063, CON-064).
void SetServerMetadata(ConsumerConfig& config);

// Whether anybody listens on a subject.
using FindInterest = absl::FunctionRef<bool(absl::string_view subject)>;

// What may not change (CON-102 to CON-109).
std::optional<JetStreamError> CheckConsumerUpdate(const Profile& profile,
                                                  const ConsumerConfig& from,
                                                  const ConsumerConfig& to,
                                                  FindInterest has_interest);

// Whether max_consumers and work queues leave it alone (CON-068, CON-092).
bool IsExempt(const Profile& profile, const ConsumerConfig& config);

// Work queues: a new consumer against the others (CON-085 to CON-092).
std::optional<JetStreamError> CheckWorkQueueConsumer(
    const Profile& profile, const ConsumerConfig& config,
    const std::vector<const ConsumerConfig*>& others);

// Work queues: no message may be for two (CON-089 to CON-091).
std::optional<JetStreamError> CheckWorkQueueFilters(
    const Profile& profile, const ConsumerConfig& config,
    const std::vector<const ConsumerConfig*>& others);

// GRP-007
bool IsValidPriorityGroup(absl::string_view group);

// The name of a consumer that is to be made (CON-020, CON-021).
std::optional<JetStreamError> CheckNewConsumerName(
    const Profile& profile, const ConsumerConfig& config);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_CONFIG_H_
