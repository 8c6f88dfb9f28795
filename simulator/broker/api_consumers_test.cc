#include "simulator/broker/consumer_test_harness.h"

namespace windtunnel::broker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ConsumerApiTest : public ConsumerTest {
 protected:
  ConsumerApiTest() { AddStream(); }
  std::string Create(absl::string_view subject, absl::string_view config,
                     absl::string_view more = "") {
    return Request(absl::StrCat("$JS.API.CONSUMER.", subject),
                   absl::StrCat(R"({"stream_name":"S","config":{)", config,
                                "}", more, "}"));
  }
};
WINDTUNNEL_CONSUMER_TESTS(ConsumerApiTest);

// CON-028, CON-030, CON-035, CON-038
TEST_P(ConsumerApiTest, ShowsTheDefaults) {
  const std::string answer = AddConsumer();

  EXPECT_THAT(answer, HasSubstr(R"("ack_wait":30000000000)"));
  EXPECT_THAT(answer, HasSubstr(R"("max_deliver":-1)"));
  EXPECT_THAT(answer, HasSubstr(R"("max_ack_pending":1000)"));
  EXPECT_THAT(answer, HasSubstr(R"("max_waiting":512)"));
}

// CON-023, CON-059
TEST_P(ConsumerApiTest, NamesAnEphemeralAndGivesItFiveSeconds) {
  const std::string answer = Create("CREATE.S", R"("ack_policy":"explicit")");

  EXPECT_THAT(answer, HasSubstr(R"("name":"00000000")"));
  EXPECT_THAT(answer, HasSubstr(R"("inactive_threshold":5000000000)"));
}

// CON-002, CON-007, CON-008, CON-010, CON-011, CON-013
TEST_P(ConsumerApiTest, RefusesNamesThatDoNotFit) {
  EXPECT_THAT(Request("$JS.API.CONSUMER.CREATE.S", R"({"stream_name":"T"})"), HasSubstr("10056"));
  EXPECT_THAT(Request("$JS.API.CONSUMER.CREATE.T", R"({"stream_name":"T"})"), HasSubstr("10059"));
  EXPECT_THAT(Create("CREATE.S", R"("durable_name":"C")"), HasSubstr("10020"));
  EXPECT_THAT(Create("DURABLE.CREATE.S.C", R"("name":"C")"), HasSubstr("10018"));
  EXPECT_THAT(Create("DURABLE.CREATE.S.C", R"("durable_name":"D")"), HasSubstr("10017"));
  EXPECT_THAT(Create("CREATE.S.C", R"("durable_name":"D")"), HasSubstr("10017"));
  EXPECT_THAT(Create("CREATE.S.a/b", ""), HasSubstr("10127"));
}

// CON-017, CON-018
TEST_P(ConsumerApiTest, FilterInTheSubjectIsTheOneInTheConfiguration) {
  EXPECT_THAT(Create("CREATE.S.C.s.a", ""), HasSubstr("10131"));
  EXPECT_THAT(Create("CREATE.S.C.s.a", R"("filter_subject":"s.a")"), Not(HasSubstr("error")));
  EXPECT_THAT(Create("CREATE.S.D.s.a", R"("filter_subjects":["s.a"])"),
              HasSubstr(Is2_9() ? "10131" : "10137"));
}

// CON-069 to CON-075
TEST_P(ConsumerApiTest, StartPositionMustFitThePolicy) {
  EXPECT_THAT(Create("CREATE.S.C", R"("opt_start_seq":3)"),
              HasSubstr("deliver all, but optional start sequence is also set"));
  EXPECT_THAT(Create("CREATE.S.C", R"("deliver_policy":"by_start_sequence")"),
              HasSubstr("by start sequence, but optional start sequence is not set"));
  EXPECT_THAT(Create("CREATE.S.C", R"("deliver_policy":"last_per_subject")"),
              HasSubstr("last per subject, but optional filter subject is not set"));
}

// CON-032
TEST_P(ConsumerApiTest, BackoffMustFitMaxDeliver) {
  const auto create = [&](absl::string_view max_deliver) {
    return AddConsumer(absl::StrCat(R"("backoff":[1000000,2000000])", max_deliver));
  };
  EXPECT_THAT(create(R"(,"max_deliver":1)"), HasSubstr("10116"));
  EXPECT_EQ(absl::StrContains(create(R"(,"max_deliver":2)"), "10116"), Is2_9());
  EXPECT_THAT(create(R"(,"max_deliver":3)"), HasSubstr(R"("ack_wait":1000000)"));
}

// CON-051
TEST_P(ConsumerApiTest, SamplingMustBeANumber) {
  EXPECT_THAT(AddConsumer(R"("sample_freq":"abc")"), HasSubstr(R"(strconv.Atoi: parsing \"abc\": invalid syntax)"));
  EXPECT_THAT(AddConsumer(R"("sample_freq":"-1")"), HasSubstr("nil"));
  EXPECT_THAT(AddConsumer(R"("sample_freq":"150%")"), Not(HasSubstr("error")));
}

// CON-095 to CON-098
TEST_P(ConsumerApiTest, ActionSaysWhatMayExist) {
  if (Is2_9()) return;
  const std::string config = R"("durable_name":"C","ack_policy":"explicit")";
  EXPECT_THAT(Create("CREATE.S.C", config, R"(,"action":"update")"), HasSubstr("10149"));
  EXPECT_THAT(Create("CREATE.S.C", config, R"(,"action":"create")"), Not(HasSubstr("error")));
  EXPECT_THAT(Create("CREATE.S.C", config, R"(,"action":"create")"), Not(HasSubstr("error")));
  EXPECT_THAT(Create("CREATE.S.C", config + R"(,"max_deliver":3)", R"(,"action":"create")"), HasSubstr("10148"));
  EXPECT_THAT(Create("CREATE.S.C", config + R"(,"max_deliver":3)", R"(,"action":"update")"), HasSubstr(R"("max_deliver":3)"));
}

// CON-102
TEST_P(ConsumerApiTest, SomeFieldsCanNotBeUpdated) {
  AddConsumer();
  EXPECT_THAT(AddConsumer(R"("deliver_policy":"new")"), HasSubstr("deliver policy can not be updated"));
  EXPECT_THAT(AddConsumer(R"("ack_policy":"all")"), HasSubstr("ack policy can not be updated"));
  EXPECT_THAT(AddConsumer(R"("max_waiting":7)"), HasSubstr("max waiting can not be updated"));
}

// CON-115
TEST_P(ConsumerApiTest, NewAckWaitCountsForWhatIsPending) {
  AddConsumer();
  Publish(1);
  Pull("2");
  AddConsumer(R"("ack_wait":500000000)");
  AdvanceTo(600);

  EXPECT_THAT(Take(), ElementsAre("0: seq 1 #1", "501: seq 1 #2"));
}

// CON-127 to CON-130
TEST_P(ConsumerApiTest, DeletesAndInforms) {
  AddConsumer();
  EXPECT_THAT(Request("$JS.API.CONSUMER.INFO.S.C", "x"), HasSubstr("10038"));
  EXPECT_THAT(Request("$JS.API.CONSUMER.INFO.S.C", "{}"), HasSubstr(R"("num_pending":0)"));
  EXPECT_THAT(Request("$JS.API.CONSUMER.DELETE.S.C", ""), HasSubstr(R"("success":true)"));
  EXPECT_THAT(Request("$JS.API.CONSUMER.DELETE.S.C", ""), HasSubstr("10014"));
}

// CON-132, CON-134
TEST_P(ConsumerApiTest, NamesArePagedAndSorted) {
  for (absl::string_view name : {"b", "a", "B"}) {
    Create(absl::StrCat("CREATE.S.", name), "");
  }
  EXPECT_THAT(Request("$JS.API.CONSUMER.NAMES.S", ""),
              HasSubstr(R"("total":3,"offset":0,"limit":1024,"consumers":["B","a","b"])"));
  EXPECT_THAT(Request("$JS.API.CONSUMER.NAMES.S", R"({"offset":9})"),
              HasSubstr(R"("offset":3,"limit":1024,"consumers":[])"));
}

// CON-012, CON-137
TEST_P(ConsumerApiTest, DoesNotAnswerWhatItDoesNotKnow) {
  Send("$JS.API.CONSUMER.DURABLE.CREATE.S.C.x", "in.api", "{}");
  Send("$JS.API.CONSUMER.RESET.S.nobody", "in.api", "");

  EXPECT_THAT(Take(), testing::IsEmpty());
}

// CON-182
TEST_P(ConsumerApiTest, NewServersHoldAThousandConsumers) {
  for (int i = 0; i < 1000; ++i) Create(absl::StrCat("CREATE.S.c", i), "");

  EXPECT_EQ(absl::StrContains(Create("CREATE.S.C", ""), "10026"), Is2_15());
}

// CON-085, CON-086, CON-088, CON-089
TEST_P(ConsumerApiTest, WorkQueueGivesEachMessageToOneConsumer) {
  Request("$JS.API.STREAM.CREATE.W", R"({"name":"W","subjects":["w.>"],"retention":"workqueue"})");
  const auto create = [&](absl::string_view name, absl::string_view config) {
    return Request(absl::StrCat("$JS.API.CONSUMER.CREATE.W.", name),
                   absl::StrCat(R"({"stream_name":"W","config":{)", config, "}}"));
  };
  const std::string acks = R"("ack_policy":"explicit")";
  EXPECT_THAT(create("a", ""), HasSubstr("10084"));
  EXPECT_THAT(create("a", R"("ack_policy":"all")"), HasSubstr("10098"));
  EXPECT_THAT(create("a", acks + R"(,"filter_subject":"w.*.b")"), Not(HasSubstr("error")));
  EXPECT_THAT(create("b", acks), HasSubstr("10099"));
  EXPECT_EQ(absl::StrContains(create("b", acks + R"(,"filter_subject":"w.a.*")"), "10100"), !Is2_9());
}

// CON-121, CON-122
TEST_P(ConsumerApiTest, PedanticRefusesWhatWouldBeNormalised) {
  if (!Is2_15()) return;
  EXPECT_THAT(Create("CREATE.S.C", R"("max_batch":-1)", R"(,"pedantic":true)"),
              HasSubstr("pedantic mode: max_batch must not be negative"));
  EXPECT_THAT(Create("CREATE.S.C", R"("max_deliver":-2)", R"(,"pedantic":true)"),
              HasSubstr("pedantic mode: max_deliver must be set to -1"));
}

}  // namespace
}  // namespace windtunnel::broker
