#include "simulator/network/network.h"

#include "absl/strings/str_cat.h"

namespace windtunnel::simulation {

Network::Network(Scheduler& scheduler, Random& random, History& history,
                 const broker::BrokerOptions& options)
    : scheduler_(scheduler),
      random_(random),
      history_(history),
      broker_(broker::Context{scheduler.now(), random}, options),
      timer_(*this) {
  Carry();
}

Network::~Network() { scheduler_.Disarm(timer_); }

broker::SubscriptionId Network::Subscribe(broker::ClientId client,
                                          absl::string_view subject,
                                          absl::string_view queue_group,
                                          Receiver& receiver) {
  const broker::SubscriptionId id =
      broker_.router().Subscribe(client, subject, queue_group);
  receivers_.emplace(id, &receiver);
  broker_.OnInterestChanged(context(), subject);
  Carry();
  return id;
}

void Network::Unsubscribe(broker::SubscriptionId id,
                          absl::string_view subject) {
  receivers_.erase(id);
  broker_.router().Unsubscribe(id);
  broker_.OnInterestChanged(context(), subject);
  Carry();
}

void Network::UnsubscribeAfter(broker::SubscriptionId id,
                               absl::string_view subject,
                               std::uint64_t count) {
  broker_.router().UnsubscribeAfter(id, count);
  broker_.OnInterestChanged(context(), subject);
  Carry();
}

void Network::DeliverOutbox() {
  // A receiver that has to wait for a lock lets other tasks call the broker:
  // what they cause is carried here, in its order.
  if (delivering_) return;
  delivering_ = true;
  std::vector<broker::Outgoing>& outbox = broker_.router().outbox();
  while (!outbox.empty()) {
    arriving_.swap(outbox);
    for (broker::Outgoing& arrival : arriving_) Deliver(arrival);
    arriving_.clear();
  }
  delivering_ = false;
}

void Network::Deliver(broker::Outgoing& arrival) {
  const auto found = receivers_.find(arrival.subscription);
  if (found == receivers_.end()) return;
  const internal::DeliveryNumbers& numbers = arrival.numbers;
  if (arrival.ack_prefix != nullptr) {
    history_.Record(scheduler_.now(), EventKind::kDeliver,
                    arrival.subscription << 32 ^ numbers.stream_sequence,
                    numbers.consumer_sequence << 16 ^ numbers.delivered);
  } else {
    history_.Record(scheduler_.now(), EventKind::kArrive, arrival.subscription,
                    arrival.block->header_block().size() << 32 ^
                        arrival.block->data().size());
    history_.RecordText(arrival.block->subject());
  }
  if (history_.keeps_text()) {
    history_.AddLine(
        scheduler_.now(),
        arrival.ack_prefix != nullptr
            ? absl::StrCat("deliver ", *arrival.ack_prefix,
                           numbers.stream_sequence, " #", numbers.delivered,
                           " ", arrival.block->subject())
            : absl::StrCat("arrive ", arrival.block->subject(), " at client ",
                           arrival.client));
  }
  found->second->OnArrival(arrival);
}

void Network::ArmTimer(Nanos due) {
  timer_due_ = due;
  scheduler_.Arm(timer_, due);
}

void Network::OnBrokerDue() {
  timer_due_ = kNever;
  if (!server_running_) return;
  broker_.RunDeadlines(context());
  Carry();
}

void Network::StopServer() {
  if (!server_running_) return;
  history_.Record(scheduler_.now(), EventKind::kServerStop, 0, 0);
  if (history_.keeps_text()) {
    history_.AddLine(scheduler_.now(), "the server stops");
  }
  broker_.Stop(context());
  DeliverOutbox();
  scheduler_.Disarm(timer_);
  timer_due_ = kNever;
  server_running_ = false;
  for (const auto& [number, watcher] : watchers_) watcher->OnServerStopped();
}

void Network::StartServer() {
  if (server_running_) return;
  history_.Record(scheduler_.now(), EventKind::kServerStart, 0, 0);
  if (history_.keeps_text()) {
    history_.AddLine(scheduler_.now(), "the server starts");
  }
  server_running_ = true;
  broker_.Start(context());
  Carry();
  for (const auto& [number, watcher] : watchers_) watcher->OnServerStarted();
}

}  // namespace windtunnel::simulation
