#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "cli/report.h"
#include "cli/report_of_a_difference.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace windtunnel::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// What keeps `text` from being well-formed, as far as documents without
// comments, sections and entities of their own can be wrong; "": nothing.
std::string WhatIsWrong(absl::string_view text) {
  std::vector<std::string> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (absl::ascii_iscntrl(c) && c != '\n' && c != '\t') {
      return "a control character";
    }
    if (c == '&') {
      const absl::string_view rest = text.substr(i);
      if (!absl::StartsWith(rest, "&amp;") && !absl::StartsWith(rest, "&lt;") &&
          !absl::StartsWith(rest, "&gt;") &&
          !absl::StartsWith(rest, "&quot;")) {
        return "an entity";
      }
    }
    if (c != '<') continue;
    const std::size_t end = text.find('>', i);
    if (end == absl::string_view::npos) return "a tag without end";
    const absl::string_view tag = text.substr(i + 1, end - i - 1);
    i = end;
    if (absl::StrContains(tag, '<')) return "a tag in a tag";
    if (absl::StartsWith(tag, "?") || absl::EndsWith(tag, "/")) continue;
    if (!absl::StartsWith(tag, "/")) {
      open.emplace_back(tag.substr(0, tag.find(' ')));
    } else if (open.empty() || open.back() != tag.substr(1)) {
      return "a tag closed that is not open";
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : "a tag not closed: " + open.back();
}

TEST(EscapedXml, MarkupBecomesEntities) {
  EXPECT_EQ(EscapedXml("a<b> & \"c\" 'd'"),
            "a&lt;b&gt; &amp; &quot;c&quot; 'd'");
}

TEST(EscapedXml, WhatXmlCannotHoldIsSpelledOut) {
  EXPECT_EQ(EscapedXml(std::string("a\0b\x01\x1b\r", 6)),
            "a\\x00b\\x01\\x1b\\x0d");
  EXPECT_EQ(EscapedXml("\t\n"), "\t\n");
}

TEST(EscapedXml, CharactersBeyondAsciiStay) {
  EXPECT_EQ(EscapedXml("é € 𝄞"), "é € 𝄞");
}

TEST(EscapedXml, WhatIsNoUtf8IsSpelledOut) {
  EXPECT_EQ(EscapedXml("\xff"
                       "a"),
            "\\xffa");
  EXPECT_EQ(EscapedXml("\xc3"), "\\xc3");                    // Ends too early.
  EXPECT_EQ(EscapedXml("\xc0\x80"), "\\xc0\\x80");           // Too long a form.
  EXPECT_EQ(EscapedXml("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // Surrogate.
  EXPECT_EQ(EscapedXml("\xef\xbf\xbf"), "\\xef\\xbf\\xbf");  // U+FFFF.
  EXPECT_EQ(EscapedXml("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

TEST(JUnit, AgreementIsATestCaseForEachFlavour) {
  Report report;
  report.result.flavours = {{"pull", {.programs = 3}},
                            {"a<b", {.programs = 1}}};

  const std::string text = ToJUnit(report);

  EXPECT_EQ(WhatIsWrong(text), "") << text;
  EXPECT_THAT(text, HasSubstr("tests=\"2\" failures=\"0\" errors=\"0\""));
  EXPECT_THAT(text, HasSubstr("name=\"pull\"/>"));
}

TEST(JUnit, DifferenceIsAFailureWithItsStory) {
  const std::string text = ToJUnit(ReportOfADifference());

  EXPECT_EQ(WhatIsWrong(text), "") << text;
  EXPECT_THAT(text, HasSubstr("tests=\"2\" failures=\"1\""));
  EXPECT_THAT(text, HasSubstr("message=\"1 of 2 programs differ\""));
  EXPECT_THAT(text, HasSubstr("simulator:"));
  EXPECT_THAT(text, HasSubstr("a &lt;b&gt;"));
}

TEST(JUnit, RunThatDidNotEndIsAnError) {
  Report report = ReportOfADifference();
  report.lost = "the server went <away>";

  const std::string text = ToJUnit(report);

  EXPECT_EQ(WhatIsWrong(text), "") << text;
  EXPECT_THAT(text, HasSubstr("errors=\"1\""));
  EXPECT_THAT(text, HasSubstr("the server went &lt;away&gt;"));
  EXPECT_THAT(ToJUnit(ReportOfADifference()), Not(HasSubstr("<error")));
}

}  // namespace
}  // namespace windtunnel::cli
