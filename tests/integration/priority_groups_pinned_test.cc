// Priority policy pinned_client: one client gets everything.

#include <string>

#include "tests/integration/pinned_behaviour.h"

namespace windtunnel {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

BEHAVIOUR_SUITE_OF(PinnedBehaviour, PinnedClient);

// GRP-023, INF-024, INF-010
TEST_P(PinnedClient, FirstThatGetsAMessageIsPinned) {
  MakePinned();
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.PINNED.S.C");
  auto first = Pull();
  auto second = Pull();
  Ask(*first, {.batch = 2}, 1);
  Ask(*second, {.batch = 2}, 2);
  EXPECT_EQ(PinId(), "");

  const absl::Time before = runtime().Now();
  Fill({"s.a", "s.a"});

  const std::string event = NextPinned(*first);
  const ConsumerInfo info = Info();
  if (!has_groups()) {
    EXPECT_EQ(event, "1");
    EXPECT_EQ(NextPinned(*second), "2");
    EXPECT_THAT(info.priority_groups, IsEmpty());
    return;
  }
  ASSERT_THAT(info.priority_groups, SizeIs(1));
  const PriorityGroupState& group = info.priority_groups[0];
  EXPECT_EQ(group.group, "A");
  EXPECT_THAT(group.pinned_client_id, testing::MatchesRegex("[0-9A-Za-z]{22}"));
  ASSERT_TRUE(group.pinned_ts.has_value());
  EXPECT_GE(*group.pinned_ts, before - absl::Milliseconds(50));
  EXPECT_LE(*group.pinned_ts, runtime().Now() + absl::Milliseconds(50));
  EXPECT_EQ(event, By(group.pinned_client_id, 1));
  EXPECT_EQ(NextPinned(*first), By(group.pinned_client_id, 2));
  EXPECT_EQ(NextPinned(*second, kShort), "nothing");
  EXPECT_EQ(NextAdvisory(*advisories), "PINNED A " + group.pinned_client_id);
}

// GRP-023
TEST_P(PinnedClient, IdFollowsTheHeadersOfTheMessage) {
  MakePinned();
  auto raw = SendRaw(R"({"group":"A","batch":2})");
  ASSERT_TRUE(jetstream()
                  .Publish({.subject = "s.a",
                            .headers = {{"X", "1"}, {"Y", ""}},
                            .data = "data"})
                  .ok());
  Publish("s.a", "bare");

  for (const char* data : {"data", "bare"}) {
    const Message message = raw->Next(absl::Seconds(2)).value();
    EXPECT_EQ(message.data, data);
    if (!has_groups()) {
      EXPECT_FALSE(message.headers.Get("Nats-Pin-Id").has_value());
      continue;
    }
    ASSERT_THAT(message.headers.entries(), testing::Not(IsEmpty()));
    EXPECT_EQ(message.headers.entries().back().first, "Nats-Pin-Id");
    EXPECT_EQ(message.headers.entries().back().second, PinId());
    EXPECT_EQ(message.headers.entries().size(),
              data == absl::string_view("data") ? 3u : 1u);
  }
}

// GRP-024
TEST_P(PinnedClient, OthersWaitAndRunOutOfTime) {
  MakePinned();
  auto pinned = Pull();
  const std::string id = Pin(*pinned);
  auto other = Pull();
  Ask(*other, {.expires = absl::Milliseconds(250)});

  Publish("s.a");

  EXPECT_EQ(NextPinned(*other), has_groups() ? "408 Request Timeout" : "2");
  if (has_groups()) {
    Ask(*pinned, {.id = id}, 0);
    EXPECT_EQ(NextPinned(*pinned), By(id, 2));
  }
}

// GRP-024
TEST_P(PinnedClient, OthersGetNothingWithoutWaitingEither) {
  MakePinned();
  auto pinned = Pull();
  Pin(*pinned);
  Publish("s.a");
  auto other = Pull();

  Send(*other, {.no_wait = true, .group = "A"});

  EXPECT_EQ(NextPinned(*other), has_groups() ? "404 No Messages" : "2");
}

// GRP-025
TEST_P(PinnedClient, OtherIdIsRefusedOnArrival) {
  MakePinned();
  auto pinned = Pull();
  const std::string id = Pin(*pinned);
  auto other = Pull();

  Send(*other, {.expires = absl::Milliseconds(200), .group = "A", .id = "x"});

  const PullStatus status = NextStatus(*other);
  if (has_groups()) {
    EXPECT_EQ(status,
              (PullStatus{.code = 423, .description = "Nats-Pin-Id mismatch"}));
  } else {
    EXPECT_EQ(status.code, 408);
  }
}

// GRP-026
TEST_P(PinnedClient, IdOfNobodyIsRefusedWithTheNextMessage) {
  MakePinned();
  auto pull = Pull();
  Ask(*pull, {.batch = 3, .max_bytes = 1000, .id = "x"});
  EXPECT_EQ(NextPinned(*pull, kShort), "nothing");

  Publish("s.a");

  if (!has_groups()) {
    EXPECT_EQ(NextPinned(*pull), "1");
    return;
  }
  EXPECT_EQ(NextStatus(*pull), (PullStatus{.code = 423,
                                           .description = "Nats-Wrong-Pin-Id",
                                           .pending_messages = 3,
                                           .pending_bytes = 1000}));
  EXPECT_EQ(Info().num_pending, 1u);
  EXPECT_EQ(Info().num_waiting, 0u);
  EXPECT_EQ(PinId(), "");
}

// GRP-026, GRP-023
TEST_P(PinnedClient, NextWithoutIdIsPinnedInstead) {
  MakePinned();
  auto stale = Pull();
  auto fresh = Pull();
  Ask(*stale, {.id = "x"}, 1);
  Ask(*fresh, {}, 2);

  Publish("s.a");

  if (has_groups()) {
    EXPECT_EQ(NextPinned(*stale), "423 Nats-Wrong-Pin-Id");
    ExpectPinned(*fresh, 1);
  } else {
    EXPECT_EQ(NextPinned(*stale), "1");
    EXPECT_EQ(NextPinned(*fresh, kShort), "nothing");
  }
}

// GRP-027, GRP-032
TEST_P(PinnedClient, UnpinnedRequestEndsWithTheNextMessage) {
  MakePinned();
  auto advisories = ListenToAdvisories();
  auto pull = Pull();
  Ask(*pull, {.batch = 5});
  Publish("s.a");
  const std::string event = NextPinned(*pull);
  const std::string id = PinId();
  EXPECT_EQ(event, By(id, 1));
  if (!has_groups()) {
    EXPECT_EQ(ErrorOf(jetstream().UnpinConsumer(
                  "S", "C", "A", {.timeout = absl::Milliseconds(50)})),
              Timeout());
    Publish("s.a");
    EXPECT_EQ(NextPinned(*pull), "2");
    return;
  }
  EXPECT_EQ(NextAdvisory(*advisories), "PINNED A " + id);

  ASSERT_TRUE(jetstream().UnpinConsumer("S", "C", "B", {}).ok());

  EXPECT_EQ(NextAdvisory(*advisories), "UNPINNED B admin");
  EXPECT_EQ(PinId(), "");
  EXPECT_EQ(Info().num_waiting, 1u);
  Publish("s.a");
  EXPECT_EQ(NextStatus(*pull), (PullStatus{.code = 423,
                                           .description = "Nats-Wrong-Pin-Id",
                                           .pending_messages = 4,
                                           .pending_bytes = 0}));
  Ask(*pull, {}, 0);
  const std::string next = NextPinned(*pull);
  EXPECT_NE(PinId(), id);
  EXPECT_EQ(next, By(PinId(), 2));
}

}  // namespace
}  // namespace windtunnel
