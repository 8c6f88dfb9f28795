// PullIterator: MessageIterator on a pull consumer.

#ifndef WINDTUNNEL_SHARED_CONSUME_PULL_ITERATOR_H_
#define WINDTUNNEL_SHARED_CONSUME_PULL_ITERATOR_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/consume/back_off.h"
#include "shared/consume/consumption.h"
#include "shared/consume/pinned_ids.h"
#include "shared/consume/pull_window.h"
#include "windtunnel/connection.h"
#include "windtunnel/consume.h"

namespace windtunnel::internal {

class PullIterator final : public ConsumedIterator {
 public:
  PullIterator(Connection& connection,
               std::unique_ptr<PullSubscription> subscription,
               const MessagesOptions& options,
               std::shared_ptr<PinnedIds> pinned_ids, ErrorHandler on_error);
  ~PullIterator() override;

  using MessageIterator::Next;
  absl::StatusOr<Delivery> Next(absl::Time deadline,
                                const CancellationToken& token) override;
  void Stop() override;
  void Drain() override;
  std::uint64_t missed_heartbeats() const override { return missed_.load(); }

  void Release() override { subscription_.reset(); }

 private:
  Runtime& runtime() override { return runtime_; }

  // Sends the request that is due, if any.
  void AskAhead();
  // Deals with what is no delivery; sets end_ if that is the end.
  void Handle(const PullStatus& status);
  void HandleFailure(const absl::Status& status);
  void CheckSilence();
  // All requests are lost, but not for ever.
  void Interrupt(const absl::Status& status);
  void NoteSignOfLife();
  void Wait();
  void Unsubscribe();

  Connection& connection_;
  Runtime& runtime_;
  std::unique_ptr<PullSubscription> subscription_;
  const MessagesOptions options_;
  const absl::Duration heartbeat_;
  const std::shared_ptr<PinnedIds> pinned_ids_;
  ErrorHandler on_error_;

  PullWindow window_;
  absl::Status end_;
  bool cut_ = false;  // Wait for connected() before asking again.
  absl::Time silent_until_ = absl::InfiniteFuture();
  absl::Time retry_at_ = absl::InfinitePast();
  BackOff back_off_;
  // After an interruption the consumer may come up later than the server.
  absl::Time missing_is_fine_until_ = absl::InfinitePast();

  std::atomic<std::uint64_t> missed_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<bool> draining_{false};
  std::atomic<bool> unsubscribed_{false};
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_CONSUME_PULL_ITERATOR_H_
