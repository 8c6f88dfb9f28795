// The way back for acknowledgements of a simulated connection.

#ifndef WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_ACK_H_
#define WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_ACK_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "simulator/connection/simulated_connection.h"
#include "windtunnel/delivery.h"

namespace windtunnel::simulation {

// For deliveries of the consumer that `ack_prefix` names: "$JS.ACK.<stream>.
// <consumer>.".
std::shared_ptr<internal::AckRoute> MakeAckRoute(
    std::shared_ptr<ClientState> client, absl::string_view ack_prefix);

// The routes of one subscription's deliveries. Makes one for each consumer.
class AckRoutes {
 public:
  explicit AckRoutes(std::shared_ptr<ClientState> client)
      : client_(std::move(client)) {}

  // `ack_prefix` is the consumer's own, the same object with each delivery.
  const std::shared_ptr<internal::AckRoute>& For(
      const std::shared_ptr<const std::string>& ack_prefix) {
    if (ack_prefix_ != ack_prefix) {
      ack_prefix_ = ack_prefix;
      route_ = MakeAckRoute(client_, *ack_prefix);
    }
    return route_;
  }

 private:
  const std::shared_ptr<ClientState> client_;
  // Of the last delivery.
  std::shared_ptr<const std::string> ack_prefix_;
  std::shared_ptr<internal::AckRoute> route_;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_ACK_H_
