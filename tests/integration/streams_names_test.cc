// Names of streams: which are accepted, and how a request names its stream.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE(StreamNames);

JetStreamError NameMismatch() {
  return {400, 10056, "stream name in subject does not match request"};
}

// STR-001
TEST_P(StreamNames, BodyAndSubjectMustAgree) {
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.S", R"({"name": "T"})")),
            NameMismatch());
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.S", R"({})")), NameMismatch());
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.S", R"({"name": "s"})")),
            NameMismatch());

  Create({.name = "S", .storage = Storage::kMemory});
  EXPECT_EQ(ErrorOf(Api("STREAM.UPDATE.S", R"({"name": "T"})")),
            NameMismatch());
}

// STR-002
TEST_P(StreamNames, WildcardsAreRefused) {
  const JetStreamError refused = InvalidConfig(
      Since("2.11")
          ? "stream name is required and can not contain '.', '*', '>', "
            "'\\', '/'"
          : "stream name is required and can not contain '.', '*', '>'");

  for (const std::string name : {"a*b", "a>", "*"}) {
    EXPECT_EQ(ErrorOf(Api(absl::StrCat("STREAM.CREATE.", name),
                          absl::StrCat(R"({"name": ")", name, R"("})"))),
              refused)
        << name;
  }
}

// STR-003
TEST_P(StreamNames, PathSeparatorsAreRefused) {
  const JetStreamError refused = {
      400, 10128, "Stream name can not contain path separators"};

  EXPECT_EQ(ErrorOf(jetstream().CreateStream({.name = "a/b"})), refused);
  EXPECT_EQ(ErrorOf(jetstream().CreateStream({.name = "a\\b"})), refused);
}

// STR-004
TEST_P(StreamNames, DotNeverReachesTheServersHandler) {
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.a.b", R"({"name": "a.b"})",
                        absl::Milliseconds(100))),
            Timeout());
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.ab", R"({"name": "a b"})")),
            NameMismatch());
}

// STR-004
TEST_P(StreamNames, OtherCharactersAreFineAndCaseCounts) {
  for (const std::string name :
       {"abc", "ABC", "caf\xC3\xA9", "it's", "$S", "_", "-", "\x01"}) {
    EXPECT_EQ(ErrorOf(jetstream().CreateStream(
                  {.name = name, .storage = Storage::kMemory})),
              Ok())
        << name;
  }
  EXPECT_EQ(jetstream().StreamNames().value().size(), 8);
}

// STR-005
TEST_P(StreamNames, Has255BytesAtMost) {
  EXPECT_EQ(ErrorOf(jetstream().CreateStream({.name = std::string(255, 'n'),
                                              .subjects = {"x"},
                                              .storage = Storage::kMemory})),
            Ok());
  EXPECT_EQ(ErrorOf(jetstream().CreateStream({.name = std::string(256, 'n'),
                                              .subjects = {"y"},
                                              .storage = Storage::kMemory})),
            InvalidConfig("stream name is too long, maximum allowed is 255"));
}

// STR-006
TEST_P(StreamNames, DescriptionHas4096BytesAtMost) {
  StreamConfig config = {.name = "S",
                         .description = std::string(4097, 'd'),
                         .storage = Storage::kMemory};
  EXPECT_EQ(
      ErrorOf(jetstream().CreateStream(config)),
      InvalidConfig("stream description is too long, maximum allowed is 4096"));

  config.description.pop_back();
  EXPECT_EQ(ErrorOf(jetstream().CreateStream(config)), Ok());
}

// STR-110, API-033
TEST_P(StreamNames, AreListedInOrder) {
  nlohmann::json none = Api("STREAM.NAMES");
  EXPECT_EQ(none["total"], 0);
  EXPECT_EQ(none["limit"], 1024);
  EXPECT_TRUE(none["streams"].is_null());

  for (const std::string name : {"b", "a", "C"}) {
    Create({.name = name, .storage = Storage::kMemory});
  }

  nlohmann::json names = Api("STREAM.NAMES");
  EXPECT_EQ(names["type"], "io.nats.jetstream.api.v1.stream_names_response");
  EXPECT_EQ(names["total"], 3);
  EXPECT_EQ(names["offset"], 0);
  EXPECT_EQ(names["limit"], 1024);
  EXPECT_EQ(names["streams"], nlohmann::json({"C", "a", "b"}));
  EXPECT_THAT(jetstream().StreamNames().value(), ElementsAre("C", "a", "b"));
}

// STR-111
TEST_P(StreamNames, ListCarriesWholeInfos) {
  nlohmann::json none = Api("STREAM.LIST");
  EXPECT_EQ(none["limit"], 256);
  EXPECT_EQ(none["streams"], nlohmann::json::array());

  Create({.name = "b", .storage = Storage::kMemory});
  Create({.name = "a", .storage = Storage::kMemory});

  nlohmann::json list = Api("STREAM.LIST");
  EXPECT_EQ(list["total"], 2);
  ASSERT_EQ(list["streams"].size(), 2);
  EXPECT_EQ(list["streams"][0]["config"]["name"], "a");
  EXPECT_EQ(list["streams"][1]["config"]["name"], "b");
  EXPECT_TRUE(list["streams"][0].contains("state"));
  EXPECT_TRUE(list["streams"][0].contains("created"));
  EXPECT_FALSE(list["streams"][0].contains("cluster"));
  EXPECT_EQ(list["streams"][0].contains("ts"), Since("2.10"));
  EXPECT_EQ(jetstream().ListStreams().value().size(), 2);
}

// STR-110, STR-111, API-030
TEST_P(StreamNames, ComeInPages) {
  for (int i = 0; i < 257; ++i) {
    Create({.name = absl::StrCat("s", 1000 + i), .storage = Storage::kMemory});
  }

  EXPECT_EQ(Api("STREAM.LIST")["streams"].size(), 256);
  nlohmann::json rest = Api("STREAM.LIST", R"({"offset": 256})");
  EXPECT_EQ(rest["total"], 257);
  EXPECT_EQ(rest["offset"], 256);
  EXPECT_EQ(rest["streams"].size(), 1);
  EXPECT_EQ(jetstream().ListStreams().value().size(), 257);
}

// STR-112, API-031
TEST_P(StreamNames, OffsetBeyondTheEndIsCut) {
  Create({.name = "a", .storage = Storage::kMemory});
  Create({.name = "b", .storage = Storage::kMemory});

  nlohmann::json names = Api("STREAM.NAMES", R"({"offset": 1})");
  EXPECT_EQ(names["offset"], 1);
  EXPECT_EQ(names["streams"], nlohmann::json({"b"}));
  nlohmann::json beyond = Api("STREAM.NAMES", R"({"offset": 9})");
  EXPECT_EQ(beyond["total"], 2);
  EXPECT_EQ(beyond["offset"], 2);
  EXPECT_TRUE(beyond["streams"].empty());
}

// STR-113, API-032: older servers end at a negative offset, the whole process, so
// they are asked for 0.
TEST_P(StreamNames, NegativeOffsetCountsAsZero) {
  Create({.name = "a", .storage = Storage::kMemory});

  nlohmann::json names = Api(
      "STREAM.NAMES", Since("2.11") ? R"({"offset": -1})" : R"({"offset": 0})");

  EXPECT_EQ(names["offset"], 0);
  EXPECT_EQ(names["streams"], nlohmann::json({"a"}));
}

// STR-114, API-063
TEST_P(StreamNames, AreSelectedBySubject) {
  Create({.name = "A", .subjects = {"a.>"}, .storage = Storage::kMemory});
  Create(
      {.name = "B", .subjects = {"b.1", "b.2"}, .storage = Storage::kMemory});

  const auto names = [&](const std::string& subject) {
    return jetstream().StreamNames({.subject = subject}).value();
  };
  EXPECT_THAT(names("a.1"), ElementsAre("A"));
  EXPECT_THAT(names("a.*"), ElementsAre("A"));
  EXPECT_THAT(names("*.2"), ElementsAre("A", "B"));
  EXPECT_THAT(names("b.3"), ElementsAre());
  EXPECT_THAT(names("a..1"), ElementsAre("A")) << "compared token by token";
  EXPECT_THAT(names(""), ElementsAre("A", "B"));
  EXPECT_THAT(names(">.1"), ElementsAre("A", "B"));
  EXPECT_THAT(names("*x.>"), ElementsAre("A", "B")) << "begins with a wildcard";
  EXPECT_EQ(Api("STREAM.NAMES", R"({"subject": "b.*"})")["total"], 1);
}

}  // namespace
}  // namespace windtunnel
