// What the tests over a whole JetStream start from: a world, a connection, and a
// stream ORDERS of `orders.>` with an explicit consumer "billing".

#ifndef WINDTUNNEL_SHARED_TESTING_ORDERS_FIXTURE_H_
#define WINDTUNNEL_SHARED_TESTING_ORDERS_FIXTURE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "windtunnel/connection.h"
#include "windtunnel/consume.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/testing/world.h"

namespace windtunnel {

// The world that these tests run in.
std::unique_ptr<World> NewTestWorld();

class OrdersTest : public testing::Test {
 protected:
  void SetUp() override {
    world_ = NewTestWorld();
    ASSERT_NE(world_, nullptr);
    connection_ = Connect("orders");
    wire_ = NewJetStreamOverWire(*connection_, JetStreamOptions{});
    ASSERT_EQ(jetstream()
                  .CreateStream({.name = "ORDERS",
                                 .subjects = {"orders.>"},
                                 .storage = Storage::kMemory})
                  .status(),
              absl::OkStatus());
    CreateConsumer({.durable_name = "billing"});
  }

  void TearDown() override {
    wire_.reset();
    connection_.reset();
    world_.reset();
  }

  std::unique_ptr<Connection> Connect(absl::string_view name) {
    auto connection = world_->Connect(name);
    EXPECT_EQ(connection.status(), absl::OkStatus());
    return connection.ok() ? *std::move(connection) : nullptr;
  }

  void CreateConsumer(ConsumerConfig config) {
    config.ack_policy = AckPolicy::kExplicit;
    ASSERT_EQ(jetstream().CreateConsumer("ORDERS", config).status(),
              absl::OkStatus());
  }

  // Stores "1", "2", ... on orders.new.
  void PublishOrders(int count) {
    for (int i = 1; i <= count; ++i) {
      ASSERT_EQ(
          jetstream()
              .Publish({.subject = "orders.new", .data = absl::StrCat(i)})
              .status(),
          absl::OkStatus());
    }
  }

  PullConsumer Billing() { return PullConsumer(jetstream(), "ORDERS", "billing"); }

  World& world() { return *world_; }
  Runtime& runtime() { return world_->runtime(); }
  Connection& connection() { return *connection_; }
  // Over the wire, so that no backend's shorter way is taken.
  JetStream& jetstream() { return *wire_; }
  void CloseConnection() { connection_->Close(); }

 private:
  std::unique_ptr<World> world_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<JetStream> wire_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_SHARED_TESTING_ORDERS_FIXTURE_H_
