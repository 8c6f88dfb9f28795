// What purges do to consumers that have messages delivered or queued.

#include <string>
#include <vector>

#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PurgedBehaviour : public ConsumerBehaviour {
 protected:
  void Purge(const PurgeOptions& request) {
    ASSERT_TRUE(jetstream().PurgeStream("S", request).ok());
  }
  // Sequences of messages that were terminated by themselves.
  std::vector<int> Terminated(Subscription& advisories) {
    std::vector<int> sequences;
    for (;;) {
      auto advisory = advisories.Next(absl::Milliseconds(100));
      if (!advisory.ok()) return sequences;
      sequences.push_back(
          nlohmann::json::parse(advisory->data)["stream_seq"].get<int>());
    }
  }
};

BEHAVIOUR_SUITE_OF(PurgedBehaviour, PurgedConsumers);

// DEL-024, INF-018
TEST_P(PurgedConsumers, PurgeBySubjectTakesItsMessagesOnly) {
  Fill({"s.a", "s.b", "s.a", "s.b", "s.c", "s.a", "s.a"});
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C");
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(6);
  ASSERT_EQ(fetched.size(), 6u);

  Purge({.filter = "s.b"});
  if (Since("2.10")) {
    EXPECT_EQ(Numbers(), "delivered 6/6 floor 4/0 pending 4 again 0 left 1");
  } else {
    EXPECT_EQ(Numbers(), "delivered 6/7 floor 6/7 pending 0 again 0 left 0");
    EXPECT_THAT(Terminated(*advisories), testing::UnorderedElementsAre(2, 4));
    return;
  }
  if (Since("2.11")) {
    EXPECT_THAT(Terminated(*advisories), IsEmpty());
  } else {
    EXPECT_THAT(Terminated(*advisories), testing::UnorderedElementsAre(2, 4));
  }

  // One message alone is removed as if it had been deleted.
  Purge({.filter = "s.c"});
  EXPECT_EQ(Numbers(), Since("2.11")
                           ? "delivered 6/6 floor 5/5 pending 3 again 0 left 1"
                           : "delivered 6/6 floor 5/0 pending 3 again 0 left 1");
  EXPECT_THAT(Terminated(*advisories), ElementsAre(5));
  for (const int i : {0, 2, 5}) {
    ASSERT_EQ(Settle(fetched[i], "+ACK"), "confirmed");
  }
  EXPECT_EQ(Numbers(), "delivered 6/6 floor 6/6 pending 0 again 0 left 1");
}

// DEL-024: the redelivery queue does not survive any purge that concerns the
// consumer; what was on it waits for its time again.
TEST_P(PurgedConsumers, PurgeEmptiesTheRedeliveryQueue) {
  Fill({"s.a", "s.a", "s.a", "s.a", "s.a"});
  MakeExplicit({.ack_wait = absl::Milliseconds(400)});
  const std::vector<Delivery> fetched = FetchNow(3);
  ASSERT_EQ(Settle(fetched[1], "-NAK"), "confirmed");
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");

  Purge({.filter = "s.none"});

  if (!Since("2.10")) {
    EXPECT_THAT(SequencesNow(9), IsEmpty());
    return;
  }
  EXPECT_THAT(SequencesNow(9), ElementsAre(4, 5));
  Advance(absl::Milliseconds(450));
  EXPECT_THAT(SequencesNow(3), ElementsAre(1, 2, 3));
}

// DEL-025: one of two filters is enough for 2.10 to leave everything behind.
TEST_P(PurgedConsumers, PurgeOfOneFilterOfTwo) {
  if (!Since("2.10")) {  // It has no such filters: this is a purge of s.a only.
    FillTen();
    MakeExplicit({.filter_subject = "s.c"});
    Purge({.filter = "s.a"});
    EXPECT_THAT(SequencesNow(9), ElementsAre(3, 6, 9));
    return;
  }
  Fill({"s.a", "s.b", "s.c", "s.a", "s.b", "s.c"});
  MakeExplicit({.filter_subjects = {"s.a", "s.c"}});
  ASSERT_THAT(SequencesNow(1), ElementsAre(1));

  Purge({.filter = "s.a"});

  if (Since("2.11")) {
    EXPECT_EQ(Numbers(), "delivered 1/1 floor 1/1 pending 0 again 0 left 2");
    EXPECT_THAT(SequencesNow(9), ElementsAre(3, 6));
  } else {
    EXPECT_EQ(Numbers(), "delivered 1/6 floor 1/6 pending 0 again 0 left 0");
    EXPECT_THAT(SequencesNow(9), IsEmpty());
  }
}

// DEL-025: a purge that only overlaps is none of the consumer's business; what it
// had delivered comes to light when it would be delivered again.
TEST_P(PurgedConsumers, PurgeThatOverlapsTheFilterMovesNothing) {
  Fill({"s.a.x", "s.b.x", "s.a.y", "s.b.y", "s.a.x"});
  auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.S.C");
  MakeExplicit({.filter_subject = "s.a.*"});
  ASSERT_THAT(SequencesNow(2), ElementsAre(1, 3));

  Purge({.filter = "s.*.x"});

  EXPECT_EQ(Info().delivered.stream_seq, 3u);
  EXPECT_EQ(Info().num_pending, 0u);
  const bool one_by_one = !Since("2.11");
  EXPECT_THAT(Terminated(*advisories),
              one_by_one ? ElementsAre(1) : testing::Matcher<std::vector<int>>(
                                                IsEmpty()));
  EXPECT_EQ(Info().num_ack_pending, one_by_one ? 1u : 2u);
}

// DEL-037: 2.9 counts what it has counted once until it is asked for an info.
TEST_P(PurgedConsumers, DeliveriesTellWhatIsLeft) {
  FillTen();
  MakeExplicit();
  ASSERT_EQ(FetchNow(2).at(1).num_pending(), 8u);
  ASSERT_TRUE(jetstream().DeleteMessage("S", 5).ok());
  ASSERT_TRUE(jetstream().DeleteMessage("S", 7).ok());

  EXPECT_EQ(FetchNow(1).at(0).num_pending(), Since("2.10") ? 5u : 7u);
  EXPECT_EQ(Info().num_pending, 5u);
  EXPECT_EQ(FetchNow(1).at(0).num_pending(), 4u);
}

}  // namespace
}  // namespace windtunnel
