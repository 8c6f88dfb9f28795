// SerialTask: the task behind a handler. Others may wait for its end, and what
// runs inside it may stop or destroy its owner.

#ifndef WINDTUNNEL_SHARED_RUNTIME_SERIAL_TASK_H_
#define WINDTUNNEL_SHARED_RUNTIME_SERIAL_TASK_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/runtime.h"
#include "windtunnel/sync.h"

namespace windtunnel::internal {

// Threads: any task. Lifetime: the Runtime outlives it. Whoever destroys it from
// outside has told the body to end, and waits for that; destroyed from inside,
// the body runs on by itself.
class SerialTask {
 public:
  explicit SerialTask(Runtime& runtime);
  SerialTask(const SerialTask&) = delete;
  SerialTask& operator=(const SerialTask&) = delete;
  ~SerialTask();

  // Runs `body`, which is destroyed when it has returned. Called at most once.
  void Start(std::string name, absl::AnyInvocable<void()> body);

  // True if called from the body.
  bool Inside();

  // Waits until the body has returned. OK at once if it was never started.
  //
  // Errors: as Condition::WaitUntil().
  absl::Status WaitUntil(absl::Time deadline, const CancellationToken& token);

 private:
  struct State;
  class Body;
  // Shared with the body, which may outlive this object.
  const std::shared_ptr<State> state_;
  Mutex task_mutex_;
  Task task_;
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_SHARED_RUNTIME_SERIAL_TASK_H_
