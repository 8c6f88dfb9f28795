#include "simulator/broker/source_link.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "simulator/broker/incoming.h"

namespace windtunnel::broker {

SourceLink::SourceLink(const Context& context, StreamOrigins& links,
                       StreamSource config)
    : OriginLink(context, links, config), key_(KeyOf(profile(), config)) {
  SetShownFilter();
  FindPosition();
}

void SourceLink::SetShownFilter() {
  shown_filter_ =
      config().subject_transforms.empty() ? config().filter_subject : "";
}

bool SourceLink::FindPosition() {
  const MessageStore& store = target().store();
  for (std::uint64_t seq =
           store.LastMatching(SubjectFilter(), store.last_seq());
       seq != 0; seq = store.LastMatching(SubjectFilter(), seq - 1)) {
    std::optional<SourcedFrom> from =
        ReadSourceHeader(store.Find(seq)->block->header_block());
    if (!from || !IsFrom(*from, key_)) continue;
    position_ = from->sequence;
    stored_ = from->sequence;
    identity_ = std::move(from->identity);
    return true;
  }
  return false;
}

void SourceLink::Restart(const Context& context) {
  OriginLink::Restart(context);
  restarted_ = true;
  SetShownFilter();
  if (profile().keeps_source_positions) return;
  position_ = 0;
  FindPosition();
}

std::optional<absl::Time> SourceLink::LastTime() const {
  const MessageStore& store = target().store();
  const bool counts = profile().last_time_is_source_position || restarted_;
  if (!counts || store.last_time() == 0) return std::nullopt;
  return absl::FromUnixNanos(store.last_time());
}

// SRC-054, SRC-055.
ConsumerConfig SourceLink::Start() const {
  ConsumerConfig start;
  if (position_ > 0) {
    start.deliver_policy = DeliverPolicy::kByStartSequence;
    start.opt_start_seq = position_ + 1;
  } else if (config().opt_start_seq > 0) {
    start.deliver_policy = DeliverPolicy::kByStartSequence;
    start.opt_start_seq = config().opt_start_seq;
  } else if (config().opt_start_time) {
    start.deliver_policy = DeliverPolicy::kByStartTime;
    start.opt_start_time = std::max(*config().opt_start_time,
                                    LastTime().value_or(absl::InfinitePast()));
  } else if (const std::optional<absl::Time> last = LastTime();
             last && target().store().first_seq() > 1 && !is_new_origin_) {
    // Its messages are gone: only what came later is fetched.
    start.deliver_policy = DeliverPolicy::kByStartTime;
    start.opt_start_time = last;
  }
  return start;
}

// SRC-058.
bool SourceLink::Accepts(const Stream& origin) {
  if (!profile().source_header_has_identity) return true;
  std::string identity = StreamIdentity(origin.created());
  // Two streams made at one instant have the same identity.
  const std::uint64_t order = std::exchange(origin_order_, origin.order());
  const bool is_other = order != 0 && order != origin.order();
  if (is_other || (!identity_.empty() && identity_ != identity)) {
    position_ = 0;
    stored_ = 0;
    identity_.clear();
    is_new_origin_ = true;
    return false;
  }
  identity_ = std::move(identity);
  return true;
}

void SourceLink::OnAttached(const Context&, std::uint64_t first) {
  position_ = first - 1;
  is_new_origin_ = false;
}

std::optional<JetStreamError> SourceLink::Copy(
    const Context& context, std::uint64_t seq,
    const MessageStore::Entry& entry) {
  const std::string subject = Transformed(context, entry.block->subject());
  const std::string headers = SourcedHeaders(
      profile(), entry.block->header_block(),
      SourceHeader(profile(), key_, seq, entry.block->subject(), identity_));
  const PublishOutcome outcome =
      target().Publish(context, {.subject = subject,
                                 .header_block = headers,
                                 .data = entry.block->data(),
                                 .origin = Origin::kCopy});
  if (outcome.error) return outcome.error;
  if (outcome.duplicate && !profile().duplicate_copies_pass) {
    return JetStreamError{};
  }
  position_ = seq;
  if (outcome.duplicate) return std::nullopt;
  // What nobody is interested in is not stored.
  if (target().config().retention != Retention::kInterest ||
      target().store().Find(outcome.sequence) != nullptr) {
    stored_ = seq;
  }
  return std::nullopt;
}

// SRC-057. Older servers look for their position again, and pass over what was
// refused if they find none.
bool SourceLink::OnRefused(const Context& context, std::uint64_t seq,
                           const JetStreamError& error, bool) {
  const bool keeps = !profile().refused_copy_may_be_lost ||
                     (profile().full_stream_keeps_refused_copy &&
                      error.description == "maximum messages exceeded");
  if (!keeps && !FindPosition()) position_ = seq;
  ScheduleRetry(context);
  return true;
}

StreamSourceInfo SourceLink::Info(Nanos now) const {
  StreamSourceInfo info = OriginLink::Info(now);
  info.seq = stored_;
  info.filter_subject = shown_filter_;
  return info;
}

}  // namespace windtunnel::broker
