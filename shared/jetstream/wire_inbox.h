// What arrives from a consumer as NATS messages: the inbox where it waits, and
// reading deliveries out of it.

#ifndef WINDTUNNEL_SHARED_JETSTREAM_WIRE_INBOX_H_
#define WINDTUNNEL_SHARED_JETSTREAM_WIRE_INBOX_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/nats/connection_base.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/delivery.h"
#include "windtunnel/message.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

// Messages and cuts, as they came. Threads: any. Lifetime: shared with the
// backend.
class WireInbox final : public MessageSink {
 public:
  explicit WireInbox(Runtime& runtime) : mutex_(runtime), changed_(runtime) {}

  void OnMessage(Message message) override { Add(std::move(message)); }
  void OnDisconnected() override;
  void OnEnd(absl::Status) override { End(); }

  // Nothing more is accepted.
  void End();

  // The next message. Errors: as PullSubscription::Next().
  absl::StatusOr<Message> Take(absl::Time deadline,
                               const CancellationToken& token);

  std::size_t size() const;

 private:
  void Add(absl::StatusOr<Message> arrival);

  mutable Mutex mutex_;
  Condition changed_;
  std::deque<absl::StatusOr<Message>> arrived_;  // An error: a cut.
  bool ended_ = false;
};

// Makes deliveries of messages. Threads: one at a time. Lifetime: before
// `connection`.
class DeliveryReader {
 public:
  explicit DeliveryReader(ConnectionBase& connection)
      : connection_(connection) {}

  // None if `message` does not have the reply subject of a delivery.
  std::optional<Delivery> Read(const Message& message);

 private:
  ConnectionBase& connection_;
  std::shared_ptr<AckRoute> route_;  // Of the last delivery.
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_JETSTREAM_WIRE_INBOX_H_
