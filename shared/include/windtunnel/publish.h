// Publishing into a stream: what can be demanded, and what the server answers.

#ifndef WINDTUNNEL_PUBLISH_H_
#define WINDTUNNEL_PUBLISH_H_

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "windtunnel/cancellation.h"

namespace windtunnel {

// The server's word that a message is stored (PUB-001 to PUB-005).
struct PubAck {
  std::string stream = {};
  std::uint64_t sequence = 0;
  std::string domain = {};
  // The message id was seen within the duplicate window: nothing was stored,
  // and `sequence` is that of the first copy (PUB-032).
  bool duplicate = false;
  std::string value = {};     // The counter's total, on counter streams.
  std::string batch_id = {};  // For the message that commits a batch.
  std::uint64_t batch_size = 0;

  friend bool operator==(const PubAck&, const PubAck&) = default;
  friend std::ostream& operator<<(std::ostream& out, const PubAck& ack);
};

struct PublishOptions {
  // Nats-Msg-Id: a second publish with the same id within the stream's
  // duplicate_window stores nothing (PUB-032 to PUB-041).
  std::string message_id = {};

  // Nats-Expected-*: the publish is refused unless they hold (PUB-024 to
  // PUB-031).
  std::string expected_stream = {};
  std::optional<std::uint64_t> expected_last_sequence = {};
  std::optional<std::uint64_t> expected_last_subject_sequence = {};
  std::string expected_last_subject_sequence_subject = {};  // Servers 2.11+.
  std::string expected_last_message_id = {};

  // Nats-TTL: whole seconds are sent, at least one (STO-089). Servers 2.11+.
  std::optional<absl::Duration> ttl = {};

  // How long to wait for the acknowledgement, retries included.
  absl::Duration timeout = absl::Seconds(5);

  // When nobody listens on the subject the publish is tried again: the stream
  // may just be moving. 0 switches this off.
  int retry_attempts = 2;
  absl::Duration retry_wait = absl::Milliseconds(250);

  CancellationToken cancellation = {};
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_PUBLISH_H_
