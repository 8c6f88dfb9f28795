// Publishing into one stream, through a Broker.

#include "simulator/broker/stream_test_fixture.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;

// PUB-001, PUB-003, PUB-004
TEST(PubAck, HasTheTextOfTheVersion) {
  for (const ServerVersion version : kVersions) {
    WithStream broker("\"max_msg_size\":20", version);
    const std::string comma = version == k2_15 ? "," : ", ";
    EXPECT_EQ(broker.Ask("s.a", "x"),
              absl::StrCat("{\"stream\":\"S\"", comma, "\"seq\":1}"));
    const std::string id = "NATS/1.0\r\nNats-Msg-Id:1\r\n\r\n";
    WithStream other("", version);
    other.Ask("s.a", "x", id);
    EXPECT_EQ(other.Ask("s.a", "x", id),
              absl::StrCat("{\"stream\":\"S\"", comma,
                           "\"seq\":1,\"duplicate\": true}"));
    EXPECT_EQ(broker.Ask("s.a", "123456789012345678901"),
              "{\"error\":{\"code\":400,\"err_code\":10054,\"description\":"
              "\"message size exceeds maximum allowed\"},\"stream\":\"S\","
              "\"seq\":0}");
  }
}

// PUB-007
TEST(PubAck, NoAckStreamsNeverAnswer) {
  WithStream broker("\"no_ack\":true,\"max_msg_size\":3");
  EXPECT_EQ(broker.Ask("s.a", "x"), "none");
  EXPECT_EQ(broker.Ask("s.a", "xxxxx"), "none");
  EXPECT_EQ(broker.State().messages, 1u);
}

// PUB-013, PUB-014
TEST(Publish, SizesCountTheHeaderBlock) {
  WithStream broker("\"max_msg_size\":30");
  EXPECT_EQ(broker.Put("s.a", std::string(30, 'x')), "1");
  EXPECT_EQ(broker.Put("s.a", std::string(31, 'x')),
            "message size exceeds maximum allowed");
  EXPECT_EQ(broker.Put("s.a", std::string(12, 'x'), "A: b"), "2");
  EXPECT_EQ(broker.Put("s.a", std::string(13, 'x'), "A: b"),
            "message size exceeds maximum allowed");
  WithStream open;
  EXPECT_EQ(open.Put("s.a", "", absl::StrCat("A: ", std::string(65'518, 'x'))),
            "1");
  EXPECT_EQ(open.Put("s.a", "", absl::StrCat("A: ", std::string(65'519, 'x'))),
            "header size exceeds maximum allowed of 64k");
}

// PUB-017
TEST(Publish, WildcardsAreLiteralAndEmptyTokensMatchNothing) {
  WithStream broker;
  EXPECT_EQ(broker.Put("s.*"), "1");
  EXPECT_EQ(broker.Put("s.>"), "2");
  EXPECT_EQ(broker.Put("s..a"), "nobody");
  EXPECT_EQ(broker.Put("s"), "nobody");
}

// PUB-024 to PUB-026
TEST(Expectations, CompareStreamAndLastSequence) {
  for (const ServerVersion version : kVersions) {
    WithStream broker("", version);
    broker.PutMany({"s.a", "s.b"});
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Expected-Stream: T"),
              "expected stream does not match");
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Expected-Last-Sequence: 1"),
              "wrong last sequence: 2");
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Expected-Last-Sequence: -2"),
              "wrong last sequence: 2");
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Expected-Last-Sequence: 002"), "3");
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Expected-Last-Sequence:"), "4");
  }
}

// PUB-027
TEST(Expectations, CompareTheLastSequenceOfTheSubject) {
  WithStream broker;
  broker.PutMany({"s.a", "s.b", "s.a"});
  const auto put = [&](absl::string_view seq) {
    return broker.Put(
        "s.a", "", absl::StrCat("Nats-Expected-Last-Subject-Sequence: ", seq));
  };
  EXPECT_EQ(put("1"), "wrong last sequence: 3");
  EXPECT_EQ(put("3"), "4");
  broker.stream("S").DeleteMessage(broker.context(), 4);
  EXPECT_EQ(put("3"), "5");
  EXPECT_EQ(broker.Put("s.new", "", "Nats-Expected-Last-Subject-Sequence: 0"),
            "6");
}

// PUB-028 to PUB-030
TEST(Expectations, MayNameAnotherSubjectOnNewServers) {
  const std::string about = "Nats-Expected-Last-Subject-Sequence-Subject: ";
  const std::string seq = "\r\nNats-Expected-Last-Subject-Sequence: ";
  WithStream broker;
  broker.PutMany({"s.a", "s.b"});
  EXPECT_EQ(broker.Put("s.c", "", absl::StrCat(about, "s.*", seq, "1")),
            "wrong last sequence: 2");
  EXPECT_EQ(broker.Put("s.c", "", absl::StrCat(about, "s.*", seq, "2")), "3");
  EXPECT_EQ(broker.Put("s.c", "", absl::StrCat(about, "s.a")),
            "missing sequence for expected last sequence per subject");
  broker.stream("S").DeleteMessage(broker.context(), 3);
  EXPECT_EQ(broker.Put("s.c", "", absl::StrCat(about, ">", seq, "2")),
            "wrong last sequence: 0");
  WithStream old("", k2_10);
  old.Put("s.a");
  EXPECT_EQ(old.Put("s.c", "", absl::StrCat(about, "s.a")), "2");
  EXPECT_EQ(old.Put("s.a", "", absl::StrCat(about, "s.c", seq, "1")), "3");
}

// PUB-031
TEST(Expectations, RememberTheLastMessageId) {
  WithStream broker;
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: one"), "1");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Expected-Last-Msg-Id: two"),
            "wrong last msg ID: one");
  broker.stream("S").DeleteMessage(broker.context(), 1);
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Expected-Last-Msg-Id: one"), "2");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Expected-Last-Msg-Id: one"),
            "wrong last msg ID: ");
}

// PUB-019 to PUB-021
TEST(OrderOfChecks, ChangedBetweenVersions) {
  const std::string retry = "Nats-Msg-Id: 1\r\nNats-Expected-Last-Sequence: 0";
  for (const ServerVersion version : kVersions) {
    WithStream broker("\"max_msg_size\":100", version);
    EXPECT_EQ(broker.Put("s.a", "", retry), "1");
    EXPECT_EQ(broker.Put("s.a", "", retry),
              version == k2_15 ? "wrong last sequence: 1" : "1 duplicate");
    EXPECT_EQ(
        broker.Put("s.a", std::string(100, 'x'), "Nats-Expected-Stream: T"),
        version == k2_15 ? "message size exceeds maximum allowed"
                         : "expected stream does not match");
  }
}

// STO-088, STO-089, PUB-051, PUB-052, PUB-062, PUB-089, PUB-101, SRC-049
TEST(Publish, RefusesHeadersOfOptionsThatAreOff) {
  WithStream broker;
  EXPECT_EQ(broker.Put("s.a", "", "Nats-TTL: 5"),
            "per-message TTL is disabled");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-TTL: never"),
            "per-message TTL is disabled");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-TTL: 999ms"),
            "invalid per-message TTL");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Incr: +5"),
            "message counters is disabled");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Incr: 1_0"),
            "message counter increment is invalid");
  EXPECT_EQ(
      broker.Put("s.a", "", "Nats-Batch-Id: b\r\nNats-Expected-Stream: T"),
      "atomic publish is disabled");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Schedule: @bad"),
            "message schedules is disabled");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Schedule-Next: purge"),
            "message schedules invalid scheduler");
  EXPECT_EQ(
      broker.Put("s.a", "", "Nats-Schedule-Next: purge\r\nNats-Scheduler: s.b"),
      "message schedules is disabled");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Stream-Source: S 1"),
            "message stream source header is not allowed");
  EXPECT_EQ(broker.State().last_seq, 0u);
  WithStream old("", k2_10);
  EXPECT_EQ(old.Put("s.a", "",
                    "Nats-TTL: 5\r\nNats-Incr: 1\r\n"
                    "Nats-Batch-Id: b\r\nNats-Schedule: x"),
            "1");
}

// PUB-009, PUB-010
TEST(Publish, KeepsHeadersButCutsStatusAndRequestInfo) {
  const std::string block =
      "NATS/1.0 503 Foo\r\nA: b\r\nNats-Request-Info: c\r\n\r\n";
  WithStream broker;
  broker.Publish("s.a", "", block);
  EXPECT_EQ(broker.stream("S").store().Find(1)->block->header_block(),
            "NATS/1.0\r\nA: b\r\n\r\n");
  broker.Publish("s.a", "", "NATS/1.0 503\r\n\r\n");
  EXPECT_EQ(broker.stream("S").store().Find(2)->block->header_block(), "");
  WithStream old("", k2_9);
  old.Publish("s.a", "", block);
  EXPECT_EQ(old.stream("S").store().Find(1)->block->header_block(),
            "NATS/1.0 503 Foo\r\nA: b\r\n\r\n");
}

// PUB-032, PUB-034 to PUB-037
TEST(Deduplication, LastsForTheWindowWhateverHappensToTheMessage) {
  WithStream broker("\"duplicate_window\":1000000000,\"max_msg_size\":40");
  EXPECT_EQ(broker.Put("s.a", std::string(50, 'x'), "Nats-Msg-Id: 1"),
            "message size exceeds maximum allowed");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 1"), "1");
  broker.stream("S").Purge(broker.context(), SubjectFilter(), 0, 0);
  broker.Advance(999 * kMillisecond);
  EXPECT_EQ(broker.Put("s.b", "", "Nats-Msg-Id: 1"), "1 duplicate");
  broker.Advance(1 * kMillisecond);
  EXPECT_EQ(broker.Put("s.b", "", "Nats-Msg-Id: 1"), "2");
}

// PUB-038
TEST(Deduplication, AShorterWindowForgetsAtOnce) {
  WithStream broker;
  broker.Put("s.a", "", "Nats-Msg-Id: 1");
  broker.Advance(2 * kSecond);
  broker.Configure("UPDATE", "memory", "\"duplicate_window\":1000000000");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 1"), "2");
}

// PUB-042 to PUB-046
TEST(Rollup, ReplacesSubjectOrStream) {
  WithStream broker("\"allow_rollup_hdrs\":true");
  broker.PutMany({"s.a", "s.b", "s.a"});
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Rollup: SUB"), "4");
  EXPECT_THAT(broker.Present(), ElementsAre(2, 4));
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Rollup: all\r\nNats-Msg-Id: 1"), "5");
  EXPECT_THAT(broker.Present(), ElementsAre(5));
  broker.Put("s.b");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Rollup: all\r\nNats-Msg-Id: 1"),
            "5 duplicate");
  EXPECT_THAT(broker.Present(), ElementsAre(5, 6));
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Rollup: bad"),
            "rollup value invalid: \"bad\"");
  EXPECT_EQ(WithStream("\"allow_rollup_hdrs\":true", k2_10)
                .Put("s.a", "", "Nats-Rollup: bad"),
            "silence");
  EXPECT_EQ(WithStream().Put("s.a", "", "Nats-Rollup: bad"),
            "rollup not permitted");
}

}  // namespace
}  // namespace windtunnel::broker
