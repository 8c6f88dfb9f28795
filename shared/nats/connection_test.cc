#include <string>
#include <utility>
#include <vector>

#include "shared/testing/orders_fixture.h"
#include "windtunnel/errors.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
using testing::StartsWith;

class ConnectionTest : public OrdersTest {
 protected:
  std::unique_ptr<Subscription> Subscribe(SubscribeOptions options) {
    auto made = connection().Subscribe(options);
    EXPECT_EQ(made.status(), absl::OkStatus());
    return made.ok() ? *std::move(made) : nullptr;
  }
  std::unique_ptr<Subscription> Subscribe(absl::string_view subject,
                                          MessageHandler handler) {
    auto made = connection().Subscribe({.subject = std::string(subject)},
                                       std::move(handler));
    EXPECT_EQ(made.status(), absl::OkStatus());
    return made.ok() ? *std::move(made) : nullptr;
  }
  void Send(absl::string_view subject, absl::string_view data) {
    EXPECT_EQ(connection().Publish(
                  {.subject = std::string(subject), .data = std::string(data)}),
              absl::OkStatus());
  }
  std::string NextData(Subscription& subscription) {
    absl::StatusOr<Message> message = subscription.Next(absl::Seconds(2));
    if (!message.ok()) return absl::StatusCodeToString(message.status().code());
    return message->data;
  }
  // Answers every request to `subject` with its own data.
  std::unique_ptr<Subscription> Echo(absl::string_view subject) {
    return Subscribe(subject, [this](const Message& request) {
      Send(request.reply, request.data);
    });
  }
};

TEST_F(ConnectionTest, SubscriptionsReadMessagesInOrder) {
  auto subscription = Subscribe({.subject = "news.*"});

  Send("news.a", "1");
  Send("other", "x");
  Send("news.b", "2");

  EXPECT_EQ(NextData(*subscription), "1");
  EXPECT_EQ(NextData(*subscription), "2");
  EXPECT_EQ(subscription->Next(absl::Milliseconds(20)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(ConnectionTest, MessagesKeepReplyAndHeaders) {
  auto subscription = Subscribe({.subject = "news"});
  Message sent{.subject = "news", .reply = "back", .data = "x"};
  sent.headers.Add("A", "1");
  sent.headers.Add("A", "2");

  ASSERT_EQ(connection().Publish(sent), absl::OkStatus());

  absl::StatusOr<Message> received = subscription->Next(absl::Seconds(2));
  ASSERT_EQ(received.status(), absl::OkStatus());
  EXPECT_EQ(received->reply, "back");
  EXPECT_THAT(received->headers.Values("A"), ElementsAre("1", "2"));
}

TEST_F(ConnectionTest, RefusesWhatCannotTravel) {
  const std::string with_nul("a\0b", 3);
  Headers status_line;
  status_line.SetStatus(503, "No Responders");
  const Message refused[] = {
      {.subject = "a b"},
      {.subject = with_nul},
      {.subject = "a", .reply = with_nul},
      {.subject = "a", .headers = {{"A", with_nul}}},
      {.subject = "a", .headers = status_line},
  };
  for (const Message& message : refused) {
    EXPECT_EQ(connection().Publish(message).code(),
              absl::StatusCode::kInvalidArgument)
        << message;
  }
  EXPECT_EQ(connection().Subscribe({.subject = with_nul}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(connection()
                .Publish({.subject = "a",
                          .data = std::string(connection().max_payload() + 1, 'x')})
                .code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(connection().Subscribe({.subject = "a..b"}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(connection().Request({.subject = "a", .reply = "b"}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(ConnectionTest, RequestsGetTheirAnswer) {
  auto echo = Echo("echo");

  for (const char* data : {"a", "b", ""}) {
    absl::StatusOr<Message> answer =
        connection().Request({.subject = "echo", .data = data});
    ASSERT_EQ(answer.status(), absl::OkStatus());
    EXPECT_EQ(answer->data, data);
  }
}

// COR-018
TEST_F(ConnectionTest, RequestsOfManyTasksDoNotMixUp) {
  auto echo = Echo("echo");
  std::vector<Task> tasks;
  for (int i = 0; i < 8; ++i) {
    tasks.push_back(runtime().Spawn("asker", [this, i] {
      for (int k = 0; k < 20; ++k) {
        const std::string data = absl::StrCat(i, ":", k);
        auto answer = connection().Request({.subject = "echo", .data = data});
        ASSERT_EQ(answer.status(), absl::OkStatus());
        EXPECT_EQ(answer->data, data);
      }
    }));
  }
}

// COR-013
TEST_F(ConnectionTest, RequestsToNobodyFailAtOnce) {
  const absl::Time start = runtime().Now();

  auto answer = connection().Request({.subject = "nobody"});

  EXPECT_EQ(GetErrorKind(answer.status()), ErrorKind::kNoResponders);
  EXPECT_LT(runtime().Now() - start, absl::Seconds(1));
}

TEST_F(ConnectionTest, RequestsTimeOut) {
  auto silent = Subscribe({.subject = "silent"});

  auto answer = connection().Request({.subject = "silent"},
                                     {.timeout = absl::Milliseconds(50)});

  EXPECT_EQ(GetErrorKind(answer.status()), ErrorKind::kTimeout);
  // A late answer is nobody's.
  Send(silent->Next(absl::Seconds(1))->reply, "late");
  EXPECT_EQ(connection().Flush(absl::Seconds(1)), absl::OkStatus());
}

TEST_F(ConnectionTest, RequestsEndWhenCancelledOrClosed) {
  auto silent = Subscribe({.subject = "silent"});
  CancellationSource stop(runtime());
  Task other = runtime().Spawn("other", [&] {
    runtime().SleepFor(absl::Milliseconds(50)).IgnoreError();
    stop.Cancel();
    runtime().SleepFor(absl::Milliseconds(50)).IgnoreError();
    CloseConnection();
  });

  RequestOptions options;
  options.cancellation = stop.token();
  EXPECT_EQ(connection().Request({.subject = "silent"}, options).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(GetErrorKind(connection().Request({.subject = "silent"}).status()),
            ErrorKind::kConnectionClosed);
}

TEST_F(ConnectionTest, DropsTheNewestBeyondThePendingLimit) {
  std::vector<ConnectionEvent> events;
  Notification slow(runtime());
  connection().SetEventHandler([&](ConnectionEvent event, absl::string_view) {
    events.push_back(event);
    slow.Notify();
  });
  auto subscription = Subscribe({.subject = "news", .pending_limit = 2});

  for (const char* data : {"1", "2", "3", "4"}) Send("news", data);
  ASSERT_EQ(slow.WaitFor(absl::Seconds(2)), absl::OkStatus());
  ASSERT_EQ(connection().Flush(absl::Seconds(2)), absl::OkStatus());
  world().Advance(absl::Milliseconds(20));

  EXPECT_EQ(subscription->pending(), 2u);
  EXPECT_EQ(subscription->dropped(), 2u);
  EXPECT_EQ(NextData(*subscription), "1");
  EXPECT_EQ(NextData(*subscription), "2");
  EXPECT_THAT(events, ElementsAre(ConnectionEvent::kSlowConsumer));
  connection().SetEventHandler(nullptr);
}

TEST_F(ConnectionTest, HandlersRunOneAtATime) {
  int running = 0;
  int seen = 0;
  Notification all(runtime());
  auto subscription = Subscribe("news", [&](const Message&) {
    EXPECT_EQ(++running, 1);
    runtime().SleepFor(absl::Milliseconds(5)).IgnoreError();
    --running;
    if (++seen == 3) all.Notify();
  });

  for (int i = 0; i < 3; ++i) Send("news", "x");

  EXPECT_EQ(all.WaitFor(absl::Seconds(2)), absl::OkStatus());
  EXPECT_EQ(subscription->Next(absl::Seconds(1)).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(ConnectionTest, HandlersMayUnsubscribeAndAsk) {
  auto echo = Echo("echo");
  std::unique_ptr<Subscription> subscription;
  Notification started(runtime());
  Notification done(runtime());
  int calls = 0;
  subscription = Subscribe("news", [&](const Message&) {
    started.Wait().IgnoreError();
    ++calls;
    EXPECT_EQ(connection().Request({.subject = "echo"}).status(),
              absl::OkStatus());
    subscription->Unsubscribe();
    done.Notify();
  });
  started.Notify();

  Send("news", "1");
  Send("news", "2");

  ASSERT_EQ(done.WaitFor(absl::Seconds(2)), absl::OkStatus());
  world().Advance(absl::Milliseconds(20));
  EXPECT_EQ(calls, 1);
}

TEST_F(ConnectionTest, HandlersMayDestroyTheirSubscription) {
  std::unique_ptr<Subscription> subscription;
  Notification started(runtime());
  Notification done(runtime());
  subscription = Subscribe("news", [&](const Message&) {
    started.Wait().IgnoreError();
    subscription.reset();
    done.Notify();
  });
  started.Notify();

  Send("news", "1");

  EXPECT_EQ(done.WaitFor(absl::Seconds(2)), absl::OkStatus());
}

TEST_F(ConnectionTest, UnsubscribeWaitsForTheHandler) {
  Notification inside(runtime());
  bool finished = false;
  auto subscription = Subscribe("news", [&](const Message&) {
    inside.Notify();
    runtime().SleepFor(absl::Milliseconds(50)).IgnoreError();
    finished = true;
  });
  Send("news", "1");
  ASSERT_EQ(inside.WaitFor(absl::Seconds(2)), absl::OkStatus());

  subscription->Unsubscribe();

  EXPECT_TRUE(finished);
}

TEST_F(ConnectionTest, DrainedSubscriptionsCanBeReadToTheEnd) {
  auto subscription = Subscribe({.subject = "news"});
  Send("news", "1");
  Send("news", "2");

  EXPECT_EQ(subscription->Drain(absl::Seconds(2)), absl::OkStatus());
  Send("news", "3");

  EXPECT_EQ(NextData(*subscription), "1");
  EXPECT_EQ(NextData(*subscription), "2");
  EXPECT_EQ(GetErrorKind(subscription->Next(absl::Seconds(1)).status()),
            ErrorKind::kConnectionClosed);
}

// COR-021
TEST_F(ConnectionTest, AutoUnsubscribeEndsAfterSoManyMessages) {
  auto subscription = Subscribe({.subject = "news"});
  ASSERT_EQ(subscription->AutoUnsubscribe(2), absl::OkStatus());

  for (const char* data : {"1", "2", "3"}) Send("news", data);

  EXPECT_EQ(NextData(*subscription), "1");
  EXPECT_EQ(NextData(*subscription), "2");
  EXPECT_EQ(GetErrorKind(subscription->Next(absl::Seconds(1)).status()),
            ErrorKind::kConnectionClosed);
}

TEST_F(ConnectionTest, DrainHandsOutEverythingAndCloses) {
  std::vector<std::string> seen;
  auto subscription = Subscribe("news", [&](const Message& message) {
    runtime().SleepFor(absl::Milliseconds(10)).IgnoreError();
    seen.push_back(message.data);
  });
  for (const char* data : {"1", "2", "3"}) Send("news", data);

  EXPECT_EQ(connection().Drain(absl::Seconds(5)), absl::OkStatus());

  EXPECT_THAT(seen, ElementsAre("1", "2", "3"));
  EXPECT_TRUE(connection().closed());
}

TEST_F(ConnectionTest, AClosedConnectionRefusesEverything) {
  auto subscription = Subscribe({.subject = "news"});
  Send("news", "1");
  ASSERT_EQ(connection().Flush(absl::Seconds(1)), absl::OkStatus());
  world().Advance(absl::Milliseconds(20));

  connection().Close();
  connection().Close();

  EXPECT_TRUE(connection().closed());
  EXPECT_FALSE(connection().connected());
  EXPECT_EQ(NextData(*subscription), "1");
  const auto kind = [](const absl::Status& status) { return GetErrorKind(status); };
  EXPECT_EQ(kind(subscription->Next(absl::Seconds(1)).status()),
            ErrorKind::kConnectionClosed);
  EXPECT_EQ(kind(connection().Publish({.subject = "a"})),
            ErrorKind::kConnectionClosed);
  EXPECT_EQ(kind(connection().Request({.subject = "a"}).status()),
            ErrorKind::kConnectionClosed);
  EXPECT_EQ(kind(connection().Subscribe({.subject = "a"}).status()),
            ErrorKind::kConnectionClosed);
  EXPECT_EQ(kind(connection().Flush(absl::Seconds(1))),
            ErrorKind::kConnectionClosed);
  EXPECT_EQ(kind(connection().jetstream().Publish({.subject = "orders.x"}).status()),
            ErrorKind::kConnectionClosed);
}

TEST_F(ConnectionTest, ReportsCutsAndRestoresSubscriptions) {
  std::vector<ConnectionEvent> events;
  Notification closed(runtime());
  Notification back(runtime());
  connection().SetEventHandler([&](ConnectionEvent event, absl::string_view) {
    events.push_back(event);
    if (event == ConnectionEvent::kReconnected) back.Notify();
    if (event == ConnectionEvent::kClosed) closed.Notify();
  });
  auto subscription = Subscribe({.subject = "news"});

  ASSERT_EQ(world().RestartServer(), absl::OkStatus());
  ASSERT_EQ(back.WaitFor(absl::Seconds(10)), absl::OkStatus());
  Send("news", "1");
  EXPECT_EQ(NextData(*subscription), "1");
  connection().Close();

  EXPECT_EQ(closed.WaitFor(absl::Seconds(2)), absl::OkStatus());
  EXPECT_THAT(events, ElementsAre(ConnectionEvent::kDisconnected,
                                  ConnectionEvent::kReconnected,
                                  ConnectionEvent::kClosed));
}

TEST_F(ConnectionTest, InboxesAreUnique) {
  const std::string inbox = connection().NewInbox();

  EXPECT_THAT(inbox, StartsWith("_INBOX."));
  EXPECT_THAT(inbox, SizeIs(29));
  EXPECT_NE(inbox, connection().NewInbox());
}

}  // namespace
}  // namespace windtunnel
