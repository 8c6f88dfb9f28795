// AtomicBatches: messages of one stream that wait until their batch is
// committed (PUB-058 to PUB-068).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_ATOMIC_BATCH_H_
#define WINDTUNNEL_SIMULATOR_BROKER_ATOMIC_BATCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/publish_headers.h"
#include "windtunnel/errors.h"

namespace windtunnel::broker {

// A message as it was sent.
struct StagedMessage {
  std::string subject;
  std::string header_block;
  std::string data;
};

// What a message did to its batch.
struct BatchStep {
  std::optional<JetStreamError> error = {};  // It is gone, or never was.
  absl::string_view abandoned = {};  // Why listeners are told that it is gone.
  // The batch is complete: these are to be checked, and stored together.
  std::optional<std::vector<StagedMessage>> commit = {};
  // It ended without a message of its own (PUB-060).
  bool ended = false;
};

class AtomicBatches {
 public:
  // `open_on_server` counts those of all streams, and outlives this.
  explicit AtomicBatches(int& open_on_server);
  ~AtomicBatches();

  AtomicBatches(const AtomicBatches&) = delete;
  AtomicBatches& operator=(const AtomicBatches&) = delete;

  // A message with Nats-Batch-Id. `supported`: the server has the API level
  // that it requires (PUB-076).
  BatchStep Add(Nanos now, const PublishHeaders& headers, bool supported,
                StagedMessage message);
  // Drops all of them and tells nobody.
  void Clear();

  // When the next one is dropped for want of messages (PUB-068).
  Nanos NextDeadline() const;
  // The ids of those dropped, in order of their deadlines.
  std::vector<std::string> DropOverdue(Nanos now);

 private:
  struct Batch {
    std::vector<StagedMessage> messages;
    Nanos deadline = kNever;
  };
  using Batches = absl::btree_map<std::string, Batch>;

  // Why no batch may begin with this message.
  std::optional<JetStreamError> CheckBegin(std::uint64_t sequence,
                                           bool ends) const;
  void Drop(Batches::iterator batch);

  int& open_on_server_;
  Batches batches_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_ATOMIC_BATCH_H_
