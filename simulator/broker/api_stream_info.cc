// $JS.API.STREAM.INFO, NAMES, LIST.

#include <string>
#include <utility>
#include <variant>

#include "simulator/broker/api_streams.h"
#include "simulator/broker/broker_state.h"

namespace windtunnel::broker {

// API-016.
template <typename Request>
Refusal StreamApi::DecodeOptional(Request& request) const {
  const bool ignored =
      broker_.profile_.ignores_non_json_body && !api::LooksLikeJson(body_);
  return api::Decode(ignored ? "" : body_, broker_.state_->dialect, request);
}

StreamApi::Answer StreamApi::Info(absl::string_view name) {
  api::StreamInfoRequest request;
  if (Refusal error = DecodeOptional(request)) return Refuse(*std::move(error));
  return Encode(api::Call::kStreamInfo,
                streams_.Info(name, std::move(request)));
}

StreamApi::Answer StreamApi::Names(absl::string_view) {
  api::PageRequest request;
  if (Refusal error = DecodeOptional(request)) return Refuse(*std::move(error));
  Outcome<api::Page<std::string>> page = streams_.Names(std::move(request));
  if (auto* error = std::get_if<JetStreamError>(&page)) {
    return Refuse(std::move(*error));
  }
  return {api::EncodeStreamNames(std::get<api::Page<std::string>>(page)),
          std::nullopt};
}

StreamApi::Answer StreamApi::List(absl::string_view) {
  api::StreamListRequest request;
  if (Refusal error = DecodeOptional(request)) return Refuse(*std::move(error));
  Outcome<api::Page<StreamInfo>> page = streams_.List(std::move(request));
  if (auto* error = std::get_if<JetStreamError>(&page)) {
    return Refuse(std::move(*error));
  }
  return {api::EncodeStreamList(broker_.state_->dialect,
                                std::get<api::Page<StreamInfo>>(page)),
          std::nullopt};
}

}  // namespace windtunnel::broker
