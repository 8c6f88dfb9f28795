// Reading from a push consumer: Messages, Consume.
//
//   PushConsumer audit(jetstream, "ORDERS", "audit");
//   auto messages = audit.Messages();
//   while (true) {
//     absl::StatusOr<Delivery> delivery = (*messages)->Next(absl::Seconds(5));
//     if (!delivery.ok()) break;
//     Handle(delivery->data());
//     delivery->Ack().IgnoreError();
//   }
//
// New applications mostly want a PullConsumer (consume.h), which asks for what it
// can handle. Written once over JetStream, so it behaves alike on every backend.

#ifndef WINDTUNNEL_PUSH_CONSUMER_H_
#define WINDTUNNEL_PUSH_CONSUMER_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "windtunnel/consume.h"
#include "windtunnel/consumer.h"
#include "windtunnel/jetstream.h"

namespace windtunnel {

struct PushConsumeOptions {
  // Bounds the first look at the consumer.
  CallOptions call = {};

  // Called in the consume task for what does not end it: a missed heartbeat, a
  // status the server sent, a cut connection. May be null.
  absl::AnyInvocable<void(const absl::Status& status)> on_error = {};
};

// A handle on a push consumer. Cheap; makes no request by itself, and the
// consumer need not exist yet.
//
// Each Messages() and Consume() is a listener of its own. Of a consumer with a
// deliver_group each message goes to one of them (PSH-006); of one without, each
// of them gets every message, and whoever acknowledges settles it for all.
//
// Threads: any task. Lifetime: before `jetstream`'s Connection.
class PushConsumer {
 public:
  PushConsumer(JetStream& jetstream, std::string stream, std::string consumer);
  ~PushConsumer();
  PushConsumer(PushConsumer&&) noexcept;

  // Looks the consumer's configuration up and listens on its deliver subject.
  // From here on the server sends; what arrives waits for Next(). The bounds on
  // that are the consumer's: max_ack_pending (PSH-008), and flow_control, which
  // is answered as Next() takes what was sent (see PushSubscription). With
  // AckPolicy::kFlowControl that answer settles what Next() handed out before
  // (CON-174); with the others settling is the caller's.
  //
  // The iterator is as MessageIterator says, but:
  //   - When two of the consumer's idle_heartbeat intervals pass in silence, the
  //     miss is counted and the consumer looked up. So is it after a cut
  //     connection. Next() may then overrun its deadline by up to 250 ms. In a
  //     deliver_group each heartbeat goes to one listener only: silence is no
  //     miss, but the consumer is looked up all the same.
  //   - kNotFound ends it when that finds no consumer. One without heartbeats
  //     can vanish unnoticed.
  //   - kFailedPrecondition ends it also when that finds another deliver subject
  //     or group.
  //   - kInvalidArgument and kResourceExhausted do not occur.
  //   - What is on the way when a connection is cut is lost to this listener and
  //     comes again after the ack wait, never with AckPolicy::kNone.
  //
  // Errors: as GetConsumerInfo(), kNotFound among them; kFailedPrecondition when
  // it is a pull consumer.
  absl::StatusOr<std::unique_ptr<MessageIterator>> Messages(
      const CallOptions& options);
  absl::StatusOr<std::unique_ptr<MessageIterator>> Messages() {
    return Messages(CallOptions{});
  }

  // Calls `handler` for each delivery, as PullConsumer::Consume() does. A message
  // counts as taken, for flow control, when the handler has returned. Errors: as
  // Messages(); kInvalidArgument without a handler.
  absl::StatusOr<std::unique_ptr<Consumption>> Consume(
      PushConsumeOptions options, DeliveryHandler handler);

  // The server's view of this consumer. Never answered from a cache.
  absl::StatusOr<ConsumerInfo> Info();

  const std::string& stream() const;
  const std::string& consumer() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_PUSH_CONSUMER_H_
