#include "cli/options.h"

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace windtunnel::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class Options : public testing::Test {
 protected:
  absl::StatusOr<std::set<std::string>> Parse(
      const std::vector<std::string>& arguments) {
    return ParseOptions(arguments, options_);
  }
  std::string ErrorOf(const std::vector<std::string>& arguments) {
    return std::string(Parse(arguments).status().message());
  }

  bool quiet_ = false;
  std::string file_;
  int programs_ = 5;
  std::uint64_t seed_ = 1;
  absl::Duration wait_ = absl::Seconds(1);
  std::string colour_ = "red";
  std::vector<std::string> names_;
  const std::vector<Option> options_ = {
      {"--quiet", "", "Says little.", TakeSwitch(quiet_)},
      {"--file", "FILE", "Where to.", TakeText(file_)},
      {"--programs", "N", "How many.", TakeNumber(programs_, 1, 9)},
      {"--seed", "S", "Which.", TakeSeed(seed_)},
      {"--wait", "TIME", "How long.", TakeDuration(wait_)},
      {"--colour", "C", "Which.", TakeChoice(colour_, {"red", "blue"})},
      {"--names", "A,B", "Which.", TakeList(names_)},
  };
};

TEST_F(Options, DefaultsStayWhereNothingIsGiven) {
  EXPECT_THAT(Parse({}).value(), IsEmpty());
  EXPECT_EQ(programs_, 5);
}

TEST_F(Options, ValueFollowsOrStandsBehindAnEqualsSign) {
  EXPECT_THAT(Parse({"--programs", "7", "--file=a=b", "--quiet"}).value(),
              ElementsAre("--file", "--programs", "--quiet"));

  EXPECT_EQ(programs_, 7);
  EXPECT_EQ(file_, "a=b");
  EXPECT_TRUE(quiet_);
}

TEST_F(Options, EachKindTakesItsValue) {
  ASSERT_TRUE(Parse({"--seed", "18446744073709551615", "--wait", "1m30s",
                     "--colour", "blue", "--names", "a,b"})
                  .ok());

  EXPECT_EQ(seed_, UINT64_MAX);
  EXPECT_EQ(wait_, absl::Seconds(90));
  EXPECT_EQ(colour_, "blue");
  EXPECT_THAT(names_, ElementsAre("a", "b"));
}

TEST_F(Options, TheLastOfTwoCounts) {
  ASSERT_TRUE(Parse({"--programs=2", "--programs=3"}).ok());
  EXPECT_EQ(programs_, 3);
}

TEST_F(Options, UnknownOnesAreNamed) {
  EXPECT_EQ(ErrorOf({"--loud"}), "unknown option '--loud'");
  EXPECT_EQ(ErrorOf({"--loud=1"}), "unknown option '--loud'");
  EXPECT_EQ(ErrorOf({"-q"}), "unknown option '-q'");
  EXPECT_EQ(ErrorOf({"--quiet", "now"}), "unexpected argument 'now'");
}

TEST_F(Options, MissingValuesAreNamed) {
  const std::string error = "--file needs a value: --file FILE";
  EXPECT_EQ(ErrorOf({"--file"}), error);
  EXPECT_EQ(ErrorOf({"--file="}), error);
  EXPECT_EQ(ErrorOf({"--file", ""}), error);
  EXPECT_EQ(ErrorOf({"--file", "--quiet"}), error);
}

TEST_F(Options, SwitchTakesNoValue) {
  EXPECT_EQ(ErrorOf({"--quiet=yes"}), "--quiet takes no value: '--quiet=yes'");
}

TEST_F(Options, WrongNumbersAreNamed) {
  for (const std::string value :
       {"0", "10", "-1", "x", "1.5", "7x", "99999999999999999999"}) {
    EXPECT_EQ(ErrorOf({"--programs", value}),
              "--programs: '" + value + "' is not a number from 1 to 9");
  }
  EXPECT_EQ(ErrorOf({"--seed", "-1"}),
            "--seed: '-1' is not a number from 0 to 18446744073709551615");
  EXPECT_EQ(programs_, 5);
}

TEST_F(Options, WrongDurationsAreNamed) {
  for (const std::string value : {"60", "x", "-1s", "inf"}) {
    EXPECT_EQ(ErrorOf({"--wait", value}),
              "--wait: '" + value + "' is not a duration such as 90s or 1m30s");
  }
}

TEST_F(Options, WrongChoicesAndListsAreNamed) {
  EXPECT_EQ(ErrorOf({"--colour=green"}),
            "--colour: 'green' is not one of red, blue");
  EXPECT_EQ(ErrorOf({"--names=a,,b"}),
            "--names: 'a,,b' is not a list of names with commas between them");
}

TEST(DescribeOptions, FitsIntoEightyColumns) {
  std::string text;
  std::string help;
  for (int i = 0; i < 40; ++i) help += "word ";

  const std::string described =
      Describe({{"--a", "N", help, TakeText(text)},
                {"--a-name-that-is-long", "VALUE", help, TakeText(text)}});

  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(described, '\n'))) {
    EXPECT_THAT(line, SizeIs(testing::Le(80)));
  }
}

}  // namespace
}  // namespace windtunnel::cli
