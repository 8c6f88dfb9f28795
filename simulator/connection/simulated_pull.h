// SimulatedPullSubscription: pulling without text between client and broker.

#ifndef WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_PULL_H_
#define WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_PULL_H_

#include <memory>
#include <string>

#include "simulator/connection/direct_inbox.h"
#include "simulator/connection/simulated_ack.h"
#include "simulator/connection/simulated_connection.h"
#include "windtunnel/pull.h"

namespace windtunnel::simulation {

class SimulatedPullSubscription final : public PullSubscription {
 public:
  // `connection` outlives it. Errors: as JetStream::SubscribePull().
  static absl::StatusOr<std::unique_ptr<PullSubscription>> Make(
      SimulatedConnection& connection, absl::string_view stream,
      absl::string_view consumer);
  ~SimulatedPullSubscription() override;

  absl::Status Request(const PullRequest& request) override;
  absl::StatusOr<PullEvent> Next(absl::Time deadline,
                                 const CancellationToken& token) override;
  std::size_t buffered() const override;
  void Unsubscribe() override;

 private:
  SimulatedPullSubscription(SimulatedConnection& connection,
                            absl::string_view stream,
                            absl::string_view consumer);
  absl::Status RequestOverWire(const PullRequest& request);

  SimulatedConnection& connection_;
  const std::string stream_;
  const std::string consumer_;
  const std::string inbox_subject_;
  // Asks whether anybody else listens where requests go.
  broker::Inbox request_listeners_;
  const std::shared_ptr<DirectInbox> inbox_;
  internal::ConnectionBase::SubscriptionId id_ = 0;
  AckRoutes routes_;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_PULL_H_
