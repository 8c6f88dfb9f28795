// OrderedReader: one read of an OrderedConsumer, over as many consumers as it
// takes.

#ifndef WINDTUNNEL_SHARED_CONSUME_ORDERED_READER_H_
#define WINDTUNNEL_SHARED_CONSUME_ORDERED_READER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/consume/back_off.h"
#include "shared/consume/consumption.h"
#include "shared/consume/ordered_state.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/consumer.h"
#include "windtunnel/delivery.h"
#include "windtunnel/push.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

// Threads: one task at a time; Close() and Drain() from any. Lifetime: before
// `state`.
class OrderedReader {
 public:
  explicit OrderedReader(OrderedState& state);
  ~OrderedReader() { Close(); }

  // Makes a consumer at the position and listens to it. Errors: those of
  // OrderedConsumer::Fetch().
  absl::Status Make(const CallOptions& options);

  // As MessageIterator::Next() of OrderedConsumer::Messages().
  absl::StatusOr<Delivery> Next(absl::Time deadline,
                                const CancellationToken& token);
  // The same, but kDeadlineExceeded as soon as nothing more is stored.
  absl::StatusOr<Delivery> NextStored(absl::Time deadline,
                                      const CancellationToken& token);

  // No more is asked for: Next() hands out what has arrived.
  void Drain();
  // Ends it and deletes the consumer, waiting a little for that. Idempotent.
  void Close();
  // Nothing of this may outlive the connection from here on. Requires: closed.
  void Release();

  // True if Next() has returned an error that was its last.
  bool ended() const { return !end_.ok(); }
  std::uint64_t missed_heartbeats() const { return missed_.load(); }
  // Called in Next() for what does not end it.
  void SetErrorHandler(ErrorHandler on_error) {
    on_error_ = std::move(on_error);
  }

 private:
  ConsumerConfig MakeConfig() const;
  // Notes where a consumer that was made for the first time begins.
  void Place(const ConsumerInfo& info);
  // Makes the next consumer when its time has come. OK: look again.
  absl::Status MakeAgain(absl::Time deadline, const CancellationToken& token);
  // The consumer does not do any more; `why`.
  void Lose(const absl::Status& why);
  void Remove(const std::string& consumer, const CallOptions& options);

  // False: it is not the one that comes next; the consumer was lost by that.
  bool Accept(const Delivery& delivery);
  // True if it is for the reader: the position moves behind it.
  bool Advance(const Delivery& delivery);
  void Handle(const PushStatus& status);
  void HandleFailure(const absl::Status& status);
  void NoteSignOfLife();

  OrderedState& state_;
  Runtime& runtime_;
  const absl::Duration silence_;  // So long, and something is wrong.
  ErrorHandler on_error_;

  // Of the present consumer.
  std::uint64_t next_consumer_sequence_ = 1;
  absl::Time silent_until_ = absl::InfiniteFuture();

  // Between consumers.
  std::string lost_;  // To be deleted.
  absl::Time retry_at_ = absl::InfinitePast();
  BackOff back_off_;
  int failures_ = 0;
  bool alive_ = false;  // The present consumer has given a sign of life.

  absl::Status end_;
  std::atomic<std::uint64_t> missed_{0};

  mutable Mutex mutex_;
  Condition changed_;
  std::shared_ptr<PushSubscription> subscription_;  // Null between consumers.
  std::string consumer_;
  bool closed_ = false;
  bool draining_ = false;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_CONSUME_ORDERED_READER_H_
