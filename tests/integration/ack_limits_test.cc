// Bounds on unsettled messages and on deliveries: defaults and updates.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr absl::Duration kShort = absl::Milliseconds(200);

class AckLimitsBehaviour : public ConsumerBehaviour {
 protected:
  // Delivers message 1 `times` times, each but the last followed by a NAK.
  void Deliver(int times) {
    for (int i = 1; i <= times; ++i) {
      const std::vector<Delivery> fetched = FetchNow(1);
      ASSERT_THAT(Sequences(fetched), ElementsAre(1));
      if (i < times) {
        ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
      }
    }
  }
  void SetMaxDeliver(std::int64_t max_deliver) {
    ConsumerConfig config = Info().config;
    config.max_deliver = max_deliver;
    ASSERT_TRUE(jetstream().UpdateConsumer("S", config).ok());
  }
  std::unique_ptr<Subscription> ListenToMaxDeliveries() {
    return Listen("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C");
  }
  // The deliveries that the next advisory tells; 0 if there is none.
  int Advised(Subscription& advisories) {
    auto advisory = advisories.Next(absl::Milliseconds(100));
    if (!advisory.ok()) return 0;
    return nlohmann::json::parse(advisory->data)["deliveries"].get<int>();
  }
};

BEHAVIOUR_SUITE_OF(AckLimitsBehaviour, AckLimits);

// ACK-030
TEST_P(AckLimits, AThousandMayBePendingByDefault) {
  for (int i = 0; i < 1002; ++i) Publish("s.a");
  MakeExplicit();
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 1002, .expires = absl::Seconds(5)}).ok());
  for (int i = 1; i <= 1000; ++i) {
    ASSERT_EQ(NextEvent(*pull), absl::StrCat(i));
  }
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(100)), "nothing");

  EXPECT_EQ(SettleSubject("$JS.ACK.S.C.1.500.500.1.0", "+ACK"), "confirmed");

  EXPECT_EQ(NextEvent(*pull), "1001");
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(50)), "nothing");
}

// ACK-035
TEST_P(AckLimits, ShorterStepOfALaterMessageShortensTheTimer) {
  Publish("s.a");
  MakeExplicit({.max_deliver = 9,
                .backoff = {absl::Milliseconds(100), absl::Milliseconds(500)}});
  auto pull = Pull();
  ASSERT_TRUE(pull->Request({.batch = 9, .expires = absl::Seconds(5)}).ok());
  ASSERT_EQ(NextEvent(*pull), "1");
  ASSERT_EQ(NextEvent(*pull), "1");  // The timer is set for the second step.
  Publish("s.a");
  ASSERT_EQ(NextEvent(*pull), "2");
  const absl::Time start = runtime().Now();

  if (!Since("2.10")) {
    ASSERT_EQ(NextEvent(*pull), "1");
  }
  ASSERT_EQ(NextEvent(*pull), "2");

  const absl::Duration waited = runtime().Now() - start;
  if (Since("2.10")) {
    EXPECT_LT(waited, absl::Milliseconds(300));
  } else {
    EXPECT_GT(waited, absl::Milliseconds(300));
  }
}

// ACK-046
TEST_P(AckLimits, NothingIsRedeliveredWhereOneDeliveryIsAllowed) {
  FillTen();
  MakeExplicit({.max_deliver = 1});
  const std::vector<Delivery> fetched = FetchNow(1);
  ASSERT_EQ(Settle(fetched[0], "-NAK"), "confirmed");
  ASSERT_THAT(SequencesNow(1), ElementsAre(2));

  EXPECT_EQ(Info().num_redelivered, Since("2.11") ? 0u : 1u);
  SetMaxDeliver(2);
  EXPECT_EQ(Info().num_redelivered, 1u);
}

// ACK-044: 2.15 forgets about exhausted messages when they are removed.
TEST_P(AckLimits, ExhaustedMessageMayBeCountedAfterItsRemoval) {
  FillTen();
  MakeExplicit({.max_deliver = 2});
  Deliver(2);
  ASSERT_EQ(SettleSubject("$JS.ACK.S.C.2.1.2.1.0", "-NAK"), "confirmed");
  ASSERT_THAT(SequencesNow(1), ElementsAre(2));
  ASSERT_EQ(Info().num_redelivered, 1u);

  ASSERT_TRUE(jetstream().DeleteMessage("S", 1).ok());

  EXPECT_EQ(Info().num_redelivered, Since("2.11") ? 0u : 1u);
}

// ACK-047
TEST_P(AckLimits, RaisingMaxDeliverRevivesNothing) {
  FillTen();
  MakeExplicit({.ack_wait = kShort, .max_deliver = 1});
  Deliver(1);
  Advance(kShort + absl::Milliseconds(100));
  ASSERT_EQ(Info().num_ack_pending, Since("2.10") ? 0u : 1u);

  SetMaxDeliver(5);

  // 2.9 had not given it up before somebody asked for it.
  EXPECT_THAT(SequencesNow(1), ElementsAre(Since("2.10") ? 2 : 1));
}

// ACK-048
TEST_P(AckLimits, LoweringMaxDeliverExhaustsAtTheNextExpiry) {
  FillTen();
  auto advisories = ListenToMaxDeliveries();
  MakeExplicit({.ack_wait = kShort, .max_deliver = 5});
  Deliver(3);

  SetMaxDeliver(1);
  EXPECT_EQ(Info().num_ack_pending, 1u);
  EXPECT_EQ(Advised(*advisories), 0);
  Advance(kShort + absl::Milliseconds(100));

  EXPECT_EQ(Info().num_ack_pending, Since("2.10") ? 0u : 1u);
  EXPECT_THAT(SequencesNow(1), ElementsAre(2));
  EXPECT_EQ(Info().num_ack_pending, 1u);
  // 2.10 says nothing, or under load that its new bound was reached.
  const int advised = Advised(*advisories);
  if (Since("2.11")) {
    EXPECT_EQ(advised, 3);
  } else {
    EXPECT_THAT(advised, AnyOf(0, Since("2.10") ? 1 : 0));
  }
  EXPECT_EQ(Advised(*advisories), 0);
}

// ACK-048
TEST_P(AckLimits, LoweredMaxDeliverIsAdvisedBy210AtEquality) {
  FillTen();
  auto advisories = ListenToMaxDeliveries();
  MakeExplicit({.ack_wait = kShort, .max_deliver = 5});
  Deliver(3);

  SetMaxDeliver(2);
  Advance(kShort + absl::Milliseconds(100));
  EXPECT_THAT(SequencesNow(1), ElementsAre(2));

  EXPECT_EQ(Advised(*advisories), Since("2.11") ? 3 : Since("2.10") ? 2 : 0);
}

// ACK-048: by an attempt to deliver.
TEST_P(AckLimits, LoweringMaxDeliverExhaustsAtTheNextAttempt) {
  FillTen();
  auto advisories = ListenToMaxDeliveries();
  MakeExplicit({.max_deliver = 5});
  Deliver(3);
  ASSERT_EQ(SettleSubject("$JS.ACK.S.C.3.1.3.1.0", "-NAK"), "confirmed");

  SetMaxDeliver(1);

  EXPECT_THAT(SequencesNow(1), ElementsAre(2));
  EXPECT_EQ(Advised(*advisories), Since("2.11") ? 3 : 0);
}

// ACK-049
TEST_P(AckLimits, LoweringMaxDeliverToTheDeliveriesMade) {
  FillTen();
  auto advisories = ListenToMaxDeliveries();
  MakeExplicit({.ack_wait = kShort, .max_deliver = 5});
  Deliver(2);

  SetMaxDeliver(2);
  Advance(kShort + absl::Milliseconds(100));
  EXPECT_EQ(Info().num_ack_pending, 1u);
  EXPECT_EQ(Advised(*advisories), 0);
  EXPECT_THAT(SequencesNow(1), ElementsAre(2));

  EXPECT_EQ(Advised(*advisories), 2);
}

// ACK-004, ACK-025: a message whose wait is over and that nobody has asked for.
TEST_P(AckLimits, DelayedNakOfAnExpiredMessageStartsANewWait) {
  Publish("s.a");
  MakeExplicit({.ack_wait = kShort});
  const std::vector<Delivery> fetched = FetchNow(1);
  Advance(kShort + absl::Milliseconds(50));

  ASSERT_EQ(Settle(fetched[0], R"(-NAK {"delay":150000000})"), "confirmed");
  EXPECT_THAT(SequencesNow(1), IsEmpty());
  const std::vector<Delivery> again = FetchSoon(1);

  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].delivered(), 2u);
}

}  // namespace
}  // namespace windtunnel
