// SimulatedJetStream: the messages of streams, and the names of streams.

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shared/api/lossless.h"
#include "shared/api/requests.h"
#include "shared/jetstream/collect_pages.h"
#include "simulator/broker/message_management.h"
#include "simulator/broker/stream_management.h"
#include "simulator/connection/simulated_jetstream.h"
#include "windtunnel/headers.h"
#include "windtunnel/subject.h"

namespace windtunnel::simulation {

namespace {

using broker::MessageManagement;
using internal::WireJetStream;

StoredMessage ToMessage(const MessageManagement::Found& found) {
  const MessageBlock& block = *found.entry->block;
  StoredMessage message;
  message.subject = std::string(block.subject());
  message.sequence = found.sequence;
  message.time = absl::FromUnixNanos(found.entry->time);
  if (found.with_headers && !block.header_block().empty()) {
    message.headers = Headers::Parse(block.header_block()).value_or(Headers());
  }
  message.data = std::string(block.data());
  return message;
}

// A request that a direct get understands and that nothing is wrong with.
bool IsSimple(const GetMessageRequest& request) {
  const bool last = !request.last_by_subject.empty();
  const bool other = request.seq > 0 || !request.next_by_subject.empty();
  return last != other && !request.start_time.has_value() &&
         !request.no_headers && !HasWildcard(request.last_by_subject);
}

// What a direct get sends has headers of the server's in the same block.
bool IsLikeServers(const Headers& headers) {
  if (headers.status_code() != 0) return true;
  for (const auto& [name, value] : headers.entries()) {
    if (absl::StartsWith(name, "Nats-")) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<StoredMessage> SimulatedJetStream::GetMessage(
    absl::string_view stream, const GetMessageRequest& request,
    const CallOptions& options) {
  broker::Broker& broker = connection_.core().network.broker();
  const std::string function = absl::StrCat("STREAM.MSG.GET.", stream);
  api::MessageGetRequest asked = api::ToMessageGetRequest(request);
  if (IsPlainName(stream) && api::IsLossless(broker.dialect(), asked) &&
      GoesWithoutText(function, options.timeout, options.cancellation)) {
    const broker::Context context = connection_.core().network.context();
    const auto outcome =
        MessageManagement(broker, context).Get(stream, std::move(asked));
    const auto* found = std::get_if<MessageManagement::Found>(&outcome);
    if (found != nullptr && api::IsPlainText(found->entry->block->subject())) {
      RecordRequest(function, std::nullopt);  // STO-042: it is not counted.
      return ToMessage(*found);
    }
  }
  // Refusals as well: nothing happened so far.
  return WireJetStream::GetMessage(stream, request, options);
}

absl::StatusOr<StoredMessage> SimulatedJetStream::GetMessageDirect(
    absl::string_view stream, const GetMessageRequest& request,
    const CallOptions& options) {
  broker::Broker& broker = connection_.core().network.broker();
  const std::string function = absl::StrCat(
      "DIRECT.GET.", stream, request.last_by_subject.empty() ? "" : ".",
      request.last_by_subject);
  const api::MessageGetRequest asked = api::ToMessageGetRequest(request);
  if (IsPlainName(stream) && IsSimple(request) &&
      api::IsLossless(broker.dialect(), asked) &&
      GoesWithoutText(function, options.timeout, options.cancellation)) {
    const broker::Stream* const found = broker.FindStream(stream);
    const std::uint64_t seq =
        found == nullptr || !found->config().allow_direct ||
                !found->followers().empty()  // One may answer (STO-063).
            ? 0
            : MessageManagement::Select(found->store(), asked);
    if (seq != 0) {
      const broker::MessageStore::Entry* entry = found->store().Find(seq);
      StoredMessage message = ToMessage({seq, entry});
      if (api::IsPlainText(message.subject) &&
          !IsLikeServers(message.headers)) {
        RecordRequest(function, std::nullopt);
        return message;
      }
    }
  }
  return WireJetStream::GetMessageDirect(stream, request, options);
}

absl::Status SimulatedJetStream::DeleteMessage(
    absl::string_view stream, std::uint64_t sequence,
    const DeleteMessageOptions& options) {
  const std::string function = absl::StrCat("STREAM.MSG.DELETE.", stream);
  if (!IsPlainName(stream) ||
      !GoesWithoutText(function, options.timeout, options.cancellation)) {
    return WireJetStream::DeleteMessage(stream, sequence, options);
  }
  Network& network = connection_.core().network;
  const broker::Context context = network.context();
  const broker::Refusal refusal =
      MessageManagement(network.broker(), context)
          .Delete(stream, {.seq = sequence, .no_erase = !options.erase});
  EndRequest(function, refusal);
  return refusal.has_value() ? MakeJetStreamStatus(*refusal) : absl::OkStatus();
}

absl::StatusOr<std::uint64_t> SimulatedJetStream::PurgeStream(
    absl::string_view stream, const PurgeOptions& options) {
  Network& network = connection_.core().network;
  const std::string function = absl::StrCat("STREAM.PURGE.", stream);
  const api::PurgeRequest request{
      .filter = options.filter, .seq = options.seq, .keep = options.keep};
  if (!IsPlainName(stream) ||
      !api::IsLossless(network.broker().dialect(), request) ||
      !GoesWithoutText(function, options.timeout, options.cancellation)) {
    return WireJetStream::PurgeStream(stream, options);
  }
  const broker::Context context = network.context();
  const auto outcome =
      MessageManagement(network.broker(), context).Purge(stream, request);
  if (const auto* error = std::get_if<JetStreamError>(&outcome)) {
    EndRequest(function, *error);
    return MakeJetStreamStatus(*error);
  }
  EndRequest(function, std::nullopt);
  return std::get<std::uint64_t>(outcome);
}

absl::StatusOr<std::vector<std::string>> SimulatedJetStream::StreamNames(
    const ListStreamsOptions& options) {
  Network& network = connection_.core().network;
  constexpr absl::string_view kFunction = "STREAM.NAMES";
  const api::PageRequest request{.subject = options.subject};
  if (!api::IsLossless(network.broker().dialect(), request) ||
      !GoesWithoutText(kFunction, options.timeout, options.cancellation)) {
    return WireJetStream::StreamNames(options);
  }
  return internal::CollectPages<std::string>([&](std::size_t offset) {
    api::PageRequest next = request;
    next.offset = static_cast<std::int64_t>(offset);
    const broker::Context context = network.context();
    auto outcome = broker::StreamManagement(network.broker(), context)
                       .Names(std::move(next));
    EndRequest(kFunction, std::nullopt);
    // Nothing in it can be refused.
    return absl::StatusOr<api::Page<std::string>>(
        std::get<api::Page<std::string>>(std::move(outcome)));
  });
}

}  // namespace windtunnel::simulation
