#include "simulator/broker/origin_link.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/start_position.h"
#include "simulator/broker/stream_origins.h"

namespace windtunnel::broker {

namespace {

constexpr Nanos kHeartbeat = kSecond;
// SRC-029
constexpr Nanos kLeastRetryDelay = 2 * kSecond;
constexpr Nanos kMostRetryGrowth = 120 * kSecond;
// A link that failed for so long waits until something changes. Servers go on
// trying, but then a simulation in which nothing else happens had no end.
constexpr Nanos kPatience = 3600 * kSecond;

SubjectFilter FilterOf(const StreamSource& config) {
  if (config.subject_transforms.empty()) {
    return config.filter_subject.empty()
               ? SubjectFilter()
               : SubjectFilter({config.filter_subject});
  }
  std::vector<std::string> patterns;
  for (const SubjectTransform& transform : config.subject_transforms) {
    patterns.push_back(transform.src.empty() ? ">" : transform.src);
  }
  return SubjectFilter(std::move(patterns));
}

// Those that change a subject.
std::vector<SubjectTransformer> TransformsOf(const Profile& profile,
                                             const StreamSource& config) {
  std::vector<SubjectTransformer> transforms;
  for (const SubjectTransform& transform : config.subject_transforms) {
    if (transform.dest.empty()) continue;
    auto parsed =
        SubjectTransformer::Parse(profile, transform.src, transform.dest);
    if (parsed.ok()) transforms.push_back(*std::move(parsed));
  }
  return transforms;
}

// The name of nothing that could be asked: the server waits for an answer.
bool CannotBeAsked(const StreamSource& config) {
  return config.external.has_value() || config.consumer.has_value() ||
         (config.subject_transforms.size() == 1 &&
          config.subject_transforms[0].src.empty());
}

}  // namespace

OriginLink::OriginLink(const Context& context, StreamOrigins& links,
                       StreamSource config)
    : links_(links),
      config_(std::move(config)),
      filter_(FilterOf(config_)),
      transforms_(TransformsOf(links.profile(), config_)),
      attach_at_(context.now + links.profile().origin_start_delay +
                 Jitter(context)) {}

OriginLink::~OriginLink() { Detach(); }

const Profile& OriginLink::profile() const { return links_.profile(); }

Stream& OriginLink::target() const { return links_.target(); }

Nanos OriginLink::Jitter(const Context& context) const {
  const std::uint64_t most = profile().origin_jitter;
  return most == 0 ? 0 : context.choices.Draw("origin.retry", most);
}

// --- Time --------------------------------------------------------------------

Nanos OriginLink::NextDeadline() const {
  return std::min(attach_at_, settle_at_);
}

void OriginLink::RunDeadlines(const Context& context) {
  if (attach_at_ <= context.now) {
    attach_at_ = kNever;
    Attach(context);
  }
  if (settle_at_ <= context.now) {
    settle_at_ = kNever;
    Settle(context);
  }
}

void OriginLink::Restart(const Context& context) {
  Detach();
  stopped_ = false;
  has_copied_ = false;
  waits_ = false;
  error_.reset();
  lag_ = 0;
  failures_ = 0;
  failing_since_ = kNever;
  requested_ = kNever;
  attached_ = kNever;
  contact_ = kNever;
  attach_at_ = context.now + profile().origin_start_delay + Jitter(context);
}

void OriginLink::ScheduleRetry(const Context& context) {
  waits_ = true;
  if (failing_since_ == kNever) failing_since_ = context.now;
  if (context.now - failing_since_ > kPatience) return;
  const Nanos growth =
      std::min(failures_ * profile().origin_retry_growth, kMostRetryGrowth);
  attach_at_ = std::max(requested_ + kLeastRetryDelay, context.now) + growth +
               profile().origin_retry_pad + Jitter(context);
}

void OriginLink::Wake(const Context& context) {
  if (!waits_ || attach_at_ != kNever) return;
  failing_since_ = kNever;
  attach_at_ = context.now + profile().origin_retry_pad + Jitter(context);
}

void OriginLink::OnOriginDeleted(const Context& context) {
  contact_ = LastContact(context.now);
  Detach();
  // The server looks from time to time whether the origin is still heard.
  const Nanos interval = profile().origin_check_interval;
  const Nanos silent = contact_ + profile().origin_silence - attached_;
  const Nanos checks = (silent + interval - 1) / interval;
  const Nanos noticed = attached_ + checks * interval;
  attach_at_ = std::max(noticed, context.now) + Jitter(context);
  target().OnLinkDeadline();
}

Nanos OriginLink::LastContact(Nanos now) const {
  if (contact_ == kNever || origin_ == nullptr) return contact_;
  return contact_ + (now - contact_) / kHeartbeat * kHeartbeat;
}

// --- At the origin -----------------------------------------------------------

void OriginLink::Attach(const Context& context) {
  if (SettlesLate()) Settle(context);
  Detach();
  requested_ = context.now;
  error_.reset();
  if (CannotBeAsked(config_)) return;
  Stream* const origin = links_.owner().FindStream(config_.name);
  if (origin == nullptr) {
    return Refuse(context, catalogue::Make(catalogue::kStreamNotFound));
  }
  if (!Accepts(*origin)) return ScheduleRetry(context);
  const std::int64_t max_consumers = origin->config().max_consumers;
  if (profile().origin_counts_links && max_consumers > 0 &&
      origin->counted_consumers() >= static_cast<std::uint64_t>(max_consumers)) {
    return Refuse(context, catalogue::Make(catalogue::kMaximumConsumersLimit));
  }
  next_ = SelectStart(profile(), origin->config(), Start(), filter_,
                      origin->store())
              .next;
  settled_ = next_ - 1;
  if (failures_ > 0) failing_since_ = kNever;
  failures_ = 0;
  waits_ = false;
  contact_ = context.now;
  if (attached_ == kNever) attached_ = context.now;
  origin_ = origin;
  origin_->AddFollower(*this);
  OnAttached(context, next_);
  CopyWhatIsThere(context);
}

void OriginLink::Refuse(const Context& context, JetStreamError error) {
  error_ = std::move(error);
  ++failures_;
  ScheduleRetry(context);
}

void OriginLink::Detach() {
  settle_at_ = kNever;
  if (origin_ != nullptr) origin_->RemoveFollower(*this);
  origin_ = nullptr;
}

void OriginLink::OnStored(const Context& context, std::uint64_t seq,
                          const MessageStore::Entry& entry) {
  if (filter_.Matches(entry.block->subject())) {
    links_.OnArrival(context, *this, seq, entry);
  }
}

void OriginLink::OnArrived(const Context& context, std::uint64_t seq,
                           const MessageStore::Entry& entry) {
  // It may have been found at the origin before it arrived.
  if (!stopped_ && !waits_ && seq >= next_) {
    CopyOne(context, seq, entry, /*more=*/false);
  }
}

void OriginLink::CopyWhatIsThere(const Context& context) {
  const MessageStore& store = origin_->store();
  std::uint64_t seq = store.NextMatching(filter_, next_);
  std::uint64_t pending = store.CountMatching(filter_, next_);
  while (!stopped_ && seq != 0) {
    --pending;
    lag_ = pending > 0 ? pending - 1 : 0;
    // Copying may remove it there.
    const MessageStore::Entry entry = *store.Find(seq);
    if (!CopyOne(context, seq, entry, pending > 0)) return;
    seq = store.NextMatching(filter_, next_);
  }
}

bool OriginLink::CopyOne(const Context& context, std::uint64_t seq,
                         const MessageStore::Entry& entry, bool more) {
  contact_ = context.now;
  has_copied_ = true;
  const std::optional<JetStreamError> error = Copy(context, seq, entry);
  if (!error) failing_since_ = kNever;
  const bool goes_on = !error || !OnRefused(context, seq, *error, more);
  // Older servers settle when they send, taken or not.
  next_ = goes_on || !SettlesLate() ? seq + 1 : seq;
  if (SettlesLate()) {
    settle_at_ = context.now + kHeartbeat;
  } else {
    Settle(context);
  }
  return goes_on;
}

// --- What the origin keeps ---------------------------------------------------

// Since 2.14 an origin that removes what is settled has a real consumer for the
// link, which settles with a heartbeat.
bool OriginLink::SettlesLate() const {
  return profile().origin_consumers_are_durable && origin_ != nullptr &&
         origin_->config().retention != Retention::kLimits;
}

void OriginLink::Settle(const Context& context) {
  if (origin_ == nullptr) return;
  const std::uint64_t from = std::exchange(settled_, next_ - 1) + 1;
  if (origin_->config().retention == Retention::kLimits) return;
  for (std::uint64_t seq = origin_->store().NextMatching(filter_, from);
       seq != 0 && seq <= settled_;
       seq = origin_->store().NextMatching(filter_, seq + 1)) {
    origin_->OnCopied(context, seq);
  }
}

bool OriginLink::Hears(absl::string_view subject) const {
  return origin_ != nullptr && filter_.Matches(subject);
}

bool OriginLink::Wants(std::uint64_t seq, absl::string_view subject) const {
  return seq > settled_ && Hears(subject);
}

bool OriginLink::AnswersForOrigin() const {
  return target().config().mirror_direct && has_copied_;
}

// --- Others ------------------------------------------------------------------

std::string OriginLink::Transformed(const Context& context,
                                    absl::string_view subject) const {
  return ApplyFirst(transforms_, context.choices, subject)
      .value_or(std::string(subject));
}

ConsumerConfig OriginLink::AsConsumer() const {
  ConsumerConfig config;
  if (filter_.patterns().size() == 1) {
    config.filter_subject = filter_.patterns().front();
  } else {
    config.filter_subjects = filter_.patterns();
  }
  return config;
}

StreamSourceInfo OriginLink::Info(Nanos now) const {
  StreamSourceInfo info;
  info.name = config_.name;
  info.lag = lag_;
  if (stopped_ && profile().stopped_mirror_counts && origin_ != nullptr) {
    const std::uint64_t waiting =
        origin_->store().CountMatching(filter_, next_);
    info.lag = waiting > 0 ? waiting - 1 : 0;
  }
  info.external = config_.external;
  info.filter_subject = config_.filter_subject;
  info.subject_transforms = config_.subject_transforms;
  const Nanos contact = LastContact(now);
  if (contact != kNever) info.active = absl::Nanoseconds(now - contact);
  if (error_) {
    info.error_code = error_->code;
    info.error_err_code = error_->err_code;
    info.error_description = error_->description;
  }
  return info;
}

}  // namespace windtunnel::broker
