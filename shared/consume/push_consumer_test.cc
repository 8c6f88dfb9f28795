#include "windtunnel/push_consumer.h"

#include <memory>
#include <string>
#include <variant>

#include "shared/testing/lossy_jetstream.h"
#include "shared/testing/orders_fixture.h"

namespace windtunnel {
namespace {

class PushConsumerTest : public OrdersTest {
 protected:
  void MakeAudit(const std::string& group = "") {
    ConsumerConfig config = {.durable_name = "audit"};
    config.idle_heartbeat = absl::Milliseconds(100);
    config.deliver_subject = "audit.out";
    config.deliver_group = group;
    CreateConsumer(config);
  }
};

TEST_F(PushConsumerTest, CountsWhatItMissesAndGoesOn) {
  MakeAudit();
  bool deaf = true;
  LossyJetStream lossy(connection(), [&](const PushEvent& event) {
    return deaf && std::holds_alternative<PushStatus>(event);
  });
  auto messages = PushConsumer(lossy, "ORDERS", "audit").Messages().value();

  EXPECT_EQ(messages->Next(absl::Milliseconds(650)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(messages->missed_heartbeats(), 3u);
  deaf = false;
  EXPECT_EQ(messages->Next(absl::Seconds(1)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(messages->missed_heartbeats(), 3u);
  PublishOrders(1);
  EXPECT_EQ(messages->Next(absl::Seconds(1))->data(), "1");
}

TEST_F(PushConsumerTest, OfAGroupMissesNone) {
  MakeAudit("G");
  LossyJetStream lossy(connection(), [&](const PushEvent& event) {
    return std::holds_alternative<PushStatus>(event);
  });
  auto messages = PushConsumer(lossy, "ORDERS", "audit").Messages().value();

  EXPECT_EQ(messages->Next(absl::Seconds(1)).status().code(),
            absl::StatusCode::kDeadlineExceeded);

  EXPECT_EQ(messages->missed_heartbeats(), 0u);
}

// Destroyed by its own error handler, while it waits.
TEST_F(PushConsumerTest, MayEndInItsErrorHandler) {
  MakeAudit();
  LossyJetStream lossy(connection(), [](const PushEvent&) { return true; });
  std::unique_ptr<Consumption> consumption;
  int errors = 0;
  PushConsumeOptions options;
  options.on_error = [&](const absl::Status&) {
    ++errors;
    consumption.reset();
  };
  consumption = PushConsumer(lossy, "ORDERS", "audit")
                    .Consume(std::move(options), [](Delivery) {})
                    .value();

  world().Advance(absl::Seconds(1));

  EXPECT_EQ(errors, 1);
  EXPECT_EQ(consumption, nullptr);
}

}  // namespace
}  // namespace windtunnel
