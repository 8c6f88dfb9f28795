#include "simulator/connection/simulated_connection.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "simulator/connection/simulated_jetstream.h"
#include "windtunnel/errors.h"

namespace windtunnel::simulation {

namespace {

using internal::MessageSink;

// As nats.c keeps while it reconnects, in bytes.
constexpr std::size_t kMaxUnsent = 8 * 1024 * 1024;

absl::Status ClosedStatus() {
  return MakeErrorStatus(ErrorKind::kConnectionClosed,
                         "the connection is closed");
}

// The reply subject of a delivery (DEL-029).
std::string AckSubject(const std::string& prefix,
                       const internal::DeliveryNumbers& numbers) {
  return absl::StrCat(
      prefix, numbers.delivered, ".", numbers.stream_sequence, ".",
      numbers.consumer_sequence, ".",
      absl::StrCat(numbers.timestamp_nanos, ".", numbers.num_pending));
}

Message ToMessage(broker::Outgoing& arrival) {
  Message message;
  message.subject = std::string(arrival.block->subject());
  message.reply = arrival.ack_prefix == nullptr
                      ? std::move(arrival.reply)
                      : AckSubject(*arrival.ack_prefix, arrival.numbers);
  const absl::string_view header_block = arrival.block->header_block();
  if (!header_block.empty()) {
    message.headers = Headers::Parse(header_block).value_or(Headers());
  }
  message.data = std::string(arrival.block->data());
  return message;
}

std::size_t SizeOf(const Message& message) {
  return message.subject.size() + message.reply.size() + message.data.size();
}

}  // namespace

// One subscription, which survives reconnects.
class SimulatedConnection::Entry final : public Receiver {
 public:
  Entry(SimulatedConnection& connection, absl::string_view subject,
        absl::string_view queue_group, std::shared_ptr<MessageSink> sink,
        DirectSink* direct)
      : subject(subject),
        queue_group(queue_group),
        sink(std::move(sink)),
        connection_(connection),
        direct_(direct) {}

  void OnArrival(broker::Outgoing& arrival) override {
    ++received;
    const bool last = arrival.last;
    if (direct_ != nullptr) {
      direct_->OnArrival(arrival);
    } else {
      sink->OnMessage(ToMessage(arrival));
    }
    if (last) {
      const absl::Status used_up;
      connection_.EndEntry(id, &used_up);  // Destroys this.
    }
  }

  SubscriptionId id = 0;
  const std::string subject;
  const std::string queue_group;
  const std::shared_ptr<MessageSink> sink;
  broker::SubscriptionId at_broker = 0;  // 0 while the server is away.
  std::uint64_t received = 0;
  std::optional<std::uint64_t> limit;

 private:
  SimulatedConnection& connection_;
  DirectSink* const direct_;
};

SimulatedConnection::SimulatedConnection(std::shared_ptr<SimulationCore> core,
                                         std::string name)
    : CoreHolder(core),
      ConnectionBase(core->runtime, std::move(name)),
      number_(++core->connections_made),
      client_(std::make_shared<ClientState>()) {
  Network& network = core_->network;
  client_->core = core_.get();
  client_->connection = this;
  client_->id =
      network.broker().router().AddClient(this->name(), core_->scheduler.now());
  network.Watch(number_, *this);
  History& history = network.history();
  const Nanos now = core_->scheduler.now();
  history.Record(now, EventKind::kConnect, number_, 0);
  history.RecordText(this->name());
  if (history.keeps_text()) {
    history.AddLine(now, absl::StrCat(this->name(), " connects"));
  }
}

SimulatedConnection::~SimulatedConnection() { Close(); }

bool SimulatedConnection::connected() const {
  return !closed() && core_->network.server_running();
}

std::int64_t SimulatedConnection::max_payload() const {
  return core_->max_payload;
}

const std::string& SimulatedConnection::server_version() const {
  return core_->network.broker().profile().version;
}

std::unique_ptr<JetStream> SimulatedConnection::NewJetStream(
    const JetStreamOptions& options) {
  return std::make_unique<SimulatedJetStream>(*this, options);
}

absl::Status SimulatedConnection::SendMessage(const Message& message) {
  core_->scheduler.SwitchPoint();
  if (client_->core == nullptr) return ClosedStatus();
  if (core_->network.server_running()) {
    PublishNow(message);
    return absl::OkStatus();
  }
  if (unsent_size_ + SizeOf(message) > kMaxUnsent) {
    return absl::UnavailableError(
        absl::StrCat("connection '", name(),
                     "' is cut and keeps as many unsent messages as it may"));
  }
  unsent_size_ += SizeOf(message);
  unsent_.push_back(message);
  return absl::OkStatus();
}

void SimulatedConnection::PublishNow(const Message& message) {
  Network& network = core_->network;
  History& history = network.history();
  const Nanos now = core_->scheduler.now();
  history.Record(now, EventKind::kPublish, number_, message.data.size());
  history.RecordText(message.subject);
  if (history.keeps_text()) {
    history.AddLine(now, absl::StrCat(name(), " publish ", message.subject));
  }
  network.broker().Publish(network.context(), client_->id, message.subject,
                           message.reply, message.headers.Encode(),
                           message.data);
  network.Carry();
}

void SimulatedConnection::RecordSubscription(EventKind kind,
                                             const Entry& entry) {
  History& history = core_->network.history();
  const Nanos now = core_->scheduler.now();
  history.Record(now, kind, number_, entry.id);
  history.RecordText(entry.subject);
  if (history.keeps_text()) {
    history.AddLine(
        now, absl::StrCat(name(),
                          kind == EventKind::kSubscribe ? " subscribe "
                                                        : " unsubscribe ",
                          entry.subject));
  }
}

SimulatedConnection::SubscriptionId SimulatedConnection::AddEntry(
    std::unique_ptr<Entry> made) {
  Entry& entry = *made;
  entry.id = ++last_id_;
  subscriptions_.emplace(entry.id, std::move(made));
  RecordSubscription(EventKind::kSubscribe, entry);
  Network& network = core_->network;
  if (network.server_running()) {
    entry.at_broker =
        network.Subscribe(client_->id, entry.subject, entry.queue_group, entry);
  }
  return entry.id;
}

absl::StatusOr<SimulatedConnection::SubscriptionId>
SimulatedConnection::AddSubscription(absl::string_view subject,
                                     absl::string_view queue_group,
                                     std::shared_ptr<MessageSink> sink) {
  if (client_->core == nullptr) return ClosedStatus();
  return AddEntry(std::make_unique<Entry>(*this, subject, queue_group,
                                          std::move(sink), nullptr));
}

absl::StatusOr<SimulatedConnection::SubscriptionId>
SimulatedConnection::SubscribeDirect(absl::string_view subject,
                                     absl::string_view queue_group,
                                     std::shared_ptr<DirectSink> sink) {
  if (absl::Status s = CheckSubscribe(subject, queue_group); !s.ok()) return s;
  DirectSink* const direct = sink.get();
  return AddEntry(std::make_unique<Entry>(*this, subject, queue_group,
                                          std::move(sink), direct));
}

void SimulatedConnection::EndEntry(SubscriptionId id,
                                   const absl::Status* reason) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return;
  const std::unique_ptr<Entry> entry = std::move(found->second);
  subscriptions_.erase(found);
  RecordSubscription(EventKind::kUnsubscribe, *entry);
  if (entry->at_broker != 0) {
    core_->network.Unsubscribe(entry->at_broker, entry->subject);
  }
  if (reason != nullptr) entry->sink->OnEnd(*reason);
}

void SimulatedConnection::RemoveSubscription(SubscriptionId id) {
  EndEntry(id, nullptr);
}

absl::Status SimulatedConnection::LimitSubscription(SubscriptionId id,
                                                    std::uint64_t count) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return absl::OkStatus();
  Entry& entry = *found->second;
  entry.limit = count;
  if (entry.received >= count) {
    const absl::Status used_up;
    EndEntry(id, &used_up);
  } else if (entry.at_broker != 0) {
    core_->network.UnsubscribeAfter(entry.at_broker, entry.subject, count);
  }
  return absl::OkStatus();
}

absl::Status SimulatedConnection::DrainSubscription(SubscriptionId id,
                                                    absl::Time) {
  const absl::Status drained;
  EndEntry(id, &drained);
  return absl::OkStatus();
}

absl::Status SimulatedConnection::FlushUntil(absl::Time) {
  core_->scheduler.SwitchPoint();
  if (client_->core == nullptr) return ClosedStatus();
  if (core_->network.server_running()) return absl::OkStatus();
  return MakeErrorStatus(ErrorKind::kConnectionLost,
                         absl::StrCat("connection '", name(), "' is cut"));
}

void SimulatedConnection::CloseBackend() {
  Network& network = core_->network;
  History& history = network.history();
  const Nanos now = core_->scheduler.now();
  client_->core = nullptr;
  network.Unwatch(number_);
  history.Record(now, EventKind::kClose, number_, 0);
  if (history.keeps_text()) {
    history.AddLine(now, absl::StrCat(name(), " closes"));
  }
  const auto subscriptions = std::exchange(subscriptions_, {});
  for (const auto& [id, entry] : subscriptions) {
    if (entry->at_broker != 0) network.Forget(entry->at_broker);
  }
  if (network.server_running()) {
    network.broker().router().RemoveClient(client_->id);
    for (const auto& [id, entry] : subscriptions) {
      network.broker().OnInterestChanged(network.context(), entry->subject);
    }
    network.Carry();
  }
  for (const auto& [id, entry] : subscriptions) {
    entry->sink->OnEnd(ClosedStatus());
  }
}

void SimulatedConnection::OnServerStopped() {
  Network& network = core_->network;
  network.broker().router().RemoveClient(client_->id);
  for (const auto& [id, entry] : subscriptions_) {
    network.Forget(entry->at_broker);
    entry->at_broker = 0;
    entry->sink->OnDisconnected();
  }
  Report(ConnectionEvent::kDisconnected, "the server stopped");
}

void SimulatedConnection::OnServerStarted() {
  Network& network = core_->network;
  client_->id =
      network.broker().router().AddClient(name(), core_->scheduler.now());
  for (const auto& [id, entry] : subscriptions_) {
    entry->at_broker = network.Subscribe(client_->id, entry->subject,
                                         entry->queue_group, *entry);
    if (entry->limit.has_value()) {
      network.UnsubscribeAfter(entry->at_broker, entry->subject,
                               *entry->limit - entry->received);
      // Counted anew at the broker, and here.
      *entry->limit -= entry->received;
      entry->received = 0;
    }
  }
  for (const Message& message : std::exchange(unsent_, {})) {
    PublishNow(message);
  }
  unsent_size_ = 0;
  Report(ConnectionEvent::kReconnected, "the server started");
}

}  // namespace windtunnel::simulation
