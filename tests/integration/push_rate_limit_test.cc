// Push consumers that send no faster than they may.

#include <string>
#include <vector>

#include "tests/integration/push_behaviour.h"

namespace windtunnel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::Lt;

class RateLimited : public PushBehaviour {
 protected:
  void SetUp() override {
    PushBehaviour::SetUp();
    if (HasFatalFailure()) return;
    Create({.name = "R", .subjects = {"r"}, .max_msg_size = 1024,
          .storage = Storage::kMemory});
  }
  ConsumerInfo MakeLimited(std::uint64_t bits_per_second,
                           ConsumerConfig config = {}) {
    config.durable_name = "C";
    config.ack_policy = AckPolicy::kExplicit;
    config.rate_limit_bps = bits_per_second;
    config.deliver_subject = "d";
    return jetstream().CreateConsumer("R", config).value();
  }
  ConsumerInfo InfoOf() {
    return jetstream().GetConsumerInfo("R", "C").value();
  }
};

BEHAVIOUR_SUITE_OF(RateLimited, PushRateLimit);

// PSH-025: 844 bytes of a bucket of 1024 each, 4000 a second come in.
TEST_P(PushRateLimit, SpacesMessagesOut) {
  for (int i = 0; i < 4; ++i) Publish("r", std::string(800, 'x'));
  auto listener = Listen("d");
  MakeLimited(32'007);
  const absl::Time start = runtime().Now();
  std::vector<absl::Duration> times;
  for (int i = 0; i < 4; ++i) {
    const Message message = NextMessage(*listener);
    EXPECT_EQ(Token(message, 5), i + 1u);
    times.push_back(runtime().Now() - start);
  }
  const absl::Duration slack = absl::Milliseconds(60);
  EXPECT_LT(times[0], slack);
  // Some bytes are left of what the first did not take.
  EXPECT_THAT(times[1],
              AllOf(Ge(absl::Milliseconds(160)), Lt(absl::Milliseconds(220))));
  EXPECT_THAT(times[3],
              AllOf(Ge(absl::Milliseconds(580)), Lt(absl::Milliseconds(650))));
}

// PSH-025: what waits is taken already, and not delivered yet.
TEST_P(PushRateLimit, MessageThatWaitsIsPendingNowhere) {
  for (int i = 0; i < 3; ++i) Publish("r", std::string(900, 'x'));
  auto listener = Listen("d");
  MakeLimited(8'000);
  ASSERT_EQ(NextWords(*listener), "1");
  ASSERT_TRUE(Eventually([&] { return InfoOf().num_pending == 1; }));
  const ConsumerInfo info = InfoOf();
  EXPECT_EQ(info.num_ack_pending, 1u);
  EXPECT_EQ(Text(info.delivered), Since("2.11") ? "1/1" : "1/2");
  EXPECT_TRUE(info.push_bound);
}

// PSH-026
TEST_P(PushRateLimit, MessageBeyondTheBucketBlocksForGood) {
  Publish("r", std::string(1000, 'x'));
  Publish("r", "x");
  auto listener = Listen("d");
  MakeLimited(8'000'000, {.idle_heartbeat = absl::Milliseconds(100)});
  EXPECT_EQ(NextWords(*listener, absl::Milliseconds(300)), "nothing");
  const ConsumerInfo info = InfoOf();
  EXPECT_EQ(info.num_pending, 1u);
  EXPECT_EQ(info.num_ack_pending, 0u);
  EXPECT_EQ(info.delivered.consumer_seq, 0u);
  EXPECT_EQ(ErrorOf(Api("CONSUMER.DELETE.R.C")), Ok());
}

// PSH-025: less than a byte a second fills nothing.
TEST_P(PushRateLimit, BelowAByteTheBucketStaysEmpty) {
  Publish("r", std::string(900, 'x'));
  Publish("r", std::string(100, 'x'));
  auto listener = Listen("d");
  MakeLimited(7);
  EXPECT_EQ(NextWords(*listener), "1");
  EXPECT_EQ(NextWords(*listener, absl::Milliseconds(200)), "nothing");
}

// PSH-025: without a limit of the stream the bucket is as large as a message may
// be.
TEST_P(PushRateLimit, BucketHoldsTheLargestPayload) {
  for (int i = 0; i < 20; ++i) Publish("s.a", std::string(60'000, 'x'));
  auto listener = Listen("d");
  MakePush({.rate_limit_bps = 8});
  ASSERT_TRUE(Eventually([&] { return listener->pending() == 17; }));
  Advance(kQuiet);
  EXPECT_EQ(listener->pending(), 17u);
}

// PSH-027
TEST_P(PushRateLimit, HoldsForRedeliveries) {
  Publish("r", std::string(900, 'x'));
  auto listener = Listen("d");
  MakeLimited(32'000);
  const Message message = NextMessage(*listener);
  const absl::Time sent = runtime().Now();
  Ack(message, "-NAK");
  EXPECT_EQ(NextWords(*listener), "1 #2");
  EXPECT_GE(runtime().Now() - sent, absl::Milliseconds(80));
}

// PSH-025, CON-111: a new rate begins with a full bucket.
TEST_P(PushRateLimit, UpdateBeginsAnew) {
  for (int i = 0; i < 3; ++i) Publish("r", std::string(900, 'x'));
  auto listener = Listen("d");
  MakeLimited(24'000);
  ASSERT_EQ(NextWords(*listener), "1");
  ConsumerConfig config = InfoOf().config;
  config.rate_limit_bps = 0;
  ASSERT_TRUE(jetstream().UpdateConsumer("R", config).ok());
  // The second waits already.
  ASSERT_EQ(NextWords(*listener), "2");
  const absl::Time second = runtime().Now();
  ASSERT_EQ(NextWords(*listener), "3");
  EXPECT_LT(runtime().Now() - second, absl::Milliseconds(100));
}

// PSH-001, DEL-049: interest that goes while a message waits is noticed after
// that.
TEST_P(PushRateLimit, MessageThatWaitsGoesToWhoListensThen) {
  for (int i = 0; i < 3; ++i) Publish("r", std::string(900, 'x'));
  auto listener = Listen("d");
  MakeLimited(32'000, {.ack_wait = absl::Seconds(30)});
  ASSERT_EQ(NextWords(*listener), "1");
  listener->Unsubscribe();
  ASSERT_EQ(connection().Flush(absl::Seconds(5)), absl::OkStatus());
  EXPECT_TRUE(InfoOf().push_bound);
  ASSERT_TRUE(Eventually([&] { return !InfoOf().push_bound; }));
  EXPECT_EQ(InfoOf().num_ack_pending, 2u);
  EXPECT_EQ(InfoOf().delivered.consumer_seq, 2u);

  listener = Listen("d");

  EXPECT_EQ(NextWords(*listener), "3");
  EXPECT_TRUE(Eventually([&] { return InfoOf().push_bound; }));
}

}  // namespace
}  // namespace windtunnel
