#include <unistd.h>

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "client/runtime/thread_sync.h"
#include "client/runtime/thread_task.h"
#include "windtunnel/client.h"

namespace windtunnel {

ThreadRuntime::ThreadRuntime() = default;
ThreadRuntime::~ThreadRuntime() = default;

absl::Time ThreadRuntime::Now() const { return absl::Now(); }

Task ThreadRuntime::Spawn(std::string name, absl::AnyInvocable<void()> body) {
  return Task(internal::ThreadTask::Start(std::move(name), std::move(body)));
}

absl::Status ThreadRuntime::SleepUntil(absl::Time deadline) {
  if (deadline <= absl::Now()) {
    std::this_thread::yield();
    return absl::OkStatus();
  }
  std::optional<std::chrono::steady_clock::time_point> until;
  while (!(until = internal::MonotonicDeadline(deadline)).has_value()) {
    std::this_thread::sleep_for(std::chrono::hours(24));
  }
  std::this_thread::sleep_until(*until);
  return absl::OkStatus();
}

absl::Status ThreadRuntime::CheckCaller() const { return absl::OkStatus(); }

std::uint64_t ThreadRuntime::DrawRandom() {
  std::uint64_t number = 0;
  // Cannot fail for so few bytes once the system is up.
  while (getentropy(&number, sizeof(number)) != 0) std::this_thread::yield();
  return number;
}

std::unique_ptr<internal::MutexBackend> ThreadRuntime::NewMutex() {
  return std::make_unique<internal::ThreadMutex>();
}

std::unique_ptr<internal::ConditionBackend> ThreadRuntime::NewCondition() {
  return std::make_unique<internal::ThreadCondition>();
}

}  // namespace windtunnel
