#include "shared/nats/connection_base.h"

#include <atomic>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "shared/nats/connection_link.h"
#include "shared/nats/event_queue.h"
#include "shared/nats/request_mux.h"
#include "shared/nats/subscription.h"
#include "windtunnel/errors.h"
#include "windtunnel/subject.h"

namespace windtunnel::internal {

namespace {

// Not less than the size of the wire form.
std::size_t HeaderSizeBound(const Headers& headers) {
  std::size_t bound = 32 + headers.status_text().size();
  for (const auto& [name, value] : headers.entries()) {
    bound += name.size() + value.size() + 4;
  }
  return bound;
}

}  // namespace

struct ConnectionBase::State {
  State(Runtime& runtime, absl::string_view name, ConnectionBase& connection)
      : events(std::make_shared<EventQueue>(runtime, name)),
        link(std::make_shared<ConnectionLink>(runtime, connection)),
        mutex(runtime) {}

  const std::shared_ptr<EventQueue> events;
  const std::shared_ptr<ConnectionLink> link;
  std::atomic<bool> closed{false};          // No more calls are accepted.
  std::atomic<bool> backend_closed{false};  // CloseBackend() was called.

  Mutex mutex;  // Guards what follows.
  std::shared_ptr<RequestMux> mux;
  std::map<SubscriptionId, std::weak_ptr<SubscriptionBuffer>> subscriptions;
  std::unique_ptr<JetStream> jetstream;
};

ConnectionBase::ConnectionBase(Runtime& runtime, std::string name)
    : runtime_(runtime),
      name_(std::move(name)),
      state_(std::make_unique<State>(runtime, name_, *this)) {}

ConnectionBase::~ConnectionBase() {
  state_->jetstream.reset();
  state_->events->End();
  state_->events->Join();
}

absl::Status ConnectionBase::CheckOpen() const {
  if (state_->closed.load()) {
    return MakeErrorStatus(ErrorKind::kConnectionClosed,
                           absl::StrCat("connection '", name_, "' is closed"));
  }
  return runtime_.CheckCaller();
}

absl::Status ConnectionBase::CheckMessage(const Message& message) const {
  if (absl::Status status = CheckMessageForWire(message); !status.ok()) {
    return status;
  }
  const auto limit = static_cast<std::size_t>(max_payload());
  std::size_t size = message.data.size();
  if (!message.headers.empty()) {
    const std::size_t bound = size + HeaderSizeBound(message.headers);
    size = bound <= limit ? bound : size + message.headers.Encode().size();
  }
  if (size > limit) {
    return absl::InvalidArgumentError(
        absl::StrCat("message to '", message.subject, "' has ", size,
                     " bytes; the server's max_payload is ", limit));
  }
  return absl::OkStatus();
}

absl::Status ConnectionBase::Publish(const Message& message) {
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  if (absl::Status status = CheckMessage(message); !status.ok()) return status;
  return SendMessage(message);
}

absl::StatusOr<Message> ConnectionBase::Request(const Message& message,
                                                const RequestOptions& options) {
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  if (!message.reply.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a request has its own reply subject, but '",
                     message.reply, "' was set"));
  }
  if (absl::Status status = CheckMessage(message); !status.ok()) return status;
  if (options.cancellation.cancelled()) {
    return absl::CancelledError("cancelled before the request was sent");
  }
  const absl::Time deadline = runtime_.Now() + options.timeout;
  absl::StatusOr<std::shared_ptr<RequestMux>> mux = EnsureMux();
  if (!mux.ok()) return mux.status();

  RequestMux::Pending pending(**mux);
  Message request = message;
  request.reply = pending.reply();
  if (absl::Status status = SendMessage(request); !status.ok()) return status;
  return pending.Wait(deadline, options.cancellation);
}

absl::StatusOr<std::shared_ptr<RequestMux>> ConnectionBase::EnsureMux() {
  {
    MutexLock lock(state_->mutex);
    if (state_->mux != nullptr) return state_->mux;
  }
  auto mux = std::make_shared<RequestMux>(runtime_, NewInbox());
  absl::StatusOr<SubscriptionId> id = SubscribeSink(mux->subject(), "", mux);
  if (!id.ok()) return id.status();
  std::shared_ptr<RequestMux> winner;
  {
    MutexLock lock(state_->mutex);
    if (state_->mux == nullptr) {
      state_->mux = mux;
      return mux;
    }
    winner = state_->mux;
  }
  UnsubscribeSink(*id);
  return winner;
}

absl::StatusOr<std::unique_ptr<Subscription>> ConnectionBase::Subscribe(
    const SubscribeOptions& options) {
  return SubscribeBuffered(options, nullptr);
}

absl::StatusOr<std::unique_ptr<Subscription>> ConnectionBase::Subscribe(
    const SubscribeOptions& options, MessageHandler handler) {
  if (!handler) return absl::InvalidArgumentError("the handler is null");
  return SubscribeBuffered(options, std::move(handler));
}

absl::StatusOr<std::unique_ptr<Subscription>> ConnectionBase::SubscribeBuffered(
    const SubscribeOptions& options, MessageHandler handler) {
  auto buffer = std::make_shared<SubscriptionBuffer>(
      runtime_, options.subject, options.pending_limit, state_->events);
  absl::StatusOr<SubscriptionId> id =
      SubscribeSink(options.subject, options.queue_group, buffer);
  if (!id.ok()) return id.status();
  // Before another task's Drain() can find it: it waits for the handler's end.
  if (handler) buffer->StartHandler(std::move(handler));
  {
    MutexLock lock(state_->mutex);
    state_->subscriptions.emplace(*id, buffer);
  }
  return std::make_unique<BufferedSubscription>(*this, *id, std::move(buffer));
}

absl::StatusOr<ConnectionBase::SubscriptionId> ConnectionBase::SubscribeSink(
    absl::string_view subject, absl::string_view queue_group,
    std::shared_ptr<MessageSink> sink) {
  if (absl::Status s = CheckSubscribe(subject, queue_group); !s.ok()) return s;
  return AddSubscription(subject, queue_group, std::move(sink));
}

absl::Status ConnectionBase::CheckSubscribe(
    absl::string_view subject, absl::string_view queue_group) const {
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  if (absl::Status status = CheckSubjectForWire(subject); !status.ok()) {
    return status;
  }
  if (!IsValidSubject(subject)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", subject, "' is not a valid subject"));
  }
  if (!queue_group.empty()) {
    if (absl::Status status = CheckSubjectForWire(queue_group); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", queue_group, "' is not a valid queue group"));
    }
  }
  return absl::OkStatus();
}

void ConnectionBase::UnsubscribeSink(SubscriptionId id) {
  if (!state_->backend_closed.load()) RemoveSubscription(id);
}

void ConnectionBase::ForgetSubscription(SubscriptionId id) {
  MutexLock lock(state_->mutex);
  state_->subscriptions.erase(id);
}

absl::Status ConnectionBase::LimitBuffer(SubscriptionId id,
                                         std::uint64_t count) {
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  return LimitSubscription(id, count);
}

absl::Status ConnectionBase::DrainBuffer(SubscriptionId id,
                                         SubscriptionBuffer& buffer,
                                         absl::Time deadline) {
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  absl::Status drained = DrainSubscription(id, deadline);
  if (!drained.ok()) return drained;
  return buffer.WaitForHandler(deadline);
}

absl::Status ConnectionBase::Flush(absl::Duration timeout) {
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  return FlushUntil(runtime_.Now() + timeout);
}

absl::Status ConnectionBase::Drain(absl::Duration timeout) {
  if (absl::Status status = CheckOpen(); !status.ok()) return status;
  const absl::Time deadline = runtime_.Now() + timeout;
  std::vector<std::pair<SubscriptionId, std::shared_ptr<SubscriptionBuffer>>>
      subscriptions;
  {
    MutexLock lock(state_->mutex);
    for (const auto& [id, weak] : state_->subscriptions) {
      if (auto buffer = weak.lock()) subscriptions.emplace_back(id, buffer);
    }
  }
  absl::Status result;
  for (const auto& [id, buffer] : subscriptions) {
    result.Update(DrainBuffer(id, *buffer, deadline));
  }
  result.Update(FlushUntil(deadline));
  Close();
  return result;
}

void ConnectionBase::Close() {
  MarkClosed("closed by the application");
  if (state_->backend_closed.exchange(true)) return;
  CloseBackend();
  state_->link->Cut();
}

void ConnectionBase::MarkClosed(absl::string_view reason) {
  if (state_->closed.exchange(true)) return;
  std::shared_ptr<RequestMux> mux;
  {
    MutexLock lock(state_->mutex);
    mux = state_->mux;
  }
  if (mux != nullptr) mux->OnEnd(absl::OkStatus());
  state_->events->Post(ConnectionEvent::kClosed, reason);
  state_->events->End();
}

bool ConnectionBase::closed() const { return state_->closed.load(); }

void ConnectionBase::SetEventHandler(ConnectionEventHandler handler) {
  state_->events->SetHandler(std::move(handler));
}

void ConnectionBase::Report(ConnectionEvent event, absl::string_view text) {
  state_->events->Post(event, text);
}

const std::shared_ptr<ConnectionLink>& ConnectionBase::link() const {
  return state_->link;
}

JetStream& ConnectionBase::jetstream() {
  {
    MutexLock lock(state_->mutex);
    if (state_->jetstream != nullptr) return *state_->jetstream;
  }
  std::unique_ptr<JetStream> made = NewJetStream(JetStreamOptions{});
  MutexLock lock(state_->mutex);
  if (state_->jetstream == nullptr) state_->jetstream = std::move(made);
  return *state_->jetstream;
}

std::unique_ptr<JetStream> ConnectionBase::NewJetStream(
    const JetStreamOptions& options) {
  return NewJetStreamOverWire(*this, options);
}

std::string ConnectionBase::NewInbox() {
  static constexpr char kDigits[] =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  static constexpr int kLength = 22;
  static constexpr int kPerDraw = 10;  // 62^10 < 2^64.
  std::string inbox = "_INBOX.";
  std::uint64_t bits = 0;
  for (int i = 0; i < kLength; ++i) {
    if (i % kPerDraw == 0) bits = runtime_.DrawRandom();
    inbox += kDigits[bits % 62];
    bits /= 62;
  }
  return inbox;
}

}  // namespace windtunnel::internal
