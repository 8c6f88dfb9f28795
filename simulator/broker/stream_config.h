// The rules for a stream's configuration: defaults, normalisation, refusals,
// updates (STR-001 to STR-102).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_H_

#include <optional>

#include "simulator/broker/profile.h"
#include "windtunnel/errors.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

// Fills in defaults, normalises and checks one configuration, in the server's
// order. Rules that need other streams are the Broker's. kNotSimulated errors
// (code 501, naming the field) come last.
std::optional<JetStreamError> NormalizeStreamConfig(const Profile& profile,
                                                    bool pedantic,
                                                    StreamConfig& config);

// What may not change (STR-076 to STR-099). May adjust `to` (sealing, STR-099).
std::optional<JetStreamError> CheckStreamUpdate(const Profile& profile,
                                                const StreamConfig& from,
                                                StreamConfig& to);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_H_
