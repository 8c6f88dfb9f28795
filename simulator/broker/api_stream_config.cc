// $JS.API.STREAM.CREATE, UPDATE, DELETE.

#include <utility>

#include "absl/strings/ascii.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/api_streams.h"
#include "simulator/broker/broker_state.h"

namespace windtunnel::broker {

Refusal StreamApi::DecodeConfig(api::StreamConfigRequest& request) const {
  const bool blank = absl::StripAsciiWhitespace(body_).empty();
  if (blank && !broker_.profile_.empty_create_is_empty_object) {
    return catalogue::MakeInvalidJson("");
  }
  return api::Decode(blank ? "" : body_, broker_.state_->dialect, request);
}

StreamApi::Answer StreamApi::Encode(api::Call call,
                                    Outcome<StreamInfo> outcome) const {
  if (auto* error = std::get_if<JetStreamError>(&outcome)) {
    return Refuse(std::move(*error));
  }
  return {api::EncodeStreamInfo(call, broker_.state_->dialect,
                                std::get<StreamInfo>(outcome)),
          std::nullopt};
}

StreamApi::Answer StreamApi::Create(absl::string_view name) {
  api::StreamConfigRequest request;
  if (Refusal error = DecodeConfig(request)) return Refuse(*std::move(error));
  return Encode(api::Call::kStreamCreate,
                streams_.Create(name, std::move(request)));
}

StreamApi::Answer StreamApi::Update(absl::string_view name) {
  api::StreamConfigRequest request;
  if (Refusal error = DecodeConfig(request)) return Refuse(*std::move(error));
  return Encode(api::Call::kStreamUpdate,
                streams_.Update(name, std::move(request)));
}

StreamApi::Answer StreamApi::Delete(absl::string_view name) {
  if (!api::IsEmptyRequest(body_)) {
    return Refuse(catalogue::Make(catalogue::kBadPayloadNotEmpty));
  }
  if (Refusal error = streams_.Delete(name)) return Refuse(*std::move(error));
  return {api::EncodeSuccess(api::Call::kStreamDelete), std::nullopt};
}

}  // namespace windtunnel::broker
