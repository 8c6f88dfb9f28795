#include "simulator/connection/simulated_push.h"

#include <string>
#include <utility>

#include "shared/jetstream/consumer_status.h"

namespace windtunnel::simulation {

SimulatedPushSubscription::SimulatedPushSubscription(
    SimulatedConnection& connection, const PushSubscribeOptions& options)
    : connection_(connection),
      inbox_(std::make_shared<DirectInbox>(connection.runtime())),
      routes_(connection.client()),
      answers_(connection, options.acknowledge_taken) {}

SimulatedPushSubscription::~SimulatedPushSubscription() { Unsubscribe(); }

absl::StatusOr<std::unique_ptr<PushSubscription>>
SimulatedPushSubscription::Make(SimulatedConnection& connection,
                                absl::string_view deliver_subject,
                                const PushSubscribeOptions& options) {
  std::unique_ptr<SimulatedPushSubscription> made(
      new SimulatedPushSubscription(connection, options));
  absl::StatusOr<internal::ConnectionBase::SubscriptionId> id =
      connection.SubscribeDirect(deliver_subject, options.queue_group,
                                 made->inbox_);
  if (!id.ok()) return id.status();
  made->id_ = *id;
  return std::unique_ptr<PushSubscription>(std::move(made));
}

absl::StatusOr<PushEvent> SimulatedPushSubscription::Next(
    absl::Time deadline, const CancellationToken& token) {
  while (true) {
    absl::StatusOr<DirectInbox::Arrived> arrived =
        inbox_->Take(deadline, token);
    if (!arrived.ok()) return arrived.status();
    if (arrived->ack_prefix != nullptr) {
      answers_.Take(arrived->numbers);
      return Delivery(std::move(arrived->block), arrived->numbers,
                      routes_.For(arrived->ack_prefix));
    }
    absl::StatusOr<Headers> headers =
        Headers::Parse(arrived->block->header_block());
    if (!headers.ok() || headers->status_code() == 0) continue;
    PushStatus status = internal::ReadPushStatus(
        *headers, arrived->reply == nullptr ? "" : *arrived->reply);
    answers_.Answer(status);
    return status;
  }
}

std::size_t SimulatedPushSubscription::buffered() const {
  return inbox_->size();
}

void SimulatedPushSubscription::Unsubscribe() {
  if (id_ != 0) connection_.UnsubscribeSink(std::exchange(id_, 0));
  inbox_->End();
}

}  // namespace windtunnel::simulation
