// State, purges, retention and restarts of one stream, through a Broker.

#include "simulator/broker/stream_test_fixture.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;

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
