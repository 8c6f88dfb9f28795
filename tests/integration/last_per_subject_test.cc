// deliver_policy last_per_subject: what becomes of its snapshot.

#include <string>
#include <vector>

#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class LastPerSubjectBehaviour : public ConsumerBehaviour {
 protected:
  ConsumerInfo MakeLast(ConsumerConfig config = {}) {
    config.deliver_policy = DeliverPolicy::kLastPerSubject;
    if (config.filter_subject.empty()) config.filter_subject = "s.>";
    return MakeExplicit(config);
  }
  void Delete(std::uint64_t sequence) {
    ASSERT_TRUE(jetstream().DeleteMessage("S", sequence).ok());
  }
  // What `pull` gets before nothing more comes.
  std::vector<std::string> Events(PullSubscription& pull) {
    std::vector<std::string> events;
    for (;;) {
      events.push_back(NextEvent(pull, absl::Milliseconds(100)));
      if (events.back() == "nothing") break;
    }
    events.pop_back();
    return events;
  }
};

BEHAVIOUR_SUITE_OF(LastPerSubjectBehaviour, LastPerSubject);

// DEL-012
TEST_P(LastPerSubject, IsAllWhereEachSubjectHasOneMessage) {
  Update({.name = "S",
          .subjects = {"s.>"},
          .max_msgs_per_subject = 1,
          .storage = Storage::kMemory});
  Fill({"s.a", "s.b", "s.a", "s.c"});

  const ConsumerInfo info = MakeLast();
  Publish("s.b");  // Takes the place of one that was to be delivered.

  EXPECT_EQ(info.num_pending, 3u);
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 9, .expires = absl::Seconds(2)}).ok());
  if (Since("2.10")) {
    EXPECT_THAT(Events(*pull), ElementsAre("3", "4", "5"));
    EXPECT_EQ(Numbers(), "delivered 3/5 floor 0/" +
                             std::string(Since("2.14") ? "1" : "0") +
                             " pending 3 again 0 left 0");
  } else {
    // It has a snapshot of 2, 3 and 4 there, too.
    EXPECT_THAT(Events(*pull), ElementsAre("3", "3", "4", "5"));
  }
}

// DEL-014, DEL-026
TEST_P(LastPerSubject, StopsAtADeletedEntryUntilSomethingWakesIt) {
  FillTen();
  MakeLast();
  Delete(9);
  auto pull = Pull();
  auto other = Pull();

  ASSERT_TRUE(pull->Request({.batch = 5, .expires = absl::Seconds(3)}).ok());
  if (!Since("2.10")) {
    // Goes on with what follows the entry, and then to the next entry.
    EXPECT_THAT(Events(*pull), ElementsAre("8", "10", "10"));
    return;
  }
  EXPECT_THAT(Events(*pull), ElementsAre("8"));
  EXPECT_EQ(Info().num_pending, 1u);
  ASSERT_TRUE(other->Request({.batch = 5, .expires = absl::Seconds(3)}).ok());
  EXPECT_THAT(Events(*pull), ElementsAre("10"));
}

// DEL-014
TEST_P(LastPerSubject, OnlyANewBoundWakesItByAnUpdate) {
  FillTen();
  ConsumerConfig config = MakeLast().config;
  Delete(9);
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 5, .expires = absl::Seconds(3)}).ok());
  ASSERT_EQ(NextEvent(*pull), "8");
  if (!Since("2.10")) {
    EXPECT_THAT(Events(*pull), ElementsAre("10", "10"));
    return;
  }

  config.description = "new";
  ASSERT_TRUE(jetstream().UpdateConsumer("S", config).ok());
  EXPECT_THAT(Events(*pull), ElementsAre());
  config.max_ack_pending = 100;
  ASSERT_TRUE(jetstream().UpdateConsumer("S", config).ok());

  EXPECT_THAT(Events(*pull), ElementsAre("10"));
}

// ACK-013, DEL-040
TEST_P(LastPerSubject, PositionOf210LagsBehindItsSnapshot) {
  Fill({"s.a", "s.b", "s.b", "s.b", "s.c", "s.c", "s.d"});
  MakeLast();
  const std::vector<Delivery> fetched = FetchNow(2);
  ASSERT_THAT(Sequences(fetched), ElementsAre(1, 4));
  const bool lags = Since("2.10") && !Since("2.11");

  EXPECT_EQ(Info().delivered.stream_seq, lags ? 2u : 4u);
  EXPECT_EQ(Settle(fetched[1], "+ACK"), lags ? "timeout" : "confirmed");

  EXPECT_EQ(Info().num_ack_pending, lags ? 2u : 1u);
  EXPECT_THAT(SequencesNow(9), ElementsAre(6, 7));
  EXPECT_EQ(Settle(fetched[1], "+ACK"), "confirmed");
}

// DEL-026
TEST_P(LastPerSubject, RemovalsCountWhetherOrNotTheyAreInTheSnapshot) {
  Fill({"s.a", "s.b", "s.b", "s.c"});
  MakeLast();

  Delete(2);

  EXPECT_EQ(Info().num_pending, Since("2.10") ? 2u : 3u);
  const std::vector<Delivery> fetched = FetchNow(1);
  EXPECT_EQ(fetched.at(0).num_pending(), Since("2.10") ? 1u : 2u);
}

// DEL-014, DEL-022: entries that were purged are stopped at, too.
TEST_P(LastPerSubject, PurgedEntriesAreStoppedAt) {
  Fill({"s.a", "s.a", "s.b", "s.c", "s.d", "s.e"});
  MakeLast();
  ASSERT_THAT(SequencesNow(1), ElementsAre(2));
  ASSERT_TRUE(jetstream().PurgeStream("S", {.seq = 5}).ok());
  auto pull = Pull();

  ASSERT_TRUE(pull->Request({.batch = 9, .expires = absl::Seconds(3)}).ok());
  if (!Since("2.10")) {
    EXPECT_THAT(Events(*pull), ElementsAre("5", "5", "5", "6"));
    return;
  }
  EXPECT_THAT(Events(*pull), ElementsAre());
  auto other = Pull();
  ASSERT_TRUE(other->Request({.batch = 1, .expires = absl::Seconds(3)}).ok());
  EXPECT_THAT(Events(*pull), ElementsAre());
  ASSERT_TRUE(other->Request({.batch = 1, .expires = absl::Seconds(3)}).ok());
  EXPECT_THAT(Events(*pull), ElementsAre("5"));
}

// DEL-043: 2.9 takes an entry off before it finds that it may not deliver it.
TEST_P(LastPerSubject, EntriesThatWaitForRoomAreLostBefore210) {
  Fill({"s.a", "s.b", "s.c", "s.d", "s.e"});
  MakeLast({.max_ack_pending = 1});
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 9, .expires = absl::Seconds(3)}).ok());
  ASSERT_EQ(NextEvent(*pull), "1");

  ASSERT_EQ(SettleSubject("$JS.ACK.S.C.1.1.1.1.0", "+ACK"), "confirmed");

  EXPECT_EQ(NextEvent(*pull), Since("2.10") ? "2" : "3");
}

}  // namespace
}  // namespace windtunnel
