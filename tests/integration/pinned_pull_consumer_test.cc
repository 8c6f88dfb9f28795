// PullConsumer as the pinned client of a priority group.

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/groups_behaviour.h"
#include "windtunnel/consume.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BEHAVIOUR_SUITE_OF(GroupsBehaviour, PinnedPullConsumer);

// GRP-023, GRP-024
TEST_P(PinnedPullConsumer, FetchesAgainAndAgain) {
  FillTen();
  MakeGroups(PriorityPolicy::kPinnedClient,
             {.priority_timeout = absl::Seconds(10)});
  PullConsumer pinned(jetstream(), "S", "C");
  PullConsumer other(jetstream(), "S", "C");
  FetchOptions one = {.group = "A"};
  FetchOptions quick = {.max_wait = kShort, .group = "A"};

  EXPECT_THAT(Sequences(pinned.Fetch(one).deliveries), ElementsAre(1));
  EXPECT_THAT(Sequences(pinned.Fetch(one).deliveries), ElementsAre(2));
  if (has_groups()) {
    const FetchResult none = other.Fetch(quick);
    EXPECT_EQ(none.end_status, absl::OkStatus());
    EXPECT_THAT(none.deliveries, IsEmpty());
  }
  EXPECT_THAT(Sequences(pinned.Fetch(one).deliveries), ElementsAre(3));
  auto messages = pinned.Messages({.max_messages = 1, .group = "A"}).value();
  EXPECT_EQ(messages->Next(absl::Seconds(3))->stream_sequence(), 4u);
}

// GRP-026
TEST_P(PinnedPullConsumer, IsToldWhenItIsNoMore) {
  FillTen();
  MakeGroups(PriorityPolicy::kPinnedClient,
             {.priority_timeout = absl::Seconds(10)});
  PullConsumer pinned(jetstream(), "S", "C");
  FetchOptions one = {.group = "A"};
  EXPECT_THAT(Sequences(pinned.Fetch(one).deliveries), ElementsAre(1));
  if (!has_groups()) return;
  ASSERT_TRUE(jetstream().UnpinConsumer("S", "C", "A", {}).ok());

  const FetchResult refused = pinned.Fetch(one);

  EXPECT_EQ(refused.end_status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(refused.deliveries, IsEmpty());
  EXPECT_THAT(Sequences(pinned.Fetch(one).deliveries), ElementsAre(2));
}

}  // namespace
}  // namespace windtunnel
