// Priority policy prioritized: the lowest number first.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/groups_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class PrioritizedBehaviour : public GroupsBehaviour {
 protected:
  // Everything that `pull` gets at once.
  std::vector<std::string> All(PullSubscription& pull) {
    std::vector<std::string> all;
    for (;;) {
      const std::string event = NextEvent(pull, kShort);
      if (event == "nothing") return all;
      all.push_back(event);
    }
  }
};

BEHAVIOUR_SUITE_OF(PrioritizedBehaviour, Prioritized);

// GRP-037, PUL-019
TEST_P(Prioritized, LowestPriorityFirstThenInTurn) {
  MakeGroups(PriorityPolicy::kPrioritized);
  auto p2 = Pull();
  auto p0 = Pull();
  auto p1 = Pull();
  auto p0_too = Pull();
  Ask(*p2, {.batch = 2, .priority = 2}, 1);
  Ask(*p0, {.batch = 2}, 2);
  Ask(*p1, {.batch = 2, .priority = 1}, 3);
  Ask(*p0_too, {.batch = 2, .group = "B", .priority = 0}, 4);

  FillTen();

  if (has_groups()) {
    EXPECT_THAT(All(*p0), ElementsAre("1", "3"));
    EXPECT_THAT(All(*p0_too), ElementsAre("2", "4"));
    EXPECT_THAT(All(*p1), ElementsAre("5", "6"));
    EXPECT_THAT(All(*p2), ElementsAre("7", "8"));
  } else {
    EXPECT_THAT(All(*p2), ElementsAre("1", "5"));
    EXPECT_THAT(All(*p0), ElementsAre("2", "6"));
    EXPECT_THAT(All(*p1), ElementsAre("3", "7"));
    EXPECT_THAT(All(*p0_too), ElementsAre("4", "8"));
  }
}

// GRP-037
TEST_P(Prioritized, LaterRequestOvertakes) {
  MakeGroups(PriorityPolicy::kPrioritized);
  auto late = Pull();
  auto early = Pull();
  Ask(*late, {.batch = 5, .priority = 9}, 1);
  Publish("s.a");
  EXPECT_EQ(NextEvent(*late), "1");
  Ask(*early, {.batch = 2, .priority = 8}, 2);

  for (int i = 0; i < 3; ++i) Publish("s.a");

  if (has_groups()) {
    EXPECT_THAT(All(*early), ElementsAre("2", "3"));
    EXPECT_THAT(All(*late), ElementsAre("4"));
  } else {
    EXPECT_THAT(All(*late), ElementsAre("2", "4"));
    EXPECT_THAT(All(*early), ElementsAre("3"));
  }
}

// GRP-038
TEST_P(Prioritized, RequestsThatAreNoJsonComeLast) {
  MakeGroups(PriorityPolicy::kPrioritized);
  auto raw = SendRaw("2");
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));
  auto nine = Pull();
  Ask(*nine, {.batch = 2, .priority = 9}, 2);

  Fill({"s.a", "s.a", "s.a"});

  if (has_groups()) {
    EXPECT_THAT(All(*nine), ElementsAre("1", "2"));
    EXPECT_EQ(raw->Next(absl::Seconds(2)).value().data, "3");
  } else {
    EXPECT_EQ(raw->Next(absl::Seconds(2)).value().data, "1");
    EXPECT_THAT(All(*nine), ElementsAre("2"));
  }
}

// GRP-039
TEST_P(Prioritized, RestIsAsForOrdinaryPulls) {
  MakeGroups(PriorityPolicy::kPrioritized, {.max_waiting = 2});
  auto zero = Pull();
  auto one = Pull();
  Send(*zero, {.no_wait = true, .group = "A"});
  EXPECT_EQ(NextEvent(*zero), "404 No Messages");

  Ask(*one, {.batch = 3, .expires = absl::Milliseconds(400), .priority = 1}, 1);
  Ask(*zero, {.batch = 3, .expires = absl::Milliseconds(400), .max_bytes = 5},
      2);
  auto third = Pull();
  Send(*third, {.expires = absl::Seconds(2), .group = "A"});
  EXPECT_EQ(NextEvent(*third), "409 Exceeded MaxWaiting");
  Publish("s.a");

  if (has_groups()) {
    EXPECT_EQ(NextEvent(*zero), "409 Message Size Exceeds MaxBytes");
    EXPECT_EQ(NextEvent(*one), "1");
  } else {
    EXPECT_EQ(NextEvent(*one), "1");
    EXPECT_EQ(NextEvent(*zero, kShort), "nothing");
  }
  EXPECT_EQ(NextEvent(*one), "408 Request Timeout");
}

// GRP-037, CON-110
TEST_P(Prioritized, RequestsThatWaitAreNotSortedByAnUpdate) {
  MakeGroups(PriorityPolicy::kOverflow);
  auto nine = Pull();
  auto one = Pull();
  auto five = Pull();
  Ask(*nine, {.batch = 2, .priority = 9}, 1);
  Ask(*one, {.batch = 2, .priority = 1}, 2);
  ASSERT_TRUE(jetstream()
                  .UpdateConsumer(
                      "S", {.durable_name = "C",
                            .ack_policy = AckPolicy::kExplicit,
                            .priority_groups = {"A"},
                            .priority_policy = PriorityPolicy::kPrioritized})
                  .ok());
  // Goes before the first that is greater, as does the request that is served.
  Ask(*five, {.batch = 1, .priority = 5}, 3);

  Fill({"s.a", "s.a", "s.a", "s.a"});

  if (has_groups()) {
    EXPECT_THAT(All(*five), ElementsAre("1"));
    EXPECT_THAT(All(*nine), ElementsAre("2"));
    EXPECT_THAT(All(*one), ElementsAre("3", "4"));
  } else {
    EXPECT_THAT(All(*nine), ElementsAre("1", "4"));
    EXPECT_THAT(All(*one), ElementsAre("2"));
    EXPECT_THAT(All(*five), ElementsAre("3"));
  }
}

}  // namespace
}  // namespace windtunnel
