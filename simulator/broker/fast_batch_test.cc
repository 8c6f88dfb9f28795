#include "simulator/broker/fast_batch.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace windtunnel::broker {
namespace {

// PUB-079, PUB-080
TEST(FastOperationTest, IsReadFromTheEndOfTheReply) {
  EXPECT_FALSE(IsFastBatchReply(".$FI"));
  EXPECT_TRUE(IsFastBatchReply("x.$FI"));
  EXPECT_FALSE(IsFastBatchReply("x.$fi"));

  const std::optional<FastOperation> operation =
      ReadFastOperation("_INBOX.x.b.7.ok.12.2.$FI");
  ASSERT_TRUE(operation.has_value());
  EXPECT_EQ(operation->id, "b");
  EXPECT_EQ(operation->flow, 7u);
  EXPECT_TRUE(operation->gap_ok);
  EXPECT_EQ(operation->sequence, 12u);
  EXPECT_EQ(operation->kind, FastOperation::Kind::kCommit);
  for (const absl::string_view reply :
       {"x.$FI", "b.7.ok.12.2.$FI", "x.b.7.ok.12.5.$FI", "x.b.7.ok.12..$FI",
        "x.b.7.ok.0.4.$FI", "x.b.7.Ok.1.0.$FI", "x.b.7.ok.2.0.$FI",
        "x.b.7.ok.1.1.$FI", "x.b.7.ok.1.3.$FI",
        "x.b.7.ok.18446744073709551615.1.$FI"}) {
    EXPECT_FALSE(ReadFastOperation(reply).has_value()) << reply;
  }
}

std::uint64_t FlowOf(absl::string_view text) {
  const std::string reply = absl::StrCat("x.b.", text, ".ok.1.0.$FI");
  return ReadFastOperation(reply)->flow;
}

TEST(FastOperationTest, HasAFlowWhateverIsAskedFor) {
  EXPECT_EQ(FlowOf("1"), 1u);
  EXPECT_EQ(FlowOf("0"), 10u);
  EXPECT_EQ(FlowOf("-1"), 10u);
  EXPECT_EQ(FlowOf("x"), 10u);
  EXPECT_EQ(FlowOf("70000"), 65'535u);
  EXPECT_EQ(FlowOf("9223372036854775808"), 10u) << "2^63 overflows";
}

class FastBatchesTest : public testing::Test {
 protected:
  FastBatch& Open(absl::string_view id, std::uint64_t flow) {
    const FastOperation operation{.id = id, .flow = flow, .sequence = 1};
    return batches_.Open(operation);
  }

  int open_ = 0;
  FastBatches batches_{open_};
};

// PUB-083
TEST_F(FastBatchesTest, AnswersMoreSeldomAsItGoes) {
  Open("other", 10);
  FastBatch& batch = Open("b", 300);
  EXPECT_EQ(batch.interval, 1u);
  std::string intervals;
  for (batch.stored = 1; batch.stored < 1000; ++batch.stored) {
    if (batches_.Flow(batch)) absl::StrAppend(&intervals, batch.interval, " ");
  }
  EXPECT_EQ(intervals, "2 4 8 16 32 64 128 250 250 250 ");
}

TEST_F(FastBatchesTest, AnswersMoreOftenWhenOthersCome) {
  FastBatch& batch = Open("b", 500);
  EXPECT_EQ(batch.interval, 500u);
  for (int i = 0; i < 9; ++i) Open(absl::StrCat("other", i), 10);
  std::string intervals;
  for (batch.stored = 1; batch.stored < 1000; ++batch.stored) {
    if (batches_.Flow(batch)) absl::StrAppend(&intervals, batch.interval, " ");
  }
  EXPECT_EQ(intervals, "250 125 62 50 50 ");
}

// PUB-082
TEST_F(FastBatchesTest, ForgetsAfterTenSeconds) {
  FastBatch& kept = Open("kept", 10);
  batches_.Extend(kept, 0);
  batches_.Extend(Open("left", 10), 0);
  batches_.Extend(kept, kSecond);
  FastBatch& waiting = Open("waiting", 10);
  batches_.Extend(waiting, 0);
  waiting.last = 2;
  EXPECT_FALSE(FastBatches::Commit(waiting));

  batches_.DropOverdue(10 * kSecond);

  EXPECT_NE(batches_.Find("kept"), nullptr);
  EXPECT_EQ(batches_.Find("left"), nullptr);
  EXPECT_NE(batches_.Find("waiting"), nullptr);
  EXPECT_EQ(open_, 2);
  EXPECT_EQ(batches_.NextDeadline(), 11 * kSecond);
}

}  // namespace
}  // namespace windtunnel::broker
