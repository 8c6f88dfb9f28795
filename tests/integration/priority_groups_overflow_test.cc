// Priority policy overflow: requests that wait until there is enough to do.

#include <string>
#include <vector>

#include "tests/integration/groups_behaviour.h"

namespace windtunnel {
namespace {

class OverflowBehaviour : public GroupsBehaviour {
 protected:
  void MakeOverflow(ConsumerConfig config = {}) {
    MakeGroups(PriorityPolicy::kOverflow, std::move(config));
  }
};

BEHAVIOUR_SUITE_OF(OverflowBehaviour, Overflow);

// GRP-018
TEST_P(Overflow, WaitsForMinPending) {
  FillTen();
  MakeOverflow();
  auto eleven = Pull();
  auto ten = Pull();

  Send(*eleven,
       {.expires = absl::Milliseconds(300), .group = "A", .min_pending = 11});
  EXPECT_EQ(NextEvent(*eleven, kShort), has_groups() ? "nothing" : "1");
  Send(*ten, {.batch = 3,
              .expires = absl::Milliseconds(300),
              .group = "B",
              .min_pending = 10});

  EXPECT_EQ(NextEvent(*ten), has_groups() ? "1" : "2");
  EXPECT_EQ(NextEvent(*ten), has_groups() ? "408 Request Timeout" : "3");
  EXPECT_EQ(Info().num_ack_pending, has_groups() ? 1u : 4u);
}

// GRP-018
TEST_P(Overflow, MessagesToComeMayMakeItEnough) {
  MakeOverflow();
  auto three = Pull();
  Ask(*three, {.batch = 10, .min_pending = 3});

  Publish("s.a");
  Publish("s.a");
  EXPECT_EQ(NextEvent(*three, kShort), has_groups() ? "nothing" : "1");
  Publish("s.a");

  EXPECT_EQ(NextEvent(*three), has_groups() ? "1" : "2");
  EXPECT_EQ(NextEvent(*three, kShort), has_groups() ? "nothing" : "3");
  EXPECT_EQ(Info().num_pending, has_groups() ? 2u : 0u);
  EXPECT_EQ(Info().num_waiting, 1u);
}

// GRP-018
TEST_P(Overflow, FilterDecidesWhatIsPending) {
  FillTen();
  MakeOverflow({.filter_subject = "s.b"});
  auto four = Pull();
  auto three = Pull();
  Send(*four,
       {.expires = absl::Milliseconds(200), .group = "A", .min_pending = 4});
  Send(*three,
       {.expires = absl::Milliseconds(200), .group = "A", .min_pending = 3});

  EXPECT_EQ(NextEvent(*four), has_groups() ? "408 Request Timeout" : "2");
  EXPECT_EQ(NextEvent(*three), has_groups() ? "2" : "5");
}

// GRP-018: what is delivered again is not pending, but one is counted for it.
TEST_P(Overflow, RedeliveriesCountAsOne) {
  FillTen();
  MakeOverflow();
  std::vector<Delivery> fetched;
  {
    auto pull = Pull();
    Send(*pull, {.batch = 8, .expires = absl::Seconds(2), .group = "A"});
    for (int i = 0; i < 8; ++i) {
      fetched.push_back(std::get<Delivery>(
          pull->Next(runtime().Now() + absl::Seconds(2), {}).value()));
    }
  }
  auto four = Pull();
  Ask(*four, {.min_pending = 4}, has_groups() ? 1 : 0);
  auto three = Pull();
  Ask(*three, {.min_pending = 3}, has_groups() ? 2 : 0);
  EXPECT_EQ(NextEvent(*four, kShort), has_groups() ? "nothing" : "9");
  EXPECT_EQ(NextEvent(*three, kShort), has_groups() ? "nothing" : "10");

  ASSERT_TRUE(fetched[0].Nak().ok());

  EXPECT_EQ(NextEvent(*three, has_groups() ? absl::Seconds(2) : kShort),
            has_groups() ? "1" : "nothing");
  EXPECT_EQ(NextEvent(*four, kShort), "nothing");
}

// GRP-019
TEST_P(Overflow, WaitsForMinAckPending) {
  FillTen();
  MakeOverflow();
  auto two = Pull();
  Ask(*two, {.batch = 2, .min_ack_pending = 2}, has_groups() ? 1 : 0);
  EXPECT_EQ(NextEvent(*two, kShort), has_groups() ? "nothing" : "1");

  auto plain = Pull();
  Send(*plain, {.batch = 2, .expires = absl::Seconds(2), .group = "A"});

  // The plain request gets one in its turn, and one more while there is still
  // too little; what is delivered then makes it enough.
  EXPECT_EQ(NextEvent(*plain), has_groups() ? "1" : "3");
  EXPECT_EQ(NextEvent(*plain), has_groups() ? "2" : "4");
  EXPECT_EQ(NextEvent(*two), has_groups() ? "3" : "2");
  EXPECT_EQ(NextEvent(*two, kShort), has_groups() ? "4" : "nothing");
}

// GRP-020
TEST_P(Overflow, OneConditionOfTwoIsEnough) {
  FillTen();
  MakeOverflow();
  auto pull = Pull();
  Send(*pull, {.expires = absl::Milliseconds(200),
               .group = "A",
               .min_pending = 10,
               .min_ack_pending = 5});
  EXPECT_EQ(NextEvent(*pull), "1");
  Send(*pull, {.expires = absl::Milliseconds(200),
               .group = "A",
               .min_pending = 10,
               .min_ack_pending = 1});
  EXPECT_EQ(NextEvent(*pull), "2");
  Send(*pull, {.expires = absl::Milliseconds(200),
               .group = "A",
               .min_pending = 10,
               .min_ack_pending = 5});
  EXPECT_EQ(NextEvent(*pull), has_groups() ? "408 Request Timeout" : "3");
  Send(*pull, {.expires = absl::Milliseconds(200),
               .group = "A",
               .min_pending = -10,
               .min_ack_pending = -5});
  EXPECT_EQ(NextEvent(*pull), has_groups() ? "3" : "4");
  Send(*pull, {.expires = absl::Milliseconds(200),
               .group = "A",
               .min_pending = -1,
               .min_ack_pending = 5});
  EXPECT_EQ(NextEvent(*pull), has_groups() ? "408 Request Timeout" : "5");
}

// GRP-021
TEST_P(Overflow, OthersAreServedInTurnMeanwhile) {
  MakeOverflow();
  auto a = Pull();
  auto over = Pull();
  auto b = Pull();
  Ask(*a, {.batch = 3}, 1);
  Ask(*over, {.batch = 3, .min_pending = 5}, 2);
  Ask(*b, {.batch = 3}, 3);

  for (int i = 0; i < 4; ++i) Publish("s.a");

  if (has_groups()) {
    for (const char* seq : {"1", "3"}) EXPECT_EQ(NextEvent(*a), seq);
    for (const char* seq : {"2", "4"}) EXPECT_EQ(NextEvent(*b), seq);
    EXPECT_EQ(NextEvent(*over, kShort), "nothing");
  } else {
    for (const char* seq : {"1", "4"}) EXPECT_EQ(NextEvent(*a), seq);
    EXPECT_EQ(NextEvent(*over), "2");
    EXPECT_EQ(NextEvent(*b), "3");
  }
}

// GRP-022
TEST_P(Overflow, NoWaitWithUnmetConditionGetsNothing) {
  FillTen();
  MakeOverflow();
  auto pull = Pull();
  Send(*pull, {.no_wait = true, .group = "A", .min_pending = 11});
  EXPECT_EQ(NextEvent(*pull), has_groups() ? "404 No Messages" : "1");

  // With a time to wait it does: nothing was delivered to it.
  Send(*pull, {.expires = absl::Milliseconds(200),
               .no_wait = true,
               .group = "A",
               .min_pending = 11});
  EXPECT_EQ(NextEvent(*pull), has_groups() ? "408 Request Timeout" : "2");

  // And if it gets some and its condition fails then, it is over.
  Send(*pull, {.batch = 5,
               .expires = absl::Seconds(5),
               .no_wait = true,
               .group = "A",
               .min_pending = 10});
  EXPECT_EQ(NextEvent(*pull), has_groups() ? "1" : "3");
  EXPECT_EQ(NextEvent(*pull), has_groups() ? "404 No Messages" : "4");
}

// GRP-018
TEST_P(Overflow, BoundOfBytesIsLookedAtAfterTheCondition) {
  FillTen();
  MakeOverflow();
  auto pull = Pull();
  Send(*pull, {.expires = absl::Milliseconds(200),
               .max_bytes = 5,
               .group = "A",
               .min_pending = 11});
  EXPECT_EQ(NextEvent(*pull), has_groups()
                                  ? "408 Request Timeout"
                                  : "409 Message Size Exceeds MaxBytes");
  Send(*pull, {.expires = absl::Milliseconds(200),
               .max_bytes = 5,
               .group = "A",
               .min_pending = 10});
  EXPECT_EQ(NextEvent(*pull), "409 Message Size Exceeds MaxBytes");
}

// CON-110, GRP-018
TEST_P(Overflow, ConditionsEndWithThePolicy) {
  FillTen();
  MakeOverflow();
  auto pull = Pull();
  Ask(*pull, {.batch = 2, .min_pending = 11}, has_groups() ? 1 : 0);
  EXPECT_EQ(NextEvent(*pull, kShort), has_groups() ? "nothing" : "1");

  ASSERT_TRUE(jetstream()
                  .UpdateConsumer("S", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  Publish("s.a");

  EXPECT_EQ(NextEvent(*pull), has_groups() ? "1" : "2");
}

}  // namespace
}  // namespace windtunnel
