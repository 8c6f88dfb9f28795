#include "cli/conform_options.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/property/generate.h"

namespace windtunnel::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

std::string ErrorOf(std::vector<std::string> arguments,
                    bool with_server = true) {
  if (with_server) arguments.push_back("--server=nats://h");
  return std::string(ParseConform(arguments).status().message());
}

TEST(ConformOptions, DefaultsAreThoseOfTheHelp) {
  const ConformArguments parsed =
      ParseConform({"--server", "nats://h"}).value();

  EXPECT_EQ(parsed.server, "nats://h");
  EXPECT_EQ(parsed.programs, 200);
  EXPECT_EQ(parsed.seed, 1);
  EXPECT_EQ(parsed.profile, "auto");
  EXPECT_EQ(parsed.at_once, 32);
  EXPECT_EQ(parsed.max_differences, 10);
  EXPECT_EQ(parsed.shrink_for, absl::Seconds(60));
}

TEST(ConformOptions, AllAreTaken) {
  const std::string flavour = conform::Flavours()[0].name;

  const ConformArguments parsed = ParseConform({"--spawn",
                                                "server",
                                                "--programs",
                                                "3",
                                                "--seed",
                                                "9",
                                                "--profile",
                                                "2.10",
                                                "--flavours",
                                                flavour,
                                                "--at-once",
                                                "2",
                                                "--max-differences",
                                                "4",
                                                "--shrink-for",
                                                "1s",
                                                "--junit",
                                                "j.xml",
                                                "--json",
                                                "j.json",
                                                "--save",
                                                "s",
                                                "--verbose"})
                                      .value();

  EXPECT_EQ(parsed.spawn, "server");
  EXPECT_EQ(parsed.programs, 3);
  EXPECT_EQ(parsed.seed, 9);
  EXPECT_EQ(parsed.profile, "2.10");
  EXPECT_THAT(parsed.flavours, ElementsAre(flavour));
  EXPECT_EQ(parsed.at_once, 2);
  EXPECT_EQ(parsed.max_differences, 4);
  EXPECT_EQ(parsed.shrink_for, absl::Seconds(1));
  EXPECT_EQ(parsed.junit, "j.xml");
  EXPECT_EQ(parsed.json, "j.json");
  EXPECT_EQ(parsed.save, "s");
  EXPECT_TRUE(parsed.verbose);
}

TEST(ConformOptions, NeedsOneServer) {
  EXPECT_EQ(ErrorOf({}, false), "needs --server URL or --spawn PATH");
  EXPECT_EQ(ErrorOf({"--spawn=s", "--server=nats://u:p@h"}, false),
            "--server 'nats://h' and --spawn 's': only one of the two");
  EXPECT_TRUE(ParseConform({"--help"}).ok());
  EXPECT_TRUE(ParseConform({"--list-flavours"}).ok());
}

TEST(ConformOptions, WrongValuesAreNamed) {
  EXPECT_EQ(ErrorOf({"--programs=0"}),
            "--programs: '0' is not a number from 1 to 100000000");
  EXPECT_EQ(ErrorOf({"--at-once=1000"}),
            "--at-once: '1000' is not a number from 1 to 256");
  EXPECT_EQ(ErrorOf({"--max-differences=x"}),
            "--max-differences: 'x' is not a number from 1 to 1000000");
  EXPECT_EQ(ErrorOf({"--profile=2.11"}),
            "--profile: '2.11' is not one of auto, 2.9, 2.10, 2.15");
  EXPECT_EQ(ErrorOf({"--flavours=nonsense"}),
            "--flavours: 'nonsense' is none, see --list-flavours");
  EXPECT_EQ(ErrorOf({"--clean-up=ORDERS"}),
            "--clean-up: 'ORDERS' is not WT and four letters or digits");
}

TEST(ConformOptions, WhatExcludesEachOtherIsNamed) {
  EXPECT_EQ(ErrorOf({"--quiet", "--verbose"}),
            "--quiet and --verbose: only one of the two");
  EXPECT_EQ(ErrorOf({"--replay=f", "--seed=4"}),
            "--replay and --seed: only one of the two");
  EXPECT_EQ(ErrorOf({"--clean-up=WT1234", "--json=f"}),
            "--clean-up and --json: only one of the two");
}

TEST(ConformOptions, FlavoursThatRestartNeedASpawnedServer) {
  for (const conform::Flavour& flavour : conform::Flavours()) {
    if (!flavour.restarts) continue;
    EXPECT_EQ(ErrorOf({"--flavours", flavour.name}),
              "--flavours: '" + flavour.name +
                  "' restarts the server, so it needs --spawn");
    EXPECT_TRUE(ParseConform({"--spawn=s", "--flavours", flavour.name}).ok());
  }
}

TEST(ConformOptions, HelpFitsIntoEightyColumns) {
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(ConformHelp(), '\n'))) {
    EXPECT_THAT(line, SizeIs(testing::Le(80)));
  }
  EXPECT_THAT(ConformHelp(), HasSubstr("Exit status:"));
}

TEST(ConformOptions, FlavourListNamesEach) {
  for (const conform::Flavour& flavour : conform::Flavours()) {
    EXPECT_THAT(FlavourList(), HasSubstr(flavour.name + " "));
  }
}

TEST(ConformOptions, CredentialsAreNotShown) {
  EXPECT_EQ(WithoutCredentials("nats://me:secret@h:4222"), "nats://h:4222");
  EXPECT_EQ(WithoutCredentials("nats://me:p@ss@h"), "nats://h");
  EXPECT_EQ(WithoutCredentials("me:secret@h"), "h");
  EXPECT_EQ(WithoutCredentials("nats://h:4222"), "nats://h:4222");
}

}  // namespace
}  // namespace windtunnel::cli
