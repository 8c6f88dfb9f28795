// FastBatches: who publishes into a stream without waiting for each answer, and
// how often each is told how far it got (PUB-079 to PUB-088).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_FAST_BATCH_H_
#define WINDTUNNEL_SIMULATOR_BROKER_FAST_BATCH_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/deadline_queue.h"
#include "windtunnel/errors.h"

namespace windtunnel::broker {

// What the reply subject of a publish asks for.
struct FastOperation {
  enum class Kind { kStart, kAppend, kCommit, kEnd, kPing };

  absl::string_view id;
  std::uint64_t flow = 0;  // The most messages between two answers.
  bool gap_ok = false;
  std::uint64_t sequence = 0;
  Kind kind = Kind::kStart;

  bool commits() const { return kind == Kind::kCommit || kind == Kind::kEnd; }
};

bool IsFastBatchReply(absl::string_view reply);
// nullopt: malformed (PUB-080). Views into `reply`.
std::optional<FastOperation> ReadFastOperation(absl::string_view reply);

// One open batch. Sequences are those of the batch but for `stream_sequence`.
struct FastBatch {
  std::string id;
  std::uint64_t order = 0;  // Unique and ascending.
  bool gap_ok = false;
  std::uint64_t flow = 0;
  std::uint64_t interval = 0;  // Messages between two answers.
  std::uint64_t last = 0;      // Of the last message that came.
  std::uint64_t stored = 0;    // Up to here it is done.
  std::uint64_t answered = 0;  // Up to here the client was told.
  std::uint64_t stream_sequence = 0;
  // Let through to the store. One that is refused only there stays pending for
  // good, and so does what waits for it: servers behave like this.
  std::uint64_t pending = 0;
  bool committing = false;
  Nanos deadline = kNever;
};

class FastBatches {
 public:
  // `open_on_server` counts those of all streams, and outlives this.
  explicit FastBatches(int& open_on_server);
  ~FastBatches();

  FastBatches(const FastBatches&) = delete;
  FastBatches& operator=(const FastBatches&) = delete;

  // Null if none is open.
  FastBatch* Find(absl::string_view id);
  // PUB-082, PUB-088.
  std::optional<JetStreamError> CheckOpen(const FastOperation& operation) const;
  FastBatch& Open(const FastOperation& operation);
  void Close(FastBatch& batch);
  void Clear();

  // Another message of the batch came: it lives on (PUB-082).
  void Extend(FastBatch& batch, Nanos now);
  // The answer if one is due (PUB-083), which may change the interval.
  std::optional<std::string> Flow(FastBatch& batch) const;
  // True if everything is stored: it is over. Else it will be.
  static bool Commit(FastBatch& batch);

  Nanos NextDeadline() const { return deadlines_.Next(); }
  void DropOverdue(Nanos now);

 private:
  int& open_on_server_;
  std::uint64_t opened_ = 0;
  // Pointers to its values stay.
  std::map<std::string, FastBatch, std::less<>> batches_;
  absl::btree_map<std::uint64_t, FastBatch*> by_order_;
  DeadlineQueue deadlines_;  // By FastBatch::order.
};

// The answers on the way. `{"type":"ack","seq":3,"msgs":3}`.
std::string FastAck(const FastBatch& batch);
std::string FastGap(std::uint64_t expected, std::uint64_t got);
std::string FastError(std::uint64_t sequence, const JetStreamError& error);

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_FAST_BATCH_H_
