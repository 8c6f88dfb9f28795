// SimulatedConnection: the interface's Connection to the simulated server.

#ifndef WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_CONNECTION_H_
#define WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_CONNECTION_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "shared/nats/connection_base.h"
#include "simulator/core.h"
#include "simulator/network/network.h"

namespace windtunnel::simulation {

// Keeps the core alive until the connection's other bases are gone.
class CoreHolder {
 protected:
  explicit CoreHolder(std::shared_ptr<SimulationCore> core)
      : core_(std::move(core)) {}
  const std::shared_ptr<SimulationCore> core_;
};

// What a delivery, which may outlive it, knows about a connection.
struct ClientState {
  SimulationCore* core = nullptr;  // Null once the connection is closed.
  internal::ConnectionBase* connection = nullptr;
  broker::ClientId id = 0;  // At the broker; another after a reconnect.
};

class SimulatedConnection final : private CoreHolder,
                                  public internal::ConnectionBase,
                                  private ServerWatcher {
 public:
  SimulatedConnection(std::shared_ptr<SimulationCore> core, std::string name);
  ~SimulatedConnection() override;

  bool connected() const override;
  std::int64_t max_payload() const override;
  const std::string& server_version() const override;
  std::unique_ptr<JetStream> NewJetStream(
      const JetStreamOptions& options) override;

  // --- For SimulatedJetStream ------------------------------------------------

  using ConnectionBase::CheckMessage;
  using ConnectionBase::CheckOpen;
  SimulationCore& core() { return *core_; }
  const std::shared_ptr<ClientState>& client() const { return client_; }

  // What a subscription of the shorter way is told.
  class DirectSink : public internal::MessageSink {
   public:
    virtual void OnArrival(broker::Outgoing& arrival) = 0;
    void OnMessage(Message) final {}
  };
  absl::StatusOr<SubscriptionId> SubscribeDirect(
      absl::string_view subject, absl::string_view queue_group,
      std::shared_ptr<DirectSink> sink);

 protected:
  absl::Status SendMessage(const Message& message) override;
  absl::StatusOr<SubscriptionId> AddSubscription(
      absl::string_view subject, absl::string_view queue_group,
      std::shared_ptr<internal::MessageSink> sink) override;
  void RemoveSubscription(SubscriptionId id) override;
  absl::Status LimitSubscription(SubscriptionId id,
                                 std::uint64_t count) override;
  absl::Status DrainSubscription(SubscriptionId id,
                                 absl::Time deadline) override;
  absl::Status FlushUntil(absl::Time deadline) override;
  void CloseBackend() override;

 private:
  class Entry;

  void OnServerStopped() override;
  void OnServerStarted() override;
  void PublishNow(const Message& message);
  SubscriptionId AddEntry(std::unique_ptr<Entry> entry);
  void RecordSubscription(EventKind kind, const Entry& entry);
  // Ends interest, and tells the sink if `reason` is given.
  void EndEntry(SubscriptionId id, const absl::Status* reason);

  const std::uint64_t number_;  // Among the simulation's connections.
  const std::shared_ptr<ClientState> client_;
  SubscriptionId last_id_ = 0;
  std::map<SubscriptionId, std::unique_ptr<Entry>> subscriptions_;
  // Published while the server was away.
  std::deque<Message> unsent_;
  std::size_t unsent_size_ = 0;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_CONNECTION_SIMULATED_CONNECTION_H_
