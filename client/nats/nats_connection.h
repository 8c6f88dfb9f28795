// NatsConnection: the Connection over nats.c.

#ifndef WINDTUNNEL_CLIENT_NATS_NATS_CONNECTION_H_
#define WINDTUNNEL_CLIENT_NATS_NATS_CONNECTION_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/nats/callbacks.h"
#include "client/nats/connection_watch.h"
#include "client/nats/handles.h"
#include "client/nats/nats_subscription.h"
#include "client/nats/url.h"
#include "shared/nats/connection_base.h"
#include "windtunnel/client.h"

namespace windtunnel::internal {

class NatsConnection final : public ConnectionBase, private NatsEvents {
 public:
  // `watch` may be null.
  NatsConnection(Runtime& runtime, ConnectOptions& options,
                 std::shared_ptr<ConnectionWatch> watch);
  ~NatsConnection() override;

  // Connects. Once, before anything else.
  absl::Status Start(const std::vector<ServerUrl>& urls,
                     const ConnectOptions& options);

  bool connected() const override;
  std::int64_t max_payload() const override;
  const std::string& server_version() const override;

 protected:
  absl::Status SendMessage(const Message& message) override;
  absl::StatusOr<SubscriptionId> AddSubscription(
      absl::string_view subject, absl::string_view queue_group,
      std::shared_ptr<MessageSink> sink) override;
  void RemoveSubscription(SubscriptionId id) override;
  absl::Status LimitSubscription(SubscriptionId id,
                                 std::uint64_t count) override;
  absl::Status DrainSubscription(SubscriptionId id,
                                 absl::Time deadline) override;
  absl::Status FlushUntil(absl::Time deadline) override;
  void CloseBackend() override;

 private:
  using SubscriptionPtr = std::shared_ptr<NatsSubscription>;

  // A handle that nats.c's reader may still be using: it looks a subscription
  // up and hands a message to it without holding a reference.
  struct Retired {
    NatsSubscription::Handle handle;
    std::uint64_t messages_seen;  // When it was removed.
  };

  void OnDisconnected() override;
  void OnReconnected(absl::string_view url) override;
  void OnClosed(absl::string_view reason) override;
  void OnError(natsStatus status, absl::string_view text) override;

  bool reconnecting() const;
  SubscriptionPtr Find(SubscriptionId id);
  std::vector<SubscriptionPtr> AllSubscriptions();
  void EndSubscriptions(absl::string_view reason);
  void Retire(NatsSubscription::Handle handle);
  std::uint64_t MessagesSeen();
  absl::StatusOr<std::string> AskServerVersion() const;

  const bool refuse_while_disconnected_;
  const std::shared_ptr<ConnectionWatch> watch_;
  const ConnectionWatch::Id watch_id_;
  NatsCallbacks callbacks_;
  NatsConnectionPtr connection_;

  mutable std::mutex
      mutex_;  // Guards what follows. Taken before nats.c's locks.
  NatsStatisticsPtr statistics_;
  SubscriptionId next_id_ = 1;
  std::map<SubscriptionId, SubscriptionPtr> subscriptions_;
  std::deque<Retired> retired_;
  bool closed_ = false;
  mutable std::string server_version_;  // "" until it was asked for.
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_NATS_CONNECTION_H_
