// Fast batches: publishes whose reply subject says where they stand, and that
// are answered now and then.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/integration/batch_behaviour.h"

namespace windtunnel {
namespace {

enum Operation { kStart, kAppend, kCommit, kEnd, kPing };

class FastBatchBehaviour : public BatchBehaviour {
 protected:
  void SetUp() override {
    Behaviour::SetUp();
    if (HasFatalFailure()) return;
    CreateFast("S");
    answers_ = Listen("answers.>");
  }
  void TearDown() override {
    answers_ = nullptr;
    Behaviour::TearDown();
  }

  void CreateFast(const std::string& name, StreamConfig config = {}) {
    config.name = name;
    config.subjects = {absl::StrCat(name, ".>")};
    config.storage = Storage::kMemory;
    config.allow_batched = true;
    Create(config);
  }

  // Publishes with the reply subject `answers.<reply>`.
  void Send(const std::string& reply, Message message = {}) {
    if (message.subject.empty()) message.subject = "S.1";
    message.reply = absl::StrCat("answers.", reply);
    ASSERT_TRUE(connection().Publish(message).ok());
  }
  static std::string Reply(absl::string_view id, int sequence,
                           Operation operation, absl::string_view gap = "fail",
                           int flow = 10) {
    return absl::StrCat(id, ".", flow, ".", gap, ".", sequence, ".",
                        static_cast<int>(operation), ".$FI");
  }
  // The next answer, whoever it is for.
  std::string Next(absl::Duration timeout = absl::Seconds(5)) {
    return NextOf(*answers_, timeout);
  }
  // The answer to one publish.
  std::string Send1(const std::string& reply, Message message = {}) {
    Send(reply, std::move(message));
    return Next();
  }

  static std::string FlowAck(int sequence, int messages) {
    return absl::StrCat(R"({"type":"ack","seq":)", sequence, R"(,"msgs":)",
                        messages, "}");
  }
  static std::string Gap(int expected, int got) {
    return absl::StrCat(R"({"type":"gap","last_seq":)", expected, R"(,"seq":)",
                        got, "}");
  }
  static std::string Unknown(absl::string_view stream = "S") {
    return Refusal(stream, 400, 10208, "batch publish ID unknown");
  }

  // What older servers do: the reply subject is like any other.
  void ExpectPlain() {
    EXPECT_EQ(Send1(Reply("b", 1, kStart)), Ack("S", 1));
    EXPECT_EQ(Send1("what.ever.$FI"), Ack("S", 2));
  }

  static const Message kWrong;

 private:
  std::unique_ptr<Subscription> answers_;
};

// Is refused wherever it comes.
const Message FastBatchBehaviour::kWrong = {
    .subject = "S.1", .headers = {{"Nats-Expected-Stream", "x"}}};
constexpr char kWrongError[] =
    R"({"code":400,"err_code":10060,)"
    R"("description":"expected stream does not match"})";

BEHAVIOUR_SUITE_OF(FastBatchBehaviour, FastBatch);

// PUB-079, PUB-083, PUB-084, PUB-087
TEST_P(FastBatch, IsAnsweredEveryFewMessages) {
  if (!Since("2.14")) return ExpectPlain();
  EXPECT_EQ(Send1(Reply("b", 1, kStart, "fail", 3), {.data = "a"}),
            FlowAck(0, 3));
  EXPECT_EQ(DataAt("S", 1), "a") << "stored at once";
  EXPECT_EQ(Get("S", 1).headers, Headers());
  for (int i = 2; i <= 8; ++i) Send(Reply("b", i, kAppend, "fail", 3));
  EXPECT_EQ(Next(), FlowAck(3, 3));
  EXPECT_EQ(Next(), FlowAck(6, 3));
  EXPECT_EQ(Send1(Reply("b", 8, kPing, "fail", 3)), FlowAck(6, 3));
  EXPECT_EQ(Send1(Reply("b", 2, kPing, "fail", 3)), FlowAck(6, 3));
  EXPECT_EQ(Send1(Reply("b", 9, kCommit, "fail", 3)), BatchAck("S", 9, "b", 9));
  EXPECT_EQ(Send1(Reply("b", 10, kAppend)), Unknown());
  EXPECT_EQ(Send1(Reply("b", 10, kPing)), Unknown());
  EXPECT_EQ(State("S").messages, 9u);
}

// PUB-084
TEST_P(FastBatch, EndsWithOrWithoutAMessage) {
  if (!Since("2.14")) return ExpectPlain();
  EXPECT_EQ(Send1(Reply("b", 1, kCommit)), BatchAck("S", 1, "b", 1));
  Send1(Reply("b", 1, kStart));
  EXPECT_EQ(Send1(Reply("b", 2, kEnd), {.data = "none of it"}),
            BatchAck("S", 2, "b", 1));
  EXPECT_EQ(State("S").messages, 2u);
  EXPECT_EQ(Send1(Reply("b", 2, kEnd)), Unknown());
  EXPECT_EQ(Send1(Reply("b", 2, kCommit)), Unknown());
}

// PUB-083
TEST_P(FastBatch, SharesWithOthers) {
  if (!Since("2.14")) return ExpectPlain();
  EXPECT_EQ(Send1(Reply("a", 1, kStart, "fail", 600)), FlowAck(0, 500));
  EXPECT_EQ(Send1(Reply("b", 1, kStart, "fail", 10)), FlowAck(0, 1));
  EXPECT_EQ(Next(), FlowAck(1, 2));
  for (int i = 2; i <= 15; ++i) Send(Reply("b", i, kAppend));
  EXPECT_EQ(Next(), FlowAck(3, 4));
  EXPECT_EQ(Next(), FlowAck(7, 8));
  EXPECT_EQ(Next(), FlowAck(15, 10));
  EXPECT_EQ(Send1(Reply("b", 16, kEnd)), BatchAck("S", 16, "b", 15));
  EXPECT_EQ(Send1(Reply("a", 2, kEnd)), BatchAck("S", 1, "a", 1))
      << "the sequence of its own last message";
}

// PUB-080
TEST_P(FastBatch, NeedsAReplySubjectOfItsForm) {
  if (!Since("2.14")) return ExpectPlain();
  const std::string invalid =
      Refusal("S", 400, 10206, "batch publish pattern is invalid");
  for (const std::string reply : {
           "x.$FI",
           "1.0.$FI",
           "10.fail.1.0.$FI",
           "b.10.fail.1.5.$FI",
           "b.10.fail.1.x.$FI",
           "b.10.fail.0.0.$FI",
           "b.10.fail.x.1.$FI",
           "b.10.fail.18446744073709551615.1.$FI",
           "b.10.fail.18446744073709551616.1.$FI",
           "b.10.fial.1.0.$FI",
           "b.10.FAIL.1.0.$FI",
           "b.10.fail.2.0.$FI",
           "b.10.fail.1.1.$FI",
           "b.10.fail.1.3.$FI",
       }) {
    EXPECT_EQ(Send1(reply), invalid) << reply;
  }
  EXPECT_EQ(Send1("b.10.fail.1.2.$fi"), Ack("S", 1)) << "no batch";
  EXPECT_EQ(Send1("b.10.fail.01.02.$FI"), BatchAck("S", 2, "b", 1));

  const auto flow = [&](const std::string& value) {
    std::string first = Send1(absl::StrCat("b.", value, ".fail.1.0.$FI"));
    Send1(absl::StrCat("b.", value, ".fail.2.3.$FI"));
    return first;
  };
  EXPECT_EQ(flow("0"), FlowAck(0, 10));
  EXPECT_EQ(flow("-1"), FlowAck(0, 10));
  EXPECT_EQ(flow("x"), FlowAck(0, 10));
  EXPECT_EQ(flow("7"), FlowAck(0, 7));
  EXPECT_EQ(flow("70000"), FlowAck(0, 500));
}

// PUB-079, PUB-081
TEST_P(FastBatch, NeedsConsentAndAnId) {
  Create({.name = "P", .subjects = {"P.>"}, .storage = Storage::kMemory});
  if (!Since("2.14")) return ExpectPlain();
  const std::string disabled =
      Refusal("P", 400, 10205, "batch publish is disabled");
  EXPECT_EQ(Send1(Reply("b", 1, kStart), {.subject = "P.1"}), disabled);
  EXPECT_EQ(Send1("x.$FI", {.subject = "P.1"}), disabled);
  EXPECT_EQ(Send1(Reply("b", 1, kStart),
                  {.subject = "P.1", .headers = InBatch("a", 1)}),
            disabled);
  const std::string id(64, 'i');
  EXPECT_EQ(Send1(Reply(id, 1, kCommit)), BatchAck("S", 1, id, 1));
  EXPECT_EQ(Send1(Reply(id + "i", 1, kCommit)),
            Refusal("S", 400, 10207, "batch publish ID is invalid"));
}

// PUB-082
TEST_P(FastBatch, IsForgottenAfterTenSeconds) {
  if (!Since("2.14")) return ExpectPlain();
  EXPECT_EQ(Send1(Reply("b", 2, kAppend)), Unknown());
  EXPECT_EQ(Send1(Reply("b", 1, kPing)), Unknown());

  const absl::Time start = runtime().Now();
  EXPECT_EQ(Send1(Reply("left", 1, kStart)), FlowAck(0, 10));
  Send(Reply("kept", 1, kStart));
  EXPECT_EQ(Next(), FlowAck(0, 1));
  EXPECT_EQ(Next(), FlowAck(1, 2));
  Advance(start + absl::Milliseconds(5'000) - runtime().Now());
  EXPECT_EQ(Send1(Reply("kept", 1, kPing)), FlowAck(1, 2));
  Advance(start + absl::Milliseconds(10'200) - runtime().Now());

  EXPECT_EQ(Send1(Reply("left", 2, kAppend)), Unknown());
  EXPECT_EQ(Send1(Reply("kept", 2, kEnd)), BatchAck("S", 2, "kept", 1));
}

// PUB-085
TEST_P(FastBatch, StopsAtAGap) {
  if (!Since("2.14")) return ExpectPlain();
  Send1(Reply("b", 1, kStart));
  EXPECT_EQ(Send1(Reply("b", 3, kAppend)), Gap(2, 3));
  EXPECT_EQ(Next(), BatchAck("S", 1, "b", 1));
  EXPECT_EQ(Send1(Reply("b", 4, kAppend)), Unknown());

  Send1(Reply("b", 1, kStart));
  EXPECT_EQ(Send1(Reply("b", 3, kAppend, "ok")), Gap(2, 3))
      << "the first message decides";
  EXPECT_EQ(Next(), BatchAck("S", 2, "b", 1));

  Send1(Reply("b", 1, kStart));
  EXPECT_EQ(Send1(Reply("b", 5, kCommit)), Gap(2, 5));
  EXPECT_EQ(Next(), BatchAck("S", 3, "b", 1));

  Send1(Reply("b", 1, kStart));
  EXPECT_EQ(Send1(Reply("b", 4, kEnd)), Gap(2, 4));
  EXPECT_EQ(Next(), BatchAck("S", 4, "b", 1));

  Send1(Reply("b", 1, kStart));
  EXPECT_EQ(Send1(Reply("b", 5, kPing)), Gap(2, 6));
  EXPECT_EQ(Next(), BatchAck("S", 5, "b", 1));

  Send1(Reply("b", 1, kStart));
  EXPECT_EQ(Send1(Reply("b", 1, kStart)), Gap(2, 1));
  EXPECT_EQ(Next(), BatchAck("S", 6, "b", 1));
  EXPECT_EQ(State("S").messages, 6u);
}

// PUB-085
TEST_P(FastBatch, MayGoOnAfterAGap) {
  if (!Since("2.14")) return ExpectPlain();
  Send1(Reply("b", 1, kStart, "ok"));
  EXPECT_EQ(Send1(Reply("b", 3, kAppend, "ok")), Gap(2, 3));
  EXPECT_EQ(Send1(Reply("b", 6, kCommit, "ok")), Gap(4, 6));
  EXPECT_EQ(Next(), BatchAck("S", 3, "b", 6));

  Send1(Reply("b", 1, kStart, "ok"));
  EXPECT_EQ(Send1(Reply("b", 4, kEnd, "ok")), Gap(2, 4));
  EXPECT_EQ(Next(), BatchAck("S", 4, "b", 3));

  Send1(Reply("b", 1, kStart, "ok", 2));
  EXPECT_EQ(Send1(Reply("b", 5, kPing, "ok", 2)), Gap(2, 6));
  EXPECT_EQ(Next(), FlowAck(4, 2));
  Send(Reply("b", 6, kAppend, "ok", 2));
  EXPECT_EQ(Next(), FlowAck(6, 2));
  EXPECT_EQ(Send1(Reply("b", 2, kAppend, "ok", 2)), Gap(7, 2))
      << "backward closes it";
  EXPECT_EQ(Next(), BatchAck("S", 6, "b", 6));
}

// PUB-086
TEST_P(FastBatch, StopsAtAFailingMessage) {
  if (!Since("2.14")) return ExpectPlain();
  EXPECT_EQ(Send1(Reply("b", 1, kStart), kWrong), FlowAck(0, 10));
  const std::string refused =
      Refusal("S", 400, 10060, "expected stream does not match");
  EXPECT_EQ(Next(), refused);
  EXPECT_EQ(Send1(Reply("b", 2, kAppend)), Unknown());
  EXPECT_EQ(Send1(Reply("b", 1, kCommit), kWrong), refused);

  Send1(Reply("b", 1, kStart));
  const std::string error =
      absl::StrCat(R"({"type":"err","seq":2,"error":)", kWrongError, "}");
  EXPECT_EQ(Send1(Reply("b", 2, kAppend), kWrong), error);
  EXPECT_EQ(Next(), BatchAck("S", 1, "b", 1));
  EXPECT_EQ(Send1(Reply("b", 3, kAppend)), Unknown());

  Send1(Reply("b", 1, kStart));
  EXPECT_EQ(Send1(Reply("b", 2, kCommit), kWrong), error);
  EXPECT_EQ(Next(), BatchAck("S", 2, "b", 1));
}

// PUB-086
TEST_P(FastBatch, MayGoOnAfterAFailingMessage) {
  if (!Since("2.14")) return ExpectPlain();
  const auto error = [](int sequence) {
    return absl::StrCat(R"({"type":"err","seq":)", sequence, R"(,"error":)",
                        kWrongError, "}");
  };
  Send1(Reply("b", 1, kStart, "ok"), kWrong);
  EXPECT_EQ(Next(), error(1));
  Send(Reply("b", 2, kAppend, "ok"));
  EXPECT_EQ(Send1(Reply("b", 3, kAppend, "ok"), kWrong), error(3));
  EXPECT_EQ(Send1(Reply("b", 4, kEnd, "ok")), BatchAck("S", 1, "b", 3));

  Send1(Reply("b", 1, kStart, "ok"));
  EXPECT_EQ(Send1(Reply("b", 2, kCommit, "ok"), kWrong), error(2));
  EXPECT_EQ(Next(), BatchAck("S", 2, "b", 1)) << "not counted at the end";

  EXPECT_EQ(Send1(Reply("b", 1, kCommit, "ok"), kWrong), error(1));
  EXPECT_EQ(Next(), BatchAck("S", 0, "b", 0));
}

// PUB-086
TEST_P(FastBatch, SkipsDuplicates) {
  const Message known = {.subject = "S.1", .headers = {{"Nats-Msg-Id", "a"}}};
  if (!Since("2.14")) return ExpectPlain();
  EXPECT_EQ(Ask("S.1", known.headers), Ack("S", 1));
  EXPECT_EQ(Send1(Reply("b", 1, kStart, "fail", 2), known), FlowAck(0, 2));
  EXPECT_EQ(Send1(Reply("b", 2, kAppend, "fail", 2)), FlowAck(2, 2));
  Send(Reply("b", 3, kAppend, "fail", 2), known);
  EXPECT_EQ(Send1(Reply("b", 4, kCommit, "fail", 2)), BatchAck("S", 3, "b", 4));

  EXPECT_EQ(
      Send1(Reply("b", 1, kCommit), known),
      R"({"stream":"S","seq":1,"duplicate": true,"batch":"b","count":1})");
  EXPECT_EQ(Send1(Reply("b", 1, kCommit, "ok"), known),
            BatchAck("S", 0, "b", 1));
}

// PUB-086: what is checked when a message is stored answers as ordinary
// publishes do, and the batch waits for it in vain.
TEST_P(FastBatch, AnswersLateFailuresAsOthers) {
  CreateFast("L", {.max_msg_size = 100});
  if (!Since("2.14")) return ExpectPlain();
  const auto to = [](Headers headers, std::string data = "") -> Message {
    return {.subject = "L.1",
            .headers = std::move(headers),
            .data = std::move(data)};
  };
  EXPECT_EQ(Send1(Reply("b", 1, kStart), to({{"Nats-Msg-Id", "z"}})),
            FlowAck(0, 10));
  EXPECT_EQ(
      Send1(Reply("b", 2, kAppend), to({{"Nats-Expected-Last-Msg-Id", "q"}})),
      Refusal("L", 400, 10070, "wrong last msg ID: z"));
  Send(Reply("b", 3, kAppend), to({}));
  EXPECT_EQ(Send1(Reply("b", 4, kAppend), to({}, std::string(101, 'x'))),
            Refusal("L", 400, 10054, "message size exceeds maximum allowed"));
  EXPECT_EQ(Send1(Reply("b", 4, kEnd), to({})), BatchAck("L", 2, "b", 3));

  const Message demanding = to({{"Nats-Required-Api-Level", "99"}});
  const std::string level =
      Refusal("L", 412, 10185, "JetStream minimum api level required");
  EXPECT_EQ(Send1(Reply("b", 1, kStart), demanding), level);
  Send1(Reply("b", 1, kStart), to({}));
  EXPECT_EQ(Send1(Reply("b", 2, kAppend), demanding), level);
  EXPECT_EQ(Send1(Reply("b", 2, kAppend), to({})), Unknown("L"));
  EXPECT_EQ(
      Send1(Reply("b", 1, kCommit), to({{"Nats-Required-Api-Level", "2"}})),
      BatchAck("L", 4, "b", 1));
  EXPECT_EQ(Get("L", 4).headers, Headers());
}

// PUB-077, PUB-079: with other options of the stream.
TEST_P(FastBatch, CountsAndSkips) {
  CreateFast("C", {.allow_msg_counter = true});
  CreateFast("N", {.no_ack = true});
  CreateFast("I", {.retention = Retention::kInterest});
  if (!Since("2.14")) return ExpectPlain();
  const auto by = [](const std::string& increment) -> Message {
    return {.subject = "C.1", .headers = {{"Nats-Incr", increment}}};
  };
  Send1(Reply("b", 1, kStart), by("2"));
  EXPECT_EQ(Send1(Reply("b", 2, kCommit), by("3")), BatchAck("C", 2, "b", 2));
  EXPECT_EQ(DataAt("C", 2), R"({"val":"5"})");

  // no_ack keeps back the first answer, not the others.
  const Message silent = {.subject = "N.1"};
  Send(Reply("b", 1, kStart, "fail", 2), silent);
  EXPECT_EQ(Send1(Reply("b", 2, kAppend, "fail", 2), silent), FlowAck(2, 2));
  EXPECT_EQ(Send1(Reply("b", 4, kAppend, "fail", 2), silent), Gap(3, 4));
  EXPECT_EQ(Next(), BatchAck("N", 2, "b", 2));
  Send(Reply("b", 2, kAppend), silent);
  EXPECT_EQ(Send1(Reply("b", 1, kCommit), silent), BatchAck("N", 3, "b", 1));

  const Message unwanted = {.subject = "I.1"};
  EXPECT_EQ(Send1(Reply("b", 1, kStart, "fail", 2), unwanted), FlowAck(0, 2));
  EXPECT_EQ(Send1(Reply("b", 2, kAppend, "fail", 2), unwanted), FlowAck(2, 2));
  EXPECT_EQ(Send1(Reply("b", 3, kCommit, "fail", 2), unwanted),
            BatchAck("I", 3, "b", 3));
  EXPECT_EQ(State("I").messages, 0u);
}

// PUB-070: as live servers do, which forget to take that back.
TEST_P(FastBatch, CountsWhatARefusedAtomicBatchWouldHaveStored) {
  CreateFast("A", {.allow_atomic = true});
  if (!Since("2.14")) return ExpectPlain();
  const auto expecting = [](const std::string& last) -> Message {
    return {.subject = "A.1",
            .headers = {{"Nats-Expected-Last-Sequence", last}}};
  };
  Ask("A.1", {});
  Ask("A.1", InBatch("b", 1));
  Ask("A.1", InBatch("b", 2));
  EXPECT_NE(Ask("A.1", InBatch("b", 3, "1", {{"Nats-Rollup", "sub"}})), "");
  EXPECT_EQ(State("A").last_seq, 1u);

  EXPECT_EQ(Send1(Reply("f", 1, kCommit), expecting("1")),
            Refusal("A", 400, 10071, "wrong last sequence: 3"));
  EXPECT_EQ(Send1(Reply("f", 1, kCommit), expecting("3")),
            BatchAck("A", 2, "f", 1));
  EXPECT_EQ(Ask("A.1", expecting("2").headers), Ack("A", 3));
  EXPECT_EQ(Ask("A.1", {}), Ack("A", 4));
  EXPECT_EQ(Send1(Reply("f", 1, kCommit), expecting("4")),
            BatchAck("A", 5, "f", 1));
}

// PUB-088
TEST_P(FastBatch, HasAtMostThousandOthersOpen) {
  if (!Since("2.14")) return ExpectPlain();
  for (int i = 1; i <= 1000; ++i) {
    Send(Reply(absl::StrCat("b", i), 1, kStart, "fail", 1));
    EXPECT_EQ(Next(), FlowAck(0, 1));
    EXPECT_EQ(Next(), FlowAck(1, 1));
  }
  EXPECT_EQ(Send1(Reply("one_more", 1, kStart)),
            Refusal("S", 429, 10211, "batch publish too many inflight"));
  EXPECT_EQ(Send1(Reply("b7", 2, kEnd)), BatchAck("S", 7, "b7", 1));
  EXPECT_EQ(Send1(Reply("again", 1, kCommit)), BatchAck("S", 1001, "again", 1));
}

// PUB-082: switched off or restarted, the server forgets them.
TEST_P(FastBatch, IsForgottenWhenSwitchedOff) {
  if (!Since("2.14")) return ExpectPlain();
  Send1(Reply("b", 1, kStart));
  StreamConfig config = {
      .name = "S", .subjects = {"S.>"}, .storage = Storage::kMemory};
  Update(config);
  config.allow_batched = true;
  Update(config);
  EXPECT_EQ(Send1(Reply("b", 2, kAppend)), Unknown());
  EXPECT_EQ(DataAt("S", 1), "");
  EXPECT_EQ(State("S").messages, 1u);
}

}  // namespace
}  // namespace windtunnel
