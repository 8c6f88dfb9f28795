// What joins streams: the origins that this one copies from, and the followers
// that copy from it (SRC-027 to SRC-059).

#include <algorithm>

#include "simulator/broker/origin_link.h"
#include "simulator/broker/stream.h"
#include "simulator/broker/stream_origins.h"

namespace windtunnel::broker {

void Stream::FollowOrigins(const Context& context) {
  if (origins_ == nullptr) {
    if (!config_.mirror && config_.sources.empty()) return;
    origins_ = std::make_unique<StreamOrigins>(profile_, owner_, *this);
  }
  origins_->Update(context);
  TellDeadline();
}

std::optional<StreamSourceInfo> Stream::MirrorInfo(Nanos now) const {
  if (origins_ == nullptr) return std::nullopt;
  return origins_->MirrorInfo(now);
}

std::vector<StreamSourceInfo> Stream::SourceInfos(Nanos now) const {
  if (origins_ == nullptr) return {};
  return origins_->SourceInfos(now);
}

void Stream::OnLinkDeadline() { TellDeadline(); }

void Stream::WakeLinks(const Context& context) {
  if (origins_ != nullptr) origins_->Wake(context);
}

void Stream::SkipTo(const Context& context, std::uint64_t last) {
  if (last <= store_.last_seq()) return;
  if (store_.messages() == 0) {
    store_.Clear(last + 1);
  } else {
    store_.SkipTo(last, context.now);
  }
}

void Stream::AddFollower(OriginLink& link) { followers_.push_back(&link); }

void Stream::RemoveFollower(OriginLink& link) {
  followers_.erase(std::remove(followers_.begin(), followers_.end(), &link),
                   followers_.end());
}

void Stream::TellFollowers(const Context& context, std::uint64_t seq) {
  const MessageStore::Entry* entry = store_.Find(seq);
  if (entry == nullptr) return;
  for (OriginLink* link : followers_) link->OnStored(context, seq, *entry);
}

bool Stream::IsWantedByFollower(std::uint64_t seq,
                                absl::string_view subject) const {
  return std::any_of(
      followers_.begin(), followers_.end(),
      [&](const OriginLink* link) { return link->Wants(seq, subject); });
}

// STR-116. Since 2.14 the consumers of links are real ones where the stream
// removes what is acknowledged.
std::size_t Stream::CountedFollowers() const {
  return profile_.origin_consumers_are_durable &&
                 config_.retention != Retention::kLimits
             ? followers_.size()
             : 0;
}

// A link settles a message like a consumer, and shares it with all of them,
// under work queue retention, too.
void Stream::OnCopied(const Context& context, std::uint64_t seq) {
  const MessageStore::Entry* entry = store_.Find(seq);
  if (entry == nullptr) return;
  const absl::string_view subject = entry->block->subject();
  if (IsWantedByFollower(seq, subject) || IsWanted(seq, subject, nullptr)) {
    return;
  }
  Remove(context, seq, RemovalReason::kAcknowledged, nullptr);
}

void Stream::OnDelete(const Context& context) {
  for (OriginLink* link : std::vector<OriginLink*>(followers_)) {
    link->OnOriginDeleted(context);
  }
}

}  // namespace windtunnel::broker
