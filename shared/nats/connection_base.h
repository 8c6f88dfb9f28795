// ConnectionBase: what both backends share of a Connection. Requests, inboxes,
// subscriptions with their buffers and handler tasks, draining, and JetStream are
// written here once; a backend implements the few primitives at the end.

#ifndef WINDTUNNEL_SHARED_NATS_CONNECTION_BASE_H_
#define WINDTUNNEL_SHARED_NATS_CONNECTION_BASE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/connection.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

class ConnectionLink;
class RequestMux;
class SubscriptionBuffer;

// Receives what arrives for one subscription. The backend calls it from wherever
// it is (a nats.c thread, the simulator's scheduler): it must only enqueue.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  virtual void OnMessage(Message message) = 0;
  // The subscription ended without RemoveSubscription(): the connection was
  // closed, or AutoUnsubscribe() was used up. Called once, last.
  virtual void OnEnd(absl::Status reason) = 0;
  // The connection was cut; what was asked for may be lost. Subscriptions are
  // restored by the backend, so OnMessage() may follow.
  virtual void OnDisconnected() {}
};

class ConnectionBase : public Connection {
 public:
  using SubscriptionId = std::uint64_t;

  absl::Status Publish(const Message& message) final;
  absl::StatusOr<Message> Request(const Message& message,
                                  const RequestOptions& options) final;
  absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(
      const SubscribeOptions& options) final;
  absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(
      const SubscribeOptions& options, MessageHandler handler) final;
  absl::Status Flush(absl::Duration timeout) final;
  absl::Status Drain(absl::Duration timeout) final;
  void Close() final;
  bool closed() const final;
  void SetEventHandler(ConnectionEventHandler handler) final;
  const std::string& name() const final { return name_; }
  Runtime& runtime() final { return runtime_; }
  JetStream& jetstream() final;
  std::string NewInbox() final;
  // The backend may override to take a shorter way; the default speaks the wire.
  std::unique_ptr<JetStream> NewJetStream(const JetStreamOptions& options) override;

  // --- For implementers and for code in shared/ -----------------------------

  // Interest whose messages go to `sink` without a buffer or a task between.
  // Errors: as Subscribe().
  absl::StatusOr<SubscriptionId> SubscribeSink(absl::string_view subject,
                                               absl::string_view queue_group,
                                               std::shared_ptr<MessageSink> sink);
  void UnsubscribeSink(SubscriptionId id);

  // Reports to the event handler's task. For backends and subscriptions; only
  // enqueues.
  void Report(ConnectionEvent event, absl::string_view text);

  // What every call checks first: kConnectionClosed or kNotATask.
  absl::Status CheckOpen() const;
  // What every message is checked for: the wire's rules and max_payload().
  absl::Status CheckMessage(const Message& message) const;
  // What every subscription is checked for: CheckOpen() and the wire's rules.
  absl::Status CheckSubscribe(absl::string_view subject,
                              absl::string_view queue_group) const;

  // For what may outlive this connection. Cut by Close().
  const std::shared_ptr<ConnectionLink>& link() const;

 protected:
  ConnectionBase(Runtime& runtime, std::string name);
  // By now the primitives below are gone: the destructor of the backend's class
  // calls Close() first.
  ~ConnectionBase() override;

  // For backends: the connection has ended by itself, all sinks have got OnEnd().
  // Later calls return kConnectionClosed. Only enqueues. CloseBackend() is still
  // called, by Close().
  void MarkClosed(absl::string_view reason);

  // --- What a backend implements --------------------------------------------
  // Arguments were checked for what the wire cannot carry. All are called from
  // tasks, never under a lock of ConnectionBase. An id that has ended already is
  // ignored: OK.

  // kUnavailable if it cannot be handed over; max_payload was checked.
  virtual absl::Status SendMessage(const Message& message) = 0;
  virtual absl::StatusOr<SubscriptionId> AddSubscription(
      absl::string_view subject, absl::string_view queue_group,
      std::shared_ptr<MessageSink> sink) = 0;
  // After this returns the sink is not called any more.
  virtual void RemoveSubscription(SubscriptionId id) = 0;
  // The server stops delivering after `count` messages since the start.
  virtual absl::Status LimitSubscription(SubscriptionId id,
                                         std::uint64_t count) = 0;
  // Ends interest at the server; the sink still gets what is under way, then
  // OnEnd(OK). Waits until that has happened or `deadline`.
  virtual absl::Status DrainSubscription(SubscriptionId id,
                                         absl::Time deadline) = 0;
  virtual absl::Status FlushUntil(absl::Time deadline) = 0;
  // Cuts the connection; every sink gets OnEnd(). Called once. From here on no
  // other primitive is started (RemoveSubscription() neither), but some may be
  // under way.
  virtual void CloseBackend() = 0;

 private:
  friend class BufferedSubscription;
  struct State;  // Requests under way, the event queue and its task.

  absl::StatusOr<std::shared_ptr<RequestMux>> EnsureMux();
  absl::StatusOr<std::unique_ptr<Subscription>> SubscribeBuffered(
      const SubscribeOptions& options, MessageHandler handler);
  absl::Status DrainBuffer(SubscriptionId id, SubscriptionBuffer& buffer,
                           absl::Time deadline);
  void ForgetSubscription(SubscriptionId id);
  absl::Status LimitBuffer(SubscriptionId id, std::uint64_t count);

  Runtime& runtime_;
  const std::string name_;
  std::unique_ptr<State> state_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_NATS_CONNECTION_BASE_H_
