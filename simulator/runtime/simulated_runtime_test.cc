#include "simulator/runtime/simulated_runtime.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/runtime/simulation_fixture.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/channel.h"
#include "windtunnel/errors.h"
#include "windtunnel/future.h"
#include "windtunnel/sync.h"

namespace windtunnel::simulation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SimulatedRuntime, AMutexGoesToWaitersInTheOrderOfArrival) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Mutex mutex(runtime);
  std::vector<int> order;
  std::vector<Task> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(runtime.Spawn(absl::StrCat(i), [&, i] {
      for (int turn = 0; turn < 2; ++turn) {
        MutexLock lock(mutex);
        runtime.SleepFor(absl::Seconds(1)).IgnoreError();
        order.push_back(i);
      }
    }));
  }

  for (Task& task : tasks) EXPECT_TRUE(task.Join().ok());

  EXPECT_THAT(order, ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST(SimulatedRuntime, TryLockFailsWhileAnotherTaskHoldsTheMutex) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Mutex mutex(runtime);
  Task holder = runtime.Spawn("holder", [&] {
    MutexLock lock(mutex);
    runtime.SleepFor(absl::Seconds(1)).IgnoreError();
  });
  simulation.scheduler().RunUntilIdle();

  EXPECT_FALSE(mutex.TryLock());
  EXPECT_TRUE(holder.Join().ok());
  EXPECT_TRUE(mutex.TryLock());
  mutex.Unlock();
}

TEST(SimulatedRuntime, NotifyOneWakesTheOneThatWaitedLongest) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Mutex mutex(runtime);
  Condition changed(runtime);
  std::vector<int> woken;
  std::vector<Task> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(runtime.Spawn(absl::StrCat(i), [&, i] {
      MutexLock lock(mutex);
      EXPECT_TRUE(changed.Wait(mutex).ok());
      woken.push_back(i);
    }));
  }
  simulation.scheduler().RunUntilIdle();

  changed.NotifyOne();
  simulation.scheduler().RunUntilIdle();
  EXPECT_THAT(woken, ElementsAre(0));
  changed.NotifyAll();
  simulation.scheduler().RunUntilIdle();
  EXPECT_THAT(woken, ElementsAre(0, 1, 2));
}

TEST(SimulatedRuntime, AConditionGivesUpExactlyAtTheDeadline) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Mutex mutex(runtime);
  Condition never(runtime);

  MutexLock lock(mutex);
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      never.WaitFor(mutex, absl::Milliseconds(1500))));
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      never.WaitUntil(mutex, absl::InfinitePast())));

  EXPECT_EQ(simulation.elapsed(), absl::Milliseconds(1500));
}

TEST(SimulatedRuntime, ANotificationWakesAllAndStaysSet) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Notification notification(runtime);
  Task notifier = runtime.Spawn("notifier", [&] {
    runtime.SleepFor(absl::Seconds(2)).IgnoreError();
    notification.Notify();
  });

  EXPECT_TRUE(absl::IsDeadlineExceeded(notification.WaitFor(absl::Seconds(1))));
  EXPECT_FALSE(notification.HasBeenNotified());
  EXPECT_TRUE(notification.Wait().ok());
  EXPECT_TRUE(notification.Wait().ok());
  EXPECT_EQ(simulation.elapsed(), absl::Seconds(2));
}

TEST(SimulatedRuntime, AChannelBlocksWhenFullAndWhenEmpty) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Channel<int> channel(runtime, 2);
  std::vector<int> received;
  Task sender = runtime.Spawn("sender", [&] {
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(channel.Send(i).ok());
    channel.Close();
  });
  simulation.scheduler().RunUntilIdle();
  EXPECT_EQ(channel.size(), 2u);

  for (;;) {
    absl::StatusOr<int> value = channel.Receive();
    if (!value.ok()) {
      EXPECT_TRUE(absl::IsOutOfRange(value.status()));
      break;
    }
    received.push_back(*value);
  }

  EXPECT_THAT(received, ElementsAre(0, 1, 2, 3, 4));
}

TEST(SimulatedRuntime, CancellingEndsWaitsThatWereGivenTheToken) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  CancellationSource source(runtime);
  absl::Status slept;
  Task sleeper = runtime.Spawn("sleeper", [&, token = source.token()] {
    slept = runtime.SleepFor(absl::Hours(1), token);
  });
  runtime.SleepFor(absl::Seconds(1)).IgnoreError();

  source.Cancel();
  EXPECT_TRUE(sleeper.Join().ok());

  EXPECT_TRUE(absl::IsCancelled(slept));
  EXPECT_EQ(simulation.elapsed(), absl::Seconds(1));
}

TEST(SimulatedRuntime, AFutureGivesWhatThePromiseWasSetTo) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Promise<int> promise(runtime);
  Future<int> future = promise.future();
  Task setter = runtime.Spawn("setter", [&] {
    runtime.SleepFor(absl::Seconds(1)).IgnoreError();
    promise.Set(42);
  });

  EXPECT_FALSE(future.ready());
  EXPECT_TRUE(absl::IsDeadlineExceeded(future.Get(runtime.Now()).status()));
  EXPECT_EQ(future.Get().value(), 42);
  EXPECT_TRUE(future.ready());
}

TEST(SimulatedRuntime, AThreadThatIsNoTaskIsRefused) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Mutex mutex(runtime);
  Condition changed(runtime);
  std::vector<absl::Status> refused;
  bool ran = false;

  std::thread thread([&] {
    refused.push_back(runtime.CheckCaller());
    refused.push_back(runtime.SleepFor(absl::Seconds(1)));
    refused.push_back(runtime.Spawn("x", [&] { ran = true; }).Join());
    MutexLock lock(mutex);
    refused.push_back(changed.Wait(mutex));
  });
  thread.join();
  simulation.scheduler().RunUntilIdle();

  for (const absl::Status& status : refused) {
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    EXPECT_EQ(GetErrorKind(status), ErrorKind::kNotATask);
  }
  EXPECT_EQ(refused.size(), 4u);
  EXPECT_FALSE(ran);
  EXPECT_TRUE(runtime.CheckCaller().ok());
}

TEST(SimulatedRuntime, ATaskCannotJoinItself) {
  Simulation simulation;
  SimulatedRuntime& runtime = simulation.runtime();
  Task task;
  absl::Status joined;

  task = runtime.Spawn("self", [&] { joined = task.JoinUntil(absl::InfinitePast()); });
  simulation.scheduler().RunUntilIdle();

  EXPECT_TRUE(absl::IsFailedPrecondition(joined)) << joined;
  EXPECT_TRUE(task.Join().ok());
}

TEST(SimulatedRuntime, ASimulationInsideATaskOfAnotherRunsOnItsOwn) {
  Simulation outer;
  absl::Duration inner_elapsed;
  Task task = outer.runtime().Spawn("outer task", [&] {
    Simulation inner;
    Task sleeper = inner.runtime().Spawn("inner task", [&] {
      inner.runtime().SleepFor(absl::Hours(1)).IgnoreError();
    });
    outer.runtime().SleepFor(absl::Seconds(1)).IgnoreError();
    EXPECT_TRUE(sleeper.Join().ok());
    inner_elapsed = inner.elapsed();
  });
  Task other = outer.runtime().Spawn("other", [&] {
    outer.runtime().SleepFor(absl::Seconds(2)).IgnoreError();
  });

  EXPECT_TRUE(task.Join().ok());
  EXPECT_TRUE(other.Join().ok());

  EXPECT_EQ(inner_elapsed, absl::Hours(1));
  EXPECT_EQ(outer.elapsed(), absl::Seconds(2));
}

TEST(SimulatedRuntime, SimulationsOnManyThreadsShareNothing) {
  std::vector<std::thread> threads;
  std::vector<absl::Duration> elapsed(8);
  for (std::size_t i = 0; i < elapsed.size(); ++i) {
    threads.emplace_back([&elapsed, i] {
      Simulation simulation;
      SimulatedRuntime& runtime = simulation.runtime();
      Channel<int> channel(runtime, 1);
      Task sender = runtime.Spawn("sender", [&] {
        for (int n = 0; n < 100; ++n) {
          runtime.SleepFor(absl::Seconds(i + 1)).IgnoreError();
          channel.Send(n).IgnoreError();
        }
      });
      for (int n = 0; n < 100; ++n) EXPECT_EQ(channel.Receive().value(), n);
      EXPECT_TRUE(sender.Join().ok());
      EXPECT_THAT(simulation.failures(), IsEmpty());
      elapsed[i] = simulation.elapsed();
    });
  }
  for (std::thread& thread : threads) thread.join();

  for (std::size_t i = 0; i < elapsed.size(); ++i) {
    EXPECT_EQ(elapsed[i], absl::Seconds(100 * (i + 1)));
  }
}

}  // namespace
}  // namespace windtunnel::simulation
