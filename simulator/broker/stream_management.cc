#include "simulator/broker/stream_management.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/broker_state.h"
#include "simulator/broker/stream_config.h"

namespace windtunnel::broker {

namespace {

constexpr std::uint64_t kSubjectsLimit = 100'000;

// STR-049.
int RequiredLevel(const StreamConfig& config) {
  if (config.allow_batched) return 4;
  if (config.allow_msg_counter || config.allow_atomic ||
      config.allow_msg_schedules ||
      config.persist_mode == PersistMode::kAsync) {
    return 2;
  }
  const bool has_ttl = config.allow_msg_ttl ||
                       config.subject_delete_marker_ttl > absl::ZeroDuration();
  return has_ttl ? 1 : 0;
}

bool Contains(const std::vector<std::string>& members,
              absl::string_view member) {
  return std::find(members.begin(), members.end(), member) != members.end();
}

}  // namespace

// STR-048.
void StreamManagement::AddMetadata(StreamConfig& config) const {
  if (!broker_.profile_.adds_metadata) return;
  config.metadata["_nats.req.level"] = std::to_string(RequiredLevel(config));
  config.metadata.erase("_nats.ver");
  config.metadata.erase("_nats.level");
}

Refusal StreamManagement::Normalize(const api::StreamConfigRequest& request,
                                    StreamConfig& config) const {
  const Profile& profile = broker_.profile_;
  if (request.has_null_source && profile.null_source_crashes) {
    return catalogue::NotSimulated(
        "a null source, which makes this server crash");
  }
  return NormalizeStreamConfig(
      profile, broker_.state_->resources.config(),
      {.pedantic = request.pedantic,
       .has_empty_tags = Contains(request.empty_members, "placement.tags")},
      [&](absl::string_view name) -> const StreamConfig* {
        const Stream* const stream = broker_.FindStream(name);
        return stream == nullptr ? nullptr : &stream->config();
      },
      config);
}

std::vector<std::string> StreamManagement::EmptyMembers(
    const api::StreamConfigRequest& request) const {
  const Profile& profile = broker_.profile_;
  std::vector<std::string> members = request.empty_members;
  std::erase_if(members, [&](const std::string& member) {
    if (member == "metadata") return !profile.tells_empty_metadata;
    // By now filled with the stream's name.
    if (member == "subjects") return !request.config.subjects.empty();
    return absl::EndsWith(member, ".subject_transforms") &&
           !profile.checks_origins;
  });
  return members;
}

// STR-073, STR-074.
bool StreamManagement::IsSame(const Stream& stream,
                              const api::StreamConfigRequest& request) const {
  // It compares names of sources that it has given to the stream only.
  const std::vector<StreamSource>& sources = request.config.sources;
  if (broker_.profile_.named_sources_differ &&
      std::any_of(sources.begin(), sources.end(), [](const auto& source) {
        return !source.name.empty() || source.external;
      })) {
    return false;
  }
  return stream.config() == request.config && request.template_owner.empty() &&
         stream.empty_members() == EmptyMembers(request);
}

Outcome<StreamInfo> StreamManagement::Create(absl::string_view name,
                                             api::StreamConfigRequest request) {
  const Profile& profile = broker_.profile_;
  StreamConfig& config = request.config;
  if (config.name != name) {
    return catalogue::Make(catalogue::kStreamNameMismatch);
  }
  if (config.name.find_first_of("/\\") != std::string::npos) {
    return catalogue::Make(catalogue::kStreamNamePathSeparators);
  }
  if (config.sealed) {
    return catalogue::Make(catalogue::kStreamInvalidConfig,
                           "stream configuration for create can not be sealed");
  }
  if (config.mirror_direct && !config.mirror) {
    return catalogue::Make(catalogue::kStreamInvalidConfig,
                           "stream has no mirror but does have mirror direct");
  }
  AddMetadata(config);
  // The server asks for room before it fills in what is missing.
  if (Refusal error = CheckRoom(config)) return *std::move(error);
  if (Refusal error = Normalize(request, config)) return *std::move(error);
  if (config.num_replicas > 1) {
    return catalogue::Make(catalogue::kReplicasNotSupported);
  }
  Stream* stream = broker_.FindStream(name);
  if (stream != nullptr && !IsSame(*stream, request)) {
    return catalogue::Make(catalogue::kStreamNameExist);
  }
  if (stream == nullptr) {
    if (Refusal error = broker_.state_->resources.CheckNew(
            broker_.state_->streams, config)) {
      return *std::move(error);
    }
    if (!request.template_owner.empty()) {
      return catalogue::Make(catalogue::kStreamCreateFailed,
                             "stream not owned by template");
    }
    if (Refusal error = CheckFiltersOfCreation(profile, config)) {
      return *std::move(error);
    }
    if (broker_.state_->index.Overlaps(config.subjects, nullptr)) {
      return catalogue::Make(catalogue::kStreamSubjectOverlap);
    }
    if (Refusal error = CheckTransformOfCreation(profile, config)) {
      return *std::move(error);
    }
    std::vector<std::string> empty_members = EmptyMembers(request);
    stream = &broker_.AddStream(context_, std::move(config));
    stream->set_empty_members(std::move(empty_members));
  }
  StreamInfo info = MakeAnswer(*stream);
  if (!profile.create_shows_origins) {
    info.mirror.reset();
    info.sources.clear();
  }
  return info;
}

Refusal StreamManagement::CheckRoom(const StreamConfig& config) const {
  const AccountResources& resources = broker_.state_->resources;
  const AccountResources::Streams& streams = broker_.state_->streams;
  if (Refusal error = resources.CheckCount(streams, config.name)) return error;
  return resources.CheckNew(streams, config);
}

Outcome<StreamInfo> StreamManagement::Update(absl::string_view name,
                                             api::StreamConfigRequest request) {
  const Profile& profile = broker_.profile_;
  StreamConfig& config = request.config;
  if (Refusal error = Normalize(request, config)) return *std::move(error);
  if (config.name != name) {
    return catalogue::Make(catalogue::kStreamNameMismatch);
  }
  Stream* stream = broker_.FindStream(name);
  if (stream == nullptr) {
    return catalogue::Make(catalogue::kStreamNotFound);
  }
  AddMetadata(config);
  // The server checks what it adjusted once more: a delete marker, which
  // switches message TTLs on, no longer fits a counter (STR-060).
  Refusal error = Normalize(request, config);
  if (!error) {
    error = CheckStreamUpdate(profile, stream->config(),
                              !request.template_owner.empty(), config);
  }
  if (!error) {
    error = broker_.state_->resources.CheckUpdate(broker_.state_->streams,
                                                  stream->config(), config);
  }
  if (!error) error = CheckConsumerLimits(*stream, config);
  if (error) return *std::move(error);
  if (broker_.state_->index.Overlaps(config.subjects, stream)) {
    return catalogue::Make(catalogue::kStreamSubjectOverlap);
  }
  error = CheckTransformsOfUpdate(profile, stream->config(), config);
  if (error) return *std::move(error);
  stream->set_empty_members(EmptyMembers(request));
  broker_.UpdateStream(context_, *stream, std::move(config));
  return MakeAnswer(*stream);
}

// STR-096.
Refusal StreamManagement::CheckConsumerLimits(const Stream& stream,
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

Refusal StreamManagement::Delete(absl::string_view name) {
  Stream* stream = broker_.FindStream(name);
  if (stream == nullptr) return catalogue::Make(catalogue::kStreamNotFound);
  broker_.RemoveStream(context_, *stream);
  return std::nullopt;
}

Outcome<StreamInfo> StreamManagement::Info(absl::string_view name,
                                           api::StreamInfoRequest request) {
  const Stream* stream = broker_.FindStream(name);
  if (stream == nullptr) return catalogue::Make(catalogue::kStreamNotFound);
  if (Refusal error = CheckOffset(request.offset)) return *std::move(error);
  StreamInfo info = MakeInfo(*stream, request.deleted_details);
  if (!request.subjects_filter.empty()) ListSubjects(*stream, request, info);
  return info;
}

// STR-108, STR-109.
void StreamManagement::ListSubjects(const Stream& stream,
                                    const api::StreamInfoRequest& request,
                                    StreamInfo& info) const {
  const std::vector<MessageStore::SubjectCount> subjects =
      stream.store().Subjects(SubjectFilter({request.subjects_filter}));
  if (subjects.empty()) return;
  info.total = subjects.size();
  info.limit = kSubjectsLimit;
  const std::uint64_t asked = request.offset;
  const std::uint64_t offset = std::min(asked, info.total);
  info.offset = broker_.profile_.subjects_offset_as_asked ? asked : offset;
  const std::uint64_t end = std::min(offset + kSubjectsLimit, info.total);
  for (std::uint64_t i = offset; i < end; ++i) {
    info.state.subjects.emplace_hint(info.state.subjects.end(),
                                     subjects[i].subject, subjects[i].messages);
  }
}

// Only INFO names the cluster (API-066).
StreamInfo StreamManagement::MakeAnswer(const Stream& stream) const {
  StreamInfo info = MakeInfo(stream, /*deleted_details=*/false);
  info.cluster_leader.clear();
  return info;
}

StreamInfo StreamManagement::MakeInfo(const Stream& stream,
                                      bool deleted_details) const {
  const Profile& profile = broker_.profile_;
  StreamInfo info;
  info.config = stream.config();
  if (profile.adds_metadata) {
    info.config.metadata["_nats.ver"] = profile.version;
    info.config.metadata["_nats.level"] = std::to_string(profile.api_level);
  }
  info.created = absl::FromUnixNanos(stream.created());
  info.state = stream.State(deleted_details);
  info.mirror = stream.MirrorInfo(context_.now);
  info.sources = stream.SourceInfos(context_.now);
  if (profile.info_has_cluster) info.cluster_leader = std::string(kServerName);
  if (profile.info_has_ts) info.ts = absl::FromUnixNanos(context_.now);
  return info;
}

// STR-113.
Refusal StreamManagement::CheckOffset(std::int64_t& offset) const {
  if (offset >= 0) return std::nullopt;
  if (!broker_.profile_.negative_offset_is_zero) {
    return catalogue::NotSimulated(
        "a negative offset, which makes this server crash");
  }
  offset = 0;
  return std::nullopt;
}

}  // namespace windtunnel::broker
