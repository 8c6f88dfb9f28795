// ConnectionWatch: which connections there are and how often each was restored.
// For whoever restarts a server and wants to go on when all are back.

#ifndef WINDTUNNEL_CLIENT_NATS_CONNECTION_WATCH_H_
#define WINDTUNNEL_CLIENT_NATS_CONNECTION_WATCH_H_

#include <condition_variable>
#include <map>
#include <mutex>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace windtunnel::internal {

// Threads: any. Lifetime: shared by its connections and whoever watches.
class ConnectionWatch {
 public:
  using Id = int;
  using Reconnects = std::map<Id, int>;

  // For connections.
  Id Add();
  void Reconnected(Id id);
  void Remove(Id id);

  Reconnects Now() const;
  // Waits until each connection in `before` was restored since or is gone.
  //
  // Errors: kDeadlineExceeded saying how many are missing.
  absl::Status WaitForMoreThan(const Reconnects& before, absl::Time deadline);

 private:
  int MissingSince(const Reconnects& before) const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Id last_id_ = 0;
  Reconnects reconnects_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_NATS_CONNECTION_WATCH_H_
