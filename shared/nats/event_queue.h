// EventQueue: carries connection events to the user's handler, in a task of its
// own that is started with the first handler.

#ifndef WINDTUNNEL_SHARED_NATS_EVENT_QUEUE_H_
#define WINDTUNNEL_SHARED_NATS_EVENT_QUEUE_H_

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "shared/runtime/serial_task.h"
#include "windtunnel/connection.h"
#include "windtunnel/runtime.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

// Threads: any. Lifetime: shared by the connection, its subscriptions and the
// task, so that a late report finds it.
class EventQueue : public std::enable_shared_from_this<EventQueue> {
 public:
  EventQueue(Runtime& runtime, absl::string_view connection_name);

  void SetHandler(ConnectionEventHandler handler);
  // Only enqueues. Dropped while there is no handler.
  void Post(ConnectionEvent event, absl::string_view text);
  // The task ends when it has handled what was posted before.
  void End();
  // Waits for the task, unless called from it.
  void Join();

 private:
  void Run();

  const std::string connection_name_;
  Mutex mutex_;
  Condition changed_;
  // Shared with the call under way, which may replace the handler.
  std::shared_ptr<ConnectionEventHandler> handler_;
  std::deque<std::pair<ConnectionEvent, std::string>> events_;
  bool started_ = false;
  bool ended_ = false;
  SerialTask task_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_NATS_EVENT_QUEUE_H_
