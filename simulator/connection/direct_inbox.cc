#include "simulator/connection/direct_inbox.h"

#include <utility>

#include "windtunnel/errors.h"

namespace windtunnel::simulation {

void DirectInbox::OnArrival(broker::Outgoing& arrival) {
  Arrived arrived = {std::move(arrival.block), std::move(arrival.ack_prefix),
                     arrival.numbers, nullptr};
  if (!arrival.reply.empty()) {
    arrived.reply =
        std::make_unique<const std::string>(std::move(arrival.reply));
  }
  Add(std::move(arrived));
}

void DirectInbox::End() {
  MutexLock lock(mutex_);
  ended_ = true;
  changed_.NotifyAll();
}

absl::StatusOr<DirectInbox::Arrived> DirectInbox::Take(
    absl::Time deadline, const CancellationToken& token) {
  MutexLock lock(mutex_);
  while (taken_ == arrived_.size()) {
    if (ended_) {
      return MakeErrorStatus(ErrorKind::kConnectionClosed,
                             "the connection is closed");
    }
    absl::Status status = changed_.WaitUntil(mutex_, deadline, token);
    if (!status.ok() && taken_ == arrived_.size()) return status;
  }
  Arrived first = std::move(arrived_[taken_++]);
  if (taken_ == arrived_.size()) {
    arrived_.clear();
    taken_ = 0;
  }
  if (!first.block) {
    return MakeErrorStatus(
        ErrorKind::kConnectionLost,
        "the connection was cut: what was on the way is lost");
  }
  return first;
}

std::size_t DirectInbox::size() const {
  MutexLock lock(mutex_);
  return arrived_.size() - taken_;
}

void DirectInbox::Add(Arrived arrived) {
  MutexLock lock(mutex_);
  if (ended_) return;
  arrived_.push_back(std::move(arrived));
  changed_.NotifyAll();
}

}  // namespace windtunnel::simulation
