#include "simulator/broker/subject_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace windtunnel::broker {
namespace {

TEST(SubjectFilterTest, WithoutPatternMatchesEverything) {
  EXPECT_TRUE(SubjectFilter().MatchesAll());
  EXPECT_TRUE(SubjectFilter({">"}).MatchesAll());
  EXPECT_TRUE(SubjectFilter({"a", ">"}).MatchesAll());
  EXPECT_TRUE(SubjectFilter().Matches("a.b"));
  EXPECT_EQ(SubjectFilter({">"}), SubjectFilter());
}

TEST(SubjectFilterTest, MatchesWhatAnyPatternMatches) {
  // DEL-016
  const SubjectFilter filter({"a.*", "b.>"});
  EXPECT_TRUE(filter.Matches("a.1"));
  EXPECT_TRUE(filter.Matches("b.1.2"));
  EXPECT_FALSE(filter.Matches("a.1.2"));
  EXPECT_FALSE(filter.Matches("b"));
}

TEST(SubjectFilterTest, KnowsItsOneLiteralSubject) {
  EXPECT_EQ(SubjectFilter({"a.b"}).literal(), "a.b");
  EXPECT_EQ(SubjectFilter({"a*"}).literal(), "a*");  // COR-003
  EXPECT_EQ(SubjectFilter({"a.*"}).literal(), "");
  EXPECT_EQ(SubjectFilter({"a", "b"}).literal(), "");
  EXPECT_EQ(SubjectFilter().literal(), "");
}

TEST(SubjectFilterTest, OverlapsWhereASubjectCanMatchBoth) {
  EXPECT_TRUE(SubjectFilter({"a.*"}).Overlaps(SubjectFilter({"*.b"})));
  EXPECT_TRUE(SubjectFilter({"x", "a.>"}).Overlaps(SubjectFilter({"a.b.c"})));
  EXPECT_TRUE(SubjectFilter().Overlaps(SubjectFilter({"a"})));
  EXPECT_FALSE(SubjectFilter({"a.*"}).Overlaps(SubjectFilter({"a.b.c"})));
}

}  // namespace
}  // namespace windtunnel::broker
