// What a sourced message says about where it comes from.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/origin_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;
using testing::UnorderedElementsAre;

constexpr absl::string_view kHeader = "Nats-Stream-Source";

class SourceHeadersBehaviour : public OriginBehaviour {
 protected:
  std::string HeaderAt(const std::string& stream, std::uint64_t sequence) {
    return std::string(
        MessageAt(stream, sequence).headers.Get(kHeader).value_or(""));
  }
  // What the version writes: all of it, the same without origin subject and
  // identity, or stream and sequence only. `rest` begins with the filter.
  std::string Expected(absl::string_view head, absl::string_view filters,
                       absl::string_view subject) {
    if (!Since("2.10")) return std::string(head);
    if (!Since("2.12")) return absl::StrCat(head, " ", filters);
    return absl::StrCat(head, " ", filters, " ", subject, " [0-9A-Za-z]{8}");
  }
};

BEHAVIOUR_SUITE_OF(SourceHeadersBehaviour, SourceHeaders);

// SRC-043
TEST_P(SourceHeaders, NameStreamSequenceFilterAndSubject) {
  Fill({"o.a", "o.b"});

  Create(SourcesConfig("S1", {{.name = "O"}}));
  Create(SourcesConfig("S2", {{.name = "O", .filter_subject = "o.b"}}));

  ASSERT_TRUE(Reaches("S1", 2));
  ASSERT_TRUE(Reaches("S2", 1));
  EXPECT_THAT(HeaderAt("S1", 2), MatchesRegex(Expected("O 2", "> >", "o.b")));
  EXPECT_THAT(HeaderAt("S2", 1), MatchesRegex(Expected("O 2", "o.b >", "o.b")));
}

// SRC-044
TEST_P(SourceHeaders, JoinTransforms) {
  Fill({"o.a", "o.b"});

  Create(SourcesConfig("S",
                       {{.name = "O",
                         .subject_transforms = {{.src = "o.a", .dest = "t.one"},
                                                {.src = "o.b", .dest = ""}}}}));

  ASSERT_TRUE(Reaches("S", 2));
  EXPECT_THAT(HeaderAt("S", 1),
              MatchesRegex(Expected("O 1", "o.a\fo.b t.one\f>", "o.a")));
  EXPECT_EQ(MessageAt("S", 1).subject, Since("2.10") ? "t.one" : "o.a");
  EXPECT_EQ(MessageAt("S", 2).subject, "o.b");
}

// SRC-045
TEST_P(SourceHeaders, IdentifyTheOrigin) {
  Fill({"o.a", "o.b", "p.a"});

  Create(SourcesConfig("S1", {{.name = "O"}}));
  Create(SourcesConfig("S2", {{.name = "P"}}));

  ASSERT_TRUE(Reaches("S1", 2));
  ASSERT_TRUE(Reaches("S2", 1));
  const auto identity = [&](const std::string& stream, std::uint64_t seq) {
    const std::string header = HeaderAt(stream, seq);
    return header.substr(header.rfind(' ') + 1);
  };
  if (Since("2.15")) {
    EXPECT_THAT(identity("S1", 1), MatchesRegex("[0-9A-Za-z]{8}"));
    EXPECT_EQ(identity("S1", 1), identity("S1", 2));
    EXPECT_NE(identity("S1", 1), identity("S2", 1));
  } else {
    EXPECT_EQ(identity("S1", 1), Since("2.10") ? ">" : "1");
  }
}

// SRC-043, SRC-048
TEST_P(SourceHeaders, ComeAfterTheMessagesOwn) {
  PublishWith("o.a", {{"A", "1"}, {"B", "2"}, {"A", "3"}}, "x");

  Create(SourcesConfig("S", {{.name = "O"}}));

  ASSERT_TRUE(Reaches("S", 1));
  EXPECT_THAT(
      HeadersAt("S", 1),
      UnorderedElementsAre("A: 1", "B: 2", "A: 3",
                           testing::StartsWith("Nats-Stream-Source: O 1")));
  EXPECT_THAT(HeadersAt("S", 1).back(),
              testing::StartsWith("Nats-Stream-Source:"));
}

// SRC-048
TEST_P(SourceHeaders, ReplaceExpectations) {
  PublishWith("o.a", {{"Nats-Expected-Last-Sequence", "0"}, {"A", "1"}}, "1");
  PublishWith("o.b", {{"Nats-Expected-Stream", "O"}}, "2");

  Create(SourcesConfig("S", {{.name = "O"}}));

  if (!Since("2.10")) {
    ASSERT_TRUE(Reaches("S", 1));
    EXPECT_THAT(HeadersAt("S", 1),
                UnorderedElementsAre("Nats-Expected-Last-Sequence: 0", "A: 1",
                                     "Nats-Stream-Source: O 1"));
    Advance(absl::Milliseconds(50));
    EXPECT_EQ(State("S").last_seq, 1);
    return;
  }
  ASSERT_TRUE(Reaches("S", 2));
  EXPECT_THAT(HeadersAt("S", 1),
              ElementsAre("A: 1", testing::StartsWith("Nats-Stream-Source:")));
  EXPECT_THAT(HeadersAt("S", 2),
              ElementsAre(testing::StartsWith("Nats-Stream-Source: O 2")));
}

// SRC-049
TEST_P(SourceHeaders, MayComeFromClientsOfOldServersOnly) {
  const nlohmann::json ack = RawPublish(
      {.subject = "o.a", .headers = {{std::string(kHeader), "X 7"}}});

  if (Since("2.15")) {
    EXPECT_EQ(ErrorOf(ack), JetStreamError(400, 10227,
                                           "message stream source header is "
                                           "not allowed"));
    return;
  }
  EXPECT_EQ(HeaderAt("O", 1), "X 7");
  Create(SourcesConfig("S", {{.name = "O"}}));
  ASSERT_TRUE(Reaches("S", 1));
  EXPECT_THAT(HeaderAt("S", 1), MatchesRegex(Expected("O 1", "> >", "")));
}

}  // namespace
}  // namespace windtunnel
