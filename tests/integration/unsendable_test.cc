// Messages that no request can take.

#include <string>
#include <vector>

#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

BEHAVIOUR_SUITE_OF(ConsumerBehaviour, Unsendable);

// DEL-046
TEST_P(Unsendable, RedeliveryGoesToTheEndOfItsQueue) {
  Publish("s.a", std::string(500, 'x'));
  Fill({"s.a", "s.a"});
  MakeExplicit();
  const std::vector<Delivery> fetched = FetchNow(2);
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
  ASSERT_EQ(Settle(fetched[1], "-NAK"), "confirmed");
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 2,
                             .expires = absl::Seconds(2),
                             .max_bytes = 200})
                  .ok());
  ASSERT_EQ(NextEvent(*pull), "409 Message Size Exceeds MaxBytes");

  if (Since("2.10")) {
    // 2.10 remembers that there was a redelivery, without counting it.
    EXPECT_EQ(Numbers(), Since("2.11")
                             ? "delivered 2/2 floor 0/0 pending 2 again 0 left 1"
                             : "delivered 2/2 floor 0/0 pending 2 again 1 left 1");
    const std::vector<Delivery> again = FetchNow(9);
    EXPECT_THAT(Sequences(again), ElementsAre(2, 1, 3));
    EXPECT_EQ(again.at(1).delivered(), 2u);
  } else {
    // It turns back by one message instead, and leaves 1 to the ack wait.
    EXPECT_EQ(Numbers(), "delivered 2/1 floor 0/0 pending 2 again 1 left 2");
    const std::vector<Delivery> again = FetchNow(9);
    EXPECT_THAT(Sequences(again), ElementsAre(2, 2, 3));
    EXPECT_EQ(again.at(0).delivered(), 2u);
    EXPECT_EQ(again.at(1).delivered(), 1u);
  }
}

// DEL-046
TEST_P(Unsendable, NewMessageLeavesThePosition) {
  Publish("s.a", std::string(500, 'x'));
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 2,
                             .expires = absl::Seconds(2),
                             .max_bytes = 200})
                  .ok());
  ASSERT_EQ(NextEvent(*pull), "409 Message Size Exceeds MaxBytes");

  EXPECT_EQ(Numbers(), "delivered 0/0 floor 0/0 pending 0 again 0 left 1");
  EXPECT_THAT(SequencesNow(1), ElementsAre(1));
}

// DEL-046, DEL-014: of a snapshot, 2.9 and 2.15 lose such a message, and 2.10
// counts its delivery twice.
TEST_P(Unsendable, SnapshotEntryIsLost) {
  Fill({"s.a", "s.b", "s.b"});
  Publish("s.c", "");
  Publish("s.c", std::string(300, 'x'));
  Fill({"s.d", "s.e"});
  MakeExplicit({.deliver_policy = DeliverPolicy::kLastPerSubject,
                .filter_subject = "s.>"});
  ASSERT_THAT(SequencesNow(2), ElementsAre(1, 3));
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 2,
                             .expires = absl::Seconds(2),
                             .max_bytes = 120})
                  .ok());
  ASSERT_EQ(NextEvent(*pull), "409 Message Size Exceeds MaxBytes");

  const bool keeps = Since("2.10") && !Since("2.11");
  EXPECT_EQ(Info().num_pending, keeps ? 2u : 3u);
  if (keeps) {
    EXPECT_THAT(SequencesNow(9), ElementsAre(5, 6, 7));
    EXPECT_EQ(Info().num_redelivered, 1u);
  } else {
    EXPECT_THAT(SequencesNow(9), ElementsAre(6, 7));
    EXPECT_EQ(Info().num_redelivered, 0u);
  }
}

// DEL-049
TEST_P(Unsendable, NothingIsDeliveredToAnInboxThatIsGone) {
  MakeExplicit();
  auto gone = Pull();
  ASSERT_TRUE(gone->Request({.batch = 5, .expires = absl::Seconds(2)}).ok());
  ASSERT_TRUE(Eventually([&] { return Info().num_waiting == 1; }));
  gone->Unsubscribe();
  ASSERT_TRUE(connection().Flush(absl::Seconds(2)).ok());

  Publish("s.a");
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(2)}).ok());

  ASSERT_EQ(NextEvent(*pull), "1");
  EXPECT_EQ(Info().delivered.consumer_seq, 1u);
  EXPECT_EQ(Info().num_redelivered, 0u);
}

}  // namespace
}  // namespace windtunnel
