// StreamManagement: lists of streams, page by page (API-030, API-031).

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "simulator/broker/broker_state.h"
#include "simulator/broker/stream_management.h"
#include "simulator/broker/subject_collision.h"

namespace windtunnel::broker {

namespace {

constexpr std::uint64_t kNamesLimit = 1024;
constexpr std::uint64_t kListLimit = 256;

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

// STR-114: compared token by token, valid or not.
std::vector<const Stream*> StreamManagement::Matching(
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

Outcome<api::Page<std::string>> StreamManagement::Names(
    api::PageRequest request) const {
  if (Refusal error = CheckOffset(request.offset)) return *std::move(error);
  return MakePage<std::string>(
      Matching(request.subject), request.offset, kNamesLimit,
      [](const Stream& stream) { return stream.config().name; });
}

Outcome<api::Page<StreamInfo>> StreamManagement::List(
    api::StreamListRequest request) const {
  if (Refusal error = CheckOffset(request.offset)) return *std::move(error);
  return MakePage<StreamInfo>(
      Matching(request.subject), request.offset, kListLimit,
      [&](const Stream& stream) {
        StreamInfo info = MakeInfo(stream, /*deleted_details=*/false);
        info.config = stream.config();  // STR-048: only what is stored.
        return info;
      });
}

}  // namespace windtunnel::broker
