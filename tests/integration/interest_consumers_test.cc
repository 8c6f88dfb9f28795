// Interest retention as consumers see it: whose acknowledgement removes what.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class InterestBehaviour : public ConsumerBehaviour {
 protected:
  void SetUp() override {
    Behaviour::SetUp();
    if (HasFatalFailure()) return;
    Create({.name = "S",
            .subjects = {"s.>"},
            .retention = Retention::kInterest,
            .storage = Storage::kMemory});
  }
  void Add(const std::string& name, ConsumerConfig config = {}) {
    config.durable_name = name;
    Make(config);
  }
  // "2, first 4": messages and the first sequence.
  std::string Kept() {
    // A server removes what ack-none consumers got a moment later.
    Advance(absl::Milliseconds(20));
    const StreamState state = State("S");
    return absl::StrCat(state.messages, ", first ", state.first_seq);
  }
};

BEHAVIOUR_SUITE_OF(InterestBehaviour, InterestConsumers);

// ACK-053
TEST_P(InterestConsumers, MessageThatNoFilterWantsIsNotKept) {
  Add("A", {.ack_policy = AckPolicy::kExplicit, .filter_subject = "s.a"});

  EXPECT_EQ(Publish("s.b").sequence, 1u);
  EXPECT_EQ(Kept(), "0, first 2");

  EXPECT_EQ(Publish("s.a").sequence, 2u);
  EXPECT_EQ(Kept(), "1, first 2");
}

// ACK-055
TEST_P(InterestConsumers, DeletingAConsumerRemovesWhatItAloneWanted) {
  Add("A", {.ack_policy = AckPolicy::kExplicit});
  Add("B", {.ack_policy = AckPolicy::kExplicit, .filter_subject = "s.b"});
  Fill({"s.a", "s.b", "s.a", "s.b"});
  const std::vector<Delivery> fetched = FetchNow(1, "A");
  ASSERT_EQ(Settle(fetched.at(0), "+ACK"), "confirmed");
  ASSERT_EQ(Kept(), "3, first 2");

  ASSERT_TRUE(jetstream().DeleteConsumer("S", "A").ok());
  EXPECT_EQ(Kept(), "2, first 2");
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "B").ok());

  EXPECT_EQ(Kept(), "0, first 5");
}

// STO-107: whatever it was that the deleted one read.
TEST_P(InterestConsumers, DeletionRemovesWhatOthersDoNotWantEither) {
  Add("A", {.ack_policy = AckPolicy::kExplicit, .filter_subject = "s.a"});
  Add("B", {.deliver_policy = DeliverPolicy::kByStartSequence,
            .opt_start_seq = 3,
            .ack_policy = AckPolicy::kExplicit,
            .filter_subject = "s.b"});
  Fill({"s.a", "s.b", "s.b"});
  // Older servers start at the next message.
  ASSERT_EQ(Kept(), "3, first 1");

  ASSERT_TRUE(jetstream().DeleteConsumer("S", "A").ok());

  EXPECT_EQ(Kept(), Since("2.11") ? "1, first 3" : "2, first 2");
}

// ACK-056
TEST_P(InterestConsumers, LaterConsumerGetsWhatIsStillKeptAndMustAckIt) {
  Add("A", {.ack_policy = AckPolicy::kExplicit});
  Fill({"s.a", "s.a", "s.a"});
  const std::vector<Delivery> first = FetchNow(2, "A");
  ASSERT_EQ(Settle(first.at(0), "+ACK"), "confirmed");

  Add("B", {.ack_policy = AckPolicy::kExplicit});
  ASSERT_EQ(Settle(first.at(1), "+ACK"), "confirmed");
  EXPECT_EQ(Kept(), "2, first 2");
  const std::vector<Delivery> later = FetchNow(9, "B");
  ASSERT_THAT(Sequences(later), ElementsAre(2, 3));
  ASSERT_EQ(Settle(later.at(0), "+ACK"), "confirmed");

  EXPECT_EQ(Kept(), "1, first 3");
}

// ACK-057
TEST_P(InterestConsumers, DeliveryIsEnoughWithoutAcks) {
  Add("C");
  Add("B", {.ack_policy = AckPolicy::kExplicit, .filter_subject = "s.b"});
  Fill({"s.a", "s.a", "s.b", "s.b"});

  ASSERT_THAT(SequencesNow(3), ElementsAre(1, 2, 3));
  EXPECT_EQ(Kept(), "2, first 3");
  ASSERT_TRUE(jetstream().DeleteConsumer("S", "B").ok());

  EXPECT_EQ(Kept(), "1, first 4");
}

// ACK-058
TEST_P(InterestConsumers, AckAllRemovesAllThatWasDeliveredBelow) {
  Add("C", {.ack_policy = AckPolicy::kAll});
  Add("B", {.ack_policy = AckPolicy::kExplicit, .filter_subject = "s.b"});
  Fill({"s.a", "s.b", "s.a", "s.a", "s.a"});
  const std::vector<Delivery> fetched = FetchNow(4);
  ASSERT_EQ(fetched.size(), 4u);

  ASSERT_EQ(Settle(fetched[2], "+ACK"), "confirmed");

  EXPECT_EQ(Kept(), "3, first 2");
}

// ACK-058: 2.9 and 2.10 take a consumer that acknowledges all, or nothing, to want
// what was stored before it; and when 2.10 hears from it, it does not look there.
TEST_P(InterestConsumers, NewAckAllConsumerMayHoldOlderMessages) {
  Add("A", {.ack_policy = AckPolicy::kExplicit});
  Fill({"s.a", "s.a", "s.a"});
  Add("C", {.deliver_policy = DeliverPolicy::kNew, .ack_policy = AckPolicy::kAll});
  const std::vector<Delivery> older = FetchNow(2, "A");

  ASSERT_EQ(Settle(older.at(0), "+ACK"), "confirmed");
  ASSERT_EQ(Settle(older.at(1), "+ACK"), "confirmed");
  EXPECT_EQ(Kept(), Since("2.11") ? "1, first 3" : "3, first 1");

  Publish("s.a");
  const std::vector<Delivery> fetched = FetchNow(1);
  ASSERT_THAT(Sequences(fetched), ElementsAre(4));
  ASSERT_EQ(Settle(fetched[0], "+ACK"), "confirmed");
  EXPECT_EQ(Kept(), Since("2.11")   ? "2, first 3"
                    : Since("2.10") ? "4, first 1"
                                    : "2, first 3");
}

// ACK-043
TEST_P(InterestConsumers, ExhaustedMessageIsKept) {
  Add("C", {.ack_policy = AckPolicy::kExplicit, .max_deliver = 1});
  Add("B", {.ack_policy = AckPolicy::kExplicit});
  Fill({"s.a", "s.a"});
  ASSERT_EQ(Settle(FetchNow(1).at(0), "-NAK"), "confirmed");
  ASSERT_THAT(SequencesNow(1), ElementsAre(2));
  const std::vector<Delivery> fetched = FetchNow(2, "B");

  ASSERT_EQ(Settle(fetched.at(0), "+ACK"), "confirmed");

  EXPECT_EQ(Kept(), Since("2.10") ? "2, first 1" : "1, first 2");
}

// ACK-054
TEST_P(InterestConsumers, LastToSettleRemovesWhereverItLies) {
  Add("C", {.ack_policy = AckPolicy::kExplicit});
  Add("B", {.ack_policy = AckPolicy::kExplicit});
  Fill({"s.a", "s.a", "s.a"});
  const std::vector<Delivery> first = FetchNow(3);
  const std::vector<Delivery> second = FetchNow(3, "B");

  ASSERT_EQ(Settle(first.at(1), "+ACK"), "confirmed");
  EXPECT_EQ(Kept(), "3, first 1");
  ASSERT_EQ(Settle(second.at(1), "+TERM"), "confirmed");

  EXPECT_EQ(Kept(), "2, first 1");
}

}  // namespace
}  // namespace windtunnel
