// Markers that the server leaves where the last message of a subject expired.

#include <string>

#include "tests/integration/timed_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class DeleteMarkersBehaviour : public TimedBehaviour {
 protected:
  static StreamConfig Config(const std::string& name, absl::Duration ttl) {
    return {.name = name,
            .subjects = {name + ".>"},
            .storage = Storage::kMemory,
            .allow_msg_ttl = true,
            .subject_delete_marker_ttl = ttl};
  }
  static std::string Marker(const std::string& ttl) {
    return "[Nats-Marker-Reason: MaxAge, Nats-TTL: " + ttl +
           ", Nats-Rollup: sub] ";
  }
  void AddConsumer(const std::string& stream, const std::string& filter) {
    ASSERT_TRUE(jetstream()
                    .CreateConsumer(stream, {.durable_name = "C",
                                             .ack_policy = AckPolicy::kExplicit,
                                             .filter_subject = filter})
                    .ok());
  }
};

BEHAVIOUR_SUITE_OF(DeleteMarkersBehaviour, DeleteMarkers);

// STO-098
TEST_P(DeleteMarkers, RaiseTtlsToTheirOwn) {
  Create(Config("S", absl::Seconds(90)));
  StreamConfig single = Config("T", absl::Seconds(90));
  single.max_msgs_per_subject = 1;
  Create(single);

  EXPECT_EQ(Put("S.a", {{"Nats-TTL", "5"}, {"X", "1"}}), Ok());
  EXPECT_EQ(Put("S.b", {{"Nats-TTL", "1500ms"}}), Ok());
  EXPECT_EQ(Put("S.c", {{"Nats-TTL", "1m30s"}}), Ok());
  EXPECT_EQ(Put("S.d", {{"Nats-TTL", "never"}}), Ok());
  EXPECT_EQ(Put("T.a", {{"Nats-TTL", "5"}}), Ok());

  if (Since("2.11")) {
    EXPECT_EQ(Stored("S", 1), "S.a [X: 1, Nats-TTL: 90] ");
    EXPECT_EQ(Stored("S", 2), "S.b [Nats-TTL: 90] ");
  } else {
    EXPECT_EQ(Header("S", 1, "Nats-TTL"), "5");
    EXPECT_EQ(Stored("S", 2), "S.b [Nats-TTL: 1500ms] ");
  }
  EXPECT_EQ(Stored("S", 3), "S.c [Nats-TTL: 1m30s] ");
  EXPECT_EQ(Stored("S", 4), "S.d [Nats-TTL: never] ");
  EXPECT_EQ(Stored("T", 1), "T.a [Nats-TTL: 5] ");
}

// STO-094, STO-095, STO-097, STO-099
TEST_P(DeleteMarkers, ReplaceTheLastMessageOfASubject) {
  Create(Config("S", absl::Seconds(1)));
  const Headers ttl = {{"Nats-TTL", "1"}};
  EXPECT_EQ(Put("S.two", ttl, "older"), Ok());
  EXPECT_EQ(Put("S.two", ttl, "newer"), Ok());
  EXPECT_EQ(Put("S.stays", ttl), Ok());
  EXPECT_EQ(Put("S.stays"), Ok());
  EXPECT_EQ(Put("S.purged", {{"KV-Operation", "PURGE"}, {"Nats-TTL", "1"}}),
            Ok());
  EXPECT_EQ(Put("S.deleted", {{"KV-Operation", "DEL"}, {"Nats-TTL", "1"}}),
            Ok());
  EXPECT_EQ(Put("S.marked", {{"Nats-Marker-Reason", "Mine"}, {"Nats-TTL", "1"}},
                "data"),
            Ok());
  EXPECT_EQ(Header("S", 7, "Nats-Marker-Reason"), "Mine");
  EXPECT_EQ(Put("S.removed", ttl), Ok());
  ASSERT_TRUE(jetstream().DeleteMessage("S", 8).ok());
  EXPECT_EQ(Put("S.cleared", ttl), Ok());
  EXPECT_EQ(jetstream().PurgeStream("S", {.filter = "S.cleared"}).value(), 1);

  if (!Since("2.11")) {
    Advance(absl::Milliseconds(1400));
    EXPECT_EQ(State("S").messages, 7);
    EXPECT_EQ(State("S").last_seq, 9);
    return;
  }
  EXPECT_TRUE(Eventually([&] { return State("S").messages == 3; }));

  EXPECT_THAT(AllStored("S"),
              ElementsAre("4 S.stays [] ", "10 S.two " + Marker("1s"),
                          "11 S.deleted " + Marker("1s")));
  EXPECT_GE(StoredAt("S", 10), StoredAt("S", 4) + absl::Milliseconds(800));
  // They leave no markers in their turn.
  EXPECT_TRUE(Eventually([&] { return State("S").messages == 1; }));
  EXPECT_EQ(State("S").last_seq, 11);
}

// STO-094, STO-096, STO-100
TEST_P(DeleteMarkers, ComeFromMaxAgeAndAgeThemselves) {
  const auto config = [](const std::string& name, Retention retention) {
    StreamConfig config = Config(name, absl::Seconds(5));
    config.max_age = absl::Seconds(1);
    config.retention = retention;
    return config;
  };
  Create(config("S", Retention::kLimits));
  Create(config("I", Retention::kInterest));
  AddConsumer("I", "I.a");
  Create(config("W", Retention::kWorkQueue));
  const absl::Time start = runtime().Now();
  for (const std::string stream : {"S", "I", "W"}) {
    EXPECT_EQ(Put(stream + ".a", {}, "data"), Ok());
  }
  EXPECT_EQ(Put("S.b"), Ok());
  EXPECT_EQ(Put("S.c", {{"Nats-TTL", "never"}}), Ok());
  EXPECT_EQ(Put("S.c"), Ok());

  if (!Since("2.11")) {
    EXPECT_TRUE(Eventually([&] {
      return State("S").messages + State("I").messages + State("W").messages ==
             0;
    }));
    EXPECT_EQ(State("S").last_seq, 4);
    return;
  }
  EXPECT_TRUE(Eventually([&] {
    return State("S").last_seq == 6 && State("I").last_seq == 2 &&
           State("W").last_seq == 2;
  }));
  EXPECT_GE(runtime().Now() - start, absl::Seconds(1));
  EXPECT_THAT(AllStored("S"),
              ElementsAre("3 S.c [Nats-TTL: never] ", "5 S.a " + Marker("5s"),
                          "6 S.b " + Marker("5s")));
  EXPECT_THAT(AllStored("I"), ElementsAre("2 I.a " + Marker("5s")));
  EXPECT_THAT(AllStored("W"), ElementsAre("2 W.a " + Marker("5s")));
  EXPECT_EQ(jetstream().GetConsumerInfo("I", "C")->num_pending, 1);

  EXPECT_TRUE(Eventually([&] {
    return State("S").messages == 1 && State("I").messages == 0 &&
           State("W").messages == 0;
  }));
  EXPECT_LE(runtime().Now() - start, absl::Seconds(4));
  EXPECT_EQ(State("S").last_seq, 6);
}

// STO-100
TEST_P(DeleteMarkers, PassTheChecksOrTheMessageStays) {
  StreamConfig full = Config("F", absl::Seconds(1));
  full.max_msgs = 1;
  full.discard = Discard::kNew;
  Create(full);
  StreamConfig tight = Config("T", absl::Seconds(1));
  tight.max_msg_size = 30;
  Create(tight);
  StreamConfig single = Config("P", absl::Seconds(1));
  single.max_msgs_per_subject = 1;
  single.discard = Discard::kNew;
  single.discard_new_per_subject = true;
  Create(single);
  for (const std::string stream : {"F", "T", "P"}) {
    EXPECT_EQ(Put(stream + ".a", {{"Nats-TTL", "1"}}, "x"), Ok());
  }
  const absl::Time stored = StoredAt("P", 1);
  AdvanceTo(stored + absl::Milliseconds(1400));

  EXPECT_THAT(AllStored("F"), ElementsAre("1 F.a [Nats-TTL: 1] x"));
  EXPECT_THAT(AllStored("T"), ElementsAre("1 T.a [Nats-TTL: 1] x"));
  if (!Since("2.11")) {
    EXPECT_THAT(AllStored("P"), ElementsAre("1 P.a [Nats-TTL: 1] x"));
    return;
  }
  EXPECT_THAT(AllStored("P"), ElementsAre("2 P.a " + Marker("1s")));

  // With room it succeeds, when it is tried again two seconds later.
  full.max_msgs = 2;
  full.allow_msg_ttl = true;
  Update(full);
  EXPECT_EQ(State("F").last_seq, 1);
  EXPECT_TRUE(Eventually([&] { return State("F").last_seq == 2; }));
  EXPECT_THAT(AllStored("F"), ElementsAre("2 F.a " + Marker("1s")));
  EXPECT_GE(StoredAt("F", 2) - stored, absl::Milliseconds(2900));
  EXPECT_THAT(AllStored("T"), ElementsAre("1 T.a [Nats-TTL: 1] x"));
}

// STO-094
TEST_P(DeleteMarkers, AreDelivered) {
  Create(Config("S", absl::Seconds(1)));
  AddConsumer("S", "S.a");
  EXPECT_EQ(Put("S.a", {{"Nats-TTL", "1"}}, "data"), Ok());
  auto pull = jetstream().SubscribePull("S", "C").value();
  ASSERT_TRUE(pull->Request({.batch = 2, .expires = absl::Seconds(5)}).ok());
  const auto next = [&] {
    PullEvent event =
        pull->Next(runtime().Now() + absl::Seconds(5), {}).value();
    const Delivery* delivery = std::get_if<Delivery>(&event);
    return delivery ? delivery->headers() : Headers();
  };
  EXPECT_EQ(next().Get("Nats-TTL"), "1");

  if (!Since("2.11")) {
    Advance(absl::Milliseconds(1400));
    EXPECT_EQ(State("S").last_seq, 1);
    return;
  }
  EXPECT_EQ(next().Get("Nats-Marker-Reason"), "MaxAge");
}

// STO-094, STO-100, SRC-060, SRC-070
TEST_P(DeleteMarkers, AreRepublishedAndTransformedLikeMessages) {
  StreamConfig config = Config("R", absl::Seconds(1));
  config.republish = Republish{.src = "R.>", .dest = "copy.>"};
  Create(config);
  config = Config("T", absl::Seconds(1));
  config.subject_transform = SubjectTransform{.src = "T.>", .dest = "T.t.>"};
  Create(config);
  auto copies = Listen("copy.>");
  EXPECT_EQ(Put("R.a", {{"Nats-TTL", "1"}}), Ok());
  EXPECT_EQ(Put("T.a", {{"Nats-TTL", "1"}}), Ok());
  const absl::StatusOr<Message> first = copies->Next(absl::Seconds(5));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->subject, "copy.a");

  if (!Since("2.11")) {
    Advance(absl::Milliseconds(1400));
    EXPECT_EQ(State("R").last_seq, 1);
    EXPECT_EQ(State("T").last_seq, 1);
    return;
  }
  const absl::StatusOr<Message> copy = copies->Next(absl::Seconds(5));
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(copy->subject, "copy.a");
  EXPECT_EQ(copy->headers.Get("Nats-Marker-Reason"), "MaxAge");
  EXPECT_EQ(copy->headers.Get("Nats-Sequence"), "2");
  EXPECT_EQ(copy->headers.Get("Nats-Last-Sequence"), "1");
  // Transformed once more, it replaces nothing, and the message stays.
  EXPECT_TRUE(Eventually([&] { return State("T").last_seq == 2; }));
  EXPECT_THAT(AllStored("T"), ElementsAre("1 T.t.a [Nats-TTL: 1] ",
                                          "2 T.t.t.a " + Marker("1s")));
}

// STO-087, STO-093, STO-094
TEST_P(DeleteMarkers, ComeAfterARestart) {
  const std::string name = FreshName();
  StreamConfig config = Config(name, absl::Seconds(1));
  config.storage = Storage::kFile;
  Create(config);
  EXPECT_EQ(Put(name + ".a", {{"Nats-TTL", "1"}}), Ok());
  Restart();

  if (!Since("2.11")) {
    Advance(absl::Milliseconds(1400));
    EXPECT_EQ(State(name).messages, 1);
    return;
  }
  EXPECT_TRUE(Eventually([&] { return State(name).last_seq == 2; }));
  EXPECT_THAT(AllStored(name), ElementsAre("2 " + name + ".a " + Marker("1s")));
}

}  // namespace
}  // namespace windtunnel
