// PublishHeaders: what the header block of a publish asks of a stream
// (PUB-011).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_PUBLISH_HEADERS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_PUBLISH_HEADERS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace windtunnel::broker {

// Views into the block; empty where a header is absent or empty, and without
// data() where it is absent.
struct PublishHeaders {
  absl::string_view message_id;
  absl::string_view expected_stream;
  absl::string_view expected_last_sequence;
  absl::string_view expected_last_subject_sequence;
  absl::string_view expected_last_subject_sequence_subject;
  absl::string_view expected_last_message_id;
  absl::string_view rollup;
  absl::string_view ttl;
  absl::string_view increment;
  absl::string_view batch_id;
  absl::string_view batch_sequence;
  absl::string_view batch_commit;
  absl::string_view schedule;
  absl::string_view schedule_next;
  absl::string_view schedule_rollup;
  absl::string_view schedule_source;
  absl::string_view schedule_target;
  absl::string_view schedule_time_zone;
  absl::string_view schedule_ttl;
  absl::string_view scheduler;
  absl::string_view stream_source;
  absl::string_view request_info;
  absl::string_view required_api_level;
};

PublishHeaders ReadPublishHeaders(absl::string_view block);

// True if `block` is stored in another form than it was sent in: with a status
// (`cuts_status`, PUB-010) or with Nats-Request-Info (PUB-009).
bool IsStoredDifferently(absl::string_view block, const PublishHeaders& headers,
                         bool cuts_status);
// That form; "" if no line is left.
std::string StoredForm(absl::string_view block, bool cuts_status);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_PUBLISH_HEADERS_H_
