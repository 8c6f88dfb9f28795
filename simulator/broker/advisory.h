// Advisories: the events of JetStream, as JSON (API-330 ff.).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_ADVISORY_H_
#define WINDTUNNEL_SIMULATOR_BROKER_ADVISORY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"

namespace windtunnel::broker {

// `text` as JSON, quotes included.
std::string JsonString(absl::string_view text);

// The whole event: `type`, a drawn id, the time, and the fields of the JSON
// object `fields_json`.
std::string AdvisoryJson(const Context& context, absl::string_view type,
                         absl::string_view fields_json);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_ADVISORY_H_
