// OrderedConsumer: reading a stream, or a part of it, from one place on: every
// message once, in the order of the stream, whatever happens in between.
//
//   OrderedConsumer tail(jetstream, "ORDERS",
//                        {.filter_subjects = {"orders.eu.>"}});
//   auto messages = tail.Messages();
//   while (true) {
//     absl::StatusOr<Delivery> delivery = (*messages)->Next(absl::Seconds(5));
//     if (!delivery.ok()) break;
//     Apply(delivery->subject(), delivery->data());
//   }
//
// Behind it is an ephemeral push consumer in memory, without acknowledgements,
// with flow control and heartbeats (PSH-028). Push, because then the server shows
// by itself, even while nobody reads, that nothing is missing. When something is,
// or the consumer is lost, it is made anew right behind the last message that was
// handed out.
//
// Written once over JetStream, so it behaves alike on every backend.

#ifndef WINDTUNNEL_ORDERED_CONSUMER_H_
#define WINDTUNNEL_ORDERED_CONSUMER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/consume.h"
#include "windtunnel/consumer.h"
#include "windtunnel/jetstream.h"

namespace windtunnel {

namespace internal {
class OrderedState;
}  // namespace internal

// The fields that ConsumerConfig has too mean what they mean there.
struct OrderedConsumerOptions {
  // None: all subjects. More than one: servers 2.10+.
  std::vector<std::string> filter_subjects = {};

  // Where to start (DEL-001 to DEL-013). The place is fixed by the first read:
  // what is stored from then on is never left out.
  //
  // kLastPerSubject means all subjects if there are no filters. Its first round,
  // one message for each subject there was, is taken anew if the consumer is lost
  // during it. Of a subject that got several messages meanwhile it then has only
  // the last.
  DeliverPolicy deliver_policy = DeliverPolicy::kAll;
  std::uint64_t opt_start_seq = 0;                // For kByStartSequence.
  std::optional<absl::Time> opt_start_time = {};  // For kByStartTime.

  ReplayPolicy replay_policy = ReplayPolicy::kInstant;
  bool headers_only = false;  // DEL-020

  // How long the server keeps the consumer when this client has vanished. Zero:
  // the server's 5 s.
  absl::Duration inactive_threshold = {};

  // Interval of the server's heartbeats; at least 100 ms. Two of them in silence
  // count as a loss.
  absl::Duration heartbeat = absl::Seconds(5);

  // Consumers are named `<prefix>_<random>`, with another end each time.
  std::string name_prefix = "ordered";

  // So many failures in a row to make the consumer anew, and the read ends with
  // the error of the last. Negative: no bound.
  int max_reset_attempts = -1;
};

// Bounds for one OrderedConsumer::Fetch().
struct OrderedFetchOptions {
  // The most messages to return; at least 1.
  int max_messages = 1;

  // How long to wait for `max_messages`; finite. Zero: what is stored now.
  absl::Duration max_wait = absl::Seconds(5);

  CancellationToken cancellation = {};
};

struct OrderedConsumeOptions {
  // Bounds the first making of the consumer.
  CallOptions call = {};

  // Called in the consume task for what does not end it: why the consumer is made
  // anew, or could not be. May be null.
  absl::AnyInvocable<void(const absl::Status& status)> on_error = {};
};

// A place in a stream, and the way to read on from it. Each read, of whatever
// kind, goes on behind the last message that was handed out; what arrived and was
// not handed out belongs to the next read.
//
// Deliveries need no acknowledgement. Ack() is sent and has no effect; AckSync()
// fails with kNoResponders (ACK-015). Their consumer_sequence() starts at 1 with
// each new consumer, and metadata().consumer changes; the stream sequence is what
// identifies a message.
//
// The consumer is deleted when a read with Messages() or Consume() ends, and by
// the destructor, which may wait up to a second for that. If that fails, the
// server removes it after `inactive_threshold`. Fetch() and Next() leave it for
// the next read.
//
// Threads: any task, but one read at a time: another one fails with
// kFailedPrecondition. Lifetime: before `jetstream`'s Connection; iterators and
// Consumptions may outlive it.
class OrderedConsumer {
 public:
  // Makes no request; the stream need not exist yet.
  OrderedConsumer(JetStream& jetstream, std::string stream,
                  OrderedConsumerOptions options);
  OrderedConsumer(JetStream& jetstream, std::string stream)
      : OrderedConsumer(jetstream, std::move(stream),
                        OrderedConsumerOptions{}) {}
  ~OrderedConsumer();
  OrderedConsumer(OrderedConsumer&&) noexcept;

  // The next messages, waiting up to `options.max_wait`. Fewer than
  // `options.max_messages`, even none, is success.
  //
  // Errors, in `end_status`; what came before is in `deliveries` all the same:
  //   kInvalidArgument     An option is out of range, named; or the server
  //                        refused the consumer's configuration.
  //   kNotFound            The stream does not exist.
  //   kFailedPrecondition  Another read is under way; the connection is closed;
  //                        the thread is no task; or the server knows one filter
  //                        only.
  //   kCancelled           The token was cancelled.
  //   others               As CreateConsumer(), when the consumer cannot be made:
  //                        at the first read at once, later when
  //                        `max_reset_attempts` are used up.
  FetchResult Fetch(const OrderedFetchOptions& options);

  // One message. kDeadlineExceeded if none came in time, otherwise the errors of
  // Fetch().
  absl::StatusOr<Delivery> Next(absl::Duration max_wait);

  // Starts an endless sequence. The consumer exists when this returns. The read
  // ends with the iterator's Stop(), with the last message after Drain(), or with
  // an error that ends the iterator.
  //
  // The iterator is as MessageIterator says, but the errors that end it are those
  // of Fetch(). Next() may overrun its deadline by up to half a second when it
  // makes the consumer anew.
  //
  // Errors: those of Fetch().
  absl::StatusOr<std::unique_ptr<MessageIterator>> Messages(
      const CallOptions& options);
  absl::StatusOr<std::unique_ptr<MessageIterator>> Messages() {
    return Messages(CallOptions{});
  }

  // Calls `handler` for each delivery, as PullConsumer::Consume() does. Errors:
  // those of Fetch(); kInvalidArgument without a handler.
  absl::StatusOr<std::unique_ptr<Consumption>> Consume(
      OrderedConsumeOptions options, DeliveryHandler handler);

  // The server's view of the consumer that is in use. Errors: as
  // GetConsumerInfo(); kFailedPrecondition if there is none at present.
  absl::StatusOr<ConsumerInfo> Info();

  // How often the consumer was lost and had to be made anew.
  std::uint64_t resets() const;

  const std::string& stream() const;

 private:
  std::shared_ptr<internal::OrderedState> state_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_ORDERED_CONSUMER_H_
