// Consumers: their configuration and state.
//
// Fields carry the server's names; the rows named are in docs/behaviour. A field
// left at its default is not sent, so that the server's own default applies
// (CON-024 to CON-068). To read: consume.h, push_consumer.h, ordered_consumer.h.

#ifndef WINDTUNNEL_CONSUMER_H_
#define WINDTUNNEL_CONSUMER_H_

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace windtunnel {

enum class DeliverPolicy {
  kAll,
  kLast,
  kNew,
  kByStartSequence,
  kByStartTime,
  kLastPerSubject
};
// The server's default is kNone; ours too, so say what you want.
enum class AckPolicy { kNone, kAll, kExplicit, kFlowControl };
enum class ReplayPolicy { kInstant, kOriginal };
enum class PriorityPolicy { kNone, kOverflow, kPinnedClient, kPrioritized };

std::ostream& operator<<(std::ostream& out, DeliverPolicy value);
std::ostream& operator<<(std::ostream& out, AckPolicy value);
std::ostream& operator<<(std::ostream& out, ReplayPolicy value);
std::ostream& operator<<(std::ostream& out, PriorityPolicy value);

struct ConsumerConfig {
  // Set for a consumer that outlives its users. With a durable_name, `name` may
  // stay empty. With neither, the server picks a name (CON-023).
  std::string durable_name = {};
  std::string name = {};
  std::string description = {};
  DeliverPolicy deliver_policy = DeliverPolicy::kAll;
  std::uint64_t opt_start_seq = 0;  // For kByStartSequence.
  std::optional<absl::Time> opt_start_time = {};  // For kByStartTime.
  AckPolicy ack_policy = AckPolicy::kNone;
  absl::Duration ack_wait = {};           // 0: 30 s for explicit and all (CON-028).
  std::int64_t max_deliver = 0;      // 0 and -1: unlimited.
  std::vector<absl::Duration> backoff = {};  // Replaces ack_wait (CON-031).
  std::string filter_subject = {};
  std::vector<std::string> filter_subjects = {};  // Servers 2.10+.
  ReplayPolicy replay_policy = ReplayPolicy::kInstant;
  std::uint64_t rate_limit_bps = 0;  // Push only; bits per second.
  std::string sample_freq = {};           // "", "0" to "100", "30%".
  std::int64_t max_waiting = 0;      // Pull only; 0: 512.
  std::int64_t max_ack_pending = 0;  // 0: 1000 for explicit and all; -1: no bound.
  bool flow_control = false;         // Push only.
  absl::Duration idle_heartbeat = {};     // Push only; 0: none.
  bool headers_only = false;
  std::int64_t max_batch = 0;        // Pull only; 0: no bound. As the next two.
  absl::Duration max_expires = {};
  std::int64_t max_bytes = 0;
  std::string deliver_subject = {};       // Set: a push consumer.
  std::string deliver_group = {};
  absl::Duration inactive_threshold = {};  // 0: never for durables, else 5 s.
  std::int64_t num_replicas = 0;      // 0: as the stream.
  bool mem_storage = false;
  bool direct = false;    // Internal to servers (CON-067).
  bool sourcing = false;  // Internal to servers (CON-068).
  std::map<std::string, std::string> metadata = {};
  // Servers 2.11+:
  std::optional<absl::Time> pause_until = {};
  std::vector<std::string> priority_groups = {};
  PriorityPolicy priority_policy = PriorityPolicy::kNone;
  absl::Duration priority_timeout = {};

  friend bool operator==(const ConsumerConfig&, const ConsumerConfig&) = default;
};

// Prints the fields that differ from the default, in the server's words.
std::ostream& operator<<(std::ostream& out, const ConsumerConfig& config);

// A position: in the consumer's own count of deliveries, and in the stream.
struct SequencePair {
  std::uint64_t consumer_seq = 0;
  std::uint64_t stream_seq = 0;
  std::optional<absl::Time> last_active = {};

  friend bool operator==(const SequencePair&, const SequencePair&) = default;
};

std::ostream& operator<<(std::ostream& out, const SequencePair& pair);

struct PriorityGroupState {
  std::string group = {};
  std::string pinned_client_id = {};
  std::optional<absl::Time> pinned_ts = {};

  friend bool operator==(const PriorityGroupState&,
                         const PriorityGroupState&) = default;
};

struct ConsumerInfo {
  std::string stream_name = {};
  std::string name = {};
  absl::Time created = absl::InfinitePast();
  ConsumerConfig config = {};
  SequencePair delivered = {};
  SequencePair ack_floor = {};
  std::uint64_t num_ack_pending = 0;
  std::uint64_t num_redelivered = 0;
  std::uint64_t num_waiting = 0;
  std::uint64_t num_pending = 0;
  bool push_bound = false;
  bool paused = false;
  absl::Duration pause_remaining = {};
  std::vector<PriorityGroupState> priority_groups = {};
  std::optional<absl::Time> ts = {};  // The server's clock; since 2.10.
};

std::ostream& operator<<(std::ostream& out, const ConsumerInfo& info);

}  // namespace windtunnel

#endif  // WINDTUNNEL_CONSUMER_H_
