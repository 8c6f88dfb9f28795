// SimulatedPushSubscription: listening to a push consumer without text between
// client and broker.

#ifndef WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_PUSH_H_
#define WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_PUSH_H_

#include <memory>

#include "shared/jetstream/flow_control_answers.h"
#include "simulator/connection/direct_inbox.h"
#include "simulator/connection/simulated_ack.h"
#include "simulator/connection/simulated_connection.h"
#include "windtunnel/push.h"

namespace windtunnel::simulation {

class SimulatedPushSubscription final : public PushSubscription {
 public:
  // `connection` outlives it. Errors: as JetStream::SubscribePush().
  static absl::StatusOr<std::unique_ptr<PushSubscription>> Make(
      SimulatedConnection& connection, absl::string_view deliver_subject,
      const PushSubscribeOptions& options);
  ~SimulatedPushSubscription() override;

  absl::StatusOr<PushEvent> Next(absl::Time deadline,
                                 const CancellationToken& token) override;
  std::size_t buffered() const override;
  void Unsubscribe() override;

 private:
  SimulatedPushSubscription(SimulatedConnection& connection,
                            const PushSubscribeOptions& options);

  SimulatedConnection& connection_;
  const std::shared_ptr<DirectInbox> inbox_;
  internal::ConnectionBase::SubscriptionId id_ = 0;
  AckRoutes routes_;
  internal::FlowControlAnswers answers_;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_PUSH_H_
