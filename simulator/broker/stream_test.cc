// Publishing, limits, retention and time of one stream, through a Broker.

#include "simulator/broker/stream.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/broker/test_broker.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr ServerVersion kVersions[] = {
    ServerVersion::k2_9, ServerVersion::k2_10, ServerVersion::k2_15};
constexpr auto k2_9 = ServerVersion::k2_9;
constexpr auto k2_10 = ServerVersion::k2_10;
constexpr auto k2_15 = ServerVersion::k2_15;

// A broker with stream S on `s.>`.
class WithStream : public TestBroker {
 public:
  explicit WithStream(absl::string_view fields = "",
                      ServerVersion version = k2_15,
                      absl::string_view storage = "memory")
      : TestBroker(version) {
    Configure("CREATE", storage, fields);
  }

  void Configure(absl::string_view call, absl::string_view storage,
                 absl::string_view fields) {
    const std::string answer = Api(
        absl::StrCat("STREAM.", call, ".S"),
        absl::StrCat("{\"name\":\"S\",\"subjects\":[\"s.>\"],\"storage\":\"",
                     storage, "\"", fields.empty() ? "" : ",", fields, "}"));
    EXPECT_THAT(answer, testing::Not(HasSubstr("\"error\""))) << answer;
  }

  // "5", "5 duplicate", or the refusal's description.
  std::string Put(absl::string_view subject, absl::string_view data = "",
                  absl::string_view headers = "") {
    const std::string block =
        headers.empty() ? ""
                        : absl::StrCat("NATS/1.0\r\n", headers, "\r\n\r\n");
    std::string name;
    const auto outcome = broker().PublishToStream(context(), client(), subject,
                                                  block, data, &name);
    if (!outcome) return "nobody";
    if (!outcome->answer) return "silence";
    if (outcome->error) return outcome->error->description;
    return absl::StrCat(outcome->sequence,
                        outcome->duplicate ? " duplicate" : "");
  }

  void PutMany(std::initializer_list<absl::string_view> subjects) {
    for (absl::string_view subject : subjects) Put(subject);
  }

  std::vector<std::uint64_t> Present() {
    return stream("S").store().Matching(SubjectFilter());
  }
  StreamState State() { return stream("S").State(false); }
};

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

// STO-065, STO-068, STO-069
TEST(DiscardOld, TrimsTheSubjectFirst) {
  WithStream broker("\"max_msgs\":3,\"max_msgs_per_subject\":1");
  broker.PutMany({"s.a", "s.b", "s.c", "s.c"});
  EXPECT_THAT(broker.Present(), ElementsAre(1, 2, 4));
  broker.Put("s.d");
  EXPECT_THAT(broker.Present(), ElementsAre(2, 4, 5));
}

// STO-066, STO-067
TEST(DiscardOld, AMessageLargerThanTheStreamEmptiesIt) {
  WithStream broker("\"max_bytes\":50");
  broker.PutMany({"s.a", "s.a"});
  EXPECT_EQ(broker.Put("s.a", std::string(100, 'x')), "3");
  const StreamState state = broker.State();
  EXPECT_EQ(state.messages, 0u);
  EXPECT_EQ(state.bytes, 0u);
  EXPECT_EQ(state.first_seq, 4u);
  EXPECT_EQ(state.last_seq, 3u);
}

// STO-075, PUB-022, PUB-048
TEST(DiscardNew, RefusesBeyondTheNumberOfMessages) {
  WithStream broker(
      "\"discard\":\"new\",\"max_msgs\":2,\"allow_rollup_hdrs\":true");
  broker.Put("s.a", "", "Nats-Msg-Id: 1");
  broker.Put("s.a");
  EXPECT_EQ(broker.Put("s.a"), "maximum messages exceeded");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Rollup: all"),
            "maximum messages exceeded");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 1"), "1 duplicate");
  broker.stream("S").DeleteMessage(broker.context(), 1);
  EXPECT_EQ(broker.Put("s.a"), "3");
}

// STO-076: the subject, the data and 16 bytes each.
TEST(DiscardNew, CountsBytesAsTheVersionDoes) {
  const std::string fields = "\"discard\":\"new\",\"max_bytes\":60";
  WithStream newest(fields);
  EXPECT_EQ(newest.Put("s.a", std::string(11, 'x')), "1");
  EXPECT_EQ(newest.Put("s.a", std::string(11, 'x')), "2");
  EXPECT_EQ(newest.Put("s.a"), "maximum bytes exceeded");
  WithStream middle(fields, k2_10);
  middle.Put("s.a", std::string(11, 'x'));
  EXPECT_EQ(middle.Put("s.a", std::string(11, 'x')), "maximum bytes exceeded");
  EXPECT_EQ(middle.Put("s.a", std::string(10, 'x')), "2");
  WithStream oldest(fields, k2_9);
  oldest.Put("s.a", std::string(11, 'x'));
  EXPECT_EQ(oldest.Put("s.a", std::string(30, 'x')), "maximum bytes exceeded");
  EXPECT_EQ(oldest.Put("s.a", std::string(29, 'x')), "2");
  EXPECT_THAT(oldest.Present(), ElementsAre(2));
}

// STO-077 to STO-079
TEST(DiscardNew, ReplacesOnAFullSubjectUnlessEachSubjectRefuses) {
  WithStream broker(
      "\"discard\":\"new\",\"max_msgs\":2,\"max_msgs_per_subject\":1");
  broker.PutMany({"s.a", "s.b"});
  EXPECT_EQ(broker.Put("s.a"), "3");
  EXPECT_EQ(broker.Put("s.c"), "maximum messages exceeded");
  EXPECT_THAT(broker.Present(), ElementsAre(2, 3));
  WithStream strict(
      "\"discard\":\"new\",\"max_msgs\":2,\"max_msgs_per_subject\":1,"
      "\"discard_new_per_subject\":true");
  strict.PutMany({"s.a", "s.b"});
  EXPECT_EQ(strict.Put("s.a"), "maximum messages per subject exceeded");
}

// STO-080
TEST(DiscardNew, ARollupPassesTheLimitOfItsSubjectOnNewServers) {
  const std::string fields =
      "\"discard\":\"new\",\"max_msgs_per_subject\":1,"
      "\"discard_new_per_subject\":true,\"allow_rollup_hdrs\":true";
  WithStream broker(fields);
  broker.Put("s.a");
  EXPECT_EQ(broker.Put("s.a", "", "Nats-Rollup: sub"), "2");
  EXPECT_THAT(broker.Present(), ElementsAre(2));
  WithStream old(fields, k2_10);
  old.Put("s.a");
  EXPECT_EQ(old.Put("s.a", "", "Nats-Rollup: sub"),
            "maximum messages per subject exceeded");
}

// STO-071, STO-072, STO-081
TEST(Update, LowerLimitsEvictAtOnce) {
  WithStream broker;
  broker.PutMany({"s.a", "s.a", "s.b", "s.b"});
  broker.Configure("UPDATE", "memory", "\"max_msgs_per_subject\":1");
  EXPECT_THAT(broker.Present(), ElementsAre(2, 4));
  broker.Configure("UPDATE", "memory", "\"max_msgs\":1");
  EXPECT_THAT(broker.Present(), ElementsAre(4));

  WithStream old("", k2_10);
  old.PutMany({"s.a", "s.a", "s.b", "s.b"});
  old.Configure("UPDATE", "memory", "\"max_msgs_per_subject\":1");
  EXPECT_THAT(old.Present(), ElementsAre(1, 2, 3, 4));
  old.Put("s.a");
  EXPECT_THAT(old.Present(), ElementsAre(3, 4, 5));
}

// STO-081
TEST(Update, ToDiscardNewEvictsNothingSince210) {
  for (const ServerVersion version : kVersions) {
    WithStream broker("", version);
    broker.PutMany({"s.a", "s.a", "s.a"});
    broker.Configure("UPDATE", "memory", "\"discard\":\"new\",\"max_msgs\":1");
    EXPECT_EQ(broker.State().messages, version == k2_9 ? 1u : 3u);
  }
}

// STR-097
TEST(Update, SubjectsTakeEffectAtOnce) {
  WithStream broker;
  broker.Put("s.a");
  broker.Api("STREAM.UPDATE.S",
             R"({"name":"S","subjects":["t"],"storage":"memory"})");
  EXPECT_EQ(broker.Put("s.a"), "nobody");
  EXPECT_EQ(broker.Put("t"), "2");
  EXPECT_THAT(broker.Present(), ElementsAre(1, 2));
}

// STO-083, STO-084
TEST(Age, FirstMessageGoesWhenDueAndLaterRunsKeepTheirDistance) {
  WithStream broker("\"max_age\":1000000000");
  broker.Put("s.a");
  broker.Advance(100 * kMillisecond);
  broker.Put("s.b");
  broker.Advance(500 * kMillisecond);
  broker.Put("s.c");
  broker.Advance(400 * kMillisecond - 1);
  EXPECT_THAT(broker.Present(), ElementsAre(1, 2, 3));
  broker.Advance(1);
  EXPECT_THAT(broker.Present(), ElementsAre(2, 3));
  // Due 100 ms later, but runs are 250 ms apart.
  broker.Advance(250 * kMillisecond - 1);
  EXPECT_THAT(broker.Present(), ElementsAre(2, 3));
  broker.Advance(1);
  EXPECT_THAT(broker.Present(), ElementsAre(3));
  // Due 350 ms later: exactly then.
  broker.Advance(350 * kMillisecond - 1);
  EXPECT_THAT(broker.Present(), ElementsAre(3));
  broker.Advance(1);
  EXPECT_THAT(broker.Present(), ElementsAre());
  EXPECT_EQ(broker.broker().NextDeadline(), kNever);

  WithStream old("\"max_age\":1000000000", k2_9);
  old.Put("s.a");
  old.Advance(100 * kMillisecond);
  old.Put("s.b");
  old.Advance(1000 * kMillisecond);
  EXPECT_THAT(old.Present(), ElementsAre());
}

// STO-073
TEST(Age, LoweringItExpiresBeforeTheAnswer) {
  WithStream broker;
  broker.Put("s.a");
  broker.Advance(kSecond);
  broker.Put("s.b");
  broker.Configure("UPDATE", "memory", "\"max_age\":500000000");
  EXPECT_THAT(broker.Present(), ElementsAre(2));
  broker.Configure("UPDATE", "memory", "\"max_age\":0");
  broker.Advance(10 * kSecond);
  EXPECT_THAT(broker.Present(), ElementsAre(2));
}

// STO-004, STO-005, STO-018
TEST(State, OfEmptyStreams) {
  for (const ServerVersion version : kVersions) {
    WithStream broker("", version, "file");
    StreamState state = broker.State();
    EXPECT_EQ(state.first_seq, 0u);
    EXPECT_EQ(state.last_seq, 0u);
    EXPECT_EQ(state.last_ts, absl::InfinitePast());
    broker.stream("S").Purge(broker.context(), SubjectFilter(), 0, 0);
    EXPECT_EQ(broker.State().first_seq, 1u);
    broker.Put("s.a");
    broker.stream("S").DeleteMessage(broker.context(), 1);
    state = broker.State();
    EXPECT_EQ(state.first_seq, 2u);
    EXPECT_EQ(state.last_seq, 1u);
    EXPECT_EQ(state.first_ts,
              version == k2_15 ? absl::InfinitePast() : absl::UnixEpoch());
    EXPECT_EQ(state.last_ts, absl::FromUnixNanos(broker.now()));
  }
}

// STR-107, STO-008
TEST(State, DeletedSequences) {
  WithStream broker("", k2_15, "file");
  EXPECT_THAT(broker.stream("S").State(true).deleted, ElementsAre(0));
  broker.PutMany({"s.a", "s.b", "s.c", "s.d"});
  broker.stream("S").DeleteMessage(broker.context(), 2);
  broker.stream("S").DeleteMessage(broker.context(), 4);
  const StreamState state = broker.stream("S").State(true);
  EXPECT_EQ(state.num_deleted, 2u);
  EXPECT_EQ(state.num_subjects, 2u);
  EXPECT_THAT(state.deleted, ElementsAre(2, 4));
}

// STO-017 to STO-029
TEST(Purge, ByFilterSequenceAndNumber) {
  WithStream broker;
  Stream& stream = broker.stream("S");
  const auto purge = [&](std::vector<std::string> filter, std::uint64_t seq,
                         std::uint64_t keep) {
    return stream.Purge(broker.context(), SubjectFilter(filter), seq, keep);
  };
  for (int i = 0; i < 3; ++i) broker.PutMany({"s.a", "s.b", "s.c"});
  EXPECT_EQ(purge({}, 1, 0), 0u);
  EXPECT_EQ(purge({}, 2, 0), 1u);
  EXPECT_EQ(purge({"s.b"}, 3, 0), 1u);
  EXPECT_THAT(broker.Present(), ElementsAre(3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(purge({"s.*"}, 0, 5), 2u);
  EXPECT_EQ(purge({"s.b"}, 0, 1), 1u);
  EXPECT_THAT(broker.Present(), ElementsAre(6, 7, 8, 9));
  EXPECT_EQ(purge({}, 0, 9), 0u);
  EXPECT_EQ(purge({}, 0, 1), 3u);
  EXPECT_EQ(purge({}, 20, 0), 1u);
  EXPECT_EQ(broker.State().first_seq, 20u);
  EXPECT_EQ(broker.Put("s.a"), "20");
  EXPECT_EQ(purge({"s.a"}, 50, 0), 1u);
  EXPECT_EQ(broker.Put("s.a"), "21");
}

// STO-022, STO-028
TEST(Purge, BelowOneRemovesAllOnOldServers) {
  const auto purged = [](ServerVersion version, absl::string_view storage,
                         std::vector<std::string> filter) {
    WithStream broker("", version, storage);
    broker.PutMany({"s.a", "s.a"});
    return broker.stream("S").Purge(broker.context(), SubjectFilter(filter), 1,
                                    0);
  };
  EXPECT_EQ(purged(k2_15, "file", {}), 0u);
  EXPECT_EQ(purged(k2_10, "file", {}), 2u);
  EXPECT_EQ(purged(k2_10, "memory", {}), 0u);
  EXPECT_EQ(purged(k2_9, "memory", {}), 2u);
  EXPECT_EQ(purged(k2_10, "memory", {"s.a"}), 2u);
  EXPECT_EQ(purged(k2_15, "memory", {"s.a"}), 0u);
}

// STO-011, STO-012, STO-014, STO-015
TEST(DeleteMessage, SaysWhyNot) {
  const auto refusal = [](WithStream& broker, std::uint64_t seq) {
    return broker.stream("S").DeleteMessage(broker.context(), seq)->description;
  };
  WithStream memory;
  EXPECT_EQ(refusal(memory, 3), "sequence 3 not found");
  WithStream file("", k2_15, "file");
  for (int i = 0; i < 4; ++i) file.Put("s.a");
  for (const int seq : {1, 3}) {
    file.stream("S").DeleteMessage(file.context(), seq);
  }
  EXPECT_EQ(refusal(file, 0), "no message found");
  EXPECT_EQ(refusal(file, 1), "no message found");
  EXPECT_EQ(refusal(file, 3), "sequence 3 not found");
  EXPECT_EQ(refusal(file, 5), "stream store EOF");
  WithStream denied("\"deny_delete\":true");
  EXPECT_EQ(refusal(denied, 1), "message delete not permitted");
  denied.Configure("UPDATE", "memory", "\"deny_delete\":true,\"sealed\":true");
  EXPECT_EQ(refusal(denied, 1), "invalid operation on sealed stream");
  EXPECT_EQ(denied.Put("s.a"), "invalid operation on sealed stream");
}

// STO-102, PUB-035, PUB-039, PUB-040
TEST(Interest, WithoutConsumersMessagesOnlyUseSequences) {
  for (const ServerVersion version : kVersions) {
    WithStream broker(
        "\"retention\":\"interest\",\"duplicate_window\":1000000000,"
        "\"discard\":\"new\",\"max_msgs\":1",
        version);
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 1"), "1");
    broker.Advance(500 * kMillisecond);
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 2"), "2");
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 2"),
              version == k2_9 ? "0 duplicate" : "2 duplicate");
    const StreamState state = broker.State();
    EXPECT_EQ(state.messages, 0u);
    EXPECT_EQ(state.first_seq, 3u);
    EXPECT_EQ(state.last_seq, 2u);
    EXPECT_EQ(state.last_ts, absl::FromUnixNanos(broker.now()));
    broker.Advance(500 * kMillisecond);
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 2"), "3");
  }
}

// STO-109, STO-110
TEST(Interest, ComingToItWithoutConsumersEmptiesNewServers) {
  WithStream newest;
  newest.Put("s.a");
  newest.Configure("UPDATE", "memory", "\"retention\":\"interest\"");
  EXPECT_THAT(newest.Present(), ElementsAre());
  WithStream old("", k2_10);
  old.Put("s.a");
  old.Configure("UPDATE", "memory", "\"retention\":\"interest\"");
  EXPECT_THAT(old.Present(), ElementsAre(1));
}

// STO-119 to STO-121, PUB-041
TEST(Restart, FileStreamsComeBackAndMemoryStreamsDoNot) {
  for (const ServerVersion version : kVersions) {
    WithStream broker("\"duplicate_window\":10000000000", version, "file");
    broker.Api("STREAM.CREATE.M", R"({"name":"M","storage":"memory"})");
    broker.Put("s.a", "", "Nats-Msg-Id: 1");
    broker.Put("s.a", "", "Nats-Msg-Id: 2");
    broker.Put("s.b", "", "Nats-Msg-Id: 3");
    broker.stream("S").DeleteMessage(broker.context(), 2);
    const StreamState before = broker.State();
    broker.broker().Stop(broker.context());
    EXPECT_EQ(broker.broker().NextDeadline(), kNever);
    EXPECT_EQ(broker.Put("s.a"), "nobody");
    broker.Advance(kSecond);
    broker.broker().Start(broker.context());
    EXPECT_EQ(broker.broker().FindStream("M"), nullptr);
    EXPECT_EQ(broker.State(), before);
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 1"), "1 duplicate");
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Expected-Last-Msg-Id: 2"),
              "wrong last msg ID: 3");
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 2"), "4");
    // PUB-034: the first run is one window after the table was made.
    broker.Advance(10 * kSecond - 1);
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 1"), "1 duplicate");
    broker.Advance(1);
    EXPECT_EQ(broker.Put("s.a", "", "Nats-Msg-Id: 1"), "5");
  }
}

// STO-087
TEST(Restart, OverdueMessagesAreGone) {
  WithStream broker("\"max_age\":1000000000", k2_15, "file");
  broker.Put("s.a");
  broker.broker().Stop(broker.context());
  broker.Advance(2 * kSecond);
  broker.broker().Start(broker.context());
  EXPECT_THAT(broker.Present(), ElementsAre());
}

}  // namespace
}  // namespace windtunnel::broker
