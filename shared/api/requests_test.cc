#include "shared/api/requests.h"

#include "gtest/gtest.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel::api {
namespace {

using ::testing::HasSubstr;

const Dialect k2_9{9, false, false, true};
const Dialect k2_10{10, false, false, true};
const Dialect k2_15{};

template <typename T>
std::string DetailOf(absl::string_view body) {
  T request;
  const std::optional<JetStreamError> error = Decode(body, k2_15, request);
  return error.has_value() ? error->description : "";
}

template <typename T>
T DecodeOrDie(absl::string_view body, const Dialect& dialect = k2_15) {
  T request;
  const std::optional<JetStreamError> error = Decode(body, dialect, request);
  EXPECT_EQ(error, std::nullopt);
  return request;
}

// API-012
TEST(EncodeStreamConfig, WritesOnlyWhatDiffersFromTheDefault) {
  StreamConfigRequest request;
  request.config.name = "ORDERS";
  EXPECT_THAT(Encode(request), IsOkAndHolds(R"({"name":"ORDERS"})"));
  request.config.subjects = {"orders.>"};
  request.config.storage = Storage::kMemory;
  request.config.max_age = absl::Seconds(2);
  request.pedantic = true;
  EXPECT_THAT(Encode(request),
              IsOkAndHolds(R"({"name":"ORDERS","subjects":["orders.>"],)"
                           R"("max_age":2000000000,"storage":"memory",)"
                           R"("pedantic":true})"));
}

TEST(EncodeStreamConfig, EveryFieldComesBack) {
  StreamConfigRequest request;
  StreamConfig& config = request.config;
  config.name = "S";
  config.retention = Retention::kWorkQueue;
  config.max_bytes = 1LL << 60;
  config.first_seq = ~std::uint64_t{0};  // API-007
  config.placement = Placement{"east", {"ssd"}, ""};
  config.mirror = StreamSource();
  config.mirror->name = "O";
  config.mirror->opt_start_time =
      absl::FromUnixNanos(1'700'000'000'000'000'010);
  config.mirror->external = ExternalStream{"$JS.hub.API", "d"};
  config.mirror->subject_transforms = {{"a", "b"}};
  config.republish = Republish{"a", "b", true};
  config.compression = Compression::kS2;
  config.consumer_limits.inactive_threshold = absl::Minutes(1);
  config.metadata = {{"k", "v"}};
  config.persist_mode = PersistMode::kAsync;
  config.allow_batched = true;
  const absl::StatusOr<std::string> text = Encode(request);
  ASSERT_THAT(text, IsOk());
  EXPECT_EQ(DecodeOrDie<StreamConfigRequest>(*text).config, config);
}

TEST(EncodeStreamConfig, DomainOfASourceBecomesItsApiPrefix) {
  StreamConfigRequest request;
  request.config.sources.emplace_back();
  request.config.sources[0].name = "O";
  request.config.sources[0].domain = "hub";
  EXPECT_THAT(Encode(request),
              IsOkAndHolds(HasSubstr(R"("external":{"api":"$JS.hub.API"})")));
}

TEST(EncodeStreamConfig, WhatJsonCannotCarryIsRefusedByName) {
  StreamConfigRequest request;
  request.config.max_age = absl::InfiniteDuration();
  EXPECT_THAT(Encode(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                        HasSubstr("max_age: inf")));
  ConsumerCreateRequest consumer;
  consumer.config.backoff = {absl::Hours(24 * 365 * 300)};
  EXPECT_THAT(Encode(consumer), StatusIs(absl::StatusCode::kInvalidArgument,
                                         HasSubstr("backoff")));
  consumer.config = {};
  consumer.config.opt_start_time = absl::InfiniteFuture();
  EXPECT_THAT(Encode(consumer), StatusIs(absl::StatusCode::kInvalidArgument,
                                         HasSubstr("opt_start_time")));
}

// API-010
TEST(DecodeRequest, KeysMatchInAnyCaseAndTheLastWins) {
  const auto request = DecodeOrDie<StreamConfigRequest>(
      R"({"NAME":"A","name":"B","max_msgs":null})");
  EXPECT_EQ(request.config.name, "B");
  EXPECT_EQ(request.config.max_msgs, 0);
}

// API-014
TEST(DecodeRequest, SecondValueIsAppliedToo) {
  EXPECT_EQ(DecodeOrDie<StreamConfigRequest>(
                R"({"name":"A"} {"description":"d"})")
                .config.description,
            "d");
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"name":"A"} x)"),
            "invalid JSON: invalid character 'x' looking for beginning of "
            "value at offset 14");
  StreamConfigRequest older;
  EXPECT_NE(Decode("{} {}", k2_10, older), std::nullopt);
}

// STR-008, CON-005
TEST(DecodeRequest, UnknownFieldsAreRefusedOnlyWhenStrict) {
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"name":"A","foo":1})"),
            R"(invalid JSON: json: unknown field "foo")");
  EXPECT_EQ(DetailOf<ConsumerCreateRequest>(R"({"config":{"foo":1}})"),
            R"(invalid JSON: json: unknown field "foo")");
  DecodeOrDie<StreamConfigRequest>(R"({"name":"A","foo":1})", k2_9);
}

TEST(DecodeRequest, FieldsNewerThanTheServerAreUnknown) {
  constexpr absl::string_view kBody = R"({"name":"A","compression":"s2"})";
  EXPECT_EQ(DecodeOrDie<StreamConfigRequest>(kBody, k2_9).config.compression,
            Compression::kNone);
  EXPECT_EQ(DecodeOrDie<StreamConfigRequest>(kBody, k2_10).config.compression,
            Compression::kS2);
  ConsumerCreateRequest consumer;
  EXPECT_NE(Decode(R"({"config":{"ack_policy":"flow_control"}})", k2_10,
                   consumer),
            std::nullopt);  // CON-026
}

// STR-007, CON-003
TEST(DecodeRequest, WrongTypesAreRefusedInTheServersWords) {
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"max_msgs":1.5})"),
            "invalid JSON: json: cannot unmarshal number 1.5 into Go struct "
            "field StreamConfigRequest.max_msgs of type int64");
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"first_seq":-1})"),
            "invalid JSON: json: cannot unmarshal number -1 into Go struct "
            "field StreamConfigRequest.first_seq of type uint64");
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"max_msg_size":3000000000})"),
            "invalid JSON: json: cannot unmarshal number 3000000000 into Go "
            "struct field StreamConfigRequest.max_msg_size of type int32");
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"name":5})"),
            "invalid JSON: json: cannot unmarshal number into Go struct field "
            "StreamConfigRequest.name of type string");
  EXPECT_EQ(DetailOf<StreamConfigRequest>("[]"),
            "invalid JSON: json: cannot unmarshal array into Go value of type "
            "server.StreamConfigRequest");
  EXPECT_EQ(DetailOf<ConsumerCreateRequest>(R"({"config":{"ack_wait":"1s"}})"),
            "invalid JSON: json: cannot unmarshal string into Go struct field "
            "CreateConsumerRequest.config.ack_wait of type time.Duration");
}

// STR-010, CON-095, GRP-001
TEST(DecodeRequest, UnknownWordsAreRefusedInTheServersWords) {
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"retention":"X"})"),
            R"(invalid JSON: can not unmarshal "\"X\"")");
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"retention":null})"),
            R"(invalid JSON: can not unmarshal "null")");
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"compression":"x"})"),
            "invalid JSON: unknown compression algorithm");
  EXPECT_EQ(DetailOf<ConsumerCreateRequest>(R"({"action":"foo"})"),
            R"(invalid JSON: unknown consumer action: "foo")");
  EXPECT_EQ(
      DetailOf<ConsumerCreateRequest>(R"({"config":{"priority_policy":"x"}})"),
      R"(invalid JSON: unknown priority policy: "x")");
  EXPECT_EQ(DecodeOrDie<StreamConfigRequest>(R"({"discard":"NEW"})")
                .config.discard,
            Discard::kNew);
  // CON-025
  DecodeOrDie<ConsumerCreateRequest>(
      R"({"config":{"deliver_policy":"undefined"}})");
}

// STR-007
TEST(DecodeRequest, SyntaxErrorsSayWhere) {
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"name":"A",})"),
            "invalid JSON: invalid character '}' looking for beginning of "
            "object key string at offset 13");
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"name":)"),
            "invalid JSON: unexpected EOF");
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"name":"A" "b"})"),
            "invalid JSON: invalid character '\"' after object key:value pair "
            "at offset 13");
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"name":"\q"})"),
            "invalid JSON: invalid escape sequence `\\q` in string at offset "
            "11");
  EXPECT_EQ(DetailOf<StreamConfigRequest>(R"({"name":tru})"),
            "invalid JSON: invalid character '}' in literal true (expecting "
            "'e') at offset 12");
  StreamConfigRequest older;
  EXPECT_EQ(Decode("{", k2_10, older)->description, "invalid JSON");
}

// STR-074, CON-099
TEST(DecodeRequest, EmptyListsAndMapsAreNoticed) {
  const auto consumer = DecodeOrDie<ConsumerCreateRequest>(
      R"({"config":{"backoff":[],"metadata":{}}})");
  EXPECT_TRUE(consumer.has_empty_backoff);
  EXPECT_TRUE(consumer.has_empty_metadata);
  EXPECT_FALSE(DecodeOrDie<ConsumerCreateRequest>("{}").has_empty_backoff);
  const auto stream = DecodeOrDie<StreamConfigRequest>(
      R"({"metadata":{},"subjects":[],"placement":{"tags":[]},
          "sources":[{"name":"A"},{"subject_transforms":[]},null]})");
  EXPECT_THAT(stream.empty_members,
              testing::ElementsAre("metadata", "subjects", "placement.tags",
                                   "sources.1.subject_transforms"));
  EXPECT_TRUE(stream.has_null_source);
  EXPECT_THAT(DecodeOrDie<StreamConfigRequest>(R"({"metadata":null})")
                  .empty_members,
              testing::IsEmpty());
}

// API-006
TEST(DecodeRequest, TimesOfAnyOffsetAreUnderstood) {
  EXPECT_EQ(DecodeOrDie<ConsumerCreateRequest>(
                R"({"config":{"opt_start_time":"2025-01-01T02:00:00+02:00"}})")
                .config.opt_start_time,
            absl::FromUnixSeconds(1'735'689'600));
  EXPECT_THAT(DetailOf<ConsumerCreateRequest>(
                  R"({"config":{"opt_start_time":"soon"}})"),
              HasSubstr("parsing time \"soon\""));
}

// CON-148, CON-149
TEST(DecodeRequest, PauseUntilZeroTimeIsNone) {
  EXPECT_EQ(DecodeOrDie<PauseRequest>("").pause_until, std::nullopt);
  EXPECT_EQ(DecodeOrDie<PauseRequest>(
                R"({"pause_until":"0001-01-01T00:00:00Z"})")
                .pause_until,
            std::nullopt);
}

// GRP-033, CON-163
TEST(DecodeRequest, UnpinAndResetAreNeverStrict) {
  EXPECT_EQ(DetailOf<UnpinRequest>(""),
            "invalid JSON: unexpected end of JSON input");
  EXPECT_EQ(DetailOf<UnpinRequest>("{}"),
            "invalid JSON: consumer group not specified");
  EXPECT_EQ(DetailOf<UnpinRequest>(R"({"group":"A","foo":1})"), "");
  EXPECT_EQ(DetailOf<ResetRequest>("{"),
            "invalid JSON: unexpected end of JSON input");
  EXPECT_EQ(DecodeOrDie<ResetRequest>("").seq, 0u);
}

TEST(DecodeRequest, PagesOfConsumersHaveNoSubject) {
  PageRequest page;
  EXPECT_EQ(Decode(R"({"subject":"a","offset":3})", k2_15, page), std::nullopt);
  EXPECT_EQ(page.subject, "a");
  EXPECT_EQ(page.offset, 3);
  EXPECT_NE(DecodeConsumerPage(R"({"subject":"a"})", k2_15, page),
            std::nullopt);
}

TEST(DecodeRequest, BytesThatAreNoUtf8AreReplaced) {
  EXPECT_EQ(
      DecodeOrDie<StreamConfigRequest>("{\"name\":\"a\xff\"}").config.name,
      "a\xef\xbf\xbd");
}

TEST(DecodeRequest, DeepNestingIsNoProblem) {
  const std::string deep(100'000, '[');
  EXPECT_EQ(DetailOf<StreamConfigRequest>(deep),
            "invalid JSON: unexpected EOF");
}

// API-015, API-016
TEST(Requests, EmptyAndOtherBodiesAreToldApart) {
  for (const char* empty : {"", "{}", " { } "}) {
    EXPECT_TRUE(IsEmptyRequest(empty)) << empty;
  }
  EXPECT_FALSE(IsEmptyRequest("null"));
  EXPECT_TRUE(LooksLikeJson(" [1"));
  EXPECT_FALSE(LooksLikeJson("hello"));
}

TEST(Requests, MessageDeleteAlwaysNamesItsSequence) {
  EXPECT_EQ(Encode(MessageDeleteRequest{0, false}), R"({"seq":0})");
  EXPECT_EQ(Encode(MessageDeleteRequest{4, true}),
            R"({"seq":4,"no_erase":true})");
}

}  // namespace
}  // namespace windtunnel::api
