// The way back for acknowledgements of a simulated connection.

#ifndef WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_ACK_H_
#define WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_ACK_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "simulator/connection/simulated_connection.h"
#include "windtunnel/delivery.h"

namespace windtunnel::simulation {

// For deliveries of the consumer that `ack_prefix` names: "$JS.ACK.<stream>.
// <consumer>.".
std::shared_ptr<internal::AckRoute> MakeAckRoute(
    std::shared_ptr<ClientState> client, absl::string_view ack_prefix);

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_ACK_H_
