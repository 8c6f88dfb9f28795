// replay_policy original, for pull consumers.

#include <string>
#include <vector>

#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

constexpr absl::Duration kGap = absl::Milliseconds(200);
constexpr absl::Duration kSlack = absl::Milliseconds(20);

class ReplayBehaviour : public ConsumerBehaviour {
 protected:
  // Three messages, with kGap between them and half of it, and `C`.
  void SetUp() override {
    ConsumerBehaviour::SetUp();
    if (HasFatalFailure()) return;
    Publish("s.a");
    Advance(kGap);
    Publish("s.a");
    Advance(kGap / 2);
    Publish("s.a");
    MakeExplicit({.replay_policy = ReplayPolicy::kOriginal});
  }
  void Request(PullSubscription& pull, int batch, absl::Duration expires) {
    ASSERT_TRUE(pull.Request({.batch = batch, .expires = expires}).ok());
  }
};

BEHAVIOUR_SUITE_OF(ReplayBehaviour, Replay);

// DEL-047
TEST_P(Replay, GapsAreThoseOfPublishing) {
  auto pull = Pull();
  Request(*pull, 4, absl::Seconds(5));
  const absl::Time start = runtime().Now();
  ASSERT_EQ(NextEvent(*pull), "1");
  EXPECT_LT(runtime().Now() - start, kGap / 2);

  ASSERT_EQ(NextEvent(*pull), "2");
  const absl::Time second = runtime().Now();
  EXPECT_GT(second - start, kGap - kSlack);
  ASSERT_EQ(NextEvent(*pull), "3");
  EXPECT_GT(runtime().Now() - second, kGap / 2 - kSlack);
  EXPECT_LT(runtime().Now() - start, 3 * kGap);

  // From now on it delivers at once.
  Advance(kGap);
  Publish("s.a");
  EXPECT_EQ(NextEvent(*pull, kGap / 2), "4");
}

// DEL-047: the time begins when the message could have been sent.
TEST_P(Replay, TheGapBeginsWithTheRequest) {
  auto pull = Pull();
  Request(*pull, 1, absl::Seconds(5));
  ASSERT_EQ(NextEvent(*pull), "1");
  Advance(kGap);

  Request(*pull, 1, absl::Seconds(5));
  EXPECT_EQ(NextEvent(*pull, kGap / 2), "nothing");
  EXPECT_EQ(Info().delivered.consumer_seq, 1u);
  EXPECT_EQ(Info().delivered.stream_seq, Since("2.11") ? 1u : 2u);
  EXPECT_EQ(Info().num_pending, 1u);
  EXPECT_EQ(Info().num_waiting, 0u);

  EXPECT_EQ(NextEvent(*pull), "2");
}

// DEL-047: a request that is served does not expire meanwhile.
TEST_P(Replay, WhoWaitsForTheGapDoesNotExpire) {
  auto pull = Pull();
  Request(*pull, 1, absl::Seconds(5));
  ASSERT_EQ(NextEvent(*pull), "1");

  Request(*pull, 1, kGap / 4);

  EXPECT_EQ(NextEvent(*pull), "2");
  EXPECT_EQ(NextEvent(*pull, absl::Milliseconds(50)), "nothing");
}

}  // namespace
}  // namespace windtunnel
