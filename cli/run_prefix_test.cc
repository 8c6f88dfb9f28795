#include "cli/run_prefix.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace windtunnel::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(RunPrefix, IsWtAndFourLettersOrDigits) {
  EXPECT_TRUE(IsRunPrefix("WT0A9Z"));
  for (const std::string text :
       {"", "WT", "WT0A9", "WT0A9ZZ", "WT0a9Z", "XT0A9Z", "WT0-9Z"}) {
    EXPECT_FALSE(IsRunPrefix(text)) << text;
  }
}

TEST(RunPrefix, DrawnOnesDifferAndAreFree) {
  std::vector<std::string> streams;
  for (int i = 0; i < 100; ++i) {
    const std::string prefix = DrawPrefix(streams);
    EXPECT_TRUE(IsRunPrefix(prefix)) << prefix;
    for (const std::string& stream : streams) {
      EXPECT_NE(stream.substr(0, 6), prefix);
    }
    streams.push_back(prefix + "0A");
  }
}

TEST(RunPrefix, LeftoversAreToldFromOtherStreams) {
  EXPECT_THAT(
      LeftoverPrefixes({"ORDERS", ProgramName("WT1234", 0) + "A",
                        ProgramName("WT1234", 12'345'678) + "B",
                        "WTABCD000001C", "WTABCD000001X", "WTabcd000001A",
                        "WT-ORDERS000001A", "WTABCD00001A", "WTWXYZ00000QA"}),
      ElementsAre("WT1234", "WTABCD"));
  EXPECT_THAT(LeftoverPrefixes({}), IsEmpty());
}

}  // namespace
}  // namespace windtunnel::cli
