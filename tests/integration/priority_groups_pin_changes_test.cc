// Priority policy pinned_client: how long a pin lasts, and who has it next.

#include <cstdint>
#include <optional>
#include <string>

#include "tests/integration/pinned_behaviour.h"

namespace windtunnel {
namespace {

using testing::SizeIs;

BEHAVIOUR_SUITE_OF(PinnedBehaviour, PinChanges);

// GRP-028, GRP-027, INF-025
TEST_P(PinChanges, PinEndsAfterTheTimeout) {
  MakePinned(absl::Milliseconds(400));
  auto advisories = ListenToAdvisories();
  auto pull = Pull();
  Ask(*pull, {.batch = 100});
  const absl::Time start = runtime().Now();
  Publish("s.a");
  const std::string event = NextPinned(*pull);
  const std::string id = PinId();
  EXPECT_EQ(event, By(id, 1));
  Advance(absl::Milliseconds(200));
  Publish("s.a");  // Deliveries do not make it last.
  EXPECT_EQ(NextPinned(*pull), By(id, 2));
  if (!has_groups()) {
    Advance(absl::Milliseconds(300));
    Publish("s.a");
    EXPECT_EQ(NextPinned(*pull), "3");
    return;
  }

  EXPECT_EQ(NextAdvisory(*advisories), "PINNED A " + id);
  EXPECT_EQ(NextAdvisory(*advisories), "UNPINNED A timeout");
  EXPECT_GE(runtime().Now() - start, absl::Milliseconds(399));
  EXPECT_LE(runtime().Now() - start, absl::Milliseconds(550));
  EXPECT_EQ(PinId(), "");
  EXPECT_EQ(NextPinned(*pull, kShort), "nothing");
  Publish("s.a");
  EXPECT_EQ(NextPinned(*pull), "423 Nats-Wrong-Pin-Id");
}

// GRP-028
TEST_P(PinChanges, RequestsWithTheIdMakeItLast) {
  MakePinned(absl::Milliseconds(400));
  auto pull = Pull();
  const std::string id = Pin(*pull);
  const std::optional<absl::Time> since =
      has_groups() ? Info().priority_groups[0].pinned_ts : std::nullopt;
  for (int i = 0; i < 3; ++i) {
    Advance(absl::Milliseconds(200));
    Send(*pull, {.no_wait = true, .group = "B", .id = id});
    EXPECT_EQ(NextPinned(*pull), "404 No Messages");
  }

  EXPECT_EQ(PinId(), id);
  if (has_groups()) {
    EXPECT_EQ(Info().priority_groups[0].pinned_ts, since);
  }
  Advance(absl::Milliseconds(450));
  EXPECT_EQ(PinId(), "");
}

// GRP-029, GRP-030
TEST_P(PinChanges, NextTakesOverAfterTheTimeout) {
  MakePinned(absl::Milliseconds(500));
  auto advisories = ListenToAdvisories();
  std::string id;
  auto dead = Pull();
  Ask(*dead, {.batch = 5});
  Publish("s.a");
  const std::string event = NextPinned(*dead);
  id = PinId();
  EXPECT_EQ(event, By(id, 1));
  dead->Unsubscribe();
  ASSERT_TRUE(connection().Flush(absl::Seconds(1)).ok());
  const absl::Time start = runtime().Now();
  auto heir = Pull();
  Ask(*heir, {.group = "B"});

  Publish("s.a");

  if (!has_groups()) {
    EXPECT_EQ(NextPinned(*heir), "2");
    return;
  }
  EXPECT_EQ(NextPinned(*heir, kShort), "nothing");
  EXPECT_EQ(PinId(), id);
  const std::string taken = NextPinned(*heir);
  EXPECT_GE(runtime().Now() - start, absl::Milliseconds(350));
  EXPECT_NE(PinId(), id);
  EXPECT_EQ(taken, By(PinId(), 2));
  EXPECT_EQ(NextAdvisory(*advisories), "PINNED A " + id);
  EXPECT_EQ(NextAdvisory(*advisories), "UNPINNED A timeout");
  EXPECT_EQ(NextAdvisory(*advisories), "PINNED B " + PinId());
}

// GRP-030
TEST_P(PinChanges, PinOutlivesItsRequests) {
  MakePinned();
  auto pull = Pull();
  const std::string id = Pin(*pull);
  Ask(*pull, {.expires = absl::Milliseconds(100), .id = id});
  EXPECT_EQ(NextPinned(*pull), "408 Request Timeout");
  EXPECT_EQ(PinId(), id);
  pull.reset();
  ASSERT_TRUE(connection().Flush(absl::Seconds(1)).ok());
  EXPECT_EQ(PinId(), id);

  auto again = Pull();
  Ask(*again, {.id = id});
  Publish("s.a");
  EXPECT_EQ(NextPinned(*again), By(id, 2));
}

// GRP-030: even if nobody ever learnt of it.
TEST_P(PinChanges, WhoIsGoneMayBePinnedAllTheSame) {
  MakePinned(absl::Milliseconds(400));
  auto advisories = ListenToAdvisories();
  auto dead = Pull();
  Ask(*dead, {});
  dead->Unsubscribe();
  ASSERT_TRUE(connection().Flush(absl::Seconds(1)).ok());
  Publish("s.a");
  ASSERT_TRUE(Eventually([&] { return has_groups() == (PinId() != ""); }));

  auto heir = Pull();
  Ask(*heir, {}, has_groups() ? 1 : 0);

  EXPECT_EQ(NextPinned(*heir, kShort), has_groups() ? "nothing" : "1");
  if (!has_groups()) return;
  ExpectPinned(*heir, 1);
  EXPECT_THAT(NextAdvisory(*advisories), testing::StartsWith("PINNED A "));
  EXPECT_EQ(NextAdvisory(*advisories), "UNPINNED A timeout");
  EXPECT_EQ(NextAdvisory(*advisories), "PINNED A " + PinId());
}

// GRP-030: each is pinned in its turn, and the timeout names the first group.
TEST_P(PinChanges, PassesFromTheGoneToTheLiving) {
  MakePinned(absl::Milliseconds(400));
  auto advisories = ListenToAdvisories();
  auto dead = Pull();
  Ask(*dead, {}, 1);
  Ask(*dead, {}, 2);
  auto heir = Pull();
  Ask(*heir, {.group = "B"}, 3);
  dead->Unsubscribe();
  ASSERT_TRUE(connection().Flush(absl::Seconds(1)).ok());

  Publish("s.a");

  ExpectPinned(*heir, 1);
  if (!has_groups()) return;
  EXPECT_THAT(NextAdvisory(*advisories), testing::StartsWith("PINNED A "));
  EXPECT_THAT(NextAdvisory(*advisories), testing::StartsWith("PINNED A "));
  EXPECT_EQ(NextAdvisory(*advisories), "PINNED B " + PinId());
  EXPECT_EQ(NextAdvisory(*advisories), "UNPINNED A timeout");
}

// GRP-031
TEST_P(PinChanges, WhoCannotTakeTheMessageIsNotPinned) {
  MakePinned();
  auto advisories = ListenToAdvisories();
  auto small = Pull();
  auto large = Pull();
  Ask(*small, {.max_bytes = 5}, 1);
  Publish("s.a");
  EXPECT_EQ(NextStatus(*small),
            (PullStatus{.code = 409,
                        .description = "Message Size Exceeds MaxBytes",
                        .pending_messages = 1,
                        .pending_bytes = 5}));
  EXPECT_EQ(PinId(), "");

  Send(*large, {.max_bytes = 1000, .group = "A"});

  ExpectPinned(*large, 1);
  if (!has_groups()) return;
  EXPECT_THAT(NextAdvisory(*advisories), testing::StartsWith("PINNED A "));
  EXPECT_EQ(NextAdvisory(*advisories), "PINNED A " + PinId());
}

// GRP-023: the id is not counted.
TEST_P(PinChanges, IdIsNotCountedInBytes) {
  Publish("s.a", "data");
  MakeExplicit();
  auto pull = Pull();
  Send(*pull, {.max_bytes = 1000});
  EXPECT_EQ(NextPinned(*pull), "1");
  // 2.9 does not tell what is left.
  const std::int64_t size =
      Since("2.10") ? 1000 - static_cast<std::int64_t>(
                                 NextStatus(*pull).pending_bytes.value_or(0))
                    : 46;
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  MakePinned();

  Send(*pull, {.batch = 5, .max_bytes = size - 1, .group = "A"});
  EXPECT_EQ(NextPinned(*pull), "409 Message Size Exceeds MaxBytes");
  Send(*pull, {.batch = 5, .max_bytes = size, .group = "A"});
  ExpectPinned(*pull, 1);
  EXPECT_EQ(NextPinned(*pull, kShort), "nothing");
  EXPECT_EQ(Info().num_waiting, 0u);
}

// GRP-013
TEST_P(PinChanges, RequestsThatAreNoJsonPinNobody) {
  MakePinned();
  auto raw = SendRaw("");
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));
  Publish("s.a");
  const Message message = raw->Next(absl::Seconds(2)).value();
  EXPECT_EQ(message.headers.Get("Nats-Pin-Id"),
            has_groups() ? std::optional<absl::string_view>("") : std::nullopt);
  EXPECT_EQ(PinId(), "");
  auto pull = Pull();
  Ask(*pull, {});
  Publish("s.a");
  ExpectPinned(*pull, 2);

  // While somebody is pinned they wait like all others.
  raw = SendRaw("1");
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));
  Publish("s.a");

  absl::StatusOr<Message> next = raw->Next(kShort);
  EXPECT_EQ(next.ok(), !has_groups());
}

// GRP-008
TEST_P(PinChanges, GroupsShareThePin) {
  MakePinned();
  auto b = Pull();
  Ask(*b, {.group = "B"});
  Publish("s.a");
  const std::string event = NextPinned(*b);
  const std::string id = PinId();
  EXPECT_EQ(event, By(id, 1));
  auto a = Pull();

  Ask(*a, {.expires = absl::Milliseconds(200)});
  Publish("s.a");

  EXPECT_EQ(NextPinned(*a), has_groups() ? "408 Request Timeout" : "2");
  if (!has_groups()) return;
  EXPECT_EQ(Info().priority_groups[0].group, "A");
  Send(*a, {.expires = absl::Seconds(2), .group = "A", .id = id});
  EXPECT_EQ(NextPinned(*a), By(id, 2));
}

// GRP-024: what nobody may have goes back where it was.
TEST_P(PinChanges, MessagesWaitInTheirOrder) {
  MakePinned();
  auto pinned = Pull();
  const std::string id = Pin(*pinned);
  Fill({"s.a", "s.b", "s.c"});
  auto other = Pull();
  Ask(*other, {.batch = 3}, has_groups() ? 1 : 0);
  EXPECT_EQ(Info().num_pending, has_groups() ? 3u : 0u);
  EXPECT_EQ(Info().delivered.stream_seq, has_groups() ? 1u : 4u);
  auto& taker = has_groups() ? *pinned : *other;
  if (has_groups()) {
    Send(*pinned,
         {.batch = 3, .expires = absl::Seconds(2), .group = "A", .id = id});
  }

  for (std::uint64_t seq : {2, 3, 4}) {
    EXPECT_EQ(NextPinned(taker), By(id, seq));
  }
}

// CON-110: the pin and its timeout outlive the policy.
TEST_P(PinChanges, UpdateLeavesThePin) {
  MakePinned(absl::Milliseconds(500));
  auto pull = Pull();
  const std::string id = Pin(*pull);
  auto other = Pull();
  Ask(*other, {});
  const absl::StatusOr<ConsumerInfo> info = jetstream().UpdateConsumer(
      "S", {.durable_name = "C",
            .ack_policy = AckPolicy::kExplicit,
            .priority_groups = {"B"},
            .priority_policy = PriorityPolicy::kOverflow});
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(PinId(), id);
  Publish("s.a");

  EXPECT_EQ(NextPinned(*other, kShort), has_groups() ? "nothing" : "2");
  if (has_groups()) {
    EXPECT_EQ(NextPinned(*other), "2");
  }
  EXPECT_EQ(PinId(), "");
}

// CON-153, GRP-023
TEST_P(PinChanges, NobodyIsPinnedDuringAPause) {
  MakePinned();
  auto pull = Pull();
  Ask(*pull, {});
  const absl::StatusOr<PauseState> paused = jetstream().PauseConsumer(
      "S", "C", runtime().Now() + absl::Milliseconds(400),
      {.timeout = absl::Milliseconds(50)});
  EXPECT_EQ(ErrorOf(paused), has_groups() ? Ok() : Timeout());
  Publish("s.a");
  EXPECT_EQ(NextPinned(*pull, kShort), has_groups() ? "nothing" : "1");
  EXPECT_EQ(PinId(), "");
  if (has_groups()) ExpectPinned(*pull, 1);
}

// GRP-036
TEST_P(PinChanges, RestartUnpins) {
  const std::string name = FreshName();
  Create({.name = name});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer(
                      name, {.durable_name = "C",
                             .ack_policy = AckPolicy::kExplicit,
                             .priority_groups = {"A"},
                             .priority_policy = PriorityPolicy::kPinnedClient})
                  .ok());
  Publish(name);
  auto pull = jetstream().SubscribePull(name, "C").value();
  Send(*pull, {.expires = absl::Seconds(5), .group = "A"});
  EXPECT_THAT(NextPinned(*pull),
              testing::StartsWith(has_groups() ? "1 by " : "1"));

  ASSERT_EQ(world().RestartServer(), absl::OkStatus());
  ASSERT_TRUE(Eventually([&] { return jetstream().GetAccountInfo().ok(); },
                         absl::Seconds(10)));

  const ConsumerInfo info = jetstream().GetConsumerInfo(name, "C").value();
  ASSERT_THAT(info.priority_groups, SizeIs(has_groups() ? 1 : 0));
  if (has_groups()) {
    EXPECT_EQ(
        info.priority_groups[0],
        (PriorityGroupState{
            .group = "A", .pinned_client_id = "", .pinned_ts = std::nullopt}));
    EXPECT_EQ(info.config.priority_policy, PriorityPolicy::kPinnedClient);
    EXPECT_EQ(info.config.priority_timeout, absl::Minutes(2));
  }
}

}  // namespace
}  // namespace windtunnel
