// Priority policy pinned_client: one client gets everything, until it is silent
// for too long or somebody says so.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/groups_behaviour.h"

namespace windtunnel {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class PinnedBehaviour : public GroupsBehaviour {
 protected:
  void MakePinned(absl::Duration timeout = absl::Minutes(1)) {
    MakeGroups(PriorityPolicy::kPinnedClient, {.priority_timeout = timeout});
  }
  // Pins `pull`, which then has no request left, with message 1; its id.
  std::string Pin(PullSubscription& pull) {
    Ask(pull, {});
    Publish("s.a");
    const std::string event = NextPinned(pull);
    const std::string id = PinId();
    EXPECT_EQ(event, By(id, 1));
    return id;
  }
  // `pull` gets message `seq` as the pinned client.
  void ExpectPinned(PullSubscription& pull, std::uint64_t seq) {
    const std::string event = NextPinned(pull);
    EXPECT_EQ(event, By(PinId(), seq));
  }
  // The next advisory as "PINNED A <id>" or "UNPINNED A timeout".
  std::string NextAdvisory(Subscription& advisories,
                           absl::Duration wait = absl::Seconds(2)) {
    absl::StatusOr<Message> message = advisories.Next(wait);
    if (!message.ok()) return ErrorOf(message).description;
    const nlohmann::json advisory = nlohmann::json::parse(message->data);
    const bool pinned = advisory.contains("pinned_id");
    EXPECT_EQ(advisory["type"],
              absl::StrCat("io.nats.jetstream.advisory.v1.consumer_group_",
                           pinned ? "pinned" : "unpinned"));
    EXPECT_EQ(advisory["account"], "$G");
    EXPECT_EQ(advisory["stream"], "S");
    EXPECT_EQ(advisory["consumer"], "C");
    return absl::StrCat(
        pinned ? "PINNED " : "UNPINNED ", advisory["group"].get<std::string>(),
        " ", advisory[pinned ? "pinned_id" : "reason"].get<std::string>());
  }
  std::unique_ptr<Subscription> ListenToAdvisories() {
    return Listen("$JS.EVENT.ADVISORY.CONSUMER.*.S.C");
  }
};

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

// GRP-028, GRP-027, INF-025
TEST_P(PinnedClient, PinEndsAfterTheTimeout) {
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
TEST_P(PinnedClient, RequestsWithTheIdMakeItLast) {
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
TEST_P(PinnedClient, NextTakesOverAfterTheTimeout) {
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
TEST_P(PinnedClient, PinOutlivesItsRequests) {
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
TEST_P(PinnedClient, WhoIsGoneMayBePinnedAllTheSame) {
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
TEST_P(PinnedClient, PassesFromTheGoneToTheLiving) {
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
TEST_P(PinnedClient, WhoCannotTakeTheMessageIsNotPinned) {
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
TEST_P(PinnedClient, IdIsNotCountedInBytes) {
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
TEST_P(PinnedClient, RequestsThatAreNoJsonPinNobody) {
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
TEST_P(PinnedClient, GroupsShareThePin) {
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
TEST_P(PinnedClient, MessagesWaitInTheirOrder) {
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
TEST_P(PinnedClient, UpdateLeavesThePin) {
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
TEST_P(PinnedClient, NobodyIsPinnedDuringAPause) {
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
TEST_P(PinnedClient, RestartUnpins) {
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
