#include "simulator/runtime/scheduler.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/runtime/simulation_fixture.h"
#include "windtunnel/sync.h"

namespace windtunnel::simulation {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Scheduler, ReadyTasksRunInTheOrderOfSpawning) {
  Simulation simulation;
  std::vector<int> order;

  std::vector<Task> tasks;
  for (int i = 0; i < 5; ++i) {
    tasks.push_back(simulation.runtime().Spawn(
        absl::StrCat("task ", i), [&order, i] { order.push_back(i); }));
  }
  EXPECT_THAT(order, IsEmpty());
  for (Task& task : tasks) EXPECT_TRUE(task.Join().ok());

  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3, 4));
}

TEST(Scheduler, SleepersWakeInTheOrderOfTimeThenOfArrival) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  std::vector<std::string> order;
  const auto sleeper = [&](std::string name, int seconds) {
    return runtime.Spawn(name, [&order, &runtime, name, seconds] {
      EXPECT_TRUE(runtime.SleepFor(absl::Seconds(seconds)).ok());
      order.push_back(name);
    });
  };

  Task late = sleeper("late", 3);
  Task early = sleeper("early", 1);
  Task also_late = sleeper("also late", 3);
  EXPECT_TRUE(runtime.SleepFor(absl::Seconds(3)).ok());
  EXPECT_TRUE(also_late.Join().ok());

  EXPECT_THAT(order, ElementsAre("early", "late", "also late"));
  EXPECT_EQ(simulation.elapsed(), absl::Seconds(3));
}

TEST(Scheduler, TimeJumpsToTheNextEventAndStandsStillMeanwhile) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  std::vector<absl::Duration> seen;
  Task worker = runtime.Spawn("worker", [&] {
    for (int i = 0; i < 3; ++i) {
      runtime.SleepFor(absl::Hours(1)).IgnoreError();
      seen.push_back(simulation.elapsed());
    }
  });

  EXPECT_TRUE(worker.Join().ok());

  EXPECT_THAT(seen, ElementsAre(absl::Hours(1), absl::Hours(2), absl::Hours(3)));
}

TEST(Scheduler, SleepingForNothingLetsOthersRunOnce) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  std::vector<std::string> order;
  Task other = runtime.Spawn("other", [&] {
    order.push_back("other 1");
    runtime.SleepFor(absl::ZeroDuration()).IgnoreError();
    order.push_back("other 2");
  });

  runtime.SleepFor(absl::ZeroDuration()).IgnoreError();
  order.push_back("root");
  EXPECT_TRUE(other.Join().ok());

  EXPECT_THAT(order, ElementsAre("other 1", "root", "other 2"));
  EXPECT_EQ(simulation.elapsed(), absl::ZeroDuration());
}

TEST(Scheduler, TenThousandTasksWaitAtTheSameTime) {
  Simulation simulation({.stack_size = 16 * 1024});
  SimulatedRuntime& runtime = simulation.runtime();
  int ended = 0;
  std::vector<Task> tasks;

  for (int i = 0; i < 10'000; ++i) {
    tasks.push_back(runtime.Spawn("worker", [&] {
      runtime.SleepFor(absl::Seconds(1)).IgnoreError();
      ++ended;
    }));
  }
  runtime.SleepFor(absl::Milliseconds(500)).IgnoreError();
  EXPECT_EQ(ended, 0);
  for (Task& task : tasks) EXPECT_TRUE(task.Join().ok());

  EXPECT_EQ(ended, 10'000);
}

TEST(Scheduler, ExceptionsStayWithTheirTaskAcrossWaitsInsideCatch) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  std::vector<std::string> caught;
  const auto body = [&](std::string text, int first, int second) {
    return [&runtime, &caught, text, first, second] {
      try {
        throw std::runtime_error(text);
      } catch (const std::runtime_error&) {
        runtime.SleepFor(absl::Seconds(first)).IgnoreError();
        try {
          throw;
        } catch (const std::runtime_error& again) {
          runtime.SleepFor(absl::Seconds(second)).IgnoreError();
          caught.push_back(absl::StrCat(text, "=", again.what()));
        }
      }
      EXPECT_EQ(std::current_exception(), nullptr);
    };
  };

  Task a = runtime.Spawn("a", body("a", 1, 5));
  Task b = runtime.Spawn("b", body("b", 2, 1));
  EXPECT_TRUE(a.Join().ok());
  EXPECT_TRUE(b.Join().ok());

  EXPECT_THAT(caught, ElementsAre("b=b", "a=a"));
}

TEST(Scheduler, AnExceptionThatLeavesATaskIsThrownOnceAtJoin) {
  Simulation simulation;
  Task task = simulation.runtime().Spawn(
      "thrower", [] { throw std::runtime_error("lost"); });

  EXPECT_THROW(task.Join().IgnoreError(), std::runtime_error);
  EXPECT_TRUE(task.Join().ok());
}

TEST(Scheduler, AnExceptionNobodyWaitsForIsThrownFromTheRootsNextSleep) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Task task =
      runtime.Spawn("thrower", [] { throw std::runtime_error("lost"); });

  EXPECT_THROW(runtime.SleepFor(absl::Seconds(1)).IgnoreError(),
               std::runtime_error);
  EXPECT_TRUE(task.Join().ok());
}

TEST(Scheduler, ADeadlockNamesEachTaskAndWhatItWaitsForSinceWhen) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Notification never(runtime);
  absl::Status waited;
  Task reader = runtime.Spawn("reader", [&] {
    runtime.SleepFor(absl::Seconds(90)).IgnoreError();
    waited = never.Wait();
  });

  EXPECT_TRUE(reader.Join().ok());

  EXPECT_TRUE(absl::IsCancelled(waited));
  EXPECT_THAT(
      simulation.failures(),
      ElementsAre(AllOf(
          HasSubstr("deadlock: nothing can ever run again at t=+1m30s"),
          HasSubstr("\"root\" waits for the end of the task \"reader\" since "
                    "t=+0"),
          HasSubstr("\"reader\" waits for a notification since t=+1m30s"))));
}

TEST(Scheduler, TwoLocksTakenInOppositeOrderAreADeadlockNamingTheHolders) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Mutex first(runtime), second(runtime);
  Task a = runtime.Spawn("a", [&] {
    MutexLock lock(first);
    runtime.SleepFor(absl::Seconds(1)).IgnoreError();
    MutexLock inner(second);
  });
  Task b = runtime.Spawn("b", [&] {
    MutexLock lock(second);
    runtime.SleepFor(absl::Seconds(1)).IgnoreError();
    MutexLock inner(first);
  });

  a.Join().IgnoreError();
  b.Join().IgnoreError();

  EXPECT_THAT(simulation.failures(),
              ElementsAre(AllOf(
                  HasSubstr("\"a\" waits for a lock held by \"b\" since t=+1s"),
                  HasSubstr("\"b\" waits for a lock held by \"a\""))));
}

TEST(Scheduler, ATaskThatCallsForEverWithoutWaitingIsALivelock) {
  Simulation simulation({.livelock_limit = 1'000});
  SimulatedRuntime& runtime = simulation.runtime();
  Task spinner = runtime.Spawn("spinner", [&] {
    while (simulation.failures().empty()) runtime.Now();
  });

  EXPECT_TRUE(spinner.Join().ok());

  EXPECT_THAT(simulation.failures(),
              ElementsAre(HasSubstr("livelock: the task \"spinner\" made 1000 "
                                    "calls without waiting")));
}

TEST(Scheduler, TasksThatWakeEachOtherForEverAreALivelock) {
  Simulation simulation({.livelock_limit = 1'000});
  SimulatedRuntime& runtime = simulation.runtime();
  const auto body = [&] {
    while (runtime.SleepFor(absl::ZeroDuration()).ok()) {
    }
  };
  Task a = runtime.Spawn("a", body);
  Task b = runtime.Spawn("b", body);

  EXPECT_TRUE(a.Join().ok());
  EXPECT_TRUE(b.Join().ok());

  EXPECT_THAT(simulation.failures(),
              ElementsAre(HasSubstr("livelock: tasks wake each other")));
}

TEST(Scheduler, RunUntilReturnsWhenItHoldsAndNotLater) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  int ticks = 0;
  Task ticker = runtime.Spawn("ticker", [&] {
    while (runtime.SleepFor(absl::Seconds(1)).ok()) ++ticks;
  });

  EXPECT_TRUE(
      simulation.scheduler().RunUntil([&] { return ticks == 3; }, kNever));
  EXPECT_EQ(simulation.elapsed(), absl::Seconds(3));
  EXPECT_FALSE(simulation.scheduler().RunUntil(
      [] { return false; }, ToNanos(absl::Seconds(10))));
  EXPECT_EQ(simulation.elapsed(), absl::Seconds(10));
  EXPECT_EQ(ticks, 10);
  simulation.End();
}

TEST(Scheduler, RunUntilIdleDoesNotMoveTime) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  int steps = 0;
  Task worker = runtime.Spawn("worker", [&] {
    for (; steps < 5; ++steps) {
      runtime.SleepFor(absl::ZeroDuration()).IgnoreError();
    }
    runtime.SleepFor(absl::Seconds(1)).IgnoreError();
    ++steps;
  });

  simulation.scheduler().RunUntilIdle();

  EXPECT_EQ(steps, 5);
  EXPECT_EQ(simulation.elapsed(), absl::ZeroDuration());
  EXPECT_TRUE(worker.Join().ok());
}

TEST(Scheduler, AtTheEndWaitsAreCancelledAndTasksRunUntilTheyEnd) {
  std::vector<std::string> ended;
  std::optional<Task> task;
  {
    Simulation simulation;
    SimulatedRuntime& runtime = simulation.runtime();
    task = runtime.Spawn("worker", [&] {
      absl::Status status = runtime.SleepFor(absl::InfiniteDuration());
      ended.push_back(std::string(status.message()));
      EXPECT_TRUE(absl::IsCancelled(runtime.SleepFor(absl::Seconds(1))));
      ended.push_back("really");
    });
    simulation.scheduler().RunUntilIdle();
    simulation.End();
    EXPECT_THAT(simulation.failures(), IsEmpty());
  }

  EXPECT_THAT(ended, ElementsAre("the simulation ended", "really"));
  EXPECT_TRUE(task->Join().ok());
}

TEST(Scheduler, ATaskThatDoesNotEndIsNamedAndLeft) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Task stubborn = runtime.Spawn("stubborn", [&] {
    for (;;) runtime.SleepFor(absl::Seconds(1)).IgnoreError();
  });
  runtime.SleepFor(absl::Seconds(5)).IgnoreError();

  simulation.End();

  EXPECT_THAT(simulation.failures(),
              ElementsAre(HasSubstr("the task \"stubborn\" goes on")));
  EXPECT_TRUE(absl::IsCancelled(stubborn.Join()));
}

// Each frame is larger than the compiler could fold away.
int Recurse(int depth) {
  volatile char frame[1024];
  frame[depth % 1024] = static_cast<char>(depth);
  return depth == 0 ? 0 : Recurse(depth - 1) + frame[depth % 1024];
}

TEST(SchedulerDeathTest, AStackOverflowIsDiagnosedByTheNameOfTheTask) {
  EXPECT_DEATH(
      {
        Simulation simulation;
        Task task = simulation.runtime().Spawn("deep", [] {
          volatile int depth = 100'000'000;
          Recurse(depth);
        });
        task.Join().IgnoreError();
      },
      "the task \"deep\" overflowed its stack");
}

TEST(SchedulerDeathTest, WithoutAHookAFailureAbortsWithTheText) {
  EXPECT_DEATH(
      {
        Scheduler scheduler({});
        scheduler.Wait({.what = "nothing"}, kNever, nullptr);
      },
      "deadlock: nothing can ever run again");
}

}  // namespace
}  // namespace windtunnel::simulation
