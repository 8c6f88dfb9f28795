// What consumers may be on work queues and interest streams, and those that
// servers make for themselves: direct and sourcing.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/consumer_behaviour.h"

namespace windtunnel {
namespace {

class RetentionBehaviour : public ConsumerBehaviour {
 protected:
  void SetUp() override {
    ConsumerBehaviour::SetUp();
    Create({.name = "W",
            .subjects = {"w.>"},
            .retention = Retention::kWorkQueue,
            .storage = Storage::kMemory});
    Create({.name = "I",
            .subjects = {"i.>"},
            .retention = Retention::kInterest,
            .storage = Storage::kMemory});
  }
  // Creates or updates a consumer of `stream` with `config` as JSON.
  nlohmann::json Put(absl::string_view stream, absl::string_view name,
                     absl::string_view config) {
    return Api(absl::StrCat("CONSUMER.CREATE.", stream, ".", name),
               absl::StrCat(R"({"stream_name":")", stream, R"(","config":)",
                            config, "}"));
  }
  JetStreamError PutError(absl::string_view stream, absl::string_view name,
                          absl::string_view config) {
    return ErrorOf(Put(stream, name, config));
  }
};

BEHAVIOUR_SUITE_OF(RetentionBehaviour, ConsumerRetention);

JetStreamError NotUnique() {
  return {400, 10100, "filtered consumer not unique on workqueue stream"};
}

JetStreamError TooManyConsumers() {
  return {400, 10026, "maximum consumers limit reached"};
}

JetStreamError NotUpdatable(absl::string_view what) {
  return {500, 10012, absl::StrCat(what, " can not be updated")};
}

// CON-090
TEST_P(ConsumerRetention, NewFilterOnAWorkQueueMustStayUniqueSince210) {
  constexpr char kB[] =
      R"({"durable_name":"B","ack_policy":"explicit","filter_subject":"w.b"})";
  ASSERT_EQ(PutError("W", "A",
                     R"({"ack_policy":"explicit","durable_name":"A",
                   "filter_subject":"w.a"})"),
            Ok());
  ASSERT_EQ(PutError("W", "B", kB), Ok());

  EXPECT_EQ(PutError("W", "B",
                     R"({"durable_name":"B","ack_policy":"explicit",
                   "filter_subject":"w.*"})"),
            Since("2.10") ? NotUnique() : Ok());
  // Without a filter there is nothing to collide.
  EXPECT_EQ(
      PutError("W", "B", R"({"durable_name":"B","ack_policy":"explicit"})"),
      Ok());
}

// CON-091
TEST_P(ConsumerRetention, WorkQueueIsLookedAtBeforeWhatMayNotChange) {
  for (const char* name : {"A", "B"}) {
    ASSERT_EQ(
        PutError("W", name,
                 absl::StrCat(R"({"ack_policy":"explicit",
                                        "filter_subject":"w.)",
                              name, R"(","durable_name":")", name, R"("})")),
        Ok());
  }

  EXPECT_EQ(PutError("W", "B",
                     R"({"ack_policy":"all","filter_subject":"w.*",
                         "durable_name":"B"})"),
            Since("2.10") ? NotUnique() : NotUpdatable("ack policy"));
}

// CON-093, CON-094
TEST_P(ConsumerRetention, InterestStreamsTakeEveryPolicy) {
  for (const char* ack : {"none", "all", "explicit"}) {
    for (const char* start :
         {R"("all")", R"("last")", R"("new")",
          R"("last_per_subject","filter_subject":"i.>")",
          R"("by_start_sequence","opt_start_seq":1)",
          R"("by_start_time","opt_start_time":"2020-01-01T00:00:00Z")"}) {
      EXPECT_EQ(
          PutError("I", "C",
                   absl::StrCat(R"({"num_replicas":1,"ack_policy":")", ack,
                                R"(","deliver_policy":)", start, "}")),
          Ok())
          << ack << " " << start;
      ASSERT_TRUE(jetstream().DeleteConsumer("I", "C").ok());
    }
  }
}

// CON-113
TEST_P(ConsumerRetention, NewFilterDropsWhatNobodyWantsSince210) {
  constexpr char kFilter[] =
      R"({"ack_policy":"explicit","durable_name":"$0","filter_subject":"$1"})";
  const auto filtered = [&](absl::string_view name, absl::string_view filter) {
    std::string config = kFilter;
    config.replace(config.find("$0"), 2, std::string(name));
    config.replace(config.find("$1"), 2, std::string(filter));
    return PutError("I", name, config);
  };
  ASSERT_EQ(filtered("A", "i.a"), Ok());
  ASSERT_EQ(filtered("B", "i.*"), Ok());
  Fill({"i.a", "i.b", "i.a", "i.c"});
  ASSERT_EQ(State("I").messages, 4);

  ASSERT_EQ(filtered("B", "i.b"), Ok());

  EXPECT_EQ(State("I").messages, Since("2.10") ? 3 : 4);
  EXPECT_EQ(DataAt("I", 4), Since("2.10") ? NoMessageFound().description : "4");
  EXPECT_EQ(DataAt("I", 2), "2");
}

// CON-068
TEST_P(ConsumerRetention, SourcingConsumersDoNotCountSince214) {
  Create({.name = "M",
          .subjects = {"m"},
          .max_consumers = 1,
          .storage = Storage::kMemory});
  constexpr char kSourcing[] = R"({"ack_policy":"explicit","sourcing":true})";
  ASSERT_EQ(PutError("M", "A", R"({"ack_policy":"explicit"})"), Ok());
  ASSERT_EQ(PutError("W", "A", R"({"ack_policy":"explicit"})"), Ok());

  const nlohmann::json answer = Put("M", "B", kSourcing);
  EXPECT_EQ(ErrorOf(answer), Since("2.14") ? Ok() : TooManyConsumers());
  if (Since("2.14")) {
    EXPECT_EQ(answer["config"]["sourcing"], true);
  }
  EXPECT_EQ(PutError("M", "C", kSourcing),
            Since("2.14") ? Ok() : TooManyConsumers());
  EXPECT_EQ(PutError("M", "D", R"({"ack_policy":"explicit"})"),
            TooManyConsumers());
  EXPECT_EQ(PutError("W", "B", kSourcing),
            Since("2.14")
                ? Ok()
                : JetStreamError({400, 10099,
                                  "multiple non-filtered consumers not allowed "
                                  "on workqueue stream"}));
}

// CON-105
TEST_P(ConsumerRetention, SourcingMayNotChangeSince215) {
  ASSERT_EQ(PutError("I", "C", R"({"durable_name":"C"})"), Ok());

  EXPECT_EQ(PutError("I", "C", R"({"durable_name":"C","sourcing":true})"),
            Since("2.15") ? NotUpdatable("sourcing") : Ok());
}

}  // namespace
}  // namespace windtunnel
