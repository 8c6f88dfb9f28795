#include "simulator/broker/republisher.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "shared/api/time_text.h"

namespace windtunnel::broker {

std::unique_ptr<const Republisher> Republisher::For(
    const Profile& profile, const StreamConfig& config) {
  // SRC-067.
  if (!config.republish || config.republish->dest.empty()) return nullptr;
  absl::StatusOr<SubjectTransformer> transform = SubjectTransformer::Parse(
      profile, config.republish->src, config.republish->dest);
  if (!transform.ok()) return nullptr;
  return absl::WrapUnique(new Republisher(profile, *std::move(transform),
                                          config.republish->headers_only));
}

Republisher::Republisher(const Profile& profile, SubjectTransformer transform,
                         bool headers_only)
    : transform_(std::move(transform)),
      headers_only_(headers_only),
      tells_time_(profile.republish_tells_time) {}

std::optional<Republisher::Copy> Republisher::MakeCopy(
    Choices& choices, absl::string_view stream, const Stored& message) const {
  std::optional<std::string> subject =
      transform_.Apply(choices, message.subject);
  if (!subject) return std::nullopt;
  absl::string_view headers = message.header_block;
  if (headers.empty()) {
    headers = "NATS/1.0\r\n";
  } else {
    absl::ConsumeSuffix(&headers, "\r\n");
  }
  Copy copy{*std::move(subject),
            absl::StrCat(headers, "Nats-Stream: ", stream,
                         "\r\nNats-Subject: ", message.subject,
                         "\r\nNats-Sequence: ", message.sequence),
            message.data};
  if (tells_time_) {
    absl::StrAppend(&copy.header_block, "\r\nNats-Time-Stamp: ",
                    api::FormatRfc3339(absl::FromUnixNanos(message.time)));
  }
  absl::StrAppend(&copy.header_block,
                  "\r\nNats-Last-Sequence: ", message.last_sequence);
  if (headers_only_) {
    absl::StrAppend(&copy.header_block,
                    "\r\nNats-Msg-Size: ", message.data.size());
    copy.data = {};
  }
  copy.header_block += "\r\n\r\n";
  return copy;
}

}  // namespace windtunnel::broker
