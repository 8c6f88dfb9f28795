// $JS.API.STREAM.CREATE, UPDATE, DELETE.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/api_streams.h"
#include "simulator/broker/broker_state.h"
#include "simulator/broker/stream_config.h"

namespace windtunnel::broker {

// STR-048, STR-049: no simulated option needs more than level 0.
void StreamApi::AddMetadata(StreamConfig& config) const {
  if (!broker_.profile_.adds_metadata) return;
  config.metadata["_nats.req.level"] = "0";
  config.metadata.erase("_nats.ver");
  config.metadata.erase("_nats.level");
}

StreamApi::Answer StreamApi::Create(absl::string_view name) {
  const Profile& profile = broker_.profile_;
  if (body_.empty() && !profile.empty_create_is_empty_object) {
    return Refuse(catalogue::MakeInvalidJson(""));
  }
  api::StreamConfigRequest request;
  if (Refusal error = api::Decode(body_, broker_.state_->dialect, request)) {
    return Refuse(*std::move(error));
  }
  StreamConfig& config = request.config;
  if (config.name != name) {
    return Refuse(catalogue::Make(catalogue::kStreamNameMismatch));
  }
  if (config.name.find_first_of("/\\") != std::string::npos) {
    return Refuse(catalogue::Make(catalogue::kStreamNamePathSeparators));
  }
  if (config.sealed) {
    return Refuse(
        catalogue::Make(catalogue::kStreamInvalidConfig,
                        "stream configuration for create can not be sealed"));
  }
  if (config.mirror_direct && !config.mirror) {
    return Refuse(
        catalogue::Make(catalogue::kStreamInvalidConfig,
                        "stream has no mirror but does have mirror direct"));
  }
  const bool pedantic = request.pedantic && profile.has_pedantic;
  if (Refusal error = NormalizeStreamConfig(profile, pedantic, config)) {
    return Refuse(*std::move(error));
  }
  if (config.num_replicas > 1) {
    return Refuse(catalogue::Make(catalogue::kReplicasNotSupported));
  }
  AddMetadata(config);
  const bool empty_metadata =
      profile.tells_empty_metadata && request.has_empty_metadata;
  Stream* stream = broker_.FindStream(name);
  if (stream != nullptr && (stream->config() != config ||
                            stream->has_empty_metadata() != empty_metadata)) {
    return Refuse(catalogue::Make(catalogue::kStreamNameExist));
  }
  if (stream == nullptr) {
    if (broker_.state_->index.Overlaps(config.subjects, nullptr)) {
      return Refuse(catalogue::Make(catalogue::kStreamSubjectOverlap));
    }
    if (!request.template_owner.empty()) {
      return Refuse(catalogue::Make(catalogue::kStreamCreateFailed,
                                    "stream not owned by template"));
    }
    stream = &broker_.AddStream(context_, std::move(config));
    stream->set_has_empty_metadata(empty_metadata);
  }
  return {
      api::EncodeStreamInfo(api::Call::kStreamCreate, broker_.state_->dialect,
                            MakeInfo(*stream, /*deleted_details=*/false)),
      std::nullopt};
}

StreamApi::Answer StreamApi::Update(absl::string_view name) {
  const Profile& profile = broker_.profile_;
  if (body_.empty() && !profile.empty_create_is_empty_object) {
    return Refuse(catalogue::MakeInvalidJson(""));
  }
  api::StreamConfigRequest request;
  if (Refusal error = api::Decode(body_, broker_.state_->dialect, request)) {
    return Refuse(*std::move(error));
  }
  StreamConfig& config = request.config;
  const bool pedantic = request.pedantic && profile.has_pedantic;
  if (Refusal error = NormalizeStreamConfig(profile, pedantic, config)) {
    return Refuse(*std::move(error));
  }
  if (config.name != name) {
    return Refuse(catalogue::Make(catalogue::kStreamNameMismatch));
  }
  Stream* stream = broker_.FindStream(name);
  if (stream == nullptr) {
    return Refuse(catalogue::Make(catalogue::kStreamNotFound));
  }
  AddMetadata(config);
  Refusal error = CheckStreamUpdate(profile, stream->config(), config);
  if (!error) error = CheckConsumerLimits(*stream, config);
  if (error) return Refuse(*std::move(error));
  if (!request.template_owner.empty()) {
    return Refuse(catalogue::Make(
        catalogue::kStreamInvalidConfig,
        "stream configuration update can not be owned by a template"));
  }
  if (broker_.state_->index.Overlaps(config.subjects, stream)) {
    return Refuse(catalogue::Make(catalogue::kStreamSubjectOverlap));
  }
  stream->set_has_empty_metadata(profile.tells_empty_metadata &&
                                 request.has_empty_metadata);
  broker_.UpdateStream(context_, *stream, std::move(config));
  return {
      api::EncodeStreamInfo(api::Call::kStreamUpdate, broker_.state_->dialect,
                            MakeInfo(*stream, /*deleted_details=*/false)),
      std::nullopt};
}

// STR-096.
StreamApi::Refusal StreamApi::CheckConsumerLimits(const Stream& stream,
                                                  const StreamConfig& to) {
  const StreamConsumerLimits& old = stream.config().consumer_limits;
  const StreamConsumerLimits& limits = to.consumer_limits;
  const bool checks_all =
      broker_.profile_.unset_limits_bind_consumers && limits != old;
  const bool checks_pending =
      checks_all || (limits.max_ack_pending > 0 &&
                     limits.max_ack_pending != old.max_ack_pending);
  const bool checks_inactivity =
      checks_all || (limits.inactive_threshold > absl::ZeroDuration() &&
                     limits.inactive_threshold != old.inactive_threshold);
  std::vector<std::string> violators;
  for (const auto& [name, consumer] : stream.consumers()) {
    const ConsumerConfig& config = consumer->config();
    if ((checks_pending && config.max_ack_pending > limits.max_ack_pending) ||
        (checks_inactivity &&
         config.inactive_threshold > limits.inactive_threshold)) {
      violators.push_back(name);
    }
  }
  if (violators.empty()) return std::nullopt;
  return catalogue::Make(catalogue::kStreamUpdateFailed,
                         absl::StrCat("change to limits violates consumers: ",
                                      absl::StrJoin(violators, ", ")));
}

StreamApi::Answer StreamApi::Delete(absl::string_view name) {
  if (!api::IsEmptyRequest(body_)) {
    return Refuse(catalogue::Make(catalogue::kBadPayloadNotEmpty));
  }
  Stream* stream = broker_.FindStream(name);
  if (stream == nullptr) {
    return Refuse(catalogue::Make(catalogue::kStreamNotFound));
  }
  broker_.RemoveStream(context_, *stream);
  return {api::EncodeSuccess(api::Call::kStreamDelete), std::nullopt};
}

}  // namespace windtunnel::broker
