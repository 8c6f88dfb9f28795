// Network: carries calls to the broker and what comes out of it to clients.
//
// At present it adds no time: what the broker sends has arrived when the call
// that caused it returns.

#ifndef WINDTUNNEL_SIMULATOR_NETWORK_NETWORK_H_
#define WINDTUNNEL_SIMULATOR_NETWORK_NETWORK_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/broker.h"
#include "simulator/history/history.h"
#include "simulator/runtime/random.h"
#include "simulator/runtime/scheduler.h"

namespace windtunnel::simulation {

// Where the messages of one subscription arrive. It must only enqueue and wake.
class Receiver {
 public:
  virtual ~Receiver() = default;
  // May take what it likes out of `arrival`.
  virtual void OnArrival(broker::Outgoing& arrival) = 0;
};

// A client that wants to know when the server goes and comes back.
class ServerWatcher {
 public:
  virtual ~ServerWatcher() = default;
  virtual void OnServerStopped() = 0;
  virtual void OnServerStarted() = 0;
};

class Network {
 public:
  // All but `options` outlive it.
  Network(Scheduler& scheduler, Random& random, History& history,
          const broker::BrokerOptions& options);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network();

  broker::Broker& broker() { return broker_; }
  broker::Context context() { return {scheduler_.now(), random_}; }
  Scheduler& scheduler() { return scheduler_; }
  History& history() { return history_; }
  bool server_running() const { return server_running_; }

  // Call after each call of the broker: what came out is carried to its
  // receivers, and the broker's next deadline is noted.
  void Carry() {
    if (!broker_.router().outbox().empty()) DeliverOutbox();
    const Nanos next = broker_.NextDeadline();
    if (next < timer_due_) ArmTimer(next);
  }

  // Subscribes at the broker; `receiver` lives until Unsubscribe().
  broker::SubscriptionId Subscribe(broker::ClientId client,
                                   absl::string_view subject,
                                   absl::string_view queue_group,
                                   Receiver& receiver);
  void Unsubscribe(broker::SubscriptionId id, absl::string_view subject);
  // The same once `count` messages were sent to it.
  void UnsubscribeAfter(broker::SubscriptionId id, absl::string_view subject,
                        std::uint64_t count);
  // What is sent to `id` from now on is dropped; the broker knows already.
  void Forget(broker::SubscriptionId id) { receivers_.erase(id); }

  // Watchers are told in the order of their numbers. `number` is unique.
  void Watch(std::uint64_t number, ServerWatcher& watcher) {
    watchers_.emplace(number, &watcher);
  }
  void Unwatch(std::uint64_t number) { watchers_.erase(number); }

  void StopServer();
  void StartServer();

 private:
  class BrokerTimer final : public Timer {
   public:
    explicit BrokerTimer(Network& network) : network_(network) {}

   private:
    void OnDue() override { network_.OnBrokerDue(); }
    Network& network_;
  };

  void DeliverOutbox();
  void Deliver(broker::Outgoing& arrival);
  void ArmTimer(Nanos due);
  void OnBrokerDue();

  Scheduler& scheduler_;
  Random& random_;
  History& history_;
  broker::Broker broker_;
  BrokerTimer timer_;
  Nanos timer_due_ = kNever;  // When the timer is armed for.
  bool server_running_ = true;
  bool delivering_ = false;
  std::vector<broker::Outgoing> arriving_;
  using Receivers =
      absl::flat_hash_map<broker::SubscriptionId, Receiver*>;  // lookup only
  Receivers receivers_;
  std::map<std::uint64_t, ServerWatcher*> watchers_;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_NETWORK_NETWORK_H_
