#include "simulator/connection/simulated_ack.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "shared/api/ack_payload.h"
#include "windtunnel/errors.h"

namespace windtunnel::simulation {

namespace {

class SimulatedAckRoute final : public internal::AckRoute {
 public:
  SimulatedAckRoute(std::shared_ptr<ClientState> client,
                    absl::string_view prefix)
      : client_(std::move(client)) {
    const std::vector<std::string> tokens = absl::StrSplit(prefix, '.');
    stream = tokens.size() > 2 ? tokens[2] : "";
    consumer = tokens.size() > 3 ? tokens[3] : "";
    ack_prefix = std::string(prefix);
    // Any acknowledgement's subject; see Listened().
    listeners_.subject = absl::StrCat(prefix, "1.1.1.1.1");
  }

  absl::Status Send(const Delivery& delivery, AckVerb verb,
                    absl::Duration delay, absl::string_view reason) override {
    if (absl::Status s = Check(); !s.ok()) return s;
    Network& network = client_->core->network;
    if (!GoesDirectly(delay, reason)) {
      return client_->connection->Publish(
          OverWire(delivery, verb, delay, reason));
    }
    Settle(network, delivery, verb);
    return absl::OkStatus();
  }

  absl::Status SendAndConfirm(const Delivery& delivery,
                              const AckSyncOptions& options) override {
    if (absl::Status s = Check(); !s.ok()) return s;
    if (options.cancellation.cancelled()) {
      return absl::CancelledError("cancelled before the request was sent");
    }
    Network& network = client_->core->network;
    if (!GoesDirectly(absl::ZeroDuration(), "")) {
      RequestOptions request_options;
      request_options.timeout = options.timeout;
      request_options.cancellation = options.cancellation;
      return client_->connection
          ->Request(OverWire(delivery, AckVerb::kAck, absl::ZeroDuration(), ""),
                    request_options)
          .status();
    }
    const std::optional<broker::AckOutcome> outcome =
        Settle(network, delivery, AckVerb::kAck);
    if (!outcome.has_value()) {
      return MakeErrorStatus(ErrorKind::kNoResponders,
                             "nobody listens on the subject");
    }
    if (outcome->confirm) return absl::OkStatus();
    absl::Status slept = client_->connection->runtime().SleepFor(
        options.timeout, options.cancellation);
    if (!slept.ok()) return slept;
    return MakeErrorStatus(ErrorKind::kTimeout, "no answer in time");
  }

 private:
  absl::Status Check() const {
    if (client_->core != nullptr) {
      if (absl::Status s = client_->connection->CheckOpen(); !s.ok()) return s;
      client_->core->scheduler.SwitchPoint();
    }
    // Another task may have closed it meanwhile.
    if (client_->core != nullptr) return absl::OkStatus();
    return MakeErrorStatus(ErrorKind::kConnectionClosed,
                           "the connection is closed");
  }

  // Without text, unless somebody listens to acknowledgements or the verb's
  // argument means different things to different servers.
  bool GoesDirectly(absl::Duration delay, absl::string_view reason) {
    Network& network = client_->core->network;
    return network.server_running() && delay == absl::ZeroDuration() &&
           reason.empty() &&
           !network.broker().router().HasInterest(listeners_);
  }

  Message OverWire(const Delivery& delivery, AckVerb verb,
                   absl::Duration delay, absl::string_view reason) const {
    Message message;
    message.subject = delivery.ack_subject();
    message.data = api::EncodeAckPayload(verb, delay, reason);
    return message;
  }

  std::optional<broker::AckOutcome> Settle(Network& network,
                                           const Delivery& delivery,
                                           AckVerb verb) {
    broker::AckCommand command;
    command.verb = verb;
    command.delivered = delivery.delivered();
    command.stream_sequence = delivery.stream_sequence();
    command.consumer_sequence = delivery.consumer_sequence();
    const Nanos now = network.scheduler().now();
    History& history = network.history();
    history.Record(
        now, EventKind::kAck,
        delivery.stream_sequence() << 2 ^ static_cast<std::uint64_t>(verb),
        delivery.consumer_sequence());
    if (history.keeps_text()) {
      history.AddLine(now, absl::StrCat(client_->connection->name(), " ",
                                        api::EncodeAckPayload(
                                            verb, absl::ZeroDuration(), ""),
                                        " ", delivery.ack_subject()));
    }
    std::optional<broker::AckOutcome> outcome = network.broker().Ack(
        network.context(), stream, consumer, command);
    network.Carry();
    return outcome;
  }

  const std::shared_ptr<ClientState> client_;
  broker::Inbox listeners_;
};

}  // namespace

std::shared_ptr<internal::AckRoute> MakeAckRoute(
    std::shared_ptr<ClientState> client, absl::string_view ack_prefix) {
  return std::make_shared<SimulatedAckRoute>(std::move(client), ack_prefix);
}

}  // namespace windtunnel::simulation
