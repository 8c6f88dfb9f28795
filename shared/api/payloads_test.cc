// The payloads that are no API calls: pull requests, acknowledgements, PubAcks.

#include "gtest/gtest.h"
#include "shared/api/ack_payload.h"
#include "shared/api/go_duration.h"
#include "shared/api/pub_ack.h"
#include "shared/api/pull_request.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel::api {
namespace {

using ::testing::HasSubstr;

const Dialect k2_9{9, false, false, true};
const Dialect k2_15{};

// PUL-003, PUL-004, PUL-005, PUL-009
TEST(PullRequestBody, TextIsABatchOrNothing) {
  const auto batch = [](absl::string_view body) {
    const DecodedPullRequest decoded = DecodePullRequest(body, k2_15);
    EXPECT_FALSE(decoded.is_json);
    EXPECT_EQ(decoded.error, std::nullopt);
    return decoded.request.batch;
  };
  EXPECT_EQ(batch(""), 1);
  EXPECT_EQ(batch(" 10 "), 10);
  EXPECT_EQ(batch("0"), 0);
  EXPECT_EQ(batch("-4"), -4);
  EXPECT_EQ(batch("garbage"), 1);
  EXPECT_EQ(batch("[]"), 1);
}

// PUL-006
TEST(PullRequestBody, EveryFieldComesBack) {
  const PullRequest request = {.batch = 5,
                               .expires = absl::Seconds(2),
                               .no_wait = true,
                               .max_bytes = 100,
                               .idle_heartbeat = absl::Seconds(1),
                               .group = "A",
                               .min_pending = 1,
                               .min_ack_pending = 2,
                               .id = "pin",
                               .priority = 3};
  const absl::StatusOr<std::string> body = EncodePullRequest(request);
  ASSERT_THAT(body, IsOk());
  const DecodedPullRequest decoded = DecodePullRequest(*body, k2_15);
  EXPECT_EQ(decoded.request, request);
  EXPECT_TRUE(decoded.is_json);
  EXPECT_EQ(DecodePullRequest(*body, k2_9).request.group, "");
  EXPECT_THAT(
      EncodePullRequest({.expires = absl::InfiniteDuration()}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expires")));
}

// PUL-007, PUL-008
TEST(PullRequestBody, BadJsonIsToldInTheServersWords) {
  EXPECT_EQ(DecodePullRequest("{b}", k2_15).error,
            "invalid character 'b' looking for beginning of object key string");
  EXPECT_EQ(DecodePullRequest(R"({"batch":"x"})", k2_15).error,
            "json: cannot unmarshal string into Go struct field .batch of type "
            "int");
  EXPECT_EQ(DecodePullRequest(R"({"batch":"x"})", k2_9).error,
            "json: cannot unmarshal string into Go struct field "
            "JSApiConsumerGetNextRequest.batch of type int");
  EXPECT_EQ(DecodePullRequest(R"({"batch":1)", k2_15).error,
            "unexpected end of JSON input");
  EXPECT_EQ(DecodePullRequest(R"({"foo":1})", k2_15).error, std::nullopt);
}

// API-232
TEST(AckPayload, HasOneFormForEachVerb) {
  const absl::Duration none;
  EXPECT_EQ(EncodeAckPayload(AckVerb::kAck, none, ""), "+ACK");
  EXPECT_EQ(EncodeAckPayload(AckVerb::kInProgress, none, ""), "+WPI");
  EXPECT_EQ(EncodeAckPayload(AckVerb::kNak, none, ""), "-NAK");
  EXPECT_EQ(EncodeAckPayload(AckVerb::kNak, absl::Milliseconds(2), ""),
            R"(-NAK {"delay":2000000})");
  EXPECT_EQ(EncodeAckPayload(AckVerb::kTerm, none, ""), "+TERM");
  EXPECT_EQ(EncodeAckPayload(AckVerb::kTerm, none, "poison"), "+TERM poison");
}

// ACK-003, ACK-004
TEST(AckPayload, NakDelayIsJsonOrAGoDuration) {
  EXPECT_EQ(DecodeNakDelay(R"( {"delay":300})"), absl::Nanoseconds(300));
  EXPECT_EQ(DecodeNakDelay(" 300ms"), absl::Milliseconds(300));
  EXPECT_EQ(DecodeNakDelay("{}"), absl::ZeroDuration());
  for (const char* plain : {"", "300000000", R"({"delay":"x"})", "junk"}) {
    EXPECT_EQ(DecodeNakDelay(plain), std::nullopt) << plain;
  }
}

// PUB-001, PUB-002, PUB-004, PUB-005
TEST(PubAckText, IsTheServersToTheByte) {
  PubAck ack = {.stream = "X", .sequence = 5};
  EXPECT_EQ(EncodePubAck(k2_15, ack), R"({"stream":"X","seq":5})");
  EXPECT_EQ(EncodePubAck(k2_9, ack), R"({"stream":"X", "seq":5})");
  ack.domain = "hub";
  ack.duplicate = true;
  EXPECT_EQ(EncodePubAck(k2_15, ack),
            R"({"stream":"X","domain":"hub","seq":5,"duplicate": true})");
  EXPECT_THAT(DecodePubAck(EncodePubAck(k2_9, ack)), IsOkAndHolds(ack));
  const PubAck batch = {
      .stream = "X", .sequence = 9, .batch_id = "b", .batch_size = 3};
  EXPECT_EQ(EncodePubAck(k2_15, batch),
            R"({"stream":"X","seq":9,"batch":"b","count":3})");
  const PubAck quoted = {.stream = "X",
                         .sequence = 9,
                         .batch_id = "it's \"\t\x01",
                         .batch_size = 3};
  EXPECT_EQ(EncodePubAck(k2_15, quoted),
            R"({"stream":"X","seq":9,"batch":"it's \"\t\x01","count":3})");
  const PubAck counter = {.stream = "X", .sequence = 9, .value = "42"};
  EXPECT_THAT(DecodePubAck(EncodePubAck(k2_15, counter)),
              IsOkAndHolds(counter));
}

// PUB-003
TEST(PubAckText, RefusalNamesTheStreamAndNoSequence) {
  const std::string text =
      EncodePubAckError("X", {400, 10071, "wrong last sequence: 3"});
  EXPECT_EQ(text,
            R"({"error":{"code":400,"err_code":10071,)"
            R"("description":"wrong last sequence: 3"},"stream":"X","seq":0})");
  EXPECT_THAT(DecodePubAck(text), JetStreamErrorIs(kStreamWrongLastSequence));
  EXPECT_THAT(DecodePubAck("OK"), StatusIs(absl::StatusCode::kInternal));
}

// STR-025, API-260
TEST(GoDuration, IsWrittenAsGoDoes) {
  EXPECT_EQ(FormatGoDuration(absl::ZeroDuration()), "0s");
  EXPECT_EQ(FormatGoDuration(absl::Minutes(1)), "1m0s");
  EXPECT_EQ(FormatGoDuration(absl::Seconds(2)), "2s");
  EXPECT_EQ(FormatGoDuration(absl::Milliseconds(1500)), "1.5s");
  EXPECT_EQ(FormatGoDuration(absl::Milliseconds(100)), "100ms");
  EXPECT_EQ(FormatGoDuration(absl::Microseconds(1)), "1\u00b5s");
  EXPECT_EQ(FormatGoDuration(absl::Nanoseconds(999)), "999ns");
  EXPECT_EQ(FormatGoDuration(absl::Hours(26) + absl::Nanoseconds(1)),
            "26h0m0.000000001s");
  EXPECT_EQ(FormatGoDuration(-absl::Seconds(90)), "-1m30s");
}

TEST(GoDuration, IsReadAsGoDoes) {
  EXPECT_EQ(ParseGoDuration("1h15m30.918s"),
            absl::Hours(1) + absl::Minutes(15) + absl::Milliseconds(30'918));
  EXPECT_EQ(ParseGoDuration("-1.5ms"), absl::Microseconds(-1500));
  EXPECT_EQ(ParseGoDuration("+5us"), absl::Microseconds(5));
  EXPECT_EQ(ParseGoDuration("0"), absl::ZeroDuration());
  for (const char* wrong : {"", "5", "s", ".s", "1d", "1s ", "3000000h"}) {
    EXPECT_EQ(ParseGoDuration(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace windtunnel::api
