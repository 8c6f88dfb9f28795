// Priority groups in a consumer's configuration and info, and what is refused.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/groups_behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

BEHAVIOUR_SUITE_OF(GroupsBehaviour, GroupConfiguration);

// `fields` as the configuration of a pull consumer.
std::string With(absl::string_view fields) {
  return absl::StrCat(R"({"durable_name":"C","ack_policy":"explicit",)", fields,
                      "}");
}

// GRP-001
TEST_P(GroupConfiguration, PoliciesAreShownAndNoneIsNot) {
  for (const std::string policy :
       {"overflow", "pinned_client", "prioritized"}) {
    const nlohmann::json config = CreateRaw(
        With(absl::StrCat(R"("priority_groups":["A","B"],"priority_policy":")",
                          policy, "\"")))["config"];
    EXPECT_EQ(config.contains("priority_policy"), has_groups()) << policy;
    EXPECT_EQ(config.contains("priority_groups"), has_groups()) << policy;
    if (has_groups()) {
      EXPECT_EQ(config["priority_policy"], policy);
      EXPECT_EQ(config["priority_groups"], nlohmann::json({"A", "B"}));
    }
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }

  const nlohmann::json config =
      CreateRaw(With(R"("priority_policy":"none")"))["config"];
  EXPECT_FALSE(config.contains("priority_policy"));
  EXPECT_FALSE(config.contains("priority_groups"));
  EXPECT_FALSE(config.contains("priority_timeout"));
}

// GRP-001
TEST_P(GroupConfiguration, OtherPoliciesAreNoJson) {
  EXPECT_EQ(
      CreateError(With(R"("priority_policy":"foo")")),
      has_groups() ? InvalidJson("unknown priority policy: \"foo\"") : Ok());
}

// GRP-002, GRP-003, GRP-004, GRP-005, GRP-006, GRP-007
TEST_P(GroupConfiguration, WhatIsRefused) {
  struct Case {
    std::string fields;
    JetStreamError error;
  };
  const JetStreamError bad_name(
      400, 10162,
      "Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not "
      "exceed 16 characters");
  const JetStreamError empty_name(400, 10161,
                                  "Group name cannot be an empty string");
  const JetStreamError no_group(
      400, 10159,
      "Setting PriorityPolicy requires at least one PriorityGroup to be set");
  const JetStreamError no_policy(
      400, 10196, "consumer can not have priority groups when policy is none");
  const auto groups = [](absl::string_view names) {
    return absl::StrCat(R"("priority_policy":"overflow","priority_groups":[)",
                        names, "]");
  };
  const std::vector<Case> cases = {
      {R"("priority_policy":"overflow")", no_group},
      {R"("priority_policy":"pinned_client")", no_group},
      {R"("priority_policy":"prioritized","priority_groups":[])", no_group},
      {R"("priority_groups":["A"])", no_policy},
      {R"("priority_groups":[""],"priority_policy":"none")", no_policy},
      {R"("priority_timeout":1)",
       JetStreamError(400, 10197,
                      "PinnedTTL cannot be set when PriorityPolicy is none")},
      {R"("priority_groups":["A"],"priority_timeout":1)", no_policy},
      {groups(R"("")"), empty_name},
      {groups(R"("A","")"), empty_name},
      {groups(R"("A+","")"), bad_name},
      {groups("\"A)\""), bad_name},
      {groups(R"("A B")"), bad_name},
      {groups(R"("A.B")"), bad_name},
      {groups(R"("Ä")"), bad_name},
      {groups(R"("A","12345678901234567")"), bad_name},
      {groups(R"("aZ09/_=-1234567")"), Ok()},
      {groups(R"("A","1234567890123456","A")"), Ok()},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(CreateError(With(c.fields)), has_groups() ? c.error : Ok())
        << c.fields;
    jetstream().DeleteConsumer("S", "C").IgnoreError();
  }
}

// GRP-005
TEST_P(GroupConfiguration, PushConsumersHaveNone) {
  const JetStreamError push(
      400, 10178, "priority groups can not be used with push consumers");
  for (const std::string fields :
       {R"("priority_policy":"overflow","priority_groups":["A"])",
        R"("priority_policy":"pinned_client")",
        R"("priority_policy":"prioritized","priority_groups":[""])"}) {
    EXPECT_EQ(
        CreateError(With(absl::StrCat(R"("deliver_subject":"d",)", fields))),
        has_groups() ? push : Ok())
        << fields;
    jetstream().DeleteConsumer("S", "C").IgnoreError();
  }
}

// GRP-009
TEST_P(GroupConfiguration, TimeoutHasADefaultWhereItIsUsed) {
  using absl::Minutes;
  using absl::Seconds;
  struct Case {
    PriorityPolicy policy;
    absl::Duration timeout;
    absl::Duration shown;
  };
  for (const Case& c : std::vector<Case>{
           {PriorityPolicy::kPinnedClient, {}, Minutes(2)},
           {PriorityPolicy::kPinnedClient, Seconds(-1), Minutes(2)},
           {PriorityPolicy::kPinnedClient, Seconds(7), Seconds(7)},
           {PriorityPolicy::kOverflow, {}, {}},
           {PriorityPolicy::kOverflow, Seconds(-1), {}},
           {PriorityPolicy::kOverflow, Seconds(7), Seconds(7)},
           {PriorityPolicy::kPrioritized, {}, {}},
           {PriorityPolicy::kPrioritized, Seconds(7), Seconds(7)}}) {
    EXPECT_EQ(MakeGroups(c.policy, {.priority_timeout = c.timeout})
                  .config.priority_timeout,
              has_groups() ? c.shown : absl::ZeroDuration())
        << c.policy << " " << c.timeout;
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }
}

// GRP-009
TEST_P(GroupConfiguration, PedanticRequestsNameNoNegativeTimeout) {
  EXPECT_EQ(ErrorOf(CreateRaw(
                With(R"("priority_policy":"pinned_client","priority_groups":)"
                     R"(["A"],"priority_timeout":-1)"),
                R"(,"pedantic":true)")),
            has_groups()
                ? JetStreamError(400, 10157,
                                 "pedantic mode: priority_timeout must not be "
                                 "negative")
                : Ok());
}

// GRP-010
TEST_P(GroupConfiguration, AnyAckPolicyWillDo) {
  for (const std::string ack_policy : {"none", "all", "explicit"}) {
    EXPECT_EQ(
        CreateError(absl::StrCat(
            R"({"durable_name":"C","ack_policy":")", ack_policy,
            R"(","priority_policy":"overflow","priority_groups":["A"]})")),
        Ok())
        << ack_policy;
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }
}

// CON-064
TEST_P(GroupConfiguration, MetadataTellsTheLevelThatGroupsNeed) {
  const auto level = [&] {
    const ConsumerConfig config = Info().config;
    const auto it = config.metadata.find("_nats.req.level");
    return it == config.metadata.end() ? "none" : it->second;
  };
  for (PriorityPolicy policy :
       {PriorityPolicy::kOverflow, PriorityPolicy::kPinnedClient,
        PriorityPolicy::kPrioritized}) {
    MakeGroups(policy);
    EXPECT_EQ(level(), has_groups() ? "1" : "none") << policy;
    ASSERT_TRUE(jetstream()
                    .UpdateConsumer("S", {.durable_name = "C",
                                          .ack_policy = AckPolicy::kExplicit})
                    .ok());
    EXPECT_EQ(level(), has_groups() ? "0" : "none") << policy;
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }
}

// INF-010, GRP-008
TEST_P(GroupConfiguration, InfoShowsTheFirstGroup) {
  const auto shown = [&] { return Api("CONSUMER.INFO.S.C"); };
  const nlohmann::json unpinned = {
      {{"group", "A"}, {"pinned_ts", "0001-01-01T00:00:00Z"}}};
  for (PriorityPolicy policy :
       {PriorityPolicy::kOverflow, PriorityPolicy::kPinnedClient,
        PriorityPolicy::kPrioritized}) {
    MakeGroups(policy);
    EXPECT_EQ(shown().contains("priority_groups"), has_groups()) << policy;
    if (has_groups()) {
      EXPECT_EQ(shown()["priority_groups"], unpinned);
    }
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }
  MakeExplicit();
  EXPECT_FALSE(shown().contains("priority_groups"));
}

// INF-010
TEST_P(GroupConfiguration, ListsShowGroupsToo) {
  MakeGroups(PriorityPolicy::kPinnedClient);

  const nlohmann::json listed = Api("CONSUMER.LIST.S")["consumers"][0];

  EXPECT_EQ(listed.contains("priority_groups"), has_groups());
  if (has_groups()) {
    EXPECT_EQ(listed["priority_groups"][0]["group"], "A");
  }
}

// CON-110
TEST_P(GroupConfiguration, PolicyAndGroupsMayBeChangedAndRemoved) {
  struct Case {
    PriorityPolicy policy;
    std::vector<std::string> groups;
    absl::Duration timeout;
    absl::Duration shown;
  };
  MakeExplicit();
  for (const Case& c : std::vector<Case>{
           {PriorityPolicy::kPinnedClient, {"A"}, {}, absl::Minutes(2)},
           {PriorityPolicy::kPinnedClient,
            {"B", "A"},
            absl::Seconds(3),
            absl::Seconds(3)},
           {PriorityPolicy::kOverflow, {"B"}, {}, {}},
           {PriorityPolicy::kNone, {}, {}, {}},
           {PriorityPolicy::kPrioritized, {"C"}, {}, {}}}) {
    const absl::StatusOr<ConsumerInfo> info =
        jetstream().UpdateConsumer("S", {.durable_name = "C",
                                         .ack_policy = AckPolicy::kExplicit,
                                         .priority_groups = c.groups,
                                         .priority_policy = c.policy,
                                         .priority_timeout = c.timeout});
    ASSERT_TRUE(info.ok()) << info.status();
    const ConsumerConfig& config = info->config;
    if (!has_groups()) {
      EXPECT_EQ(config.priority_policy, PriorityPolicy::kNone);
      EXPECT_THAT(config.priority_groups, IsEmpty());
      continue;
    }
    EXPECT_EQ(config.priority_policy, c.policy);
    EXPECT_EQ(config.priority_groups, c.groups);
    EXPECT_EQ(config.priority_timeout, c.shown);
    ASSERT_EQ(info->priority_groups.size(), c.groups.empty() ? 0u : 1u);
    if (!c.groups.empty()) {
      EXPECT_EQ(info->priority_groups[0].group, c.groups[0]);
    }
  }
}

// CON-110
TEST_P(GroupConfiguration, UpdatesAreChecked) {
  MakeGroups(PriorityPolicy::kOverflow);
  const absl::StatusOr<ConsumerInfo> updated =
      jetstream().UpdateConsumer("S", {.durable_name = "C",
                                       .ack_policy = AckPolicy::kExplicit,
                                       .priority_groups = {"A"}});
  EXPECT_EQ(ErrorOf(updated),
            has_groups() ? JetStreamError(400, 10196,
                                          "consumer can not have priority "
                                          "groups when policy is none")
                         : Ok());
}

// GRP-032, INF-025
TEST_P(GroupConfiguration, UnpinningNobodyIsAnsweredAndAdvised) {
  for (PriorityPolicy policy :
       {PriorityPolicy::kOverflow, PriorityPolicy::kPinnedClient,
        PriorityPolicy::kPrioritized}) {
    MakeGroups(policy);
    auto advisories = Listen("$JS.EVENT.ADVISORY.CONSUMER.UNPINNED.S.C");
    if (!has_groups()) {
      EXPECT_EQ(ErrorOf(Api("CONSUMER.UNPIN.S.C", R"({"group":"B"})", kShort)),
                Timeout());
    } else {
      EXPECT_EQ(
          Api("CONSUMER.UNPIN.S.C", R"({"group":"B"})"),
          nlohmann::json(
              {{"type", "io.nats.jetstream.api.v1.consumer_unpin_response"}}));
      const nlohmann::json advisory = nlohmann::json::parse(
          advisories->Next(absl::Seconds(2)).value().data);
      EXPECT_EQ(advisory["type"],
                "io.nats.jetstream.advisory.v1.consumer_group_unpinned");
      EXPECT_EQ(advisory["account"], "$G");
      EXPECT_EQ(advisory["stream"], "S");
      EXPECT_EQ(advisory["consumer"], "C");
      EXPECT_EQ(advisory["group"], "B");
      EXPECT_EQ(advisory["reason"], "admin");
    }
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }
}

// GRP-033, GRP-034, GRP-035
TEST_P(GroupConfiguration, UnpinRequestsThatAreRefused) {
  const JetStreamError bad_name(
      400, 10162,
      "Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not "
      "exceed 16 characters");
  const JetStreamError unknown_group(
      400, 10160, "Provided priority group does not exist for this consumer");
  const auto unpin = [&](absl::string_view body,
                         absl::string_view consumer = "S.C") {
    return ErrorOf(
        Api(absl::StrCat("CONSUMER.UNPIN.", consumer), body,
            has_groups() ? absl::Seconds(5) : absl::Milliseconds(20)));
  };
  const auto expected = [&](const JetStreamError& error) {
    return has_groups() ? error : Timeout();
  };
  MakeGroups(PriorityPolicy::kOverflow);
  EXPECT_EQ(unpin(""), expected(InvalidJson("unexpected end of JSON input")));
  for (absl::string_view body : {"{}", R"({"group":""})", R"({"foo":"A"})"}) {
    EXPECT_EQ(unpin(body),
              expected(InvalidJson("consumer group not specified")))
        << body;
  }
  EXPECT_EQ(unpin("A"), expected(InvalidJson(
                            "invalid character 'A' looking for beginning of "
                            "value")));
  for (absl::string_view body :
       {R"({"group":"A.B"})", R"({"group":"12345678901234567"})"}) {
    EXPECT_EQ(unpin(body), expected(bad_name)) << body;
    EXPECT_EQ(unpin(body, "X.X"), expected(bad_name)) << body;
  }
  EXPECT_EQ(unpin(R"({"group":"X"})"), expected(unknown_group));
  EXPECT_EQ(unpin(R"({"group":"A","foo":1})"), expected(Ok()));
  EXPECT_EQ(
      unpin(R"({"group":"A"})", "S.X"),
      expected(JetStreamError(404, kConsumerNotFound, "consumer not found")));
  EXPECT_EQ(unpin(R"({"group":"A"})", "X.C"), expected(StreamNotFound()));

  ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  MakeExplicit();
  EXPECT_EQ(unpin(R"({"group":"A"})"), expected(unknown_group));
}

// GRP-032
TEST_P(GroupConfiguration, UnpinOfTheInterface) {
  MakeGroups(PriorityPolicy::kPinnedClient);
  EXPECT_EQ(ErrorOf(jetstream().UnpinConsumer(
                "S", "C", "A",
                {.timeout = has_groups() ? absl::Seconds(5) : kShort})),
            has_groups() ? Ok() : Timeout());
}

}  // namespace
}  // namespace windtunnel
