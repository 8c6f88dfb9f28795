// NatsSubscription: one subscription of nats.c and the sink it feeds.

#ifndef WINDTUNNEL_CLIENT_NATS_NATS_SUBSCRIPTION_H_
#define WINDTUNNEL_CLIENT_NATS_NATS_SUBSCRIPTION_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/nats/handles.h"
#include "shared/nats/connection_base.h"
#include "windtunnel/message.h"

namespace windtunnel::internal {

// Shared, because nats.c's threads may be inside a callback while the
// connection forgets it.
//
// Threads: any. The sink is called by one thread at a time, under mutex_; it
// only enqueues, so nothing waits for long.
class NatsSubscription : public std::enable_shared_from_this<NatsSubscription> {
 public:
  // What nats.c knows it by. Shared, because a drain may wait on it while it is
  // removed.
  using Handle = std::shared_ptr<natsSubscription>;

  static absl::StatusOr<std::shared_ptr<NatsSubscription>> Start(
      natsConnection* connection, absl::string_view subject,
      absl::string_view queue_group, std::shared_ptr<MessageSink> sink);

  absl::Status Limit(std::uint64_t count);
  absl::Status Drain(absl::Time deadline);
  void OnDisconnected();
  // Tells the sink that it is over, unless it knows.
  void End(absl::Status reason);
  // The sink is not called after this returns, except for the call that the
  // calling thread itself is in.
  void Mute();
  // Ends interest at the server and gives the handle away.
  Handle Stop();

 private:
  NatsSubscription(std::string subject, std::shared_ptr<MessageSink> sink)
      : subject_(std::move(subject)), sink_(std::move(sink)) {}

  static void OnNatsMessage(natsConnection*, natsSubscription*,
                            natsMsg* message, void* closure);
  static void OnNatsComplete(void* closure);
  void CallSink(absl::FunctionRef<void(MessageSink&)> call);
  absl::Status StatusOf(natsStatus status, absl::string_view doing) const;

  const std::string subject_;
  const std::shared_ptr<MessageSink> sink_;
  Handle handle_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;  // No more calls of the sink.
  // The thread that is inside the sink, if any.
  std::atomic<std::thread::id> caller_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_NATS_SUBSCRIPTION_H_
