// Publishing, subscribing and asking, against a server.

#include <atomic>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/testing/live_test.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "windtunnel/channel.h"
#include "windtunnel/errors.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;

class LiveMessagesTest : public LiveTest {
 protected:
  void SetUp() override { connection_ = ConnectTo(SharedServer()); }
  Connection& connection() { return *connection_; }
  void Publish(const Message& message) {
    ASSERT_EQ(connection().Publish(message), absl::OkStatus());
  }

  EventLog events_{runtime_};
  std::unique_ptr<Connection> connection_;
};

TEST_F(LiveMessagesTest, MessageArrivesWhole) {
  auto subscription = Listen(connection(), {.subject = "whole.*"});
  const Message sent{.subject = "whole.one",
                     .reply = "answer.here",
                     .headers = {{"Key", "value"}},
                     .data = std::string("a\0b\r\n", 5)};

  Publish(sent);

  absl::StatusOr<Message> received = subscription->Next(kPatience);
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_EQ(*received, sent);
}

TEST_F(LiveMessagesTest, MessagesArriveInOrder) {
  auto subscription = Listen(connection(), {.subject = "order"});

  for (int i = 0; i < 10'000; ++i) {
    Publish({.subject = "order", .data = absl::StrCat(i)});
  }

  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(NextData(*subscription), absl::StrCat(i));
  }
}

TEST_F(LiveMessagesTest, SeveralValuesOfOneHeaderKeepTheirOrder) {
  auto subscription = Listen(connection(), {.subject = "values"});

  Publish(
      {.subject = "values", .headers = {{"A", "1"}, {"A", "2"}, {"A", "3"}}});

  absl::StatusOr<Message> received = subscription->Next(kPatience);
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_THAT(received->headers.Values("A"), ElementsAre("1", "2", "3"));
}

TEST_F(LiveMessagesTest, EmptyHeaderValueStaysEmpty) {
  auto subscription = Listen(connection(), {.subject = "empty"});

  Publish({.subject = "empty", .headers = {{"Empty", ""}}, .data = "d"});
  Publish({.subject = "empty", .headers = {{"Empty", ""}, {"Full", "x"}}});

  absl::StatusOr<Message> received = subscription->Next(kPatience);
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_EQ(received->headers, (Headers{{"Empty", ""}}));
  EXPECT_EQ(received->data, "d");
  received = subscription->Next(kPatience);
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_EQ(received->headers.Get("Empty"), "");
  EXPECT_EQ(received->headers.Get("Full"), "x");
}

TEST_F(LiveMessagesTest, HeaderCalledStatusIsNoStatusLine) {
  auto subscription = Listen(connection(), {.subject = "status"});

  Publish({.subject = "status", .headers = {{"Status", "503"}}});

  absl::StatusOr<Message> received = subscription->Next(kPatience);
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_EQ(received->headers.status_code(), 0);
  EXPECT_EQ(received->headers.Get("Status"), "503");
}

TEST_F(LiveMessagesTest, QueueGroupMembersShareTheMessages) {
  auto first = Listen(connection(), {.subject = "jobs", .queue_group = "g"});
  auto second = Listen(connection(), {.subject = "jobs", .queue_group = "g"});
  auto all = Listen(connection(), {.subject = "jobs"});

  for (int i = 0; i < 100; ++i) Publish({.subject = "jobs"});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(all->Next(kPatience).ok());
  ASSERT_EQ(connection().Flush(kPatience), absl::OkStatus());
  ASSERT_EQ(first->Drain(kPatience), absl::OkStatus());
  ASSERT_EQ(second->Drain(kPatience), absl::OkStatus());

  EXPECT_EQ(first->pending() + second->pending(), 100);
}

TEST_F(LiveMessagesTest, RequestIsAnsweredByAHandler) {
  auto service =
      connection()
          .Subscribe({.subject = "echo"},
                     [&](const Message& request) {
                       EXPECT_EQ(connection().Publish({.subject = request.reply,
                                                       .data = request.data}),
                                 absl::OkStatus());
                     })
          .value();

  for (int i = 0; i < 100; ++i) {
    absl::StatusOr<Message> answer = connection().Request(
        {.subject = "echo", .data = absl::StrCat(i)}, {.timeout = kPatience});
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->data, absl::StrCat(i));
  }
}

TEST_F(LiveMessagesTest, RequestWithoutRespondersFailsAtOnce) {
  absl::StatusOr<Message> answer =
      connection().Request({.subject = "nobody"}, {.timeout = kPatience});

  EXPECT_EQ(GetErrorKind(answer.status()), ErrorKind::kNoResponders)
      << answer.status();
}

TEST_F(LiveMessagesTest, RequestWithoutAnswerTimesOut) {
  auto silent = Listen(connection(), {.subject = "silent"});

  absl::StatusOr<Message> answer = connection().Request(
      {.subject = "silent"}, {.timeout = absl::Milliseconds(50)});

  EXPECT_EQ(GetErrorKind(answer.status()), ErrorKind::kTimeout);
}

TEST_F(LiveMessagesTest, AutoUnsubscribeEndsAfterItsCount) {
  auto subscription = Listen(connection(), {.subject = "some"});
  ASSERT_EQ(subscription->AutoUnsubscribe(2), absl::OkStatus());

  for (int i = 0; i < 5; ++i)
    Publish({.subject = "some", .data = absl::StrCat(i)});

  EXPECT_EQ(NextData(*subscription), "0");
  EXPECT_EQ(NextData(*subscription), "1");
  EXPECT_EQ(subscription->Next(kPatience).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(LiveMessagesTest, HandlerMayUnsubscribeItself) {
  std::unique_ptr<Subscription> subscription;
  std::atomic<int> calls = 0;
  Notification assigned(runtime_);
  Notification done(runtime_);
  subscription = connection()
                     .Subscribe({.subject = "once"},
                                [&](const Message&) {
                                  assigned.Wait().IgnoreError();
                                  ++calls;
                                  subscription->Unsubscribe();
                                  done.Notify();
                                })
                     .value();
  assigned.Notify();

  for (int i = 0; i < 5; ++i) Publish({.subject = "once"});
  ASSERT_EQ(done.WaitFor(kPatience), absl::OkStatus());
  ASSERT_EQ(connection().Flush(kPatience), absl::OkStatus());
  subscription = nullptr;

  EXPECT_EQ(calls, 1);
}

TEST_F(LiveMessagesTest, DrainHandlesWhatHadArrived) {
  std::atomic<int> handled = 0;
  auto subscription =
      connection()
          .Subscribe({.subject = "drain"}, [&](const Message&) { ++handled; })
          .value();
  for (int i = 0; i < 1'000; ++i) Publish({.subject = "drain"});

  EXPECT_EQ(subscription->Drain(kPatience), absl::OkStatus());

  EXPECT_EQ(handled, 1'000);
}

TEST_F(LiveMessagesTest, DrainingTheConnectionClosesItWhenAllIsHandled) {
  std::atomic<int> handled = 0;
  auto subscription = connection()
                          .Subscribe({.subject = "drain.all"},
                                     [&](const Message&) { ++handled; })
                          .value();
  for (int i = 0; i < 1'000; ++i) Publish({.subject = "drain.all"});

  EXPECT_EQ(connection().Drain(kPatience), absl::OkStatus());

  EXPECT_EQ(handled, 1'000);
  EXPECT_TRUE(connection().closed());
}

TEST_F(LiveMessagesTest, CloseEndsWaitingCalls) {
  auto subscription = Listen(connection(), {.subject = "wait"});
  auto silent = Listen(connection(), {.subject = "silence"});
  absl::Status next;
  absl::Status request;
  Task reader = runtime_.Spawn(
      "reader", [&] { next = subscription->Next(kPatience).status(); });
  Task asker = runtime_.Spawn("asker", [&] {
    request = connection()
                  .Request({.subject = "silence"}, {.timeout = kPatience})
                  .status();
  });
  ASSERT_TRUE(silent->Next(kPatience).ok());  // The request is under way.

  connection().Close();
  reader.Join().IgnoreError();
  asker.Join().IgnoreError();

  EXPECT_EQ(GetErrorKind(next), ErrorKind::kConnectionClosed) << next;
  EXPECT_FALSE(request.ok());
}

TEST_F(LiveMessagesTest, TooMuchPayloadIsRefused) {
  const auto limit = static_cast<std::size_t>(connection().max_payload());

  EXPECT_EQ(
      connection().Publish({.subject = "big", .data = std::string(limit, 'x')}),
      absl::OkStatus());
  EXPECT_EQ(
      connection()
          .Publish({.subject = "big", .data = std::string(limit + 1, 'x')})
          .code(),
      absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(connection()
                .Publish({.subject = "big",
                          .headers = {{"a", "b"}},
                          .data = std::string(limit, 'x')})
                .code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(connection().Flush(kPatience), absl::OkStatus());
}

TEST_F(LiveMessagesTest, WhatTheWireCannotCarryIsRefused) {
  const Message refused[] = {
      {.subject = "a b"},
      {.subject = "a\r\nPUB b 0"},
      {.subject = ""},
      {.subject = std::string("a\0b", 3)},
      {.subject = "a", .reply = "b c"},
      {.subject = "a", .headers = {{"k\r\n", "v"}}},
      {.subject = "a", .headers = {{"k", "v\r\nw"}}},
      {.subject = "a", .headers = {{"k", std::string("v\0w", 3)}}},
  };
  for (const Message& message : refused) {
    EXPECT_EQ(connection().Publish(message).code(),
              absl::StatusCode::kInvalidArgument)
        << message;
  }
  EXPECT_EQ(connection().Flush(kPatience), absl::OkStatus());
}

TEST_F(LiveMessagesTest, OwnMessagesCanBeKeptOut) {
  ConnectOptions options = Quick();
  options.no_echo = true;
  auto quiet = ConnectTo(SharedServer(), std::move(options));
  auto subscription = Listen(*quiet, {.subject = "echo.me"});

  ASSERT_EQ(quiet->Publish({.subject = "echo.me", .data = "own"}),
            absl::OkStatus());
  ASSERT_EQ(quiet->Flush(kPatience), absl::OkStatus());
  Publish({.subject = "echo.me", .data = "other"});

  EXPECT_EQ(NextData(*subscription), "other");
}

TEST_F(LiveMessagesTest, SlowReaderLosesTheNewestAndIsTold) {
  connection().SetEventHandler(events_.Handler());
  auto subscription =
      connection().Subscribe({.subject = "slow", .pending_limit = 10}).value();

  for (int i = 0; i < 100; ++i)
    Publish({.subject = "slow", .data = absl::StrCat(i)});

  EXPECT_TRUE(events_.Saw(ConnectionEvent::kSlowConsumer));
  ASSERT_EQ(subscription->Drain(kPatience), absl::OkStatus());
  EXPECT_EQ(subscription->pending(), 10);
  EXPECT_EQ(subscription->dropped(), 90);
}

// Subscriptions go while messages for them arrive.
TEST_F(LiveMessagesTest, SubscriptionsComeAndGoUnderLoad) {
  CancellationSource stop(runtime_);
  Task load = runtime_.Spawn("load", [&, token = stop.token()] {
    while (!token.cancelled()) {
      for (int i = 0; i < 50; ++i) {
        connection().Publish({.subject = "load", .data = "x"}).IgnoreError();
      }
      connection().Flush(kPatience).IgnoreError();
    }
  });

  for (int i = 0; i < 300; ++i) {
    auto subscription = connection().Subscribe({.subject = "load"}).value();
    EXPECT_EQ(NextData(*subscription), "x");
  }
  stop.Cancel();
}

}  // namespace
}  // namespace windtunnel
