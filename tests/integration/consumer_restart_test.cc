// What a consumer keeps when its server stops and starts again.

#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"
#include "windtunnel/consume.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ConsumerRestartBehaviour : public Behaviour {
 protected:
  void SetUp() override {
    Behaviour::SetUp();
    if (HasFatalFailure()) return;
    stream_ = FreshName();
    Create({.name = stream_, .subjects = {stream_ + ".>"}});
  }
  ConsumerInfo Make(ConsumerConfig config) {
    return jetstream().CreateConsumer(stream_, config).value();
  }
  ConsumerInfo MakeExplicit(ConsumerConfig config = {}) {
    config.durable_name = "C";
    config.ack_policy = AckPolicy::kExplicit;
    return Make(std::move(config));
  }
  ConsumerInfo Info(absl::string_view name = "C") {
    return jetstream().GetConsumerInfo(stream_, name).value();
  }
  void Fill(int count, absl::string_view token = "a") {
    for (int i = 0; i < count; ++i) {
      Publish(absl::StrCat(stream_, ".", token));
    }
  }
  // Up to `count` deliveries within `wait`.
  std::vector<Delivery> Fetch(int count, absl::Duration wait,
                              absl::string_view name = "C") {
    return std::move(PullConsumer(jetstream(), stream_, std::string(name))
                         .Fetch({.max_messages = count, .max_wait = wait})
                         .deliveries);
  }
  void Restart() {
    ASSERT_EQ(world().RestartServer(), absl::OkStatus());
    ASSERT_TRUE(Eventually([&] { return jetstream().GetAccountInfo().ok(); },
                           absl::Seconds(10)));
  }
  std::string stream_;
};

BEHAVIOUR_SUITE_OF(ConsumerRestartBehaviour, ConsumerRestarts);

std::vector<std::string> Numbers(const std::vector<Delivery>& deliveries) {
  std::vector<std::string> numbers;
  for (const Delivery& delivery : deliveries) {
    numbers.push_back(
        absl::StrCat(delivery.stream_sequence(), "#", delivery.delivered()));
  }
  return numbers;
}

// CON-176
TEST_P(ConsumerRestarts, KeepWhatWasDeliveredAndAcknowledged) {
  Fill(6);
  MakeExplicit({.description = "kept", .max_deliver = 7});
  std::vector<Delivery> fetched = Fetch(4, absl::Seconds(2));
  ASSERT_EQ(fetched.size(), 4u);
  ASSERT_TRUE(
      connection()
          .Request({.subject = fetched[2].ack_subject(), .data = "-NAK"},
                   {.timeout = absl::Seconds(2)})
          .ok());
  ASSERT_EQ(Fetch(1, absl::Seconds(2)).size(), 1u);
  for (int i : {0, 3}) {
    ASSERT_TRUE(fetched[static_cast<std::size_t>(i)].AckSync().ok());
  }
  const ConsumerInfo before = Info();

  Restart();

  const ConsumerInfo after = Info();
  // Live servers write another time than they tell.
  EXPECT_LT(after.created - before.created, absl::Milliseconds(10));
  EXPECT_EQ(after.config, before.config);
  EXPECT_EQ(after.delivered, (SequencePair{5, 4, std::nullopt}));
  EXPECT_EQ(after.ack_floor, (SequencePair{1, 1, std::nullopt}));
  EXPECT_EQ(after.num_ack_pending, 2u);
  EXPECT_EQ(after.num_redelivered, 1u);
  EXPECT_EQ(after.num_pending, 2u);
  EXPECT_EQ(after.num_waiting, 0u);
  EXPECT_THAT(Numbers(Fetch(2, absl::Seconds(2))), ElementsAre("5#1", "6#1"));
  ASSERT_TRUE(fetched[1].AckSync().ok());
  EXPECT_EQ(Info().num_ack_pending, 3u);
}

// CON-177, CON-061
TEST_P(ConsumerRestarts, LoseConsumersInMemory) {
  MakeExplicit({.mem_storage = true});
  Make({.name = "E",
        .inactive_threshold = absl::Minutes(5),
        .mem_storage = true});
  EXPECT_TRUE(Info().config.mem_storage);

  Restart();

  for (const char* name : {"C", "E"}) {
    EXPECT_EQ(ErrorOf(jetstream().GetConsumerInfo(stream_, name)),
              JetStreamError(404, kConsumerNotFound, "consumer not found"))
        << name;
  }
}

// CON-178
TEST_P(ConsumerRestarts, LoseMemoryStreamsWithTheirConsumers) {
  Create({.name = "M", .storage = Storage::kMemory});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("M", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());

  Restart();

  EXPECT_EQ(ErrorOf(jetstream().GetConsumerInfo("M", "C")), StreamNotFound());
}

// CON-146
TEST_P(ConsumerRestarts, KeepEphemeralConsumersAndTheirClockStartsAgain) {
  Fill(1);
  const std::string name =
      Make({.ack_policy = AckPolicy::kExplicit,
            .inactive_threshold = absl::Milliseconds(1500)})
          .name;
  Advance(absl::Milliseconds(1000));

  Restart();

  const absl::Time start = runtime().Now();
  Advance(absl::Milliseconds(1000));
  EXPECT_TRUE(jetstream().GetConsumerInfo(stream_, name).ok());
  ASSERT_TRUE(Eventually([&] {
    return ErrorOf(jetstream().GetConsumerInfo(stream_, name)).err_code ==
           kConsumerNotFound;
  }));
  EXPECT_LE(runtime().Now() - start, absl::Milliseconds(3000));
}

// CON-179, CON-180
TEST_P(ConsumerRestarts, AckWaitsRunFromTheTimeOfTheMessage) {
  Fill(2);
  for (const char* name : {"C", "P"}) {
    Make({.durable_name = name,
          .ack_policy = AckPolicy::kExplicit,
          .ack_wait = absl::Seconds(3)});
  }
  Advance(absl::Milliseconds(1500));
  ASSERT_EQ(Fetch(2, absl::Seconds(2)).size(), 2u);
  std::vector<Delivery> worked_on = Fetch(1, absl::Seconds(2), "P");
  ASSERT_EQ(worked_on.size(), 1u);
  ASSERT_TRUE(worked_on[0].InProgress().ok());
  const absl::Time delivered = runtime().Now();
  ASSERT_TRUE(connection().Flush(absl::Seconds(1)).ok());

  Restart();

  // 3 s after the second in which it was published, or 1.5 s after the start.
  EXPECT_THAT(Numbers(Fetch(2, absl::Seconds(6))), ElementsAre("1#2", "2#2"));
  EXPECT_LT(runtime().Now() - delivered, absl::Milliseconds(2600));
  // The other one was worked on since.
  EXPECT_THAT(Numbers(Fetch(2, absl::Milliseconds(1), "P")),
              ElementsAre("2#1"));
  EXPECT_THAT(Numbers(Fetch(1, absl::Seconds(6), "P")), ElementsAre("1#2"));
  EXPECT_GE(runtime().Now() - delivered, absl::Milliseconds(1950));
}

// CON-180: 2.9 looks only after half a second or more.
TEST_P(ConsumerRestarts, WhatIsOverdueIsSeenAtOnceSince210) {
  Fill(1);
  MakeExplicit({.ack_wait = absl::Seconds(2)});
  ASSERT_EQ(Fetch(1, absl::Seconds(2)).size(), 1u);
  const absl::Time stored = jetstream().GetMessage(stream_, {.seq = 1})->time;
  // Counted from the whole second, its time is over then.
  const absl::Time due = absl::FromUnixSeconds(absl::ToUnixSeconds(stored)) +
                         absl::Milliseconds(2000);
  if (due - absl::Milliseconds(100) > runtime().Now()) {
    Advance(due - absl::Milliseconds(100) - runtime().Now());
  }
  const absl::Time start = runtime().Now();

  Restart();

  EXPECT_THAT(Numbers(Fetch(1, absl::Seconds(4))), ElementsAre("1#2"));
  EXPECT_GE(runtime().Now(), due);
  if (Since("2.10")) {
    EXPECT_LE(runtime().Now() - start, absl::Milliseconds(450));
  } else {
    EXPECT_GE(runtime().Now() - start, absl::Milliseconds(500));
  }
}

// CON-181
TEST_P(ConsumerRestarts, EndWaitingRequests) {
  MakeExplicit();
  auto pull = jetstream().SubscribePull(stream_, "C").value();
  ASSERT_TRUE(
      pull->Request(
              {.batch = 3, .expires = absl::Seconds(20), .max_bytes = 1000})
          .ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));

  Restart();

  const absl::StatusOr<PullEvent> event =
      pull->Next(runtime().Now() + absl::Seconds(1), {});
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(std::get<PullStatus>(*event),
            (PullStatus{.code = 409,
                        .description = "Server Shutdown",
                        .pending_messages = 3,
                        .pending_bytes = 1000}));
  EXPECT_EQ(Info().num_waiting, 0u);
}

// CON-176: a pause outlives it.
TEST_P(ConsumerRestarts, KeepPauses) {
  const absl::Time until = runtime().Now() + absl::Hours(1);
  MakeExplicit({.pause_until = until});

  Restart();

  const ConsumerInfo info = Info();
  EXPECT_EQ(info.paused, Since("2.11"));
  EXPECT_EQ(info.config.pause_until,
            Since("2.11") ? std::optional(until) : std::nullopt);
}

// PUL-049
TEST_P(ConsumerRestarts, TellWaitingRequests) {
  MakeExplicit();
  auto pull = jetstream().SubscribePull(stream_, "C").value();
  ASSERT_TRUE(pull->Request({.batch = 5, .expires = absl::Seconds(20)}).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));

  Restart();

  const absl::StatusOr<PullEvent> event =
      pull->Next(runtime().Now() + absl::Seconds(2), {});
  ASSERT_TRUE(event.ok()) << event.status();
  const auto* status = std::get_if<PullStatus>(&*event);
  ASSERT_NE(status, nullptr);
  EXPECT_EQ(status->code, 409);
  EXPECT_EQ(status->description, "Server Shutdown");
}

}  // namespace
}  // namespace windtunnel
