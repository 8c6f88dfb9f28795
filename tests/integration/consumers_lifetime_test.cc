// How long consumers live that nobody uses.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

class LifetimeBehaviour : public ConsumerBehaviour {
 protected:
  bool IsThere(absl::string_view consumer) {
    return ErrorOf(Api(absl::StrCat("CONSUMER.INFO.S.", consumer))) == Ok();
  }
};

BEHAVIOUR_SUITE_OF(LifetimeBehaviour, ConsumerLifetime);

// CON-117
TEST_P(ConsumerLifetime, EphemeralThatBecomesDurableKeepsItsClock) {
  ASSERT_EQ(CreateError(R"({"inactive_threshold":60000000000})"), Ok());

  const nlohmann::json config = CreateRaw(R"({"durable_name":"C"})")["config"];

  EXPECT_EQ(config["durable_name"], "C");
  EXPECT_EQ(config["inactive_threshold"], 5'000'000'000);
}

// CON-118
TEST_P(ConsumerLifetime, DurableThatBecomesEphemeralHasNoClock) {
  ASSERT_EQ(CreateError(R"({"durable_name":"C"})"), Ok());

  const nlohmann::json config = CreateRaw("{}")["config"];

  EXPECT_FALSE(config.contains("durable_name"));
  EXPECT_FALSE(config.contains("inactive_threshold"));
  EXPECT_FALSE(
      Api("CONSUMER.INFO.S.C")["config"].contains("inactive_threshold"));
}

// CON-141, CON-143, CON-144
TEST_P(ConsumerLifetime, RequestsAndPendingMessagesDelayTheEnd) {
  Publish("s.a");
  const absl::Duration threshold = absl::Milliseconds(100);
  Make({.durable_name = "REQUEST", .inactive_threshold = threshold});
  Make({.durable_name = "PENDING",
        .ack_policy = AckPolicy::kExplicit,
        .ack_wait = absl::Seconds(20),
        .inactive_threshold = threshold});
  Make({.durable_name = "IDLE",
        .ack_policy = AckPolicy::kExplicit,
        .inactive_threshold = threshold});
  ASSERT_EQ(FetchNow(1, "PENDING").size(), 1);
  auto pull = Pull("REQUEST");
  ASSERT_TRUE(
      pull->Request({.batch = 5, .expires = absl::Milliseconds(1'500)}).ok());
  EXPECT_EQ(NextEvent(*pull), "1");

  Advance(absl::Milliseconds(1'300));

  EXPECT_FALSE(IsThere("IDLE"));
  EXPECT_TRUE(IsThere("REQUEST"));
  EXPECT_EQ(IsThere("PENDING"), Since("2.11"));
  EXPECT_EQ(NextEvent(*pull), "408 Request Timeout");
  EXPECT_TRUE(Eventually([&] { return !IsThere("REQUEST"); },
                         absl::Milliseconds(1'400)));
}

// CON-146
TEST_P(ConsumerLifetime, EphemeralsOfFileStreamsOutliveARestart) {
  const std::string stream = FreshName();
  Create({.name = stream, .subjects = {"f"}});
  ASSERT_TRUE(
      jetstream()
          .CreateConsumer(stream,
                          {.name = "C", .inactive_threshold = absl::Minutes(1)})
          .ok());

  ASSERT_TRUE(world().RestartServer().ok());

  const auto info = jetstream().GetConsumerInfo(stream, "C");
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->config.inactive_threshold, absl::Minutes(1));
  EXPECT_EQ(info->config.durable_name, "");
}

}  // namespace
}  // namespace windtunnel
