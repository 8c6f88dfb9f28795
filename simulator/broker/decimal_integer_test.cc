#include "simulator/broker/decimal_integer.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace windtunnel::broker {
namespace {

std::string Sum(absl::string_view a, absl::string_view b) {
  return (*DecimalInteger::Parse(a) + *DecimalInteger::Parse(b)).ToString();
}

TEST(DecimalIntegerTest, ReadsDigitsWithASign) {
  EXPECT_EQ(DecimalInteger::Parse("007")->ToString(), "7");
  EXPECT_EQ(DecimalInteger::Parse("+2")->ToString(), "2");
  EXPECT_EQ(DecimalInteger::Parse("-5")->ToString(), "-5");
  EXPECT_EQ(DecimalInteger::Parse("-0")->ToString(), "0");
  EXPECT_EQ(DecimalInteger::Parse("-0"), DecimalInteger());
  for (const absl::string_view text :
       {"", "+", "-", "--1", "1.5", "abc", "0x10", "1_000", "1 ", " 1"}) {
    EXPECT_FALSE(DecimalInteger::Parse(text).has_value()) << text;
  }
}

TEST(DecimalIntegerTest, ReadsTheStartOfText) {
  EXPECT_EQ(DecimalInteger::ParseStart("-12x3").ToString(), "-12");
  EXPECT_EQ(DecimalInteger::ParseStart("12").ToString(), "12");
  EXPECT_EQ(DecimalInteger::ParseStart("x12").ToString(), "0");
  EXPECT_EQ(DecimalInteger::ParseStart("-").ToString(), "0");
  EXPECT_EQ(DecimalInteger::ParseStart("").ToString(), "0");
}

TEST(DecimalIntegerTest, AddsBeyondMachineWords) {
  EXPECT_EQ(Sum("99999999999999999999999999", "6"),
            "100000000000000000000000005");
  EXPECT_EQ(Sum("100000000000000000000000005", "-99999999999999999999999999"),
            "6");
  EXPECT_EQ(Sum("-1", "-99999999999999999999"), "-100000000000000000000");
}

TEST(DecimalIntegerTest, AddsAsMachineWordsDo) {
  for (std::int64_t a = -120; a <= 120; a += 7) {
    for (std::int64_t b = -120; b <= 120; ++b) {
      EXPECT_EQ(Sum(absl::StrCat(a), absl::StrCat(b)), absl::StrCat(a + b));
      EXPECT_EQ((*DecimalInteger::Parse(absl::StrCat(a)) -
                 *DecimalInteger::Parse(absl::StrCat(b)))
                    .ToString(),
                absl::StrCat(a - b));
    }
  }
}

}  // namespace
}  // namespace windtunnel::broker
