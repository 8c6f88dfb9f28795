// $JS.API.STREAM.*, INFO and DIRECT.GET, as raw requests.

#include "simulator/broker/api_streams.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/broker/test_broker.h"

namespace windtunnel::broker {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto k2_9 = ServerVersion::k2_9;
constexpr auto k2_10 = ServerVersion::k2_10;
constexpr ServerVersion kVersions[] = {k2_9, k2_10, ServerVersion::k2_15};

testing::Matcher<std::string> Fails(int err_code) {
  return HasSubstr(absl::StrCat("\"err_code\":", err_code, ","));
}

std::string Create(TestBroker& broker, absl::string_view name,
                   absl::string_view fields = "") {
  return broker.Api(
      absl::StrCat("STREAM.CREATE.", name),
      absl::StrCat("{\"name\":\"", name, "\",\"storage\":\"memory\"",
                   fields.empty() ? "" : ",", fields, "}"));
}

// STR-073 to STR-075, API-052 to API-056
TEST(StreamCreate, IsIdempotentOnlyForEqualConfigurations) {
  for (const ServerVersion version : kVersions) {
    TestBroker broker(version);
    const std::string first = Create(broker, "A");
    EXPECT_THAT(first, AllOf(StartsWith("{\"type\":\"io.nats.jetstream.api.v1."
                                        "stream_create_response\""),
                             HasSubstr("\"did_create\":true"),
                             Not(HasSubstr("cluster"))));
    EXPECT_EQ(Create(broker, "A", "\"max_msgs\":-1"), first);
    EXPECT_THAT(Create(broker, "A", "\"description\":\"x\""), Fails(10058));
    EXPECT_THAT(Create(broker, "A", "\"num_replicas\":3"), Fails(10074));
    EXPECT_THAT(Create(broker, "B", "\"subjects\":[\"*\"]"), Fails(10065));
    EXPECT_THAT(broker.Api("STREAM.CREATE.B", "{\"name\":\"C\"}"),
                Fails(10056));
    EXPECT_THAT(Create(broker, "a/b"), Fails(10128));
    EXPECT_THAT(Create(broker, "B", "\"sealed\":true"), Fails(10052));
    EXPECT_THAT(Create(broker, "B", "\"mirror_direct\":true"), Fails(10052));
  }
}

// API-018
TEST(StreamCreate, EmptyBody) {
  TestBroker broker;
  EXPECT_THAT(broker.Api("STREAM.CREATE.A", ""), Fails(10056));
  EXPECT_THAT(broker.Api("STREAM.UPDATE.A", ""), Fails(10052));
  TestBroker old(k2_10);
  EXPECT_THAT(old.Api("STREAM.CREATE.A", ""), Fails(10025));
  EXPECT_THAT(old.Api("STREAM.UPDATE.A", ""), Fails(10025));
}

// STR-048
TEST(StreamCreate, NewServersAddMetadata) {
  TestBroker broker;
  EXPECT_THAT(
      Create(broker, "A"),
      HasSubstr("\"metadata\":{\"_nats.level\":\"5\",\"_nats.req.level\":"
                "\"0\",\"_nats.ver\":\"2.15.1\"}"));
  EXPECT_THAT(broker.Api("STREAM.LIST", ""),
              HasSubstr("\"metadata\":{\"_nats.req.level\":\"0\"}"));
  TestBroker old(k2_10);
  EXPECT_THAT(Create(old, "A"), Not(HasSubstr("_nats")));
}

// STR-077, STR-033, STR-083
TEST(StreamUpdate, ChecksConfigurationNameExistenceAndOverlap) {
  TestBroker broker;
  Create(broker, "A");
  Create(broker, "B");
  EXPECT_THAT(broker.Api("STREAM.UPDATE.C", R"({"name":"C","max_age":-1})"),
              Fails(10052));
  EXPECT_THAT(broker.Api("STREAM.UPDATE.C", R"({"name":"A"})"), Fails(10056));
  EXPECT_THAT(broker.Api("STREAM.UPDATE.C", R"({"name":"C"})"), Fails(10059));
  EXPECT_THAT(broker.Api("STREAM.UPDATE.A", R"({"name":"A"})"), Fails(10052));
  EXPECT_THAT(broker.Api("STREAM.UPDATE.A",
                         R"({"name":"A","storage":"memory","subjects":["B"]})"),
              Fails(10065));
}

// STR-096
TEST(StreamUpdate, ConsumersMustFitIntoNewLimits) {
  for (const ServerVersion version : {k2_10, ServerVersion::k2_15}) {
    TestBroker broker(version);
    Create(broker, "A");
    EXPECT_THAT(
        broker.Api(
            "CONSUMER.CREATE.A.c",
            R"({"stream_name":"A","config":{"name":"c","durable_name":"c",
                     "ack_policy":"explicit","max_ack_pending":500}})"),
        Not(HasSubstr("error")));
    const auto update = [&](absl::string_view limits) {
      return broker.Api(
          "STREAM.UPDATE.A",
          absl::StrCat(R"({"name":"A","storage":"memory","consumer_limits":{)",
                       limits, "}}"));
    };
    EXPECT_THAT(update(R"("max_ack_pending":499)"),
                AllOf(Fails(10069),
                      HasSubstr("change to limits violates consumers: c")));
    EXPECT_THAT(update(R"("max_ack_pending":500)"), Not(HasSubstr("error")));
    EXPECT_THAT(update(R"("inactive_threshold":9000000000)"),
                version == k2_10 ? testing::Matcher<std::string>(Fails(10069))
                                 : Not(HasSubstr("error")));
  }
}

// STR-100 to STR-102
TEST(StreamDelete, ForgetsTheStream) {
  TestBroker broker;
  Create(broker, "A");
  EXPECT_THAT(broker.Api("STREAM.DELETE.A", "null"), Fails(10038));
  EXPECT_THAT(broker.Api("STREAM.DELETE.B", ""), Fails(10059));
  broker.Publish("A", "x");
  EXPECT_THAT(broker.Api("STREAM.DELETE.A", "{ }"),
              HasSubstr("\"success\":true"));
  EXPECT_THAT(broker.Ask("A", "x"), HasSubstr("503"));
  EXPECT_THAT(Create(broker, "A"), HasSubstr("\"last_seq\":0"));
}

// STR-103, STR-105, STR-108, STR-109
TEST(StreamInfo, PagesThroughSubjects) {
  TestBroker broker;
  Create(broker, "A", "\"subjects\":[\"a.*\"]");
  for (absl::string_view subject : {"a.2", "a.1", "a.3", "a.1"}) {
    broker.Publish(subject, "");
  }
  EXPECT_THAT(broker.Api("STREAM.INFO.A", "hello"),
              HasSubstr("\"total\":0,\"offset\":0,\"limit\":0"));
  EXPECT_THAT(broker.Api("STREAM.INFO.A", R"({"subjects_filter":">"})"),
              AllOf(HasSubstr("\"total\":3,\"offset\":0,\"limit\":100000"),
                    HasSubstr(R"({"a.1":2,"a.2":1,"a.3":1})")));
  EXPECT_THAT(
      broker.Api("STREAM.INFO.A", R"({"subjects_filter":"a.*","offset":2})"),
      HasSubstr(R"("subjects":{"a.3":1})"));
  EXPECT_THAT(
      broker.Api("STREAM.INFO.A", R"({"subjects_filter":">","offset":9})"),
      AllOf(HasSubstr("\"total\":3,\"offset\":9"), Not(HasSubstr("a.1"))));
  EXPECT_THAT(broker.Api("STREAM.INFO.B", ""), Fails(10059));
}

// STR-110 to STR-114
TEST(StreamNames, AreSortedFilteredAndPaged) {
  TestBroker broker;
  EXPECT_THAT(broker.Api("STREAM.NAMES", ""), HasSubstr("\"streams\":null"));
  EXPECT_THAT(broker.Api("STREAM.LIST", ""), HasSubstr("\"streams\":[]"));
  Create(broker, "B");
  Create(broker, "A", "\"subjects\":[\"x.*\"]");
  EXPECT_THAT(
      broker.Api("STREAM.NAMES", ""),
      HasSubstr(R"("total":2,"offset":0,"limit":1024,"streams":["A","B"])"));
  EXPECT_THAT(broker.Api("STREAM.NAMES", R"({"offset":1})"),
              HasSubstr(R"("offset":1,"limit":1024,"streams":["B"])"));
  EXPECT_THAT(broker.Api("STREAM.NAMES", R"({"offset":9})"),
              HasSubstr(R"("total":2,"offset":2)"));
  EXPECT_THAT(broker.Api("STREAM.NAMES", R"({"offset":-1})"),
              HasSubstr(R"("offset":0)"));
  EXPECT_THAT(
      broker.Api("STREAM.NAMES", R"({"subject":"*.y"})"),
      HasSubstr(R"("total":1,"offset":0,"limit":1024,"streams":["A"])"));
  EXPECT_THAT(broker.Api("STREAM.NAMES", R"({"subject":"x.."})"),
              HasSubstr(R"("total":0)"));
}

// API-072 to API-074
TEST(StreamPurge, ChecksRequestBeforeStream) {
  TestBroker broker;
  Create(broker, "A", "\"deny_purge\":true");
  EXPECT_THAT(broker.Api("STREAM.PURGE.B", R"({"seq":1,"keep":1})"),
              Fails(10003));
  EXPECT_THAT(broker.Api("STREAM.PURGE.B", ""), Fails(10059));
  EXPECT_THAT(broker.Api("STREAM.PURGE.A", ""),
              AllOf(Fails(10110), EndsWith("\"purged\":0}")));
}

// API-090 to API-097
TEST(MessageGet, SelectsOneMessage) {
  TestBroker broker;
  Create(broker, "A", "\"subjects\":[\"a.*\"]");
  broker.Publish("a.1", "one", "NATS/1.0\r\nX: y\r\n\r\n");
  broker.Advance(kSecond);
  broker.Publish("a.2", "two");
  const auto get = [&](absl::string_view body) {
    return broker.Api("STREAM.MSG.GET.A", body);
  };
  EXPECT_THAT(get(R"({"seq":1})"),
              AllOf(HasSubstr(R"("seq":1)"), HasSubstr(R"("data":"b25l")"),
                    HasSubstr("\"hdrs\":\"TkFUUy8xLjANClg6IHkNCg0K\"")));
  EXPECT_THAT(get(R"({"seq":1,"no_hdr":true})"), Not(HasSubstr("hdrs")));
  EXPECT_THAT(get(R"({"last_by_subj":"a.*"})"), HasSubstr(R"("seq":2)"));
  EXPECT_THAT(get(R"({"next_by_subj":"a.2"})"), HasSubstr(R"("seq":2)"));
  EXPECT_THAT(get(R"({"start_time":"2025-01-01T00:00:00.5Z"})"),
              HasSubstr(R"("seq":2)"));
  EXPECT_THAT(get(R"({"seq":3})"), Fails(10037));
  EXPECT_THAT(get(R"({"last_by_subj":"b"})"), Fails(10037));
  for (absl::string_view body :
       {"", "{}", R"({"seq":0})", R"({"seq":1,"last_by_subj":"a.1"})",
        R"({"last_by_subj":"a.1","next_by_subj":"a.1"})",
        R"({"seq":1,"batch":1})"}) {
    EXPECT_THAT(get(body), Fails(10003)) << body;
  }
  EXPECT_THAT(broker.Api("STREAM.MSG.GET.B", R"({"seq":1})"), Fails(10059));
  // STO-037
  EXPECT_THAT(broker.Api("STREAM.MSG.DELETE.A", R"({"seq":2})"),
              HasSubstr("\"success\":true"));
  EXPECT_THAT(get(R"({"last_by_subj":">"})"), Fails(10037));
  EXPECT_THAT(get(R"({"last_by_subj":"a.>"})"), HasSubstr(R"("seq":1)"));
}

// STO-043 to STO-051
TEST(DirectGet, AnswersWithTheMessageItself) {
  TestBroker broker;
  Create(broker, "A", R"("subjects":["a.*"],"allow_direct":true)");
  broker.Publish("a.1", "one", "NATS/1.0\r\nX: y\r\n\r\n");
  const auto get = [&](absl::string_view body) {
    return broker.Api("DIRECT.GET.A", body);
  };
  const std::string message =
      "NATS/1.0\r\nX: y\r\nNats-Stream: A\r\nNats-Subject: a.1\r\n"
      "Nats-Sequence: 1\r\nNats-Time-Stamp: 2025-01-01T00:00:00.123456789Z\r\n"
      "\r\none";
  EXPECT_EQ(get(R"({"seq":1})"), message);
  EXPECT_EQ(get(R"({"seq":1,"unknown":2})"), message);
  EXPECT_EQ(get(R"({"seq":1,"no_hdr":true})"), "one");
  EXPECT_EQ(broker.Api("DIRECT.GET.A.a.1", ""), message);
  EXPECT_EQ(broker.Api("DIRECT.GET.A.a.*", "{}"), message);
  EXPECT_EQ(broker.Api("DIRECT.GET.A.a.1", R"({"seq":1})"),
            "NATS/1.0 408 Bad Request\r\n\r\n");
  EXPECT_EQ(get(R"({"seq":2})"), "NATS/1.0 404 Message Not Found\r\n\r\n");
  EXPECT_EQ(get("{}"), "NATS/1.0 408 Empty Request\r\n\r\n");
  EXPECT_EQ(get("x"), "NATS/1.0 408 Malformed Request\r\n\r\n");
  EXPECT_EQ(get(R"({"seq":1,"last_by_subj":"a.1"})"),
            "NATS/1.0 408 Bad Request\r\n\r\n");
  EXPECT_EQ(broker.Api("DIRECT.GET.A", R"({"seq":1})",
                       "NATS/1.0\r\nNats-Required-Api-Level: 6\r\n\r\n"),
            "NATS/1.0 412 Required Api Level\r\n\r\n");
  TestBroker old(k2_10);
  Create(old, "A", R"("allow_direct":true)");
  EXPECT_EQ(old.Api("DIRECT.GET.A.A", "{}"),
            "NATS/1.0 408 Bad Request\r\n\r\n");
}

// API-127
TEST(DirectGet, OfNothingHasNoResponder) {
  TestBroker broker;
  Create(broker, "A");
  EXPECT_THAT(broker.Api("DIRECT.GET.A", R"({"seq":1})"), HasSubstr("503"));
  EXPECT_THAT(broker.Api("DIRECT.GET.B", R"({"seq":1})"), HasSubstr("503"));
  TestBroker old(k2_9);
  EXPECT_EQ(old.Api("DIRECT.GET.B", R"({"seq":1})"), "none");
}

// API-130 to API-134
TEST(DirectGet, BatchesEndWithAStatus) {
  TestBroker broker;
  Create(broker, "A", R"("subjects":["a.*"],"allow_direct":true)");
  for (int i = 0; i < 4; ++i) broker.Publish(absl::StrCat("a.", i % 2), "x");
  const auto get = [&](absl::string_view body) {
    return broker.RequestMany("$JS.API.DIRECT.GET.A", body);
  };
  const auto batch = get(R"({"seq":2,"batch":2})");
  ASSERT_EQ(batch.size(), 3u);
  EXPECT_THAT(batch[0].header_block,
              EndsWith("Nats-Num-Pending: 2\r\nNats-Last-Sequence: 0\r\n\r\n"));
  EXPECT_THAT(batch[1].header_block,
              EndsWith("Nats-Num-Pending: 1\r\nNats-Last-Sequence: 2\r\n\r\n"));
  EXPECT_EQ(batch[2].header_block,
            "NATS/1.0 204 EOB\r\nNats-Num-Pending: 1\r\nNats-Last-Sequence: 3"
            "\r\n\r\n");
  const auto last = get(R"({"multi_last":["a.*"]})");
  ASSERT_EQ(last.size(), 3u);
  EXPECT_THAT(last[0].header_block, HasSubstr("Nats-Sequence: 3\r\n"));
  EXPECT_EQ(last[2].header_block,
            "NATS/1.0 204 EOB\r\nNats-Num-Pending: 0\r\nNats-Last-Sequence: 4"
            "\r\nNats-UpTo-Sequence: 4\r\n\r\n");
  EXPECT_EQ(get(R"({"multi_last":["b"]})")[0].header_block,
            "NATS/1.0 404 No Results\r\n\r\n");
  EXPECT_EQ(get(R"({"seq":9,"batch":2})")[0].header_block,
            "NATS/1.0 404 Message Not Found\r\n\r\n");
}

// API-020
TEST(RequiredLevel, IsCheckedByNewServersOnly) {
  const auto ask = [](ServerVersion version, absl::string_view level) {
    TestBroker broker(version);
    return broker.Api("STREAM.NAMES", "",
                      absl::StrCat("NATS/1.0\r\nNats-Required-Api-Level: ",
                                   level, "\r\n\r\n"));
  };
  for (absl::string_view fine : {"5", "+5", "-1", ""}) {
    EXPECT_THAT(ask(ServerVersion::k2_15, fine), Not(HasSubstr("error")))
        << fine;
  }
  EXPECT_THAT(ask(ServerVersion::k2_15, "6"), Fails(10185));
  EXPECT_THAT(ask(ServerVersion::k2_15, "x"), Fails(10185));
  EXPECT_THAT(ask(k2_10, "6"), Not(HasSubstr("error")));
}

// API-024, API-350
TEST(UnknownFunctions, StaySilent) {
  TestBroker broker;
  Create(broker, "A");
  for (absl::string_view function :
       {"STREAM.CREATE", "STREAM.INFO.A.b", "STREAM.NAMES.x", "stream.names",
        "FOO", "META.LEADER.STEPDOWN"}) {
    EXPECT_EQ(broker.Api(function, ""), "none") << function;
  }
  EXPECT_THAT(broker.Ask("$JS.API", ""), HasSubstr("503"));
  EXPECT_THAT(broker.Api("STREAM.LEADER.STEPDOWN.A", ""), Fails(10010));
}

// API-034, API-050
TEST(AccountInfo, CountsStreamsAndCalls) {
  TestBroker broker;
  Create(broker, "A");
  broker.Publish("A", "12345");
  broker.Api("STREAM.MSG.GET.A", R"({"seq":1})");
  broker.Api("STREAM.MSG.GET.A", R"({"seq":2})");
  EXPECT_THAT(broker.Api("INFO", ""),
              AllOf(HasSubstr("\"memory\":22,"), HasSubstr("\"storage\":0,"),
                    HasSubstr("\"streams\":1,"),
                    HasSubstr("\"level\":5,\"total\":2,\"errors\":1")));
}

}  // namespace
}  // namespace windtunnel::broker
