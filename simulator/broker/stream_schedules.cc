// Message schedules: what is accepted, and what they produce when due (PUB-089
// to PUB-103).

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "shared/api/time_text.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/header_lines.h"
#include "simulator/broker/incoming.h"
#include "simulator/broker/message_schedules.h"
#include "simulator/broker/schedule_pattern.h"
#include "simulator/broker/stream.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

using Refusal = std::optional<JetStreamError>;

constexpr absl::string_view kPurge = "purge";

// What the headers of a stored or published message schedule.
struct Plan {
  bool valid_zone = true;
  bool valid_pattern = true;
  // Nothing is scheduled without.
  std::optional<ScheduleRun> run = {};
  absl::TimeZone zone = absl::UTCTimeZone();
};

Plan ReadPlan(const PublishHeaders& headers, Nanos from, Nanos now) {
  Plan plan;
  std::optional<absl::TimeZone> zone;
  if (headers.schedule_time_zone.data() != nullptr) {
    zone = LoadScheduleZone(headers.schedule_time_zone);
    plan.valid_zone = zone.has_value();
  }
  if (!plan.valid_zone || headers.schedule.empty()) return plan;
  plan.run = NextScheduleRun(headers.schedule, zone, from, now);
  plan.valid_pattern = plan.run.has_value();
  plan.zone = zone.value_or(absl::UTCTimeZone());
  // The server takes the zero time for no time.
  if (plan.run && plan.run->time == api::ZeroTime()) plan.run.reset();
  return plan;
}

bool AnyOverlaps(const std::vector<std::string>& subjects,
                 absl::string_view subject) {
  return std::any_of(subjects.begin(), subjects.end(),
                     [&](const std::string& pattern) {
                       return SubjectsOverlap(pattern, subject);
                     });
}

// `block` without the lines whose names start with `prefix`.
std::string WithoutHeadersOf(absl::string_view block,
                             absl::string_view prefix) {
  std::string kept;
  while (!block.empty()) {
    const std::size_t end = block.find("\r\n");
    const std::size_t size =
        end == absl::string_view::npos ? block.size() : end + 2;
    const absl::string_view line = block.substr(0, size);
    // The first line is the version.
    if (kept.empty() || !absl::StartsWith(line, prefix)) {
      absl::StrAppend(&kept, line);
    }
    block.remove_prefix(size);
  }
  return kept;
}

// PUB-097.
std::string ProducedHeaders(absl::string_view content,
                            absl::string_view scheduler, absl::string_view next,
                            const PublishHeaders& schedule) {
  std::string block = WithoutHeadersOf(content, "Nats-Schedule");
  block = WithoutHeadersOf(block, "Nats-Expected-");
  for (const absl::string_view name :
       {"Nats-Msg-Id", "Nats-TTL", "Nats-Rollup"}) {
    block = WithoutHeader(block, name);
  }
  block = WithHeader(block, "Nats-Scheduler", scheduler);
  block = WithHeader(block, "Nats-Schedule-Next", next);
  if (!schedule.schedule_ttl.empty()) {
    block = WithHeader(block, "Nats-TTL", schedule.schedule_ttl);
  }
  if (!schedule.schedule_rollup.empty()) {
    block = WithHeader(block, "Nats-Rollup", schedule.schedule_rollup);
  }
  return block;
}

}  // namespace

Refusal Stream::CheckSchedule(const Context& context,
                              const Draft& draft) const {
  const Plan plan = ReadPlan(draft.headers, context.now, context.now);
  Refusal error;
  if (!plan.valid_zone) {
    error = catalogue::Make(catalogue::kSchedulesTimeZoneInvalid);
  } else if (!plan.valid_pattern) {
    error = catalogue::Make(catalogue::kSchedulesPatternInvalid);
  } else if (plan.run) {
    error = CheckScheduleParts(draft);
  }
  const bool schedules = plan.run || error;
  if (schedules && !config_.allow_msg_schedules) {
    return catalogue::Make(catalogue::kSchedulesDisabled);
  }
  return error ? error : CheckScheduler(draft);
}

// PUB-092 to PUB-095.
Refusal Stream::CheckScheduleParts(const Draft& draft) const {
  const PublishHeaders& headers = draft.headers;
  const absl::string_view target = headers.schedule_target;
  const absl::string_view source = headers.schedule_source;
  if (!ParseMessageTtl(headers.schedule_ttl)) {
    return catalogue::Make(catalogue::kSchedulesTtlInvalid);
  }
  if (!headers.schedule_rollup.empty() && headers.schedule_rollup != "sub") {
    return catalogue::Make(catalogue::kSchedulesRollupInvalid);
  }
  if (!headers.schedule_ttl.empty() && !config_.allow_msg_ttl) {
    return catalogue::Make(catalogue::kMessageTtlDisabled);
  }
  if (!IsLiteralSubject(target) || target == draft.subject) {
    return catalogue::Make(catalogue::kSchedulesTargetInvalid);
  }
  if (!source.empty() && (!IsLiteralSubject(source) || source == target ||
                          source == draft.subject)) {
    return catalogue::Make(catalogue::kSchedulesSourceInvalid);
  }
  if (!AnyOverlaps(config_.subjects, target)) {
    return catalogue::Make(catalogue::kSchedulesTargetInvalid);
  }
  if (!source.empty() && !AnyOverlaps(config_.subjects, source)) {
    return catalogue::Make(catalogue::kSchedulesSourceInvalid);
  }
  if (!headers.rollup.empty() &&
      !absl::EqualsIgnoreCase(headers.rollup, "sub")) {
    return catalogue::Make(catalogue::kSchedulesRollupInvalid);
  }
  return std::nullopt;
}

// PUB-101.
Refusal Stream::CheckScheduler(const Draft& draft) const {
  const PublishHeaders& headers = draft.headers;
  const absl::string_view scheduler = headers.scheduler;
  if (headers.schedule_next.empty() && scheduler.empty()) return std::nullopt;
  if (headers.schedule_next != kPurge || scheduler == draft.subject ||
      !IsLiteralSubject(scheduler)) {
    return catalogue::Make(catalogue::kSchedulesSchedulerInvalid);
  }
  if (!config_.allow_msg_schedules) {
    return catalogue::Make(catalogue::kSchedulesDisabled);
  }
  const MessageStore::Entry* last =
      store_.Find(store_.LastOfSubject(scheduler));
  if (last != nullptr &&
      ReadPublishHeaders(last->block->header_block()).schedule.empty()) {
    return catalogue::Make(catalogue::kSchedulesSchedulerInvalid);
  }
  return std::nullopt;
}

bool Stream::AddScheduleRollup(const Context& context, Draft& draft) const {
  if (draft.origin != Origin::kClient || draft.headers.schedule.empty() ||
      !draft.headers.rollup.empty() ||
      !ReadPlan(draft.headers, context.now, context.now).run) {
    return false;
  }
  draft.headers.rollup = "sub";
  draft.new_header_block =
      WithHeader(draft.header_block, "Nats-Rollup", draft.headers.rollup);
  draft.header_block = draft.new_header_block;
  return true;
}

// PUB-099, PUB-100.
void Stream::TrackSchedule(const Context& context, std::uint64_t seq,
                           Nanos stored, absl::string_view subject,
                           const PublishHeaders& headers) {
  const Plan plan = ReadPlan(headers, stored, context.now);
  if (plan.run) {
    schedules_->Add(context.now, subject, seq, ToScheduleNanos(plan.run->time));
  } else if (headers.scheduler.empty()) {
    schedules_->Drop(subject);
  }
  if (!headers.schedule_next.empty() && headers.schedule_next != kPurge) {
    const auto next = ParseScheduleTime(headers.schedule_next);
    if (next) {
      schedules_->Reschedule(context.now, headers.scheduler,
                             ToScheduleNanos(*next));
    }
  }
  TellDeadline();
}

void Stream::EndSchedule(const Context& context,
                         const PublishHeaders& headers) {
  const bool purges = profile_.schedule_headers && config_.allow_rollup_hdrs &&
                      !config_.deny_purge;
  if (!purges || headers.schedule_next != kPurge || headers.scheduler.empty()) {
    return;
  }
  Purge(context, SubjectFilter({std::string(headers.scheduler)}), /*seq=*/0,
        /*keep=*/0);
}

void Stream::RecoverSchedules(const Context& context) {
  schedules_ = std::make_unique<MessageSchedules>(profile_.expiry_gap);
  for (std::uint64_t seq = store_.Next(0); seq != 0;
       seq = store_.Next(seq + 1)) {
    const MessageStore::Entry& entry = *store_.Find(seq);
    const PublishHeaders headers =
        ReadPublishHeaders(entry.block->header_block());
    const Plan plan = ReadPlan(headers, entry.time, context.now);
    if (!plan.run) continue;
    schedules_->Add(context.now, entry.block->subject(), seq,
                    ToScheduleNanos(plan.run->time));
  }
}

void Stream::RunSchedules(const Context& context) {
  struct Product {
    std::string target;
    std::string header_block;
    MessageBlockPtr content;
  };
  std::vector<Product> products;
  const std::vector<MessageSchedules::Due> due =
      schedules_->BeginRun(context.now);
  for (const MessageSchedules::Due& one : due) {
    const MessageStore::Entry* entry = store_.Find(one.seq);
    if (entry == nullptr) continue;
    const PublishHeaders headers =
        ReadPublishHeaders(entry->block->header_block());
    const Plan plan = ReadPlan(headers, one.due, context.now);
    if (!plan.run) {
      schedules_->Drop(one.subject);
      continue;
    }
    const MessageStore::Entry* content =
        store_.Find(store_.LastOfSubject(headers.schedule_source));
    if (content == nullptr) content = entry;
    const std::string next = plan.run->repeats
                                 ? FormatScheduleTime(plan.run->time, plan.zone)
                                 : std::string(kPurge);
    products.push_back({std::string(headers.schedule_target),
                        ProducedHeaders(content->block->header_block(),
                                        one.subject, next, headers),
                        content->block});
  }
  for (const Product& product : products) {
    Publish(context, {.subject = product.target,
                      .header_block = product.header_block,
                      .data = product.content->data(),
                      .origin = Origin::kServer});
  }
  for (const MessageSchedules::Due& one : due) {
    if (store_.Find(one.seq) == nullptr) schedules_->Drop(one.subject);
  }
  schedules_->EndRun(context.now);
  TellDeadline();
}

}  // namespace windtunnel::broker
