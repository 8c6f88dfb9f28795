// Messages that carry their own time to live.

#include <string>

#include "tests/integration/timed_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class MessageTtlBehaviour : public TimedBehaviour {
 protected:
  static StreamConfig Config(const std::string& name,
                             Storage storage = Storage::kMemory) {
    return {.name = name,
            .subjects = {name + ".>"},
            .storage = storage,
            .allow_msg_ttl = true};
  }
};

BEHAVIOUR_SUITE_OF(MessageTtlBehaviour, MessageTtl);

const JetStreamError kInvalid = {400, 10165, "invalid per-message TTL"};
const JetStreamError kDisabled = {400, 10166, "per-message TTL is disabled"};

// STO-089
TEST_P(MessageTtl, IsWholeSecondsADurationOrNever) {
  Create(Config("S"));
  for (const std::string good :
       {"5", "1s", "1500ms", "1h30m", "never", "NEVER", "", "00", "9223372036",
        "18446744073709551617"}) {
    EXPECT_EQ(Put("S.x", {{"Nats-TTL", good}}), Ok()) << good;
  }
  for (const std::string bad : {"0", "0s", "999ms", "-1", "-1s", "+5", "1.5",
                                "soon", "5 ", "9223372036854775808"}) {
    EXPECT_EQ(Put("S.x", {{"Nats-TTL", bad}}), Since("2.11") ? kInvalid : Ok())
        << bad;
  }
}

// STO-088, STO-089
TEST_P(MessageTtl, NeedsTheOption) {
  Create({.name = "S", .storage = Storage::kMemory});
  const JetStreamError disabled = Since("2.11") ? kDisabled : Ok();

  EXPECT_EQ(Put("S", {{"Nats-TTL", "5"}}), disabled);
  EXPECT_EQ(Put("S", {{"Nats-TTL", "never"}}), disabled);
  EXPECT_EQ(Put("S", {{"Nats-TTL", "x"}}), Since("2.11") ? kInvalid : Ok());
  EXPECT_EQ(Put("S", {{"Nats-TTL", ""}}), Ok());
  EXPECT_EQ(Put("S", {{"Nats-TTL", "00"}}), Ok());

  EXPECT_EQ(State("S").messages, Since("2.11") ? 2 : 5);
}

// STO-088, STO-089: a wrong TTL is found late.
TEST_P(MessageTtl, IsReadAfterOtherChecks) {
  const JetStreamError wrong_last = {400, kStreamWrongLastSequence,
                                     "wrong last sequence: 0"};
  Create(Config("T"));

  EXPECT_EQ(
      Put("T.x", {{"Nats-TTL", "x"}, {"Nats-Expected-Last-Sequence", "9"}}),
      wrong_last);
  EXPECT_EQ(
      Put("T.x", {{"Nats-TTL", "1"}, {"Nats-Expected-Last-Sequence", "9"}}),
      wrong_last);
}

// STO-090, STO-091, STO-092, STO-086
TEST_P(MessageTtl, EndsMessages) {
  for (const Storage storage : {Storage::kMemory, Storage::kFile}) {
    const std::string plain = FreshName();
    Create(Config(plain, storage));
    EXPECT_EQ(Put(plain + ".stays"), Ok());
    EXPECT_EQ(Put(plain + ".second", {{"Nats-TTL", "1999ms"}}), Ok());
    EXPECT_EQ(Put(plain + ".later", {{"Nats-TTL", "30"}}), Ok());
    EXPECT_EQ(Put(plain + ".never", {{"Nats-TTL", "never"}}), Ok());
    // Too many seconds for the server's clock: over at once.
    EXPECT_EQ(Put(plain + ".much", {{"Nats-TTL", "10000000000"}}), Ok());
    const absl::Time stored = StoredAt(plain, 2);

    if (!Since("2.11")) {
      Advance(absl::Seconds(1.4));
      EXPECT_EQ(State(plain).messages, 5);
      continue;
    }
    EXPECT_TRUE(Eventually([&] { return State(plain).num_deleted == 1; }));
    EXPECT_EQ(Stored(plain, 5), "no message found");
    EXPECT_TRUE(Eventually([&] { return State(plain).num_deleted == 2; }));

    EXPECT_GE(runtime().Now() - stored, absl::Seconds(1));
    EXPECT_LT(runtime().Now() - stored, absl::Milliseconds(1999));
    EXPECT_THAT(AllStored(plain),
                ElementsAre("1 " + plain + ".stays [] ",
                            "3 " + plain + ".later [Nats-TTL: 30] ",
                            "4 " + plain + ".never [Nats-TTL: never] "));
  }
}

// STO-092: whichever is earlier; only `never` outlives max_age.
TEST_P(MessageTtl, MaxAgeEndsMessagesToo) {
  StreamConfig config = Config("S");
  config.max_age = absl::Seconds(1);
  Create(config);
  EXPECT_EQ(Put("S.never", {{"Nats-TTL", "never"}}), Ok());
  EXPECT_EQ(Put("S.long", {{"Nats-TTL", "30"}}), Ok());
  EXPECT_EQ(Put("S.plain"), Ok());

  ASSERT_TRUE(Eventually(
      [&] { return State("S").messages == (Since("2.11") ? 1u : 0u); }));

  if (Since("2.11")) {
    EXPECT_THAT(AllStored("S"), ElementsAre("1 S.never [Nats-TTL: never] "));
    // Later ones are looked for behind it.
    EXPECT_EQ(Put("S.plain"), Ok());
    EXPECT_TRUE(Eventually([&] { return State("S").messages == 1; }));
    EXPECT_EQ(State("S").first_seq, 1);
  }
  EXPECT_EQ(State("S").last_seq, Since("2.11") ? 4 : 3);
}

// STO-084, STO-091: the first message with a TTL puts off a run that was set
// for max_age only.
TEST_P(MessageTtl, PutsOffTheFirstRunOfMaxAge) {
  StreamConfig config = Config("S");
  config.max_age = absl::Seconds(2);
  Create(config);
  EXPECT_EQ(Put("S.plain"), Ok());
  const absl::Time stored = StoredAt("S", 1);
  AdvanceTo(stored + absl::Milliseconds(800));
  EXPECT_EQ(Put("S.long", {{"Nats-TTL", "30"}}), Ok());

  AdvanceTo(stored + absl::Milliseconds(2400));
  EXPECT_EQ(State("S").messages, Since("2.11") ? 2 : 1);

  EXPECT_TRUE(Eventually([&] { return State("S").messages == 0; }));
  EXPECT_GE(runtime().Now(), stored + absl::Milliseconds(2800));
}

// STO-093
TEST_P(MessageTtl, GoesOnThroughARestart) {
  const std::string name = FreshName();
  const std::string ages = FreshName();
  Create(Config(name, Storage::kFile));
  StreamConfig config = Config(ages, Storage::kFile);
  config.max_age = absl::Seconds(1);
  Create(config);
  EXPECT_EQ(Put(name + ".short", {{"Nats-TTL", "1"}}), Ok());
  EXPECT_EQ(Put(name + ".long", {{"Nats-TTL", "60"}}), Ok());
  EXPECT_EQ(Put(ages + ".never", {{"Nats-TTL", "never"}}), Ok());
  const absl::Time stored = StoredAt(name, 1);
  // Reads and updates do not start it anew.
  config = Config(name, Storage::kFile);
  config.max_msgs = 100;
  Update(config);
  AdvanceTo(stored + absl::Milliseconds(1100));

  Restart();

  if (!Since("2.11")) {
    EXPECT_EQ(State(name).messages, 2);
    EXPECT_EQ(State(ages).messages, 0);
    return;
  }
  EXPECT_TRUE(Eventually([&] { return State(name).first_seq == 2; }));
  EXPECT_LE(runtime().Now(), stored + absl::Seconds(10));
  EXPECT_EQ(State(name).messages, 1);
  // The server forgets `never` while it starts.
  EXPECT_EQ(State(ages).messages, 0);
}

// STO-101, STO-092
TEST_P(MessageTtl, IsKeptByCopiesAndCountsWhereItIsAllowed) {
  Create(Config("O"));
  StreamConfig mirror = {.name = "M", .storage = Storage::kMemory};
  mirror.mirror = StreamSource{.name = "O"};
  mirror.max_age = absl::Seconds(1);
  Create(mirror);
  mirror.name = "T";
  mirror.max_age = absl::ZeroDuration();
  mirror.allow_msg_ttl = true;
  Create(mirror);
  StreamConfig sourcing = {.name = "S", .storage = Storage::kMemory};
  sourcing.sources = {StreamSource{.name = "O"}};
  Create(sourcing);
  EXPECT_EQ(Put("O.short", {{"Nats-TTL", "1"}}), Ok());
  EXPECT_EQ(Put("O.never", {{"Nats-TTL", "never"}}), Ok());
  EXPECT_EQ(Put("O.plain"), Ok());
  EXPECT_TRUE(Eventually([&] {
    return State("M").last_seq == 3 && State("T").last_seq == 3 &&
           State("S").last_seq == 3;
  }));

  EXPECT_TRUE(Eventually([&] {
    return State("M").messages == (Since("2.11") ? 1u : 0u) &&
           State("T").messages == (Since("2.11") ? 2u : 3u);
  }));

  if (Since("2.11")) {
    EXPECT_EQ(Header("M", 2, "Nats-TTL"), "never");
    EXPECT_EQ(Stored("T", 1), "no message found");
  }
  EXPECT_EQ(State("S").messages, 3);
  EXPECT_EQ(Header("S", 1, "Nats-TTL"), "1");
}

// STO-085, STO-091
TEST_P(MessageTtl, ConsumersSeeFewerPending) {
  Create(Config("S"));
  EXPECT_EQ(Put("S.x", {{"Nats-TTL", "1"}}), Ok());
  EXPECT_EQ(Put("S.x"), Ok());
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("S", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  EXPECT_EQ(jetstream().GetConsumerInfo("S", "C")->num_pending, 2);

  Advance(absl::Milliseconds(1400));

  EXPECT_EQ(jetstream().GetConsumerInfo("S", "C")->num_pending,
            Since("2.11") ? 1 : 2);
}

}  // namespace
}  // namespace windtunnel
