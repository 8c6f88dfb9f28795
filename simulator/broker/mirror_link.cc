#include "simulator/broker/mirror_link.h"

#include <algorithm>
#include <string>

#include "simulator/broker/copied_headers.h"
#include "simulator/broker/incoming.h"

namespace windtunnel::broker {

bool MirrorLink::Accepts(const Stream&) {
  asked_ = true;
  return true;
}

// SRC-030. The configuration says where a mirror that never held anything
// begins; every other one goes on.
ConsumerConfig MirrorLink::Start() const {
  const MessageStore& store = target().store();
  ConsumerConfig start;
  if (store.messages() > 0 || store.first_seq() > 0) {
    start.deliver_policy = DeliverPolicy::kByStartSequence;
    start.opt_start_seq = store.last_seq() + 1;
  } else if (config().opt_start_seq > 0) {
    start.deliver_policy = DeliverPolicy::kByStartSequence;
    start.opt_start_seq = config().opt_start_seq;
  } else if (config().opt_start_time) {
    start.deliver_policy = DeliverPolicy::kByStartTime;
    start.opt_start_time = config().opt_start_time;
  }
  return start;
}

// SRC-031, SRC-040.
void MirrorLink::OnAttached(const Context& context, std::uint64_t first) {
  target().SkipTo(context, first - 1);
  set_next(std::max(first, target().store().last_seq() + 1));
}

std::optional<JetStreamError> MirrorLink::Copy(
    const Context& context, std::uint64_t seq,
    const MessageStore::Entry& entry) {
  if (missed_ == 0 || profile().mirror_behind_takes_gaps) {
    target().SkipTo(context, seq - 1 - missed_);
  } else if (seq != target().store().last_seq() + missed_ + 1) {
    Stop();
    return std::nullopt;
  }
  const std::string subject = Transformed(context, entry.block->subject());
  const std::string headers =
      MirroredHeaders(profile(), entry.block->header_block());
  const PublishOutcome outcome =
      target().Publish(context, {.subject = subject,
                                 .header_block = headers,
                                 .data = entry.block->data(),
                                 .origin = Origin::kCopy,
                                 .time = entry.time});
  if (outcome.duplicate) return JetStreamError{};
  return outcome.error;
}

// The server counts what it refused and takes the next message for the one that
// is missing, if that comes for itself. Otherwise it sees a gap, asks again,
// and is told the same for ever.
bool MirrorLink::OnRefused(const Context&, std::uint64_t,
                           const JetStreamError& error, bool more) {
  const bool counts =
      !profile().copies_are_trusted || error.err_code == kStreamStoreFailed;
  if (more || !counts) {
    Stop();
    return true;
  }
  ++missed_;
  return false;
}

void MirrorLink::Restart(const Context& context) {
  OriginLink::Restart(context);
  missed_ = 0;
}

// The filter is known when the origin was asked; what 2.9 shows of it is a
// matter of its dialect.
StreamSourceInfo MirrorLink::Info(Nanos now) const {
  StreamSourceInfo info = OriginLink::Info(now);
  if (!asked_) info.filter_subject.clear();
  return info;
}

}  // namespace windtunnel::broker
