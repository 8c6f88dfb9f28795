// What clients send, as text or without it, and the way to whoever takes it.

#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "shared/api/pub_ack.h"
#include "simulator/broker/ack_api.h"
#include "simulator/broker/api_consumers.h"
#include "simulator/broker/api_streams.h"
#include "simulator/broker/broker.h"
#include "simulator/broker/broker_state.h"
#include "simulator/broker/incoming.h"

namespace windtunnel::broker {

namespace {

constexpr absl::string_view kApiPrefix = "$JS.API.";
constexpr absl::string_view kAckPrefix = "$JS.ACK.";
constexpr absl::string_view kFlowControlPrefix = "$JS.FC.";
constexpr absl::string_view kConsumerApiPrefix = "$JS.API.CONSUMER.";

}  // namespace

void Broker::Publish(const Context& context, ClientId client,
                     absl::string_view subject, absl::string_view reply,
                     absl::string_view header_block, absl::string_view data) {
  if (!state_->running) return;
  state_->asker = client;
  bool taken = PublishToListeners(context, subject, reply, header_block, data);
  // A stream does not store the request that creates it, nor one that is gone.
  const bool stored = state_->index.Find(subject) != nullptr;
  if (absl::StartsWith(subject, "$JS.")) {
    taken |= PublishReserved(context, subject, reply, header_block, data);
  }
  Stream* const stream = stored ? state_->index.Find(subject) : nullptr;
  if (stream != nullptr) {
    taken = true;
    const PublishOutcome outcome =
        stream->Publish(context, {subject, header_block, data, reply});
    PublishCopies(context);
    AnswerPublish(context, *stream, reply, outcome);
  }
  if (!taken && !reply.empty()) {
    router_.RouteNoResponders(context, client, subject, reply);
  }
  PublishPending(context);
}

bool Broker::AnswersPublishes(absl::string_view subject) {
  const Stream* stream = state_->index.Find(subject);
  return stream == nullptr || !stream->config().no_ack;
}

std::optional<PublishOutcome> Broker::PublishToStream(
    const Context& context, ClientId client, absl::string_view subject,
    absl::string_view header_block, absl::string_view data,
    std::string* stream_name) {
  static_cast<void>(client);
  stream_name->clear();
  if (!state_->running) return std::nullopt;
  const bool heard =
      PublishToListeners(context, subject, "", header_block, data);
  std::optional<PublishOutcome> outcome;
  if (Stream* stream = state_->index.Find(subject)) {
    *stream_name = stream->config().name;
    outcome = stream->Publish(context, {subject, header_block, data});
  } else if (heard) {
    outcome.emplace();
    outcome->answer = false;
  }
  PublishPending(context);
  return outcome;
}

bool Broker::PublishToListeners(const Context& context,
                                absl::string_view subject,
                                absl::string_view reply,
                                absl::string_view header_block,
                                absl::string_view data) {
  if (!router_.HasInterest(subject)) return false;
  return router_.Route(context, subject,
                       MessageBlock::New(subject, header_block, data),
                       reply) > 0;
}

bool Broker::PublishReserved(const Context& context, absl::string_view subject,
                             absl::string_view reply,
                             absl::string_view header_block,
                             absl::string_view data) {
  // Nothing matches a subject with an empty token.
  if (absl::EndsWith(subject, ".") || absl::StrContains(subject, "..")) {
    return false;
  }
  if (absl::StartsWith(subject, kAckPrefix)) {
    return HandleAck(*this, context, subject, reply, data);
  }
  if (absl::StartsWith(subject, kFlowControlPrefix)) {
    return HandleFlowControl(*this, context, subject, header_block);
  }
  if (absl::StartsWith(subject, kConsumerApiPrefix)) {
    return ConsumerApi::Handle(*this, context, subject, reply, header_block,
                               data);
  }
  return absl::StartsWith(subject, kApiPrefix) &&
         StreamApi::Handle(*this, context, subject, reply, header_block, data);
}

// PUB-001 to PUB-005.
void Broker::AnswerPublish(const Context& context, const Stream& stream,
                           absl::string_view reply,
                           const PublishOutcome& outcome) {
  if (reply.empty() || !outcome.answer) return;
  if (outcome.error) {
    Send(context, reply, "",
         api::EncodePubAckError(stream.config().name, *outcome.error));
    return;
  }
  if (outcome.blank) {
    Send(context, reply, "", "");
    return;
  }
  if (!outcome.value.empty() || !outcome.batch_id.empty()) {
    Send(context, reply, "",
         api::EncodePubAck(dialect(), {.stream = stream.config().name,
                                       .sequence = outcome.sequence,
                                       .duplicate = outcome.duplicate,
                                       .value = outcome.value,
                                       .batch_id = outcome.batch_id,
                                       .batch_size = outcome.batch_size}));
    return;
  }
  std::string& ack = state_->pub_ack;
  ack = stream.pub_ack_prefix();
  absl::StrAppend(&ack, outcome.sequence,
                  outcome.duplicate ? ",\"duplicate\": true}" : "}");
  Send(context, reply, "", ack);
}

void Broker::Send(const Context& context, absl::string_view reply,
                  absl::string_view header_block, absl::string_view data) {
  if (reply.empty()) return;
  router_.Route(context, reply, MessageBlock::New(reply, header_block, data),
                "");
  if (state_->index.Find(reply) != nullptr) {
    state_->events.push_back({std::string(reply), std::string(header_block),
                              std::string(data), /*heard=*/true});
  }
}

bool Broker::Pull(const Context& context, absl::string_view stream,
                  absl::string_view consumer, Inbox inbox,
                  const PullRequest& request) {
  Stream* const found = FindStream(stream);
  Consumer* const puller = found ? found->FindConsumer(consumer) : nullptr;
  if (puller == nullptr) return false;
  puller->Pull(context, std::move(inbox), request);
  PublishPending(context);
  return true;
}

std::optional<AckOutcome> Broker::Ack(const Context& context,
                                      absl::string_view stream,
                                      absl::string_view consumer,
                                      const AckCommand& command) {
  Stream* const found = FindStream(stream);
  Consumer* const acker = found ? found->FindConsumer(consumer) : nullptr;
  if (acker == nullptr || !acker->TakesAcks()) return std::nullopt;
  const AckOutcome outcome = acker->Ack(context, command);
  PublishPending(context);
  return outcome;
}

}  // namespace windtunnel::broker
