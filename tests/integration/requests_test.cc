// Requests of the JetStream API: their JSON, and what is wrong with it.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE(Requests);

// The detail of some errors is the decoder's own wording.
MATCHER(IsInvalidJson, "") {
  const JetStreamError error = ErrorOf(arg);
  *result_listener << "error " << error;
  return error.code == 400 && error.err_code == 10025 &&
         absl::StartsWith(error.description, "invalid JSON");
}

// STR-007
TEST_P(Requests, MalformedJsonIsRefused) {
  for (const std::string body :
       {R"({"name": "S")", "{", "hello", "[]", R"({"name": 5})",
        R"({"name": "S", "max_msgs": "x"})",
        R"({"name": "S", "subjects": "x"})"}) {
    EXPECT_THAT(Api("STREAM.CREATE.S", body), IsInvalidJson()) << body;
  }
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.S", R"({"name": "S")")),
            InvalidJson("unexpected EOF"));
  EXPECT_EQ(
      ErrorOf(Api("STREAM.CREATE.S", "hello")),
      InvalidJson("invalid character 'h' looking for beginning of value at "
                  "offset 1"));
}

// STR-007
TEST_P(Requests, WhatIsWrongIsSaidInTheDecodersWords) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("subjects": ["a", 1])",
       "json: cannot unmarshal number into StreamConfigRequest.subjects.1 of "
       "type string"},
      {R"("Max_Msgs": 1e2)",
       "json: cannot unmarshal number 1e2 into Go struct field "
       "StreamConfigRequest.Max_Msgs of type int64"},
      {R"("max_msgs": 9223372036854775808)",
       "json: cannot unmarshal number 9223372036854775808 into Go struct field "
       "StreamConfigRequest.max_msgs of type int64"},
      {R"("first_seq": 1.0)",
       "json: cannot unmarshal number 1.0 into Go struct field "
       "StreamConfigRequest.first_seq of type uint64"},
      {R"("sources": [{"name": "a"}, {"opt_start_seq": "x"}])",
       "json: cannot unmarshal string into Go struct field "
       "StreamConfigRequest.sources.1.opt_start_seq of type uint64"},
      {R"("mirror": {"subject_transforms": 1})",
       "json: cannot unmarshal number into Go struct field "
       "StreamConfigRequest.mirror.subject_transforms of type "
       "[]server.SubjectTransformConfig"},
      {R"("mirror": {"opt_start_time": 1})",
       "json: cannot unmarshal number into Go struct field "
       "StreamConfigRequest.mirror.opt_start_time of type time.Time"},
      {R"("mirror": {"opt_start_time": "2020-02-30T00:00:00Z"})",
       R"(parsing time "2020-02-30T00:00:00Z": day out of range)"},
      {R"("mirror": {"opt_start_time": "2020-01-01"})",
       R"(parsing time "2020-01-01" as "2006-01-02T15:04:05Z07:00": )"
       R"(cannot parse "" as "T")"},
      {R"("mirror": {"opt_start_time": "2020-01-01T00:00:00Zx"})",
       R"(parsing time "2020-01-01T00:00:00Zx": extra text: "x")"},
      {R"("max_msgs": 1.)",
       "invalid character '}' in numeric literal at offset 29"},
      {R"("description": "\u12g4")",
       R"(invalid escape sequence `\u12g4` in string at offset 36)"},
  };
  for (const auto& [field, detail] : cases) {
    // What 2.9 does not know, it does not read.
    if (!Since("2.10") && (absl::StrContains(field, "first_seq") ||
                           absl::StrContains(field, "transforms"))) {
      EXPECT_NE(ErrorOf(Api("STREAM.CREATE.S",
                            absl::StrCat(R"({"name": "S", )", field, "}")))
                    .err_code,
                10025);
      continue;
    }
    EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.S",
                          absl::StrCat(R"({"name": "S", )", field, "}"))),
              InvalidJson(detail))
        << field;
  }
  for (const std::string operation : {"STREAM.LIST", "STREAM.NAMES"}) {
    const std::string name = operation == "STREAM.LIST" ? "List" : "Names";
    EXPECT_EQ(
        ErrorOf(Api(operation, R"({"subject": 1})")),
        InvalidJson(absl::StrCat(
            "json: cannot unmarshal number into Go struct field JSApiStream",
            name, "Request.subject of type string")));
  }
  EXPECT_EQ(ErrorOf(Api("STREAM.INFO.none", R"({"a\nb": 1})")),
            Since("2.11") ? InvalidJson(R"(json: unknown field "a\nb")")
                          : StreamNotFound());
}

// API-350
TEST_P(Requests, SteppingDownNeedsACluster) {
  const JetStreamError refusal = {503, 10010,
                                  "JetStream clustering support required"};

  EXPECT_EQ(ErrorOf(Api("STREAM.LEADER.STEPDOWN.S")), refusal);
  EXPECT_EQ(ErrorOf(Api("CONSUMER.LEADER.STEPDOWN.S.C")), refusal);
}

// API-127
TEST_P(Requests, SubjectsWithEmptyTokensReachNobody) {
  Create({.name = "S", .storage = Storage::kMemory});
  constexpr char kBody[] = R"({"stream_name":"S","config":{"name":"C"}})";

  for (const std::string operation :
       {"CONSUMER.CREATE.S.C.", "CONSUMER.CREATE.S..x", "STREAM.INFO.S."}) {
    EXPECT_EQ(ErrorOf(Api(operation, kBody)), NoResponders()) << operation;
  }
}

// STR-008, STR-053, API-012
TEST_P(Requests, UnknownFieldsAreRefusedSince212) {
  Create({.name = "S", .storage = Storage::kMemory});
  const std::vector<std::string> operations = {
      "STREAM.CREATE.S",  "STREAM.UPDATE.S",    "STREAM.INFO.S",
      "STREAM.NAMES",     "STREAM.LIST",        "STREAM.PURGE.S",
      "STREAM.MSG.GET.S", "STREAM.MSG.DELETE.S"};
  for (const std::string& operation : operations) {
    nlohmann::json answer = Api(operation, R"({"bogus": 1})");
    if (Since("2.12")) {
      EXPECT_EQ(ErrorOf(answer), InvalidJson(R"(json: unknown field "bogus")"))
          << operation;
    } else {
      EXPECT_NE(ErrorOf(answer).err_code, 10025) << operation;
    }
  }
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.T",
                        R"({"name": "T", "template_owner": "x"})")),
            Since("2.14")
                ? InvalidJson(R"(json: unknown field "template_owner")")
                : JetStreamError(500, 10049, "stream not owned by template"));
}

// STR-009, API-018
TEST_P(Requests, EmptyBodyOfCreateHasNoName) {
  for (const std::string body : {"", " \n"}) {
    EXPECT_EQ(
        ErrorOf(Api("STREAM.CREATE.S", body)),
        Since("2.11")
            ? JetStreamError(400, 10056,
                             "stream name in subject does not match request")
            : InvalidJson(""));
  }
}

// STR-010
TEST_P(Requests, EnumerationsAreExact) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("retention": "Limits")", R"(can not unmarshal "\"Limits\"")"},
      {R"("retention": "")", R"(can not unmarshal "\"\"")"},
      {R"("retention": null)", R"(can not unmarshal "null")"},
      {R"("storage": "disk")", R"(can not unmarshal "\"disk\"")"}};
  for (const auto& [field, detail] : cases) {
    EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.S",
                          absl::StrCat(R"({"name": "S", )", field, "}"))),
              InvalidJson(detail))
        << field;
  }

  EXPECT_EQ(
      ErrorOf(Api("STREAM.CREATE.S", R"({"name": "S", "compression": "zip"})")),
      Since("2.10") ? InvalidJson("unknown compression algorithm") : Ok());
}

// STR-010
TEST_P(Requests, DiscardIsReadInAnyCase) {
  nlohmann::json created =
      Api("STREAM.CREATE.S",
          R"({"name": "S", "storage": "memory", "discard": "NEW"})");

  EXPECT_EQ(created["config"]["discard"], "new");
}

// STR-011, API-020
TEST_P(Requests, RequiredApiLevelIsCheckedSince212) {
  const auto names_at_level = [&](const std::string& level) {
    return ErrorOf(
        RawPublish({.subject = "$JS.API.STREAM.NAMES",
                    .headers = {{"Nats-Required-Api-Level", level}}}));
  };
  const JetStreamError refused = {412, 10185,
                                  "JetStream minimum api level required"};

  EXPECT_EQ(names_at_level(""), Ok());
  EXPECT_EQ(names_at_level("0"), Ok());
  EXPECT_EQ(names_at_level("99"), Since("2.12") ? refused : Ok());
  EXPECT_EQ(names_at_level("x"), Since("2.12") ? refused : Ok());
}

// STR-105, API-016
TEST_P(Requests, BodiesThatAreNoObjectAreIgnoredSince211) {
  Create({.name = "S", .storage = Storage::kMemory});
  for (const std::string operation :
       {"STREAM.INFO.S", "STREAM.NAMES", "STREAM.LIST", "STREAM.PURGE.S"}) {
    EXPECT_EQ(ErrorOf(Api(operation, "hello")),
              Since("2.11") ? Ok() : InvalidJson(""))
        << operation;
    EXPECT_THAT(Api(operation, "[1]"), IsInvalidJson()) << operation;
    EXPECT_THAT(Api(operation, R"({"x")"), IsInvalidJson()) << operation;
  }
}

// STR-100, API-015, API-071
TEST_P(Requests, DeleteTakesNoBody) {
  const JetStreamError refused = {400, 10038,
                                  "expected an empty request payload"};
  for (const std::string body : {"hello", "[1]", R"({"x")", R"({"a": 1})"}) {
    Create({.name = "S", .storage = Storage::kMemory});
    EXPECT_EQ(ErrorOf(Api("STREAM.DELETE.S", body)), refused) << body;
  }
  for (const std::string body : {"", "{}"}) {
    Create({.name = "S", .storage = Storage::kMemory});
    EXPECT_EQ(Api("STREAM.DELETE.S", body)["success"], true) << body;
  }
}

// STR-077, STR-101, STR-103, API-061, API-070
TEST_P(Requests, UnknownStreamsAreNotFound) {
  EXPECT_EQ(ErrorOf(jetstream().GetStreamInfo("none")), StreamNotFound());
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream({.name = "none"})),
            StreamNotFound());
  EXPECT_EQ(ErrorOf(jetstream().DeleteStream("none")), StreamNotFound());
  EXPECT_EQ(ErrorOf(jetstream().PurgeStream("none")), StreamNotFound());
  EXPECT_EQ(ErrorOf(jetstream().GetMessage("none", {.seq = 1})),
            StreamNotFound());
  EXPECT_EQ(ErrorOf(jetstream().DeleteMessage("none", 1)), StreamNotFound());
}

// STR-077
TEST_P(Requests, ConfigIsCheckedBeforeTheStreamIsLookedUp) {
  EXPECT_EQ(ErrorOf(jetstream().UpdateStream(
                {.name = "none", .max_age = absl::Nanoseconds(1)})),
            InvalidConfig("max age needs to be >= 100ms"));
}

// API-013
TEST_P(Requests, PageSizeIsNotForTheClientToSay) {
  EXPECT_EQ(
      ErrorOf(Api("STREAM.NAMES", R"({"limit": 5})")),
      Since("2.12") ? InvalidJson(R"(json: unknown field "limit")") : Ok());
}

// API-019, API-022
TEST_P(Requests, WhatAccountInfoDoesNotNeedIsIgnored) {
  EXPECT_EQ(ErrorOf(Api("INFO", "hello")), Ok());
  EXPECT_EQ(ErrorOf(RawPublish(
                {.subject = "$JS.API.INFO", .headers = {{"Mine", "1"}}})),
            Ok());
}

// API-001, API-002, API-003
TEST_P(Requests, FailureKeepsTheTypeAndItsZeros) {
  nlohmann::json info = Api("STREAM.INFO.none");
  EXPECT_EQ(info["type"], "io.nats.jetstream.api.v1.stream_info_response");
  EXPECT_EQ(info["total"], 0);

  nlohmann::json purge = Api("STREAM.PURGE.none");
  EXPECT_EQ(purge["type"], "io.nats.jetstream.api.v1.stream_purge_response");
  EXPECT_EQ(purge["purged"], 0);
}

// API-023
TEST_P(Requests, BadPayloadHidesAMissingStream) {
  EXPECT_EQ(ErrorOf(Api("STREAM.MSG.GET.none", "")), BadRequest());
}

// STR-012
TEST_P(Requests, PedanticIsKnownSince211) {
  nlohmann::json created =
      Api("STREAM.CREATE.S",
          R"({"name": "S", "storage": "memory", "pedantic": true})");

  EXPECT_EQ(ErrorOf(created), Ok());
  EXPECT_FALSE(created["config"].contains("pedantic"));
}

}  // namespace
}  // namespace windtunnel
