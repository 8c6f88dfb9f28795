#include "cli/command.h"

#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace windtunnel::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

class CommandLine : public testing::Test {
 protected:
  int Run(const std::vector<std::string>& arguments) {
    Console console{out_, err_};
    return RunCommandLine(arguments, console);
  }

  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CommandLine, HelpListsCommands) {
  EXPECT_EQ(Run({"--help"}), kSuccess);

  for (const Command& command : Commands()) {
    EXPECT_THAT(out_.str(), HasSubstr("  " + command.name + " "));
  }
  EXPECT_THAT(err_.str(), IsEmpty());
}

TEST_F(CommandLine, HelpOfEachCommandSaysHowToUseIt) {
  for (const Command& command : Commands()) {
    out_.str("");
    EXPECT_EQ(Run({"help", command.name}), kSuccess);
    EXPECT_THAT(out_.str(), HasSubstr("usage: windtunnel " + command.name));
  }
}

TEST_F(CommandLine, HelpOfAnUnknownCommandIsAnError) {
  EXPECT_EQ(Run({"help", "fly"}), kUsage);
  EXPECT_EQ(err_.str(),
            "windtunnel: unknown command 'fly', see windtunnel --help\n");
}

TEST_F(CommandLine, VersionIsToldInOneLine) {
  EXPECT_EQ(Run({"--version"}), kSuccess);
  EXPECT_THAT(out_.str(), MatchesRegex("windtunnel [0-9.]+, .*\n"));
}

TEST_F(CommandLine, NothingAtAllIsAnError) {
  EXPECT_EQ(Run({}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("usage: windtunnel COMMAND"));
  EXPECT_THAT(out_.str(), IsEmpty());
}

TEST_F(CommandLine, UnknownCommandIsNamed) {
  EXPECT_EQ(Run({"fly", "--high"}), kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("unknown command 'fly'"));
}

}  // namespace
}  // namespace windtunnel::cli
