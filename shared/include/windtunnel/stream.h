// Streams: their configuration, state, and what can be asked of them.
//
// Fields carry the server's names; the rows named are in docs/behaviour. A field
// left at its default is not sent, so that the server's own default applies:
// -1 for limits, file storage, limits retention, a duplicate window of 2 min
// (STR-013). Answers of the server fill every field it shows.

#ifndef WINDTUNNEL_STREAM_H_
#define WINDTUNNEL_STREAM_H_

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "windtunnel/headers.h"

namespace windtunnel {

enum class Retention { kLimits, kInterest, kWorkQueue };
enum class Storage { kFile, kMemory };
enum class Discard { kOld, kNew };
enum class Compression { kNone, kS2 };
enum class PersistMode { kDefault, kAsync };

std::ostream& operator<<(std::ostream& out, Retention value);
std::ostream& operator<<(std::ostream& out, Storage value);
std::ostream& operator<<(std::ostream& out, Discard value);
std::ostream& operator<<(std::ostream& out, Compression value);
std::ostream& operator<<(std::ostream& out, PersistMode value);

// Where a clustered server should put a stream (STR-051).
struct Placement {
  std::string cluster = {};
  std::vector<std::string> tags = {};
  std::string preferred = {};  // Only for leader moves; refused in a config.

  friend bool operator==(const Placement&, const Placement&) = default;
};

// A rewriting of subjects (SRC-070 to SRC-082).
struct SubjectTransform {
  std::string src = {};   // "" is ">".
  std::string dest = {};  // "" keeps the subject.

  friend bool operator==(const SubjectTransform&, const SubjectTransform&) = default;
};

// Sends a copy of every stored message on (SRC-060 to SRC-069).
struct Republish {
  std::string src = {};  // "" is ">".
  std::string dest = {};
  bool headers_only = false;

  friend bool operator==(const Republish&, const Republish&) = default;
};

// A stream of another account or domain (SRC-016, SRC-017).
struct ExternalStream {
  std::string api = {};      // Subject prefix of its JetStream API.
  std::string deliver = {};  // Subject prefix for its messages.

  friend bool operator==(const ExternalStream&, const ExternalStream&) = default;
};

// A consumer made beforehand for a mirror or source (SRC-026, servers 2.14+).
struct StreamSourceConsumer {
  std::string name = {};
  std::string deliver_subject = {};

  friend bool operator==(const StreamSourceConsumer&,
                         const StreamSourceConsumer&) = default;
};

// What a mirror or a source copies from (SRC-001 to SRC-059).
struct StreamSource {
  std::string name = {};
  std::uint64_t opt_start_seq = 0;  // 0: from the first message.
  std::optional<absl::Time> opt_start_time = {};
  std::string filter_subject = {};
  std::vector<SubjectTransform> subject_transforms = {};
  std::optional<ExternalStream> external = {};
  std::string domain = {};  // Shorthand for `external` with the domain's API prefix.
  std::optional<StreamSourceConsumer> consumer = {};

  friend bool operator==(const StreamSource&, const StreamSource&) = default;
};

// Bounds that consumers of the stream inherit (STR-050, CON-077 to CON-081).
// Zero: no bound.
struct StreamConsumerLimits {
  absl::Duration inactive_threshold = {};
  std::int64_t max_ack_pending = 0;

  friend bool operator==(const StreamConsumerLimits&,
                         const StreamConsumerLimits&) = default;
};

struct StreamConfig {
  std::string name = {};
  std::string description = {};
  std::vector<std::string> subjects = {};  // None: the stream's name (STR-030).
  Retention retention = Retention::kLimits;
  std::int64_t max_consumers = 0;         // 0 and -1: unlimited; as all limits here.
  std::int64_t max_msgs = 0;
  std::int64_t max_bytes = 0;
  std::int64_t max_msgs_per_subject = 0;
  absl::Duration max_age = {};                 // 0: for ever; else >= 100 ms (STR-017).
  std::int64_t max_msg_size = 0;          // Header block and payload (PUB-013).
  Storage storage = Storage::kFile;
  Discard discard = Discard::kOld;
  bool discard_new_per_subject = false;
  std::int64_t num_replicas = 0;          // 0 becomes 1.
  bool no_ack = false;
  absl::Duration duplicate_window = {};        // 0: the server's default (STR-021).
  std::optional<Placement> placement = {};
  std::optional<StreamSource> mirror = {};
  std::vector<StreamSource> sources = {};
  Compression compression = Compression::kNone;
  std::uint64_t first_seq = 0;            // 0: 1 (STR-046).
  std::optional<SubjectTransform> subject_transform = {};
  std::optional<Republish> republish = {};
  bool sealed = false;
  bool deny_delete = false;
  bool deny_purge = false;
  bool allow_rollup_hdrs = false;
  bool allow_direct = false;
  bool mirror_direct = false;
  StreamConsumerLimits consumer_limits = {};
  std::map<std::string, std::string> metadata = {};
  // Servers 2.11+:
  bool allow_msg_ttl = false;
  absl::Duration subject_delete_marker_ttl = {};
  // Servers 2.12+:
  bool allow_msg_counter = false;
  bool allow_atomic = false;
  bool allow_msg_schedules = false;
  PersistMode persist_mode = PersistMode::kDefault;
  // Servers 2.14+:
  bool allow_batched = false;

  friend bool operator==(const StreamConfig&, const StreamConfig&) = default;
};

// Prints the fields that differ from the default, in the server's words.
std::ostream& operator<<(std::ostream& out, const StreamConfig& config);
std::ostream& operator<<(std::ostream& out, const StreamSource& source);

// What a stream holds (STO-001 to STO-009, STR-115).
struct StreamState {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first_seq = 0;
  absl::Time first_ts = absl::InfinitePast();  // InfinitePast: unset.
  std::uint64_t last_seq = 0;
  absl::Time last_ts = absl::InfinitePast();
  std::uint64_t num_subjects = 0;
  std::uint64_t num_deleted = 0;
  std::uint64_t consumer_count = 0;
  std::vector<std::uint64_t> deleted = {};             // With deleted_details only.
  std::map<std::string, std::uint64_t> subjects = {};  // With subjects_filter only.

  friend bool operator==(const StreamState&, const StreamState&) = default;
};

std::ostream& operator<<(std::ostream& out, const StreamState& state);

// How far a mirror or source has come (SRC-039, SRC-059).
struct StreamSourceInfo {
  std::string name = {};
  std::uint64_t lag = 0;
  // Since the last contact; InfiniteDuration if there was none.
  absl::Duration active = absl::InfiniteDuration();
  std::uint64_t seq = 0;
  std::string filter_subject = {};
  std::vector<SubjectTransform> subject_transforms = {};
  std::optional<ExternalStream> external = {};
  int error_code = 0;  // 0: no error. See JetStreamError.
  int error_err_code = 0;
  std::string error_description = {};

  friend bool operator==(const StreamSourceInfo&, const StreamSourceInfo&) = default;
};

struct StreamInfo {
  StreamConfig config = {};
  absl::Time created = absl::InfinitePast();
  StreamState state = {};
  std::string domain = {};
  std::string cluster_leader = {};  // "" where the server shows none.
  std::optional<StreamSourceInfo> mirror = {};
  std::vector<StreamSourceInfo> sources = {};
  std::optional<absl::Time> ts = {};  // The server's clock; since 2.10.
  // Paging of state.subjects: all zero without subjects_filter (STR-108).
  std::uint64_t total = 0;
  std::uint64_t offset = 0;
  std::uint64_t limit = 0;
};

std::ostream& operator<<(std::ostream& out, const StreamInfo& info);

// A message as the stream keeps it.
struct StoredMessage {
  std::string subject = {};
  std::uint64_t sequence = 0;
  absl::Time time = absl::InfinitePast();
  Headers headers = {};
  std::string data = {};

  friend bool operator==(const StoredMessage&, const StoredMessage&) = default;
};

std::ostream& operator<<(std::ostream& out, const StoredMessage& message);

// What JetStream::GetMessagesDirect() found.
struct StoredMessages {
  // In the order of their sequences.
  std::vector<StoredMessage> messages = {};
  // Beside each of `messages`: how many more match after it. Empty when they came
  // without headers.
  std::vector<std::uint64_t> num_pending = {};
  // What still matches after the last one. With no_headers: from the first one on
  // (STO-056).
  std::uint64_t remaining = 0;
  // The last one's sequence; with no_headers too.
  std::uint64_t last_sequence = 0;
  // With multi_last: messages up to this sequence were looked at.
  std::uint64_t up_to_sequence = 0;

  friend bool operator==(const StoredMessages&, const StoredMessages&) = default;
};

std::ostream& operator<<(std::ostream& out, const StoredMessages& found);

}  // namespace windtunnel

#endif  // WINDTUNNEL_STREAM_H_
