// PinnedIds: which ids a client has been given as the pinned one of a priority
// group (GRP-023). Only requests that show it are served while it is pinned.

#ifndef WINDTUNNEL_SHARED_CONSUME_PINNED_IDS_H_
#define WINDTUNNEL_SHARED_CONSUME_PINNED_IDS_H_

#include <map>
#include <string>

#include "windtunnel/delivery.h"
#include "windtunnel/pull.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

// Threads: any task. Lifetime: shared by a PullConsumer and its iterators.
class PinnedIds {
 public:
  explicit PinnedIds(Runtime& runtime) : mutex_(runtime) {}

  // "" for a group whose pinned client is another, or not known.
  std::string Get(const std::string& group) const {
    MutexLock lock(mutex_);
    const auto found = ids_.find(group);
    return found == ids_.end() ? "" : found->second;
  }

  // What a delivery to a request of `group` tells. Does nothing for no group.
  void Learn(const std::string& group, const Delivery& delivery) {
    if (group.empty()) return;
    const auto id = delivery.header("Nats-Pin-Id");
    if (!id.has_value()) return;
    MutexLock lock(mutex_);
    ids_[group] = std::string(*id);
  }

  // The same of the end of a request: GRP-025 to GRP-027.
  void Learn(const std::string& group, const PullStatus& status) {
    if (status.code != 423) return;
    MutexLock lock(mutex_);
    ids_.erase(group);
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::string> ids_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_CONSUME_PINNED_IDS_H_
