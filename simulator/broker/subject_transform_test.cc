#include "simulator/broker/subject_transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace windtunnel::broker {
namespace {

// Draws always the highest number.
class Highest : public Choices {
 public:
  std::uint64_t Draw(absl::string_view, std::uint64_t limit) override {
    return limit - 1;
  }
};

constexpr ServerVersion k2_9 = ServerVersion::k2_9;
constexpr ServerVersion k2_10 = ServerVersion::k2_10;
constexpr ServerVersion k2_15 = ServerVersion::k2_15;

// What the transform makes of `subject`: "-" if it does not match. The text of
// the refusal if there is none.
std::string Transform(ServerVersion version, absl::string_view src,
                      absl::string_view dest, absl::string_view subject) {
  const auto transform =
      SubjectTransformer::Parse(ProfileFor(version), src, dest);
  if (!transform.ok()) return std::string(transform.status().message());
  Highest choices;
  return transform->Apply(choices, subject).value_or("-");
}

// Of a configuration, without what each begins with; "" if it is accepted.
std::string Refusal(ServerVersion version, absl::string_view src,
                    absl::string_view dest) {
  const absl::Status status =
      SubjectTransformer::Check(ProfileFor(version), src, dest);
  absl::string_view text = status.message();
  absl::ConsumePrefix(&text, "invalid mapping destination: ");
  return std::string(text);
}

TEST(SubjectTransformTest, InsertsWildcards) {
  // SRC-074
  EXPECT_EQ(Transform(k2_15, "r.*", "q.$1", "r.a"), "q.a");
  EXPECT_EQ(Transform(k2_15, "r.*.*", "{{wildcard(2)}}.$1", "r.a.b"), "b.a");
  EXPECT_EQ(Transform(k2_15, "r.*.*", "q.$2.$2", "r.a.b"), "q.b.b");
  EXPECT_EQ(Transform(k2_15, "r.*", "q", "r.a"), "q");
  EXPECT_EQ(Transform(k2_15, "lit", "q.r", "lit"), "q.r");
  EXPECT_EQ(Transform(k2_15, "r.*", "q.$01.$+1", "r.a"), "q.a.a");
  // Below 1 stands the first token.
  EXPECT_EQ(Transform(k2_15, "r.*", "q.$0.$-1.{{wildcard(0)}}", "r.a"),
            "q.r.r.r");
}

TEST(SubjectTransformTest, KeepsTheRest) {
  // SRC-071, SRC-072
  EXPECT_EQ(Transform(k2_15, "r.>", "q.x.>", "r.a.b"), "q.x.a.b");
  EXPECT_EQ(Transform(k2_15, "r.>", ">", "r.a.b"), "a.b");
  EXPECT_EQ(Transform(k2_15, "r.*.>", "q.>", "r.a.b.c"), "q.b.c");
  EXPECT_EQ(Transform(k2_15, "r.*.>", "$1.$1.>", "r.a.b.c"), "a.a.b.c");
  EXPECT_EQ(Transform(k2_15, "", "q.>", "r.a"), "q.r.a");
  EXPECT_EQ(Transform(k2_15, ">", ">", "r.a"), "r.a");
  EXPECT_EQ(Transform(k2_15, "r.>", "{{split(0,r)}}.>", "r.a"), ".a");
}

TEST(SubjectTransformTest, LeavesWhatItDoesNotMatch) {
  // SRC-070
  EXPECT_EQ(Transform(k2_15, "r.*", "q.$1", "s.a"), "-");
  EXPECT_EQ(Transform(k2_15, "r.*", "q.$1", "r.a.b"), "-");
  EXPECT_EQ(Transform(k2_15, "r.*", "", "r.a"), "r.a");
  EXPECT_EQ(Transform(k2_15, "r.*", "", "s.a"), "-");
  // Published subjects that are patterns match nothing but all to all.
  EXPECT_EQ(Transform(k2_15, "r.>", "q.>", "r.*"), "-");
  EXPECT_EQ(Transform(k2_15, ">", "q.>", "r..a"), "-");
  EXPECT_EQ(Transform(k2_15, ">", ">", "r.*"), "r.*");
}

TEST(SubjectTransformTest, TakesLookAlikesForText) {
  // SRC-082
  for (const char* token :
       {"$", "$x", "$1x", "$99999999999999999999", "a{{wildcard(1)}}b",
        "a{{wildcard(1)}}", "{{wildcard(1)}}b", "{wildcard(1)}",
        "{{wildcard(1)}", "{{}}", "q*", "**", ">>"}) {
    for (const ServerVersion version : {k2_10, k2_15}) {
      EXPECT_EQ(Transform(version, "r.*", token, "r.a"), token);
    }
  }
}

TEST(SubjectTransformTest, FindsFunctionsInsideBraces) {
  // SRC-077
  for (const char* token :
       {"{{wildcard(1)}}", "{{Wildcard(1)}}", "{{ \twildcard (1)\n}}",
        "{{wildcard( 1 )}}", "{{{wildcard(1)}}}", "{{x}}{{wildcard(1)}}",
        "{{wildcard(1)}}x}}", "{{wildcard(1)}}{{x}}",
        "{{partition(3,1)}}{{x}}{{wildcard(1)}}"}) {
    EXPECT_EQ(Transform(k2_15, "r.*", token, "r.a"), "a") << token;
  }
  // The first in the server's order is called, up to the last parenthesis.
  EXPECT_EQ(Transform(k2_15, "r.*", "{{split(1,-)}}{{left(1,1)}}", "r.a-b"),
            "a");
  EXPECT_EQ(Refusal(k2_15, "r.*", "{{left(1,1)}}{{split(1,-)}}"),
            "too many arguments passed to the function in "
            "{{left(1,1)}}{{split(1,-)}}");
  EXPECT_EQ(Refusal(k2_15, "r.*", "{{right(1,1)}}{{left(1,1)}}"),
            "too many arguments passed to the function in "
            "{{right(1,1)}}{{left(1,1)}}");
  EXPECT_EQ(Refusal(k2_15, "r.*", "{{partition(3,1)\n,2)}}"),
            "unknown function in {{partition(3,1)\n,2)}}");
}

TEST(SubjectTransformTest, Partitions) {
  // SRC-075, SRC-076
  EXPECT_EQ(Transform(k2_15, "r.*.*", "{{partition(3,1,2)}}", "r.x.y"), "1");
  EXPECT_EQ(Transform(k2_15, "r.*.*", "{{partition(3,2,1)}}", "r.x.y"), "0");
  EXPECT_EQ(Transform(k2_15, "r.*.*", "{{partition( 10 , 1,\t2)}}.$2",
                      "r.foo.barbaz"),
            "3.barbaz");
  EXPECT_EQ(Transform(k2_15, "r.*", "{{partition(3)}}", "r.ab-cde"), "2");
  EXPECT_EQ(Transform(k2_15, "r.a", "{{partition(5)}}", "r.a"), "2");
  EXPECT_EQ(Transform(k2_15, "r.a", "{{partition(5,7)}}", "r.a"), "2");
  EXPECT_EQ(Transform(k2_15, "r.>", "{{partition(3)}}.>", "r.ab-cde"),
            "2.ab-cde");
  EXPECT_EQ(Transform(k2_15, "r.>", "{{partition(3,0)}}.>", "r.ab-cde"),
            "0.ab-cde");
  EXPECT_EQ(Transform(k2_15, "r.*", "{{partition(-1,1)}}", "r.a"),
            "3826002220");
  EXPECT_EQ(Transform(k2_15, "r.*", "{{partition(0,1)}}", "r.a"), "0");
  EXPECT_EQ(Transform(k2_10, "r.*", "{{partition(4294967299,1)}}", "r.a"), "1");
  EXPECT_EQ(Refusal(k2_10, "r.*", "{{partition(3)}}"),
            "not enough arguments passed to the function in {{partition(3)}}");
  EXPECT_EQ(Refusal(k2_10, "lit", "{{partition(3,1)}}"),
            "wildcard index out of range in {{partition(3,1)}}");
}

TEST(SubjectTransformTest, Splits) {
  // SRC-077
  const auto split = [](absl::string_view separator, absl::string_view token) {
    return Transform(k2_15, "r.*", absl::StrCat("{{split(1,", separator, ")}}"),
                     absl::StrCat("r.", token));
  };
  EXPECT_EQ(split("-", "ab-cde"), "ab.cde");
  EXPECT_EQ(split("-", "-ab-"), "ab");
  EXPECT_EQ(split("-", "a--b"), "a.b");
  EXPECT_EQ(split("-", "--"), "");
  EXPECT_EQ(split("-", "--a--b--"), ".a.b");
  EXPECT_EQ(split("--", "a--b-c"), "a.b-c");
  EXPECT_EQ(split("a", "banana"), "b.n.n");
  EXPECT_EQ(split("}", "a}b"), "a.b");
  EXPECT_EQ(split(")", "a)b"), "a.b");
  EXPECT_EQ(split("", "aéb"), "a.é.b");
  EXPECT_EQ(split(" ", "ab"), "a.b");
  EXPECT_EQ(split("é", "aébéc"), "a.b.c");
}

TEST(SubjectTransformTest, CutsTokens) {
  // SRC-077, SRC-078
  const auto cut = [](absl::string_view function, int number,
                      absl::string_view token) {
    return Transform(k2_15, "r.*",
                     absl::StrCat("{{", function, "(1,", number, ")}}"),
                     absl::StrCat("r.", token));
  };
  EXPECT_EQ(cut("splitfromleft", 2, "ab-cde"), "ab.-cde");
  EXPECT_EQ(cut("SplitfromLeft", 5, "ab-cde"), "ab-cd.e");
  EXPECT_EQ(cut("splitFromRight", 2, "ab-cde"), "ab-c.de");
  EXPECT_EQ(cut("splitfromright", 2, "abc"), "a.bc");
  EXPECT_EQ(cut("slicefromleft", 2, "ab-cde"), "ab.-c.de");
  EXPECT_EQ(cut("slicefromleft", 2, "abcde"), "ab.cd.e");
  EXPECT_EQ(cut("slicefromleft", 3, "abcd"), "abc.d");
  EXPECT_EQ(cut("sliceFromRight", 2, "abcde"), "a.bc.de");
  EXPECT_EQ(cut("slicefromright", 3, "abcdefgh"), "ab.cde.fgh");
  EXPECT_EQ(cut("slicefromright", 3, "abcdef"), "abc.def");
  EXPECT_EQ(cut("left", 2, "ab-cde"), "ab");
  EXPECT_EQ(cut("Right", 2, "ab-cde"), "de");
  for (const char* function :
       {"splitfromleft", "splitfromright", "slicefromleft", "slicefromright",
        "left", "right"}) {
    for (const int number : {-1, 0, 3, 4}) {
      EXPECT_EQ(cut(function, number, "abc"), "abc") << function << number;
    }
  }
}

TEST(SubjectTransformTest, Draws) {
  // SRC-079
  EXPECT_EQ(Transform(k2_15, "r.*", "{{random(10)}}.$1", "r.a"), "9.a");
  EXPECT_EQ(Transform(k2_15, "lit", "{{Random(10)}}", "lit"), "9");
  EXPECT_EQ(Transform(k2_15, "r.>", "{{random(10)}}.>", "r.a"), "9.a");
  EXPECT_EQ(Transform(k2_15, "r.*", "{{random(-5)}}", "r.a"), "4");
  EXPECT_EQ(Transform(k2_15, "r.*", "{{random(0)}}", "r.a"), "0");
  EXPECT_EQ(Refusal(k2_10, "r.*", "{{random(1)}}"),
            "unknown function in {{random(1)}}");
}

TEST(SubjectTransformTest, RefusesWrongSubjects) {
  // SRC-072
  for (const ServerVersion version : {k2_10, k2_15}) {
    EXPECT_EQ(Refusal(version, "r.*", "q.*"), "invalid subject");
    EXPECT_EQ(Refusal(version, "r.*", "q.>"), "invalid subject");
    EXPECT_EQ(Refusal(version, "lit", ">"), "invalid subject");
    EXPECT_EQ(Refusal(version, "r.>", "q.$1"), "invalid subject");
    EXPECT_EQ(Refusal(version, "", "q"), "invalid subject");
    EXPECT_EQ(Refusal(version, "r..", "q"), "invalid subject");
    EXPECT_EQ(Refusal(version, "r.>.x", "q"), "invalid subject");
    EXPECT_EQ(Refusal(version, "r x", "q"), "");
  }
  EXPECT_EQ(Refusal(k2_10, "r.*", "q.{{nope}}.*"), "invalid subject");
  EXPECT_EQ(Refusal(k2_15, "r.*", "q.{{nope}}.*"),
            "unknown function in {{nope}}");
}

TEST(SubjectTransformTest, RefusesWildcardsThatTheSourceHasNot) {
  // SRC-074
  for (const ServerVersion version : {k2_10, k2_15}) {
    EXPECT_EQ(Refusal(version, "r.*", "q.$2"),
              "wildcard index out of range in $2: [2]");
    EXPECT_EQ(Refusal(version, "r.*", "q.{{partition(3,1,2)}}"),
              "wildcard index out of range in {{partition(3,1,2)}}: [2]");
    EXPECT_EQ(Refusal(version, "lit", "q.$1"),
              "wildcard index out of range in $1");
    EXPECT_EQ(Refusal(version, "lit", "q.{{left(0,1)}}"),
              "wildcard index out of range in {{left(0,1)}}");
  }
  EXPECT_EQ(Refusal(k2_10, "r.>", "$1.>"), "wildcard index out of range in $1");
  EXPECT_EQ(Refusal(k2_10, "r.>", "$0.>"), "wildcard index out of range in $0");
  EXPECT_EQ(Refusal(k2_15, "r.>", "$1.>"),
            "wildcard index out of range in $1: [1]");
  EXPECT_EQ(Transform(k2_15, "r.>", "$0.>", "r.a"), "r.a");
}

TEST(SubjectTransformTest, RefusesWrongCalls) {
  // SRC-080
  struct Case {
    absl::string_view mistake;
    std::vector<const char*> tokens;
  };
  for (const auto& [mistake, tokens] : std::vector<Case>{
           {"unknown function",
            {"{{x}}", "{{ }}", "{{{}}}", "{{wildcard}}", "{{WILDCARD(1)}}",
             "{{wildCard(1)}}", "{{xwildcard(1)}}", "{{wildcard(1)x}}",
             "{{wild card(1)}}", "{{SplitFROMLeft(1,2)}}"}},
           {"not enough arguments passed to the function",
            {"{{wildcard()}}", "{{split()}}", "{{split(1)}}", "{{left()}}",
             "{{left(x)}}"}},
           {"too many arguments passed to the function",
            {"{{wildcard(1,2)}}", "{{wildcard(,)}}", "{{split(1,-,2)}}",
             "{{slicefromleft(1,2,3)}}"}},
           {"function argument is invalid or in the wrong format",
            {"{{wildcard( )}}", "{{wildcard(a)}}", "{{wildcard(1_0)}}",
             "{{wildcard(0x1)}}", "{{wildcard((1))}}", "{{split(x,-)}}",
             "{{split(1,- )}}", "{{partition(3,)}}", "{{partition(,1)}}",
             "{{partition(3\t,1)}}", "{{partition(99999999999999999999,1)}}",
             "{{left(1,x)}}", "{{wildcard(1)}}{{wildcard(1)}}"}}}) {
    for (const char* token : tokens) {
      for (const ServerVersion version : {k2_10, k2_15}) {
        EXPECT_EQ(Refusal(version, "r.*", token),
                  absl::StrCat(mistake, " in ", token));
      }
    }
  }
  EXPECT_EQ(Refusal(k2_15, "r.*", "{{random(1,2)}}"),
            "not enough arguments passed to the function in {{random(1,2)}}");
  EXPECT_EQ(Refusal(k2_15, "r.*", "{{partition()}}"),
            "function argument is invalid or in the wrong format in "
            "{{partition()}}");
  EXPECT_EQ(Refusal(k2_10, "r.*", "{{left(1,4294967297)}}"), "");
  EXPECT_EQ(Refusal(k2_15, "r.*", "{{left(1,4294967297)}}"),
            "function argument is invalid or in the wrong format in "
            "{{left(1,4294967297)}}");
  EXPECT_EQ(Refusal(k2_15, "r.*", "{{left(1,-2147483649)}}"),
            "function argument is invalid or in the wrong format in "
            "{{left(1,-2147483649)}}");
  EXPECT_EQ(Transform(k2_15, "r.*", "{{partition(-2147483649,1)}}", "r.a"),
            "1678518573");
}

TEST(SubjectTransformTest, RefusesBlankAndEmptyTokens) {
  // SRC-081
  for (const char* dest : {"q..q", ".q", "q."}) {
    EXPECT_EQ(Refusal(k2_10, "r.*", dest), "invalid subject");
    EXPECT_EQ(Refusal(k2_15, "r.*", dest), "invalid transform");
  }
  for (const char* dest : {"q. ", " ", "q .x", "q.$ 1", "q.\t.x"}) {
    EXPECT_EQ(Refusal(k2_10, "r.*", dest), "");
    EXPECT_EQ(Refusal(k2_15, "r.*", dest), "invalid transform");
    EXPECT_EQ(Transform(k2_15, "r.*", dest, "r.a"), dest);  // Of a republish.
  }
  EXPECT_EQ(Refusal(k2_15, "r.*", "q.>.x"), "invalid transform in x");
  EXPECT_EQ(Refusal(k2_15, "r.*", "{{nope}}.a b"),
            "unknown function in {{nope}}");
}

TEST(SubjectTransformTest, OldServersWantAllWildcards) {
  // SRC-066, SRC-067
  EXPECT_EQ(Transform(k2_9, "r.*.*", "q.$1.$1", "r.a.b"), "q.a.a");
  EXPECT_EQ(Transform(k2_9, "r.*", "q.$0", "r.a"), "q.r");
  EXPECT_EQ(Transform(k2_9, "r.*", "q.{{split(1,-)}}", "r.a-b"), "q.a.b");
  EXPECT_EQ(Transform(k2_9, "r.>", "q.$0.>", "r.a"), "q.r.a");
  EXPECT_EQ(Refusal(k2_9, "r.*.*", "q.$1"), "invalid subject");
  EXPECT_EQ(Refusal(k2_9, "r.*", "q"), "invalid subject");
  EXPECT_EQ(Refusal(k2_9, "r.*", ""), "invalid subject");
  EXPECT_EQ(Refusal(k2_9, "r.*", "{{left(1,1)}}"),
            "unknown function in {{left(1,1)}}");
  // Without wildcards all is text.
  EXPECT_EQ(Transform(k2_9, "lit", "q.$1.{{nope}}", "lit"), "q.$1.{{nope}}");
}

TEST(SubjectTransformTest, TheFirstThatMatchesCounts) {
  const auto parse = [](absl::string_view src, absl::string_view dest) {
    return *SubjectTransformer::Parse(ProfileFor(k2_15), src, dest);
  };
  const std::vector<SubjectTransformer> transforms = {
      parse("a.1", ""), parse("a.*", "q.$1"), parse("a.>", "z.>")};
  Highest choices;
  EXPECT_EQ(ApplyFirst(transforms, choices, "a.1"), "a.1");
  EXPECT_EQ(ApplyFirst(transforms, choices, "a.2"), "q.2");
  EXPECT_EQ(ApplyFirst(transforms, choices, "a.2.3"), "z.2.3");
  EXPECT_EQ(ApplyFirst(transforms, choices, "b"), std::nullopt);
}

}  // namespace
}  // namespace windtunnel::broker
