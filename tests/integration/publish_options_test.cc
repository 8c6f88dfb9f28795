// PublishOptions: what the server is asked for, and what the client refuses.

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"
#include "windtunnel/testing/matchers.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE(PublishOptionsTest);

// PUB-042, PUB-043, PUB-044
TEST_P(PublishOptionsTest, Rollup) {
  Create({.name = "S",
          .subjects = {"s.>"},
          .storage = Storage::kMemory,
          .allow_rollup_hdrs = true});
  Create({.name = "T", .storage = Storage::kMemory});
  for (const std::string subject : {"s.1", "s.2", "s.1"}) Publish(subject);

  EXPECT_EQ(Publish("s.1", "new", {.rollup = Rollup::kSubject}).sequence, 4);
  EXPECT_EQ(State("S").messages, 2);
  EXPECT_EQ(jetstream().GetMessage("S", {.seq = 4}).value().headers,
            Headers({{"Nats-Rollup", "sub"}}));
  EXPECT_EQ(Publish("s.3", "newest", {.rollup = Rollup::kAll}).sequence, 5);
  EXPECT_EQ(State("S").messages, 1);
  EXPECT_EQ(
      ErrorOf(jetstream().Publish({.subject = "T"}, {.rollup = Rollup::kAll})),
      (JetStreamError{500, 10111, "rollup not permitted"}));
}

// PUB-050, PUB-051, PUB-052
TEST_P(PublishOptionsTest, Counter) {
  Create({.name = "S",
          .subjects = {"s.>"},
          .storage = Storage::kMemory,
          .allow_msg_counter = Since("2.12")});
  const auto add = [&](absl::string_view increment) {
    return jetstream().Publish({.subject = "s.1"},
                               {.counter_increment = std::string(increment)});
  };
  if (!Since("2.12")) {
    EXPECT_EQ(add("1").value(), (PubAck{.stream = "S", .sequence = 1}));
    EXPECT_EQ(DataAt("S", 1), "");
    return;
  }
  EXPECT_EQ(add("5").value(),
            (PubAck{.stream = "S", .sequence = 1, .value = "5"}));
  EXPECT_EQ(add("-2").value().value, "3");
  EXPECT_EQ(add("+10000000000000000000000000").value().value,
            "10000000000000000000000003");
  EXPECT_EQ(DataAt("S", 3), R"({"val":"10000000000000000000000003"})");
  EXPECT_EQ(
      ErrorOf(add("1.5")),
      (JetStreamError{400, 10171, "message counter increment is invalid"}));
  EXPECT_EQ(
      ErrorOf(jetstream().Publish({.subject = "s.1"})),
      (JetStreamError{400, 10169, "message counter increment is missing"}));
}

// STR-011
TEST_P(PublishOptionsTest, RequiredApiLevelOfAllRequests) {
  Create({.name = "S", .storage = Storage::kMemory});
  std::unique_ptr<JetStream> modest =
      connection().NewJetStream({.required_api_level = 1});
  std::unique_ptr<JetStream> demanding =
      connection().NewJetStream({.required_api_level = 99});

  EXPECT_THAT(modest->GetStreamInfo("S"), IsOk());
  const JetStreamError refused =
      Since("2.12")
          ? JetStreamError{412, 10185, "JetStream minimum api level required"}
          : Ok();
  EXPECT_EQ(ErrorOf(demanding->GetStreamInfo("S")), refused);
  EXPECT_EQ(ErrorOf(demanding->UpdateStream(
                {.name = "S", .storage = Storage::kMemory})),
            refused);
  EXPECT_EQ(ErrorOf(demanding->DeleteStream("S")), refused);
}

// STR-011: it does not concern publishes outside of a batch.
TEST_P(PublishOptionsTest, RequiredApiLevelOfAPublishIsStored) {
  Create({.name = "S", .storage = Storage::kMemory});
  Publish("S", "", {.required_api_level = 99});

  EXPECT_EQ(jetstream().GetMessage("S", {.seq = 1}).value().headers,
            Headers({{"Nats-Required-Api-Level", "99"}}));
}

// PUB-058: what is staged is answered, but by no acknowledgement.
TEST_P(PublishOptionsTest, StagedMessageIsNotAcknowledged) {
  Create({.name = "S",
          .storage = Storage::kMemory,
          .allow_atomic = Since("2.12")});
  const Message first = {
      .subject = "S",
      .headers = {{"Nats-Batch-Id", "b"}, {"Nats-Batch-Sequence", "1"}}};
  const Message second = {
      .subject = "S",
      .headers = {{"Nats-Batch-Id", "b"}, {"Nats-Batch-Sequence", "2"}}};
  const auto code =
      Since("2.12") ? absl::StatusCode::kInternal : absl::StatusCode::kOk;

  EXPECT_EQ(jetstream().Publish(first).status().code(), code);
  const absl::StatusOr<Future<PubAck>> later = jetstream().PublishAsync(second);
  EXPECT_EQ(later.value().Get().status().code(), code);
  EXPECT_EQ(State("S").messages, Since("2.12") ? 0 : 2);
}

// PUB-012
TEST_P(PublishOptionsTest, PayloadAndHeadersWithinMaxPayload) {
  Create({.name = "S", .storage = Storage::kMemory});
  EXPECT_EQ(connection().max_payload(), 1'048'576);
  const std::string full(1'048'576, 'x');
  EXPECT_EQ(Publish("S", full).sequence, 1);

  // More is not even sent: the server would cut the connection.
  EXPECT_THAT(jetstream().Publish({.subject = "S", .data = full + "x"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(jetstream().PublishAsync({.subject = "S", .data = full + "x"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  // The header block counts: 22 bytes here.
  const Headers headers = {{"Ab", "12"}};
  const std::string room = full.substr(headers.Encode().size());
  EXPECT_THAT(jetstream().Publish(
                  {.subject = "S", .headers = headers, .data = room + "x"}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(
      jetstream().Publish({.subject = "S", .headers = headers, .data = room}),
      IsOk());
  EXPECT_TRUE(connection().connected());
  EXPECT_EQ(State("S").messages, 2);
}

}  // namespace
}  // namespace windtunnel
