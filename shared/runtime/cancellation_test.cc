#include "windtunnel/cancellation.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "windtunnel/sync.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel {
namespace {

// A runtime of one task. Whatever should happen during a wait is a hook.
class OneTaskRuntime : public Runtime {
 public:
  absl::Time Now() const override { return now; }
  Task Spawn(std::string, absl::AnyInvocable<void()>) override { return {}; }
  absl::Status SleepUntil(absl::Time deadline) override {
    now = std::max(now, deadline);
    return absl::OkStatus();
  }
  absl::Status CheckCaller() const override { return absl::OkStatus(); }
  std::uint64_t DrawRandom() override { return 0; }
  std::unique_ptr<internal::MutexBackend> NewMutex() override {
    return std::make_unique<FakeMutex>();
  }
  std::unique_ptr<internal::ConditionBackend> NewCondition() override {
    return std::make_unique<FakeCondition>(*this);
  }

  absl::Time now = absl::UnixEpoch();
  std::function<void()> during_wait = [] {};
  int waits = 0;

 private:
  class FakeMutex : public internal::MutexBackend {
   public:
    void Lock() override {
      EXPECT_FALSE(locked_) << "a lock was taken twice";
      locked_ = true;
    }
    bool TryLock() override { return !std::exchange(locked_, true); }
    void Unlock() override { locked_ = false; }

   private:
    bool locked_ = false;
  };

  class FakeCondition : public internal::ConditionBackend {
   public:
    explicit FakeCondition(OneTaskRuntime& runtime) : runtime_(runtime) {}
    absl::Status WaitUntil(internal::MutexBackend& mutex, absl::Time deadline,
                           const std::atomic<bool>* cancelled) override {
      ++runtime_.waits;
      notified_ = false;
      mutex.Unlock();
      runtime_.during_wait();
      mutex.Lock();
      if (notified_ && cancelled != nullptr && *cancelled) {
        return absl::CancelledError("cancelled");
      }
      if (notified_) return absl::OkStatus();
      runtime_.now = deadline;
      return absl::DeadlineExceededError("late");
    }
    void NotifyOne() override { notified_ = true; }
    void NotifyAll() override { notified_ = true; }

   private:
    OneTaskRuntime& runtime_;
    bool notified_ = false;
  };
};

class CancellationTest : public testing::Test {
 protected:
  OneTaskRuntime runtime_;
  CancellationSource source_{runtime_};
};

TEST_F(CancellationTest, TokensSeeTheirSource) {
  const CancellationToken token = source_.token();
  EXPECT_TRUE(token.can_be_cancelled());
  EXPECT_FALSE(token.cancelled());
  source_.Cancel();
  source_.Cancel();
  EXPECT_TRUE(token.cancelled());
  EXPECT_FALSE(CancellationToken().cancelled());
  EXPECT_FALSE(CancellationToken().can_be_cancelled());
}

TEST_F(CancellationTest, CancelWakesAWait) {
  runtime_.during_wait = [&] { source_.Cancel(); };
  Notification never(runtime_);
  EXPECT_THAT(never.WaitUntil(absl::InfiniteFuture(), source_.token()),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(CancellationTest, NothingWaitsOnACancelledToken) {
  source_.Cancel();
  Notification never(runtime_);
  EXPECT_THAT(never.WaitUntil(absl::InfiniteFuture(), source_.token()),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(runtime_.SleepFor(absl::Seconds(1), source_.token()),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(runtime_.waits, 0);
}

TEST_F(CancellationTest, CancelAfterTheWaitTouchesNobody) {
  {
    Notification gone(runtime_);
    EXPECT_THAT(gone.WaitUntil(absl::UnixEpoch(), source_.token()),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  }
  source_.Cancel();
}

TEST_F(CancellationTest, SleepEndsEarlyOrInTime) {
  EXPECT_THAT(runtime_.SleepFor(absl::Seconds(1), source_.token()), IsOk());
  EXPECT_EQ(runtime_.now, absl::UnixEpoch() + absl::Seconds(1));
  runtime_.during_wait = [&] { source_.Cancel(); };
  EXPECT_THAT(runtime_.SleepFor(absl::Seconds(1), source_.token()),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(runtime_.now, absl::UnixEpoch() + absl::Seconds(1));
}

TEST_F(CancellationTest, NotificationBeatsTheDeadline) {
  Notification notification(runtime_);
  runtime_.during_wait = [&] { notification.Notify(); };
  EXPECT_THAT(notification.WaitFor(absl::Seconds(1)), IsOk());
  EXPECT_TRUE(notification.HasBeenNotified());
  EXPECT_THAT(notification.Wait(), IsOk());
}

}  // namespace
}  // namespace windtunnel
