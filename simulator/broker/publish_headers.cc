#include "simulator/broker/publish_headers.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace windtunnel::broker {

namespace {

constexpr absl::string_view kPlainVersion = "NATS/1.0\r\n";

struct Field {
  absl::string_view name;  // Without "Nats-".
  absl::string_view PublishHeaders::*value;
};

constexpr Field kFields[] = {
    {"Msg-Id", &PublishHeaders::message_id},
    {"Expected-Stream", &PublishHeaders::expected_stream},
    {"Expected-Last-Sequence", &PublishHeaders::expected_last_sequence},
    {"Expected-Last-Subject-Sequence",
     &PublishHeaders::expected_last_subject_sequence},
    {"Expected-Last-Subject-Sequence-Subject",
     &PublishHeaders::expected_last_subject_sequence_subject},
    {"Expected-Last-Msg-Id", &PublishHeaders::expected_last_message_id},
    {"Rollup", &PublishHeaders::rollup},
    {"TTL", &PublishHeaders::ttl},
    {"Incr", &PublishHeaders::increment},
    {"Batch-Id", &PublishHeaders::batch_id},
    {"Batch-Sequence", &PublishHeaders::batch_sequence},
    {"Batch-Commit", &PublishHeaders::batch_commit},
    {"Schedule", &PublishHeaders::schedule},
    {"Schedule-Next", &PublishHeaders::schedule_next},
    {"Schedule-Rollup", &PublishHeaders::schedule_rollup},
    {"Schedule-Source", &PublishHeaders::schedule_source},
    {"Schedule-Target", &PublishHeaders::schedule_target},
    {"Schedule-Time-Zone", &PublishHeaders::schedule_time_zone},
    {"Schedule-TTL", &PublishHeaders::schedule_ttl},
    {"Scheduler", &PublishHeaders::scheduler},
    {"Stream-Source", &PublishHeaders::stream_source},
    {"Request-Info", &PublishHeaders::request_info},
    {"Required-Api-Level", &PublishHeaders::required_api_level},
};

// Takes the first line off `block`, line end included.
absl::string_view TakeLine(absl::string_view& block) {
  const std::size_t end = block.find('\n');
  const std::size_t size =
      end == absl::string_view::npos ? block.size() : end + 1;
  const absl::string_view line = block.substr(0, size);
  block.remove_prefix(size);
  return line;
}

}  // namespace

PublishHeaders ReadPublishHeaders(absl::string_view block) {
  PublishHeaders headers;
  TakeLine(block);
  while (!block.empty()) {
    absl::string_view line = TakeLine(block);
    if (!absl::ConsumePrefix(&line, "Nats-")) continue;
    const std::size_t colon = line.find(':');
    if (colon == absl::string_view::npos) continue;
    const absl::string_view name = line.substr(0, colon);
    for (const Field& field : kFields) {
      if (field.name != name) continue;
      absl::string_view& value = headers.*field.value;
      // The first one counts, even if it is empty: its data() is set then.
      if (value.data() != nullptr) break;
      value = line.substr(colon + 1);
      if (!absl::ConsumeSuffix(&value, "\r\n")) {
        absl::ConsumeSuffix(&value, "\n");
      }
      while (absl::ConsumePrefix(&value, " ")) {
      }
      break;
    }
  }
  return headers;
}

bool IsStoredDifferently(absl::string_view block, const PublishHeaders& headers,
                         bool cuts_status) {
  return headers.request_info.data() != nullptr ||
         (cuts_status && !absl::StartsWith(block, kPlainVersion));
}

std::string StoredForm(absl::string_view block, bool cuts_status) {
  const absl::string_view first = TakeLine(block);
  std::string form(cuts_status ? kPlainVersion : first);
  const std::size_t without_lines = form.size();
  while (!block.empty()) {
    const absl::string_view line = TakeLine(block);
    if (line == "\r\n") break;
    if (!absl::StartsWith(line, "Nats-Request-Info:")) {
      form.append(line.data(), line.size());
    }
  }
  if (form.size() == without_lines && form == kPlainVersion) return "";
  form.append("\r\n");
  return form;
}

}  // namespace windtunnel::broker
