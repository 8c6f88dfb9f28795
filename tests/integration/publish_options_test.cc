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

// STO-088, STO-089, STO-090, STO-092
TEST_P(PublishOptionsTest, TimeToLive) {
  Create({.name = "S",
          .storage = Storage::kMemory,
          .allow_msg_ttl = Since("2.11")});
  const auto header = [&](absl::Duration ttl) -> std::string {
    const absl::StatusOr<PubAck> ack =
        jetstream().Publish({.subject = "S"}, {.ttl = ttl});
    if (!ack.ok()) return ErrorOf(ack).description;
    return std::string(jetstream()
                           .GetMessage("S", {.seq = ack->sequence})
                           .value()
                           .headers.Get("Nats-TTL")
                           .value_or("none"));
  };
  const std::string invalid = "invalid per-message TTL";
  EXPECT_EQ(header(absl::Hours(1)), "3600");
  EXPECT_EQ(header(absl::Milliseconds(61'500)), "1m1.5s");
  EXPECT_EQ(header(absl::InfiniteDuration()), "never");
  EXPECT_EQ(header(absl::ZeroDuration()), Since("2.11") ? invalid : "0");
  EXPECT_EQ(header(absl::Milliseconds(999)), Since("2.11") ? invalid : "999ms");
  EXPECT_EQ(header(-absl::Seconds(3)), Since("2.11") ? invalid : "-3");
  EXPECT_THAT(
      jetstream().Publish({.subject = "S"}, {.ttl = -absl::InfiniteDuration()}),
      StatusIs(absl::StatusCode::kInvalidArgument));
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

// PUB-089, PUB-090, PUB-093, PUB-094
TEST_P(PublishOptionsTest, ScheduleIsStoredAsItsHeaders) {
  Create({.name = "S",
          .subjects = {"s.>"},
          .storage = Storage::kMemory,
          .allow_msg_ttl = Since("2.12"),
          .allow_msg_schedules = Since("2.12")});
  const absl::Time due = absl::FromUnixSeconds(4'102'444'800);
  const PublishOptions options = {
      .schedule = Schedule{.pattern = ScheduleAt(due + absl::Milliseconds(250)),
                           .target = "s.to",
                           .ttl = absl::Minutes(1),
                           .source = "s.from",
                           .rollup = Rollup::kSubject}};
  Publish("s.at", "later", options);

  Headers headers =
      jetstream().GetMessage("S", {.last_by_subject = "s.at"}).value().headers;
  EXPECT_EQ(headers.Get("Nats-Schedule"), "@at 2100-01-01T00:00:00.25Z");
  EXPECT_EQ(headers.Get("Nats-Schedule-Target"), "s.to");
  EXPECT_EQ(headers.Get("Nats-Schedule-TTL"), "60");
  EXPECT_EQ(headers.Get("Nats-Schedule-Source"), "s.from");
  EXPECT_EQ(headers.Get("Nats-Schedule-Rollup"), "sub");
  EXPECT_EQ(headers.Get("Nats-Schedule-Time-Zone"), std::nullopt);
  // PUB-096
  EXPECT_EQ(headers.Get("Nats-Rollup").has_value(), Since("2.12"));
}

// PUB-089, PUB-090, PUB-091, PUB-092
TEST_P(PublishOptionsTest, SchedulesTheServerRefuses) {
  Create({.name = "S",
          .subjects = {"s.>"},
          .storage = Storage::kMemory,
          .allow_msg_schedules = Since("2.12")});
  Create({.name = "T", .subjects = {"t.>"}, .storage = Storage::kMemory});
  const auto schedule = [&](const Schedule& schedule,
                            const std::string& subject = "s.at") {
    return ErrorOf(
        jetstream().Publish({.subject = subject}, {.schedule = schedule}));
  };
  const auto refused = [&](int err_code, const std::string& text) {
    return Since("2.12") ? JetStreamError{400, err_code, text} : Ok();
  };
  EXPECT_EQ(schedule({.pattern = ScheduleAt(absl::InfiniteFuture()),
                      .target = "s.to"}),
            refused(10189, "message schedules pattern is invalid"));
  EXPECT_EQ(schedule({.pattern = ScheduleEvery(absl::Milliseconds(999)),
                      .target = "s.to"}),
            refused(10189, "message schedules pattern is invalid"));
  EXPECT_EQ(
      schedule(
          {.pattern = "@daily", .target = "s.to", .time_zone = "Nowhere/Land"}),
      refused(10223, "message schedules time zone is invalid"));
  EXPECT_EQ(
      schedule({.pattern = ScheduleEvery(absl::Minutes(90)), .target = "s.at"}),
      refused(10190, "message schedules target is invalid"));
  EXPECT_EQ(schedule({.pattern = "@daily", .target = "t.to"}, "t.at"),
            refused(10188, "message schedules is disabled"));
  EXPECT_EQ(
      schedule({.pattern = ScheduleEvery(absl::Minutes(90)), .target = "s.to"}),
      Ok());
  EXPECT_EQ(jetstream()
                .GetMessage("S", {.last_by_subject = "s.at"})
                .value()
                .headers.Get("Nats-Schedule"),
            "@every 1h30m0s");
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
