// What is checked when an atomic batch is committed, each message seeing what
// those before it do, and what is checked before.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/batch_behaviour.h"

namespace windtunnel {
namespace {

class AtomicBatchChecksBehaviour : public BatchBehaviour {
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

  // Publishes all of it as one batch: the error of the last message, "OK" if it
  // was stored. Older servers store each message for itself.
  JetStreamError Commit(
      const std::vector<std::pair<std::string, Headers>>& messages) {
    const int size = static_cast<int>(messages.size());
    for (int i = 1; i < size; ++i) {
      const auto& [subject, headers] = messages[i - 1];
      EXPECT_EQ(Ask(subject, InBatch("b", i, "", headers)), "");
    }
    const auto& [subject, headers] = messages.back();
    return ErrorOf(RawPublish(
        {.subject = subject, .headers = InBatch("b", size, "1", headers)}));
  }

  // What older servers do with such a message: it is like any other.
  void ExpectPlain() {
    EXPECT_EQ(Ask("S.1", InBatch("b", 1)), Ack("S", 1));
    EXPECT_EQ(ErrorOf(RawPublish(
                  {.subject = "S.1",
                   .headers = InBatch(
                       "b", 2, "1", {{"Nats-Expected-Last-Sequence", "9"}})})),
              JetStreamError(400, 10071, "wrong last sequence: 1"));
  }
};

BEHAVIOUR_SUITE_OF(AtomicBatchChecksBehaviour, AtomicBatchChecks);

constexpr char kLast[] = "Nats-Expected-Last-Sequence";
constexpr char kSubjectLast[] = "Nats-Expected-Last-Subject-Sequence";
constexpr char kSubject[] = "Nats-Expected-Last-Subject-Sequence-Subject";
constexpr char kId[] = "Nats-Msg-Id";
constexpr char kRollup[] = "Nats-Rollup";

JetStreamError WrongLast(int actual) {
  return {400, 10071, absl::StrCat("wrong last sequence: ", actual)};
}
JetStreamError WrongLast() { return {400, 10164, "wrong last sequence"}; }
JetStreamError Duplicate() {
  return {400, 10201, "atomic publish batch contains duplicate message id"};
}
JetStreamError Rollup(absl::string_view text) {
  return {500, 10111, std::string(text)};
}
JetStreamError Full(absl::string_view text) {
  return {503, 10077, std::string(text)};
}

// PUB-069, PUB-070
TEST_P(AtomicBatchChecks, LastSequenceOnlyInTheFirstMessage) {
  if (!Since("2.12")) return ExpectPlain();
  EXPECT_EQ(Commit({{"S.1", {{kLast, "0"}}}, {"S.2", {}}}), Ok());
  EXPECT_EQ(Commit({{"S.1", {{kLast, "2"}}}, {"S.2", {{kLast, "3"}}}}),
            WrongLast());
  EXPECT_EQ(Commit({{"S.1", {}}, {"S.2", {{kLast, "2"}}}}), WrongLast(3));
  EXPECT_EQ(Commit({{"S.1", {{kLast, "x"}}}, {"S.2", {}}}), WrongLast(2));
  EXPECT_EQ(Commit({{"S.1", {}}, {"S.1", {}}, {"S.2", {{kLast, "2"}}}}),
            WrongLast(4));
  EXPECT_EQ(State("S").messages, 2u) << "nothing of the refused ones";
}

// PUB-069, PUB-071
TEST_P(AtomicBatchChecks, SubjectSequenceBeforeTheSubjectIsWritten) {
  if (!Since("2.12")) return ExpectPlain();
  EXPECT_EQ(
      Commit({{"S.1", {{kSubjectLast, "0"}}}, {"S.2", {{kSubjectLast, "0"}}}}),
      Ok());
  EXPECT_EQ(Commit({{"S.1", {}}, {"S.1", {{kSubjectLast, "1"}}}}), WrongLast());
  EXPECT_EQ(Commit({{"S.1", {}}, {"S.2", {{kSubjectLast, "7"}}}}),
            WrongLast(2));
  EXPECT_EQ(Commit({{"S.1", {{kSubjectLast, "1"}, {kSubject, "S.1"}}},
                    {"S.2", {{kSubjectLast, "1"}, {kSubject, "S.1"}}}}),
            WrongLast());
  EXPECT_EQ(Commit({{"S.1", {{kSubjectLast, "2"}, {kSubject, "S.2"}}},
                    {"S.3", {{kSubjectLast, "1"}, {kSubject, "S.2"}}}}),
            WrongLast(2));
  EXPECT_EQ(
      Commit({{"S.1", {}}, {"S.3", {{kSubjectLast, "2"}, {kSubject, "S.*"}}}}),
      Ok())
      << "what the batch wrote is not looked at";
  EXPECT_EQ(Commit({{"S.1", {{kSubject, "S.2"}}}}),
            JetStreamError(
                400, 10193,
                "missing sequence for expected last sequence per subject"));
}

// PUB-069, PUB-072
TEST_P(AtomicBatchChecks, MessageIdsMustBeNew) {
  if (!Since("2.12")) return ExpectPlain();
  EXPECT_EQ(Ask("S.1", {{kId, "known"}}), Ack("S", 1));
  EXPECT_EQ(Commit({{"S.1", {{kId, "a"}}}, {"S.1", {{kId, "known"}}}}),
            Duplicate());
  EXPECT_EQ(Commit({{"S.1", {{kId, "a"}}}, {"S.1", {{kId, "a"}}}}),
            Duplicate());
  EXPECT_EQ(Commit({{"S.1", {{kId, "a"}}}, {"S.1", {{kId, "b"}}}}), Ok());
  EXPECT_EQ(Ask("S.1", {{kId, "a"}}),
            R"({"stream":"S","seq":2,"duplicate": true})");
  EXPECT_EQ(Ask("S.1", {{kId, "b"}}),
            R"({"stream":"S","seq":3,"duplicate": true})");
  EXPECT_EQ(Ask("S.1", {{"Nats-Expected-Last-Msg-Id", "b"}}), Ack("S", 4));
}

// PUB-069, PUB-073
TEST_P(AtomicBatchChecks, LastMessageIdIsNotSupported) {
  if (!Since("2.12")) return ExpectPlain();
  const Headers expecting = {{"Nats-Expected-Last-Msg-Id", "a"}};
  const JetStreamError unsupported = {
      400, 10177,
      "atomic publish unsupported header used: Nats-Expected-Last-Msg-Id"};
  EXPECT_EQ(Commit({{"S.1", expecting}}), unsupported);
  EXPECT_EQ(Commit({{"S.1", expecting}, {"S.1", {{kLast, "9"}}}}), unsupported);
  EXPECT_EQ(Commit({{"S.1", {{kLast, "9"}}}, {"S.1", expecting}}),
            WrongLast(0));
}

// PUB-069, PUB-074
TEST_P(AtomicBatchChecks, RollupsOnlyFirst) {
  StreamConfig config;
  config.allow_rollup_hdrs = true;
  CreateAtomic("R", config);
  if (!Since("2.12")) return ExpectPlain();
  const Headers sub = {{kRollup, "sub"}};
  const Headers all = {{kRollup, "all"}};
  EXPECT_EQ(Commit({{"R.1", {}}, {"R.1", {}}, {"R.2", {}}}), Ok());
  EXPECT_EQ(Commit({{"R.1", sub}, {"R.2", {}}, {"R.2", sub}}),
            Rollup("batch rollup sub invalid"));
  EXPECT_EQ(Commit({{"R.1", sub}, {"R.2", all}}),
            Rollup("batch rollup all invalid"));
  EXPECT_EQ(Commit({{"R.1", {{kRollup, "xYz"}}}}),
            Rollup(R"(rollup value invalid: "xyz")"));
  EXPECT_EQ(Commit({{"S.1", sub}}), Rollup("rollup not permitted"));
  EXPECT_EQ(Commit({{"R.1", sub}, {"R.1", {}}, {"R.3", {{kRollup, "SUB"}}}}),
            Ok());
  EXPECT_EQ(State("R").messages, 4u) << "3 to 6";
  EXPECT_EQ(Commit({{"R.1", all}, {"R.2", sub}}), Ok());
  EXPECT_EQ(State("R").messages, 2u);
  EXPECT_EQ(State("R").first_seq, 7u);
}

// PUB-069, PUB-075
TEST_P(AtomicBatchChecks, DiscardNewTakesAllOrNothing) {
  if (!Since("2.12")) return ExpectPlain();
  const auto create = [&](const std::string& name, StreamConfig config) {
    config.discard = Discard::kNew;
    CreateAtomic(name, config);
  };
  create("M", {.max_msgs = 3});
  EXPECT_EQ(Commit({{"M.1", {}}, {"M.1", {}}, {"M.1", {}}, {"M.1", {}}}),
            Full("maximum messages exceeded"));
  EXPECT_EQ(State("M").last_seq, 0u);
  EXPECT_EQ(Commit({{"M.1", {}}, {"M.1", {}}, {"M.1", {}}}), Ok());

  create("B", {.max_bytes = 200});
  EXPECT_EQ(Commit({{"B.1", {}}}), Ok());
  EXPECT_EQ(Commit({{"B.1", {}}, {"B.1", {}}}), Full("maximum bytes exceeded"));
  EXPECT_EQ(State("B").messages, 1u);

  create("P", {.max_msgs_per_subject = 2,
               .discard_new_per_subject = true,
               .allow_rollup_hdrs = true});
  EXPECT_EQ(Commit({{"P.1", {}}, {"P.2", {}}, {"P.1", {}}, {"P.1", {}}}),
            Full("maximum messages per subject exceeded"));
  EXPECT_EQ(Commit({{"P.1", {}}, {"P.2", {}}, {"P.1", {}}}), Ok());
  EXPECT_EQ(Commit({{"P.1", {}}}),
            Full("maximum messages per subject exceeded"));
  EXPECT_EQ(Commit({{"P.1", {{kRollup, "sub"}}}}), Ok());
  EXPECT_EQ(State("P").messages, 2u);

  // One that would only replace its subject's oldest counts all the same.
  create("R", {.max_msgs = 2, .max_msgs_per_subject = 1});
  EXPECT_EQ(Commit({{"R.1", {}}, {"R.2", {}}}), Ok());
  EXPECT_EQ(Ask("R.1", {}), Ack("R", 3));
  EXPECT_EQ(Commit({{"R.1", {}}}), Full("maximum messages exceeded"));

  CreateAtomic("O", {.max_msgs = 2});
  EXPECT_EQ(Commit({{"O.1", {}}, {"O.1", {}}, {"O.1", {}}}), Ok());
  EXPECT_EQ(State("O").messages, 2u);
  EXPECT_EQ(State("O").last_seq, 3u);
}

// PUB-009, PUB-069: these are looked at when a message comes, and the batch goes on.
TEST_P(AtomicBatchChecks, SizesAreCheckedOnArrival) {
  CreateAtomic("L", {.max_msg_size = 120});
  if (!Since("2.12")) return ExpectPlain();
  const std::string too_large =
      Refusal("L", 400, 10054, "message size exceeds maximum allowed");
  const std::string large(200, 'x');
  EXPECT_EQ(Ask("L.1", InBatch("b", 1), large), too_large);
  EXPECT_EQ(Ask("L.1", InBatch("b", 1)), "");
  EXPECT_EQ(Ask("L.1", InBatch("b", 2), large), too_large);
  EXPECT_EQ(Ask("L.1", InBatch("b", 2, "1")), BatchAck("L", 2, "b", 2));

  // Of ordinary publishes, what is not stored does not count.
  const Headers info = {{"Nats-Request-Info", std::string(100, 'i')}};
  EXPECT_EQ(Ask("L.1", info), Ack("L", 3));
  EXPECT_EQ(Ask("L.1", InBatch("b", 1, "1", info)), too_large);
  EXPECT_EQ(Ask("S.1", InBatch("b", 1, "1", info)), BatchAck("S", 1, "b", 1));
  EXPECT_EQ(Get("S", 1).headers.entries().size(), 3u);

  const Headers much = {{"X", std::string(66'000, 'y')}};
  EXPECT_EQ(
      Commit({{"S.1", much}, {"S.1", {}}}),
      JetStreamError(400, 10097, "header size exceeds maximum allowed of 64k"));
}

// PUB-069: a stream that is sealed meanwhile takes nothing more.
TEST_P(AtomicBatchChecks, SealedStreamsTakeNone) {
  CreateAtomic("L");
  const std::string staged = Ask("L.1", InBatch("b", 1));
  Update({.name = "L",
          .subjects = {"L.>"},
          .storage = Storage::kMemory,
          .sealed = true,
          .allow_atomic = true});
  EXPECT_EQ(staged, Since("2.12") ? "" : Ack("L", 1));
  EXPECT_EQ(Ask("L.1", InBatch("b", 2, "1")),
            Refusal("L", 400, 10109, "invalid operation on sealed stream"));
}

// PUB-069: the order differs from that of ordinary publishes (PUB-019).
TEST_P(AtomicBatchChecks, FirstFailureInTheServersOrderWins) {
  CreateAtomic("F", {.max_msgs = 1, .discard = Discard::kNew});
  EXPECT_EQ(Ask("F.1", {{kId, "m"}}), Ack("F", 1));
  if (!Since("2.12")) return ExpectPlain();
  const std::vector<std::pair<Headers::Entry, int>> order = {
      {{"Nats-Expected-Last-Msg-Id", "q"}, 10177},
      {{"X", std::string(66'000, 'y')}, 10097},
      {{"Nats-Incr", "x"}, 10171},
      {{"Nats-Expected-Stream", "x"}, 10060},
      {{"Nats-TTL", "x"}, 10166},
      {{kId, "m"}, 10201},
      {{"Nats-Stream-Source", "x"}, 10227},
      {{kLast, "77"}, 10071},
      {{kSubject, "q"}, 10193},
      {{"Nats-Schedule", "@at x"}, 10188},
      {{"Nats-Scheduler", "x"}, 10212},
      {{kRollup, "sub"}, 10111},
      {{"Other", ""}, 10077},
  };
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i; j < order.size(); ++j) {
      EXPECT_EQ(Commit({{"F.1", {order[i].first, order[j].first}}}).err_code,
                order[i].second)
          << order[i].first.first << " and " << order[j].first.first;
    }
  }
}

}  // namespace
}  // namespace windtunnel
