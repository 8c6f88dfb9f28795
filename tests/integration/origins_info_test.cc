// What a stream shows about what it copies from.

#include <string>

#include "tests/integration/origin_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class OriginsInfoBehaviour : public OriginBehaviour {
 protected:
  static JetStreamError ErrorIn(const StreamSourceInfo& info) {
    return {info.error_code, info.error_err_code, info.error_description};
  }
};

BEHAVIOUR_SUITE_OF(OriginsInfoBehaviour, OriginsInfo);

// SRC-001
TEST_P(OriginsInfo, SaysThatAnOriginIsMissing) {
  Create(MirrorConfig("M", {.name = "LATE"}));
  Create(SourcesConfig("S", {{.name = "LATE"}}));

  for (const std::string name : {"M", "S"}) {
    const auto origin = [&] {
      const StreamInfo info = Info(name);
      return info.mirror ? *info.mirror : info.sources.at(0);
    };
    ASSERT_TRUE(Eventually([&] { return origin().error_code != 0; }));
    EXPECT_EQ(ErrorIn(origin()), StreamNotFound());
    EXPECT_EQ(origin().name, "LATE");
    EXPECT_EQ(origin().active, absl::InfiniteDuration());
    EXPECT_EQ(origin().lag, 0);
  }
  EXPECT_EQ(Info("M").sources.size(), 0);
  EXPECT_EQ(Info("S").mirror, std::nullopt);
}

// SRC-039, STR-104
TEST_P(OriginsInfo, ShowsAMirrorThatFollows) {
  Fill({"o.a", "o.b"});
  StreamSource origin{.name = "O", .filter_subject = "o.a"};

  const StreamInfo created = Create(MirrorConfig("M", origin));
  ASSERT_TRUE(Reaches("M", 1));

  const StreamSourceInfo mirror = Info("M").mirror.value();
  EXPECT_EQ(mirror.name, "O");
  EXPECT_EQ(mirror.lag, 0);
  EXPECT_LT(mirror.active, absl::Seconds(2));
  EXPECT_EQ(mirror.error_code, 0);
  EXPECT_EQ(mirror.filter_subject, Since("2.10") ? "o.a" : "");
  EXPECT_EQ(mirror.external, std::nullopt);
  EXPECT_EQ(created.mirror.has_value(), Since("2.10"));
  if (created.mirror) {
    EXPECT_EQ(created.mirror->active, absl::InfiniteDuration());
    EXPECT_EQ(created.mirror->filter_subject, "");
  }
}

// SRC-039, SRC-059
TEST_P(OriginsInfo, ShowsTransforms) {
  if (!Since("2.10")) return;  // SRC-032: ignored there.
  const StreamSource origin{
      .name = "O",
      .subject_transforms = {{.src = "o.a", .dest = "t"}, {.src = "o.b"}}};

  EXPECT_EQ(Create(MirrorConfig("M", origin)).mirror->subject_transforms,
            origin.subject_transforms);
  EXPECT_EQ(
      Create(SourcesConfig("S", {origin})).sources.at(0).subject_transforms,
      origin.subject_transforms);
}

// SRC-059
TEST_P(OriginsInfo, ShowsSourcesAndHowFarTheyCame) {
  Fill({"o.a", "p.a", "o.b"});

  const StreamInfo created = Create(SourcesConfig(
      "S", {{.name = "O", .filter_subject = "o.*"}, {.name = "P"}}));
  ASSERT_TRUE(Reaches("S", 3));

  std::vector<StreamSourceInfo> sources = Info("S").sources;
  ASSERT_EQ(sources.size(), 2);
  if (sources[0].name == "P") std::swap(sources[0], sources[1]);
  EXPECT_EQ(sources[0].name, "O");
  EXPECT_EQ(sources[1].name, "P");
  EXPECT_EQ(sources[0].seq, Since("2.15") ? 2 : 0);
  EXPECT_EQ(sources[1].seq, Since("2.15") ? 1 : 0);
  EXPECT_EQ(sources[0].filter_subject, Since("2.10") ? "o.*" : "");
  EXPECT_EQ(sources[0].lag, 0);
  EXPECT_LT(sources[0].active, absl::Seconds(2));
  EXPECT_EQ(created.sources.size(), Since("2.10") ? 2 : 0);
}

// SRC-059
TEST_P(OriginsInfo, ShowsNewSourcesOfAnUpdate) {
  Create(SourcesConfig("S", {{.name = "O"}}));
  ASSERT_TRUE(IsFollowing("S"));

  const StreamInfo updated =
      Update(SourcesConfig("S", {{.name = "O"}, {.name = "P"}}));

  ASSERT_EQ(updated.sources.size(), 2);
  for (const StreamSourceInfo& source : updated.sources) {
    EXPECT_EQ(source.active == absl::InfiniteDuration(), source.name == "P");
  }
}

// SRC-056, SRC-059: without a filter is the same as filtering everything, and
// stays what it was called first.
TEST_P(OriginsInfo, KeepsTheFirstFilterOfASource) {
  const auto shown = [&](const std::string& filter) {
    return Update(SourcesConfig("S", {{.name = "O", .filter_subject = filter}}))
        .sources.at(0)
        .filter_subject;
  };
  Create(SourcesConfig("S", {{.name = "O", .filter_subject = ">"}}));

  EXPECT_EQ(shown(""), Since("2.10") ? ">" : "");
  EXPECT_EQ(shown("o.a"), Since("2.10") ? "o.a" : "");
  EXPECT_EQ(shown(""), "");
  EXPECT_EQ(shown(">"), "");
}

// SRC-039, SRC-059: nobody answers on the prefix, so there is no error either.
TEST_P(OriginsInfo, ShowsExternalOrigins) {
  const ExternalStream external{.api = "JS.hub.API", .deliver = "deliver.hub"};
  Create(MirrorConfig("M", {.name = "X", .external = external}));
  Create(SourcesConfig("S", {{.name = "X", .external = external}}));
  Advance(absl::Milliseconds(250));

  for (const StreamSourceInfo& origin :
       {Info("M").mirror.value(), Info("S").sources.at(0)}) {
    EXPECT_EQ(origin.external, external);
    EXPECT_EQ(origin.active, absl::InfiniteDuration());
    EXPECT_EQ(origin.error_code, 0);
    EXPECT_EQ(origin.lag, 0);
  }
}

// SRC-039, SRC-059: the server does not count the message that waits first.
TEST_P(OriginsInfo, ShowsWhatIsWaiting) {
  Fill({"o.a", "o.b", "o.c", "o.d", "o.e", "o.f"});
  const StreamConfig full{.max_msgs = 2, .discard = Discard::kNew};
  Create(MirrorConfig("M", {.name = "O"}, full));
  Create(SourcesConfig("S", {{.name = "O"}}, full));
  ASSERT_TRUE(Reaches("M", 2));
  ASSERT_TRUE(Reaches("S", 2));

  EXPECT_TRUE(Eventually([&] { return Info("M").mirror->lag == 2; }));
  EXPECT_TRUE(Eventually([&] { return Info("S").sources.at(0).lag == 2; }));
  EXPECT_EQ(Info("M").mirror->error_code, 0);
  EXPECT_EQ(Info("S").sources.at(0).error_code, 0);
}

// SRC-041
TEST_P(OriginsInfo, SaysThatTheOriginHasNoRoomForConsumers) {
  Create({.name = "D",
          .subjects = {"d"},
          .max_consumers = 1,
          .storage = Storage::kMemory});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("D", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  Publish("d");
  Create(MirrorConfig("M", {.name = "D"}));

  if (Since("2.14")) {
    ASSERT_TRUE(Reaches("M", 1));
    return;
  }
  ASSERT_TRUE(Eventually([&] { return Info("M").mirror->error_code != 0; }));
  EXPECT_EQ(ErrorIn(*Info("M").mirror),
            JetStreamError(400, 10026, "maximum consumers limit reached"));
  EXPECT_EQ(State("M").last_seq, 0);
}

// STR-116
TEST_P(OriginsInfo, DoesNotCountTheLinksOfALimitsStream) {
  Fill({"o.a"});
  Create(MirrorConfig("M", {.name = "O"}));
  Create(SourcesConfig("S", {{.name = "O"}}));
  ASSERT_TRUE(Reaches("M", 1));
  ASSERT_TRUE(Reaches("S", 1));

  EXPECT_EQ(State("O").consumer_count, 0);
  EXPECT_THAT(Api("CONSUMER.NAMES.O")["consumers"], testing::IsEmpty());
}

}  // namespace
}  // namespace windtunnel
