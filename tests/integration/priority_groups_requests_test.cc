// Pull requests with the fields of priority groups: what is refused, and when.

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/groups_behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE_OF(GroupsBehaviour, GroupRequests);

// What is answered to `body` while there is a message, status or delivery.
std::string Answer(absl::StatusOr<Message> answer) {
  if (!answer.ok()) return ErrorOf(answer).description;
  if (answer->headers.status_code() == 0) return "delivered";
  return absl::StrCat(answer->headers.status_code(), " ",
                      answer->headers.status_text());
}

struct RequestCase {
  std::string body;
  std::string answer;
};

// GRP-011, GRP-012, GRP-013
TEST_P(GroupRequests, NameAGroupOfTheConsumer) {
  FillTen();
  for (PriorityPolicy policy :
       {PriorityPolicy::kOverflow, PriorityPolicy::kPinnedClient,
        PriorityPolicy::kPrioritized}) {
    MakeGroups(policy);
    const std::string missing = "400 Bad Request - Priority Group missing";
    const std::string unknown = "400 Bad Request - Invalid Priority Group";
    for (const RequestCase& c :
         std::vector<RequestCase>{{R"({"batch":1})", missing},
                                  {R"({})", missing},
                                  {R"({"group":""})", missing},
                                  {R"({"group":"C"})", unknown},
                                  {R"({"group":"a"})", unknown},
                                  {R"({"group":"A.B"})", unknown},
                                  {"", "delivered"},
                                  {"1", "delivered"},
                                  {"x", "delivered"}}) {
      auto answers = SendRaw(c.body);
      EXPECT_EQ(Answer(answers->Next(absl::Seconds(2))),
                has_groups() ? c.answer : "delivered")
          << policy << " " << c.body;
    }
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }
}

// GRP-014, GRP-015, GRP-016
TEST_P(GroupRequests, FieldsOfOtherPoliciesAreRefused) {
  FillTen();
  const std::string not_overflow =
      "400 Bad Request - Not a Overflow Priority consumer";
  const std::string not_pinned =
      "400 Bad Request - Not a Pinned Client Priority consumer";
  const std::string bad_priority =
      "400 Bad Request - Priority must be between 0 and 9";
  for (PriorityPolicy policy :
       {PriorityPolicy::kNone, PriorityPolicy::kOverflow,
        PriorityPolicy::kPinnedClient, PriorityPolicy::kPrioritized}) {
    const bool overflow = policy == PriorityPolicy::kOverflow;
    const bool pinned = policy == PriorityPolicy::kPinnedClient;
    if (policy == PriorityPolicy::kNone) {
      MakeExplicit();
    } else {
      MakeGroups(policy);
    }
    for (const RequestCase& c : std::vector<RequestCase>{
             {R"({"group":"A","min_pending":1})",
              overflow ? "delivered" : not_overflow},
             {R"({"group":"A","min_pending":-1})",
              overflow ? "delivered" : not_overflow},
             {R"({"group":"A","min_ack_pending":-1})",
              overflow ? "delivered" : not_overflow},
             {R"({"group":"A","id":"x"})",
              pinned ? "423 Nats-Wrong-Pin-Id" : not_pinned},
             {R"({"group":"A","priority":-1})", bad_priority},
             {R"({"group":"A","priority":10})", bad_priority},
             {R"({"group":"A","priority":9})", "delivered"}}) {
      auto answers = SendRaw(c.body);
      EXPECT_EQ(Answer(answers->Next(absl::Seconds(2))),
                has_groups() ? c.answer : "delivered")
          << policy << " " << c.body;
    }
    ASSERT_TRUE(jetstream().DeleteConsumer("S", "C").ok());
  }
}

// GRP-017
TEST_P(GroupRequests, GroupWithoutPolicyIsIgnored) {
  FillTen();
  MakeExplicit();
  auto answers = SendRaw(R"({"group":"any.thing"})");
  EXPECT_EQ(Answer(answers->Next(absl::Seconds(2))), "delivered");
}

// PUL-017
TEST_P(GroupRequests, OrderOfTheChecks) {
  MakeGroups(PriorityPolicy::kPinnedClient, {.max_waiting = 1,
                                             .max_batch = 10,
                                             .max_expires = absl::Minutes(1),
                                             .max_bytes = 1000});
  auto waits = Pull();
  Ask(*waits, {.group = "A"});
  const std::string all_wrong =
      R"("idle_heartbeat":40000000000,"batch":11,"expires":70000000000,)"
      R"("max_bytes":1001,"min_pending":1,"id":"x","priority":10,)"
      R"("group":"C","no_wait":true)";
  // Each takes the fault away that the one before was refused for.
  const std::vector<RequestCase> cases = {
      {all_wrong, "400 Bad Request - heartbeat value too large"},
      {R"("batch":11,"expires":70000000000,"max_bytes":1001,"min_pending":1)",
       "409 Exceeded MaxRequestBatch of 10"},
      {R"("expires":70000000000,"max_bytes":1001,"min_pending":1)",
       "409 Exceeded MaxRequestExpires of 1m0s"},
      {R"("max_bytes":1001,"min_pending":1,"priority":10)",
       "409 Exceeded MaxRequestMaxBytes of 1000"},
      {R"("min_pending":1,"priority":10,"no_wait":true)",
       "400 Bad Request - Not a Overflow Priority consumer"},
      {R"("priority":10,"no_wait":true)",
       "400 Bad Request - Priority must be between 0 and 9"},
      {R"("no_wait":true)", "400 Bad Request - Priority Group missing"},
      {R"("group":"C","no_wait":true)",
       "400 Bad Request - Invalid Priority Group"},
      {R"("group":"A","no_wait":true)", "404 No Messages"},
      {R"("group":"A","batch":1)", "409 Exceeded MaxWaiting"},
  };
  for (const RequestCase& c : cases) {
    auto answers = SendRaw(absl::StrCat("{", c.body, "}"));
    std::string expected = c.answer;
    if (!has_groups() && absl::StrContains(c.answer, "Prior")) {
      expected = absl::StrContains(c.body, "no_wait")
                     ? "404 No Messages"
                     : "409 Exceeded MaxWaiting";
    }
    EXPECT_EQ(Answer(answers->Next(absl::Seconds(2))), expected) << c.body;
  }
}

}  // namespace
}  // namespace windtunnel
