#include "windtunnel/subject.h"

#include "gtest/gtest.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel {
namespace {

using ::testing::HasSubstr;

// STR-031, WIR-091
TEST(Subject, ValidityIsAboutTokensAndWhiteSpace) {
  for (const char* valid : {"a", "a.b", "*", ">", "a.*.b", "a.>", "a>", "a.*b",
                            "$JS.API", "gr\xc3\xbc\xc3\x9f.gott"}) {
    EXPECT_TRUE(IsValidSubject(valid)) << valid;
  }
  for (const char* invalid :
       {"", ".", ".a", "a.", "a..b", "a.>.b", "a b", "a\tb", "a\r\n"}) {
    EXPECT_FALSE(IsValidSubject(invalid)) << invalid;
  }
}

// COR-003
TEST(Subject, WildcardInsideATokenIsALiteral) {
  EXPECT_TRUE(IsLiteralSubject("a*.>b"));
  EXPECT_FALSE(IsLiteralSubject("a.*"));
  EXPECT_FALSE(IsLiteralSubject("a..b"));
  EXPECT_TRUE(HasWildcard("a*.*"));
  EXPECT_TRUE(SubjectMatches("a*", "a*"));
  EXPECT_FALSE(SubjectMatches("a*", "ab"));
}

// COR-001, COR-002
TEST(Subject, StarMatchesOneTokenAndGreaterOneOrMore) {
  EXPECT_TRUE(SubjectMatches("a.b", "a.b"));
  EXPECT_FALSE(SubjectMatches("a.b", "a.B"));
  EXPECT_TRUE(SubjectMatches("a.*", "a.b"));
  EXPECT_FALSE(SubjectMatches("a.*", "a.b.c"));
  EXPECT_TRUE(SubjectMatches("a.>", "a.b.c"));
  EXPECT_FALSE(SubjectMatches("a.>", "a"));
  EXPECT_FALSE(SubjectMatches("a.*.>", "a.b"));
  EXPECT_TRUE(SubjectMatches(">", "a"));
  EXPECT_FALSE(SubjectMatches("a", "a.b"));
}

// STR-032, STR-033, CON-049
TEST(Subject, PatternsOverlapIfOneSubjectMatchesBoth) {
  EXPECT_TRUE(SubjectsOverlap("s.*.b", "s.a.*"));
  EXPECT_TRUE(SubjectsOverlap("a.>", "a.b"));
  EXPECT_TRUE(SubjectsOverlap("*.b", "a.>"));
  EXPECT_FALSE(SubjectsOverlap("p", "p.>"));
  EXPECT_FALSE(SubjectsOverlap("a.*", "b.*"));
}

// CON-048
TEST(Subject, ContainmentNeedsEveryMatchOfTheInner) {
  EXPECT_TRUE(SubjectContains(">", "a.*"));
  EXPECT_TRUE(SubjectContains("a.*", "a.b"));
  EXPECT_TRUE(SubjectContains("a.*", "a.*"));
  EXPECT_TRUE(SubjectContains("a.>", "a.b.>"));
  EXPECT_FALSE(SubjectContains("a.*", "a.>"));
  EXPECT_FALSE(SubjectContains("a.b", "a.*"));
  EXPECT_FALSE(SubjectContains("s.*.b", "s.a.*"));
}

TEST(Subject, OnlyWhatBreaksTheLineIsRefusedForTheWire) {
  EXPECT_THAT(CheckSubjectForWire("a..*"), IsOk());
  EXPECT_THAT(CheckSubjectForWire("a b"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a b")));
  EXPECT_THAT(CheckSubjectForWire(""),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace windtunnel
