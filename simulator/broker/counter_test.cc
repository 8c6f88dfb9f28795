#include "simulator/broker/counter.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace windtunnel::broker {
namespace {

std::string Block(absl::string_view sources) {
  return absl::StrCat("NATS/1.0\r\nNats-Incr: 1\r\nNats-Counter-Sources: ",
                      sources, "\r\nZ: z\r\n\r\n");
}

// PUB-050
TEST(CounterTest, CountsFromTheNewestMessage) {
  Counter counter = Counter::Read("", R"({"val":"5"})").value();
  counter.Increment(*DecimalInteger::Parse("-7"));
  EXPECT_EQ(counter.value(), "-2");
  EXPECT_EQ(counter.WithSources("NATS/1.0\r\n\r\n"), "NATS/1.0\r\n\r\n");
}

// PUB-055
TEST(CounterTest, IsBrokenByWhatCannotBeRead) {
  EXPECT_FALSE(Counter::Read("", "5").has_value());
  EXPECT_FALSE(Counter::Read("", "").has_value());
  EXPECT_FALSE(Counter::Read("", R"({"val":5})").has_value());
  for (const absl::string_view sources :
       {"garbage", "[]", R"("x")", R"({"a":{"b":1}})", R"({"a":1})"}) {
    EXPECT_FALSE(Counter::Read(Block(sources), R"({"val":"1"})").has_value())
        << sources;
  }
}

// PUB-057: the header goes on from message to message, in Go's form.
TEST(CounterTest, WritesItsSourcesAsTheServerDoes) {
  const auto written = [](absl::string_view sources) {
    return Counter::Read(Block(sources), R"({"val":"1"})")
        ->WithSources(Block("old"));
  };
  EXPECT_EQ(written(R"({"b":{"y":"2","x<&>":"1"},"a":{}})"),
            Block(R"({"a":{},"b":{"x\u003c\u0026\u003e":"1","y":"2"}})"));
  EXPECT_EQ(written(R"({"a":null})"), Block(R"({"a":null})"));
  EXPECT_EQ(written(R"({"a":{"b":null}})"), Block(R"({"a":{"b":""}})"));
  EXPECT_EQ(written(R"({"a":{"b":"1"},"a":{"c":"2"}})"),
            Block(R"({"a":{"c":"2"}})"));
  EXPECT_EQ(written("{}"), Block("old"));
  EXPECT_EQ(written("null"), Block("old"));
}

// PUB-057
TEST(CounterTest, MergesWhatOriginsCount) {
  Counter counter;
  EXPECT_EQ(counter.Merge("A 1 > > a.x", "x", R"({"val":"7"})"),
            DecimalInteger::Parse("7"));
  EXPECT_EQ(counter.Merge("B 1", "x", R"({"val":"10"})"),
            DecimalInteger::Parse("10"));
  EXPECT_EQ(counter.value(), "17");
  EXPECT_EQ(counter.Merge("A 2 > > a.x", "x", R"({"val":"5"})"),
            DecimalInteger::Parse("-2"));
  EXPECT_EQ(counter.value(), "15");
  EXPECT_EQ(counter.WithSources("NATS/1.0\r\nA: b\r\n\r\n"),
            "NATS/1.0\r\nA: b\r\nNats-Counter-Sources: "
            R"({"A":{"a.x":"5"},"B":{"x":"10"}})"
            "\r\n\r\n");
  EXPECT_EQ(counter.Merge("A 3", "x", "no counter"), std::nullopt);
}

}  // namespace
}  // namespace windtunnel::broker
