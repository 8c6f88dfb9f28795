// Programs survive being stored, are told in words, and get smaller.

#include "tests/property/program.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/property/conformance.h"
#include "tests/property/generate.h"
#include "tests/property/run.h"
#include "tests/property/stand_ins.h"
#include "tests/property/story.h"
#include "tests/property/tolerance.h"
#include "windtunnel/simulator_testing.h"

namespace windtunnel::conform {
namespace {

using testing::HasSubstr;
using testing::Not;
using Kind = Action::Kind;

// A program of each flavour, and some more.
std::vector<Program> Samples() {
  std::vector<Program> samples;
  for (const Flavour& flavour : Flavours()) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      samples.push_back(ProgramOf(
          {.flavours = {flavour.name}, .restarts = flavour.restarts}, seed));
    }
  }
  return samples;
}

TEST(Programs, AreOfTheFlavourAskedForAndNotEmpty) {
  for (const Flavour& flavour : Flavours()) {
    const Program program = ProgramOf(
        {.flavours = {flavour.name}, .restarts = flavour.restarts}, 7);
    EXPECT_EQ(program.flavour, flavour.name);
    EXPECT_EQ(program.timed, flavour.timed) << flavour.name;
    EXPECT_FALSE(program.actions.empty()) << flavour.name;
  }
}

TEST(Programs, TheSameSeedMakesTheSameProgram) {
  EXPECT_EQ(ProgramOf({}, 4711), ProgramOf({}, 4711));
  EXPECT_FALSE(ProgramOf({}, 4711) == ProgramOf({}, 4712));
  EXPECT_FALSE(ProgramOf({}, 1) == ProgramOf({}, (std::uint64_t{1} << 32) + 1));
}

TEST(Programs, SurviveBeingStored) {
  for (const Program& program : Samples()) {
    const auto read = ProgramFromJson(ToJson(program));
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, program) << program.flavour;
  }
}

TEST(Programs, WhatIsNoProgramIsRefusedByName) {
  const auto error = [](const std::string& text) {
    return std::string(ProgramFromJson(text).status().message());
  };
  EXPECT_THAT(error("{"), HasSubstr("not a program"));
  EXPECT_THAT(error("[]"), HasSubstr("not a program"));
  EXPECT_THAT(error(R"({"flavour":"x"})"), HasSubstr("timed"));
  const std::string head =
      R"({"flavour":"x","timed":false,"settle":0,"version":)";
  EXPECT_THAT(error(head + R"("2.11","actions":[]})"), HasSubstr("2.11"));
  EXPECT_THAT(error(head + R"("2.15","actions":[{"do":"jump"}]})"),
              HasSubstr("jump"));
  EXPECT_THAT(
      error(head + R"("2.15","actions":[{"do":"request","connection":3}]})"),
      HasSubstr("connections"));
  EXPECT_TRUE(ProgramFromJson(head + R"("2.15","actions":[]})").ok());
}

TEST(Programs, AreToldInWords) {
  EXPECT_EQ(InWords({.subject = "$JS.API.STREAM.CREATE.@A", .body = "{}"}),
            "create stream @A {}");
  EXPECT_EQ(InWords({.subject = "@.a", .headers = {{"X", "1"}}, .body = "hi"}),
            "publish @.a [X: 1] hi");
  EXPECT_EQ(InWords({.kind = Kind::kSettle, .body = "+ACK", .pick = 2}),
            "answer the last delivery but 2 with '+ACK'");
  EXPECT_EQ(InWords({.kind = Kind::kSubscribe,
                     .connection = 1,
                     .subject = "@.d",
                     .queue = "q"}),
            "connection 1: subscribe to @.d in group q");
  EXPECT_EQ(InWords({.kind = Kind::kAdvance, .duration = absl::Seconds(2)}),
            "2s pass");
  EXPECT_EQ(KindOf({.subject = "$JS.API.STREAM.MSG.DELETE.@A"}),
            "delete message of");
}

// What is tried when a program fails is another program, and runs.
TEST(Programs, GetSmaller) {
  const Program program = ProgramOf({.flavours = {"pull"}}, 3);
  rc::Seq<Program> smaller = Smaller(program);
  int count = 0;
  while (const rc::Maybe<Program> next = smaller.next()) {
    EXPECT_FALSE(*next == program);
    EXPECT_LE(next->actions.size(), program.actions.size());
    if (++count % 20 != 0) continue;
    const auto world = SimulatedWorld(next->version)();
    EXPECT_FALSE(RunProgram(*world, "P00001", *next).steps.empty());
  }
  EXPECT_GT(count, static_cast<int>(program.actions.size()));
}

TEST(Programs, StandInsAreReplacedAndHidden) {
  StandIns names("P7");
  const absl::Time now = absl::FromUnixSeconds(1'600'000'000);
  const auto reveal = [&](const std::string& text) {
    return names.Reveal(
        text, now,
        [](absl::string_view stream, int sequence) {
          return absl::StrCat("stored ", stream, " ", sequence);
        },
        [](absl::string_view stream, const std::string& subject) {
          return absl::StrCat("last ", stream, " ", subject);
        });
  };
  EXPECT_EQ(reveal("@A.x <time A 3>"), "P7A.x stored A 3");
  EXPECT_EQ(reveal("<last A @.b>"), "last A P7.b");
  EXPECT_EQ(reveal("<bytes 5>"), "xxxxx");
  EXPECT_EQ(reveal("<now+250ms> <now-1s>"),
            "2020-09-13T12:26:40.250Z 2020-09-13T12:26:39.000Z");
  EXPECT_EQ(reveal("<e0> < <now> <other>"),
            "<e0> < 2020-09-13T12:26:40.000Z <other>");
  names.LearnFromAnswer({.subject = "$JS.API.CONSUMER.CREATE.@A"},
                        {.data = R"({"stream_name":"P7A","name":"aB3dE6gH"})"});
  EXPECT_EQ(reveal("<e0>"), "aB3dE6gH");
  EXPECT_EQ(names.Hide("P7A aB3dE6gH"), "@A <e0>");
}

TEST(Tolerance, HidesTimesAndDrawnNamesOnly) {
  EXPECT_EQ(Normalized(R"({"ts":"2026-01-02T03:04:05.6Z","seq":3,"id":"x"})"),
            R"({"id":"?","seq":3,"ts":"T"})");
  EXPECT_EQ(Normalized(R"({"first_ts":"0001-01-01T00:00:00Z"})"),
            R"({"first_ts":"never"})");
  EXPECT_EQ(NormalizedAck("$JS.ACK.S.c.1.2.3.1600000000000000000.4"),
            "$JS.ACK.S.c.1.2.3.T.4");
  Message message{.subject = "a", .data = "{broken"};
  message.headers.Add("b", "2");
  message.headers.Add("a", "1");
  EXPECT_EQ(Normalized(message), "a [ a:1 b:2] {broken");
  // "NATS/1.0", "b: 2", "a: 1", as they are stored.
  EXPECT_EQ(Normalized(R"({"hdrs":"TkFUUy8xLjANCmI6IDINCmE6IDENCg0K"})"),
            R"({"hdrs":"NATS/1.0 | a: 1 | b: 2"})");
}

TEST(Tolerance, EveryEntrySaysWhy) {
  for (const Tolerance& tolerance : Tolerances()) {
    EXPECT_FALSE(tolerance.what.empty());
    EXPECT_GT(tolerance.why.size(), 10u) << tolerance.what;
  }
}

Difference Sample() {
  Difference difference{.seed = 17};
  difference.program = {
      .flavour = "pull",
      .actions = {
          {.subject = "$JS.API.STREAM.CREATE.@A", .body = R"({"name":"@A"})"},
          {.subject = "@.a", .body = "line\n\"quoted\""},
          {.subject = "@.b"}}};
  difference.original = difference.program;
  difference.simulated.steps = {
      {{"answer", "{}"}},
      {{"answer", R"({"seq":1})"}, {"stream @A", R"({"state":{"last":1}})"}}};
  difference.live.steps = {
      {{"answer", "{}"}},
      {{"answer", R"({"seq":1})"}, {"stream @A", R"({"state":{"last":2}})"}}};
  difference.step = 1;
  return difference;
}

TEST(Story, TellsWhatWasDoneAndOnlyWhatDiffers) {
  EXPECT_EQ(Story(Sample()),
            "Program 17 (pull, server 2.15):\n"
            "  1. create stream @A {\"name\":\"@A\"}\n"
            "  2. publish @.a line\\n\\\"qu… (13 bytes)\n"
            "Then they differ:\n"
            "  simulator:\n"
            "    stream @A: state.last: 1\n"
            "  live server:\n"
            "    stream @A: state.last: 2\n");
}

TEST(Story, TheTestExpectsWhatTheLiveServerShowed) {
  const std::string test = AsTest(Sample(), "Found");
  EXPECT_THAT(test, HasSubstr("TEST(Conform, Found) {"));
  EXPECT_THAT(test, HasSubstr(R"(.body = "line\012\"quoted\"")"));
  EXPECT_THAT(test, HasSubstr(R"x(R"j({"state":{"last":2}})j")x"));
  EXPECT_THAT(test, Not(HasSubstr("last\":1")));
  EXPECT_THAT(test, HasSubstr("seen.steps[1]"));
  // Nothing after the step that differs.
  EXPECT_THAT(test, Not(HasSubstr("@.b")));
}

TEST(Counting, TellsHowOftenEachThingWasReached) {
  Tally tally;
  Count({.actions = {{.subject = "@.a"}, {.kind = Kind::kRestart}}},
        {.steps = {{{"answer", R"({"error":{"err_code":10058}})"},
                    {"in.@.p", "@.a [] x -> $JS.ACK.@A.c0.1.2.3.T.4"},
                    {"in.@.p", "in.@.p [404 No Messages] "}},
                   {{"in.@.p", "@.a [] x -> $JS.ACK.@A.c0.2.2.4.T.4"}}}},
        tally);
  EXPECT_THAT(
      tally, testing::ElementsAre(testing::Pair("action: publish", 1),
                                  testing::Pair("action: restart", 1),
                                  testing::Pair("answer: error 10058", 1),
                                  testing::Pair("delivery", 1),
                                  testing::Pair("redelivery", 1),
                                  testing::Pair("status: 404 No Messages", 1)));
}

}  // namespace
}  // namespace windtunnel::conform
