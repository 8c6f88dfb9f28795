// ConnectionLink: a weak way back to a connection, for what may outlive it, such
// as a Delivery.

#ifndef WINDTUNNEL_SHARED_NATS_CONNECTION_LINK_H_
#define WINDTUNNEL_SHARED_NATS_CONNECTION_LINK_H_

#include <memory>
#include <utility>

#include "windtunnel/runtime.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

class ConnectionBase;

// Threads: any task. Lifetime: shared by the connection and its users.
class ConnectionLink {
 public:
  // The connection for as long as this lives; null once it is closed.
  class Use {
   public:
    explicit Use(std::shared_ptr<ConnectionLink> link);
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use();

    explicit operator bool() const { return connection_ != nullptr; }
    ConnectionBase* operator->() const { return connection_; }

   private:
    const std::shared_ptr<ConnectionLink> link_;
    ConnectionBase* connection_ = nullptr;
  };

  ConnectionLink(Runtime& runtime, ConnectionBase& connection)
      : mutex_(runtime), unused_(runtime), connection_(&connection) {}

  // No new uses; waits for those under way.
  void Cut();

 private:
  Mutex mutex_;
  Condition unused_;
  ConnectionBase* connection_;
  int uses_ = 0;
};

inline ConnectionLink::Use::Use(std::shared_ptr<ConnectionLink> link)
    : link_(std::move(link)) {
  MutexLock lock(link_->mutex_);
  connection_ = link_->connection_;
  if (connection_ != nullptr) ++link_->uses_;
}

inline ConnectionLink::Use::~Use() {
  if (connection_ == nullptr) return;
  MutexLock lock(link_->mutex_);
  if (--link_->uses_ == 0) link_->unused_.NotifyAll();
}

inline void ConnectionLink::Cut() {
  MutexLock lock(mutex_);
  connection_ = nullptr;
  while (uses_ > 0) {
    if (!unused_.Wait(mutex_).ok()) return;
  }
}

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_NATS_CONNECTION_LINK_H_
