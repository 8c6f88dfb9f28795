// Fetch, Messages and Consume with priority groups: one client after another,
// and clients that only help out.

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/groups_behaviour.h"
#include "windtunnel/sync.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class GroupConsumersBehaviour : public GroupsBehaviour {
 protected:
  PullConsumer Consumer() { return PullConsumer(jetstream(), "S", "C"); }
  std::unique_ptr<MessageIterator> Messages(MessagesOptions options) {
    options.group = "A";
    options.expires = absl::Seconds(2);
    return Consumer().Messages(options).value();
  }
  // The stream sequence that comes next, 0 if nothing does.
  static std::uint64_t Next(MessageIterator& messages,
                            absl::Duration wait = absl::Seconds(3)) {
    absl::StatusOr<Delivery> delivery = messages.Next(wait);
    if (!delivery.ok()) {
      EXPECT_TRUE(absl::IsDeadlineExceeded(delivery.status()))
          << delivery.status();
      return 0;
    }
    EXPECT_TRUE(delivery->Ack().ok());
    return delivery->stream_sequence();
  }
};

BEHAVIOUR_SUITE_OF(GroupConsumersBehaviour, GroupConsumers);

// GRP-018, GRP-022
TEST_P(GroupConsumers, FetchWaitsForEnoughToDo) {
  FillTen();
  MakeGroups(PriorityPolicy::kOverflow);
  PullConsumer consumer = Consumer();

  for (absl::Duration wait : {absl::ZeroDuration(), absl::Milliseconds(100)}) {
    FetchResult fetched = consumer.Fetch(
        {.max_messages = 3, .max_wait = wait, .group = "A", .min_pending = 10});
    EXPECT_EQ(fetched.end_status, absl::OkStatus());
    // The first takes one message, and leaves too few for the second.
    if (has_groups()) {
      EXPECT_EQ(fetched.deliveries.size(),
                wait == absl::ZeroDuration() ? 1 : 0);
    } else {
      EXPECT_EQ(fetched.deliveries.size(), 3);
    }
  }

  FetchResult fetched = consumer.Fetch({.max_messages = 3,
                                        .max_wait = absl::ZeroDuration(),
                                        .group = "A",
                                        .min_ack_pending = 1});
  EXPECT_EQ(fetched.deliveries.size(), 3u);
}

// GRP-011, GRP-012, GRP-014, GRP-016
TEST_P(GroupConsumers, FetchSaysWhatTheServerRefuses) {
  FillTen();
  MakeGroups(PriorityPolicy::kPrioritized);
  struct Case {
    FetchOptions options;
    std::string refusal;
  };
  for (Case& c : std::vector<Case>{
           {{}, "400 Bad Request - Priority Group missing"},
           {{.group = "C"}, "400 Bad Request - Invalid Priority Group"},
           {{.group = "A", .min_pending = 1},
            "400 Bad Request - Not a Overflow Priority consumer"},
           {{.group = "A", .min_ack_pending = 1},
            "400 Bad Request - Not a Overflow Priority consumer"},
           {{.group = "A", .priority = 10},
            "400 Bad Request - Priority must be between 0 and 9"}}) {
    EXPECT_EQ(Consumer().Fetch(c.options).end_status,
              has_groups() ? absl::InvalidArgumentError(c.refusal)
                           : absl::OkStatus());
  }
}

// GRP-023, GRP-024, GRP-029
TEST_P(GroupConsumers, FetchWaitsForThePinToEnd) {
  FillTen();
  MakeGroups(PriorityPolicy::kPinnedClient,
             {.priority_timeout = absl::Milliseconds(400)});
  const FetchOptions options = {
      .max_messages = 2, .max_wait = absl::Milliseconds(100), .group = "A"};
  EXPECT_THAT(Sequences(Consumer().Fetch(options).deliveries),
              ElementsAre(1, 2));

  const FetchResult next = Consumer().Fetch(options);
  EXPECT_EQ(next.end_status, absl::OkStatus());
  if (has_groups()) {
    EXPECT_THAT(next.deliveries, IsEmpty());
  } else {
    EXPECT_THAT(Sequences(next.deliveries), ElementsAre(3, 4));
  }

  Advance(absl::Milliseconds(400));
  EXPECT_THAT(Sequences(Consumer().Fetch(options).deliveries),
              has_groups() ? ElementsAre(3, 4) : ElementsAre(5, 6));
}

// GRP-023, GRP-024, GRP-028, GRP-029, GRP-030
TEST_P(GroupConsumers, AnotherTakesOverFromTheOneThatStops) {
  MakeGroups(PriorityPolicy::kPinnedClient,
             {.priority_timeout = absl::Milliseconds(600)});
  std::unique_ptr<MessageIterator> first = Messages({.max_messages = 2});
  EXPECT_EQ(Next(*first, kShort), 0u);  // It asks.
  std::unique_ptr<MessageIterator> second = Messages({.max_messages = 2});
  EXPECT_EQ(Next(*second, kShort), 0u);
  FillTen();

  if (!has_groups()) {
    EXPECT_EQ(Next(*first), 1u);
    EXPECT_EQ(Next(*second), 2u);
    return;
  }
  for (std::uint64_t seq : {1, 2, 3, 4, 5}) EXPECT_EQ(Next(*first), seq);
  EXPECT_EQ(Next(*second, kShort), 0u);
  first->Stop();
  first.reset();

  // What was on the way to the first is lost with it, until the ack wait.
  const std::uint64_t taken = Next(*second);
  EXPECT_GE(taken, 6u);
  EXPECT_LE(taken, 8u);
  EXPECT_EQ(Next(*second), taken + 1);
}

// GRP-025, GRP-027, GRP-032
TEST_P(GroupConsumers, UnpinnedClientAsksAgain) {
  MakeGroups(PriorityPolicy::kPinnedClient);
  std::unique_ptr<MessageIterator> messages = Messages({.max_messages = 10});
  EXPECT_EQ(Next(*messages, kShort), 0u);
  Publish("s.a");
  EXPECT_EQ(Next(*messages), 1u);
  const std::string id = PinId();

  EXPECT_EQ(ErrorOf(jetstream().UnpinConsumer(
                "S", "C", "A",
                {.timeout = has_groups() ? absl::Seconds(5) : kShort})),
            has_groups() ? Ok() : Timeout());
  Publish("s.a");

  EXPECT_EQ(Next(*messages), 2u);
  if (has_groups()) {
    EXPECT_NE(PinId(), id);
  }
  EXPECT_EQ(messages->missed_heartbeats(), 0u);
}

// GRP-018
TEST_P(GroupConsumers, OverflowClientHelpsOutAboveItsBound) {
  MakeGroups(PriorityPolicy::kOverflow);
  std::unique_ptr<MessageIterator> helper =
      Messages({.max_messages = 10, .min_pending = 4});
  EXPECT_EQ(Next(*helper, kShort), 0u);

  Fill({"s.a", "s.a", "s.a"});
  EXPECT_EQ(Next(*helper, kShort), has_groups() ? 0u : 1u);
  Fill({"s.a", "s.a"});

  // Of five messages the helper takes those that make more than three.
  std::vector<std::uint64_t> helped;
  while (const std::uint64_t seq = Next(*helper, kShort)) helped.push_back(seq);
  std::unique_ptr<MessageIterator> regular = Messages({.max_messages = 10});
  std::vector<std::uint64_t> done;
  while (const std::uint64_t seq = Next(*regular, kShort)) done.push_back(seq);
  if (has_groups()) {
    EXPECT_THAT(helped, ElementsAre(1, 2));
    EXPECT_THAT(done, ElementsAre(3, 4, 5));
  } else {
    EXPECT_THAT(helped, ElementsAre(2, 3, 4, 5));
    EXPECT_THAT(done, IsEmpty());
  }
}

// GRP-037
TEST_P(GroupConsumers, LowestPriorityNumberGetsItAll) {
  MakeGroups(PriorityPolicy::kPrioritized);
  std::unique_ptr<MessageIterator> standby =
      Messages({.max_messages = 10, .priority = 1});
  EXPECT_EQ(Next(*standby, kShort), 0u);
  std::unique_ptr<MessageIterator> active = Messages({.max_messages = 10});
  EXPECT_EQ(Next(*active, kShort), 0u);

  Fill({"s.a", "s.a"});

  if (has_groups()) {
    EXPECT_EQ(Next(*active), 1u);
    EXPECT_EQ(Next(*active), 2u);
    EXPECT_EQ(Next(*standby, kShort), 0u);
  } else {
    EXPECT_EQ(Next(*standby), 1u);
    EXPECT_EQ(Next(*active), 2u);
  }
  active->Stop();
  active.reset();
  ASSERT_TRUE(connection().Flush(absl::Seconds(1)).ok());
  Publish("s.a");
  EXPECT_EQ(Next(*standby), 3u);
}

// GRP-029, GRP-030
TEST_P(GroupConsumers, ConsumeTakesOverToo) {
  MakeGroups(PriorityPolicy::kPinnedClient,
             {.priority_timeout = absl::Milliseconds(500)});
  Mutex mutex(runtime());
  std::vector<std::vector<std::uint64_t>> got(2);
  std::vector<std::unique_ptr<Consumption>> running;
  for (int i = 0; i < 2; ++i) {
    ConsumeOptions options;
    options.messages = {
        .max_messages = 1, .expires = absl::Seconds(2), .group = "A"};
    running.push_back(Consumer()
                          .Consume(std::move(options),
                                   [&, i](Delivery delivery) {
                                     delivery.Ack().IgnoreError();
                                     MutexLock lock(mutex);
                                     got[static_cast<std::size_t>(i)].push_back(
                                         delivery.stream_sequence());
                                   })
                          .value());
    ASSERT_TRUE(Eventually([&] {
      return Info().num_waiting == static_cast<std::uint64_t>(i + 1);
    }));
  }
  const auto count = [&](std::size_t i) {
    MutexLock lock(mutex);
    return got[i].size();
  };
  Publish("s.a");
  ASSERT_TRUE(Eventually([&] { return count(0) == 1; }));
  Publish("s.a");
  if (!has_groups()) {
    ASSERT_TRUE(Eventually([&] { return count(0) + count(1) == 2; }));
    return;
  }
  ASSERT_TRUE(Eventually([&] { return count(0) == 2; }));

  running[0]->Stop();
  Publish("s.a");

  ASSERT_TRUE(Eventually([&] { return count(1) == 1; }));
  running[1]->Stop();
  EXPECT_THAT(got[0], ElementsAre(1, 2));
  EXPECT_THAT(got[1], ElementsAre(3));
}

}  // namespace
}  // namespace windtunnel
