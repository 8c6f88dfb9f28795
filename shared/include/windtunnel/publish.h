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
  // The counter's new total, on counter streams (PUB-050). Of any size: text.
  std::string value = {};
  std::string batch_id = {};  // For the message that commits a batch.
  std::uint64_t batch_size = 0;

  friend bool operator==(const PubAck&, const PubAck&) = default;
  friend std::ostream& operator<<(std::ostream& out, const PubAck& ack);
};

// What a message replaces once it is stored.
enum class Rollup {
  kNone,
  kSubject,  // All older messages on its subject.
  kAll,      // All older messages of the stream.
};

std::ostream& operator<<(std::ostream& out, Rollup value);

// Makes the stream publish by itself (PUB-089 to PUB-103). The message is stored
// on its own subject, one schedule to a subject; when due, a copy of it goes to
// `target`. The stream needs allow_msg_schedules. Servers 2.12+; all but one-time
// patterns 2.14+.
struct Schedule {
  // ScheduleAt(), ScheduleEvery(), "@daily" and the like, or six fields of cron:
  // "0 30 9 * * mon-fri".
  std::string pattern = {};
  std::string target = {};  // A subject of the stream.
  // Of what is produced; rules as PublishOptions::ttl.
  std::optional<absl::Duration> ttl = {};
  // The newest message of this subject is copied instead of the schedule itself.
  std::string source = {};
  std::string time_zone = {};  // "Europe/Paris". For cron, "@daily" and the like.
  Rollup rollup = Rollup::kNone;  // Of what is produced; kAll is refused.

  friend bool operator==(const Schedule&, const Schedule&) = default;
};

// "@at 2026-01-02T03:04:05Z": once. A time in the past is due at once.
std::string ScheduleAt(absl::Time time);
// "@every 1m30s": again and again, at least 1 s apart.
std::string ScheduleEvery(absl::Duration interval);

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

  // Nats-TTL: the message expires after this long, at least 1 s; fractions of a
  // second are cut (STO-089, STO-090). InfiniteDuration: never, whatever max_age
  // says. The stream needs allow_msg_ttl. Servers 2.11+.
  std::optional<absl::Duration> ttl = {};

  // Nats-Rollup (PUB-042 to PUB-049). The stream needs allow_rollup_hdrs.
  Rollup rollup = Rollup::kNone;

  // Nats-Incr: adds to the subject's counter: "1", "+2", "-5", of any size
  // (PUB-050 to PUB-056). The stream needs allow_msg_counter, the message has no
  // data; PubAck::value is the total. Servers 2.12+.
  std::string counter_increment = {};

  // Nats-Schedule and its companions.
  std::optional<Schedule> schedule = {};

  // Nats-Required-Api-Level: only servers of this level or above take the message
  // as part of an atomic batch (PUB-076). Outside of one it has no effect.
  std::optional<int> required_api_level = {};

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
