#include "cli/report.h"

#include <signal.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/report_of_a_difference.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/property/tolerance.h"

namespace windtunnel::cli {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(Report, StatusSaysHowTheRunEnded) {
  Report report;
  EXPECT_EQ(StatusOf(report), kCannotRun);  // Nothing was compared.
  report.result.programs = 1;
  EXPECT_EQ(StatusOf(report), kSuccess);
  report = ReportOfADifference();
  EXPECT_EQ(StatusOf(report), kDifferent);
  report.lost = "the server went away";
  EXPECT_EQ(StatusOf(report), kCannotRun);
  report.signal = SIGINT;
  EXPECT_EQ(StatusOf(report), 130);
  report.signal = SIGTERM;
  EXPECT_EQ(StatusOf(report), 143);
}

TEST(Report, TableHasEachFlavourAndAll) {
  const std::string table = FlavourTable(ReportOfADifference().result);

  EXPECT_EQ(table,
            "flavour           programs   actions    agreed differing  "
            "unsteady undecided\n"
            "pull                     2         9         1         1         "
            "0         0\n"
            "streams                  3         4         2         0         "
            "1         2\n"
            "all                      5        13         3         1         "
            "1         2\n");
}

TEST(Report, TallyIsGroupedWithTheMostFirst) {
  EXPECT_EQ(TallyText(ReportOfADifference().result.tally),
            "        7  action: create stream\n"
            "        3  action: publish\n"
            "        9  answer: ok\n");
}

TEST(Report, DifferenceSaysHowToRepeatIt) {
  Report report = ReportOfADifference();
  report.arguments.flavours = {"pull", "streams"};

  const std::string text = DifferenceText(report, 0, /*with_test=*/false);

  EXPECT_THAT(text, AllOf(HasSubstr("difference 1: seed 17, pull"),
                          HasSubstr("simulator:"), Not(HasSubstr("TEST("))));
  EXPECT_THAT(text,
              HasSubstr("windtunnel conform --server nats://h:4222 --profile "
                        "2.15 --flavours pull,streams --seed 17 --programs 1"));
  EXPECT_THAT(DifferenceText(report, 0, true), HasSubstr("Seed17"));
}

TEST(Report, VerdictIsOneLine) {
  Report report = ReportOfADifference();
  EXPECT_EQ(Verdict(report),
            "1 of 5 programs differs, and 2 could not be compared (machine too "
            "busy): simulator 2.15 and nats-server 2.15.1, seed 1, 2.5s\n");
  report.arguments.max_differences = 1;
  EXPECT_THAT(Verdict(report), EndsWith("see --max-differences\n"));
  report.signal = SIGINT;
  EXPECT_THAT(Verdict(report),
              EndsWith("Interrupted: 5 programs were wanted\n"));
  report.result.differences.clear();
  EXPECT_THAT(Verdict(report), HasSubstr("5 programs agree, "));
}

TEST(Report, JsonHasEverythingButCredentials) {
  const std::string text = ToJson(ReportOfADifference());

  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << text;
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  EXPECT_EQ(json["server_version"], "2.15.1");
  EXPECT_EQ(json["profile"], "2.15");
  EXPECT_EQ(json["seed"], 1);
  EXPECT_EQ(json["duration_seconds"], 2.5);
  EXPECT_EQ(json["flavours"]["pull"]["differing"], 1);
  EXPECT_EQ(json["flavours"]["streams"]["agreed"], 2);
  EXPECT_EQ(json["tally"]["answer: ok"], 9);
  EXPECT_EQ(json["tolerances"].size(), conform::Tolerances().size());
  ASSERT_EQ(json["differences"].size(), 1u);
  EXPECT_EQ(json["differences"][0]["seed"], 17);
  EXPECT_TRUE(json["differences"][0]["program"].is_object());
}

TEST(Report, DifferencesAreSavedForReplay) {
  const Report report = ReportOfADifference();
  const std::string folder = testing::TempDir() + "/conform_saved/inner";

  ASSERT_EQ(CheckFolder(folder), absl::OkStatus());
  ASSERT_EQ(SaveDifference(report.result.differences[0], folder),
            absl::OkStatus());

  std::ifstream file(folder + "/pull-seed-17.json");
  std::ostringstream text;
  text << file.rdbuf();
  const auto program = conform::ProgramFromJson(text.str());
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(*program, report.result.differences[0].program);
  EXPECT_TRUE(std::filesystem::exists(folder + "/pull-seed-17.txt"));
  EXPECT_TRUE(std::filesystem::exists(folder + "/pull-seed-17_test.cc"));
}

TEST(Report, FilesThatCannotBeWrittenAreNamed) {
  const std::string path = "/proc/no/such";
  EXPECT_THAT(std::string(CheckWritable(path).message()),
              HasSubstr("cannot write '/proc/no/such': "));
  EXPECT_FALSE(WriteFile(path, "").ok());
  EXPECT_FALSE(CheckFolder(path).ok());
  EXPECT_FALSE(SaveDifference({}, path).ok());
}

TEST(Progress, TellsRateAndTimeLeft) {
  EXPECT_EQ(InWords(conform::Progress{.done = 50,
                                      .programs = 200,
                                      .differences = 1,
                                      .shrinking = true,
                                      .took = absl::Seconds(20)}),
            "50/200 programs, 150/min, 1m left, 1 difference, shrinking");
  EXPECT_EQ(InWords(conform::Progress{.programs = 200}), "0/200 programs");
}

TEST(Progress, LineIsWrittenAgainOnATerminalAndErased) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err, /*rewrites=*/true};
  {
    ProgressLine line(console);
    line.Show({.programs = 3});
    line.Show({.done = 1, .programs = 3});  // Too soon.
  }
  EXPECT_EQ(err.str(), "\r\x1b[K0/3 programs\r\x1b[K");
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace windtunnel::cli
