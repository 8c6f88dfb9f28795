#include "simulator/broker/message_ttl.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace windtunnel::broker {
namespace {

std::string Read(absl::string_view text) {
  const std::optional<MessageTtl> ttl = ParseMessageTtl(text);
  if (!ttl) return "invalid";
  return ttl->never ? "never" : absl::StrCat(ttl->seconds);
}

// STO-089, STO-090
TEST(MessageTtlTest, IsWholeSecondsADurationOrNever) {
  EXPECT_EQ(Read("5"), "5");
  EXPECT_EQ(Read("1s"), "1");
  EXPECT_EQ(Read("1999ms"), "1");
  EXPECT_EQ(Read("1h30m"), "5400");
  EXPECT_EQ(Read("NeVer"), "never");
  EXPECT_EQ(Read(""), "0");
  EXPECT_EQ(Read("00"), "0");
  for (const absl::string_view bad :
       {"0", "+0", "-0", "0s", "999ms", "-1", "-1s", "+5", "1.5", "x", "5 ",
        "never "}) {
    EXPECT_EQ(Read(bad), "invalid") << bad;
  }
}

// STO-089
TEST(MessageTtlTest, TooManyDigitsWrapAround) {
  EXPECT_EQ(Read("18446744073709551617"), "1");
  EXPECT_EQ(Read("9223372036854775808"), "invalid");
  const Nanos now = 1'749'982'830'500'000'001;
  EXPECT_EQ(TtlDue(now, *ParseMessageTtl("2")), now + 2 * kSecond);
  EXPECT_LT(TtlDue(now, *ParseMessageTtl("9223372036")), now);
}

TEST(TtlQueueTest, TheEarliestComesFirst) {
  TtlQueue queue;
  queue.Add(1, 30);
  queue.Add(2, 10);
  queue.Add(4, 20);
  queue.Add(3, 20);

  EXPECT_EQ(queue.Next(), 10);
  EXPECT_EQ(queue.Take(9), std::nullopt);
  EXPECT_EQ(queue.Take(20), 2u);
  EXPECT_EQ(queue.Take(20), 3u);
  EXPECT_EQ(queue.Take(20), 4u);
  EXPECT_EQ(queue.Take(20), std::nullopt);
  EXPECT_EQ(queue.Next(), 30);
}

TEST(TtlQueueTest, DropsWhatIsGone) {
  TtlQueue queue;
  for (std::uint64_t seq = 1; seq <= 5; ++seq) {
    queue.Add(seq, static_cast<Nanos>(seq));
  }

  queue.DropGone([](std::uint64_t seq) { return seq >= 4; });

  EXPECT_EQ(queue.Next(), 4);
  queue.DropGone([](std::uint64_t) { return false; });
  EXPECT_EQ(queue.Next(), kNever);
}

}  // namespace
}  // namespace windtunnel::broker
