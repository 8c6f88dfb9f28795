// What the server tells about streams and API calls without being asked.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

class AdvisoriesBehaviour : public Behaviour {
 protected:
  nlohmann::json NextOf(Subscription& subscription) {
    const absl::StatusOr<Message> message = subscription.Next(absl::Seconds(5));
    if (!message.ok()) return {{"missing", ErrorOf(message).description}};
    return nlohmann::json::parse(message->data);
  }
};

BEHAVIOUR_SUITE_OF(AdvisoriesBehaviour, Advisories);

constexpr char kAction[] = "io.nats.jetstream.advisory.v1.stream_action";

// STR-126
TEST_P(Advisories, TellOfACreatedStream) {
  auto created = Listen("$JS.EVENT.ADVISORY.STREAM.CREATED.>");
  Create({.name = "S", .storage = Storage::kMemory});

  nlohmann::json advisory = NextOf(*created);

  EXPECT_EQ(advisory["type"], kAction);
  EXPECT_EQ(advisory["stream"], "S");
  EXPECT_EQ(advisory["action"], "create");
  EXPECT_NE(advisory.value("id", ""), "");
  EXPECT_NE(advisory.value("timestamp", ""), "");
  EXPECT_FALSE(advisory.contains("domain"));
}

// STR-126
TEST_P(Advisories, DoNotTellOfACreateThatChangedNothing) {
  Create({.name = "S", .storage = Storage::kMemory});
  auto created = Listen("$JS.EVENT.ADVISORY.STREAM.CREATED.>");

  Create({.name = "S", .storage = Storage::kMemory});
  EXPECT_FALSE(jetstream().CreateStream({.name = "S"}).ok());
  Create({.name = "T", .storage = Storage::kMemory});

  EXPECT_EQ(NextOf(*created)["stream"], "T");
}

// STR-127
TEST_P(Advisories, TellOfAnUpdate) {
  Create({.name = "S", .storage = Storage::kMemory});
  auto updated = Listen("$JS.EVENT.ADVISORY.STREAM.UPDATED.S");

  Update({.name = "S", .max_msgs = 3, .storage = Storage::kMemory});

  nlohmann::json advisory = NextOf(*updated);
  EXPECT_EQ(advisory["type"], kAction);
  EXPECT_EQ(advisory["stream"], "S");
  EXPECT_EQ(advisory["action"], "modify");
}

// STR-128
TEST_P(Advisories, TellOfADeletedStreamAfterItsConsumers) {
  Create({.name = "S", .storage = Storage::kMemory});
  ASSERT_TRUE(jetstream()
                  .CreateConsumer("S", {.durable_name = "C",
                                        .ack_policy = AckPolicy::kExplicit})
                  .ok());
  auto deleted = Listen("$JS.EVENT.ADVISORY.*.DELETED.>");

  ASSERT_TRUE(jetstream().DeleteStream("S").ok());

  nlohmann::json consumer = NextOf(*deleted);
  EXPECT_EQ(consumer["consumer"], "C");
  EXPECT_EQ(consumer["action"], "delete");
  // 2.10 loses it now and then.
  if (Since("2.11") || !Since("2.10")) {
    nlohmann::json stream = NextOf(*deleted);
    EXPECT_EQ(stream["type"], kAction);
    EXPECT_EQ(stream["stream"], "S");
    EXPECT_EQ(stream["action"], "delete");
  }
}

// STR-129
TEST_P(Advisories, AuditEachApiCall) {
  auto audits = Listen("$JS.EVENT.ADVISORY.API");
  Api("STREAM.CREATE.S", R"({"name": "S", "storage": "memory"})");
  Api("STREAM.INFO.none");

  nlohmann::json created = NextOf(*audits);
  EXPECT_EQ(created["type"], "io.nats.jetstream.advisory.v1.api_audit");
  EXPECT_EQ(created["subject"], "$JS.API.STREAM.CREATE.S");
  EXPECT_EQ(created["request"], R"({"name": "S", "storage": "memory"})");
  EXPECT_EQ(nlohmann::json::parse(
                created["response"].get<std::string>())["config"]["name"],
            "S");
  EXPECT_TRUE(created.contains("server"));
  EXPECT_TRUE(created["client"].contains("acc"));

  nlohmann::json failed = NextOf(*audits);
  EXPECT_EQ(failed["subject"], "$JS.API.STREAM.INFO.none");
  EXPECT_FALSE(failed.contains("request"));
  EXPECT_EQ(
      ErrorOf(nlohmann::json::parse(failed["response"].get<std::string>())),
      StreamNotFound());
}

// STR-131
TEST_P(Advisories, DoNotTellOfMessages) {
  Create({.name = "S", .storage = Storage::kMemory});
  auto advisories = Listen("$JS.EVENT.ADVISORY.STREAM.>");

  Publish("S");
  Publish("S");
  ASSERT_TRUE(jetstream().DeleteMessage("S", 1).ok());
  jetstream().PurgeStream("S").value();
  Update({.name = "S", .storage = Storage::kMemory});

  EXPECT_EQ(NextOf(*advisories)["action"], "modify");
}

}  // namespace
}  // namespace windtunnel
