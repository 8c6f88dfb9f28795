#include "simulator/broker/pending_acks.h"

#include <iterator>
#include <map>
#include <random>

#include "gtest/gtest.h"

namespace windtunnel::broker {
namespace {

// Against a map, over many appends with gaps and removals at random, from the
// front and from the back.
TEST(PendingAcksTest, FindsWhatAMapFinds) {
  for (const std::uint64_t gap : {1u, 3u, 100'000u}) {
    std::mt19937 random(1);
    PendingAcks pending;
    std::map<std::uint64_t, std::uint64_t> model;  // Stream to consumer.
    std::uint64_t latest = 0;
    for (std::uint64_t i = 1; i <= 20'000; ++i) {
      if (random() % 100 < (i < 10'000 ? 70 : 35)) {
        latest += 1 + random() % gap;
        pending.Add(latest, i, 7);
        model.emplace(latest, i);
      } else if (!model.empty()) {
        auto removed = model.begin();
        const auto where = random() % 4;
        if (where == 0) removed = std::prev(model.end());
        if (where > 1) {
          removed = model.lower_bound(random() % (latest + 1));
          if (removed == model.end()) --removed;
        }
        pending.Remove(*pending.Find(removed->first));
        EXPECT_EQ(pending.Find(removed->first), nullptr);
        model.erase(removed);
      }
      ASSERT_EQ(pending.size(), model.size());
      const std::uint64_t asked = random() % (latest + 2);
      const auto there = model.find(asked);
      const PendingAck* found = pending.Find(asked);
      ASSERT_EQ(found != nullptr, there != model.end()) << asked;
      if (found != nullptr) {
        ASSERT_EQ(found->consumer_seq, there->second);
      }
      const auto next = model.upper_bound(asked);
      const PendingAck* after = pending.NextAfter(asked);
      ASSERT_EQ(after == nullptr ? 0 : after->stream_seq,
                next == model.end() ? 0 : next->first);
    }
  }
}

}  // namespace
}  // namespace windtunnel::broker
