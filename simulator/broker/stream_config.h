// The rules for a stream's configuration: defaults, normalisation, refusals,
// updates (STR-001 to STR-102).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_H_

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/profile.h"
#include "windtunnel/errors.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

// The configuration of the stream of that name, null if there is none.
using FindStreamConfig =
    absl::FunctionRef<const StreamConfig*(absl::string_view name)>;

// Fills in defaults, normalises and checks one configuration, in the server's
// order. What other streams there are matters to mirrors and sources; that
// subjects of streams must not overlap is the Broker's.
std::optional<JetStreamError> NormalizeStreamConfig(const Profile& profile,
                                                    bool pedantic,
                                                    FindStreamConfig find,
                                                    StreamConfig& config);

// What may not change (STR-076 to STR-099). May adjust `to` (sealing, STR-099).
std::optional<JetStreamError> CheckStreamUpdate(const Profile& profile,
                                                const StreamConfig& from,
                                                bool owned_by_template,
                                                StreamConfig& to);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_H_
