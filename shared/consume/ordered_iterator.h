// OrderedIterator: MessageIterator on an OrderedConsumer.

#ifndef WINDTUNNEL_SHARED_CONSUME_ORDERED_ITERATOR_H_
#define WINDTUNNEL_SHARED_CONSUME_ORDERED_ITERATOR_H_

#include <cstdint>
#include <memory>

#include "shared/consume/consumption.h"
#include "shared/consume/ordered_reader.h"
#include "shared/consume/ordered_state.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

class OrderedIterator final : public ConsumedIterator {
 public:
  // `reader` is of a read that OrderedState::Begin() began; ended by this.
  OrderedIterator(std::shared_ptr<OrderedState> state,
                  std::unique_ptr<OrderedReader> reader, ErrorHandler on_error);
  ~OrderedIterator() override;

  using MessageIterator::Next;
  absl::StatusOr<Delivery> Next(absl::Time deadline,
                                const CancellationToken& token) override;
  void Stop() override;
  void Drain() override { reader_->Drain(); }
  std::uint64_t missed_heartbeats() const override {
    return reader_->missed_heartbeats();
  }
  void Release() override { reader_->Release(); }

 private:
  Runtime& runtime() override { return state_->runtime; }
  // Ends the read, once nobody is in Next().
  void EndRead();

  const std::shared_ptr<OrderedState> state_;
  const std::unique_ptr<OrderedReader> reader_;
  Mutex mutex_;
  bool reading_ = false;  // Somebody is in Next().
  bool ending_ = false;
  bool ended_ = false;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_CONSUME_ORDERED_ITERATOR_H_
