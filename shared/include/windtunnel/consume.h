// Reading from a pull consumer: Fetch, Messages, Consume.
//
//   PullConsumer billing(jetstream, "ORDERS", "billing");
//   FetchResult fetched = billing.Fetch({.max_messages = 10});
//   for (Delivery& delivery : fetched.deliveries) { ...; delivery.Ack(); }
//
// Written once over JetStream, so it behaves alike on every backend.

#ifndef WINDTUNNEL_CONSUME_H_
#define WINDTUNNEL_CONSUME_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/consumer.h"
#include "windtunnel/delivery.h"
#include "windtunnel/jetstream.h"

namespace windtunnel {

// Bounds for one PullConsumer::Fetch().
struct FetchOptions {
  // The most messages to return; at least 1.
  int max_messages = 1;

  // How long to wait for `max_messages`; finite. Zero asks for what is stored
  // now (a request with no_wait).
  absl::Duration max_wait = absl::Seconds(5);

  // The most bytes, counted as the server does (PUL-041). 0: no bound.
  std::int64_t max_bytes = 0;

  // The server beats at this interval while it has nothing; when two intervals
  // pass in silence the fetch ends with kUnavailable. Zero chooses half of
  // `max_wait`, at most 5 s, and none for waits below 10 s.
  absl::Duration heartbeat = {};

  // Priority group fields, see PullRequest. Its `id` is learned by itself.
  std::string group = {};
  std::int64_t min_pending = 0;
  std::int64_t min_ack_pending = 0;
  std::int64_t priority = 0;

  CancellationToken cancellation = {};
};

// What one Fetch() brought, and why it ended.
struct FetchResult {
  std::vector<Delivery> deliveries = {};  // In the order of delivery.
  // OK: all came, or the wait ended. See PullConsumer::Fetch() for the others.
  // What arrived before an error is in `deliveries` and is yours to settle.
  absl::Status end_status = {};
};

struct MessagesOptions {
  // How much may be requested and not yet handed out. Set one of the two.
  int max_messages = 500;
  std::int64_t max_bytes = 0;  // 0: no bound by bytes.

  // Asks for more when what is outstanding falls to this share, in percent.
  int threshold_percent = 50;

  // Life of one pull request on the server; at least 1 ms.
  absl::Duration expires = absl::Seconds(30);

  // Interval of the server's heartbeats; zero chooses half of `expires`, at most
  // 30 s. When two pass in silence a new request is sent and the miss counted.
  absl::Duration heartbeat = {};

  std::string group = {};
  std::int64_t min_pending = 0;
  std::int64_t min_ack_pending = 0;
  std::int64_t priority = 0;
};

// An endless sequence of deliveries with requests sent ahead of need.
//
// Threads: Next() from one task at a time; Stop() and Drain() from any.
// Lifetime: before its Connection. Destroying it stops.
class MessageIterator {
 public:
  virtual ~MessageIterator() = default;

  // Waits for the next delivery. One that has arrived is handed out even if the
  // deadline has passed or the token is cancelled.
  //
  // Errors:
  //   kDeadlineExceeded    None came; call again.
  //   kCancelled           The token was cancelled; call again. Or the
  //                        simulation ended.
  //   kOutOfRange          Stopped, or drained to the end.
  //   kNotFound            The consumer was deleted or does not exist. The end.
  //   kFailedPrecondition  The connection is closed, or it is a push consumer.
  //                        The end.
  //   kInvalidArgument     The server refused the request (400), or an option
  //                        cannot be encoded. The end.
  //   kResourceExhausted   Over a bound of the consumer (409), or the next message
  //                        is larger than `max_bytes`. The end.
  // Cut connections, server shutdowns and missed heartbeats are not errors: the
  // iterator asks again.
  virtual absl::StatusOr<Delivery> Next(absl::Time deadline,
                                        const CancellationToken& token) = 0;
  absl::StatusOr<Delivery> Next(absl::Duration timeout);

  // Ends it; deliveries that arrived and were not handed out are left to the ack
  // wait. Idempotent.
  virtual void Stop() = 0;
  // Asks for no more; what has arrived is still handed out, then kOutOfRange.
  virtual void Drain() = 0;

  // How often two heartbeat intervals passed in silence.
  virtual std::uint64_t missed_heartbeats() const = 0;

 protected:
  virtual Runtime& runtime() = 0;
};

struct ConsumeOptions {
  MessagesOptions messages = {};

  // Called in the consume task for what does not end it: a missed heartbeat, a
  // status the server sent, a cut connection. May be null.
  absl::AnyInvocable<void(const absl::Status& status)> on_error = {};
};

// A running Consume().
//
// Threads: any task. Lifetime: before its Connection. Destroying it stops.
class Consumption {
 public:
  virtual ~Consumption() = default;

  // Ends it. The handler that runs now finishes first and is waited for, unless
  // this is called from it. What was not handed out is left to the ack wait.
  virtual void Stop() = 0;
  // Asks for no more, hands out what has arrived, and waits for that, at most
  // until `timeout`. From the handler it does not wait.
  // Errors: kDeadlineExceeded; the drain goes on.
  virtual absl::Status Drain(absl::Duration timeout) = 0;

  // Waits for the end and says why: OK after Stop() or Drain(), otherwise the
  // error that ended it, as MessageIterator::Next() lists.
  // Errors: kDeadlineExceeded if it goes on.
  virtual absl::Status Wait(absl::Duration timeout) = 0;
  virtual bool ended() const = 0;
};

using DeliveryHandler = absl::AnyInvocable<void(Delivery delivery)>;

// A handle on a pull consumer. Cheap; makes no request by itself, and the
// consumer need not exist yet.
//
// Threads: any task. Lifetime: before `jetstream`'s Connection.
class PullConsumer {
 public:
  PullConsumer(JetStream& jetstream, std::string stream, std::string consumer);
  ~PullConsumer();
  PullConsumer(PullConsumer&&) noexcept;

  // Fetches the next messages, waiting up to `options.max_wait`. Fewer than
  // `options.max_messages`, even none, is success: the wait ended, or nothing
  // more is stored.
  //
  // Each message counts against max_ack_pending until it is settled, and is
  // delivered again when that takes longer than ack_wait (ACK-031).
  //
  // Errors, in `end_status`:
  //   kInvalidArgument     An option is out of range, named. Not requested. Or
  //                        the server refused the request (400).
  //   kNotFound            The consumer or stream does not exist or was deleted
  //                        meanwhile. On 2.9 a consumer that does not exist does
  //                        not answer: OK without deliveries.
  //   kFailedPrecondition  A push consumer; the connection is closed; the thread
  //                        is no task.
  //   kResourceExhausted   Over a bound of the consumer: max_waiting, max_batch,
  //                        max_expires, max_bytes (409). Or the first message is
  //                        larger than `max_bytes`.
  //   kUnavailable         Server shutdown, a cut connection, missing heartbeats:
  //                        what is lost on the way is delivered again. Or 423:
  //                        not the pinned client any more. Fetch again.
  //   kCancelled           The token was cancelled. If that was before the call,
  //                        nothing was requested.
  FetchResult Fetch(const FetchOptions& options);

  // Fetches one message. kDeadlineExceeded if none came in time, otherwise the
  // errors of Fetch().
  absl::StatusOr<Delivery> Next(absl::Duration max_wait);

  // Starts an endless sequence. Errors: kInvalidArgument, kFailedPrecondition.
  absl::StatusOr<std::unique_ptr<MessageIterator>> Messages(
      const MessagesOptions& options);

  // Calls `handler` for each delivery, one at a time, in a task of its own. The
  // handler settles the delivery and may call anything, Stop() included. It must
  // not throw: the exception ends the task as in Runtime::Spawn(), and the
  // Consumption's methods and destructor join it.
  absl::StatusOr<std::unique_ptr<Consumption>> Consume(ConsumeOptions options,
                                                       DeliveryHandler handler);

  // The server's view of this consumer. Never answered from a cache.
  absl::StatusOr<ConsumerInfo> Info();

  const std::string& stream() const;
  const std::string& consumer() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_CONSUME_H_
