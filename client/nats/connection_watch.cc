#include "client/nats/connection_watch.h"

#include <chrono>
#include <optional>

#include "absl/strings/str_cat.h"
#include "client/runtime/thread_sync.h"

namespace windtunnel::internal {

ConnectionWatch::Id ConnectionWatch::Add() {
  std::lock_guard<std::mutex> lock(mutex_);
  reconnects_[++last_id_] = 0;
  return last_id_;
}

void ConnectionWatch::Reconnected(Id id) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (const auto found = reconnects_.find(id); found != reconnects_.end()) {
    ++found->second;
  }
  changed_.notify_all();
}

void ConnectionWatch::Remove(Id id) {
  std::lock_guard<std::mutex> lock(mutex_);
  reconnects_.erase(id);
  changed_.notify_all();
}

ConnectionWatch::Reconnects ConnectionWatch::Now() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return reconnects_;
}

absl::Status ConnectionWatch::WaitForMoreThan(const Reconnects& before,
                                              absl::Time deadline) {
  const auto until = MonotonicDeadline(deadline);
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    const int missing = MissingSince(before);
    if (missing == 0) return absl::OkStatus();
    if (!until.has_value()) {
      changed_.wait(lock);
    } else if (changed_.wait_until(lock, *until) == std::cv_status::timeout &&
               MissingSince(before) > 0) {
      return absl::DeadlineExceededError(
          absl::StrCat(missing, " connections were not restored in time"));
    }
  }
}

int ConnectionWatch::MissingSince(const Reconnects& before) const {
  int missing = 0;
  for (const auto& [id, count] : before) {
    const auto found = reconnects_.find(id);
    if (found != reconnects_.end() && found->second <= count) ++missing;
  }
  return missing;
}

}  // namespace windtunnel::internal
