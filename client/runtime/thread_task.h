// The tasks of ThreadRuntime: one thread each.

#ifndef WINDTUNNEL_CLIENT_RUNTIME_THREAD_TASK_H_
#define WINDTUNNEL_CLIENT_RUNTIME_THREAD_TASK_H_

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "windtunnel/runtime.h"

namespace windtunnel::internal {

// Shared by the Task that joins and the thread that runs: either may end first.
class ThreadTask final : public TaskBackend {
 public:
  static std::shared_ptr<ThreadTask> Start(std::string name,
                                           absl::AnyInvocable<void()> body);
  ~ThreadTask() override;

  const std::string& name() const override { return name_; }
  bool done() const override;
  absl::Status Join(absl::Time deadline) override;

 private:
  explicit ThreadTask(std::string name) : name_(std::move(name)) {}
  void Run(absl::AnyInvocable<void()> body);

  const std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::thread thread_;
  bool done_ = false;
  std::exception_ptr exception_;  // Until somebody joined.
  absl::Status start_status_;     // Why the body never ran.
};

}  // namespace windtunnel::internal

#endif  // WINDTUNNEL_CLIENT_RUNTIME_THREAD_TASK_H_
