// PushConsumer: reading from a push consumer.

#include "windtunnel/push_consumer.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"
#include "windtunnel/sync.h"

namespace windtunnel {
namespace {

using testing::SizeIs;

constexpr absl::Duration kHeartbeat = absl::Milliseconds(100);

class PushConsumerBehaviour : public ConsumerBehaviour {
 protected:
  // A durable `C` that delivers to "out", and what `config` adds.
  ConsumerInfo MakePush(ConsumerConfig config = {}) {
    config.durable_name = "C";
    config.deliver_subject = "out";
    return Make(std::move(config));
  }
  PushConsumer Consumer() { return PushConsumer(jetstream(), "S", "C"); }
  std::unique_ptr<MessageIterator> Open() {
    return Consumer().Messages().value();
  }
  // The data of the next message, or the code of the error.
  std::string Next(MessageIterator& messages,
                   absl::Duration wait = absl::Seconds(3)) {
    absl::StatusOr<Delivery> delivery = messages.Next(wait);
    if (delivery.ok()) return std::string(delivery->data());
    return absl::StatusCodeToString(delivery.status().code());
  }
};

BEHAVIOUR_SUITE_OF(PushConsumerBehaviour, PushConsumers);

TEST_P(PushConsumers, HandOutEveryMessage) {
  FillTen();
  MakePush({.ack_policy = AckPolicy::kExplicit});
  auto messages = Open();

  for (int i = 1; i <= 10; ++i) {
    absl::StatusOr<Delivery> delivery = messages->Next(absl::Seconds(3));
    ASSERT_EQ(delivery.status(), absl::OkStatus());
    EXPECT_EQ(delivery->data(), absl::StrCat(i));
    EXPECT_EQ(delivery->AckSync(), absl::OkStatus());
  }

  EXPECT_EQ(Next(*messages, absl::Milliseconds(20)), "DEADLINE_EXCEEDED");
  Publish("s.a", "11");
  EXPECT_EQ(Next(*messages), "11");
  EXPECT_EQ(Info().num_ack_pending, 1u);
  EXPECT_TRUE(Consumer().Info().value().push_bound);
}

TEST_P(PushConsumers, AreNoPullConsumers) {
  MakeExplicit();

  EXPECT_EQ(Consumer().Messages().status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Consumer().Consume({}, [](Delivery) {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_P(PushConsumers, HaveToExist) {
  EXPECT_EQ(ErrorOf(Consumer().Messages()).err_code, kConsumerNotFound);
  EXPECT_EQ(ErrorOf(PushConsumer(jetstream(), "T", "C").Messages()).err_code,
            kStreamNotFound);
  EXPECT_EQ(Consumer().Consume({}, nullptr).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// PSH-008
TEST_P(PushConsumers, AreHeldUpByUnsettledMessages) {
  FillTen();
  MakePush({.ack_policy = AckPolicy::kExplicit, .max_ack_pending = 2});
  auto messages = Open();

  absl::StatusOr<Delivery> first = messages->Next(absl::Seconds(3));
  ASSERT_EQ(first.status(), absl::OkStatus());
  EXPECT_EQ(Next(*messages), "2");
  EXPECT_EQ(Next(*messages, absl::Milliseconds(20)), "DEADLINE_EXCEEDED");
  EXPECT_EQ(first->Ack(), absl::OkStatus());

  EXPECT_EQ(Next(*messages), "3");
}

// PSH-021
TEST_P(PushConsumers, GoOnThroughManyWindowsOfFlowControl) {
  constexpr int kCount = 3'000;
  const std::string padding(2'000, '.');
  for (int i = 1; i <= kCount; ++i) Publish("s.a", absl::StrCat(i, padding));
  MakePush({.flow_control = true, .idle_heartbeat = absl::Seconds(5)});
  auto messages = Open();
  // Nobody reads: no more than a window is on the way.
  ASSERT_TRUE(Eventually([&] { return Info().delivered.consumer_seq > 900; }));
  Advance(absl::Milliseconds(20));
  EXPECT_LT(Info().delivered.consumer_seq, 1'100u);

  for (int i = 1; i <= kCount; ++i) {
    absl::StatusOr<Delivery> delivery = messages->Next(absl::Seconds(3));
    ASSERT_EQ(delivery.status(), absl::OkStatus()) << i;
    ASSERT_EQ(delivery->stream_sequence(), static_cast<std::uint64_t>(i));
    ASSERT_EQ(delivery->data(), absl::StrCat(i, padding));
  }
}

TEST_P(PushConsumers, EndWhenTheConsumerIsDeleted) {
  Publish("s.a", "1");
  MakePush({.idle_heartbeat = kHeartbeat});
  auto messages = Open();
  EXPECT_EQ(Next(*messages), "1");
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());

  absl::StatusOr<Delivery> next = messages->Next(absl::Seconds(5));

  EXPECT_EQ(ErrorOf(next).err_code, kConsumerNotFound);
  EXPECT_EQ(messages->missed_heartbeats(), 1u);
  EXPECT_EQ(Next(*messages), "NOT_FOUND");
}

// CON-108: while somebody listens only a new consumer of that name can.
TEST_P(PushConsumers, EndWhenTheConsumerDeliversElsewhere) {
  MakePush({.idle_heartbeat = kHeartbeat});
  auto messages = Open();
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  Make({.durable_name = "C", .deliver_subject = "elsewhere"});

  EXPECT_EQ(Next(*messages, absl::Seconds(5)), "FAILED_PRECONDITION");
  EXPECT_EQ(messages->missed_heartbeats(), 1u);
}

TEST_P(PushConsumers, MissNoHeartbeatWhileNothingHappens) {
  MakePush({.idle_heartbeat = kHeartbeat});
  auto messages = Open();

  EXPECT_EQ(Next(*messages, 4 * kHeartbeat), "DEADLINE_EXCEEDED");
  EXPECT_EQ(messages->missed_heartbeats(), 0u);
}

// Each heartbeat of a group goes to one listener.
TEST_P(PushConsumers, DoNotMissTheHeartbeatsOfOthers) {
  MakePush({.idle_heartbeat = kHeartbeat, .deliver_group = "G"});
  std::vector<std::unique_ptr<MessageIterator>> members;
  for (int i = 0; i < 4; ++i) members.push_back(Open());

  EXPECT_EQ(Next(*members[0], 6 * kHeartbeat), "DEADLINE_EXCEEDED");
  FillTen();
  int received = 0;
  for (auto& member : members) {
    while (member->Next(absl::Milliseconds(50)).ok()) ++received;
    EXPECT_EQ(member->missed_heartbeats(), 0u);
  }

  EXPECT_EQ(received, 10);
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  EXPECT_EQ(Next(*members[1], absl::Seconds(5)), "NOT_FOUND");
  EXPECT_EQ(members[1]->missed_heartbeats(), 0u);
}

TEST_P(PushConsumers, GoOnAfterTheServerRestarted) {
  const std::string stream = FreshName();
  Create({.name = stream, .subjects = {"f"}});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer(stream, {.durable_name = "D",
                                           .ack_policy = AckPolicy::kExplicit,
                                           .ack_wait = absl::Seconds(1),
                                           .deliver_subject = "file.out"})
                  .ok());
  PushConsumer consumer(jetstream(), stream, "D");
  auto messages = consumer.Messages().value();
  Publish("f", "1");
  auto first = messages->Next(absl::Seconds(3));
  ASSERT_EQ(first.status(), absl::OkStatus());
  ASSERT_EQ(first->AckSync(), absl::OkStatus());

  ASSERT_EQ(world().RestartServer(), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return jetstream().GetAccountInfo().ok(); },
                         absl::Seconds(10)));
  Publish("f", "2");

  EXPECT_EQ(Next(*messages, absl::Seconds(5)), "2");
}

TEST_P(PushConsumers, EndWhenARestartTookTheConsumer) {
  MakePush({.idle_heartbeat = absl::Seconds(5)});
  auto messages = Open();

  ASSERT_EQ(world().RestartServer(), absl::OkStatus());

  EXPECT_EQ(Next(*messages, absl::Seconds(10)), "NOT_FOUND");
}

// CON-174, CON-175
TEST_P(PushConsumers, SettleByFlowControlSince214) {
  ConsumerConfig config = {.durable_name = "C",
                           .ack_policy = AckPolicy::kFlowControl,
                           .max_ack_pending = 4,
                           .flow_control = true,
                           .idle_heartbeat = absl::Seconds(1),
                           .deliver_subject = "out"};
  if (!Since("2.14")) {
    EXPECT_EQ(jetstream().CreateConsumer("S", config).status().code(),
              absl::StatusCode::kInvalidArgument);
    return;
  }
  FillTen();
  Make(config);
  auto messages = Open();

  for (int i = 1; i <= 10; ++i) EXPECT_EQ(Next(*messages), absl::StrCat(i));
  EXPECT_EQ(Next(*messages, absl::Milliseconds(20)), "DEADLINE_EXCEEDED");

  EXPECT_EQ(Info().delivered.stream_seq, 10u);
  EXPECT_EQ(Info().ack_floor.stream_seq, 8u);
}

TEST_P(PushConsumers, StopAndDrain) {
  FillTen();
  MakePush();
  auto messages = Open();
  EXPECT_EQ(Next(*messages), "1");
  ASSERT_TRUE(Eventually([&] { return Info().delivered.stream_seq == 10; }));
  Advance(absl::Milliseconds(20));

  messages->Drain();
  Publish("s.a", "11");

  for (int i = 2; i <= 10; ++i) EXPECT_EQ(Next(*messages), absl::StrCat(i));
  EXPECT_EQ(Next(*messages), "OUT_OF_RANGE");
  auto others = Open();
  EXPECT_EQ(Next(*others), "11");
  Task stopper = runtime().Spawn("stopper", [&] {
    runtime().SleepFor(absl::Milliseconds(20)).IgnoreError();
    others->Stop();
  });
  EXPECT_EQ(Next(*others), "OUT_OF_RANGE");
  EXPECT_EQ(Next(*others), "OUT_OF_RANGE");
}

TEST_P(PushConsumers, AreCancelledAndGoOn) {
  MakePush();
  auto messages = Open();
  CancellationSource stop(runtime());
  stop.Cancel();

  EXPECT_EQ(
      messages->Next(absl::InfiniteFuture(), stop.token()).status().code(),
      absl::StatusCode::kCancelled);

  Publish("s.a", "1");
  EXPECT_EQ(Next(*messages), "1");
}

TEST_P(PushConsumers, ConsumeInATask) {
  FillTen();
  MakePush({.ack_policy = AckPolicy::kExplicit});
  std::atomic<int> handled = 0;
  auto consumption = Consumer()
                         .Consume({},
                                  [&](Delivery delivery) {
                                    delivery.Ack().IgnoreError();
                                    ++handled;
                                  })
                         .value();

  EXPECT_TRUE(Eventually([&] { return handled == 10; }));
  EXPECT_EQ(consumption->Drain(absl::Seconds(3)), absl::OkStatus());

  EXPECT_EQ(consumption->Wait(absl::Seconds(3)), absl::OkStatus());
  EXPECT_TRUE(consumption->ended());
  EXPECT_TRUE(Eventually([&] { return Info().num_ack_pending == 0; }));
}

TEST_P(PushConsumers, StopOrDestroyFromTheHandler) {
  FillTen();
  MakePush();
  std::unique_ptr<Consumption> consumption;
  Mutex mutex(runtime());
  std::atomic<int> handled = 0;
  {
    MutexLock lock(mutex);  // The handler waits for `consumption`.
    consumption = Consumer()
                      .Consume({},
                               [&](Delivery) {
                                 MutexLock wait(mutex);
                                 if (++handled == 3) consumption->Stop();
                               })
                      .value();
  }
  EXPECT_EQ(consumption->Wait(absl::Seconds(3)), absl::OkStatus());
  EXPECT_EQ(handled, 3);

  Publish("s.a");
  handled = 0;
  {
    MutexLock lock(mutex);
    consumption = Consumer()
                      .Consume({},
                               [&](Delivery) {
                                 MutexLock wait(mutex);
                                 consumption.reset();
                                 ++handled;
                               })
                      .value();
  }
  EXPECT_TRUE(Eventually([&] { return handled == 1; }));
}

TEST_P(PushConsumers, ReportWhatDoesNotEndThem) {
  MakePush({.idle_heartbeat = kHeartbeat});
  Mutex mutex(runtime());
  std::vector<absl::Status> errors;
  PushConsumeOptions options;
  options.on_error = [&](const absl::Status& status) {
    MutexLock lock(mutex);
    errors.push_back(status);
  };
  auto consumption =
      Consumer().Consume(std::move(options), [](Delivery) {}).value();

  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());

  EXPECT_EQ(consumption->Wait(absl::Seconds(5)).code(),
            absl::StatusCode::kNotFound);
  MutexLock lock(mutex);
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_EQ(errors[0].message(), "no heartbeat for 200ms");
}

TEST_P(PushConsumers, EndWithTheConnection) {
  MakePush();
  auto own = world().Connect("own").value();
  PushConsumer consumer(own->jetstream(), "S", "C");
  auto messages = consumer.Messages().value();

  own->Close();

  EXPECT_EQ(Next(*messages), "FAILED_PRECONDITION");
  messages.reset();
}

}  // namespace
}  // namespace windtunnel
