// Connection: core NATS. Publish, subscribe, request and reply.
//
// Get one from Connect() in client.h, from Simulator::Connect() in simulator.h,
// or from a test's World. From here on code cannot tell which it is.
//
// Threads: all methods may be called from any task. Lifetime: destroy
// subscriptions and anything made from jetstream() before the connection; the
// Runtime outlives it. The destructor closes.

#ifndef WINDTUNNEL_CONNECTION_H_
#define WINDTUNNEL_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/message.h"
#include "windtunnel/runtime.h"

namespace windtunnel {

class JetStream;
struct JetStreamOptions;

struct RequestOptions {
  absl::Duration timeout = absl::Seconds(5);
  CancellationToken cancellation = {};
};

struct SubscribeOptions {
  std::string subject = {};      // Wildcards allowed.
  std::string queue_group = {};  // "": every subscriber gets every message.

  // Messages held for a slow reader before newer ones are dropped and
  // ConnectionEvent::kSlowConsumer is reported.
  std::size_t pending_limit = 65'536;
};

enum class ConnectionEvent {
  kDisconnected,
  kReconnected,
  kClosed,
  kSlowConsumer,  // A subscription dropped a message.
  kError          // The server complained without closing, see the text.
};

using ConnectionEventHandler =
    absl::AnyInvocable<void(ConnectionEvent event, absl::string_view text)>;

// Interest in a subject. Messages arrive in order; read them with Next(), or
// give Connection::Subscribe() a handler instead.
//
// Lifetime: destroying it unsubscribes and drops what was not read.
class Subscription {
 public:
  virtual ~Subscription() = default;

  // The next message, waiting up to `deadline`.
  //
  // Errors:
  //   kDeadlineExceeded    None came. The subscription goes on.
  //   kCancelled           The token was cancelled or the simulation ended.
  //   kFailedPrecondition  Unsubscribed or closed, and everything was read
  //                        (kConnectionClosed); the subscription has a handler;
  //                        or the thread is no task.
  absl::StatusOr<Message> Next(absl::Duration timeout);
  virtual absl::StatusOr<Message> NextUntil(absl::Time deadline,
                                            const CancellationToken& token) = 0;

  // No more messages are accepted; those that arrived can still be read, and a
  // handler still sees them. Returns when the server knows and, with a handler,
  // when it has seen the last one, unless called from that handler.
  //
  // Errors: kDeadlineExceeded; the drain goes on. kFailedPrecondition: the
  // connection is closed (kConnectionClosed), or the thread is no task.
  virtual absl::Status Drain(absl::Duration timeout) = 0;

  // Ends interest at once; what was not read is dropped. Idempotent. A handler
  // that runs now is waited for, unless this is called from it.
  virtual void Unsubscribe() = 0;

  // Ends interest by itself once `count` messages arrived since the start.
  // Errors: kFailedPrecondition, as for Drain().
  virtual absl::Status AutoUnsubscribe(std::uint64_t count) = 0;

  virtual const std::string& subject() const = 0;
  // Messages that arrived and were not read yet.
  virtual std::size_t pending() const = 0;
  // Messages dropped because of pending_limit.
  virtual std::uint64_t dropped() const = 0;

 protected:
  virtual Runtime& runtime() = 0;
};

using MessageHandler = absl::AnyInvocable<void(const Message& message)>;

class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  // Sends `message` to whoever listens now. OK says that it was handed over, not
  // that somebody got it (COR-012).
  //
  // Errors:
  //   kInvalidArgument     It cannot travel on the wire, see
  //                        CheckMessageForWire(), or is over max_payload().
  //   kFailedPrecondition  The connection is closed (kConnectionClosed), or the
  //                        thread is no task (kNotATask).
  //   kUnavailable         Disconnected, and the reconnect buffer is full.
  virtual absl::Status Publish(const Message& message) = 0;

  // Sends `message` with a reply subject of its own and waits for the first
  // answer. `message.reply` must be empty.
  //
  // Errors, besides those of Publish():
  //   kUnavailable       Nobody listens (kNoResponders): not done. The connection
  //                      was cut (kConnectionLost): outcome unknown.
  //   kDeadlineExceeded  No answer in time (kTimeout). Outcome unknown.
  //   kCancelled         Outcome unknown.
  virtual absl::StatusOr<Message> Request(const Message& message,
                                          const RequestOptions& options) = 0;
  absl::StatusOr<Message> Request(const Message& message) {
    return Request(message, RequestOptions{});
  }

  // Starts interest. When this returns, messages published afterwards through
  // this connection are seen; use Flush() before relying on it elsewhere.
  //
  // Errors: kInvalidArgument for a subject that is not valid, naming it;
  // kFailedPrecondition as for Publish().
  virtual absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(
      const SubscribeOptions& options) = 0;

  // As above; `handler` runs for each message, one at a time, in a task of the
  // subscription's own. It may call anything, its own Unsubscribe() included. It
  // must not throw: the exception ends the task as in Runtime::Spawn(), and the
  // Subscription's methods and destructor join it.
  virtual absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(
      const SubscribeOptions& options, MessageHandler handler) = 0;

  // Waits until the server has processed everything sent before.
  //
  // Errors: kDeadlineExceeded, kUnavailable (disconnected), kFailedPrecondition.
  virtual absl::Status Flush(absl::Duration timeout) = 0;

  // Ends all subscriptions as Subscription::Drain() does, flushes, and closes.
  // Requests and pull subscriptions under way end with kConnectionClosed.
  //
  // Errors: kDeadlineExceeded, kUnavailable (disconnected): closed all the same,
  // and what did not arrive in time is lost. kFailedPrecondition: closed before,
  // or the thread is no task.
  virtual absl::Status Drain(absl::Duration timeout) = 0;

  // Closes at once. Waiting calls end with kConnectionClosed. Idempotent.
  virtual void Close() = 0;
  virtual bool closed() const = 0;
  // False while a cut connection is being restored, and after Close().
  virtual bool connected() const = 0;

  // Called for each event from now on, one at a time, in a task of the
  // connection's own. Replaces the handler set before; null for none. It must not
  // throw.
  virtual void SetEventHandler(ConnectionEventHandler handler) = 0;

  virtual const std::string& name() const = 0;
  virtual Runtime& runtime() = 0;
  // Limit on header block and payload together, as the server announced it.
  virtual std::int64_t max_payload() const = 0;
  // The version that the server announced, such as "2.15.1".
  virtual const std::string& server_version() const = 0;

  // JetStream over this connection, with default options. Lives as long as the
  // connection.
  virtual JetStream& jetstream() = 0;
  // The same with a domain, an API prefix or other bounds. Must not outlive the
  // connection.
  virtual std::unique_ptr<JetStream> NewJetStream(
      const JetStreamOptions& options) = 0;

  // A subject nobody else uses, `_INBOX.` and random characters.
  virtual std::string NewInbox() = 0;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_CONNECTION_H_
