// OrderedState: what all reads of one OrderedConsumer share.

#ifndef WINDTUNNEL_SHARED_CONSUME_ORDERED_STATE_H_
#define WINDTUNNEL_SHARED_CONSUME_ORDERED_STATE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "windtunnel/connection.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/ordered_consumer.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

class OrderedReader;

// A place in the stream.
struct OrderedPosition {
  // Where to go on; 0 before the first consumer was made.
  std::uint64_t next_sequence = 0;
  // Of kLastPerSubject: what is left of the first round.
  std::uint64_t round_left = 0;
  absl::Time round_began = absl::InfinitePast();
};

// Threads: any task. Lifetime: shared by the OrderedConsumer and its iterators.
class OrderedState {
 public:
  OrderedState(JetStream& jetstream, std::string stream,
               OrderedConsumerOptions options);
  ~OrderedState();

  // Begins a read: the reader that the last fetch left, or a new one, opened.
  // Errors: those of OrderedConsumer::Fetch(). No read has begun then.
  absl::StatusOr<std::unique_ptr<OrderedReader>> Begin(
      const CallOptions& options);
  // Ends the read. `reader`, if any, is kept for the next one.
  void End(std::unique_ptr<OrderedReader> reader);

  // A name that no consumer of this state has had.
  std::string NewName();
  // Of the consumer in use; "" if there is none.
  std::string consumer() const;
  void SetConsumer(std::string name);

  JetStream& jetstream;
  Connection& connection;
  Runtime& runtime;
  const std::string stream;
  const OrderedConsumerOptions options;
  std::atomic<std::uint64_t> resets{0};
  // Belongs to the read under way.
  OrderedPosition position;

 private:
  mutable Mutex mutex_;
  bool reading_ = false;
  std::unique_ptr<OrderedReader> idle_;
  std::string consumer_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_CONSUME_ORDERED_STATE_H_
