// The API's requests about streams: their answers, field by field.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE(StreamRequests);

// A stream in memory, as its request.
std::string Memory(absl::string_view name, absl::string_view more = "") {
  return absl::StrCat(R"({"name":")", name, R"(","storage":"memory")", more,
                      "}");
}

// API-052, API-053
TEST_P(StreamRequests, CreateAnswersTheSameEachTime) {
  for (int i = 0; i < 2; ++i) {
    const nlohmann::json answer = Api("STREAM.CREATE.S", Memory("S"));

    EXPECT_EQ(answer["type"], "io.nats.jetstream.api.v1.stream_create_response");
    EXPECT_EQ(answer["did_create"], true);
    EXPECT_EQ(answer["config"]["name"], "S");
    EXPECT_EQ(answer["state"]["messages"], 0);
    EXPECT_TRUE(answer.contains("created"));
    EXPECT_EQ(answer.contains("ts"), Since("2.10"));
    EXPECT_FALSE(answer.contains("domain"));
    EXPECT_FALSE(answer.contains("cluster"));
  }
}

// API-054, API-055, API-056
TEST_P(StreamRequests, CreateIsRefused) {
  Create({.name = "S", .subjects = {"s.>"}, .storage = Storage::kMemory});
  const JetStreamError mismatch(400, 10056,
                                "stream name in subject does not match request");

  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.S", Memory("S", R"(,"max_msgs":1)"))),
            JetStreamError(400, 10058,
                           "stream name already in use with a different "
                           "configuration"));
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.T", Memory("U"))), mismatch);
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.T", R"({"storage":"memory"})")),
            mismatch);
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.T",
                        Memory("T", R"(,"subjects":["s.a"])"))),
            JetStreamError(400, 10065,
                           "subjects overlap with an existing stream"));
}

// API-007
TEST_P(StreamRequests, NumbersHaveAll64Bits) {
  const nlohmann::json answer = Api(
      "STREAM.CREATE.S",
      Memory("S", R"(,"max_bytes":-1,"max_msgs":9223372036854775807)"));

  EXPECT_EQ(answer["config"]["max_msgs"], 9223372036854775807);
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.T",
                        Memory("T", R"(,"max_msgs":9223372036854775808)")))
                .err_code,
            10025);
}

// API-062, API-064
TEST_P(StreamRequests, ListsOfNothing) {
  const nlohmann::json names = Api("STREAM.NAMES");
  const nlohmann::json list = Api("STREAM.LIST");

  EXPECT_EQ(names["type"], "io.nats.jetstream.api.v1.stream_names_response");
  EXPECT_EQ(names["total"], 0);
  EXPECT_EQ(names["offset"], 0);
  EXPECT_EQ(names["limit"], 1024);
  EXPECT_TRUE(names["streams"].is_null());
  EXPECT_EQ(list["type"], "io.nats.jetstream.api.v1.stream_list_response");
  EXPECT_EQ(list["limit"], 256);
  EXPECT_EQ(list["streams"], nlohmann::json::array());
}

// API-062, API-064
TEST_P(StreamRequests, ListsMayAskForASubject) {
  Create({.name = "S", .subjects = {"s.>"}, .storage = Storage::kMemory});
  Create({.name = "T", .subjects = {"t"}, .storage = Storage::kMemory});

  const nlohmann::json names = Api("STREAM.NAMES", R"({"subject":"s.a"})");
  const nlohmann::json list = Api("STREAM.LIST", R"({"offset":1})");

  EXPECT_EQ(names["streams"], nlohmann::json({"S"}));
  EXPECT_EQ(names["total"], 1);
  ASSERT_EQ(list["streams"].size(), 1u);
  EXPECT_EQ(list["streams"][0]["config"]["name"], "T");
  EXPECT_TRUE(list["streams"][0].contains("created"));
  EXPECT_TRUE(list["streams"][0].contains("state"));
  EXPECT_FALSE(list["streams"][0].contains("cluster"));
}

// API-067, API-068
TEST_P(StreamRequests, InfoCountsSubjects) {
  Create({.name = "S", .subjects = {"s.>"}, .storage = Storage::kMemory});
  for (const std::string subject : {"s.b", "s.a", "s.c", "s.a"}) {
    Publish(subject);
  }

  const nlohmann::json all = Api("STREAM.INFO.S", R"({"subjects_filter":">"})");
  const nlohmann::json rest =
      Api("STREAM.INFO.S", R"({"subjects_filter":">","offset":1})");
  const nlohmann::json beyond =
      Api("STREAM.INFO.S", R"({"subjects_filter":">","offset":10})");
  const nlohmann::json none =
      Api("STREAM.INFO.S", R"({"subjects_filter":"x"})");

  EXPECT_EQ(all["state"]["subjects"],
            nlohmann::json({{"s.a", 2}, {"s.b", 1}, {"s.c", 1}}));
  EXPECT_EQ(all["total"], 3);
  EXPECT_EQ(all["limit"], 100000);
  EXPECT_EQ(rest["state"]["subjects"],
            nlohmann::json({{"s.b", 1}, {"s.c", 1}}));
  EXPECT_FALSE(beyond["state"].contains("subjects"));
  EXPECT_EQ(beyond["total"], 3);
  EXPECT_EQ(beyond["offset"], Since("2.10") ? 10 : 3);
  EXPECT_FALSE(none["state"].contains("subjects"));
  EXPECT_EQ(none["limit"], 0);
}

// API-074, API-097
TEST_P(StreamRequests, WhatMayNotBePurged) {
  Create({.name = "S", .storage = Storage::kMemory, .deny_purge = true});
  Create({.name = "T", .storage = Storage::kMemory});
  Update({.name = "T", .storage = Storage::kMemory, .sealed = true});

  EXPECT_EQ(ErrorOf(Api("STREAM.PURGE.none")), StreamNotFound());
  EXPECT_EQ(ErrorOf(Api("STREAM.MSG.DELETE.none", R"({"seq":1})")),
            StreamNotFound());
  EXPECT_EQ(ErrorOf(Api("STREAM.MSG.GET.none", R"({"seq":1})")),
            StreamNotFound());
  EXPECT_EQ(ErrorOf(Api("STREAM.PURGE.T")),
            JetStreamError(400, 10109, "invalid operation on sealed stream"));
  EXPECT_EQ(ErrorOf(Api("STREAM.PURGE.S")),
            JetStreamError(500, 10110, "stream purge not permitted"));
}

// API-330
TEST_P(StreamRequests, AuditsTellWhatWasAskedAndAnswered) {
  auto audits = Listen("$JS.EVENT.ADVISORY.API");
  const nlohmann::json answer = Api("STREAM.CREATE.S", Memory("S"));
  Api("STREAM.INFO.S");

  const nlohmann::json create =
      nlohmann::json::parse(audits->Next(absl::Seconds(5)).value().data);
  const nlohmann::json info =
      nlohmann::json::parse(audits->Next(absl::Seconds(5)).value().data);

  EXPECT_EQ(create["type"], "io.nats.jetstream.advisory.v1.api_audit");
  EXPECT_EQ(create["subject"], "$JS.API.STREAM.CREATE.S");
  EXPECT_EQ(create["request"], Memory("S"));
  EXPECT_EQ(nlohmann::json::parse(create.value("response", "")), answer);
  EXPECT_TRUE(create.contains("server"));
  EXPECT_TRUE(create.contains("client"));
  EXPECT_EQ(info["subject"], "$JS.API.STREAM.INFO.S");
  EXPECT_FALSE(info.contains("request"));
}

// API-014
TEST_P(StreamRequests, NothingMayFollowTheJson) {
  EXPECT_EQ(ErrorOf(Api("STREAM.CREATE.S", Memory("S") + " x")).err_code, 10025);

  const nlohmann::json twice = Api("STREAM.CREATE.S", Memory("S") + Memory("S"));

  EXPECT_EQ(ErrorOf(twice).err_code, Since("2.11") ? 0 : 10025);
}

}  // namespace
}  // namespace windtunnel
