// What a Broker does besides streams: routes, events, time.

#include "simulator/broker/broker.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/broker/test_broker.h"

namespace windtunnel::broker {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

void Create(TestBroker& broker, absl::string_view name,
            absl::string_view fields = "") {
  const std::string answer =
      broker.Api(absl::StrCat("STREAM.CREATE.", name),
                 absl::StrCat("{\"name\":\"", name, "\",\"storage\":\"memory\"",
                              fields.empty() ? "" : ",", fields, "}"));
  ASSERT_THAT(answer, HasSubstr("did_create")) << answer;
}

std::vector<std::string> SubjectsOf(const std::vector<Outgoing>& messages) {
  std::vector<std::string> subjects;
  for (const Outgoing& message : messages) {
    subjects.emplace_back(message.block->subject());
  }
  return subjects;
}

// PUB-008, COR-014
TEST(Broker, TellsAPublisherThatNobodyListens) {
  TestBroker broker;
  EXPECT_EQ(broker.Ask("nowhere", "x"),
            "NATS/1.0 503\r\nNats-Subject: nowhere\r\n\r\n");
  TestBroker old(ServerVersion::k2_10);
  EXPECT_EQ(old.Ask("nowhere", "x"), "NATS/1.0 503\r\n\r\n");
}

// SRC-065: on a real server this goes on for ever.
TEST(Broker, RequestsThatLeadToThemselvesEnd) {
  TestBroker broker;
  Create(broker, "A",
         R"("subjects":["$JS.EVENT.ADVISORY.API"],"republish":)"
         R"({"src":"$JS.EVENT.ADVISORY.API","dest":"$JS.API.INFO"})");
  EXPECT_EQ(broker.stream("A").store().last_seq(), 9u);
}

// COR-030
TEST(Broker, AStreamsSubjectReachesListenersAndTheStream) {
  TestBroker broker;
  Create(broker, "A");
  broker.Subscribe("A");
  EXPECT_EQ(broker.Ask("A", "x"), "{\"stream\":\"A\",\"seq\":1}");
  broker.Publish("A", "y");
  EXPECT_THAT(SubjectsOf(broker.Take()), ElementsAre("A"));
  EXPECT_EQ(broker.stream("A").store().last_seq(), 2u);
}

TEST(Broker, TheTypedRouteTellsStreamsFromListeners) {
  TestBroker broker;
  Create(broker, "A");
  broker.Subscribe("heard");
  const auto put = [&](absl::string_view subject, std::string* stream) {
    return broker.broker().PublishToStream(broker.context(), broker.client(),
                                           subject, "", "x", stream);
  };
  std::string stream;
  EXPECT_EQ(put("A", &stream)->sequence, 1u);
  EXPECT_EQ(stream, "A");
  EXPECT_FALSE(put("heard", &stream)->answer);
  EXPECT_EQ(stream, "");
  EXPECT_EQ(put("nowhere", &stream), std::nullopt);
}

// PUB-079
TEST(Broker, FastBatchRepliesAreRefusedWhereNewServersKnowThem) {
  const std::string reply = "_INBOX.test.b.10.ok.1.0.$FI";
  for (const auto version : {ServerVersion::k2_10, ServerVersion::k2_15}) {
    TestBroker broker(version);
    Create(broker, "A");
    broker.Subscribe(reply);
    broker.Take();
    broker.broker().Publish(broker.context(), broker.client(), "A", reply, "",
                            "x");
    const auto answers = broker.Take();
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_EQ(answers[0].block->data().find("10205") != absl::string_view::npos,
              version == ServerVersion::k2_15);
  }
}

// STR-126 to STR-128
TEST(Events, TellOfStreams) {
  TestBroker broker;
  Create(broker, "A");
  broker.Subscribe("$JS.EVENT.ADVISORY.STREAM.>");
  Create(broker, "A");
  Create(broker, "B");
  broker.Take();
  const std::string name = R"({"name":"B","storage":"memory"})";
  broker.broker().Publish(broker.context(), broker.client(),
                          "$JS.API.STREAM.UPDATE.B", "", "", name);
  broker.broker().Publish(broker.context(), broker.client(),
                          "$JS.API.STREAM.DELETE.B", "", "", "");
  const auto events = broker.Take();
  EXPECT_THAT(SubjectsOf(events),
              ElementsAre("$JS.EVENT.ADVISORY.STREAM.UPDATED.B",
                          "$JS.EVENT.ADVISORY.STREAM.DELETED.B"));
  EXPECT_EQ(events[0].block->data(),
            "{\"type\":\"io.nats.jetstream.advisory.v1.stream_action\","
            "\"id\":\"0000000000000000000000\","
            "\"timestamp\":\"2025-01-01T00:00:00.123456789Z\","
            "\"stream\":\"B\",\"action\":\"modify\"}");
}

// STR-129, STO-042
TEST(Events, AuditRequestsButNoReads) {
  TestBroker broker;
  Create(broker, "A");
  broker.Publish("A", "x");
  broker.Subscribe("$JS.EVENT.ADVISORY.API");
  const auto audited = [&](absl::string_view function, absl::string_view body) {
    broker.broker().Publish(broker.context(), broker.client(),
                            absl::StrCat("$JS.API.", function), "_INBOX.test.2",
                            "", body);
    const auto messages = broker.Take();
    return messages.size() < 2 ? ""
                               : std::string(messages.back().block->data());
  };
  EXPECT_THAT(audited("STREAM.DELETE.B", "{}"),
              AllOf(HasSubstr("\"subject\":\"$JS.API.STREAM.DELETE.B\""),
                    HasSubstr("\"request\":\"{}\""),
                    HasSubstr("\"response\":\"{\\\"type\\\":")));
  EXPECT_EQ(audited("STREAM.MSG.GET.A", R"({"seq":1})"), "");
  EXPECT_THAT(audited("STREAM.MSG.GET.A", R"({"seq":2})"), HasSubstr("10037"));
}

// A stream may store the events that it causes.
TEST(Events, AreStoredByStreamsThatListen) {
  TestBroker broker;
  Create(broker, "E", R"("subjects":["$JS.EVENT.>"])");
  const std::uint64_t before = broker.stream("E").store().last_seq();
  Create(broker, "A");
  EXPECT_EQ(broker.stream("E").store().last_seq(), before + 2);
  EXPECT_EQ(broker.stream("E").store().Find(before + 2)->block->subject(),
            "$JS.EVENT.ADVISORY.API");
}

// Each rule runs at its own instant, even if it is called late.
TEST(Deadlines, RunInOrderAtTheirInstant) {
  TestBroker broker;
  Create(broker, "A", R"("max_age":1000000000)");
  Create(broker, "B", R"("max_age":500000000)");
  EXPECT_EQ(broker.broker().NextDeadline(), kNever);
  broker.Publish("A", "");
  broker.Publish("B", "");
  EXPECT_EQ(broker.broker().NextDeadline(), broker.now() + 500 * kMillisecond);
  broker.Advance(2 * kSecond);
  EXPECT_EQ(broker.stream("A").store().messages(), 0u);
  EXPECT_EQ(broker.stream("B").store().messages(), 0u);
  EXPECT_EQ(broker.broker().NextDeadline(), kNever);
}

// CON-181, CON-178
TEST(Stopping, TellsWaitingRequestsAndForgetsMemory) {
  TestBroker broker;
  Create(broker, "A");
  broker.Api("CONSUMER.CREATE.A.c",
             R"({"stream_name":"A","config":{"name":"c","durable_name":"c",
                 "ack_policy":"explicit"}})");
  broker.Take();
  broker.broker().Publish(broker.context(), broker.client(),
                          "$JS.API.CONSUMER.MSG.NEXT.A.c", "_INBOX.test.3", "",
                          R"({"batch":1,"expires":5000000000})");
  EXPECT_TRUE(broker.Take().empty());
  broker.broker().Stop(broker.context());
  const auto told = broker.Take();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(std::string(told[0].block->header_block()),
              StartsWith("NATS/1.0 409 Server Shutdown\r\n"));
  broker.broker().Start(broker.context());
  EXPECT_EQ(broker.broker().FindStream("A"), nullptr);
  EXPECT_EQ(broker.broker().NextDeadline(), kNever);
}

}  // namespace
}  // namespace windtunnel::broker
