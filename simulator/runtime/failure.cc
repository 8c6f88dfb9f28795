// What Scheduler does when a run is broken, and when it ends.

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "simulator/runtime/scheduler.h"

namespace windtunnel::simulation {

namespace {

// How many waits of one task are cut short after the end before it is left.
constexpr std::uint64_t kMaxWaitsAfterEnd = 100'000;

std::string DescribeError(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "not a std::exception";
  }
}

std::string Describe(const Fiber& fiber, Nanos start) {
  std::string text = absl::StrCat("  \"", fiber.name, "\" ");
  if (fiber.state == Fiber::State::kWaiting) {
    absl::StrAppend(&text, "waits for ", fiber.waiting_for.what);
    if (fiber.waiting_for.name != nullptr) {
      absl::StrAppend(&text, "\"", *fiber.waiting_for.name, "\"");
    }
    absl::StrAppend(
        &text, " since t=+",
        absl::FormatDuration(absl::Nanoseconds(fiber.waiting_since - start)));
  } else {
    absl::StrAppend(&text, "is ready to run");
  }
  return absl::StrCat(text, "\n");
}

}  // namespace

void Scheduler::Fail(absl::string_view text) {
  if (!options_.on_failure) {
    std::fprintf(stderr, "windtunnel: %.*s\n", static_cast<int>(text.size()),
                 text.data());
    std::abort();
  }
  options_.on_failure(text);
  BeginEnding();
}

void Scheduler::OnNothingToRun() {
  if (ending_) {
    WakeAll(/*uncancellable_too=*/true);
    return;
  }
  Fail(absl::StrCat("deadlock: nothing can ever run again at t=+",
                    absl::FormatDuration(
                        absl::Nanoseconds(now_ - options_.start_time)),
                    "\n", DescribeTasks()));
}

void Scheduler::OnTooManyCalls() {
  calls_ = 0;
  if (ending_) {
    CountWaitAfterEnd(kMaxWaitsAfterEnd);
    return;
  }
  Fail(absl::StrCat("livelock: the task \"", current_->name, "\" made ",
                    options_.livelock_limit,
                    " calls without waiting and without time moving\n"));
}

std::string Scheduler::DescribeTasks() const {
  std::string text;
  if (!root_.ended()) text = Describe(root_, options_.start_time);
  for (const auto& [number, fiber] : fibers_) {
    if (!fiber->ended()) {
      absl::StrAppend(&text, Describe(*fiber, options_.start_time));
    }
  }
  return text;
}

void Scheduler::BeginEnding() {
  if (ending_) return;
  ending_ = true;
  WakeAll(/*uncancellable_too=*/false);
}

void Scheduler::WakeAll(bool uncancellable_too) {
  const auto wake = [&](Fiber& fiber) {
    if (fiber.state == Fiber::State::kWaiting &&
        (uncancellable_too || fiber.waiting_for.cancellable)) {
      Wake(fiber, WakeReason::kCancelled);
    }
  };
  for (const auto& [number, fiber] : fibers_) wake(*fiber);
  wake(root_);
}

void Scheduler::CountWaitAfterEnd(std::uint64_t count) {
  Fiber& self = *current_;
  self.waits_after_end += count;
  if (self.waits_after_end <= kMaxWaitsAfterEnd) return;
  if (!std::exchange(reported_stuck_, true)) {
    std::string text = absl::StrCat(
        "the simulation ended, but the task \"", self.name,
        "\" goes on: its waits return kCancelled and it does not stop\n");
    Fail(text);
  }
  if (&self == &root_) {
    std::fprintf(stderr,
                 "windtunnel: the root task goes on after the simulation "
                 "ended\n");
    std::abort();
  }
  Abandon();
}

void Scheduler::Abandon() {
  Fiber& self = *current_;
  self.state = Fiber::State::kAbandoned;
  auto entry = fibers_.find(self.number);
  abandoned_.push_back(std::move(entry->second));
  fibers_.erase(entry);
  while (Fiber* joiner = self.joiners.first()) {
    Wake(*joiner, WakeReason::kCancelled);
  }
  SwitchAway();
}

void Scheduler::End() {
  if (!OnThisThread() || current_ != &root_) {
    Fail("the simulator was destroyed by a task other than its root\n");
    std::abort();
  }
  BeginEnding();
  while (!fibers_.empty()) {
    if (ready_.empty()) WakeAll(/*uncancellable_too=*/true);
    if (ready_.empty()) break;
    Yield();
  }
  for (const std::shared_ptr<Fiber>& fiber : unclaimed_) {
    if (fiber->error == nullptr) continue;
    const std::string what = DescribeError(std::exchange(fiber->error, nullptr));
    Fail(absl::StrCat("an exception left the task \"", fiber->name,
                      "\" and nobody joined it: ", what, "\n"));
  }
  unclaimed_.clear();
}

void Scheduler::ThrowUnclaimed() {
  if (unclaimed_.empty() || current_ != &root_) return;
  std::vector<std::shared_ptr<Fiber>> unclaimed =
      std::exchange(unclaimed_, {});
  while (!unclaimed.empty()) {
    std::exception_ptr error =
        std::exchange(unclaimed.front()->error, nullptr);
    unclaimed.erase(unclaimed.begin());
    if (error == nullptr) continue;
    unclaimed_ = std::move(unclaimed);
    std::rethrow_exception(error);
  }
}

}  // namespace windtunnel::simulation
