// $JS.API.STREAM.INFO, NAMES, LIST.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/api_streams.h"
#include "simulator/broker/broker_state.h"
#include "simulator/broker/subject_collision.h"

namespace windtunnel::broker {

namespace {

constexpr std::uint64_t kNamesLimit = 1024;
constexpr std::uint64_t kListLimit = 256;

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

// STR-114: compared token by token, valid or not.
std::vector<const Stream*> StreamApi::Matching(
    absl::string_view subject) const {
  std::vector<const Stream*> matching;
  for (const auto& [name, stream] : broker_.state_->streams) {
    const std::vector<std::string>& subjects = stream->config().subjects;
    if (subject.empty() || std::any_of(subjects.begin(), subjects.end(),
                                       [&](const std::string& own) {
                                         return SubjectsCollide(own, subject);
                                       })) {
      matching.push_back(stream.get());
    }
  }
  return matching;
}

StreamApi::Answer StreamApi::Names(absl::string_view) {
  api::PageRequest request;
  Refusal error = DecodeOptional(request);
  if (!error) error = streams_.CheckOffset(request.offset);
  if (error) return Refuse(*std::move(error));
  const auto page = MakePage<std::string>(
      Matching(request.subject), request.offset, kNamesLimit,
      [](const Stream& stream) { return stream.config().name; });
  return {api::EncodeStreamNames(page), std::nullopt};
}

StreamApi::Answer StreamApi::List(absl::string_view) {
  api::StreamListRequest request;
  Refusal error = DecodeOptional(request);
  if (!error) error = streams_.CheckOffset(request.offset);
  if (error) return Refuse(*std::move(error));
  const auto page = MakePage<StreamInfo>(
      Matching(request.subject), request.offset, kListLimit,
      [&](const Stream& stream) {
        StreamInfo info = streams_.MakeInfo(stream, /*deleted_details=*/false);
        info.config = stream.config();  // STR-048: only what is stored.
        return info;
      });
  return {api::EncodeStreamList(broker_.state_->dialect, page), std::nullopt};
}

}  // namespace windtunnel::broker
