// Outcome: what a request of the API brings, or the server's refusal.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_OUTCOME_H_
#define WINDTUNNEL_SIMULATOR_BROKER_OUTCOME_H_

#include <optional>
#include <variant>

#include "windtunnel/errors.h"

namespace windtunnel::broker {

using Refusal = std::optional<JetStreamError>;

template <typename T>
using Outcome = std::variant<T, JetStreamError>;

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_OUTCOME_H_
