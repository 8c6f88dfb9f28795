// $JS.API.STREAM.INFO, NAMES, LIST.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/api_streams.h"
#include "simulator/broker/broker_state.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

constexpr std::uint64_t kNamesLimit = 1024;
constexpr std::uint64_t kListLimit = 256;
constexpr std::uint64_t kSubjectsLimit = 100'000;

// API-030, API-031.
template <typename T, typename Make>
api::Page<T> MakePage(const std::vector<const Stream*>& streams,
                      std::int64_t offset, std::uint64_t limit, Make make) {
  api::Page<T> page;
  page.total = streams.size();
  page.offset = std::min<std::uint64_t>(offset, page.total);
  page.limit = limit;
  const std::uint64_t end = std::min(page.offset + limit, page.total);
  for (std::uint64_t i = page.offset; i < end; ++i) {
    page.items.push_back(make(*streams[i]));
  }
  return page;
}

}  // namespace

// API-016.
template <typename Request>
StreamApi::Refusal StreamApi::DecodeOptional(Request& request) const {
  const bool ignored =
      broker_.profile_.ignores_non_json_body && !api::LooksLikeJson(body_);
  return api::Decode(ignored ? "" : body_, broker_.state_->dialect, request);
}

// STR-113.
StreamApi::Refusal StreamApi::CheckOffset(std::int64_t& offset) const {
  if (offset >= 0) return std::nullopt;
  if (!broker_.profile_.negative_offset_is_zero) {
    return catalogue::NotSimulated(
        "a negative offset, which makes this server crash");
  }
  offset = 0;
  return std::nullopt;
}

StreamInfo StreamApi::MakeInfo(const Stream& stream,
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
  if (profile.info_has_cluster) info.cluster_leader = std::string(kServerName);
  if (profile.info_has_ts) info.ts = absl::FromUnixNanos(context_.now);
  return info;
}

StreamApi::Answer StreamApi::Info(absl::string_view name) {
  api::StreamInfoRequest request;
  if (Refusal error = DecodeOptional(request)) return Refuse(*std::move(error));
  const Stream* stream = broker_.FindStream(name);
  if (stream == nullptr) {
    return Refuse(catalogue::Make(catalogue::kStreamNotFound));
  }
  if (Refusal error = CheckOffset(request.offset)) {
    return Refuse(*std::move(error));
  }
  StreamInfo info = MakeInfo(*stream, request.deleted_details);
  if (!request.subjects_filter.empty()) {
    // STR-108, STR-109.
    const std::map<std::string, std::uint64_t> subjects =
        stream->store().Subjects(SubjectFilter({request.subjects_filter}));
    if (!subjects.empty()) {
      info.total = subjects.size();
      info.limit = kSubjectsLimit;
      const std::uint64_t asked = request.offset;
      const std::uint64_t offset = std::min(asked, info.total);
      info.offset = broker_.profile_.subjects_offset_as_asked ? asked : offset;
      const auto first = std::next(subjects.begin(), offset);
      const auto last =
          std::next(first, std::min(kSubjectsLimit, info.total - offset));
      info.state.subjects.insert(first, last);
    }
  }
  return {api::EncodeStreamInfo(api::Call::kStreamInfo, broker_.state_->dialect,
                                info),
          std::nullopt};
}

// STR-114: compared token by token, valid or not.
std::vector<const Stream*> StreamApi::Matching(
    absl::string_view subject) const {
  std::vector<const Stream*> matching;
  for (const auto& [name, stream] : broker_.state_->streams) {
    const std::vector<std::string>& subjects = stream->config().subjects;
    if (subject.empty() || std::any_of(subjects.begin(), subjects.end(),
                                       [&](const std::string& own) {
                                         return SubjectsOverlap(own, subject);
                                       })) {
      matching.push_back(stream.get());
    }
  }
  return matching;
}

StreamApi::Answer StreamApi::Names(absl::string_view) {
  api::PageRequest request;
  Refusal error = DecodeOptional(request);
  if (!error) error = CheckOffset(request.offset);
  if (error) return Refuse(*std::move(error));
  const auto page = MakePage<std::string>(
      Matching(request.subject), request.offset, kNamesLimit,
      [](const Stream& stream) { return stream.config().name; });
  return {api::EncodeStreamNames(page), std::nullopt};
}

StreamApi::Answer StreamApi::List(absl::string_view) {
  api::PageRequest request;
  Refusal error = DecodeOptional(request);
  if (!error) error = CheckOffset(request.offset);
  if (error) return Refuse(*std::move(error));
  const auto page = MakePage<StreamInfo>(
      Matching(request.subject), request.offset, kListLimit,
      [&](const Stream& stream) {
        StreamInfo info = MakeInfo(stream, /*deleted_details=*/false);
        info.config = stream.config();  // STR-048: only what is stored.
        return info;
      });
  return {api::EncodeStreamList(broker_.state_->dialect, page), std::nullopt};
}

}  // namespace windtunnel::broker
