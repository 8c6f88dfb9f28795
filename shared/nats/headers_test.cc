#include "windtunnel/headers.h"

#include "gtest/gtest.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

// WIR-068, WIR-069
TEST(Headers, WireFormKeepsOrderAndRepeatedNames) {
  const Headers headers = {{"B", "1"}, {"A", "x: y"}, {"B", "2"}};
  EXPECT_EQ(headers.Encode(), "NATS/1.0\r\nB: 1\r\nA: x: y\r\nB: 2\r\n\r\n");
  EXPECT_THAT(Headers::Parse(headers.Encode()), IsOkAndHolds(headers));
  EXPECT_THAT(headers.Values("B"), ElementsAre("1", "2"));
  EXPECT_EQ(headers.Get("b"), std::nullopt);
}

TEST(Headers, SetReplacesAllLinesOfAName) {
  Headers headers = {{"A", "1"}, {"B", "2"}, {"A", "3"}};
  headers.Set("A", "4");
  EXPECT_THAT(headers.Values("A"), ElementsAre("4"));
  EXPECT_TRUE(headers.Remove("A"));
  EXPECT_FALSE(headers.Remove("A"));
}

// WIR-075
TEST(Headers, StatusLineIsReadAndWritten) {
  Headers headers;
  headers.SetStatus(408, "Request Timeout");
  headers.Add("Nats-Pending-Messages", "1");
  const std::string block =
      "NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 1\r\n\r\n";
  EXPECT_EQ(headers.Encode(), block);
  EXPECT_THAT(Headers::Parse(block), IsOkAndHolds(headers));
  EXPECT_EQ(Headers::Parse("NATS/1.0 503\r\n\r\n")->status_code(), 503);
}

TEST(Headers, EmptyHeadersHaveNoBlock) {
  EXPECT_EQ(Headers().Encode(), "");
  EXPECT_THAT(Headers::Parse(""), IsOkAndHolds(Headers()));
  EXPECT_THAT(Headers::Parse("junk"), StatusIs(kInvalid, HasSubstr("junk")));
}

TEST(Headers, WhatWouldBreakTheBlockIsRefused) {
  EXPECT_THAT(Headers({{"A", "b"}, {"\xc3\xbc", ""}}).Validate(), IsOk());
  EXPECT_THAT(Headers({{"", "b"}}).Validate(), StatusIs(kInvalid));
  EXPECT_THAT(Headers({{"A:", "b"}}).Validate(),
              StatusIs(kInvalid, HasSubstr("A:")));
  EXPECT_THAT(Headers({{"A B", "b"}}).Validate(), StatusIs(kInvalid));
  EXPECT_THAT(Headers({{"A", "b\r\nC: d"}}).Validate(), StatusIs(kInvalid));
  EXPECT_THAT(Headers({{"A", std::string("b\0c", 3)}}).Validate(),
              StatusIs(kInvalid));
}

// PUB-011
TEST(FindHeader, TakesTheFirstLineOfThatExactName) {
  const std::string block =
      "NATS/1.0\r\nX-Id: 0\r\nid: 1\r\nId:  2 \r\nId: 3\r\nNone:\r\n\r\n";
  EXPECT_THAT(FindHeader(block, "Id"), Optional(absl::string_view("2 ")));
  EXPECT_EQ(FindHeader(block, "Missing"), std::nullopt);
  EXPECT_EQ(FindHeader(block, "None"), std::nullopt);
  EXPECT_EQ(FindHeader("", "Id"), std::nullopt);
}

}  // namespace
}  // namespace windtunnel
