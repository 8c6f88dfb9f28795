#include "client/nats/nats_connection.h"

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "client/nats/message.h"
#include "client/nats/options.h"
#include "client/nats/server_info.h"
#include "client/nats/status.h"
#include "windtunnel/errors.h"

namespace windtunnel::internal {

namespace {

// Threads of nats.c that serve the subscriptions of all connections. They only
// convert and enqueue messages.
natsStatus SetPoolSize() {
  static const natsStatus status =
      nats_SetMessageDeliveryPoolSize(static_cast<int>(
          std::clamp(std::thread::hardware_concurrency(), 1u, 4u)));
  return status;
}

std::string Shown(const std::vector<ServerUrl>& urls) {
  return absl::StrJoin(urls, ", ", [](std::string* out, const ServerUrl& url) {
    out->append(url.shown);
  });
}

}  // namespace

NatsConnection::NatsConnection(Runtime& runtime, ConnectOptions& options,
                               std::shared_ptr<ConnectionWatch> watch)
    : ConnectionBase(runtime, options.name),
      refuse_while_disconnected_(options.reconnect_buffer_bytes == -1),
      watch_(std::move(watch)),
      watch_id_(watch_ == nullptr ? 0 : watch_->Add()),
      callbacks_(*this) {
  if (options.on_event) SetEventHandler(std::move(options.on_event));
}

NatsConnection::~NatsConnection() { Close(); }

absl::Status NatsConnection::Start(const std::vector<ServerUrl>& urls,
                                   const ConnectOptions& options) {
  const std::string doing = absl::StrCat("connecting to ", Shown(urls));
  if (natsStatus status = SetPoolSize(); status != NATS_OK) {
    return FromNatsStatus(status, doing);
  }
  absl::StatusOr<NatsOptionsPtr> made = MakeNatsOptions(urls, options);
  if (!made.ok()) return made.status();
  natsStatistics* statistics = nullptr;
  natsStatus status = natsStatistics_Create(&statistics);
  statistics_.reset(statistics);
  if (status == NATS_OK) status = callbacks_.SetOn(made->get());
  natsConnection* connection = nullptr;
  const absl::Time start = absl::Now();
  if (status == NATS_OK)
    status = natsConnection_Connect(&connection, made->get());
  connection_.reset(connection);
  // nats.c says "no server" for an address that swallows everything, too.
  if (status == NATS_NO_SERVER && absl::Now() - start >= options.timeout) {
    status = NATS_TIMEOUT;
  }
  return FromNatsStatus(status, doing);
}

bool NatsConnection::connected() const {
  return natsConnection_Status(connection_.get()) == NATS_CONN_STATUS_CONNECTED;
}

bool NatsConnection::reconnecting() const {
  return natsConnection_IsReconnecting(connection_.get());
}

std::int64_t NatsConnection::max_payload() const {
  return natsConnection_GetMaxPayload(connection_.get());
}

const std::string& NatsConnection::server_version() const {
  static const std::string* const kUnknown = new std::string;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!server_version_.empty()) return server_version_;
  }
  absl::StatusOr<std::string> version = AskServerVersion();
  if (!version.ok()) return *kUnknown;
  std::lock_guard<std::mutex> lock(mutex_);
  // Set once: references to it are out.
  if (server_version_.empty()) server_version_ = *std::move(version);
  return server_version_;
}

absl::StatusOr<std::string> NatsConnection::AskServerVersion() const {
  absl::StatusOr<ServerUrl> url = ConnectedUrl(connection_.get());
  if (!url.ok()) return url.status();
  return ReadServerVersion(url->host, url->port, absl::Seconds(2));
}

absl::Status NatsConnection::SendMessage(const Message& message) {
  if (refuse_while_disconnected_ && reconnecting()) {
    return absl::UnavailableError(
        absl::StrCat("publishing to ", message.subject,
                     ": disconnected, not kept for later"));
  }
  absl::StatusOr<NatsMsgPtr> converted = ToNatsMsg(message);
  if (!converted.ok()) return converted.status();
  const natsStatus status =
      natsConnection_PublishMsg(connection_.get(), converted->get());
  if (status == NATS_OK) return absl::OkStatus();
  return FromNatsStatus(status,
                        absl::StrCat("publishing to ", message.subject));
}

absl::StatusOr<ConnectionBase::SubscriptionId> NatsConnection::AddSubscription(
    absl::string_view subject, absl::string_view queue_group,
    std::shared_ptr<MessageSink> sink) {
  absl::StatusOr<SubscriptionPtr> started = NatsSubscription::Start(
      connection_.get(), subject, queue_group, std::move(sink));
  if (!started.ok()) return started.status();
  std::lock_guard<std::mutex> lock(mutex_);
  if (closed_) {
    (*started)->Mute();
    return MakeErrorStatus(ErrorKind::kConnectionClosed,
                           "the connection is closed");
  }
  subscriptions_.emplace(next_id_, *std::move(started));
  return next_id_++;
}

void NatsConnection::RemoveSubscription(SubscriptionId id) {
  SubscriptionPtr subscription;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = subscriptions_.find(id);
    if (found == subscriptions_.end()) return;
    subscription = std::move(found->second);
    subscriptions_.erase(found);
  }
  subscription->Mute();
  Retire(subscription->Stop());
}

// The count of received messages goes up under the lock that guards the table
// of subscriptions, before each look-up. Once it has gone up after a removal,
// the reader is past any look-up that still found the removed one.
void NatsConnection::Retire(NatsSubscription::Handle handle) {
  std::lock_guard<std::mutex> lock(mutex_);
  const std::uint64_t seen = MessagesSeen();
  while (!retired_.empty() && retired_.front().messages_seen < seen) {
    retired_.pop_front();
  }
  retired_.push_back({std::move(handle), seen});
}

absl::Status NatsConnection::LimitSubscription(SubscriptionId id,
                                               std::uint64_t count) {
  const SubscriptionPtr subscription = Find(id);
  return subscription == nullptr ? absl::OkStatus()
                                 : subscription->Limit(count);
}

absl::Status NatsConnection::DrainSubscription(SubscriptionId id,
                                               absl::Time deadline) {
  const SubscriptionPtr subscription = Find(id);
  return subscription == nullptr ? absl::OkStatus()
                                 : subscription->Drain(deadline);
}

absl::Status NatsConnection::FlushUntil(absl::Time deadline) {
  constexpr std::int64_t kLongestMilliseconds = 60'000;
  while (true) {
    if (reconnecting()) {
      return MakeErrorStatus(ErrorKind::kConnectionLost,
                             "flushing: disconnected");
    }
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) {
      return MakeErrorStatus(ErrorKind::kTimeout,
                             "flushing: no answer in time");
    }
    const natsStatus status = natsConnection_FlushTimeout(
        connection_.get(),
        std::min(kLongestMilliseconds, absl::ToInt64Milliseconds(absl::Ceil(
                                           left, absl::Milliseconds(1)))));
    if (status != NATS_TIMEOUT) return FromNatsStatus(status, "flushing");
  }
}

void NatsConnection::CloseBackend() {
  callbacks_.Stop();
  natsConnection_Close(connection_.get());
  EndSubscriptions("the connection is closed");
}

void NatsConnection::EndSubscriptions(absl::string_view reason) {
  std::vector<SubscriptionPtr> ended;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    if (watch_ != nullptr) watch_->Remove(watch_id_);
    for (auto& [id, subscription] : subscriptions_) {
      ended.push_back(std::move(subscription));
    }
    subscriptions_.clear();
  }
  for (const SubscriptionPtr& subscription : ended) {
    subscription->End(MakeErrorStatus(ErrorKind::kConnectionClosed, reason));
  }
}

void NatsConnection::OnDisconnected() {
  for (const SubscriptionPtr& subscription : AllSubscriptions()) {
    subscription->OnDisconnected();
  }
  Report(ConnectionEvent::kDisconnected, "the connection was cut");
}

void NatsConnection::OnReconnected(absl::string_view url) {
  Report(ConnectionEvent::kReconnected, absl::StrCat("connected to ", url));
  if (watch_ != nullptr) watch_->Reconnected(watch_id_);
}

void NatsConnection::OnClosed(absl::string_view reason) {
  EndSubscriptions(reason);
  MarkClosed(reason);
}

void NatsConnection::OnError(natsStatus status, absl::string_view text) {
  Report(status == NATS_SLOW_CONSUMER ? ConnectionEvent::kSlowConsumer
                                      : ConnectionEvent::kError,
         text);
}

NatsConnection::SubscriptionPtr NatsConnection::Find(SubscriptionId id) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = subscriptions_.find(id);
  return found == subscriptions_.end() ? nullptr : found->second;
}

std::vector<NatsConnection::SubscriptionPtr>
NatsConnection::AllSubscriptions() {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<SubscriptionPtr> all;
  all.reserve(subscriptions_.size());
  for (const auto& [id, subscription] : subscriptions_) {
    all.push_back(subscription);
  }
  return all;
}

std::uint64_t NatsConnection::MessagesSeen() {
  std::uint64_t messages = 0;
  natsConnection_GetStats(connection_.get(), statistics_.get());
  natsStatistics_GetCounts(statistics_.get(), &messages, nullptr, nullptr,
                           nullptr, nullptr);
  return messages;
}

}  // namespace windtunnel::internal
