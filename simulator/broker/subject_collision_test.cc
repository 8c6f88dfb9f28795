#include "simulator/broker/subject_collision.h"

#include "gtest/gtest.h"

namespace windtunnel::broker {
namespace {

bool Collide(absl::string_view a, absl::string_view b) {
  EXPECT_EQ(SubjectsCollide(a, b), SubjectsCollide(b, a)) << a << " " << b;
  return SubjectsCollide(a, b);
}

// STR-032
TEST(SubjectsCollide, ValidSubjectsDoIfTheyHaveOneInCommon) {
  EXPECT_TRUE(Collide("a.b", "a.b"));
  EXPECT_TRUE(Collide("a.b", "a.*"));
  EXPECT_TRUE(Collide("a.*", "*.b"));
  EXPECT_TRUE(Collide("a.>", "*.b.c"));
  EXPECT_TRUE(Collide(">", "a"));
  EXPECT_FALSE(Collide("a.b", "a.c"));
  EXPECT_FALSE(Collide("a.*", "a"));
  EXPECT_FALSE(Collide("a.>", "a"));
  EXPECT_FALSE(Collide("a.*", "*.b.c"));
}

// STR-032
TEST(SubjectsCollide, InvalidSubjectsAreComparedAsTheyAre) {
  EXPECT_TRUE(Collide("b.*", ">.a"));
  EXPECT_TRUE(Collide(">", ""));
  EXPECT_FALSE(Collide("*", ""));
  EXPECT_FALSE(Collide("a.*", "a."));
  EXPECT_TRUE(Collide("a..b", "a..b"));
}

// STR-032
TEST(SubjectsCollide, TokensThatBeginWithAWildcardMatchAnyBetweenPatterns) {
  EXPECT_TRUE(Collide("*x.*", "b.*"));
  EXPECT_FALSE(Collide("*x.y", "b.y"));
}

// STR-036, SRC-021
TEST(IsSubsetOf, WildcardsOfTheSubjectAreThoseOfThePattern) {
  EXPECT_TRUE(IsSubsetOf("a.b", "a.*"));
  EXPECT_TRUE(IsSubsetOf("a.*", "a.*"));
  EXPECT_TRUE(IsSubsetOf("a.b.c", "a.>"));
  EXPECT_TRUE(IsSubsetOf("a.*", ">"));
  EXPECT_FALSE(IsSubsetOf("a.*", "a.b"));
  EXPECT_FALSE(IsSubsetOf("a.>", "a.*"));
  EXPECT_FALSE(IsSubsetOf("a", "a.>"));
  EXPECT_FALSE(IsSubsetOf("a.b.c", "a.*"));
  EXPECT_FALSE(IsSubsetOf("", "*"));
}

}  // namespace
}  // namespace windtunnel::broker
