// The reference model's streams: what the specification says of storing,
// limits, deduplication, expiry, deleting and purging, in the plainest form.
// Messages are a vector; everything else is found by looking at all of them.
//
// Identifiers such as STO-069 are rows of the specification.

#ifndef WINDTUNNEL_TESTS_PROPERTY_REFERENCE_STREAM_H_
#define WINDTUNNEL_TESTS_PROPERTY_REFERENCE_STREAM_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace windtunnel::conform {

// Unix time and durations in nanoseconds.
using Nanos = std::int64_t;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kNever = std::numeric_limits<Nanos>::max();

using Sequence = std::uint64_t;
using HeaderLines = std::vector<std::pair<std::string, std::string>>;

// Token by token, `*` for any one and `>` for all the rest.
bool SubjectMatches(absl::string_view filter, absl::string_view subject);
// Whether all that `other` matches matches `filter`.
bool FilterCovers(absl::string_view filter, absl::string_view other);
// The first value of `name` that is not empty, or "" (PUB-011).
std::string HeaderValue(const HeaderLines& headers, absl::string_view name);
// From "NATS/1.0" to the empty line; 0 without headers (STO-003).
std::int64_t HeaderSize(const HeaderLines& headers);

struct ReferenceMessage {
  Sequence sequence = 0;
  std::string subject;
  HeaderLines headers;
  std::string data;
  Nanos time = 0;
};

// What the server would say about it.
struct ReferenceError {
  int err_code = 0;  // 0: no error.
  int code = 0;
  std::string description = {};
};

struct ReferenceStreamConfig {
  std::string name;
  std::vector<std::string> subjects;
  std::string description;
  std::string retention = "limits";
  bool memory = false;
  std::int64_t max_messages = -1;
  std::int64_t max_messages_per_subject = -1;
  std::int64_t max_bytes = -1;
  std::int64_t max_message_size = -1;
  std::int64_t max_consumers = -1;
  Nanos max_age = 0;
  Nanos duplicate_window = 0;
  bool discard_new = false;
  bool discard_new_per_subject = false;
  bool no_ack = false;
  bool deny_delete = false;
  bool deny_purge = false;
  bool allow_rollup = false;
  bool allow_direct = false;
  Sequence first_sequence = 0;
};

class ReferenceStream {
 public:
  // What consumers are told.
  struct Listener {
    std::function<void(const ReferenceMessage&)> stored;
    std::function<void(const ReferenceMessage&)> ready;    // To be delivered.
    std::function<void(const ReferenceMessage&)> removed;  // But by a purge.
    // Before `purged`: some went, or one; then `heard` is the subject under
    // which it is told, in files the filter of the purge.
    std::function<void()> some_purged;
    std::function<void(const ReferenceMessage&, const std::string& heard)>
        one_purged;
    // After a purge of "" (all) or of a filter, whether or not something went.
    std::function<void(const std::string& filter)> purged;
    // What was pending and is gone is terminated now.
    std::function<void()> done;
    // From here on the simulator is known to be wrong.
    std::function<void(const std::string& why)> known;
    // Whether a consumer wants messages on `subject` (STO-102).
    std::function<bool(const std::string& subject)> wanted;
  };

  ReferenceStream(ReferenceStreamConfig config, const Nanos& now,
                  Listener listener);

  // The outcome of a publish: the text of its acknowledgement.
  std::string Publish(const std::string& subject, const HeaderLines& headers,
                      const std::string& data);

  ReferenceError Update(const ReferenceStreamConfig& config);
  // The error of STREAM.MSG.DELETE.
  ReferenceError Delete(Sequence sequence);
  // Messages that match `filter` ("" for all), that are below `sequence` if it
  // is not 0, and all but the newest `keep` of them. Returns how many went.
  std::int64_t Purge(const std::string& filter, Sequence sequence,
                     std::int64_t keep);
  // Takes out one message, as an acknowledgement does in a work queue.
  void Remove(Sequence sequence);
  // One of several.
  void Drop(Sequence sequence);

  const ReferenceMessage* Find(Sequence sequence) const;
  // The newest message that matches; STO-036.
  const ReferenceMessage* Last(absl::string_view filter) const;
  // The first at or after `from` that matches one of `filters`; none: any.
  const ReferenceMessage* Next(const std::vector<std::string>& filters,
                               Sequence from) const;

  // When something falls due by itself, and to do it.
  Nanos NextDue() const;
  void RunDue();
  // When ids leave the window and messages get too old, for aiming at it.
  std::vector<Nanos> Deadlines() const;

  const ReferenceStreamConfig& config() const { return config_; }
  const std::vector<ReferenceMessage>& messages() const { return messages_; }
  Sequence first_sequence() const { return first_sequence_; }
  Sequence last_sequence() const { return last_sequence_; }
  // As in infos: counts, sequences, times (STR-115).
  std::string StateInWords(int consumers) const;
  bool Captures(absl::string_view subject) const;

 private:
  struct KnownId {
    std::string id;
    Sequence sequence;
    Nanos time;
  };

  ReferenceError Refusal(const std::string& subject, const HeaderLines& headers,
                         const std::string& data) const;
  ReferenceError LimitRefusal(const std::string& subject,
                              const HeaderLines& headers,
                              const std::string& data) const;
  ReferenceError WrongSequence(const std::string& subject,
                               const HeaderLines& headers) const;
  const KnownId* Known(const std::string& id) const;
  void Remember(const std::string& id, Nanos time);
  void ExpireIds();
  void ExpireMessages();
  void ArmExpiry();
  ReferenceMessage Store(ReferenceMessage message);
  void Rollup(const std::string& rollup, const std::string& subject,
              std::int64_t keep);
  void EnforceLimits();
  void EnforceSubjectLimit(const std::string& subject);
  std::int64_t Size(const std::string& subject, const HeaderLines& headers,
                    const std::string& data) const;
  std::int64_t Bytes() const;
  std::int64_t CountOn(const std::string& subject) const;
  // Removes without telling anybody.
  ReferenceMessage TakeOut(Sequence sequence);
  void Settle();

  ReferenceStreamConfig config_;
  const Nanos& now_;
  Listener listener_;
  std::vector<ReferenceMessage> messages_;
  Sequence first_sequence_ = 0;
  Sequence last_sequence_ = 0;
  std::optional<Nanos> last_time_;
  bool untouched_ = true;  // STO-004.
  std::string last_id_;
  std::vector<KnownId> ids_;  // Oldest first.
  Nanos ids_due_ = kNever;
  Nanos expiry_due_ = kNever;
};

// "2025-01-01T00:00:00.5Z"; nothing: the zero time (STR-104).
std::string TimeInWords(std::optional<Nanos> time);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_REFERENCE_STREAM_H_
