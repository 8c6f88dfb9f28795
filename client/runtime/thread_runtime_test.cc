#include <atomic>
#include <memory>
#include <stdexcept>
#include <vector>

#include "gtest/gtest.h"
#include "windtunnel/cancellation.h"
#include "windtunnel/channel.h"
#include "windtunnel/client.h"
#include "windtunnel/sync.h"

namespace windtunnel {
namespace {

class ThreadRuntimeTest : public testing::Test {
 protected:
  ThreadRuntime runtime_;
};

TEST_F(ThreadRuntimeTest, TaskHasRunWhenJoinReturns) {
  bool ran = false;
  Task task = runtime_.Spawn("worker", [&] { ran = true; });

  EXPECT_EQ(task.name(), "worker");
  EXPECT_EQ(task.Join(), absl::OkStatus());
  EXPECT_TRUE(ran);
  EXPECT_FALSE(task.joinable());
}

TEST_F(ThreadRuntimeTest, DestroyingATaskJoinsIt) {
  bool ran = false;
  {
    Task task = runtime_.Spawn("worker", [&] { ran = true; });
  }

  EXPECT_TRUE(ran);
}

TEST_F(ThreadRuntimeTest, ExceptionOfABodyIsThrownAtJoinOnce) {
  Task task =
      runtime_.Spawn("thrower", [] { throw std::runtime_error("thrown"); });

  EXPECT_THROW(task.Join().IgnoreError(), std::runtime_error);
  EXPECT_EQ(task.Join(), absl::OkStatus());
}

TEST_F(ThreadRuntimeTest, JoinUntilGivesUpAndCanBeCalledAgain) {
  Notification go(runtime_);
  Task task = runtime_.Spawn("waiter", [&] { go.Wait().IgnoreError(); });

  EXPECT_EQ(task.JoinUntil(runtime_.Now() + absl::Milliseconds(5)).code(),
            absl::StatusCode::kDeadlineExceeded);
  go.Notify();
  EXPECT_EQ(task.Join(), absl::OkStatus());
}

TEST_F(ThreadRuntimeTest, TaskCannotJoinItself) {
  Task task;
  Notification assigned(runtime_);
  Notification tried(runtime_);
  absl::Status inside;
  task = runtime_.Spawn("self", [&] {
    assigned.Wait().IgnoreError();
    inside = task.Join();
    tried.Notify();
  });
  assigned.Notify();
  tried.Wait().IgnoreError();

  EXPECT_EQ(inside.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(task.Join(), absl::OkStatus());
}

TEST_F(ThreadRuntimeTest, SleepTakesAtLeastItsDuration) {
  const absl::Time start = runtime_.Now();

  EXPECT_EQ(runtime_.SleepFor(absl::Milliseconds(20)), absl::OkStatus());

  EXPECT_GE(runtime_.Now() - start, absl::Milliseconds(19));
}

TEST_F(ThreadRuntimeTest, SleepOfNothingReturnsAtOnce) {
  EXPECT_EQ(runtime_.SleepFor(absl::ZeroDuration()), absl::OkStatus());
  EXPECT_EQ(runtime_.SleepUntil(absl::InfinitePast()), absl::OkStatus());
}

TEST_F(ThreadRuntimeTest, CancelledTokenEndsALongSleep) {
  CancellationSource source(runtime_);
  Task sleeper = runtime_.Spawn("sleeper", [&] {
    EXPECT_EQ(
        runtime_.SleepFor(absl::InfiniteDuration(), source.token()).code(),
        absl::StatusCode::kCancelled);
  });
  source.Cancel();

  EXPECT_EQ(sleeper.Join(), absl::OkStatus());
}

// The cancellation may come at any moment of the wait's beginning; a missed one
// would hang this test.
TEST_F(ThreadRuntimeTest, CancellationIsNeverMissed) {
  for (int round = 0; round < 500; ++round) {
    CancellationSource source(runtime_);
    Mutex mutex(runtime_);
    Condition never(runtime_);
    Task waiter = runtime_.Spawn("waiter", [&] {
      MutexLock lock(mutex);
      absl::Status status;
      while (status.ok()) {
        status = never.WaitUntil(mutex, absl::InfiniteFuture(), source.token());
      }
      EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
    });
    source.Cancel();
    ASSERT_EQ(waiter.Join(), absl::OkStatus());
  }
}

TEST_F(ThreadRuntimeTest, NotificationIsNeverMissed) {
  for (int round = 0; round < 500; ++round) {
    auto notification = std::make_unique<Notification>(runtime_);
    Task notifier = runtime_.Spawn("notifier", [&] { notification->Notify(); });
    ASSERT_EQ(notification->Wait(), absl::OkStatus());
    ASSERT_EQ(notifier.Join(), absl::OkStatus());
  }
}

TEST_F(ThreadRuntimeTest, WaitEndsAtItsDeadline) {
  Mutex mutex(runtime_);
  Condition never(runtime_);
  MutexLock lock(mutex);
  const absl::Time start = runtime_.Now();

  absl::Status status;
  while (status.ok()) {
    status = never.WaitUntil(mutex, start + absl::Milliseconds(10));
  }

  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(runtime_.Now() - start, absl::Milliseconds(9));
}

TEST_F(ThreadRuntimeTest, WaitAfterCancellationReturnsAtOnce) {
  CancellationSource source(runtime_);
  source.Cancel();
  Mutex mutex(runtime_);
  Condition never(runtime_);
  MutexLock lock(mutex);

  EXPECT_EQ(
      never.WaitUntil(mutex, absl::InfiniteFuture(), source.token()).code(),
      absl::StatusCode::kCancelled);
}

TEST_F(ThreadRuntimeTest, MutexKeepsTasksApart) {
  Mutex mutex(runtime_);
  int count = 0;
  std::vector<Task> tasks;
  for (int i = 0; i < 4; ++i) {
    tasks.push_back(runtime_.Spawn("counter", [&] {
      for (int j = 0; j < 1'000; ++j) {
        MutexLock lock(mutex);
        ++count;
      }
    }));
  }
  tasks.clear();

  EXPECT_EQ(count, 4'000);
}

TEST_F(ThreadRuntimeTest, TryLockFailsWhileAnotherTaskHoldsTheMutex) {
  Mutex mutex(runtime_);
  MutexLock lock(mutex);
  bool taken = true;
  runtime_.Spawn("other", [&] { taken = mutex.TryLock(); })
      .Join()
      .IgnoreError();

  EXPECT_FALSE(taken);
}

TEST_F(ThreadRuntimeTest, ChannelCarriesEverythingBetweenTasks) {
  Channel<int> channel(runtime_, 3);
  Task sender = runtime_.Spawn("sender", [&] {
    for (int i = 0; i < 1'000; ++i) channel.Send(i).IgnoreError();
    channel.Close();
  });

  int expected = 0;
  for (auto value = channel.Receive(); value.ok(); value = channel.Receive()) {
    EXPECT_EQ(*value, expected++);
  }
  EXPECT_EQ(expected, 1'000);
}

TEST_F(ThreadRuntimeTest, RandomNumbersDiffer) {
  EXPECT_NE(runtime_.DrawRandom(), runtime_.DrawRandom());
}

}  // namespace
}  // namespace windtunnel
