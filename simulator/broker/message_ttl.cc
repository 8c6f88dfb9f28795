#include "simulator/broker/message_ttl.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "shared/api/go_duration.h"

namespace windtunnel::broker {

std::optional<MessageTtl> ParseMessageTtl(absl::string_view text) {
  MessageTtl ttl;
  if (text.empty()) return ttl;
  if (absl::EqualsIgnoreCase(text, "never")) {
    ttl.never = true;
    return ttl;
  }
  if (const auto duration = api::ParseGoDuration(text)) {
    if (*duration < absl::Seconds(1)) return std::nullopt;
    ttl.seconds = absl::ToInt64Seconds(*duration);
    return ttl;
  }
  if (text.find_first_not_of("0123456789") != absl::string_view::npos) {
    return std::nullopt;
  }
  // Digits that are too many wrap around, and those that come out negative are
  // invalid.
  std::uint64_t seconds = 0;
  for (const char digit : text) seconds = seconds * 10 + (digit - '0');
  ttl.seconds = static_cast<std::int64_t>(seconds);
  if (ttl.seconds < 0) return std::nullopt;
  return ttl;
}

Nanos TtlDue(Nanos stored, const MessageTtl& ttl) {
  return static_cast<Nanos>(static_cast<std::uint64_t>(stored) +
                            static_cast<std::uint64_t>(ttl.seconds) *
                                static_cast<std::uint64_t>(kSecond));
}

void TtlQueue::Add(std::uint64_t seq, Nanos due) {
  heap_.push_back({due, seq});
  std::push_heap(heap_.begin(), heap_.end());
}

std::optional<std::uint64_t> TtlQueue::Take(Nanos now) {
  if (heap_.empty() || heap_.front().due > now) return std::nullopt;
  const std::uint64_t seq = heap_.front().seq;
  Pop();
  return seq;
}

void TtlQueue::DropGone(absl::FunctionRef<bool(std::uint64_t seq)> is_there) {
  while (!heap_.empty() && !is_there(heap_.front().seq)) Pop();
}

void TtlQueue::Pop() {
  std::pop_heap(heap_.begin(), heap_.end());
  heap_.pop_back();
}

}  // namespace windtunnel::broker
