#include "simulator/connection/simulated_jetstream.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shared/api/pub_ack.h"
#include "shared/jetstream/publish_headers.h"
#include "simulator/connection/simulated_pull.h"
#include "simulator/connection/simulated_push.h"
#include "windtunnel/errors.h"

namespace windtunnel::simulation {

SimulatedJetStream::SimulatedJetStream(SimulatedConnection& connection,
                                       const JetStreamOptions& options)
    : WireJetStream(connection, options), connection_(connection) {}

SimulatedJetStream::Attempt SimulatedJetStream::TryPublish(
    const Message& message, const PublishOptions& options) {
  Attempt attempt;
  const auto refuse = [&](absl::Status status) {
    attempt.result = Attempt::Result::kNotSent;
    attempt.answer = std::move(status);
    return attempt;
  };

  Network& network = connection_.core().network;
  network.scheduler().SwitchPoint();
  if (!connection_.connected() || !message.reply.empty() ||
      options.cancellation.cancelled()) {
    return attempt;
  }
  broker::Broker& broker = network.broker();
  // Whoever listens on the subject itself could answer, the server's API too.
  // Who waits for an answer that never comes waits on the wire.
  if (absl::StartsWith(message.subject, "$") ||
      broker.router().HasInterest(message.subject) ||
      !broker.AnswersPublishes(message.subject) || broker.StoresAnswers() ||
      (message.headers.Get("Nats-Rollup").has_value() &&
       !broker.profile().bad_rollup_is_answered)) {
    return attempt;
  }

  const Message* sent = &message;
  Message prepared;
  std::string header_block;
  if (internal::NeedsHeaders(options)) {
    absl::StatusOr<Message> made = internal::PreparePublish(message, options);
    if (!made.ok()) return refuse(made.status());
    prepared = *std::move(made);
    sent = &prepared;
  }
  if (absl::Status s = connection_.CheckMessage(*sent); !s.ok()) {
    return refuse(std::move(s));
  }
  if (!sent->headers.empty()) header_block = sent->headers.Encode();

  std::string stream;
  std::optional<broker::PublishOutcome> outcome =
      broker.PublishToStream(network.context(), connection_.client()->id,
                             sent->subject, header_block, sent->data, &stream);
  if (!outcome.has_value()) {
    attempt.result = Attempt::Result::kNotTaken;
    attempt.answer = MakeErrorStatus(ErrorKind::kNoResponders,
                                     "nobody listens on the subject");
    return attempt;
  }
  Record(*sent, *outcome, stream);
  attempt.result = Attempt::Result::kAnswered;
  if (outcome->error.has_value()) {
    attempt.answer = MakeJetStreamStatus(*outcome->error);
  } else if (outcome->blank) {
    attempt.answer = api::DecodePubAck("");  // What the wire makes of it.
  } else {
    attempt.answer->stream = std::move(stream);
    attempt.answer->sequence = outcome->sequence;
    attempt.answer->duplicate = outcome->duplicate;
    attempt.answer->value = std::move(outcome->value);
    attempt.answer->batch_id = std::move(outcome->batch_id);
    attempt.answer->batch_size = outcome->batch_size;
  }
  network.Carry();
  return attempt;
}

void SimulatedJetStream::Record(const Message& message,
                                const broker::PublishOutcome& outcome,
                                const std::string& stream) {
  Network& network = connection_.core().network;
  History& history = network.history();
  const Nanos now = network.scheduler().now();
  const std::uint64_t err_code =
      outcome.error.has_value()
          ? static_cast<std::uint64_t>(outcome.error->err_code)
          : 0;
  history.Record(
      now, EventKind::kStreamPublish,
      outcome.sequence << 1 | static_cast<std::uint64_t>(outcome.duplicate),
      err_code << 32 ^ message.data.size());
  history.RecordText(message.subject);
  if (!history.keeps_text()) return;
  std::string line = absl::StrCat(connection_.name(), " publish ",
                                  message.subject, " -> ", stream);
  if (outcome.error.has_value()) {
    absl::StrAppend(&line, " refused: ", outcome.error->description, " (",
                    err_code, ")");
  } else {
    absl::StrAppend(&line, " ", outcome.sequence,
                    outcome.duplicate ? " duplicate" : "");
  }
  history.AddLine(now, line);
}

absl::StatusOr<PubAck> SimulatedJetStream::Publish(
    const Message& message, const PublishOptions& options) {
  if (absl::Status s = connection_.CheckOpen(); !s.ok()) return s;
  Runtime& runtime = connection_.runtime();
  const Scheduler& scheduler = connection_.core().scheduler;
  const absl::Time deadline = scheduler.now_time() + options.timeout;
  for (int retries_left = options.retry_attempts;; --retries_left) {
    Attempt attempt = TryPublish(message, options);
    switch (attempt.result) {
      case Attempt::Result::kAnswered:
      case Attempt::Result::kNotSent:
        return std::move(attempt.answer);
      case Attempt::Result::kWire: {
        PublishOptions rest = options;
        rest.timeout = deadline - scheduler.now_time();
        rest.retry_attempts = retries_left;
        return WireJetStream::Publish(message, rest);
      }
      case Attempt::Result::kNotTaken:
        break;
    }
    if (retries_left <= 0 ||
        scheduler.now_time() + options.retry_wait >= deadline) {
      return std::move(attempt.answer);
    }
    absl::Status slept =
        runtime.SleepFor(options.retry_wait, options.cancellation);
    if (!slept.ok()) return slept;
    if (absl::Status s = connection_.CheckOpen(); !s.ok()) return s;
  }
}

absl::StatusOr<Future<PubAck>> SimulatedJetStream::PublishAsync(
    const Message& message, const PublishOptions& options) {
  if (absl::Status s = connection_.CheckOpen(); !s.ok()) return s;
  Attempt attempt;
  if (publish_async_pending() == 0) attempt = TryPublish(message, options);
  if (attempt.result == Attempt::Result::kNotSent) {
    return attempt.answer.status();
  }
  if (attempt.result == Attempt::Result::kAnswered) {
    Promise<PubAck> promise(connection_.runtime());
    promise.Set(std::move(attempt.answer));
    return promise.future();
  }
  // It has to wait for something. What was not taken is tried again there.
  return WireJetStream::PublishAsync(message, options);
}

absl::StatusOr<std::unique_ptr<PullSubscription>>
SimulatedJetStream::SubscribePull(absl::string_view stream,
                                  absl::string_view consumer) {
  if (!options().domain.empty() || !options().api_prefix.empty()) {
    return WireJetStream::SubscribePull(stream, consumer);
  }
  if (absl::Status s = internal::CheckName("stream", stream); !s.ok()) return s;
  if (absl::Status s = internal::CheckName("consumer", consumer); !s.ok()) {
    return s;
  }
  return SimulatedPullSubscription::Make(connection_, stream, consumer);
}

absl::StatusOr<std::unique_ptr<PushSubscription>>
SimulatedJetStream::SubscribePush(absl::string_view deliver_subject,
                                  const PushSubscribeOptions& options) {
  if (absl::Status s = internal::CheckDeliverSubject(deliver_subject);
      !s.ok()) {
    return s;
  }
  return SimulatedPushSubscription::Make(connection_, deliver_subject, options);
}

}  // namespace windtunnel::simulation
