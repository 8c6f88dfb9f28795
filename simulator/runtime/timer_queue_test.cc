#include "simulator/runtime/timer_queue.h"

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/runtime/random.h"

namespace windtunnel::simulation {
namespace {

using testing::ElementsAre;

class NumberedTimer final : public Timer {
 public:
  explicit NumberedTimer(int number) : number(number) {}
  const int number;

 private:
  void OnDue() override {}
};

std::vector<int> PopAll(TimerQueue& queue) {
  std::vector<int> numbers;
  while (!queue.empty()) {
    numbers.push_back(static_cast<NumberedTimer&>(queue.Pop()).number);
  }
  return numbers;
}

TEST(TimerQueue, EarliestComesFirstAndArrivalDecidesAmongEqual) {
  TimerQueue queue;
  NumberedTimer a(1), b(2), c(3), d(4);

  queue.Arm(a, 20);
  queue.Arm(b, 10);
  queue.Arm(c, 20);
  queue.Arm(d, 10);

  EXPECT_EQ(queue.next_due(), 10);
  EXPECT_THAT(PopAll(queue), ElementsAre(2, 4, 1, 3));
  EXPECT_EQ(queue.next_due(), kNever);
}

TEST(TimerQueue, ADisarmedTimerNeverComes) {
  TimerQueue queue;
  NumberedTimer a(1), b(2);
  queue.Arm(a, 10);
  queue.Arm(b, 20);

  queue.Disarm(a);

  EXPECT_FALSE(a.armed());
  EXPECT_THAT(PopAll(queue), ElementsAre(2));
}

TEST(TimerQueue, StaysInOrderWhenTimersAreArmedAnewAndDisarmed) {
  Random random(3);
  TimerQueue queue;
  std::vector<std::unique_ptr<NumberedTimer>> timers;
  for (int i = 0; i < 200; ++i) {
    timers.push_back(std::make_unique<NumberedTimer>(i));
  }

  for (int i = 0; i < 5'000; ++i) {
    NumberedTimer& timer = *timers[random.Draw("timer", timers.size())];
    if (random.Draw("disarm", 3) == 0) {
      queue.Disarm(timer);
    } else {
      queue.Arm(timer, static_cast<Nanos>(random.Draw("due", 50)));
    }
  }

  Nanos last = 0;
  while (!queue.empty()) {
    const Nanos due = queue.next_due();
    EXPECT_GE(due, last);
    EXPECT_EQ(queue.Pop().due(), due);
    last = due;
  }
  for (const auto& timer : timers) EXPECT_FALSE(timer->armed());
}

}  // namespace
}  // namespace windtunnel::simulation
