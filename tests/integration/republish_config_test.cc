// Republish: which subjects it may be about, and how it is changed.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/republish_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE_OF(RepublishBehaviour, RepublishConfig);

// SRC-064
TEST_P(RepublishConfig, SourceIsAllUnlessGiven) {
  const StreamInfo created = Create(Config(Republish{"", "q.>"}));
  EXPECT_EQ(created.config.republish, (Republish{">", "q.>"}));
  auto copies = Listen("q.>");
  Publish("r.a");
  EXPECT_THAT(Copies(*copies), ElementsAre("q.r.a"));
  ASSERT_TRUE(jetstream().DeleteStream("S").ok());

  EXPECT_EQ(ErrorWith({"x.*", "q.$1"}),
            Since("2.10") ? Ok()
                          : InvalidConfig("stream configuration for republish "
                                          "source is not valid subset of "
                                          "subjects"));
}

// SRC-065
TEST_P(RepublishConfig, DestinationMustNotBeOfTheStream) {
  for (const auto& republish : std::vector<Republish>{
           {"r.*", "r.x.$1"}, {"r.*", "lit"}, {"", ">"}, {"r.*", "*.$1"}}) {
    EXPECT_EQ(ErrorWith(republish),
              InvalidConfig("stream configuration for republish destination "
                            "forms a cycle"));
  }
  // What a wildcard stands for is not looked at.
  EXPECT_EQ(ErrorWith({"r.*", "$1"}), Ok());
}

// SRC-066
TEST_P(RepublishConfig, MappingMustBeValid) {
  for (const auto& republish : std::vector<Republish>{{"r.*", "q.*"},
                                                      {"r.*", "q.$2"},
                                                      {"r.*", "q.>"},
                                                      {"r.>", "q"},
                                                      {"r.*", "q..$1"},
                                                      {"r.*", "{{no(1)}}.$1"},
                                                      {"r.>", "q.$1.>"}}) {
    EXPECT_EQ(ErrorWith(republish),
              InvalidConfig(
                  Since("2.10")
                      ? absl::StrCat("stream configuration for republish with "
                                     "transform from '",
                                     republish.src, "' to '", republish.dest,
                                     "' not valid")
                      : "stream configuration for republish not valid"));
  }
  // Old servers want each wildcard to be used, or as many.
  for (const auto& republish :
       std::vector<Republish>{{"r.*", "q"},
                              {"r.*.*", "q.$2"},
                              {"r.*", "q.$x"},
                              {"r.*", "{{left(1,1)}}"}}) {
    EXPECT_EQ(
        ErrorWith(republish),
        Since("2.10")
            ? Ok()
            : InvalidConfig("stream configuration for republish not valid"));
  }
  for (const auto& republish :
       std::vector<Republish>{{"r.*", "q.$1"},
                              {"r.*.*", "q.$1.$1"},
                              {"r.*", "q.{{split(1,-)}}"},
                              {"r.*.>", "q.$1.>"},
                              {"lit", "q.$x"}}) {
    EXPECT_EQ(ErrorWith(republish), Ok());
  }
  // Without wildcards they take all for text.
  EXPECT_EQ(ErrorWith({"lit", "q.$1"}),
            Since("2.10")
                ? InvalidConfig("stream configuration for republish with "
                                "transform from 'lit' to 'q.$1' not valid")
                : Ok());
}

// SRC-066
TEST_P(RepublishConfig, DestinationMayHaveFunctions) {
  Create(Config(Republish{"*.*", "q.{{split(2,-)}}.{{partition(3,1,2)}}"}));
  auto copies = Listen("q.>");
  Publish("r.a-b");
  EXPECT_EQ(copies->Next(absl::Seconds(5))->subject, "q.a.b.0");
}

// SRC-067
TEST_P(RepublishConfig, EmptyDestinationCopiesNothing) {
  if (!Since("2.10")) {
    EXPECT_EQ(ErrorWith({"r.>", ""}),
              InvalidConfig("stream configuration for republish not valid"));
    return;
  }
  EXPECT_EQ(Create(Config(Republish{"r.>", ""})).config.republish,
            (Republish{"r.>", ""}));
  auto all = Listen(">");
  Publish("r.a");
  ASSERT_EQ(connection().Publish({.subject = "end"}), absl::OkStatus());
  for (std::string subject; subject != "end";) {
    const Message message = all->Next(absl::Seconds(5)).value();
    EXPECT_EQ(message.headers.Get("Nats-Sequence"), std::nullopt);
    subject = message.subject;
  }
}

// SRC-067
TEST_P(RepublishConfig, UpdateMakesAnEmptyDestinationAll) {
  Create(Config(std::nullopt));
  const auto update = [&](const std::string& src) {
    return jetstream().UpdateStream(Config(Republish{src, ""}));
  };
  if (!Since("2.10")) {
    EXPECT_EQ(ErrorOf(update("r.>")),
              InvalidConfig("stream configuration for republish not valid"));
    return;
  }
  EXPECT_EQ(ErrorOf(update("r.*")),
            JetStreamError(500, 10069,
                           "stream configuration for republish from 'r.*' to "
                           "'>': invalid subject"));
  EXPECT_EQ(update("r.>")->config.republish, (Republish{"r.>", ">"}));
  auto copies = Listen("a");
  Publish("r.a");
  EXPECT_EQ(copies->Next(absl::Seconds(5))->headers.Get("Nats-Subject"), "r.a");
}

// SRC-069
TEST_P(RepublishConfig, OldSubjectsMatchNothing) {
  StreamConfig config = Config(Republish{"r.*", "q.$1"});
  config.subject_transform = SubjectTransform{"r.*", "z.$1"};
  Create(config);
  auto copies = Listen("q.>");
  Publish("r.a");
  ASSERT_EQ(connection().Publish({.subject = "q.end"}), absl::OkStatus());

  EXPECT_EQ(copies->Next(absl::Seconds(5))->subject,
            Since("2.10") ? "q.end" : "q.a");
}

// STR-071
TEST_P(RepublishConfig, AllToAllMeansTheTransformed) {
  StreamConfig config = Config(Republish{">", ">"});
  config.subjects = {"r.>"};
  config.subject_transform = SubjectTransform{"r.>", "q.>"};
  const auto created = jetstream().CreateStream(config);
  if (!Since("2.11")) {
    EXPECT_EQ(ErrorOf(created),
              InvalidConfig("stream configuration for republish destination "
                            "forms a cycle"));
    return;
  }
  EXPECT_EQ(created->config.republish, (Republish{"q.>", "q.>"}));
  auto copies = Listen("q.>");
  Publish("r.a");
  EXPECT_EQ(copies->Next(absl::Seconds(5))->headers.Get("Nats-Subject"), "q.a");
}

// STR-088
TEST_P(RepublishConfig, MayBeAddedChangedAndRemoved) {
  Create(Config(std::nullopt));
  auto copies = Listen("q.>");
  const JetStreamError refused =
      InvalidConfig("stream configuration update can not change RePublish");
  const auto update = [&](std::optional<Republish> republish) {
    return ErrorOf(jetstream().UpdateStream(Config(std::move(republish))));
  };

  if (!Since("2.10")) {
    EXPECT_EQ(update(Republish{"r.*", "q.$1"}), refused);
    ASSERT_TRUE(jetstream().DeleteStream("S").ok());
    Create(Config(Republish{"r.*", "q.$1"}));
    EXPECT_EQ(update(Republish{"r.*", "q.x.$1"}), refused);
    EXPECT_EQ(update(Republish{"r.*", "q.$1", true}), refused);
    EXPECT_EQ(update(std::nullopt), refused);
    EXPECT_EQ(update(Republish{"r.*", "q.$1"}), Ok());
    return;
  }
  EXPECT_EQ(update(Republish{"r.*", "q.$1"}), Ok());
  Publish("r.a", "x");
  EXPECT_EQ(update(Republish{">", "q.all.>", true}), Ok());
  Publish("r.a", "x");
  EXPECT_EQ(update(std::nullopt), Ok());
  Publish("r.a", "x");
  ASSERT_EQ(connection().Publish({.subject = "q.end"}), absl::OkStatus());

  EXPECT_EQ(copies->Next(absl::Seconds(5))->subject, "q.a");
  const Message second = copies->Next(absl::Seconds(5)).value();
  EXPECT_EQ(second.subject, "q.all.r.a");
  EXPECT_EQ(second.headers.Get("Nats-Msg-Size"), "1");
  EXPECT_EQ(copies->Next(absl::Seconds(5))->subject, "q.end");
}

}  // namespace
}  // namespace windtunnel
