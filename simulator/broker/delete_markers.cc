#include "simulator/broker/delete_markers.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "shared/api/go_duration.h"
#include "windtunnel/headers.h"

namespace windtunnel::broker {

namespace {

// A marker that was refused is not tried again before.
constexpr Nanos kTryAgain = 2 * kSecond;

}  // namespace

std::string MarkerHeaderBlock(std::int64_t ttl_seconds) {
  return absl::StrCat("NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: ",
                      api::FormatGoDuration(absl::Seconds(ttl_seconds)),
                      "\r\nNats-Rollup: sub\r\n\r\n");
}

bool IsDeleteMarker(absl::string_view header_block) {
  return FindHeader(header_block, "Nats-Marker-Reason").has_value() ||
         FindHeader(header_block, "KV-Operation") == "PURGE";
}

DeleteMarkers::Action DeleteMarkers::Decide(const MessageStore& store,
                                            std::uint64_t seq, Nanos now) {
  const absl::string_view subject = store.Find(seq)->block->subject();
  const std::uint64_t messages = store.CountOfSubject(subject);
  const auto found = tried_.find(subject);
  std::uint64_t tried = 0;
  if (found != tried_.end()) {
    absl::erase_if(found->second, [&](const auto& entry) {
      return store.Find(entry.first) == nullptr;
    });
    tried = found->second.size();
    const auto before = found->second.find(seq);
    if (before != found->second.end()) {
      Try& again = before->second;
      if (now - again.at < kTryAgain) return Action::kWait;
      again.at = now;
      if (messages > tried) again.last = false;
      return again.last ? Action::kMark : Action::kRemove;
    }
  }
  if (messages - tried != 1) return Action::kRemove;
  tried_[std::string(subject)].emplace(seq, Try{true, now});
  return Action::kMark;
}

void DeleteMarkers::Forget(absl::string_view subject, std::uint64_t seq) {
  const auto found = tried_.find(subject);
  if (found == tried_.end()) return;
  found->second.erase(seq);
  if (found->second.empty()) tried_.erase(found);
}

}  // namespace windtunnel::broker
