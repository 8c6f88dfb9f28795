// Tests of the order service. Each runs in the simulator, on virtual time, and on
// a live nats-server, with shorter durations, if the build has the client.

#include "examples/orders/order_service.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "windtunnel/simulator_testing.h"
#include "windtunnel/sync.h"
#include "windtunnel/testing/matchers.h"
#include "windtunnel/testing/world.h"
#ifdef ORDERS_TEST_LIVE
#include "windtunnel/client_testing.h"
#endif

namespace orders {
namespace {

using testing::ElementsAre;
using testing::Optional;
using windtunnel::IsOk;
using windtunnel::JetStream;
using windtunnel::MutexLock;
using windtunnel::World;

struct Setting {
  std::string name;
  windtunnel::WorldFactory make_world;
  OrderOptions options;
};

void PrintTo(const Setting& setting, std::ostream* out) { *out << setting.name; }

std::vector<Setting> Settings() {
  std::vector<Setting> settings = {
      {"simulator",
       windtunnel::SimulatedWorld(windtunnel::ServerVersion::k2_15), {}}};
#ifdef ORDERS_TEST_LIVE
  const OrderOptions short_waits{.ack_wait = absl::Milliseconds(400),
                                 .retry_delay = absl::Milliseconds(200),
                                 .duplicate_window = absl::Milliseconds(500)};
  settings.push_back({"live", windtunnel::NewestLiveWorld(), short_waits});
#endif
  return settings;
}

class OrdersTest : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override {
    ASSERT_THAT(orders::SetUp(jetstream(), options()), IsOk());
  }

  const OrderOptions& options() { return GetParam().options; }
  JetStream& jetstream() { return connection_->jetstream(); }
  windtunnel::Connection& connection() { return *connection_; }
  World& world() { return *world_; }

  // An instance whose handler notes each try as "<id>#<try>".
  std::unique_ptr<OrderService> StartService(OrderHandler handler) {
    auto noting = [this, handler = std::move(handler)](const Order& order,
                                                       Work& work) mutable {
      {
        MutexLock lock(mutex_);
        tries_.push_back(order.id + "#" + std::to_string(work.tries()));
        tried_.NotifyAll();
      }
      return handler(order, work);
    };
    auto service = std::make_unique<OrderService>(connection(), options(),
                                                  std::move(noting));
    EXPECT_THAT(service->Start(), IsOk());
    return service;
  }

  // The tries so far, as soon as there are `count`, or after a generous wait.
  std::vector<std::string> Tries(std::size_t count) {
    MutexLock lock(mutex_);
    const absl::Time deadline =
        world().runtime().Now() + 20 * (options().ack_wait + options().retry_delay);
    while (tries_.size() < count &&
           tried_.WaitUntil(mutex_, deadline).ok()) {
    }
    return tries_;
  }

  // Waits until the stream of open orders is empty.
  void WaitUntilSettled() {
    const absl::Time deadline =
        world().runtime().Now() + 20 * (options().ack_wait + options().retry_delay);
    while (world().runtime().Now() < deadline) {
      auto info = jetstream().GetStreamInfo(options().stream);
      ASSERT_THAT(info, IsOk());
      if (info->state.messages == 0) return;
      world().Advance(options().retry_delay / 20);
    }
    FAIL() << "orders are still open";
  }

 private:
  std::unique_ptr<World> world_ = GetParam().make_world();
  std::unique_ptr<windtunnel::Connection> connection_ =
      world_->Connect("orders").value();
  windtunnel::Mutex mutex_{world_->runtime()};
  windtunnel::Condition tried_{world_->runtime()};
  std::vector<std::string> tries_;
};

TEST_P(OrdersTest, OrderIsHandledOnceAndGone) {
  auto service = StartService([](const Order&, Work&) { return Outcome::kDone; });

  ASSERT_THAT(PlaceOrder(jetstream(), {.id = "1", .item = "book"}), IsOk());

  WaitUntilSettled();
  EXPECT_THAT(Tries(1), ElementsAre("1#1"));
}

TEST_P(OrdersTest, OrderPlacedTwiceIsStoredOnce) {
  ASSERT_THAT(PlaceOrder(jetstream(), {.id = "1", .item = "book"}), IsOk());
  auto again = PlaceOrder(jetstream(), {.id = "1", .item = "book"});

  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->sequence, 1u);

  world().Advance(options().duplicate_window + absl::Milliseconds(100));
  auto much_later = PlaceOrder(jetstream(), {.id = "1", .item = "book"});

  ASSERT_THAT(much_later, IsOk());
  EXPECT_FALSE(much_later->duplicate);
}

TEST_P(OrdersTest, FailedOrderIsTriedAgainAfterTheDelay) {
  const absl::Time start = world().runtime().Now();
  auto service = StartService([](const Order&, Work& work) {
    return work.tries() < 3 ? Outcome::kRetry : Outcome::kDone;
  });

  ASSERT_THAT(PlaceOrder(jetstream(), {.id = "1", .item = "book"}), IsOk());

  EXPECT_THAT(Tries(3), ElementsAre("1#1", "1#2", "1#3"));
  EXPECT_GE(world().runtime().Now() - start, 2 * options().retry_delay);
  WaitUntilSettled();
}

TEST_P(OrdersTest, PoisonOrderIsParkedAfterFiveTries) {
  auto service = StartService([](const Order& order, Work&) {
    return order.id == "poison" ? Outcome::kRetry : Outcome::kDone;
  });

  ASSERT_THAT(PlaceOrder(jetstream(), {.id = "poison", .item = "?"}), IsOk());
  ASSERT_THAT(PlaceOrder(jetstream(), {.id = "2", .item = "book"}), IsOk());

  WaitUntilSettled();
  EXPECT_THAT(Tries(6), ElementsAre("poison#1", "2#1", "poison#2", "poison#3",
                                    "poison#4", "poison#5"));
  auto parked = jetstream().GetMessage(
      "ORDERS_DEAD", {.last_by_subject = DeadLetterSubject("poison")});
  ASSERT_THAT(parked, IsOk());
  EXPECT_EQ(parked->data, "?");
  EXPECT_THAT(parked->headers.Get("Reason"), Optional(std::string("too many tries")));
  EXPECT_THAT(parked->headers.Get("Tries"), Optional(std::string("5")));
}

TEST_P(OrdersTest, RejectedOrderIsParkedAtOnce) {
  auto service = StartService([](const Order&, Work&) { return Outcome::kReject; });

  ASSERT_THAT(PlaceOrder(jetstream(), {.id = "1", .item = "contraband"}), IsOk());

  WaitUntilSettled();
  EXPECT_THAT(Tries(1), ElementsAre("1#1"));
  EXPECT_THAT(jetstream().GetMessage(
                  "ORDERS_DEAD", {.last_by_subject = DeadLetterSubject("1")}),
              IsOk());
}

TEST_P(OrdersTest, SlowWorkKeepsItsOrderWhileItSaysSo) {
  windtunnel::Runtime& runtime = world().runtime();
  auto service = StartService([&](const Order&, Work& work) {
    for (int i = 0; i < 4; ++i) {
      runtime.SleepFor(options().ack_wait / 2).IgnoreError();
      work.KeepAlive().IgnoreError();
    }
    return Outcome::kDone;
  });

  ASSERT_THAT(PlaceOrder(jetstream(), {.id = "1", .item = "piano"}), IsOk());

  WaitUntilSettled();
  EXPECT_THAT(Tries(1), ElementsAre("1#1"));
}

// A crash: the order was handed out and nobody ever settles it.
TEST_P(OrdersTest, OrderOfAnInstanceThatDiedGoesToAnother) {
  windtunnel::PullConsumer dying(jetstream(), options().stream, options().worker);
  ASSERT_THAT(PlaceOrder(jetstream(), {.id = "1", .item = "book"}), IsOk());
  ASSERT_THAT(dying.Next(options().ack_wait), IsOk());

  auto service = StartService([](const Order&, Work&) { return Outcome::kDone; });

  EXPECT_THAT(Tries(1), ElementsAre("1#2"));
  WaitUntilSettled();
}

INSTANTIATE_TEST_SUITE_P(
    Worlds, OrdersTest, testing::ValuesIn(Settings()),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace orders
