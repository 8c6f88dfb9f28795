#include "client/nats/nats_subscription.h"

#include <chrono>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/nats/message.h"
#include "client/nats/status.h"
#include "client/runtime/thread_sync.h"
#include "windtunnel/errors.h"

namespace windtunnel::internal {

namespace {

using Closure = std::shared_ptr<NatsSubscription>;

// Keeps a closure for ever: nats.c closed its subscription before it could be
// asked to say when it is done with it, so it may be using it still.
void KeepForEver(Closure* closure) {
  static auto* const mutex = new std::mutex;
  static auto* const kept = new std::vector<Closure*>;
  std::lock_guard<std::mutex> lock(*mutex);
  kept->push_back(closure);
}

}  // namespace

absl::StatusOr<std::shared_ptr<NatsSubscription>> NatsSubscription::Start(
    natsConnection* connection, absl::string_view subject,
    absl::string_view queue_group, std::shared_ptr<MessageSink> sink) {
  std::shared_ptr<NatsSubscription> self(
      new NatsSubscription(std::string(subject), std::move(sink)));
  const std::string queue(queue_group);
  auto closure = std::make_unique<Closure>(self);
  natsSubscription* created = nullptr;
  const natsStatus status =
      queue.empty() ? natsConnection_Subscribe(&created, connection,
                                               self->subject_.c_str(),
                                               OnNatsMessage, closure.get())
                    : natsConnection_QueueSubscribe(
                          &created, connection, self->subject_.c_str(),
                          queue.c_str(), OnNatsMessage, closure.get());
  if (status != NATS_OK) return self->StatusOf(status, "subscribing to");
  self->handle_ = Handle(created, natsSubscription_Destroy);
  natsSubscription_SetPendingLimits(created, -1, -1);
  if (natsSubscription_SetOnCompleteCB(created, OnNatsComplete,
                                       closure.get()) == NATS_OK) {
    closure.release();  // Now OnNatsComplete() frees it.
    return self;
  }
  // The connection was closed meanwhile.
  self->Mute();
  KeepForEver(closure.release());
  return self->StatusOf(NATS_CONNECTION_CLOSED, "subscribing to");
}

void NatsSubscription::OnNatsMessage(natsConnection*, natsSubscription*,
                                     natsMsg* message, void* closure) {
  const NatsMsgPtr owner(message);
  // Not a copy of the pointer: the closure outlives this call.
  (*static_cast<Closure*>(closure))->CallSink([&](MessageSink& sink) {
    sink.OnMessage(FromNatsMsg(*message));
  });
}

void NatsSubscription::OnNatsComplete(void* closure) {
  const std::unique_ptr<Closure> owner(static_cast<Closure*>(closure));
  // Closed connections end their subscriptions with a status of their own,
  // before or after this.
  (*owner)->End(absl::OkStatus());
}

void NatsSubscription::CallSink(absl::FunctionRef<void(MessageSink&)> call) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (ended_) return;
  caller_.store(std::this_thread::get_id());
  call(*sink_);
  caller_.store(std::thread::id());
}

void NatsSubscription::OnDisconnected() {
  CallSink([](MessageSink& sink) { sink.OnDisconnected(); });
}

void NatsSubscription::End(absl::Status reason) {
  CallSink([&](MessageSink& sink) {
    ended_ = true;
    sink.OnEnd(std::move(reason));
    changed_.notify_all();
  });
}

void NatsSubscription::Mute() {
  if (caller_.load() == std::this_thread::get_id()) {
    ended_ = true;  // Under mutex_: this thread holds it.
    changed_.notify_all();
    return;
  }
  std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

NatsSubscription::Handle NatsSubscription::Stop() {
  // Fails if it has ended already, which is as well.
  natsSubscription_Unsubscribe(handle_.get());
  return handle_;
}

absl::Status NatsSubscription::Limit(std::uint64_t count) {
  // More than can ever arrive.
  if (count > std::numeric_limits<int>::max()) return absl::OkStatus();
  return StatusOf(
      natsSubscription_AutoUnsubscribe(handle_.get(), static_cast<int>(count)),
      "limiting");
}

absl::Status NatsSubscription::Drain(absl::Time deadline) {
  const std::optional<std::chrono::steady_clock::time_point> until =
      MonotonicDeadline(deadline);
  // Without a limit of its own: nats.c would drop what is left at that time.
  const absl::Status started =
      StatusOf(natsSubscription_DrainTimeout(handle_.get(), -1), "draining");
  if (!started.ok()) return started;
  std::unique_lock<std::mutex> lock(mutex_);
  auto ended = [this] { return ended_; };
  if (!until.has_value()) {
    changed_.wait(lock, ended);
  } else if (!changed_.wait_until(lock, *until, ended)) {
    return MakeErrorStatus(ErrorKind::kTimeout,
                           absl::StrCat("draining ", subject_, " goes on"));
  }
  return absl::OkStatus();
}

absl::Status NatsSubscription::StatusOf(natsStatus status,
                                        absl::string_view doing) const {
  // It has ended by itself.
  if (status == NATS_INVALID_SUBSCRIPTION) return absl::OkStatus();
  return FromNatsStatus(status, absl::StrCat(doing, " ", subject_));
}

}  // namespace windtunnel::internal
