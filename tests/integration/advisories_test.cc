// What the server tells about streams and API calls without being asked.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
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

// STR-129
TEST_P(Advisories, SayWhoAsked) {
  auto audits = Listen("$JS.EVENT.ADVISORY.API");
  Api("STREAM.INFO.none");

  const nlohmann::json client = NextOf(*audits)["client"];

  EXPECT_EQ(client["acc"], "$G");
  EXPECT_GT(client.value("rtt", 0), 0);
  EXPECT_NE(client.value("server", ""), "");
  std::vector<std::string> keys;
  for (const auto& [key, value] : client.items()) keys.push_back(key);
  if (!Since("2.10")) {
    EXPECT_THAT(keys, testing::UnorderedElementsAre("acc", "rtt", "server"));
    return;
  }
  EXPECT_THAT(keys, testing::UnorderedElementsAre(
                        "start", "host", "id", "acc", "name", "lang", "ver",
                        "rtt", "server", "kind", "client_type"));
  EXPECT_EQ(client["name"], "behaviour");
  EXPECT_EQ(client["host"], "127.0.0.1");
  EXPECT_GT(client.value("id", 0), 0);
  EXPECT_EQ(client["kind"], "Client");
  EXPECT_EQ(client["client_type"], "nats");
  EXPECT_EQ(client["lang"], "C");
  EXPECT_NE(client.value("ver", ""), "");
  EXPECT_THAT(client.value("start", ""), testing::HasSubstr("T"));
}

// STR-129, COR-032
TEST_P(Advisories, AuditRequestsWithoutReplyToo) {
  auto audits = Listen("$JS.EVENT.ADVISORY.API");
  const AccountInfo before = jetstream().GetAccountInfo().value();
  NextOf(*audits);

  ASSERT_TRUE(
      connection().Publish({.subject = "$JS.API.STREAM.INFO.none"}).ok());

  EXPECT_EQ(NextOf(*audits)["subject"], "$JS.API.STREAM.INFO.none");
  const AccountInfo after = jetstream().GetAccountInfo().value();
  EXPECT_EQ(after.api_total, before.api_total + 2);
  EXPECT_EQ(after.api_errors, before.api_errors + 1);
}

// STR-038
TEST_P(Advisories, StreamsOnInboxesStoreAnswers) {
  Create({.name = "I", .subjects = {"_INBOX.>"}, .storage = Storage::kMemory});
  Create({.name = "T", .subjects = {"t"}, .storage = Storage::kMemory});
  Publish("t");
  Api("STREAM.INFO.none");

  const auto type_at = [&](std::uint64_t sequence) {
    return nlohmann::json::parse(DataAt("I", sequence)).value("type", "");
  };
  EXPECT_EQ(type_at(1), "io.nats.jetstream.api.v1.stream_create_response");
  EXPECT_EQ(type_at(2), "io.nats.jetstream.api.v1.stream_create_response");
  EXPECT_EQ(nlohmann::json::parse(DataAt("I", 3))["stream"], "T");
  EXPECT_THAT(type_at(4),
              testing::AnyOf("io.nats.jetstream.api.v1.stream_msg_get_response",
                             "io.nats.jetstream.api.v1.stream_info_response"));
}

// STR-034
TEST_P(Advisories, StreamOfEverythingStoresRequestsAndAnswers) {
  Api("STREAM.CREATE.G",
      R"({"name": "G", "subjects": [">"], "storage": "memory", "no_ack": true})");
  Api("STREAM.INFO.none");
  ASSERT_TRUE(connection().Publish({.subject = "plain"}).ok());
  // Without what a live server still has to tell of streams deleted before.
  const auto subjects = [&] {
    std::vector<std::string> found;
    for (std::uint64_t sequence = 1; sequence <= 9; ++sequence) {
      const auto message = jetstream().GetMessage("G", {.seq = sequence});
      if (!message.ok()) break;
      if (absl::StrContains(message->subject, "STREAM.DELETED")) continue;
      found.push_back(message->subject.substr(0, 30));
      if (found.back() == "plain") break;
    }
    return found;
  };
  std::vector<std::string> found;
  ASSERT_TRUE(Eventually([&] {
    found = subjects();
    return !found.empty() && found.back() == "plain";
  }));

  EXPECT_THAT(found,
              testing::UnorderedElementsAre(
                  testing::StartsWith("$JS.EVENT.ADVISORY.STREAM.CREA"),
                  testing::StartsWith("_INBOX."), "$JS.EVENT.ADVISORY.API",
                  "$JS.API.STREAM.INFO.none", testing::StartsWith("_INBOX."),
                  "$JS.EVENT.ADVISORY.API", "plain"));
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
