#include "simulator/connection/simulated_pull.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/api/pull_request.h"
#include "shared/jetstream/consumer_status.h"

namespace windtunnel::simulation {

namespace {

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

SimulatedPullSubscription::SimulatedPullSubscription(
    SimulatedConnection& connection, absl::string_view stream,
    absl::string_view consumer)
    : connection_(connection),
      stream_(stream),
      consumer_(consumer),
      inbox_subject_(connection.NewInbox()),
      inbox_(std::make_shared<DirectInbox>(connection.runtime())),
      routes_(connection.client()) {
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
      connection.SubscribeDirect(made->inbox_subject_, "", made->inbox_);
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
    history.AddLine(
        now, absl::StrCat(connection_.name(), " pull ", stream_, "/", consumer_,
                          " batch ", request.batch));
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
    absl::StatusOr<DirectInbox::Arrived> arrived =
        inbox_->Take(deadline, token);
    if (!arrived.ok()) return arrived.status();
    if (arrived->ack_prefix != nullptr) {
      return Delivery(std::move(arrived->block), arrived->numbers,
                      routes_.For(arrived->ack_prefix));
    }
    absl::StatusOr<Headers> headers =
        Headers::Parse(arrived->block->header_block());
    if (headers.ok() && headers->status_code() != 0) {
      return internal::ReadPullStatus(*headers);
    }
  }
}

std::size_t SimulatedPullSubscription::buffered() const {
  return inbox_->size();
}

void SimulatedPullSubscription::Unsubscribe() {
  if (id_ != 0) connection_.UnsubscribeSink(std::exchange(id_, 0));
  inbox_->End();
}

}  // namespace windtunnel::simulation
