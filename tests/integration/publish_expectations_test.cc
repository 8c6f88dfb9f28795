// Expectations that a publish carries in its headers, and in which order the
// server looks at them.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

class PublishExpectationsBehaviour : public Behaviour {
 protected:
  void SetUp() override {
    Behaviour::SetUp();
    if (HasFatalFailure()) return;
    Create({.name = "S", .subjects = {"x.>"}, .storage = Storage::kMemory});
  }

  JetStreamError TryPublish(const std::string& subject,
                            const Headers& headers) {
    return ErrorOf(RawPublish({.subject = subject, .headers = headers}));
  }
};

BEHAVIOUR_SUITE_OF(PublishExpectationsBehaviour, PublishExpectations);

constexpr char kStream[] = "Nats-Expected-Stream";
constexpr char kLast[] = "Nats-Expected-Last-Sequence";
constexpr char kSubjectLast[] = "Nats-Expected-Last-Subject-Sequence";
constexpr char kSubject[] = "Nats-Expected-Last-Subject-Sequence-Subject";
constexpr char kLastId[] = "Nats-Expected-Last-Msg-Id";
constexpr char kId[] = "Nats-Msg-Id";

JetStreamError WrongLast(int actual) {
  return {400, kStreamWrongLastSequence,
          absl::StrCat("wrong last sequence: ", actual)};
}
JetStreamError WrongLastId(const std::string& actual) {
  return {400, kStreamWrongLastMessageId,
          absl::StrCat("wrong last msg ID: ", actual)};
}

// PUB-024
TEST_P(PublishExpectations, StreamMustBeTheOneNamed) {
  EXPECT_EQ(TryPublish("x.1", {{kStream, "T"}}),
            JetStreamError(400, 10060, "expected stream does not match"));
  EXPECT_EQ(TryPublish("x.1", {{kStream, "S"}}), Ok());
  EXPECT_EQ(TryPublish("x.1", {{kStream, ""}}), Ok());
}

// PUB-025
TEST_P(PublishExpectations, LastSequenceMustBeTheStreams) {
  EXPECT_EQ(TryPublish("x.1", {{kLast, "1"}}), WrongLast(0));
  EXPECT_EQ(TryPublish("x.1", {{kLast, "0"}}), Ok());
  EXPECT_EQ(TryPublish("x.2", {{kLast, "0"}}), WrongLast(1));

  jetstream().PurgeStream("S").value();
  EXPECT_EQ(TryPublish("x.2", {{kLast, "0"}}), WrongLast(1));
  EXPECT_EQ(TryPublish("x.2", {{kLast, "1"}}), Ok());
}

// PUB-026
TEST_P(PublishExpectations, NumbersThatAreNoneNeverHold) {
  Publish("x.1");
  for (const std::string value :
       {"x", "-1", "1.0", "99999999999999999999", "18446744073709551615"}) {
    EXPECT_EQ(TryPublish("x.1", {{kLast, value}}), WrongLast(1)) << value;
    EXPECT_EQ(TryPublish("x.1", {{kSubjectLast, value}}), WrongLast(1))
        << value;
  }
  EXPECT_EQ(TryPublish("x.1", {{kLast, "001"}}), Ok());
  EXPECT_EQ(TryPublish("x.1", {{kSubjectLast, "002"}}), Ok());
  EXPECT_EQ(TryPublish("x.1", {{kLast, ""}, {kSubjectLast, ""}}), Ok());
}

// PUB-027
TEST_P(PublishExpectations, LastSequenceOfTheSubject) {
  Publish("x.1");
  Publish("x.2");
  Publish("x.1");

  EXPECT_EQ(TryPublish("x.1", {{kSubjectLast, "1"}}), WrongLast(3));
  EXPECT_EQ(TryPublish("x.9", {{kSubjectLast, "3"}}), WrongLast(0));
  EXPECT_EQ(TryPublish("x.9", {{kSubjectLast, "0"}}), Ok());

  ASSERT_TRUE(jetstream().DeleteMessage("S", 3).ok());
  EXPECT_EQ(TryPublish("x.1", {{kSubjectLast, "3"}}), WrongLast(1));
  ASSERT_TRUE(jetstream().DeleteMessage("S", 1).ok());
  EXPECT_EQ(TryPublish("x.1", {{kSubjectLast, "1"}}), WrongLast(0));
  EXPECT_EQ(TryPublish("x.1", {{kSubjectLast, "0"}}), Ok());
}

// PUB-028
TEST_P(PublishExpectations, SubjectOfTheSequenceMayBeNamedSince211) {
  Publish("x.a.1");
  Publish("x.a.2");
  Publish("x.b");

  EXPECT_EQ(TryPublish("x.d", {{kSubjectLast, "0"}, {kSubject, "elsewhere"}}),
            Ok());
  // Older servers miss the sequence when the longer header comes first, and
  // nats.c sends headers in an order of its own.
  if (!Since("2.11")) return;
  EXPECT_EQ(TryPublish("x.c", {{kSubjectLast, "1"}, {kSubject, "x.a.*"}}),
            WrongLast(2));
  EXPECT_EQ(TryPublish("x.c", {{kSubjectLast, "1"}, {kSubject, "x.a.1"}}),
            Ok());
}

// PUB-029
TEST_P(PublishExpectations, EverythingAsSubjectLooksAtTheLastSequenceOnly) {
  if (!Since("2.11")) {
    EXPECT_EQ(TryPublish("x.1", {{kSubjectLast, "0"}, {kSubject, ">"}}), Ok());
    return;
  }
  Publish("x.1");
  Publish("x.2");
  EXPECT_EQ(TryPublish("x.3", {{kSubjectLast, "1"}, {kSubject, ">"}}),
            WrongLast(2));

  ASSERT_TRUE(jetstream().DeleteMessage("S", 2).ok());

  EXPECT_EQ(TryPublish("x.3", {{kSubjectLast, "1"}, {kSubject, ">"}}),
            WrongLast(0));
}

// PUB-030
TEST_P(PublishExpectations, SubjectWithoutItsSequenceIsRefusedSince212) {
  EXPECT_EQ(TryPublish("x.1", {{kSubject, "x.1"}}),
            Since("2.12")
                ? JetStreamError(400, 10193,
                                 "missing sequence for expected last sequence "
                                 "per subject")
                : Ok());
}

// PUB-031
TEST_P(PublishExpectations, LastMessageIdIsThatOfTheLastMessage) {
  EXPECT_EQ(TryPublish("x.1", {{kLastId, "1"}}), WrongLastId(""));
  EXPECT_EQ(TryPublish("x.1", {{kId, "1"}}), Ok());
  EXPECT_EQ(TryPublish("x.1", {{kLastId, "0"}}), WrongLastId("1"));
  ASSERT_TRUE(jetstream().DeleteMessage("S", 1).ok());
  EXPECT_EQ(TryPublish("x.1", {{kLastId, "1"}, {kId, "2"}}), Ok());
  EXPECT_EQ(TryPublish("x.1", {{kId, "1"}}), Ok()) << "a duplicate";
  EXPECT_EQ(TryPublish("x.1", {{kLastId, "1"}}), WrongLastId("2"));
  EXPECT_EQ(TryPublish("x.1", {}), Ok());
  EXPECT_EQ(TryPublish("x.1", {{kLastId, "2"}}), WrongLastId(""));
}

// PUB-021
TEST_P(PublishExpectations, RetryWithIdAndSequenceFailsSince212) {
  const Headers headers = {{kId, "1"}, {kLast, "0"}};
  RawPublish({.subject = "x.1", .headers = headers});

  nlohmann::json again = RawPublish({.subject = "x.1", .headers = headers});

  if (Since("2.12")) {
    EXPECT_EQ(ErrorOf(again), WrongLast(1));
  } else {
    EXPECT_EQ(again["duplicate"], true);
    EXPECT_EQ(again["seq"], 1);
  }
}

// PUB-019, PUB-020
TEST_P(PublishExpectations, FirstFailureInTheServersOrderWins) {
  Update({.name = "S",
          .subjects = {"x.>"},
          .max_msg_size = 200,
          .storage = Storage::kMemory});
  RawPublish({.subject = "x.1", .headers = {{kId, "1"}}});
  const JetStreamError too_large = {400, 10054,
                                    "message size exceeds maximum allowed"};
  const JetStreamError wrong_stream = {400, 10060,
                                       "expected stream does not match"};

  const Message oversized = {.subject = "x.1",
                             .headers = {{kStream, "T"}},
                             .data = std::string(300, 'x')};
  EXPECT_EQ(ErrorOf(RawPublish(oversized)),
            Since("2.15") ? too_large : wrong_stream);
  EXPECT_EQ(TryPublish("x.1", {{kStream, "T"}, {kLast, "9"}, {kId, "1"}}),
            wrong_stream);
  EXPECT_EQ(TryPublish("x.9", {{kSubjectLast, "7"}, {kLast, "9"}}),
            WrongLast(0));
  EXPECT_EQ(TryPublish("x.1", {{kLast, "9"}, {kLastId, "9"}}), WrongLast(1));
}

// PUB-020: what the typed options send.
TEST_P(PublishExpectations, OptionsOfPublishSayTheSame) {
  const auto publish = [&](const PublishOptions& options) {
    return ErrorOf(jetstream().Publish({.subject = "x.1"}, options));
  };
  EXPECT_EQ(publish({.expected_stream = "T"}),
            JetStreamError(400, 10060, "expected stream does not match"));
  EXPECT_EQ(publish({.expected_last_sequence = 5}), WrongLast(0));
  EXPECT_EQ(publish({.expected_last_subject_sequence = 5}), WrongLast(0));
  EXPECT_EQ(publish({.expected_last_message_id = "5"}), WrongLastId(""));
  EXPECT_EQ(publish({.expected_last_sequence = 0,
                     .expected_last_subject_sequence = 0}),
            Ok());
}

}  // namespace
}  // namespace windtunnel
