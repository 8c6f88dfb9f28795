// PushIterator: MessageIterator on a push consumer.

#ifndef WINDTUNNEL_SHARED_CONSUME_PUSH_ITERATOR_H_
#define WINDTUNNEL_SHARED_CONSUME_PUSH_ITERATOR_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/consume/back_off.h"
#include "shared/consume/consumption.h"
#include "windtunnel/connection.h"
#include "windtunnel/consumer.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/push.h"

namespace windtunnel::internal {

class PushIterator final : public ConsumedIterator {
 public:
  // `info` is the consumer's, when `subscription` was made for it. `on_error`
  // may be null.
  PushIterator(JetStream& jetstream, const ConsumerInfo& info,
               std::unique_ptr<PushSubscription> subscription,
               ErrorHandler on_error);

  using MessageIterator::Next;
  absl::StatusOr<Delivery> Next(absl::Time deadline,
                                const CancellationToken& token) override;
  void Stop() override;
  void Drain() override;
  std::uint64_t missed_heartbeats() const override { return missed_.load(); }
  void Release() override { subscription_.reset(); }

 private:
  Runtime& runtime() override { return runtime_; }

  void Handle(const PushStatus& status);
  void HandleFailure(const absl::Status& status);
  void HandleSilence();
  // Looks the consumer up; sets end_ if it is not the one any more.
  void CheckConsumer(absl::Time deadline, const CancellationToken& token);
  void CheckSoon();
  void NoteSignOfLife();
  void Report(const absl::Status& status);
  void Unsubscribe();

  JetStream& jetstream_;
  Connection& connection_;
  Runtime& runtime_;
  const std::string stream_;
  const std::string consumer_;
  const std::string deliver_subject_;
  const std::string deliver_group_;
  const absl::Duration silence_;  // So long, and something is wrong.
  std::unique_ptr<PushSubscription> subscription_;
  ErrorHandler on_error_;

  absl::Status end_;
  absl::Time silent_until_ = absl::InfiniteFuture();
  absl::Time check_at_ = absl::InfiniteFuture();
  BackOff back_off_;

  std::atomic<std::uint64_t> missed_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<bool> draining_{false};
  std::atomic<bool> unsubscribed_{false};
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_CONSUME_PUSH_ITERATOR_H_
