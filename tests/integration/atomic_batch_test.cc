// Atomic batches: messages that are stored together or not at all. What is
// checked when they are committed is in atomic_batch_checks_test.cc.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/batch_behaviour.h"

namespace windtunnel {
namespace {

class AtomicBatchBehaviour : public BatchBehaviour {
 protected:
  void SetUp() override {
    Behaviour::SetUp();
    if (!HasFatalFailure()) CreateAtomic("S");
  }

  void CreateAtomic(const std::string& name, StreamConfig config = {}) {
    config.name = name;
    config.subjects = {absl::StrCat(name, ".>")};
    config.storage = Storage::kMemory;
    config.allow_atomic = true;
    Create(config);
  }

  std::string Incomplete(absl::string_view stream = "S") const {
    return Refusal(stream, 400, 10176, "atomic publish batch is incomplete");
  }
  std::string TooLarge() const {
    return Refusal("S", 400, 10199, "atomic publish batch is too large: 1000");
  }

  // "<batch> <reason>" of the next advisory, "none" if there is none.
  static std::string NextAbandoned(Subscription& advisories,
                                   absl::Duration timeout = absl::Seconds(5)) {
    const std::string text = NextOf(advisories, timeout);
    if (text == "none") return text;
    const nlohmann::json advisory = nlohmann::json::parse(text);
    return absl::StrCat(advisory.value("batch", ""), " ",
                        advisory.value("reason", ""));
  }
};

BEHAVIOUR_SUITE_OF(AtomicBatchBehaviour, AtomicBatch);

constexpr char kAbandoned[] = "$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.>";

// PUB-058, PUB-059, PUB-062, PUB-005
TEST_P(AtomicBatch, IsInvisibleUntilCommitted) {
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("S.1", InBatch("b", 1)), Ack("S", 1));
    EXPECT_EQ(Ask("S.2", InBatch("b", 2, "1")), Ack("S", 2));
    EXPECT_EQ(State("S").messages, 2u);
    return;
  }
  EXPECT_EQ(Ask("S.1", InBatch("b", 1), "a"), "");
  EXPECT_EQ(Ask("S.2", InBatch("b", 2), "b"), "");
  EXPECT_EQ(State("S"), StreamState());

  EXPECT_EQ(Ask("S.1", InBatch("b", 3, "1"), "c"), BatchAck("S", 3, "b", 3));

  EXPECT_EQ(State("S").messages, 3u);
  EXPECT_EQ(DataAt("S", 1), "a");
  EXPECT_EQ(DataAt("S", 2), "b");
  const StoredMessage last = Get("S", 3);
  EXPECT_EQ(last.data, "c");
  EXPECT_EQ(last.headers.Get("Nats-Batch-Id"), "b");
  EXPECT_EQ(last.headers.Get("Nats-Batch-Sequence"), "3");
  EXPECT_EQ(last.headers.Get("Nats-Batch-Commit"), "1");
  EXPECT_EQ(Ask("S.1", InBatch("c", 1, "1")), BatchAck("S", 4, "c", 1));
  EXPECT_EQ(Ask("S.1", InBatch("", 1)), Ack("S", 5));
}

// PUB-005: the typed acknowledgement.
TEST_P(AtomicBatch, ShowsInThePubAck) {
  const absl::StatusOr<PubAck> ack =
      jetstream().Publish({.subject = "S.1", .headers = InBatch("b", 1, "1")});
  ASSERT_TRUE(ack.ok()) << ack.status();
  EXPECT_EQ(ack->sequence, 1u);
  EXPECT_EQ(ack->batch_id, Since("2.12") ? "b" : "");
  EXPECT_EQ(ack->batch_size, Since("2.12") ? 1u : 0u);
}

// PUB-060
TEST_P(AtomicBatch, MayEndWithoutAMessage) {
  auto advisories = Listen(kAbandoned);
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("S.1", InBatch("b", 1, "eob")), Ack("S", 1));
    return;
  }
  Ask("S.1", InBatch("b", 1), "a");
  Ask("S.2", InBatch("b", 2), "b");
  EXPECT_EQ(Ask("S.3", InBatch("b", 3, "eob"), "none of it"),
            BatchAck("S", 2, "b", 2));
  EXPECT_EQ(State("S").messages, 2u);
  EXPECT_EQ(Get("S", 1).headers.Get("Nats-Batch-Commit"), std::nullopt);
  EXPECT_EQ(Get("S", 2).headers.Get("Nats-Batch-Commit"), "1");
  EXPECT_EQ(DataAt("S", 2), "b");

  EXPECT_EQ(Ask("S.1", InBatch("c", 1, "eob")), Incomplete());
  EXPECT_EQ(NextAbandoned(*advisories), "c incomplete");
}

// PUB-061, STR-130
TEST_P(AtomicBatch, IsGoneAfterAnInvalidCommit) {
  auto advisories = Listen(kAbandoned);
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("S.1", InBatch("b", 1, "2")), Ack("S", 1));
    return;
  }
  const std::string invalid =
      Refusal("S", 400, 10200, "atomic publish batch commit is invalid");
  Ask("S.1", InBatch("b", 1));
  EXPECT_EQ(Ask("S.1", InBatch("b", 2, "2")), invalid);
  EXPECT_EQ(Ask("S.1", InBatch("b", 2)), Incomplete());
  EXPECT_EQ(Ask("S.1", InBatch("c", 1, "EOB")), invalid);
  EXPECT_EQ(Ask("S.1", InBatch("d", 1, "", {{"Nats-Batch-Commit", ""}})),
            invalid);
  EXPECT_EQ(Ask("S.1", InBatch("e", 1)), "");
  EXPECT_EQ(Ask("S.1", InBatch("e", 3)), Incomplete());
  EXPECT_EQ(NextAbandoned(*advisories), "e incomplete");
}

// PUB-062
TEST_P(AtomicBatch, NeedsTheStreamsConsent) {
  const StreamConfig without = {
      .name = "P", .subjects = {"P.>"}, .storage = Storage::kMemory};
  Create(without);
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("P.1", InBatch("b", 1)), Ack("P", 1));
    return;
  }
  const std::string disabled =
      Refusal("P", 400, 10174, "atomic publish is disabled");
  EXPECT_EQ(Ask("P.1", InBatch("b", 1)), disabled);
  EXPECT_EQ(Ask("P.1", InBatch(std::string(65, 'x'), 7, "q")), disabled);

  StreamConfig with = without;
  with.allow_atomic = true;
  Update(with);
  EXPECT_EQ(Ask("P.1", InBatch("b", 1)), "");
  with.max_msgs = 7;
  Update(with);
  EXPECT_EQ(Ask("P.1", InBatch("b", 2)), "");
  Update(without);
  EXPECT_EQ(Ask("P.1", InBatch("b", 3)), disabled);
  Update(with);
  EXPECT_EQ(Ask("P.1", InBatch("b", 3)), Incomplete("P"));
}

// PUB-063, PUB-064
TEST_P(AtomicBatch, NeedsAnIdAndASequence) {
  const auto ask = [&](const std::string& id, const std::string& sequence) {
    return Ask("S.1", {{"Nats-Batch-Id", id},
                       {"Nats-Batch-Sequence", sequence},
                       {"Nats-Batch-Commit", "1"}});
  };
  if (!Since("2.12")) {
    EXPECT_EQ(ask(std::string(65, 'x'), "q"), Ack("S", 1));
    return;
  }
  const std::string id(64, 'x');
  EXPECT_EQ(ask(id, "1"), BatchAck("S", 1, id, 1));
  EXPECT_EQ(ask(id + "x", "q"),
            Refusal("S", 400, 10179, "atomic publish batch ID is invalid"));
  const std::string missing =
      Refusal("S", 400, 10175, "atomic publish sequence is missing");
  for (const std::string sequence :
       {"", "abc", "+1", "1.0", "-1", "18446744073709551616"}) {
    EXPECT_EQ(ask("b", sequence), missing) << sequence;
  }
  EXPECT_EQ(Ask("S.1", {{"Nats-Batch-Id", "b"}}), missing);
  EXPECT_EQ(ask("b", "0"), Incomplete());
  EXPECT_EQ(ask("b", "01"), BatchAck("S", 2, "b", 1));
  EXPECT_EQ(ask("it's \"b\"", "1"),
            R"({"stream":"S","seq":3,"batch":"it's \"b\"","count":1})");
}

// PUB-065, STR-130
TEST_P(AtomicBatch, IsGoneAfterAGapOrARepeat) {
  auto advisories = Listen(kAbandoned);
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("S.1", InBatch("b", 3)), Ack("S", 1));
    return;
  }
  EXPECT_EQ(Ask("S.1", InBatch("a", 2)), Incomplete()) << "unknown";
  Ask("S.1", InBatch("b", 1));
  EXPECT_EQ(Ask("S.1", InBatch("b", 3)), Incomplete()) << "a gap";
  EXPECT_EQ(Ask("S.1", InBatch("b", 2)), Incomplete()) << "dropped";
  Ask("S.1", InBatch("c", 1));
  EXPECT_EQ(Ask("S.1", InBatch("c", 1)), Incomplete()) << "a repeat";

  const nlohmann::json advisory = nlohmann::json::parse(NextOf(*advisories));
  EXPECT_EQ(advisory["type"],
            "io.nats.jetstream.advisory.v1.stream_batch_abandoned");
  EXPECT_EQ(advisory["stream"], "S");
  EXPECT_EQ(advisory["batch"], "b");
  EXPECT_EQ(advisory["reason"], "incomplete");
  EXPECT_EQ(advisory.size(), 6u);
  EXPECT_EQ(NextAbandoned(*advisories), "c incomplete");
  EXPECT_EQ(State("S").last_seq, 0u);
}

// PUB-066, STR-130
TEST_P(AtomicBatch, HasAtMostThousandMessages) {
  auto advisories = Listen(kAbandoned);
  const auto stage = [&](int count) {
    for (int i = 1; i <= count; ++i) {
      ASSERT_TRUE(connection()
                      .Publish({.subject = "S.1", .headers = InBatch("b", i)})
                      .ok());
    }
  };
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("S.1", InBatch("b", 1001, "1")), Ack("S", 1));
    return;
  }
  stage(1000);
  EXPECT_EQ(Ask("S.1", InBatch("b", 1001)), TooLarge());
  EXPECT_EQ(NextAbandoned(*advisories), "b large");
  stage(1000);
  EXPECT_EQ(Ask("S.1", InBatch("b", 1001, "eob")),
            BatchAck("S", 1000, "b", 1000));
  stage(999);
  EXPECT_EQ(Ask("S.1", InBatch("b", 1000, "1")),
            BatchAck("S", 2000, "b", 1000));

  EXPECT_EQ(Ask("S.1", InBatch("u", 1000)), Incomplete());
  EXPECT_EQ(Ask("S.1", InBatch("u", 1001, "1")), TooLarge());
  EXPECT_EQ(Ask("S.1", InBatch("u", 1001, "eob")), Incomplete());
  EXPECT_EQ(Ask("S.1", InBatch("u", 1002, "eob")), TooLarge());
  EXPECT_EQ(Ask("S.1", InBatch("u", 0, "eob")), TooLarge()) << "one below 0";
}

// PUB-067
TEST_P(AtomicBatch, HasAtMostFiftyOthersOpen) {
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("S.1", InBatch("b", 1)), Ack("S", 1));
    return;
  }
  const auto open = [&](const std::string& stream, int count) {
    for (int i = 1; i < count; ++i) {
      ASSERT_TRUE(connection()
                      .Publish({.subject = absl::StrCat(stream, ".1"),
                                .headers = InBatch(absl::StrCat("b", i), 1)})
                      .ok());
    }
    EXPECT_EQ(Ask(absl::StrCat(stream, ".1"), InBatch("last", 1)), "");
  };
  const auto too_many = [&](absl::string_view stream) {
    return Refusal(stream, 429, 10210, "atomic publish too many inflight");
  };
  open("S", 50);
  EXPECT_EQ(Ask("S.1", InBatch("one more", 1)), too_many("S"));
  EXPECT_EQ(Ask("S.1", InBatch("one more", 1, "1")), too_many("S"));
  EXPECT_EQ(Ask("S.1", InBatch("last", 2, "1")), BatchAck("S", 2, "last", 2));
  EXPECT_EQ(Ask("S.1", InBatch("last", 1)), "");

  for (int i = 1; i < 20; ++i) {
    const std::string name = absl::StrCat("T", i);
    CreateAtomic(name);
    open(name, 50);
  }
  CreateAtomic("U");
  EXPECT_EQ(Ask("U.1", InBatch("b", 1)), too_many("U")) << "1000 on the server";
  ASSERT_TRUE(jetstream().DeleteStream("T1").ok());
  EXPECT_EQ(Ask("U.1", InBatch("b", 1)), "");
}

// PUB-068, STR-130
TEST_P(AtomicBatch, IsGoneAfterTenSecondsWithoutAMessage) {
  auto advisories = Listen(kAbandoned);
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("S.1", InBatch("b", 1)), Ack("S", 1));
    EXPECT_EQ(NextAbandoned(*advisories, absl::Milliseconds(50)), "none");
    return;
  }
  const absl::Time start = runtime().Now();
  Ask("S.1", InBatch("kept", 1));
  Ask("S.1", InBatch("left", 1));
  Advance(start + absl::Seconds(5) - runtime().Now());
  Ask("S.1", InBatch("kept", 2));

  EXPECT_EQ(NextAbandoned(*advisories, absl::Seconds(8)), "left timeout");

  const absl::Duration after = runtime().Now() - start;
  EXPECT_GE(after, absl::Milliseconds(9'990));
  EXPECT_LT(after, absl::Milliseconds(12'000));
  EXPECT_EQ(Ask("S.1", InBatch("left", 2, "1")), Incomplete());
  EXPECT_EQ(Ask("S.1", InBatch("kept", 3, "1")), BatchAck("S", 3, "kept", 3));
}

// PUB-076, STR-130
TEST_P(AtomicBatch, MayRequireAnApiLevel) {
  auto advisories = Listen(kAbandoned);
  const auto requires_level = [](const std::string& level) -> Headers {
    return {{"Nats-Required-Api-Level", level}};
  };
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("S.1", InBatch("b", 1, "1", requires_level("99"))),
              Ack("S", 1));
    EXPECT_EQ(Get("S", 1).headers.Get("Nats-Required-Api-Level"), "99");
    return;
  }
  const std::string refused =
      Refusal("S", 412, 10185, "JetStream minimum api level required");
  EXPECT_EQ(Ask("S.1", InBatch("b", 1, "", requires_level("99"))), refused);
  EXPECT_EQ(NextAbandoned(*advisories), "b unsupported");
  Ask("S.1", InBatch("c", 1));
  EXPECT_EQ(Ask("S.1", InBatch("c", 5, "", requires_level("x"))), refused);
  EXPECT_EQ(NextAbandoned(*advisories), "c unsupported");
  EXPECT_EQ(Ask("S.1", InBatch("d", 1, "1", requires_level("2"))),
            BatchAck("S", 1, "d", 1));
  EXPECT_EQ(Get("S", 1).headers.Get("Nats-Required-Api-Level"), std::nullopt);
  EXPECT_EQ(Get("S", 1).headers.entries().size(), 3u);
}

// PUB-078
TEST_P(AtomicBatch, LetsOthersPublishMeanwhile) {
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("S.1", InBatch("b", 1)), Ack("S", 1));
    return;
  }
  Ask("S.1", InBatch("b", 1), "b1");
  EXPECT_EQ(Ask("S.1", {}, "plain"), Ack("S", 1));
  EXPECT_EQ(Ask("S.1", InBatch("c", 1, "1"), "c1"), BatchAck("S", 2, "c", 1));
  EXPECT_EQ(Ask("S.1", InBatch("b", 2, "1"), "b2"), BatchAck("S", 4, "b", 2));
  EXPECT_EQ(DataAt("S", 1), "plain");
  EXPECT_EQ(DataAt("S", 2), "c1");
  EXPECT_EQ(DataAt("S", 3), "b1");
  EXPECT_EQ(DataAt("S", 4), "b2");
}

// PUB-078
TEST_P(AtomicBatch, IsLostAtRestart) {
  const std::string name = FreshName();
  const std::string subject = absl::StrCat(name, ".1");
  Create({.name = name, .subjects = {subject}, .allow_atomic = true});
  const std::string staged = Ask(subject, InBatch("b", 1));
  ASSERT_TRUE(world().RestartServer().ok());
  std::string answer;
  Eventually([&] {
    answer = Ask(subject, InBatch("b", 2, "1"));
    return !answer.empty() && answer[0] == '{';
  });
  if (Since("2.12")) {
    EXPECT_EQ(staged, "");
    EXPECT_EQ(answer, Incomplete(name));
    EXPECT_EQ(State(name).messages, 0u);
  } else {
    EXPECT_EQ(staged, Ack(name, 1));
    EXPECT_EQ(answer, Ack(name, 2));
  }
}

// PUB-077
TEST_P(AtomicBatch, CountsAndSkips) {
  StreamConfig counting;
  counting.allow_msg_counter = true;
  CreateAtomic("C", counting);
  StreamConfig silent;
  silent.no_ack = true;
  CreateAtomic("N", silent);
  StreamConfig unwanted;
  unwanted.retention = Retention::kInterest;
  CreateAtomic("I", unwanted);
  const absl::Duration soon = absl::Milliseconds(200);
  if (!Since("2.12")) {
    EXPECT_EQ(Ask("I.1", InBatch("b", 1, "1")), Ack("I", 1));
    return;
  }
  const auto by = [](const std::string& increment) -> Headers {
    return {{"Nats-Incr", increment}};
  };
  EXPECT_EQ(Ask("C.1", by("5")), R"({"stream":"C","seq":1,"val":"5"})");
  EXPECT_EQ(Ask("C.1", InBatch("b", 1, "", by("2"))), "");
  EXPECT_EQ(Ask("C.2", InBatch("b", 2, "", by("-9"))), "");
  EXPECT_EQ(Ask("C.1", InBatch("b", 3, "1", by("3"))),
            BatchAck("C", 4, "b", 3));
  EXPECT_EQ(DataAt("C", 2), R"({"val":"7"})");
  EXPECT_EQ(DataAt("C", 3), R"({"val":"-9"})");
  EXPECT_EQ(DataAt("C", 4), R"({"val":"10"})");

  EXPECT_EQ(Ask("N.1", InBatch("b", 1), "", soon), "timeout");
  EXPECT_EQ(Ask("N.1", InBatch("b", 2, "1"), "", soon), "timeout");
  EXPECT_EQ(State("N").messages, 2u);
  EXPECT_EQ(Ask("N.1", InBatch("b", 7, "1"), "", soon), "timeout");

  EXPECT_EQ(Ask("I.1", InBatch("b", 1)), "");
  EXPECT_EQ(Ask("I.1", InBatch("b", 2, "1")), BatchAck("I", 2, "b", 2));
  EXPECT_EQ(State("I").messages, 0u);
  EXPECT_EQ(State("I").first_seq, 3u);
}

}  // namespace
}  // namespace windtunnel
