// Configurations of push consumers, and what changes between push and pull.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

class PushConfigBehaviour : public ConsumerBehaviour {};

BEHAVIOUR_SUITE_OF(PushConfigBehaviour, PushConfiguration);

JetStreamError NotUpdatable(absl::string_view text) {
  return {500, 10012, std::string(text)};
}

// CON-078
TEST_P(PushConfiguration, StreamsLimitForPendingNeedsAcksSince210) {
  Update({.name = "S",
          .subjects = {"s.>"},
          .storage = Storage::kMemory,
          .consumer_limits = {.max_ack_pending = 10}});

  EXPECT_EQ(CreateError(R"({"deliver_subject":"d"})"),
            Since("2.10") ? JetStreamError({400, 10082,
                                            "consumer requires ack policy for "
                                            "max ack pending"})
                          : Ok());
}

// CON-105
TEST_P(PushConfiguration, DirectMayNotChangeSince215) {
  ASSERT_EQ(CreateError(R"({"deliver_subject":"d"})"), Ok());

  EXPECT_EQ(CreateError(R"({"deliver_subject":"d","direct":true})"),
            Since("2.15") ? NotUpdatable("direct can not be updated") : Ok());
}

// CON-107
TEST_P(PushConfiguration, PushDoesNotBecomePull) {
  ASSERT_EQ(CreateError(R"({"durable_name":"C","deliver_subject":"d"})"), Ok());

  EXPECT_EQ(
      CreateError(R"({"durable_name":"C"})"),
      NotUpdatable(Since("2.10") ? "can not update push consumer to pull based"
                                 : "max waiting can not be updated"));
}

// CON-108
TEST_P(PushConfiguration, DeliverSubjectChangesWhileNobodyListens) {
  const auto deliver_to = [&](absl::string_view subject) {
    return CreateError(absl::StrCat(
        R"({"durable_name":"C","deliver_subject":")", subject, R"("})"));
  };
  ASSERT_EQ(deliver_to("d.1"), Ok());
  EXPECT_EQ(deliver_to("d.2"), Ok());
  const std::unique_ptr<Subscription> listener = Listen("d.*");

  EXPECT_EQ(deliver_to("d.3"),
            JetStreamError({400, 10013, "consumer name already in use"}));
  EXPECT_EQ(deliver_to("d.2"), Ok());
  listener->Unsubscribe();
  ASSERT_TRUE(connection().Flush(absl::Seconds(5)).ok());
  EXPECT_EQ(deliver_to("d.3"), Ok());
}

// CON-067, CON-092
TEST_P(PushConfiguration, DirectConsumersAreExemptFromWorkQueues) {
  Create({.name = "W",
          .subjects = {"w.>"},
          .retention = Retention::kWorkQueue,
          .storage = Storage::kMemory});
  const auto put = [&](absl::string_view name, absl::string_view config) {
    return ErrorOf(
        Api(absl::StrCat("CONSUMER.CREATE.W.", name),
            absl::StrCat(R"({"stream_name":"W","config":)", config, "}")));
  };
  ASSERT_EQ(put("A", R"({"ack_policy":"explicit"})"), Ok());

  EXPECT_EQ(put("B", R"({"deliver_subject":"d","direct":true,
                         "deliver_policy":"new"})"),
            Ok());

  const nlohmann::json names = Api("CONSUMER.NAMES.W");
  EXPECT_EQ(names["consumers"], nlohmann::json({"A"}));
  EXPECT_EQ(names["total"], 1);
  EXPECT_EQ(State("W").consumer_count, 1);
  EXPECT_EQ(ErrorOf(Api("CONSUMER.INFO.W.B")), Ok());
}

// CON-138, CON-139, CON-140
TEST_P(PushConfiguration, ClockRunsWhileNobodyListens) {
  const auto make = [&](const std::string& name, const std::string& subject) {
    Make({.durable_name = name,
          .deliver_subject = subject,
          .inactive_threshold = absl::Milliseconds(300)});
  };
  const auto is_there = [&](absl::string_view name) {
    return ErrorOf(Api(absl::StrCat("CONSUMER.INFO.S.", name))) == Ok();
  };
  const std::unique_ptr<Subscription> kept = Listen("d.kept");
  const std::unique_ptr<Subscription> left = Listen("d.left");
  make("KEPT", "d.kept");
  make("LEFT", "d.left");
  make("ALONE", "d.alone");
  make("FOUND", "d.found");
  EXPECT_TRUE(is_there("ALONE"));
  const std::unique_ptr<Subscription> found = Listen("d.found");

  Advance(absl::Milliseconds(600));

  EXPECT_TRUE(is_there("KEPT"));
  EXPECT_TRUE(is_there("LEFT"));
  EXPECT_TRUE(is_there("FOUND"));
  EXPECT_FALSE(is_there("ALONE"));
  left->Unsubscribe();
  ASSERT_TRUE(connection().Flush(absl::Seconds(5)).ok());
  EXPECT_TRUE(is_there("LEFT"));
  EXPECT_TRUE(Eventually([&] { return !is_there("LEFT"); }));
  EXPECT_TRUE(is_there("KEPT"));
}

}  // namespace
}  // namespace windtunnel
