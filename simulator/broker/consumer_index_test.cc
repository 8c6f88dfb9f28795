#include "simulator/broker/consumer_index.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/broker/consumer_test_harness.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Twenty consumers c0, c1, ... of s.<0-3>, so that five read each subject.
class ConsumerIndexTest : public testing::Test {
 protected:
  ConsumerIndexTest() : harness_(ServerVersion::k2_15) {
    harness_.AddStream();
    for (int i = 0; i < 20; ++i) {
      harness_.Request(
          absl::StrCat("$JS.API.CONSUMER.CREATE.S.c", i),
          absl::StrCat(R"({"stream_name":"S","config":{"durable_name":"c)", i,
                       R"(","ack_policy":"none","filter_subject":"s.)", i % 4,
                       R"("}})"));
    }
  }
  std::vector<std::string> Find(absl::string_view subject) {
    std::vector<std::string> names;
    for (const Consumer* found : index_.Find(subject)) {
      names.push_back(found->name());
    }
    return names;
  }
  Consumer& Get(int i) {
    return *harness_.broker().FindStream("S")->FindConsumer(
        absl::StrCat("c", i));
  }

  ConsumerHarness harness_;
  ConsumerIndex index_;
};

TEST_F(ConsumerIndexTest, FindsInTheOrderOfCreationAndOnce) {
  index_.Set(Get(2), {"s.a", "s.*"});
  index_.Set(Get(1), {">"});
  index_.Set(Get(3), {"s.b"});
  EXPECT_THAT(Find("s.a"), ElementsAre("c1", "c2"));
  EXPECT_THAT(Find("s.b"), ElementsAre("c1", "c2", "c3"));
  EXPECT_THAT(Find("t.a"), ElementsAre("c1"));
  index_.Set(Get(2), {"t.a"});
  EXPECT_THAT(Find("s.a"), ElementsAre("c1"));
  EXPECT_THAT(Find("t.a"), ElementsAre("c1", "c2"));
  index_.Remove(Get(1));
  index_.Remove(Get(1));
  EXPECT_THAT(Find("s.a"), IsEmpty());
}

TEST_F(ConsumerIndexTest, OfManyThatWaitThoseWhoReadItGetAMessage) {
  for (int i = 0; i < 20; ++i) {
    harness_.Send(absl::StrCat("$JS.API.CONSUMER.MSG.NEXT.S.c", i),
                  absl::StrCat("in.", i), "");
  }
  harness_.Take();
  harness_.Publish(1, "s.2");
  for (int i = 0; i < 20; ++i) {
    const bool reads = i % 4 == 2;
    EXPECT_EQ(Get(i).Info(harness_.Now()).delivered.consumer_seq, reads ? 1 : 0)
        << i;
    EXPECT_EQ(Get(i).Info(harness_.Now()).num_waiting, reads ? 0 : 1) << i;
  }
}

TEST_F(ConsumerIndexTest, WhatIsRemovedWhileNobodyWatchesIsNotCounted) {
  harness_.Publish(3, "s.1");
  harness_.Publish(2, "s.2");
  EXPECT_EQ(Get(1).Info(harness_.Now()).num_pending, 3);
  harness_.Request("$JS.API.STREAM.MSG.DELETE.S", R"({"seq":2})");
  harness_.Request("$JS.API.STREAM.MSG.DELETE.S", R"({"seq":4})");
  EXPECT_EQ(Get(1).Info(harness_.Now()).num_pending, 2);
  EXPECT_EQ(Get(2).Info(harness_.Now()).num_pending, 1);
  harness_.Request("$JS.API.STREAM.PURGE.S", R"({"filter":"s.1"})");
  EXPECT_EQ(Get(1).Info(harness_.Now()).num_pending, 0);
  EXPECT_EQ(Get(2).Info(harness_.Now()).num_pending, 1);
}

}  // namespace
}  // namespace windtunnel::broker
