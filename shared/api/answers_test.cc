#include "shared/api/answers.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Dialect k2_9{9, false, false, true};
const Dialect k2_15{};

StreamInfo NewStreamInfo() {
  StreamInfo info;
  info.config.name = "A";
  info.config.subjects = {"a.>"};
  info.config.max_msgs = -1;
  info.created = absl::FromUnixMillis(1'735'689'600'500);
  info.state.messages = 2;
  info.state.last_seq = 2;
  info.domain = "hub";
  info.cluster_leader = "n1";
  info.ts = absl::FromUnixSeconds(1'735'689'601);
  return info;
}

// STR-013, STR-014, STR-104, API-005
TEST(StreamInfoAnswer, ShowsWhatTheServerAlwaysShows) {
  EXPECT_EQ(
      EncodeStreamInfo(Call::kStreamInfo, k2_15, NewStreamInfo()),
      R"({"type":"io.nats.jetstream.api.v1.stream_info_response",)"
      R"("total":0,"offset":0,"limit":0,"config":{"name":"A",)"
      R"("subjects":["a.\u003e"],"retention":"limits","max_consumers":0,)"
      R"("max_msgs":-1,"max_bytes":0,"max_age":0,"max_msgs_per_subject":0,)"
      R"("discard":"old","storage":"file","num_replicas":0,)"
      R"("compression":"none","allow_direct":false,"mirror_direct":false,)"
      R"("sealed":false,"deny_delete":false,"deny_purge":false,)"
      R"("allow_rollup_hdrs":false,"consumer_limits":{},)"
      R"("allow_msg_ttl":false},)"
      R"("created":"2025-01-01T00:00:00.5Z","state":{"messages":2,"bytes":0,)"
      R"("first_seq":0,"first_ts":"0001-01-01T00:00:00Z","last_seq":2,)"
      R"("last_ts":"0001-01-01T00:00:00Z","consumer_count":0},)"
      R"("ts":"2025-01-01T00:00:01Z","domain":"hub",)"
      R"("cluster":{"leader":"n1"}})");
}

// STR-075, API-052
TEST(StreamInfoAnswer, DependsOnCallAndVersion) {
  const std::string create =
      EncodeStreamInfo(Call::kStreamCreate, k2_9, NewStreamInfo());
  EXPECT_THAT(create, HasSubstr(R"("did_create":true)"));
  for (const char* absent : {"\"ts\"", "domain", "cluster", "compression",
                             "consumer_limits", "allow_msg_ttl", "total"}) {
    EXPECT_THAT(create, Not(HasSubstr(absent)));
  }
  const std::string update =
      EncodeStreamInfo(Call::kStreamUpdate, k2_15, NewStreamInfo());
  EXPECT_THAT(update, HasSubstr(R"("domain":"hub")"));
  EXPECT_THAT(update, Not(HasSubstr("cluster")));
}

TEST(StreamInfoAnswer, ComesBackAsItWent) {
  StreamInfo info = NewStreamInfo();
  info.state.deleted = {3, 5};
  info.state.subjects = {{"a.b", 2}};
  info.total = 1;
  info.sources.emplace_back();
  info.sources[0].name = "O";
  info.sources[0].error_code = 404;
  info.sources[0].error_err_code = 10059;
  info.sources[0].error_description = "stream not found";
  const absl::StatusOr<StreamInfo> decoded = DecodeStreamInfo(
      EncodeStreamInfo(Call::kStreamInfo, k2_15, info));
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(decoded->config, info.config);
  EXPECT_EQ(decoded->state, info.state);
  EXPECT_EQ(decoded->created, info.created);
  EXPECT_EQ(decoded->ts, info.ts);
  EXPECT_EQ(decoded->cluster_leader, "n1");
  EXPECT_EQ(decoded->domain, "hub");
  EXPECT_EQ(decoded->total, 1u);
  EXPECT_EQ(decoded->sources, info.sources);  // SRC-039: active -1 is infinite.
}

// API-067
TEST(StreamInfoAnswer, HoldsManySubjects) {
  StreamInfo info = NewStreamInfo();
  for (int i = 0; i < 20'000; ++i) {
    info.state.subjects.emplace(absl::StrCat("orders.", i), 1);
  }
  const absl::StatusOr<StreamInfo> decoded = DecodeStreamInfo(
      EncodeStreamInfo(Call::kStreamInfo, k2_15, info));
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(decoded->state.subjects, info.state.subjects);
}

// API-002, API-003
TEST(ErrorAnswer, KeepsTheFixedFieldsOfItsCall) {
  const JetStreamError error = {404, 10059, "stream not found"};
  EXPECT_EQ(EncodeError(Call::kStreamPurge, error),
            R"({"type":"io.nats.jetstream.api.v1.stream_purge_response",)"
            R"("error":{"code":404,"err_code":10059,)"
            R"("description":"stream not found"},"purged":0})");
  EXPECT_THAT(EncodeError(Call::kStreamNames, error),
              HasSubstr(R"("total":0,"offset":0,"limit":0,"streams":null})"));
  EXPECT_THAT(EncodeError(Call::kConsumerList, error),
              HasSubstr(R"("consumers":[]})"));
  EXPECT_THAT(
      EncodeError(Call::kConsumerPause, error),
      HasSubstr(R"("paused":false,"pause_until":"0001-01-01T00:00:00Z"})"));
  EXPECT_THAT(DecodeStreamInfo(EncodeError(Call::kStreamInfo, error)),
              JetStreamErrorIs(404, 10059, "stream not found"));
  EXPECT_THAT(DecodeSuccess(EncodeError(Call::kStreamDelete, error)),
              JetStreamErrorIs(kStreamNotFound));
}

TEST(DecodeAnswer, OtherTextIsAnInternalErrorThatQuotesIt) {
  for (const char* text : {"", "hello", "{}", R"({"type":"x","config":5})"}) {
    EXPECT_THAT(DecodeStreamInfo(text),
                StatusIs(absl::StatusCode::kInternal, HasSubstr("answer")));
  }
  EXPECT_THAT(DecodeStreamInfo("hello"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("hello")));
}

TEST(DecodeAnswer, FieldsOfNewerServersAreSkipped) {
  EXPECT_THAT(DecodeSuccess(R"({"type":"x","success":true,"new":{"a":1}})"),
              IsOk());
}

// API-062, API-064
TEST(Pages, EmptyOnesDifferByCall) {
  EXPECT_THAT(EncodeStreamNames({0, 0, 1024, {}}),
              HasSubstr(R"("limit":1024,"streams":null})"));
  EXPECT_THAT(EncodeStreamList(k2_15, {0, 0, 256, {}}),
              HasSubstr(R"("streams":[]})"));
  EXPECT_THAT(EncodeConsumerNames({0, 0, 1024, {}}),
              HasSubstr(R"("consumers":[]})"));
  const auto names = DecodeStreamNames(EncodeStreamNames({0, 0, 1024, {}}));
  ASSERT_THAT(names, IsOk());
  EXPECT_TRUE(names->items.empty());
}

TEST(Pages, ItemsAndNumbersComeBack) {
  const auto names =
      DecodeConsumerNames(EncodeConsumerNames({5, 3, 1024, {"a", "b"}}));
  ASSERT_THAT(names, IsOk());
  EXPECT_EQ(names->total, 5u);
  EXPECT_EQ(names->offset, 3u);
  EXPECT_THAT(names->items, testing::ElementsAre("a", "b"));
  const auto list =
      DecodeStreamList(EncodeStreamList(k2_15, {1, 0, 256, {NewStreamInfo()}}));
  ASSERT_THAT(list, IsOk());
  EXPECT_EQ(list->items[0].config.name, "A");
}

// API-162, INF-001, INF-010
TEST(ConsumerInfoAnswer, ShowsWhatTheServerShows) {
  ConsumerInfo info;
  info.stream_name = "S";
  info.name = "c";
  info.created = absl::FromUnixSeconds(1'735'689'600);
  info.config.durable_name = "c";
  info.config.max_deliver = -1;
  info.priority_groups = {{"A", "", std::nullopt}};
  const std::string text =
      EncodeConsumerInfo(Call::kConsumerInfo, k2_15, info);
  EXPECT_EQ(text,
            R"({"type":"io.nats.jetstream.api.v1.consumer_info_response",)"
            R"("stream_name":"S","name":"c","created":"2025-01-01T00:00:00Z",)"
            R"("config":{"durable_name":"c","deliver_policy":"all",)"
            R"("ack_policy":"none","max_deliver":-1,"replay_policy":"instant",)"
            R"("num_replicas":0},"delivered":{"consumer_seq":0,)"
            R"("stream_seq":0},"ack_floor":{"consumer_seq":0,"stream_seq":0},)"
            R"("num_ack_pending":0,"num_redelivered":0,"num_waiting":0,)"
            R"("num_pending":0,"priority_groups":[{"group":"A",)"
            R"("pinned_ts":"0001-01-01T00:00:00Z"}]})");
  const auto decoded = DecodeConsumerInfo(text);
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(decoded->config, info.config);
  EXPECT_EQ(decoded->priority_groups, info.priority_groups);
}

// API-171
TEST(ConsumerInfoAnswer, ResetAddsItsSequence) {
  const std::string text = EncodeConsumerReset(k2_15, ConsumerInfo(), 3);
  EXPECT_THAT(text, HasSubstr(R"("reset_seq":3})"));
  EXPECT_THAT(DecodeConsumerInfo(text), IsOk());
}

// API-090, API-091
TEST(MessageGetAnswer, CarriesBytesInBase64) {
  const std::string block = "NATS/1.0\r\nA: b\r\n\r\n";
  const std::string text = EncodeMessageGet(
      {"a.b", 7, absl::FromUnixSeconds(1'735'689'600), block, "\x01\xff"});
  EXPECT_THAT(text, HasSubstr(R"("data":"Af8=","time":)"));
  StoredMessage expected;
  expected.subject = "a.b";
  expected.sequence = 7;
  expected.time = absl::FromUnixSeconds(1'735'689'600);
  expected.headers = {{"A", "b"}};
  expected.data = "\x01\xff";
  EXPECT_THAT(DecodeMessageGet(text), IsOkAndHolds(expected));
}

// CON-147, CON-148
TEST(PauseAnswer, LeavesTheRestOutWhenResumed) {
  EXPECT_EQ(EncodePause({}),
            R"({"type":"io.nats.jetstream.api.v1.consumer_pause_response",)"
            R"("paused":false,"pause_until":"0001-01-01T00:00:00Z"})");
  const PauseState paused = {true, absl::FromUnixSeconds(1'735'689'600),
                             absl::Seconds(2)};
  const auto decoded = DecodePause(EncodePause(paused));
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(decoded->pause_until, paused.pause_until);
  EXPECT_EQ(decoded->pause_remaining, paused.pause_remaining);
}

// API-050, API-051
TEST(AccountAnswer, ComesBackAsItWent) {
  AccountInfo info;
  info.streams = 3;
  info.limits.max_streams = 10;
  info.api_level = 5;
  info.api_total = 7;
  const auto decoded = DecodeAccountInfo(EncodeAccountInfo(k2_15, info));
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(decoded->streams, 3u);
  EXPECT_EQ(decoded->limits, info.limits);
  EXPECT_EQ(decoded->api_level, 5);
  EXPECT_EQ(decoded->api_total, 7u);
  EXPECT_THAT(EncodeAccountInfo(k2_9, info), Not(HasSubstr("level")));
}

TEST(PurgeAnswer, TellsHowMany) {
  EXPECT_EQ(EncodePurge(4),
            R"({"type":"io.nats.jetstream.api.v1.stream_purge_response",)"
            R"("success":true,"purged":4})");
  EXPECT_THAT(DecodePurge(EncodePurge(4)), IsOkAndHolds(4u));
}

}  // namespace
}  // namespace windtunnel::api
