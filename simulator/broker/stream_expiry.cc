// Messages whose time is over: max_age, their own TTL, and the markers that
// take their place (STO-083 to STO-100).

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "simulator/broker/expiry.h"
#include "simulator/broker/incoming.h"
#include "simulator/broker/stream.h"
#include "windtunnel/headers.h"

namespace windtunnel::broker {

std::int64_t Stream::MarkerTtl() const {
  return absl::ToInt64Seconds(config_.subject_delete_marker_ttl);
}

// STO-092, with or without allow_msg_ttl: copies bring the header along.
bool Stream::NeverExpires(const MessageBlock& block) const {
  if (block.header_block().empty() || !profile_.ttl_header) return false;
  const auto ttl = ParseMessageTtl(
      FindHeader(block.header_block(), "Nats-TTL").value_or(""));
  return ttl && ttl->never;
}

void Stream::TrackExpiry(const Context& context, std::uint64_t seq, Nanos time,
                         const MessageTtl& ttl) {
  if (ttl.seconds > 0 && config_.allow_msg_ttl) {
    expiry_->ttls.Add(seq, TtlDue(time, ttl));
    SetExpiryTimer(context, /*until_age=*/0);
  } else if (config_.max_age > absl::ZeroDuration() &&
             expiry_->timer.next() == kNever) {
    expiry_->timer.StartIfIdle(context.now,
                               absl::ToInt64Nanoseconds(config_.max_age));
    TellDeadline();
  }
}

void Stream::RecoverTtls() {
  for (std::uint64_t seq = store_.Next(0); seq != 0;
       seq = store_.Next(seq + 1)) {
    const MessageStore::Entry& entry = *store_.Find(seq);
    const auto text = FindHeader(entry.block->header_block(), "Nats-TTL");
    const auto ttl = ParseMessageTtl(text.value_or(""));
    if (ttl && ttl->seconds > 0) {
      expiry_->ttls.Add(seq, TtlDue(entry.time, *ttl));
    }
  }
}

// STO-084, STO-091.
void Stream::SetExpiryTimer(const Context& context, Nanos until_age) {
  expiry_->timer.Set(context.now,
                     {.max_age = absl::ToInt64Nanoseconds(config_.max_age),
                      .next_ttl = expiry_->ttls.Next(),
                      .until_age = until_age,
                      .has_messages = store_.messages() > 0});
  TellDeadline();
}

void Stream::RunExpiry(const Context& context) {
  expiry_->timer.BeginRun();
  bool waits = false;
  const Nanos until_age = ExpireByAge(context, waits);
  ExpireByTtl(context, waits);
  expiry_->timer.EndRun();
  expiry_->ttls.DropGone(
      [this](std::uint64_t seq) { return store_.Find(seq) != nullptr; });
  const bool more = waits || until_age > 0 || expiry_->ttls.Next() != kNever;
  if (more) SetExpiryTimer(context, until_age);
  WakeWatching(context);
}

// STO-086.
Nanos Stream::ExpireByAge(const Context& context, bool& waits) {
  const Nanos max_age = absl::ToInt64Nanoseconds(config_.max_age);
  if (max_age <= 0) return 0;
  bool only_never = true;
  for (std::uint64_t seq = store_.Next(expiry_->aging_from); seq != 0;
       seq = store_.Next(seq + 1)) {
    const MessageStore::Entry& entry = *store_.Find(seq);
    const Nanos until = max_age - (context.now - entry.time);
    if (until > 0) return until;
    if (NeverExpires(*entry.block)) {
      if (only_never) expiry_->aging_from = seq + 1;
    } else if (!Expire(context, seq)) {
      waits = true;
      only_never = false;
    }
  }
  return 0;
}

// STO-091.
void Stream::ExpireByTtl(const Context& context, bool& waits) {
  std::vector<std::uint64_t> due;
  while (const std::optional<std::uint64_t> seq =
             expiry_->ttls.Take(context.now)) {
    due.push_back(*seq);
  }
  std::sort(due.begin(), due.end());
  for (const std::uint64_t seq : due) {
    if (store_.Find(seq) == nullptr) continue;
    if (Expire(context, seq)) continue;
    waits = true;
    expiry_->ttls.Add(seq, context.now);
  }
}

// STO-094 to STO-100.
bool Stream::Expire(const Context& context, std::uint64_t seq) {
  if (MarkerTtl() == 0) {
    return Remove(context, seq, RemovalReason::kExpired, nullptr);
  }
  const MessageBlockPtr block = store_.Find(seq)->block;
  const DeleteMarkers::Action action =
      expiry_->markers.Decide(store_, seq, context.now);
  if (action == DeleteMarkers::Action::kWait) return false;
  if (action == DeleteMarkers::Action::kMark &&
      !IsDeleteMarker(block->header_block())) {
    const std::string header_block = MarkerHeaderBlock(MarkerTtl());
    Publish(context, {.subject = block->subject(),
                      .header_block = header_block,
                      .origin = Origin::kServer});
  } else {
    Remove(context, seq, RemovalReason::kExpired, nullptr);
  }
  const bool gone = store_.Find(seq) == nullptr;
  if (gone) expiry_->markers.Forget(block->subject(), seq);
  return gone;
}

// STO-087, STO-093.
void Stream::RestartExpiry(const Context& context) {
  const Nanos max_age = absl::ToInt64Nanoseconds(config_.max_age);
  expiry_->timer.Stop();
  expiry_->markers.Clear();
  // Without markers what is overdue goes at once, even what never expires.
  Nanos until_age = 0;
  while (const MessageStore::Entry* first = store_.Find(store_.first_seq())) {
    if (max_age <= 0) break;
    until_age = std::max<Nanos>(1, max_age - (context.now - first->time));
    if (until_age > 1 || MarkerTtl() > 0) break;
    until_age = 0;
    Remove(context, store_.first_seq(), RemovalReason::kExpired, nullptr);
  }
  if (until_age > 0 || expiry_->ttls.Next() != kNever) {
    SetExpiryTimer(context, until_age);
  }
}

}  // namespace windtunnel::broker
