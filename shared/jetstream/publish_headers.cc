#include "shared/jetstream/publish_headers.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "shared/api/go_duration.h"

namespace windtunnel {

namespace {

// Whether it fits int64 nanoseconds, as Go's durations do.
bool IsGoDuration(absl::Duration duration) {
  return duration <
             absl::Nanoseconds(std::numeric_limits<std::int64_t>::max()) &&
         duration >
             -absl::Nanoseconds(std::numeric_limits<std::int64_t>::max());
}

// STO-089. The server judges what is below a second.
absl::StatusOr<std::string> FormatTtl(absl::string_view field,
                                      absl::Duration ttl) {
  if (ttl == absl::InfiniteDuration()) return std::string("never");
  if (!IsGoDuration(ttl)) {
    return absl::InvalidArgumentError(absl::StrCat(
        field, " ", absl::FormatDuration(ttl), " is out of range"));
  }
  if (absl::Trunc(ttl, absl::Seconds(1)) == ttl) {
    return absl::StrCat(absl::ToInt64Seconds(ttl));
  }
  return api::FormatGoDuration(ttl);
}

absl::string_view Word(Rollup rollup) {
  switch (rollup) {
    case Rollup::kSubject:
      return "sub";
    case Rollup::kAll:
      return "all";
    case Rollup::kNone:
      break;
  }
  return "";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, Rollup value) {
  return out << (value == Rollup::kNone ? "none" : Word(value));
}

std::string ScheduleAt(absl::Time time) {
  return absl::StrCat("@at ", absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time,
                                               absl::UTCTimeZone()));
}

std::string ScheduleEvery(absl::Duration interval) {
  return absl::StrCat("@every ", IsGoDuration(interval)
                                     ? api::FormatGoDuration(interval)
                                     : absl::FormatDuration(interval));
}

namespace internal {

bool NeedsHeaders(const PublishOptions& options) {
  return !options.message_id.empty() || !options.expected_stream.empty() ||
         options.expected_last_sequence.has_value() ||
         options.expected_last_subject_sequence.has_value() ||
         !options.expected_last_subject_sequence_subject.empty() ||
         !options.expected_last_message_id.empty() || options.ttl.has_value() ||
         options.rollup != Rollup::kNone ||
         !options.counter_increment.empty() || options.schedule.has_value() ||
         options.required_api_level.has_value();
}

absl::StatusOr<Message> PreparePublish(const Message& message,
                                       const PublishOptions& options) {
  if (!message.reply.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the acknowledgement has its own reply subject, but '",
                     message.reply, "' was set"));
  }
  Message prepared = message;
  absl::Status status;
  const auto set_text = [&](absl::string_view name, absl::string_view value) {
    if (!value.empty()) prepared.headers.Set(name, value);
  };
  const auto set_number = [&](absl::string_view name, const auto& value) {
    if (value.has_value()) prepared.headers.Set(name, absl::StrCat(*value));
  };
  const auto set_ttl = [&](absl::string_view name, absl::string_view field,
                           const std::optional<absl::Duration>& ttl) {
    if (!ttl.has_value()) return;
    absl::StatusOr<std::string> text = FormatTtl(field, *ttl);
    status.Update(text.status());
    if (text.ok()) prepared.headers.Set(name, *text);
  };
  set_text("Nats-Msg-Id", options.message_id);
  set_text("Nats-Expected-Stream", options.expected_stream);
  set_number("Nats-Expected-Last-Sequence", options.expected_last_sequence);
  set_number("Nats-Expected-Last-Subject-Sequence",
             options.expected_last_subject_sequence);
  set_text("Nats-Expected-Last-Subject-Sequence-Subject",
           options.expected_last_subject_sequence_subject);
  set_text("Nats-Expected-Last-Msg-Id", options.expected_last_message_id);
  set_ttl("Nats-TTL", "ttl", options.ttl);
  set_text("Nats-Rollup", Word(options.rollup));
  set_text("Nats-Incr", options.counter_increment);
  if (const std::optional<Schedule>& schedule = options.schedule) {
    set_text("Nats-Schedule", schedule->pattern);
    set_text("Nats-Schedule-Target", schedule->target);
    set_ttl("Nats-Schedule-TTL", "schedule.ttl", schedule->ttl);
    set_text("Nats-Schedule-Source", schedule->source);
    set_text("Nats-Schedule-Time-Zone", schedule->time_zone);
    set_text("Nats-Schedule-Rollup", Word(schedule->rollup));
  }
  set_number("Nats-Required-Api-Level", options.required_api_level);
  if (!status.ok()) return status;
  return prepared;
}

}  // namespace internal

}  // namespace windtunnel
