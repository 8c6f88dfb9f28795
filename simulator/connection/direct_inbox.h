// DirectInbox: where deliveries and statuses of a consumer wait as the broker
// made them.

#ifndef WINDTUNNEL_SIMULATOR_CONNECTION_DIRECT_INBOX_H_
#define WINDTUNNEL_SIMULATOR_CONNECTION_DIRECT_INBOX_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "simulator/connection/simulated_connection.h"
#include "windtunnel/sync.h"

namespace windtunnel::simulation {

class DirectInbox final : public SimulatedConnection::DirectSink {
 public:
  struct Arrived {
    MessageBlockPtr block;  // Null: the connection was cut.
    std::shared_ptr<const std::string> ack_prefix;  // Null: no delivery.
    internal::DeliveryNumbers numbers;
    std::unique_ptr<const std::string> reply;  // Null: none, or a delivery.
  };

  explicit DirectInbox(Runtime& runtime) : mutex_(runtime), changed_(runtime) {}

  void OnArrival(broker::Outgoing& arrival) override;
  void OnDisconnected() override { Add({}); }
  void OnEnd(absl::Status) override { End(); }

  // Nothing more is accepted.
  void End();

  // What comes next, with a block. Errors: as PullSubscription::Next().
  absl::StatusOr<Arrived> Take(absl::Time deadline,
                               const CancellationToken& token);

  std::size_t size() const;

 private:
  void Add(Arrived arrived);

  mutable Mutex mutex_;
  Condition changed_;
  std::vector<Arrived> arrived_;
  std::size_t taken_ = 0;  // So many of them are gone already.
  bool ended_ = false;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_CONNECTION_DIRECT_INBOX_H_
