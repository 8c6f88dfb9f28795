// Streams that count: Nats-Incr adds to what the newest message of the subject
// says.

#include <string>

#include "tests/integration/batch_behaviour.h"

namespace windtunnel {
namespace {

class CountersBehaviour : public BatchBehaviour {
 protected:
  void SetUp() override {
    Behaviour::SetUp();
    if (HasFatalFailure()) return;
    Create({.name = "S",
            .subjects = {"c.>"},
            .storage = Storage::kMemory,
            .allow_msg_counter = true});
  }

  // The total that the acknowledgement names, or what came instead.
  std::string Count(const std::string& subject, const Headers& headers,
                    const std::string& data = "") {
    const nlohmann::json answer =
        nlohmann::json::parse(Ask(subject, headers, data));
    if (answer.contains("error")) return ErrorOf(answer).description;
    return answer.value("val", "no value");
  }
  std::string Count(const std::string& subject, const std::string& increment) {
    return Count(subject, Headers{{"Nats-Incr", increment}});
  }
};

BEHAVIOUR_SUITE_OF(CountersBehaviour, Counters);

constexpr char kMissing[] = "message counter increment is missing";
constexpr char kPayload[] = "message counter has payload";
constexpr char kInvalid[] = "message counter increment is invalid";
constexpr char kBroken[] = "message counter is broken";

// PUB-050, PUB-005
TEST_P(Counters, StoreTheSum) {
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("c.a", {{"Nats-Incr", "1"}}, "data"), Ack("S", 1));
    EXPECT_EQ(DataAt("S", 1), "data");
    return;
  }
  EXPECT_EQ(Ask("c.a", {{"Nats-Incr", "1"}}),
            R"({"stream":"S","seq":1,"val":"1"})");
  EXPECT_EQ(Ask("c.b", {{"Nats-Incr", "10"}}),
            R"({"stream":"S","seq":2,"val":"10"})");
  EXPECT_EQ(Ask("c.a", {{"Nats-Incr", "+2"}, {"Other", "x"}}),
            R"({"stream":"S","seq":3,"val":"3"})");

  const StoredMessage stored = Get("S", 3);
  EXPECT_EQ(stored.data, R"({"val":"3"})");
  EXPECT_EQ(stored.headers.Get("Nats-Incr"), "+2");
  EXPECT_EQ(stored.headers.Get("Other"), "x");
  EXPECT_EQ(stored.headers.entries().size(), 2u);
}

// PUB-050
TEST_P(Counters, NeedAnIncrementAndNoPayload) {
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("c.a", {}), Ack("S", 1));
    return;
  }
  EXPECT_EQ(Ask("c.a", {}), Refusal("S", 400, 10169, kMissing));
  EXPECT_EQ(Count("c.a", {}, "data"), kMissing);
  EXPECT_EQ(Count("c.a", {{"Other", "x"}}), kMissing);
  EXPECT_EQ(Count("c.a", ""), kMissing);
  EXPECT_EQ(Ask("c.a", {{"Nats-Incr", "1"}}, "data"),
            Refusal("S", 400, 10170, kPayload));
  EXPECT_EQ(Count("c.a", {{"Nats-Incr", "q"}}, "data"), kInvalid);
  EXPECT_EQ(State("S").last_seq, 0u);
}

// PUB-051
TEST_P(Counters, TakeWholeNumbersOfAnySize) {
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("c.a", {{"Nats-Incr", "1.5"}}), Ack("S", 1));
    return;
  }
  EXPECT_EQ(Count("c.a", "1"), "1");
  EXPECT_EQ(Count("c.a", "+2"), "3");
  EXPECT_EQ(Count("c.a", "-5"), "-2");
  EXPECT_EQ(Count("c.a", "007"), "5");
  EXPECT_EQ(Count("c.a", "+0"), "5");
  EXPECT_EQ(Count("c.a", "-0"), "5");
  EXPECT_EQ(Count("c.a", "99999999999999999999999999"),
            "100000000000000000000000004");
  EXPECT_EQ(Count("c.a", "-100000000000000000000000005"), "-1");
  EXPECT_EQ(Ask("c.a", {{"Nats-Incr", "1.5"}}),
            Refusal("S", 400, 10171, kInvalid));
  for (const std::string increment :
       {"abc", "0x10", "1_000", "--1", "+", "1 "}) {
    EXPECT_EQ(Count("c.a", increment), kInvalid) << increment;
  }
  EXPECT_EQ(Count("c.a", "1"), "0");
  EXPECT_EQ(Get("S", 4).headers.Get("Nats-Incr"), "007");
}

// PUB-052
TEST_P(Counters, AreRefusedElsewhere) {
  Create({.name = "P", .subjects = {"p"}, .storage = Storage::kMemory});
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("p", {{"Nats-Incr", "x"}}, "data"), Ack("P", 1));
    EXPECT_EQ(DataAt("P", 1), "data");
    return;
  }
  EXPECT_EQ(Ask("p", {{"Nats-Incr", "1"}}, "data"),
            Refusal("P", 400, 10168, "message counters is disabled"));
  EXPECT_EQ(Ask("p", {{"Nats-Incr", "x"}}), Refusal("P", 400, 10171, kInvalid));
  EXPECT_EQ(Ask("p", {{"Nats-Incr", ""}}), Ack("P", 1));
}

// PUB-053
TEST_P(Counters, CannotGoWithExpectations) {
  const std::string first = Ask("c.a", {{"Nats-Incr", "1"}});
  const auto count_with = [&](const std::string& name,
                              const std::string& value) {
    return Count("c.a", Headers{{"Nats-Incr", "1"}, {name, value}});
  };
  if (!Since("2.12")) {
    EXPECT_EQ(first, Ack("S", 1));
    EXPECT_EQ(count_with("Nats-Expected-Stream", "S"), "no value");
    return;
  }
  EXPECT_EQ(count_with("Nats-Expected-Stream", "S"), kInvalid);
  EXPECT_EQ(count_with("Nats-Expected-Last-Msg-Id", "x"), kInvalid);
  EXPECT_EQ(count_with("Nats-Expected-Last-Sequence", "1"), kInvalid);
  EXPECT_EQ(count_with("Nats-Expected-Last-Subject-Sequence", "1"), kInvalid);
  EXPECT_EQ(count_with("Nats-Expected-Last-Subject-Sequence-Subject", "c.a"),
            kInvalid);
  EXPECT_EQ(count_with("Nats-Rollup", "sub"), kInvalid);
  EXPECT_EQ(count_with("Nats-Rollup", ""), "2");
  EXPECT_EQ(count_with("Nats-Msg-Id", "i"), "3");
  EXPECT_EQ(Ask("c.a", {{"Nats-Incr", "1"}, {"Nats-Msg-Id", "i"}}),
            R"({"stream":"S","seq":3,"duplicate": true})");
}

// PUB-019: what else is wrong comes before the missing increment.
TEST_P(Counters, MissTheIncrementLast) {
  const auto without = [&](const std::string& name, const std::string& value) {
    return ErrorOf(RawPublish({.subject = "c.a", .headers = {{name, value}}}));
  };
  const JetStreamError wrong_stream = {400, 10060,
                                       "expected stream does not match"};
  EXPECT_EQ(without("Nats-Expected-Stream", "T"), wrong_stream);
  EXPECT_EQ(without("Nats-Expected-Last-Sequence", "7"),
            JetStreamError(400, 10071, "wrong last sequence: 0"));
  EXPECT_EQ(without("Nats-Expected-Last-Msg-Id", "z"),
            JetStreamError(400, 10070, "wrong last msg ID: "));
  EXPECT_EQ(without("Nats-Rollup", "sub"),
            JetStreamError(500, 10111, "rollup not permitted"));
  EXPECT_EQ(without("Nats-Msg-Id", "i"),
            Since("2.12") ? JetStreamError(400, 10169, kMissing) : Ok());
}

// PUB-054
TEST_P(Counters, GoBackWhenTheNewestMessageGoes) {
  Count("c.a", "5");
  Count("c.a", "7");
  ASSERT_TRUE(jetstream().DeleteMessage("S", 2).ok());
  EXPECT_EQ(Count("c.a", "1"), Since("2.12") ? "6" : "no value");

  jetstream().PurgeStream("S", {.filter = "c.a"}).value();
  EXPECT_EQ(Count("c.a", "1"), Since("2.12") ? "1" : "no value");
}

// PUB-055
TEST_P(Counters, AreBrokenBySourcesThatCannotBeRead) {
  const auto with_sources = [&](const std::string& subject,
                                const std::string& sources) {
    Count(subject,
          Headers{{"Nats-Incr", "1"}, {"Nats-Counter-Sources", sources}});
    return Count(subject, "1");
  };
  if (!Since("2.12")) {
    EXPECT_EQ(with_sources("c.a", "garbage"), "no value");
    return;
  }
  EXPECT_EQ(with_sources("c.a", "garbage"), kBroken);
  EXPECT_EQ(Ask("c.a", {{"Nats-Incr", "1"}}),
            Refusal("S", 400, 10172, kBroken));
  EXPECT_EQ(with_sources("c.b", "[]"), kBroken);
  EXPECT_EQ(with_sources("c.c", R"({"a":{"b":1}})"), kBroken);
  EXPECT_EQ(with_sources("c.d", R"({"b":{"y":"2","x<":"1"},"a":{}})"), "2");
  EXPECT_EQ(Get("S", State("S").last_seq).headers.Get("Nats-Counter-Sources"),
            R"({"a":{},"b":{"x\u003c":"1","y":"2"}})");
}

// PUB-056
TEST_P(Counters, AreAsLargeAsWhatIsStored) {
  Create({.name = "L",
          .subjects = {"l"},
          .max_msg_size = 38,
          .storage = Storage::kMemory,
          .allow_msg_counter = true});
  // A block of 26 bytes, and {"val":"9"} of 11.
  EXPECT_EQ(Count("l", "9"), Since("2.12") ? "9" : "no value");
  EXPECT_EQ(Count("l", "1"), Since("2.12") ? "10" : "no value");
  EXPECT_EQ(Count("l", "90"), Since("2.12")
                                  ? "message size exceeds maximum allowed"
                                  : "no value");
}

// PUB-005: the typed acknowledgement.
TEST_P(Counters, ShowTheTotalInThePubAck) {
  const absl::StatusOr<PubAck> ack =
      jetstream().Publish({.subject = "c.a", .headers = {{"Nats-Incr", "42"}}});
  ASSERT_TRUE(ack.ok()) << ack.status();
  EXPECT_EQ(ack->sequence, 1u);
  EXPECT_EQ(ack->value, Since("2.12") ? "42" : "");
}

}  // namespace
}  // namespace windtunnel
