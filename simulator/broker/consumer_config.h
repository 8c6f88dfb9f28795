// The rules for a consumer's configuration: defaults, normalisation, refusals,
// updates (CON-024 to CON-126).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_CONFIG_H_
#define WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_CONFIG_H_

#include <optional>
#include <vector>

#include "simulator/broker/profile.h"
#include "windtunnel/consumer.h"
#include "windtunnel/errors.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

// Fills in defaults and normalises (CON-028 to CON-062), or says why not.
// Afterwards nothing in `config` is at "unset" where the server would show a
// value.
std::optional<JetStreamError> NormalizeConsumerConfig(
    const Profile& profile, const StreamConfig& stream, bool pedantic,
    ConsumerConfig& config);

// The rules that look at one configuration and its stream, in the server's order.
// kNotSimulated errors (code 501) for what is not modelled come last.
std::optional<JetStreamError> CheckConsumerConfig(const Profile& profile,
                                                  const StreamConfig& stream,
                                                  const ConsumerConfig& config);

// What may not change (CON-102 to CON-109).
std::optional<JetStreamError> CheckConsumerUpdate(const Profile& profile,
                                                  const ConsumerConfig& from,
                                                  const ConsumerConfig& to);

// Work queues: `config` against the other consumers (CON-085 to CON-092).
std::optional<JetStreamError> CheckWorkQueueConsumer(
    const Profile& profile, const ConsumerConfig& config,
    const std::vector<const ConsumerConfig*>& others);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_CONFIG_H_
