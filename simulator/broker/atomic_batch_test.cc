#include "simulator/broker/atomic_batch.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AtomicBatchesTest : public testing::Test {
 protected:
  BatchStep Add(AtomicBatches& batches, Nanos now, const std::string& id,
                const std::string& sequence, const char* commit = nullptr) {
    PublishHeaders headers;
    headers.batch_id = id;
    headers.batch_sequence = sequence;
    if (commit != nullptr) headers.batch_commit = commit;
    return batches.Add(now, headers, /*supported=*/true,
                       {"x", "", absl::StrCat(id, sequence)});
  }

  int open_ = 0;
  AtomicBatches batches_{open_};
};

int ErrorOf(const BatchStep& step) {
  return step.error.has_value() ? step.error->err_code : 0;
}

TEST_F(AtomicBatchesTest, HandsOverWhatWasCommitted) {
  EXPECT_FALSE(Add(batches_, 0, "a", "1").commit.has_value());
  EXPECT_FALSE(Add(batches_, 0, "b", "1").commit.has_value());
  EXPECT_EQ(open_, 2);

  const BatchStep step = Add(batches_, 0, "a", "2", "1");

  ASSERT_TRUE(step.commit.has_value());
  ASSERT_EQ(step.commit->size(), 2u);
  EXPECT_EQ((*step.commit)[0].data, "a1");
  EXPECT_EQ((*step.commit)[1].data, "a2");
  EXPECT_FALSE(step.ended);
  EXPECT_EQ(open_, 1);

  const BatchStep end = Add(batches_, 0, "b", "2", "eob");
  ASSERT_TRUE(end.commit.has_value());
  EXPECT_EQ(end.commit->size(), 1u);
  EXPECT_TRUE(end.ended);
}

TEST_F(AtomicBatchesTest, DropsAfterTenSecondsEachForItself) {
  Add(batches_, 0, "late", "1");
  Add(batches_, kSecond, "b", "1");
  Add(batches_, kSecond, "a", "1");
  Add(batches_, 2 * kSecond, "late", "2");

  EXPECT_EQ(batches_.NextDeadline(), 11 * kSecond);
  EXPECT_THAT(batches_.DropOverdue(11 * kSecond - 1), IsEmpty());
  EXPECT_THAT(batches_.DropOverdue(11 * kSecond), ElementsAre("a", "b"));
  EXPECT_THAT(batches_.DropOverdue(12 * kSecond), ElementsAre("late"));
  EXPECT_EQ(batches_.NextDeadline(), kNever);
  EXPECT_EQ(open_, 0);
}

TEST_F(AtomicBatchesTest, CountsThoseOfOtherStreams) {
  open_ = 999;
  EXPECT_EQ(ErrorOf(Add(batches_, 0, "a", "1")), 0);
  EXPECT_EQ(ErrorOf(Add(batches_, 0, "b", "1")), 10210);
  {
    AtomicBatches others(open_);
    open_ = 5;
    Add(others, 0, "a", "1");
    EXPECT_EQ(open_, 6);
  }
  EXPECT_EQ(open_, 5);
}

TEST_F(AtomicBatchesTest, SaysWhyABatchIsGone) {
  Add(batches_, 0, "a", "1");
  const BatchStep gap = Add(batches_, 0, "a", "3");
  EXPECT_EQ(ErrorOf(gap), 10176);
  EXPECT_EQ(gap.abandoned, "incomplete");
  EXPECT_EQ(Add(batches_, 0, "a", "2").abandoned, "");
  EXPECT_EQ(Add(batches_, 0, "a", "1", "").abandoned, "");
  EXPECT_EQ(open_, 0);
}

}  // namespace
}  // namespace windtunnel::broker
