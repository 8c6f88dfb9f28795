// Streams that copy from streams that copy.

#include <string>

#include "tests/integration/origin_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BEHAVIOUR_SUITE_OF(OriginBehaviour, SourceChains);

// SRC-028
TEST_P(SourceChains, MirrorOfAMirrorKeepsTheFirstSequences) {
  Fill({"o.a", "o.b"});
  ASSERT_TRUE(jetstream().DeleteMessage("O", 1).ok());
  Create(MirrorConfig("M1", {.name = "O"}));
  ASSERT_TRUE(Reaches("M1", 2));

  Create(MirrorConfig("M2", {.name = "M1"}));
  ASSERT_TRUE(Reaches("M2", 2));
  Fill({"o.c"});
  ASSERT_TRUE(Reaches("M2", 3));

  EXPECT_THAT(Stored("M2"), ElementsAre("2 o.b 2", "3 o.c 1"));
  EXPECT_EQ(MessageAt("M2", 3), MessageAt("O", 3));
}

// SRC-047
TEST_P(SourceChains, NameTheNextStreamOnly) {
  Fill({"o.a", "o.b"});
  ASSERT_TRUE(jetstream().DeleteMessage("O", 1).ok());
  Create(MirrorConfig("M", {.name = "O"}));
  ASSERT_TRUE(Reaches("M", 2));
  Create(SourcesConfig("S1", {{.name = "M"}}));
  ASSERT_TRUE(Reaches("S1", 1));
  Create(SourcesConfig("S2", {{.name = "S1"}}));
  Create(MirrorConfig("M2", {.name = "S1"}));
  ASSERT_TRUE(Reaches("S2", 1));
  ASSERT_TRUE(Reaches("M2", 1));
  Fill({"o.c"});
  ASSERT_TRUE(Reaches("S2", 2));
  ASSERT_TRUE(Reaches("M2", 2));

  EXPECT_EQ(SourceAt("S1", 2), "M 3");
  EXPECT_EQ(SourceAt("S2", 2), "S1 2");
  EXPECT_EQ(MessageAt("S2", 2).headers.entries().size(), 1);
  EXPECT_EQ(MessageAt("M2", 2), MessageAt("S1", 2));
}

// SRC-034: a copy counts like every other message.
TEST_P(SourceChains, ConsumersReadCopies) {
  Fill({"o.a"});
  Create(MirrorConfig("M", {.name = "O"}));
  ASSERT_TRUE(Reaches("M", 1));
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("M", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  auto pull = jetstream().SubscribePull("M", "C").value();
  ASSERT_TRUE(pull->Request({.batch = 2, .expires = absl::Seconds(5)}).ok());
  Fill({"o.b"});

  for (const std::string subject : {"o.a", "o.b"}) {
    PullEvent event =
        pull->Next(runtime().Now() + absl::Seconds(5), {}).value();
    EXPECT_EQ(std::get<Delivery>(event).subject(), subject);
  }
}

// SRC-060
TEST_P(SourceChains, CopiesAreRepublished) {
  StreamConfig sourcing =
      SourcesConfig("S", {{.name = "O"}}, {.subjects = {"o2.>"}});
  sourcing.republish =
      Republish{.src = Since("2.10") ? "o.>" : "o2.>", .dest = "again.>"};
  Create(sourcing);
  ASSERT_TRUE(IsFollowing("S"));
  auto listener = Listen("again.>");

  Fill({"o.a"});
  ASSERT_TRUE(Reaches("S", 1));
  Publish("o2.b");

  // 2.9 republishes subjects of the stream only.
  if (Since("2.10")) {
    const Message copy = listener->Next(absl::Seconds(5)).value();
    EXPECT_EQ(copy.subject, "again.a");
    EXPECT_EQ(copy.headers.Get("Nats-Stream"), "S");
    EXPECT_EQ(copy.headers.Get("Nats-Subject"), "o.a");
    EXPECT_EQ(copy.headers.Get("Nats-Sequence"), "1");
    EXPECT_TRUE(copy.headers.Get("Nats-Stream-Source").has_value());
  } else {
    EXPECT_EQ(listener->Next(absl::Seconds(5)).value().subject, "again.b");
  }
}

}  // namespace
}  // namespace windtunnel
