// OrderedConsumer: what happens when its consumer is lost.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/ordered_behaviour.h"
#include "windtunnel/sync.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE_OF(OrderedBehaviour, OrderedLosses);

TEST_P(OrderedLosses, GoOnWhenTheConsumerIsDeleted) {
  FillTen();
  OrderedConsumer ordered = Reader({.heartbeat = kHeartbeat});
  auto messages = ordered.Messages().value();
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(Next(*messages), absl::StrCat(i));

  DeleteBehind(ordered);
  for (int i = 0; i < 5; ++i) Publish("s.a");

  for (int i = 11; i <= 15; ++i) EXPECT_EQ(Next(*messages), absl::StrCat(i));
  EXPECT_EQ(messages->missed_heartbeats(), 1u);
  EXPECT_EQ(ordered.resets(), 1u);
  EXPECT_EQ(ordered.Info().value().config.opt_start_seq, 11u);
}

// DEL-005, DEL-015: the place is fixed when the read begins.
TEST_P(OrderedLosses, LoseNothingBeforeTheFirstMessage) {
  FillTen();
  std::vector<std::pair<OrderedConsumerOptions, std::string>> cases = {
      {{.deliver_policy = DeliverPolicy::kNew}, "11"},
      {{.deliver_policy = DeliverPolicy::kByStartTime,
        .opt_start_time = runtime().Now() + absl::Hours(1)},
       "11"},
      {{.filter_subjects = {"s.none"}}, "12"},
      {{.filter_subjects = {"s.none"},
        .deliver_policy = DeliverPolicy::kLastPerSubject},
       "12"},
      {{.deliver_policy = DeliverPolicy::kByStartSequence, .opt_start_seq = 13},
       Since("2.11") ? "13" : "11"}};  // DEL-007
  std::vector<std::unique_ptr<OrderedConsumer>> consumers;
  std::vector<std::unique_ptr<MessageIterator>> reads;
  for (auto& [options, first] : cases) {
    options.heartbeat = kHeartbeat;
    consumers.push_back(
        std::make_unique<OrderedConsumer>(jetstream(), "S", options));
    reads.push_back(consumers.back()->Messages().value());
  }

  for (auto& consumer : consumers) DeleteBehind(*consumer);
  Publish("s.a");
  Publish("s.none");
  Publish("s.a");

  for (std::size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(Next(*reads[i]), cases[i].second) << i;
    EXPECT_EQ(consumers[i]->resets(), 1u) << i;
  }
}

// DEL-010
TEST_P(OrderedLosses, TakeTheFirstRoundAnewWhenItIsBroken) {
  FillTen();
  OrderedConsumer ordered =
      Reader({.deliver_policy = DeliverPolicy::kLastPerSubject,
              .heartbeat = kHeartbeat});
  EXPECT_EQ(ordered.Next(kSoon)->stream_sequence(), 8u);
  // What has arrived belongs to the next read, which begins anew.
  auto dropped = ordered.Messages().value();
  dropped->Stop();

  Publish("s.c");  // 11; the round has 8 of s.b behind, 10 of s.a, 11 of s.c.
  auto messages = ordered.Messages().value();

  EXPECT_EQ(Next(*messages), "10");
  EXPECT_EQ(Next(*messages), "11");
  Publish("s.a");
  Publish("s.a");
  EXPECT_EQ(Next(*messages), "12");
  DeleteBehind(ordered);
  Publish("s.a");
  EXPECT_EQ(Next(*messages), "13");
  EXPECT_EQ(Next(*messages), "14");
  EXPECT_EQ(ordered.resets(), 1u);
}

TEST_P(OrderedLosses, GoOnWhenTheServerRestarts) {
  const std::string stream = FreshName();
  Create({.name = stream, .subjects = {"f"}});
  for (int i = 1; i <= 100; ++i) Publish("f", absl::StrCat(i));
  OrderedConsumer ordered(jetstream(), stream);
  auto messages = ordered.Messages().value();
  for (int i = 1; i <= 50; ++i) EXPECT_EQ(Next(*messages), absl::StrCat(i));

  Restart();
  for (int i = 101; i <= 150; ++i) Publish("f", absl::StrCat(i));

  for (int i = 51; i <= 150; ++i) {
    EXPECT_EQ(Next(*messages, absl::Seconds(10)), absl::StrCat(i));
  }
  EXPECT_GE(ordered.resets(), 1u);
  EXPECT_EQ(messages->missed_heartbeats(), 0u);
}

TEST_P(OrderedLosses, EndWhenTheStreamIsGone) {
  FillTen();
  OrderedConsumer ordered = Reader({.heartbeat = kHeartbeat});
  auto messages = ordered.Messages().value();
  EXPECT_EQ(Next(*messages), "1");
  ASSERT_TRUE(jetstream().DeleteStream("S").ok());

  absl::StatusOr<Delivery> next = messages->Next(kSoon);
  while (next.ok()) next = messages->Next(kSoon);

  EXPECT_EQ(ErrorOf(next), StreamNotFound());
  EXPECT_EQ(Next(*messages), "NOT_FOUND");
  EXPECT_EQ(ErrorOf(ordered.Next(kSoon)), StreamNotFound());
}

TEST_P(OrderedLosses, EndWhenAttemptsAreUsedUp) {
  StreamConfig one = {
      .name = "ONE", .subjects = {"one"}, .storage = Storage::kMemory};
  one.max_consumers = 1;
  Create(one);
  OrderedConsumer ordered(jetstream(), "ONE",
                          {.heartbeat = kHeartbeat, .max_reset_attempts = 3});
  int errors = 0;
  OrderedConsumeOptions options;
  options.on_error = [&](const absl::Status&) { ++errors; };
  auto consumption =
      ordered.Consume(std::move(options), [](Delivery) {}).value();
  ASSERT_TRUE(
      jetstream().DeleteConsumer("ONE", ordered.Info().value().name).ok());
  ASSERT_TRUE(
      jetstream().CreateConsumer("ONE", {.durable_name = "other"}).ok());

  const absl::Status end = consumption->Wait(absl::Seconds(5));

  EXPECT_EQ(ErrorOf(end).err_code, kMaximumConsumersLimit);
  EXPECT_EQ(errors, 3);  // The loss, and two of three failures.
}

TEST_P(OrderedLosses, ReportWhyTheyBeginAnew) {
  OrderedConsumer ordered = Reader({.heartbeat = kHeartbeat});
  Mutex mutex(runtime());
  std::vector<std::string> errors;
  std::vector<std::uint64_t> received;
  OrderedConsumeOptions options;
  options.on_error = [&](const absl::Status& status) {
    MutexLock lock(mutex);
    errors.push_back(std::string(status.message()));
  };
  auto consumption =
      ordered
          .Consume(std::move(options),
                   [&](Delivery delivery) {
                     MutexLock lock(mutex);
                     received.push_back(delivery.stream_sequence());
                   })
          .value();

  DeleteBehind(ordered);
  FillTen();

  EXPECT_TRUE(Eventually([&] {
    MutexLock lock(mutex);
    return received.size() == 10;
  }));
  consumption->Stop();
  EXPECT_THAT(received, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_THAT(errors, ElementsAre("no heartbeat for 300ms"));
}

}  // namespace
}  // namespace windtunnel
