// History: what happened in a run, as a number and as text.
//
// The number depends on every observable event, its order and its time: two runs
// with the same number are taken to be the same run. The text keeps the last
// events for a reader.

#ifndef WINDTUNNEL_SIMULATOR_HISTORY_HISTORY_H_
#define WINDTUNNEL_SIMULATOR_HISTORY_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"

namespace windtunnel::simulation {

// The numbers are part of the hash: never renumber.
enum class EventKind : std::uint8_t {
  kConnect = 1,
  kClose = 2,
  kSubscribe = 3,
  kUnsubscribe = 4,
  kPublish = 5,        // A core message from a client.
  kStreamPublish = 6,  // A publish into a stream with its outcome.
  kArrive = 7,         // A core message or a status at a subscription.
  kDeliver = 8,        // A delivery at a subscription.
  kAck = 9,
  kPull = 10,
  kTaskStart = 11,
  kTaskEnd = 12,
  kServerStop = 13,
  kServerStart = 14,
  kRequest = 15,  // A request of the API that needed no text.
};

class History {
 public:
  // Keeps the last `limit` events as text, with times since `start`.
  History(broker::Nanos start, std::size_t limit)
      : start_(start), limit_(limit) {}

  // Counts an event. `a` and `b` are what tells it from others of its kind.
  void Record(broker::Nanos now, EventKind kind, std::uint64_t a,
              std::uint64_t b) {
    Mix(static_cast<std::uint64_t>(now) + static_cast<std::uint64_t>(kind));
    Mix(a);
    Mix(b);
  }
  // Text that belongs to the event recorded last, such as a subject.
  void RecordText(absl::string_view text);

  std::uint64_t hash() const { return hash_; }

  // True if text is wanted: ask before making some.
  bool keeps_text() const { return limit_ > 0; }
  void AddLine(broker::Nanos now, absl::string_view text);
  // One event a line, oldest first.
  std::string Text() const;

 private:
  void Mix(std::uint64_t number) {
    hash_ = (hash_ ^ number) * 0x9fb21c651e98df25;
    hash_ ^= hash_ >> 32;
  }

  const broker::Nanos start_;
  const std::size_t limit_;
  std::uint64_t hash_ = 0x2545f4914f6cdd1d;
  std::deque<std::string> lines_;
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_HISTORY_HISTORY_H_
