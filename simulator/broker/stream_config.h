// The rules for a stream's configuration: defaults, normalisation, refusals,
// updates (STR-001 to STR-102).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_H_
#define WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_H_

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/profile.h"
#include "windtunnel/errors.h"
#include "windtunnel/jetstream_config.h"
#include "windtunnel/stream.h"

namespace windtunnel::broker {

// The configuration of the stream of that name, null if there is none.
using FindStreamConfig =
    absl::FunctionRef<const StreamConfig*(absl::string_view name)>;

// What a request says beside the configuration.
struct StreamConfigMode {
  bool pedantic = false;        // STR-012.
  bool has_empty_tags = false;  // `"placement": {"tags": []}` is not empty.
};

// Fills in defaults, normalises and checks one configuration, in the server's
// order. What other streams there are matters to mirrors and sources; that
// subjects of streams must not overlap is the Broker's.
std::optional<JetStreamError> NormalizeStreamConfig(
    const Profile& profile, const JetStreamConfig& server,
    StreamConfigMode mode, FindStreamConfig find, StreamConfig& config);

// What servers find out only when they make the stream: filters of origins
// before they look whether subjects overlap (SRC-009, SRC-023), the stream's
// transform after that.
std::optional<JetStreamError> CheckFiltersOfCreation(
    const Profile& profile, const StreamConfig& config);
std::optional<JetStreamError> CheckTransformOfCreation(
    const Profile& profile, const StreamConfig& config);

// The same of an update. Republishing to nowhere becomes republishing under
// the same subject (SRC-067).
std::optional<JetStreamError> CheckTransformsOfUpdate(const Profile& profile,
                                                      const StreamConfig& from,
                                                      StreamConfig& to);

// What may not change (STR-076 to STR-099). May adjust `to` (sealing, STR-099).
std::optional<JetStreamError> CheckStreamUpdate(const Profile& profile,
                                                const StreamConfig& from,
                                                bool owned_by_template,
                                                StreamConfig& to);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_STREAM_CONFIG_H_
