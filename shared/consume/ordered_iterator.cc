#include "shared/consume/ordered_iterator.h"

#include <utility>

namespace windtunnel::internal {

OrderedIterator::OrderedIterator(std::shared_ptr<OrderedState> state,
                                 std::unique_ptr<OrderedReader> reader,
                                 ErrorHandler on_error)
    : state_(std::move(state)),
      reader_(std::move(reader)),
      mutex_(state_->runtime) {
  reader_->SetErrorHandler(std::move(on_error));
}

OrderedIterator::~OrderedIterator() { Stop(); }

absl::StatusOr<Delivery> OrderedIterator::Next(absl::Time deadline,
                                               const CancellationToken& token) {
  {
    MutexLock lock(mutex_);
    reading_ = true;
  }
  absl::StatusOr<Delivery> next = reader_->Next(deadline, token);
  if (reader_->ended()) reader_->Close();
  {
    MutexLock lock(mutex_);
    reading_ = false;
    if (reader_->ended()) ending_ = true;
  }
  EndRead();
  return next;
}

void OrderedIterator::Stop() {
  reader_->Close();
  {
    MutexLock lock(mutex_);
    ending_ = true;
  }
  EndRead();
}

void OrderedIterator::EndRead() {
  {
    MutexLock lock(mutex_);
    if (reading_ || !ending_ || ended_) return;
    ended_ = true;
  }
  state_->End(nullptr);
}

}  // namespace windtunnel::internal
