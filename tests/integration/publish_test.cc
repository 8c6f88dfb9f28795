// Publishing into a stream: the acknowledgement, and what is stored.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

BEHAVIOUR_SUITE(Publishing);

// PUB-001
TEST_P(Publishing, IsAcknowledgedInFewWords) {
  Create({.name = "S", .storage = Storage::kMemory});

  const Message ack = connection().Request({.subject = "S"}).value();

  EXPECT_EQ(ack.data, Since("2.12") ? R"({"stream":"S","seq":1})"
                                    : R"({"stream":"S", "seq":1})");
  EXPECT_TRUE(ack.headers.empty());
  EXPECT_EQ(ack.reply, "");
}

// PUB-003
TEST_P(Publishing, RefusalNamesTheStreamAndSequenceZero) {
  Create({.name = "S", .storage = Storage::kMemory});

  const Message ack =
      connection()
          .Request({.subject = "S", .headers = {{"Nats-Expected-Stream", "T"}}})
          .value();

  EXPECT_TRUE(absl::StartsWith(ack.data, R"({"error":{)")) << ack.data;
  nlohmann::json parsed = nlohmann::json::parse(ack.data);
  EXPECT_EQ(parsed["stream"], "S");
  EXPECT_EQ(parsed["seq"], 0);
}

// PUB-004
TEST_P(Publishing, DuplicateIsAcknowledgedAsSuch) {
  Create({.name = "S", .storage = Storage::kMemory});
  const Message message = {.subject = "S", .headers = {{"Nats-Msg-Id", "1"}}};
  RawPublish(message);

  const Message ack = connection().Request(message).value();

  EXPECT_EQ(ack.data, Since("2.12")
                          ? R"({"stream":"S","seq":1,"duplicate": true})"
                          : R"({"stream":"S", "seq":1,"duplicate": true})");
}

// PUB-006, COR-030
TEST_P(Publishing, WithoutReplyIsStoredAndDelivered) {
  Create({.name = "S", .storage = Storage::kMemory});
  auto subscription = Listen("S");

  ASSERT_TRUE(connection().Publish({.subject = "S", .data = "quiet"}).ok());

  EXPECT_EQ(subscription->Next(absl::Seconds(5)).value().data, "quiet");
  EXPECT_TRUE(Eventually([&] { return State("S").messages == 1; }));
  EXPECT_EQ(DataAt("S", 1), "quiet");
}

// PUB-007
TEST_P(Publishing, NoAckNeverAnswers) {
  Create({.name = "S",
          .max_msg_size = 4,
          .storage = Storage::kMemory,
          .no_ack = true});

  EXPECT_EQ(ErrorOf(RawPublish({.subject = "S", .data = "1234"},
                               absl::Milliseconds(100))),
            Timeout());
  EXPECT_EQ(ErrorOf(RawPublish({.subject = "S", .data = "12345"},
                               absl::Milliseconds(100))),
            Timeout());
  EXPECT_EQ(State("S").messages, 1);
}

// PUB-008, COR-013, COR-014
TEST_P(Publishing, NobodyListeningIsSaidAtOnce) {
  auto inbox = Listen("reply.1");

  ASSERT_TRUE(
      connection().Publish({.subject = "nobody", .reply = "reply.1"}).ok());

  const Message status = inbox->Next(absl::Seconds(5)).value();
  EXPECT_EQ(status.headers.status_code(), 503);
  EXPECT_EQ(status.data, "");
  EXPECT_EQ(status.headers.Get("Nats-Subject").value_or(""),
            Since("2.12") ? "nobody" : "");
}

// PUB-009
TEST_P(Publishing, HeadersAreKept) {
  Create({.name = "S", .storage = Storage::kMemory});
  RawPublish({.subject = "S",
              .headers = {{"Nats-Msg-Id", "1"},
                          {"Nats-Expected-Stream", "S"},
                          {"Mine", "a"},
                          {"Mine", " b "}},
              .data = "x"});

  const Headers headers =
      jetstream().GetMessage("S", {.seq = 1}).value().headers;

  EXPECT_EQ(headers.Get("Nats-Msg-Id"), "1");
  EXPECT_EQ(headers.Get("Nats-Expected-Stream"), "S");
  EXPECT_EQ(headers.Values("Mine").size(), 2);
  EXPECT_EQ(headers.Get("Mine"), "a");
}

// PUB-011
TEST_P(Publishing, HeaderNamesAreCaseSensitive) {
  Create({.name = "S", .storage = Storage::kMemory});
  const auto publish = [&](const Headers& headers) {
    return RawPublish({.subject = "S", .headers = headers});
  };

  publish({{"Nats-Msg-Id", "1"}});
  EXPECT_FALSE(publish({{"nats-msg-id", "1"}}).contains("duplicate"));
  EXPECT_FALSE(publish({{"X-Nats-Msg-Id", "1"}}).contains("duplicate"));
  EXPECT_FALSE(publish({{"Nats-Msg-Id", ""}}).contains("duplicate"));
  EXPECT_FALSE(publish({{"Nats-Msg-Id", ""}}).contains("duplicate"));
  EXPECT_TRUE(publish({{"Nats-Msg-Id", "1"}, {"Nats-Msg-Id", "2"}})
                  .contains("duplicate"));
}

// PUB-013
TEST_P(Publishing, MaxMsgSizeCountsHeaderAndPayload) {
  const JetStreamError too_large = {400, 10054,
                                    "message size exceeds maximum allowed"};
  Create({.name = "S", .max_msg_size = 20, .storage = Storage::kMemory});
  const Headers eighteen_bytes = {{"A", "b"}};

  EXPECT_EQ(ErrorOf(jetstream().Publish(
                {.subject = "S", .data = std::string(20, 'x')})),
            Ok());
  EXPECT_EQ(ErrorOf(jetstream().Publish(
                {.subject = "S", .data = std::string(21, 'x')})),
            too_large);
  EXPECT_EQ(ErrorOf(jetstream().Publish(
                {.subject = "S", .headers = eighteen_bytes, .data = "12"})),
            Ok());
  EXPECT_EQ(ErrorOf(jetstream().Publish(
                {.subject = "S", .headers = eighteen_bytes, .data = "123"})),
            too_large);
}

// PUB-014
TEST_P(Publishing, HeaderBlockHas65535BytesAtMost) {
  Create({.name = "S", .storage = Storage::kMemory});
  const std::size_t around_value = Headers{{"A", ""}}.Encode().size();
  const auto publish = [&](std::size_t block_size) {
    return ErrorOf(jetstream().Publish(
        {.subject = "S",
         .headers = {{"A", std::string(block_size - around_value, 'v')}}}));
  };

  EXPECT_EQ(publish(65'535), Ok());
  EXPECT_EQ(
      publish(65'536),
      JetStreamError(400, 10097, "header size exceeds maximum allowed of 64k"));
}

// PUB-017
TEST_P(Publishing, WildcardCharactersAreStoredAsTheyAre) {
  Create({.name = "S", .subjects = {"x.>"}, .storage = Storage::kMemory});

  EXPECT_EQ(ErrorOf(RawPublish({.subject = "x.*"})), Ok());
  EXPECT_EQ(ErrorOf(RawPublish({.subject = "x.>"})), Ok());
  EXPECT_EQ(ErrorOf(RawPublish({.subject = "x..y"})), NoResponders());

  EXPECT_EQ(jetstream().GetMessage("S", {.seq = 1}).value().subject, "x.*");
  EXPECT_EQ(jetstream().GetMessage("S", {.seq = 2}).value().subject, "x.>");
}

// COR-033
TEST_P(Publishing, AsynchronousAcksComeInOrder) {
  Create({.name = "S", .storage = Storage::kMemory});
  std::vector<Future<PubAck>> acks;
  for (int i = 0; i < 100; ++i) {
    acks.push_back(
        jetstream().PublishAsync({.subject = "S", .data = "x"}).value());
  }

  ASSERT_EQ(jetstream().WaitPublishAsync(absl::Seconds(5)), absl::OkStatus());

  EXPECT_EQ(jetstream().publish_async_pending(), 0);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(acks[i].Get(runtime().Now() + absl::Seconds(1)).value().sequence,
              i + 1);
  }
}

// COR-032
TEST_P(Publishing, ApiRequestWithoutReplyIsCarriedOut) {
  ASSERT_TRUE(connection()
                  .Publish({.subject = "$JS.API.STREAM.CREATE.S",
                            .data = R"({"name": "S", "storage": "memory"})"})
                  .ok());

  EXPECT_TRUE(Eventually([&] { return jetstream().GetStreamInfo("S").ok(); }));
}

// COR-032, API-034
TEST_P(Publishing, ApiRequestWithoutReplyIsCountedAndAudited) {
  auto audits = Listen("$JS.EVENT.ADVISORY.API");
  const auto total = [&] { return Api("INFO")["api"]["total"].get<int>(); };
  const int before = total();
  ASSERT_TRUE(connection().Publish({.subject = "$JS.API.STREAM.NAMES"}).ok());

  std::string subject;
  while (subject != "$JS.API.STREAM.NAMES") {
    const auto audit = audits->Next(absl::Seconds(5));
    ASSERT_TRUE(audit.ok()) << audit.status();
    subject = nlohmann::json::parse(audit->data)["subject"];
  }
  EXPECT_EQ(total(), before + 2);
}

}  // namespace
}  // namespace windtunnel
