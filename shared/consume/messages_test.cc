#include <string>
#include <vector>

#include "shared/testing/orders_fixture.h"
#include "windtunnel/errors.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class Messages : public OrdersTest {
 protected:
  std::unique_ptr<MessageIterator> Open(const MessagesOptions& options) {
    auto opened = Billing().Messages(options);
    EXPECT_EQ(opened.status(), absl::OkStatus());
    return opened.ok() ? *std::move(opened) : nullptr;
  }

  // The data of the next delivery, acknowledged, or the code of the error.
  std::string NextData(MessageIterator& messages) {
    absl::StatusOr<Delivery> delivery = messages.Next(absl::Seconds(3));
    if (!delivery.ok()) {
      return absl::StatusCodeToString(delivery.status().code());
    }
    EXPECT_EQ(delivery->Ack(), absl::OkStatus());
    return std::string(delivery->data());
  }
};

TEST_F(Messages, HandsOutMoreThanOneRequestHolds) {
  PublishOrders(25);
  auto messages = Open({.max_messages = 4});

  for (int i = 1; i <= 25; ++i) {
    EXPECT_EQ(NextData(*messages), absl::StrCat(i));
  }
}

TEST_F(Messages, NeverHoldsMoreThanItsBound) {
  PublishOrders(10);
  auto messages = Open({.max_messages = 4});

  ASSERT_EQ(messages->Next(absl::Seconds(1)).status(), absl::OkStatus());
  world().Advance(absl::Milliseconds(100));

  auto info = jetstream().GetConsumerInfo("ORDERS", "billing");
  ASSERT_EQ(info.status(), absl::OkStatus());
  EXPECT_EQ(info->num_ack_pending, 4u);
}

TEST_F(Messages, KeepsWithinItsBytes) {
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(jetstream()
                    .Publish({.subject = "orders.new",
                              .data = std::string(900, 'a' + i)})
                    .ok());
  }
  auto messages = Open({.max_messages = 100, .max_bytes = 2100});

  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(NextData(*messages), std::string(900, 'a' + i));
  }
}

// Messages of all sizes: what is left of the bytes is often too little for the
// next one.
TEST_F(Messages, GoesOnWhenTheNextMessageDoesNotFitInWhatIsLeft) {
  constexpr int kCount = 200;
  for (int i = 0; i < kCount; ++i) {
    ASSERT_TRUE(
        jetstream()
            .Publish({.subject = "orders.new",
                      .data = std::string(i * 7919 % 1500, 'x')})
            .ok());
  }
  for (int max_messages : {1, 2, 10, 500}) {
    PullConsumer billing = Billing();
    auto messages = billing.Messages(
        {.max_messages = max_messages, .max_bytes = 3'000});
    for (int i = 0; i < kCount / 4; ++i) {
      auto delivery = (*messages)->Next(absl::Seconds(1));
      ASSERT_EQ(delivery.status(), absl::OkStatus()) << max_messages;
      EXPECT_EQ(delivery->AckSync(), absl::OkStatus());
    }
    (*messages)->Drain();
    while (true) {
      auto delivery = (*messages)->Next(absl::Seconds(1));
      if (!delivery.ok()) break;
      EXPECT_EQ(delivery->Nak(), absl::OkStatus());
    }
  }
}

TEST_F(Messages, EndsAtAMessageLargerThanItsBytes) {
  ASSERT_TRUE(jetstream()
                  .Publish({.subject = "orders.new",
                            .data = std::string(5000, 'x')})
                  .ok());
  auto messages = Open({.max_bytes = 2000});

  EXPECT_EQ(NextData(*messages), "RESOURCE_EXHAUSTED");
}

TEST_F(Messages, TimesOutAndGoesOn) {
  auto messages = Open({});

  EXPECT_EQ(messages->Next(absl::Milliseconds(50)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  PublishOrders(1);
  EXPECT_EQ(NextData(*messages), "1");
}

// PUL-029
TEST_F(Messages, AsksAgainWhenARequestExpires) {
  auto messages = Open({.expires = absl::Milliseconds(200)});

  EXPECT_EQ(messages->Next(absl::Milliseconds(700)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  PublishOrders(1);

  EXPECT_EQ(NextData(*messages), "1");
  EXPECT_EQ(messages->missed_heartbeats(), 0u);
}

TEST_F(Messages, EndsWhenStoppedFromAnotherTask) {
  auto messages = Open({});
  Task other = runtime().Spawn("other", [&] {
    runtime().SleepFor(absl::Milliseconds(50)).IgnoreError();
    messages->Stop();
  });

  EXPECT_EQ(NextData(*messages), "OUT_OF_RANGE");
}

TEST_F(Messages, HandsOutWhatArrivedWhenDrained) {
  PublishOrders(3);
  auto messages = Open({});
  EXPECT_EQ(NextData(*messages), "1");
  world().Advance(absl::Milliseconds(100));

  messages->Drain();
  PublishOrders(1);

  EXPECT_EQ(NextData(*messages), "2");
  EXPECT_EQ(NextData(*messages), "3");
  EXPECT_EQ(NextData(*messages), "OUT_OF_RANGE");
}

// PUL-048
TEST_F(Messages, EndsWhenTheConsumerIsDeleted) {
  auto messages = Open({});
  Task admin = runtime().Spawn("admin", [&] {
    runtime().SleepFor(absl::Milliseconds(50)).IgnoreError();
    EXPECT_EQ(jetstream().DeleteConsumer("ORDERS", "billing"), absl::OkStatus());
  });

  EXPECT_EQ(NextData(*messages), "NOT_FOUND");
  EXPECT_EQ(NextData(*messages), "NOT_FOUND");
}

TEST_F(Messages, EndsWhenTheConnectionIsClosed) {
  auto messages = Open({});
  Task other = runtime().Spawn("other", [&] {
    runtime().SleepFor(absl::Milliseconds(50)).IgnoreError();
    CloseConnection();
  });

  EXPECT_EQ(GetErrorKind(messages->Next(absl::Seconds(3)).status()),
            ErrorKind::kConnectionClosed);
}

TEST_F(Messages, RefusesOptionsOutOfRange) {
  EXPECT_EQ(Billing().Messages({.max_messages = 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Billing().Messages({.threshold_percent = 101}).status().code(),
            absl::StatusCode::kInvalidArgument);
  for (absl::Duration expires : {absl::ZeroDuration(), absl::Nanoseconds(1),
                                 absl::InfiniteDuration()}) {
    EXPECT_EQ(Billing().Messages({.expires = expires}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

class Consume : public OrdersTest {
 protected:
  std::unique_ptr<Consumption> Start(DeliveryHandler handler) {
    auto started = Billing().Consume({}, std::move(handler));
    EXPECT_EQ(started.status(), absl::OkStatus());
    return started.ok() ? *std::move(started) : nullptr;
  }
};

TEST_F(Consume, CallsTheHandlerInOrder) {
  std::vector<std::string> seen;
  Notification all(runtime());
  auto consumption = Start([&](Delivery delivery) {
    seen.push_back(std::string(delivery.data()));
    EXPECT_EQ(delivery.Ack(), absl::OkStatus());
    if (seen.size() == 3) all.Notify();
  });

  PublishOrders(3);

  EXPECT_EQ(all.WaitFor(absl::Seconds(3)), absl::OkStatus());
  EXPECT_THAT(seen, ElementsAre("1", "2", "3"));
  EXPECT_FALSE(consumption->ended());
  EXPECT_EQ(consumption->Wait(absl::Milliseconds(10)).code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(Consume, WaitsForTheHandlerWhenStopped) {
  Notification inside(runtime());
  bool finished = false;
  auto consumption = Start([&](Delivery) {
    inside.Notify();
    runtime().SleepFor(absl::Milliseconds(100)).IgnoreError();
    finished = true;
  });
  PublishOrders(2);
  ASSERT_EQ(inside.WaitFor(absl::Seconds(3)), absl::OkStatus());

  consumption->Stop();

  EXPECT_TRUE(finished);
  EXPECT_TRUE(consumption->ended());
  EXPECT_EQ(consumption->Wait(absl::Seconds(1)), absl::OkStatus());
}

TEST_F(Consume, CanBeStoppedByItsHandler) {
  std::unique_ptr<Consumption> consumption;
  Notification started(runtime());
  int calls = 0;
  consumption = Start([&](Delivery) {
    started.Wait().IgnoreError();
    ++calls;
    consumption->Stop();
  });
  started.Notify();
  PublishOrders(3);

  EXPECT_EQ(consumption->Wait(absl::Seconds(3)), absl::OkStatus());
  EXPECT_EQ(calls, 1);
}

TEST_F(Consume, CanBeDestroyedByItsHandler) {
  std::unique_ptr<Consumption> consumption;
  Notification started(runtime());
  Notification gone(runtime());
  consumption = Start([&](Delivery) {
    started.Wait().IgnoreError();
    consumption.reset();
    gone.Notify();
  });
  started.Notify();
  PublishOrders(3);

  EXPECT_EQ(gone.WaitFor(absl::Seconds(3)), absl::OkStatus());
  EXPECT_EQ(consumption, nullptr);
}

TEST_F(Consume, HandsOutWhatArrivedWhenDrained) {
  Notification arrived(runtime());
  int calls = 0;
  auto consumption = Start([&](Delivery) {
    arrived.Notify();
    runtime().SleepFor(absl::Milliseconds(50)).IgnoreError();
    ++calls;
  });
  PublishOrders(3);
  ASSERT_EQ(arrived.WaitFor(absl::Seconds(3)), absl::OkStatus());
  world().Advance(absl::Milliseconds(20));

  EXPECT_EQ(consumption->Drain(absl::Seconds(3)), absl::OkStatus());

  EXPECT_EQ(calls, 3);
  EXPECT_TRUE(consumption->ended());
}

TEST_F(Consume, SaysWhyItEnded) {
  auto consumption = Start([](Delivery) {});
  world().Advance(absl::Milliseconds(50));

  EXPECT_EQ(jetstream().DeleteConsumer("ORDERS", "billing"), absl::OkStatus());

  EXPECT_EQ(consumption->Wait(absl::Seconds(3)).code(),
            absl::StatusCode::kNotFound);
}

TEST_F(Consume, GoesOnAfterTheServerRestarts) {
  ASSERT_EQ(jetstream()
                .CreateStream({.name = "KEPT", .subjects = {"kept"}})
                .status(),
            absl::OkStatus());
  ASSERT_EQ(jetstream()
                .CreateConsumer("KEPT", {.durable_name = "keeper",
                                         .ack_policy = AckPolicy::kExplicit})
                .status(),
            absl::OkStatus());
  ASSERT_TRUE(jetstream().Publish({.subject = "kept", .data = "1"}).ok());
  std::vector<std::string> seen;
  std::vector<absl::Status> errors;
  Notification first(runtime());
  Notification second(runtime());
  ConsumeOptions options;
  options.on_error = [&](const absl::Status& status) { errors.push_back(status); };
  auto consumption = PullConsumer(jetstream(), "KEPT", "keeper")
                         .Consume(std::move(options), [&](Delivery delivery) {
                           seen.push_back(std::string(delivery.data()));
                           EXPECT_EQ(delivery.Ack(), absl::OkStatus());
                           (seen.size() == 1 ? first : second).Notify();
                         });
  ASSERT_EQ(consumption.status(), absl::OkStatus());
  ASSERT_EQ(first.WaitFor(absl::Seconds(3)), absl::OkStatus());

  ASSERT_EQ(world().RestartServer(), absl::OkStatus());
  absl::StatusOr<PubAck> ack;
  do {
    ack = jetstream().Publish({.subject = "kept", .data = "2"});
  } while (absl::IsUnavailable(ack.status()));
  ASSERT_EQ(ack.status(), absl::OkStatus());

  EXPECT_EQ(second.WaitFor(absl::Seconds(10)), absl::OkStatus());
  (*consumption)->Stop();
  EXPECT_EQ(seen.back(), "2");
  EXPECT_FALSE(errors.empty());
}

}  // namespace
}  // namespace windtunnel
