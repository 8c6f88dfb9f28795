// Limits, age and updates of one stream, through a Broker.

#include "simulator/broker/stream_test_fixture.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;

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

}  // namespace
}  // namespace windtunnel::broker
