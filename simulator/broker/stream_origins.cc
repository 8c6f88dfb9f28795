#include "simulator/broker/stream_origins.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "simulator/broker/mirror_link.h"
#include "simulator/broker/source_link.h"

namespace windtunnel::broker {

namespace {

// Between the publisher's answer and the copy. Some time has to pass, or
// streams that republish to each other's origins would stop the clock.
constexpr Nanos kCopyDelay = 100'000;

}  // namespace

StreamOrigins::StreamOrigins(const Profile& profile, StreamOwner& owner,
                             Stream& target)
    : profile_(profile), owner_(owner), target_(target) {}

StreamOrigins::~StreamOrigins() = default;

void StreamOrigins::Update(const Context& context) {
  // What is on its way comes all the same, unless its link goes.
  CopyArrivals(context);
  const StreamConfig& config = target_.config();
  if (!config.mirror) {
    mirror_ = nullptr;
  } else if (mirror_ == nullptr) {
    mirror_ = std::make_unique<MirrorLink>(context, *this, *config.mirror);
  }
  UpdateSources(context);
  Wake(context);
}

void StreamOrigins::UpdateSources(const Context& context) {
  std::vector<std::unique_ptr<SourceLink>> old = std::exchange(sources_, {});
  const auto find = [](auto& links, const SourceKey& key) {
    return std::find_if(links.begin(), links.end(), [&](const auto& link) {
      return link != nullptr && link->key() == key;
    });
  };
  for (const StreamSource& source : target_.config().sources) {
    const SourceKey key = KeyOf(profile_, source);
    // Where servers do not tell two sources apart, the first counts.
    if (find(sources_, key) != sources_.end()) continue;
    if (const auto kept = find(old, key); kept != old.end()) {
      (*kept)->set_config(source);
      sources_.push_back(std::move(*kept));
    } else {
      sources_.push_back(std::make_unique<SourceLink>(context, *this, source));
    }
  }
}

void StreamOrigins::Restart(const Context& context) {
  arrivals_.clear();
  copy_at_ = kNever;
  if (mirror_ != nullptr) mirror_->Restart(context);
  for (const auto& source : sources_) source->Restart(context);
}

void StreamOrigins::Wake(const Context& context) {
  if (mirror_ != nullptr) mirror_->Wake(context);
  for (const auto& source : sources_) source->Wake(context);
  target_.OnLinkDeadline();
}

std::optional<StreamSourceInfo> StreamOrigins::MirrorInfo(Nanos now) const {
  if (mirror_ == nullptr) return std::nullopt;
  return mirror_->Info(now);
}

std::vector<StreamSourceInfo> StreamOrigins::SourceInfos(Nanos now) const {
  std::vector<StreamSourceInfo> infos;
  for (const auto& source : sources_) infos.push_back(source->Info(now));
  return infos;
}

Nanos StreamOrigins::NextDeadline() const {
  Nanos next = copy_at_;
  if (mirror_ != nullptr) next = std::min(next, mirror_->NextDeadline());
  for (const auto& source : sources_) {
    next = std::min(next, source->NextDeadline());
  }
  return next;
}

void StreamOrigins::OnArrival(const Context& context, OriginLink& link,
                              std::uint64_t seq,
                              const MessageStore::Entry& entry) {
  arrivals_.push_back({&link, seq, entry});
  if (copy_at_ != kNever) return;
  copy_at_ = context.now + kCopyDelay;
  target_.OnLinkDeadline();
}

void StreamOrigins::CopyArrivals(const Context& context) {
  copy_at_ = kNever;
  for (const Arrival& arrival : std::exchange(arrivals_, {})) {
    arrival.link->OnArrived(context, arrival.seq, arrival.entry);
  }
}

// Those due at one instant in the order of the configuration.
void StreamOrigins::RunDeadlines(const Context& context) {
  if (copy_at_ <= context.now) CopyArrivals(context);
  if (mirror_ != nullptr && mirror_->NextDeadline() <= context.now) {
    mirror_->RunDeadlines(context);
  }
  for (const auto& source : sources_) {
    if (source->NextDeadline() <= context.now) source->RunDeadlines(context);
  }
}

}  // namespace windtunnel::broker
