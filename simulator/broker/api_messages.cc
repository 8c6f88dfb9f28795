// $JS.API.STREAM.PURGE, MSG.GET, MSG.DELETE.

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/api_streams.h"
#include "simulator/broker/broker_state.h"

namespace windtunnel::broker {

StreamApi::Answer StreamApi::Purge(absl::string_view name) {
  const bool ignored =
      broker_.profile_.ignores_non_json_body && !api::LooksLikeJson(body_);
  api::PurgeRequest request;
  if (Refusal error =
          api::Decode(ignored ? "" : body_, broker_.state_->dialect, request)) {
    return Refuse(*std::move(error));
  }
  Outcome<std::uint64_t> purged = messages_.Purge(name, request);
  if (auto* error = std::get_if<JetStreamError>(&purged)) {
    return Refuse(std::move(*error));
  }
  return {api::EncodePurge(std::get<std::uint64_t>(purged)), std::nullopt};
}

StreamApi::Answer StreamApi::GetMessage(absl::string_view name) {
  if (api::IsEmptyRequest(body_)) {
    return Refuse(catalogue::Make(catalogue::kBadRequest));
  }
  api::MessageGetRequest request;
  if (Refusal error = api::Decode(body_, broker_.state_->dialect, request)) {
    return Refuse(*std::move(error));
  }
  Outcome<MessageManagement::Found> outcome =
      messages_.Get(name, std::move(request));
  if (auto* error = std::get_if<JetStreamError>(&outcome)) {
    return Refuse(std::move(*error));
  }
  const auto& found = std::get<MessageManagement::Found>(outcome);
  const MessageBlock& block = *found.entry->block;
  api::RawMessage message;
  message.subject = block.subject();
  message.sequence = found.sequence;
  message.time = absl::FromUnixNanos(found.entry->time);
  if (found.with_headers) message.header_block = block.header_block();
  message.data = block.data();
  return {api::EncodeMessageGet(message), std::nullopt};
}

StreamApi::Answer StreamApi::DeleteMessage(absl::string_view name) {
  if (api::IsEmptyRequest(body_)) {
    return Refuse(catalogue::Make(catalogue::kBadRequest));
  }
  api::MessageDeleteRequest request;
  Refusal error = api::Decode(body_, broker_.state_->dialect, request);
  if (!error) error = messages_.Delete(name, request);
  if (error) return Refuse(*std::move(error));
  return {api::EncodeSuccess(api::Call::kMessageDelete), std::nullopt};
}

}  // namespace windtunnel::broker
