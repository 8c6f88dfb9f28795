// Copies of what newer features make: counters and batches.

#include <string>

#include "tests/integration/origin_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SourceFeaturesBehaviour : public OriginBehaviour {
 protected:
  // Counts on servers that can.
  void CreateCounter(const std::string& name, const std::string& subject) {
    Create({.name = name,
            .subjects = {subject},
            .storage = Storage::kMemory,
            .allow_msg_counter = Since("2.12")});
  }
  std::string HeaderAt(const std::string& stream, std::uint64_t sequence,
                       absl::string_view name) {
    return std::string(
        MessageAt(stream, sequence).headers.Get(name).value_or(""));
  }
};

BEHAVIOUR_SUITE_OF(SourceFeaturesBehaviour, SourceFeatures);

// PUB-057
TEST_P(SourceFeatures, CountersAddUp) {
  CreateCounter("C1", "c1");
  CreateCounter("C2", "c2");
  PublishWith("c1", {{"Nats-Incr", "7"}});
  PublishWith("c2", {{"Nats-Incr", "10"}});

  Create(SourcesConfig(
      "SUM",
      {{.name = "C1", .subject_transforms = {{.src = "c1", .dest = "sum"}}},
       {.name = "C2", .subject_transforms = {{.src = "c2", .dest = "sum"}}}},
      {.allow_msg_counter = Since("2.12")}));
  Create(SourcesConfig("PLAIN", {{.name = "C1"}}));
  Create(MirrorConfig("M", {.name = "C1"}));
  ASSERT_TRUE(Reaches("SUM", 2));
  ASSERT_TRUE(Reaches("PLAIN", 1));
  ASSERT_TRUE(Reaches("M", 1));
  PublishWith("c1", {{"Nats-Incr", "2"}});
  ASSERT_TRUE(Reaches("SUM", 3));

  EXPECT_EQ(DataAt("SUM", 2), Since("2.12") ? R"({"val":"17"})" : "");
  EXPECT_EQ(DataAt("SUM", 3), Since("2.12") ? R"({"val":"19"})" : "");
  EXPECT_EQ(HeaderAt("SUM", 3, "Nats-Incr"), "2");
  EXPECT_EQ(HeaderAt("SUM", 3, "Nats-Counter-Sources"),
            Since("2.12") ? R"({"C1":{"c1":"9"},"C2":{"c2":"10"}})" : "");
  for (const std::string name : {"PLAIN", "M"}) {
    EXPECT_EQ(DataAt(name, 1), Since("2.12") ? R"({"val":"7"})" : "");
    EXPECT_EQ(HeaderAt(name, 1, "Nats-Incr"), "7");
  }
}

// STO-101
TEST_P(SourceFeatures, TtlsCountWhereTheyAreAllowed) {
  Create({.name = "T",
          .subjects = {"t.>"},
          .storage = Storage::kMemory,
          .allow_msg_ttl = Since("2.11")});
  PublishWith("t.a", {{"Nats-TTL", "1"}});
  PublishWith("t.b", {{"Nats-TTL", "never"}});
  const StreamConfig allowed{.allow_msg_ttl = Since("2.11")};

  Create(MirrorConfig("M1", {.name = "T"}));
  Create(MirrorConfig("M2", {.name = "T"}, allowed));
  Create(SourcesConfig("S1", {{.name = "T"}}));
  Create(SourcesConfig("S2", {{.name = "T"}}, allowed));
  for (const std::string name : {"M1", "M2", "S1", "S2"}) {
    ASSERT_TRUE(Reaches(name, 2));
    EXPECT_EQ(HeaderAt(name, 1, "Nats-TTL"), "1");
    EXPECT_EQ(HeaderAt(name, 2, "Nats-TTL"), "never");
  }

  if (Since("2.11")) {
    EXPECT_TRUE(Eventually([&] { return State("M2").messages == 1; }));
    EXPECT_TRUE(Eventually([&] { return State("S2").messages == 1; }));
    EXPECT_EQ(State("M2").first_seq, 2);
    EXPECT_EQ(State("S2").first_seq, 2);
  }
  EXPECT_EQ(State("M1").messages, 2);
  EXPECT_EQ(State("S1").messages, 2);
}

// SRC-037, SRC-048
TEST_P(SourceFeatures, BatchesEndAtTheirOrigin) {
  Create({.name = "B",
          .subjects = {"b.>"},
          .storage = Storage::kMemory,
          .allow_atomic = Since("2.12")});
  const Message first{
      .subject = "b.1",
      .headers = {{"Nats-Batch-Id", "x"}, {"Nats-Batch-Sequence", "1"}},
      .data = "one"};
  ASSERT_EQ(connection().Publish(first), absl::OkStatus());
  PublishWith("b.2",
              {{"Nats-Batch-Id", "x"},
               {"Nats-Batch-Sequence", "2"},
               {"Nats-Batch-Commit", "1"},
               {"A", "1"}},
              "two");

  Create(MirrorConfig("M", {.name = "B"}));
  Create(SourcesConfig("S", {{.name = "B"}}));
  ASSERT_TRUE(Reaches("M", 2));
  ASSERT_TRUE(Reaches("S", 2));

  EXPECT_THAT(Stored("M"), ElementsAre("1 b.1 one", "2 b.2 two"));
  if (Since("2.12")) {
    EXPECT_THAT(HeadersAt("M", 1), IsEmpty());
    EXPECT_THAT(HeadersAt("M", 2), ElementsAre("A: 1"));
    EXPECT_THAT(
        HeadersAt("S", 2),
        ElementsAre("A: 1", testing::StartsWith("Nats-Stream-Source: B 2")));
  } else {
    EXPECT_EQ(HeaderAt("M", 1, "Nats-Batch-Id"), "x");
    EXPECT_EQ(HeaderAt("S", 2, "Nats-Batch-Commit"), "1");
  }
}

}  // namespace
}  // namespace windtunnel
