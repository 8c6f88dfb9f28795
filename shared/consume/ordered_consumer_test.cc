#include "windtunnel/ordered_consumer.h"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shared/testing/lossy_jetstream.h"
#include "shared/testing/orders_fixture.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class OrderedConsumerTest : public OrdersTest {
 protected:
  // Reads `count` messages of a lossy stream of ten.
  std::vector<std::uint64_t> Read(int count, LossyJetStream::Loses loses) {
    PublishOrders(10);
    LossyJetStream lossy(connection(), std::move(loses));
    OrderedConsumer ordered(lossy, "ORDERS",
                            {.heartbeat = absl::Milliseconds(100)});
    OrderedConsumeOptions options;
    options.on_error = [&](const absl::Status& status) {
      errors_.push_back(std::string(status.message()));
    };
    std::vector<std::uint64_t> received;
    auto consumption =
        ordered.Consume(std::move(options), [&](Delivery delivery) {
          received.push_back(delivery.stream_sequence());
          if (static_cast<int>(received.size()) == count) enough_ = true;
        });
    EXPECT_EQ(consumption.status(), absl::OkStatus());
    for (int i = 0; i < 100 && !enough_; ++i) {
      world().Advance(absl::Milliseconds(50));
    }
    (*consumption)->Stop();
    resets_ = ordered.resets();
    return received;
  }

  bool enough_ = false;
  std::uint64_t resets_ = 0;
  std::vector<std::string> errors_;
};

std::uint64_t SequenceOf(const PushEvent& event) {
  const Delivery* delivery = std::get_if<Delivery>(&event);
  return delivery == nullptr ? 0 : delivery->stream_sequence();
}

// PSH-028
TEST_F(OrderedConsumerTest, BeginsAnewAtAGap) {
  std::set<std::uint64_t> lost = {1, 4, 5, 9};

  EXPECT_THAT(Read(10,
                   [&](const PushEvent& event) {
                     return lost.erase(SequenceOf(event)) > 0;
                   }),
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_EQ(resets_, 3u);
  EXPECT_THAT(errors_, ElementsAre("delivery 1 is missing, 2 came",
                                   "delivery 4 is missing, 6 came",
                                   "delivery 6 is missing, 7 came"));
}

// PSH-011: nothing comes after the message that is missing.
TEST_F(OrderedConsumerTest, BeginsAnewWhenAHeartbeatIsAhead) {
  std::set<std::uint64_t> lost = {10};

  EXPECT_THAT(Read(10,
                   [&](const PushEvent& event) {
                     return lost.erase(SequenceOf(event)) > 0;
                   }),
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_EQ(resets_, 1u);
  EXPECT_THAT(errors_, ElementsAre("delivery 10 is missing, 10 was sent"));
}

TEST_F(OrderedConsumerTest, BeginsAnewWhenHeartbeatsAreMissing) {
  int lost = 0;

  EXPECT_THAT(Read(10,
                   [&](const PushEvent& event) {
                     // All from the sixth delivery on, for a while.
                     return (SequenceOf(event) == 6 || lost > 0) && ++lost < 8;
                   }),
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_GE(resets_, 1u);
}

// Something is wrong for good: it does not spin.
TEST_F(OrderedConsumerTest, BacksOffWhileConsumersAreOfNoUse) {
  EXPECT_THAT(
      Read(10, [&](const PushEvent& event) { return SequenceOf(event) == 3; }),
      ElementsAre(1, 2));
  EXPECT_GE(resets_, 3u);
  EXPECT_LE(resets_, 15u);
}

// Every so many events is lost, statuses and deliveries alike, and somebody
// deletes consumers.
TEST_F(OrderedConsumerTest, HandsOutEachMessageOnceWhateverIsLost) {
  for (int every : {3, 5, 7, 20}) {
    int events = 0;
    LossyJetStream lossy(
        connection(), [&](const PushEvent&) { return ++events % every == 0; });
    OrderedConsumer ordered(lossy, "ORDERS",
                            {.deliver_policy = DeliverPolicy::kNew,
                             .heartbeat = absl::Milliseconds(100)});
    auto messages = ordered.Messages().value();
    std::uint64_t expected =
        jetstream().GetStreamInfo("ORDERS").value().state.last_seq;
    for (int round = 0; round < 10; ++round) {
      PublishOrders(20);
      if (round % 4 == 1) {
        jetstream()
            .DeleteConsumer("ORDERS", ordered.Info().value().name)
            .IgnoreError();
      }
      for (int i = 0; i < 20; ++i) {
        absl::StatusOr<Delivery> next = messages->Next(absl::Seconds(30));
        ASSERT_EQ(next.status(), absl::OkStatus());
        ASSERT_EQ(next->stream_sequence(), ++expected) << every;
      }
    }
    EXPECT_GE(ordered.resets(), 10u) << every;
  }
}

TEST_F(OrderedConsumerTest, MayEndInItsErrorHandler) {
  LossyJetStream lossy(connection(), [](const PushEvent&) { return true; });
  OrderedConsumer ordered(lossy, "ORDERS",
                          {.heartbeat = absl::Milliseconds(100)});
  std::unique_ptr<Consumption> consumption;
  int errors = 0;
  OrderedConsumeOptions options;
  options.on_error = [&](const absl::Status&) {
    ++errors;
    consumption.reset();
  };
  consumption = ordered.Consume(std::move(options), [](Delivery) {}).value();

  world().Advance(absl::Seconds(1));

  EXPECT_EQ(errors, 1);
  EXPECT_EQ(consumption, nullptr);
  EXPECT_EQ(ordered.Messages().status(), absl::OkStatus());
}

}  // namespace
}  // namespace windtunnel
