#include "shared/jetstream/publish_headers.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace windtunnel::internal {

namespace {

// STO-089, STO-090: fractions of a second are cut, and 1 is the least.
std::string FormatTtl(absl::Duration ttl) {
  if (ttl == absl::InfiniteDuration()) return "never";
  return absl::StrCat(std::max<std::int64_t>(1, absl::ToInt64Seconds(ttl)));
}

}  // namespace

absl::StatusOr<Message> PreparePublish(const Message& message,
                                       const PublishOptions& options) {
  if (!message.reply.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the acknowledgement has its own reply subject, but '",
                     message.reply, "' was set"));
  }
  if (options.ttl.has_value() && *options.ttl < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "ttl ", absl::FormatDuration(*options.ttl), " is negative"));
  }
  Message prepared = message;
  const auto set_text = [&](absl::string_view name, absl::string_view value) {
    if (!value.empty()) prepared.headers.Set(name, value);
  };
  const auto set_number = [&](absl::string_view name,
                              const std::optional<std::uint64_t>& value) {
    if (value.has_value()) prepared.headers.Set(name, absl::StrCat(*value));
  };
  set_text("Nats-Msg-Id", options.message_id);
  set_text("Nats-Expected-Stream", options.expected_stream);
  set_number("Nats-Expected-Last-Sequence", options.expected_last_sequence);
  set_number("Nats-Expected-Last-Subject-Sequence",
             options.expected_last_subject_sequence);
  set_text("Nats-Expected-Last-Subject-Sequence-Subject",
           options.expected_last_subject_sequence_subject);
  set_text("Nats-Expected-Last-Msg-Id", options.expected_last_message_id);
  if (options.ttl.has_value()) {
    prepared.headers.Set("Nats-TTL", FormatTtl(*options.ttl));
  }
  return prepared;
}

}  // namespace windtunnel::internal
