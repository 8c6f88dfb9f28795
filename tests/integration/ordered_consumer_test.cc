// OrderedConsumer: every message once and in order.

#include <atomic>
#include <cstdint>
#include <functional>
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
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

BEHAVIOUR_SUITE_OF(OrderedBehaviour, Ordered);

// PSH-028
TEST_P(Ordered, UseAConsumerThatKeepsNothing) {
  OrderedConsumer ordered =
      Reader({.filter_subjects = {"s.a"}, .name_prefix = "tail"});
  EXPECT_EQ(ordered.Info().status().code(),
            absl::StatusCode::kFailedPrecondition);
  auto messages = ordered.Messages().value();

  const ConsumerInfo info = ordered.Info().value();

  EXPECT_THAT(info.name, StartsWith("tail_"));
  EXPECT_EQ(info.config.durable_name, "");
  EXPECT_EQ(info.config.filter_subject, "s.a");
  EXPECT_EQ(info.config.ack_policy, AckPolicy::kNone);
  EXPECT_EQ(info.config.max_deliver, 1);
  EXPECT_EQ(info.config.idle_heartbeat, absl::Seconds(5));
  EXPECT_EQ(info.config.num_replicas, 1);
  EXPECT_TRUE(info.config.mem_storage);
  EXPECT_TRUE(info.config.flow_control);
  EXPECT_EQ(ordered.stream(), "S");
}

// DEL-001, DEL-002, DEL-003, DEL-006, DEL-008, DEL-010, DEL-016, DEL-017
TEST_P(Ordered, StartWhereTheyAreTold) {
  Fill({"s.a", "s.b", "s.c", "s.a", "s.b", "s.c"});
  Advance(absl::Milliseconds(1));
  Fill({"s.a", "s.b", "s.c", "s.a"});
  const absl::Time seventh = jetstream().GetMessage("S", {.seq = 7})->time;

  EXPECT_THAT(All({}, 10), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_THAT(All({.filter_subjects = {"s.a"}}, 4), ElementsAre(1, 4, 7, 10));
  EXPECT_THAT(All({.deliver_policy = DeliverPolicy::kLast}, 1),
              ElementsAre(10));
  EXPECT_THAT(All({.deliver_policy = DeliverPolicy::kByStartTime,
                   .opt_start_time = seventh},
                  4),
              ElementsAre(7, 8, 9, 10));
  EXPECT_THAT(All({.deliver_policy = DeliverPolicy::kLastPerSubject}, 3),
              ElementsAre(8, 9, 10));
  ASSERT_TRUE(jetstream().DeleteMessage("S", 5).ok());
  EXPECT_THAT(All({}, 9), ElementsAre(1, 2, 3, 4, 6, 7, 8, 9, 10));
  EXPECT_THAT(All({.deliver_policy = DeliverPolicy::kByStartSequence,
                   .opt_start_seq = 5},
                  5),
              ElementsAre(6, 7, 8, 9, 10));
}

// DEL-005
TEST_P(Ordered, OfNewMessagesHaveThoseSinceTheyBegan) {
  FillTen();
  OrderedConsumer ordered = Reader({.deliver_policy = DeliverPolicy::kNew});
  auto messages = ordered.Messages().value();
  Publish("s.a");

  EXPECT_EQ(Next(*messages), "11");
}

// DEL-020
TEST_P(Ordered, MayHaveHeadersOnly) {
  Publish("s.a", "12345");
  OrderedConsumer ordered = Reader({.headers_only = true});

  absl::StatusOr<Delivery> delivery = ordered.Next(kSoon);

  ASSERT_EQ(delivery.status(), absl::OkStatus());
  EXPECT_EQ(delivery->data(), "");
  EXPECT_EQ(delivery->header("Nats-Msg-Size"), "5");
}

// DEL-016
TEST_P(Ordered, HaveSeveralFiltersSince210) {
  FillTen();
  OrderedConsumerOptions options = {.filter_subjects = {"s.a", "s.c"}};

  if (Since("2.10")) {
    EXPECT_THAT(All(options, 7), ElementsAre(1, 3, 4, 6, 7, 9, 10));
    return;
  }
  EXPECT_EQ(Reader(options).Next(kSoon).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(ConsumerNames(), IsEmpty());
}

// ACK-015
TEST_P(Ordered, NeedNoAcknowledgement) {
  Publish("s.a");
  OrderedConsumer ordered = Reader();
  absl::StatusOr<Delivery> delivery = ordered.Next(kSoon);

  ASSERT_EQ(delivery.status(), absl::OkStatus());
  EXPECT_EQ(delivery->delivered(), 1u);
  EXPECT_EQ(GetErrorKind(delivery->AckSync()), Since("2.10")
                                                   ? ErrorKind::kNoResponders
                                                   : ErrorKind::kNone);
}

TEST_P(Ordered, NeedAStream) {
  OrderedConsumer ordered(jetstream(), "T");

  EXPECT_EQ(ErrorOf(ordered.Next(kSoon)), StreamNotFound());
  EXPECT_EQ(ErrorOf(ordered.Messages()), StreamNotFound());
}

TEST_P(Ordered, RefuseBadOptions) {
  const auto code = [&](OrderedConsumerOptions options) {
    return Reader(std::move(options)).Messages().status().code();
  };
  const absl::StatusCode invalid = absl::StatusCode::kInvalidArgument;

  EXPECT_EQ(code({.inactive_threshold = -absl::Seconds(1)}), invalid);
  EXPECT_EQ(code({.heartbeat = absl::Milliseconds(99)}), invalid);
  EXPECT_EQ(code({.name_prefix = ""}), invalid);
  EXPECT_EQ(code({.name_prefix = "a.b"}), invalid);
  EXPECT_EQ(code({.deliver_policy = DeliverPolicy::kByStartSequence}), invalid);
  OrderedConsumer ordered = Reader();
  EXPECT_EQ(ordered.Fetch({.max_messages = 0}).end_status.code(), invalid);
  EXPECT_EQ(ordered.Fetch({.max_wait = -absl::Seconds(1)}).end_status.code(),
            invalid);
  EXPECT_EQ(ordered.Consume({}, nullptr).status().code(), invalid);
}

// PSH-021
TEST_P(Ordered, ReadThousandsThroughFlowControl) {
  constexpr int kCount = 4'000;
  const std::string padding(1'500, '.');
  for (int i = 1; i <= kCount; ++i) Publish("s.a", absl::StrCat(i, padding));
  OrderedConsumer ordered = Reader();
  auto messages = ordered.Messages().value();
  // Nobody reads: no more than a window is on the way.
  const auto delivered = [&] {
    return ordered.Info().value().delivered.consumer_seq;
  };
  ASSERT_TRUE(Eventually([&] { return delivered() > 1'200; }));
  Advance(absl::Milliseconds(20));
  EXPECT_LT(delivered(), 1'450u);

  for (int i = 1; i <= kCount; ++i) {
    absl::StatusOr<Delivery> delivery = messages->Next(kSoon);
    ASSERT_EQ(delivery.status(), absl::OkStatus()) << i;
    ASSERT_EQ(delivery->stream_sequence(), static_cast<std::uint64_t>(i));
    ASSERT_EQ(delivery->data(), absl::StrCat(i, padding));
  }
  EXPECT_EQ(ordered.resets(), 0u);
}

// The reads, one after the other, are one sequence.
TEST_P(Ordered, FetchGoesOnWhereTheLastReadEnded) {
  FillTen();
  OrderedConsumer ordered = Reader();

  EXPECT_THAT(Sequences(ordered.Fetch({.max_messages = 3}).deliveries),
              ElementsAre(1, 2, 3));
  const std::string consumer = ordered.Info().value().name;
  EXPECT_THAT(Sequences(ordered.Fetch({.max_messages = 2}).deliveries),
              ElementsAre(4, 5));
  EXPECT_EQ(ordered.Info().value().name, consumer);
  {
    auto messages = ordered.Messages().value();
    EXPECT_EQ(Next(*messages), "6");
    EXPECT_EQ(ordered.Next(kSoon).status().code(),
              absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(ordered.Messages().status().code(),
              absl::StatusCode::kFailedPrecondition);
    messages->Stop();
    EXPECT_EQ(Next(*messages), "OUT_OF_RANGE");
    EXPECT_THAT(ConsumerNames(), IsEmpty());
    EXPECT_EQ(ordered.Next(kSoon)->stream_sequence(), 7u);
  }
  std::atomic<std::uint64_t> last = 0;
  auto consumption = ordered
                         .Consume({},
                                  [&](Delivery delivery) {
                                    EXPECT_EQ(delivery.stream_sequence(),
                                              last == 0 ? 8 : last + 1);
                                    last = delivery.stream_sequence();
                                  })
                         .value();
  EXPECT_TRUE(Eventually([&] { return last == 10; }));
  consumption->Stop();
  EXPECT_EQ(ordered.resets(), 0u);
  EXPECT_THAT(ConsumerNames(), IsEmpty());
}

TEST_P(Ordered, FetchWithoutAWaitHasWhatIsStored) {
  OrderedConsumer ordered = Reader();
  const OrderedFetchOptions now = {.max_messages = 100,
                                   .max_wait = absl::ZeroDuration()};

  EXPECT_THAT(ordered.Fetch(now).deliveries, IsEmpty());
  FillTen();
  // A live server acknowledges a publish before its consumers have heard of it.
  ASSERT_TRUE(Eventually(
      [&] { return ordered.Info().value().delivered.consumer_seq == 10; }));

  EXPECT_THAT(ordered.Fetch(now).deliveries, SizeIs(10));
  EXPECT_THAT(ordered.Fetch(now).deliveries, IsEmpty());
  DeleteBehind(ordered);
  Publish("s.a");
  EXPECT_THAT(Sequences(ordered.Fetch(now).deliveries), ElementsAre(11));
  EXPECT_EQ(ordered.resets(), 1u);
}

TEST_P(Ordered, StopDrainAndDestroyFromTheHandler) {
  FillTen();
  OrderedConsumer ordered = Reader();
  std::unique_ptr<Consumption> consumption;
  Mutex mutex(runtime());
  std::vector<std::uint64_t> received;
  const auto consume = [&](std::function<void()> at_third) {
    MutexLock lock(mutex);  // The handler waits for `consumption`.
    received.clear();
    consumption = ordered
                      .Consume({},
                               [&, at_third](Delivery delivery) {
                                 MutexLock wait(mutex);
                                 received.push_back(delivery.stream_sequence());
                                 if (received.size() == 3) at_third();
                               })
                      .value();
  };

  consume([&] { consumption->Stop(); });
  EXPECT_EQ(consumption->Wait(kSoon), absl::OkStatus());
  EXPECT_THAT(received, ElementsAre(1, 2, 3));

  consume([&] { consumption.reset(); });
  EXPECT_TRUE(Eventually([&] {
    MutexLock lock(mutex);
    return consumption == nullptr;
  }));
  EXPECT_THAT(received, ElementsAre(4, 5, 6));
  // The task lets go of the read when the handler has returned.
  EXPECT_TRUE(Eventually([&] {
    absl::StatusOr<Delivery> next = ordered.Next(kSoon);
    return next.ok() && next->stream_sequence() == 7;
  }));

  consume([&] {
    EXPECT_EQ(consumption->Drain(absl::ZeroDuration()), absl::OkStatus());
  });
  EXPECT_EQ(consumption->Wait(kSoon), absl::OkStatus());
  EXPECT_THAT(received, ElementsAre(8, 9, 10));
}

TEST_P(Ordered, HandOutWhatArrivedWhenDrained) {
  FillTen();
  OrderedConsumer ordered = Reader();
  auto messages = ordered.Messages().value();
  EXPECT_EQ(Next(*messages), "1");
  ASSERT_TRUE(Eventually(
      [&] { return ordered.Info().value().delivered.consumer_seq == 10; }));
  Advance(absl::Milliseconds(20));

  messages->Drain();
  Publish("s.a");

  for (int i = 2; i <= 10; ++i) EXPECT_EQ(Next(*messages), absl::StrCat(i));
  EXPECT_EQ(Next(*messages), "OUT_OF_RANGE");
  EXPECT_THAT(ConsumerNames(), IsEmpty());
  EXPECT_EQ(ordered.Next(kSoon)->stream_sequence(), 11u);
}

TEST_P(Ordered, AreTimedOutCancelledAndStopped) {
  OrderedConsumer ordered = Reader();
  auto messages = ordered.Messages().value();
  CancellationSource stop(runtime());
  const absl::Time start = runtime().Now();
  EXPECT_EQ(Next(*messages, absl::Milliseconds(50)), "DEADLINE_EXCEEDED");
  EXPECT_GE(runtime().Now(), start + absl::Milliseconds(50));
  stop.Cancel();
  EXPECT_EQ(
      messages->Next(absl::InfiniteFuture(), stop.token()).status().code(),
      absl::StatusCode::kCancelled);
  EXPECT_EQ(ordered.Fetch({.cancellation = stop.token()}).end_status.code(),
            absl::StatusCode::kCancelled);
  Publish("s.a");
  EXPECT_EQ(Next(*messages), "1");

  Task stopper = runtime().Spawn("stopper", [&] {
    runtime().SleepFor(absl::Milliseconds(20)).IgnoreError();
    messages->Stop();
  });

  EXPECT_EQ(Next(*messages), "OUT_OF_RANGE");
}

TEST_P(Ordered, EndWithTheConnection) {
  FillTen();
  auto own = world().Connect("own").value();
  {
    OrderedConsumer ordered(own->jetstream(), "S");
    auto messages = ordered.Messages().value();
    EXPECT_EQ(Next(*messages), "1");

    own->Close();

    while (Next(*messages) != "FAILED_PRECONDITION") {
    }
    EXPECT_EQ(ordered.Next(kSoon).status().code(),
              absl::StatusCode::kFailedPrecondition);
  }
  own.reset();
}

// The server deletes what is not listened to.
TEST_P(Ordered, LeaveNothingBehind) {
  FillTen();
  {
    OrderedConsumer ordered = Reader();
    EXPECT_EQ(ordered.Next(kSoon)->stream_sequence(), 1u);
    EXPECT_THAT(ConsumerNames(), SizeIs(1));
  }
  EXPECT_THAT(ConsumerNames(), IsEmpty());
}

}  // namespace
}  // namespace windtunnel
