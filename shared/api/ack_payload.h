// The payload of an acknowledgement (API-232, ACK-001 to ACK-009).

#ifndef WINDTUNNEL_SHARED_API_ACK_PAYLOAD_H_
#define WINDTUNNEL_SHARED_API_ACK_PAYLOAD_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/delivery.h"

namespace windtunnel::api {

// `+ACK`, `-NAK`, `-NAK {"delay":1000}`, `+WPI`, `+TERM`, `+TERM reason`.
// `delay` counts for kNak if positive, `reason` for kTerm.
std::string EncodeAckPayload(AckVerb verb, absl::Duration delay,
                             absl::string_view reason);

// The delay in what follows `-NAK`: `{"delay":<ns>}` or a Go duration. nullopt
// if there is none that can be read: a plain NAK (ACK-004).
std::optional<absl::Duration> DecodeNakDelay(absl::string_view argument);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_ACK_PAYLOAD_H_
