// The floors that an info shows: of the stored state since 2.11, of the running
// one before.

#include <string>
#include <vector>

#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, ConsumerFloors);

// INF-005
TEST_P(ConsumerFloors, SkippedMessagesCountBefore211) {
  Fill({"s.a", "s.b", "s.c", "s.c", "s.c"});
  MakeExplicit(
      {.ack_wait = absl::Milliseconds(300), .filter_subject = "s.b"});
  const std::vector<Delivery> fetched = FetchNow(1);
  ASSERT_EQ(Settle(fetched.at(0), "+ACK"), "confirmed");
  EXPECT_EQ(Numbers(), "delivered 1/2 floor 1/2 pending 0 again 0 left 0");

  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(3)}).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));
  EXPECT_EQ(Numbers(), Since("2.11")
                           ? "delivered 1/2 floor 1/2 pending 0 again 0 left 0"
                           : "delivered 1/5 floor 1/2 pending 0 again 0 left 0");

  // A second acknowledgement moves the floor of 2.9 only ...
  ASSERT_EQ(Settle(fetched[0], "+ACK"), "confirmed");
  EXPECT_EQ(Info().ack_floor.stream_seq, Since("2.10") ? 2u : 5u);
  // ... and the timer of 2.10 does so when nothing is left to be waited for.
  Advance(absl::Milliseconds(350));
  EXPECT_EQ(Info().ack_floor.stream_seq, Since("2.11") ? 2u : 5u);
}

// INF-005, ACK-045
TEST_P(ConsumerFloors, ExhaustedMessageHoldsTheFloorWhileOthersArePending) {
  FillTen();
  MakeExplicit({.ack_wait = absl::Milliseconds(300), .max_deliver = 1});
  ASSERT_THAT(SequencesNow(1), ElementsAre(1));
  Advance(absl::Milliseconds(200));
  const std::vector<Delivery> later = FetchNow(2);
  Advance(absl::Milliseconds(150));

  ASSERT_EQ(Settle(later.at(0), "+ACK"), "confirmed");
  EXPECT_EQ(Info().ack_floor.stream_seq, 0u);
  Advance(absl::Milliseconds(300));

  const bool moves = Since("2.10") && !Since("2.11");
  EXPECT_EQ(Info().ack_floor.stream_seq, moves ? 3u : 0u);
}

// INF-008
TEST_P(ConsumerFloors, NothingIsPendingBeforeAStartThatIsAhead) {
  FillTen();
  const ConsumerInfo info =
      MakeExplicit({.deliver_policy = DeliverPolicy::kByStartSequence,
                    .opt_start_seq = 15});
  EXPECT_EQ(info.num_pending, 0u);

  Fill({"s.a", "s.a"});

  // Older servers begin after the last message instead (DEL-007).
  EXPECT_EQ(Info().num_pending, Since("2.11") ? 0u : 2u);
  Fill({"s.a", "s.a", "s.a"});
  EXPECT_EQ(Info().num_pending, Since("2.11") ? 1u : 5u);
}

// ACK-013, ACK-027: the floor of 2.9 believes what an acknowledgement says.
TEST_P(ConsumerFloors, AckAllAheadOfThePosition) {
  FillTen();
  Make({.durable_name = "C", .ack_policy = AckPolicy::kAll});
  ASSERT_EQ(FetchNow(3).size(), 3u);

  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.8.8.1.0", "+ACK"),
            Since("2.10") ? "timeout" : "confirmed");

  EXPECT_EQ(Numbers(), Since("2.10")
                           ? "delivered 3/3 floor 0/0 pending 3 again 0 left 7"
                           : "delivered 3/3 floor 8/8 pending 0 again 0 left 7");
}

// DEL-031, DEL-032: longer subjects, with the domain, the account's hash and more.
TEST_P(ConsumerFloors, AckSubjectsWithTheHashOfTheAccount) {
  FillTen();
  MakeExplicit();
  ASSERT_EQ(FetchNow(3).size(), 3u);
  const bool listens = Since("2.14");

  EXPECT_EQ(SettleSubject("$JS.ACK._.szMpdrwD.S.C.1.1.1.1.0", "+ACK"),
            listens ? "confirmed" : "no responders");
  EXPECT_EQ(SettleSubject("$JS.ACK._.szMpdrwD.S.C.1.2.2.1.0.more", "+ACK"),
            listens ? "confirmed" : "no responders");
  EXPECT_EQ(SettleSubject("$JS.ACK._.szMpdrwE.S.C.1.3.3.1.0", "+ACK"),
            "no responders");

  EXPECT_EQ(Info().num_ack_pending, listens ? 1u : 3u);
}

// ACK-014: what is no number is taken for a very large one.
TEST_P(ConsumerFloors, AckSubjectsWithWordsForNumbers) {
  FillTen();
  MakeExplicit();
  ASSERT_EQ(FetchNow(2).size(), 2u);

  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.0.1.1.0", "+ACK"),
            Since("2.10") ? "confirmed" : "timeout");
  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.0.1.1.0", "-NAK"), "timeout");
  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.x.1.1.0", "-NAK"), "confirmed");
  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.x.1.1.0", "+WPI"), "confirmed");
  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.1.x.1.0", "-NAK"), "confirmed");

  EXPECT_THAT(SequencesNow(1), ElementsAre(3));
}

}  // namespace
}  // namespace windtunnel
