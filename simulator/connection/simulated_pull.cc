#include "simulator/connection/simulated_pull.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/api/pull_request.h"
#include "simulator/connection/simulated_ack.h"
#include "windtunnel/errors.h"
#include "windtunnel/sync.h"

namespace windtunnel::simulation {

namespace {

std::optional<std::uint64_t> NumberIn(const Headers& headers,
                                      absl::string_view name) {
  const std::optional<absl::string_view> text = headers.Get(name);
  std::uint64_t number = 0;
  if (!text.has_value() || !absl::SimpleAtoi(*text, &number)) {
    return std::nullopt;
  }
  return number;
}

PullStatus ReadStatus(const Headers& headers) {
  PullStatus status;
  status.code = headers.status_code();
  status.description = headers.status_text();
  status.pending_messages = NumberIn(headers, "Nats-Pending-Messages");
  status.pending_bytes = NumberIn(headers, "Nats-Pending-Bytes");
  status.last_consumer_sequence = NumberIn(headers, "Nats-Last-Consumer");
  status.last_stream_sequence = NumberIn(headers, "Nats-Last-Stream");
  return status;
}

// True if the wire form says the same in every version of the server.
bool IsPlain(const PullRequest& request) {
  constexpr absl::Duration kLongest = absl::Hours(24 * 365);
  return request.batch >= 1 && request.max_bytes >= 0 &&
         request.expires >= absl::ZeroDuration() &&
         request.expires <= kLongest &&
         request.idle_heartbeat >= absl::ZeroDuration() &&
         request.idle_heartbeat <= kLongest && request.group.empty() &&
         request.min_pending == 0 && request.min_ack_pending == 0 &&
         request.id.empty() && request.priority == 0;
}

}  // namespace

struct SimulatedPullSubscription::Arrived {
  MessageBlockPtr block;  // Null: the connection was cut.
  std::shared_ptr<const std::string> ack_prefix;  // Null: no delivery.
  internal::DeliveryNumbers numbers;
};

class SimulatedPullSubscription::Inbox final
    : public SimulatedConnection::DirectSink {
 public:
  explicit Inbox(Runtime& runtime) : mutex_(runtime), changed_(runtime) {}

  void OnArrival(broker::Outgoing& arrival) override {
    Add({std::move(arrival.block), std::move(arrival.ack_prefix),
         arrival.numbers});
  }
  void OnDisconnected() override { Add({}); }
  void OnEnd(absl::Status) override { End(); }

  void End() {
    MutexLock lock(mutex_);
    ended_ = true;
    changed_.NotifyAll();
  }

  absl::StatusOr<Arrived> Take(absl::Time deadline,
                               const CancellationToken& token) {
    MutexLock lock(mutex_);
    while (taken_ == arrived_.size()) {
      if (ended_) {
        return MakeErrorStatus(ErrorKind::kConnectionClosed,
                               "the connection is closed");
      }
      absl::Status status = changed_.WaitUntil(mutex_, deadline, token);
      if (!status.ok() && taken_ == arrived_.size()) return status;
    }
    Arrived first = std::move(arrived_[taken_++]);
    if (taken_ == arrived_.size()) {
      arrived_.clear();
      taken_ = 0;
    }
    return first;
  }

  std::size_t size() const {
    MutexLock lock(mutex_);
    return arrived_.size() - taken_;
  }

 private:
  void Add(Arrived arrived) {
    MutexLock lock(mutex_);
    if (ended_) return;
    arrived_.push_back(std::move(arrived));
    changed_.NotifyAll();
  }

  mutable Mutex mutex_;
  Condition changed_;
  std::vector<Arrived> arrived_;
  std::size_t taken_ = 0;  // So many of them are gone already.
  bool ended_ = false;
};

SimulatedPullSubscription::SimulatedPullSubscription(
    SimulatedConnection& connection, absl::string_view stream,
    absl::string_view consumer)
    : connection_(connection),
      stream_(stream),
      consumer_(consumer),
      inbox_subject_(connection.NewInbox()),
      inbox_(std::make_shared<Inbox>(connection.runtime())) {
  request_listeners_.subject =
      absl::StrCat("$JS.API.CONSUMER.MSG.NEXT.", stream_, ".", consumer_);
}

SimulatedPullSubscription::~SimulatedPullSubscription() { Unsubscribe(); }

absl::StatusOr<std::unique_ptr<PullSubscription>>
SimulatedPullSubscription::Make(SimulatedConnection& connection,
                                absl::string_view stream,
                                absl::string_view consumer) {
  std::unique_ptr<SimulatedPullSubscription> made(
      new SimulatedPullSubscription(connection, stream, consumer));
  absl::StatusOr<internal::ConnectionBase::SubscriptionId> id =
      connection.SubscribeDirect(made->inbox_subject_, made->inbox_);
  if (!id.ok()) return id.status();
  made->id_ = *id;
  return std::unique_ptr<PullSubscription>(std::move(made));
}

absl::Status SimulatedPullSubscription::Request(const PullRequest& request) {
  if (absl::Status s = connection_.CheckOpen(); !s.ok()) return s;
  Network& network = connection_.core().network;
  broker::Broker& broker = network.broker();
  network.scheduler().SwitchPoint();
  if (!connection_.connected() || !IsPlain(request) ||
      broker.router().HasInterest(request_listeners_)) {
    return RequestOverWire(request);
  }
  broker::Inbox inbox;
  inbox.subject = inbox_subject_;
  inbox.client = connection_.client()->id;
  if (!broker.Pull(network.context(), stream_, consumer_, std::move(inbox),
                   request)) {
    return RequestOverWire(request);
  }
  History& history = network.history();
  const Nanos now = network.scheduler().now();
  history.Record(now, EventKind::kPull,
                 static_cast<std::uint64_t>(request.batch),
                 static_cast<std::uint64_t>(ToNanos(request.expires)));
  if (history.keeps_text()) {
    history.AddLine(now, absl::StrCat(connection_.name(), " pull ", stream_,
                                      "/", consumer_, " batch ",
                                      request.batch));
  }
  network.Carry();
  return absl::OkStatus();
}

absl::Status SimulatedPullSubscription::RequestOverWire(
    const PullRequest& request) {
  absl::StatusOr<std::string> body = api::EncodePullRequest(request);
  if (!body.ok()) return body.status();
  Message message;
  message.subject = request_listeners_.subject;
  message.reply = inbox_subject_;
  message.data = *std::move(body);
  return connection_.Publish(message);
}

absl::StatusOr<PullEvent> SimulatedPullSubscription::Next(
    absl::Time deadline, const CancellationToken& token) {
  while (true) {
    absl::StatusOr<Arrived> arrived = inbox_->Take(deadline, token);
    if (!arrived.ok()) return arrived.status();
    if (!arrived->block) {
      return MakeErrorStatus(
          ErrorKind::kConnectionLost,
          "the connection was cut: pull requests may be lost");
    }
    if (arrived->ack_prefix != nullptr) {
      return Delivery(std::move(arrived->block), arrived->numbers,
                      RouteFor(arrived->ack_prefix));
    }
    absl::StatusOr<Headers> headers =
        Headers::Parse(arrived->block->header_block());
    if (headers.ok() && headers->status_code() != 0) {
      return ReadStatus(*headers);
    }
  }
}

std::shared_ptr<internal::AckRoute> SimulatedPullSubscription::RouteFor(
    const std::shared_ptr<const std::string>& ack_prefix) {
  if (ack_prefix_ != ack_prefix) {
    ack_prefix_ = ack_prefix;
    route_ = MakeAckRoute(connection_.client(), *ack_prefix);
  }
  return route_;
}

std::size_t SimulatedPullSubscription::buffered() const {
  return inbox_->size();
}

void SimulatedPullSubscription::Unsubscribe() {
  if (id_ != 0) connection_.UnsubscribeSink(std::exchange(id_, 0));
  inbox_->End();
}

}  // namespace windtunnel::simulation
