// Core NATS: subjects, subscriptions, queue groups, requests.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/integration/behaviour.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class CoreBehaviour : public Behaviour {
 protected:
  void Send(const std::string& subject, const std::string& data = "") {
    ASSERT_EQ(connection().Publish({.subject = subject, .data = data}),
              absl::OkStatus());
  }
  // The subjects of what arrives at `subscription`: `count` messages or more.
  std::vector<std::string> Received(Subscription& subscription,
                                    std::size_t count) {
    EXPECT_EQ(connection().Flush(absl::Seconds(5)), absl::OkStatus());
    Eventually([&] { return subscription.pending() >= count; },
               absl::Seconds(2));
    Advance(absl::Milliseconds(2));
    std::vector<std::string> subjects;
    while (subscription.pending() > 0) {
      subjects.push_back(subscription.Next(absl::Seconds(1)).value().subject);
    }
    return subjects;
  }
};

BEHAVIOUR_SUITE_OF(CoreBehaviour, Core);

// COR-001, COR-002, COR-003
TEST_P(Core, SubjectsMatchTokenByToken) {
  auto star = Listen("a.*");
  auto rest = Listen("a.>");
  auto both = Listen("a.*.>");
  auto literal = Listen("a*");

  for (const std::string subject :
       {"a", "a.b", "A.b", "a.b.c", "a.b.c.d", "a*", "ab"}) {
    Send(subject);
  }

  EXPECT_THAT(Received(*star, 1), ElementsAre("a.b"));
  EXPECT_THAT(Received(*rest, 3), ElementsAre("a.b", "a.b.c", "a.b.c.d"));
  EXPECT_THAT(Received(*both, 2), ElementsAre("a.b.c", "a.b.c.d"));
  EXPECT_THAT(Received(*literal, 1), ElementsAre("a*"));
}

// COR-004
TEST_P(Core, EachSubscriptionGetsItsCopy) {
  auto first = Listen("a.b");
  auto second = Listen("a.b");
  auto wildcard = Listen("a.*");

  Send("a.b");

  EXPECT_EQ(Received(*first, 1).size(), 1);
  EXPECT_EQ(Received(*second, 1).size(), 1);
  EXPECT_EQ(Received(*wildcard, 1).size(), 1);
}

// COR-005, COR-006, COR-007
TEST_P(Core, OneMemberOfAQueueGroupGetsIt) {
  auto a = Listen("z.*", "workers");
  auto b = Listen("z.1", "workers");
  auto other_group = Listen("z.*", "others");
  auto plain = Listen("z.*");

  for (int i = 0; i < 100; ++i) Send("z.1");

  EXPECT_EQ(Received(*plain, 100).size(), 100);
  EXPECT_EQ(Received(*other_group, 100).size(), 100);
  EXPECT_TRUE(Eventually([&] { return a->pending() + b->pending() == 100; }));
  EXPECT_GT(a->pending(), 0);
  EXPECT_GT(b->pending(), 0);
}

// COR-010
TEST_P(Core, MessagesArriveInOrder) {
  auto subscription = Listen("o.>");
  for (int i = 0; i < 50; ++i) Send(absl::StrCat("o.", i % 3), absl::StrCat(i));

  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(subscription->Next(absl::Seconds(5)).value().data,
              absl::StrCat(i));
  }
}

// COR-011
TEST_P(Core, UnsubscribeTakesEffectInOrder) {
  auto subscription = Listen("a");
  auto witness = Listen("a");
  Send("a", "1");
  EXPECT_EQ(subscription->Next(absl::Seconds(5)).value().data, "1");

  subscription->Unsubscribe();
  Send("a", "2");

  EXPECT_EQ(Received(*witness, 2).size(), 2);
  EXPECT_EQ(subscription->pending(), 0);
}

// COR-012
TEST_P(Core, NothingIsKeptForLateSubscribers) {
  Send("a");

  auto subscription = Listen("a");

  EXPECT_EQ(Received(*subscription, 0).size(), 0);
}

// COR-013
TEST_P(Core, RequestWithoutResponderFailsAtOnce) {
  const absl::StatusOr<Message> answer =
      connection().Request({.subject = "nobody"});

  EXPECT_EQ(GetErrorKind(answer.status()), ErrorKind::kNoResponders);
}

// COR-015
TEST_P(Core, QueueSubscriptionGetsNoStatus) {
  auto queue = Listen("reply", "q");
  ASSERT_TRUE(
      connection().Publish({.subject = "nobody", .reply = "reply"}).ok());

  EXPECT_EQ(Received(*queue, 0).size(), 0);
}

// COR-018, COR-019
TEST_P(Core, FirstAnswerWins) {
  auto responder =
      connection()
          .Subscribe({.subject = "ask"},
                     [&](const Message& request) {
                       for (const std::string data : {"first", "second"}) {
                         connection()
                             .Publish({.subject = request.reply, .data = data})
                             .IgnoreError();
                       }
                     })
          .value();

  const Message answer = connection().Request({.subject = "ask"}).value();

  EXPECT_EQ(answer.data, "first");
  EXPECT_EQ(answer.reply, "");
}

// COR-020, COR-021
TEST_P(Core, AutoUnsubscribeLeavesTheRestToOthers) {
  auto limited = Listen("a", "q");
  ASSERT_TRUE(limited->AutoUnsubscribe(3).ok());
  auto other = Listen("a", "q");

  for (int i = 0; i < 50; ++i) Send("a");

  EXPECT_TRUE(
      Eventually([&] { return limited->pending() + other->pending() == 50; }));
  other->Unsubscribe();
  EXPECT_EQ(ErrorOf(connection().Request({.subject = "a"})), NoResponders());
}

// COR-024
TEST_P(Core, ClosedConnectionLeavesItsGroups) {
  auto second = world().Connect("second").value();
  auto leaving =
      second->Subscribe({.subject = "a", .queue_group = "q"}).value();
  ASSERT_TRUE(second->Flush(absl::Seconds(5)).ok());
  auto staying = Listen("a", "q");

  second->Close();
  Advance(absl::Milliseconds(50));
  for (int i = 0; i < 50; ++i) Send("a");

  EXPECT_EQ(Received(*staying, 50).size(), 50);
}

// API-024
TEST_P(Core, UnknownApiSubjectsStaySilent) {
  for (const std::string operation :
       {"BOGUS", "STREAM.CREATE", "STREAM.NAMES.x", "stream.names"}) {
    EXPECT_EQ(ErrorOf(Api(operation, "", absl::Milliseconds(50))), Timeout())
        << operation;
  }
  EXPECT_EQ(ErrorOf(connection().Request({.subject = "$JS.API"})),
            NoResponders());
}

// API-010
TEST_P(Core, KeysOfRequestsMatchInAnyCase) {
  nlohmann::json created = Api(
      "STREAM.CREATE.S",
      R"({"NAME": "S", "Storage": "memory", "max_msgs": 1, "max_msgs": 2})");

  EXPECT_EQ(created["config"]["storage"], "memory");
  EXPECT_EQ(created["config"]["max_msgs"], 2);
}

// API-004, API-011
TEST_P(Core, DurationsAreIntegers) {
  for (const std::string value : {R"("1s")", "1.5"}) {
    EXPECT_EQ(
        ErrorOf(Api("STREAM.CREATE.S",
                    absl::StrCat(R"({"name": "S", "max_age": )", value, "}")))
            .err_code,
        10025)
        << value;
  }
}

// API-029
TEST_P(Core, WildcardsInThePlaceOfAStreamAreLiterals) {
  Create({.name = "S", .storage = Storage::kMemory});

  EXPECT_EQ(ErrorOf(Api("STREAM.INFO.*")), StreamNotFound());
}

// WIR-068, WIR-069
TEST_P(Core, NamesOfHeadersMayRepeatAndHaveCase) {
  Create({.name = "S", .subjects = {"a"}, .storage = Storage::kMemory});
  auto subscription = Listen("a");
  Message message{.subject = "a", .data = "book"};
  message.headers.Add("nats-msg-id", "1");
  message.headers.Add("Color", "red");
  message.headers.Add("Color", "blue");

  for (int i = 0; i < 2; ++i) EXPECT_EQ(ErrorOf(RawPublish(message)), Ok());

  const Message received = subscription->Next(absl::Seconds(5)).value();
  EXPECT_THAT(received.headers.Values("Color"), ElementsAre("red", "blue"));
  EXPECT_THAT(received.headers.Values("color"), ElementsAre());
  EXPECT_EQ(received.data, "book");
  EXPECT_EQ(State("S").messages, 2);  // No duplicates.
}

}  // namespace
}  // namespace windtunnel
