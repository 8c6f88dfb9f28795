#include "windtunnel/simulator.h"

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "windtunnel/consume.h"
#include "windtunnel/errors.h"
#include "windtunnel/jetstream.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Ne;

std::unique_ptr<Connection> Open(Simulator& simulator) {
  return simulator.Connect("test").value();
}

// A publisher, a worker that leaves every third message unsettled, and names
// drawn at random.
std::uint64_t HashOfRun(std::uint64_t seed) {
  Simulator simulator({.seed = seed});
  auto connection = Open(simulator);
  JetStream& jetstream = connection->jetstream();
  jetstream.CreateStream({.name = "S", .subjects = {"s.>"}}).value();
  jetstream
      .CreateConsumer("S", {.durable_name = "C",
                            .ack_policy = AckPolicy::kExplicit,
                            .ack_wait = absl::Seconds(2)})
      .value();
  Task publisher = simulator.runtime().Spawn("publisher", [&] {
    for (int i = 0; i < 20; ++i) {
      jetstream.Publish({.subject = absl::StrCat("s.", i)}).value();
      simulator.runtime().SleepFor(absl::Milliseconds(100)).IgnoreError();
    }
  });
  std::unique_ptr<PullSubscription> pull =
      jetstream.SubscribePull("S", "C").value();
  for (int i = 0; i < 30; ++i) {
    EXPECT_TRUE(pull->Request({.batch = 1, .expires = absl::Seconds(3)}).ok());
    absl::StatusOr<PullEvent> event =
        pull->Next(simulator.Now() + absl::Seconds(1), {});
    if (!event.ok()) continue;
    if (auto* delivery = std::get_if<Delivery>(&*event); delivery && i % 3) {
      EXPECT_TRUE(delivery->Ack().ok());
    }
  }
  EXPECT_TRUE(publisher.Join().ok());
  return simulator.history_hash();
}

TEST(Simulator, TheSameSeedHasTheSameHistory) {
  EXPECT_EQ(HashOfRun(1), HashOfRun(1));
  EXPECT_THAT(HashOfRun(2), Ne(HashOfRun(1)));
}

TEST(Simulator, AnotherProcessHasTheSameHistory) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::uint64_t hash = HashOfRun(7);
    _exit(write(ends[1], &hash, sizeof hash) == sizeof hash ? 0 : 1);
  }
  std::uint64_t hash = 0;
  ASSERT_EQ(read(ends[0], &hash, sizeof hash),
            static_cast<ssize_t>(sizeof hash));
  close(ends[0]);
  close(ends[1]);

  EXPECT_EQ(hash, HashOfRun(7));
}

TEST(Simulator, APublishedMessageIsFetchedAndAcknowledged) {
  Simulator simulator({.history_limit = 100});
  auto connection = Open(simulator);
  JetStream& jetstream = connection->jetstream();
  jetstream.CreateStream({.name = "ORDERS", .subjects = {"orders.>"}}).value();
  jetstream
      .CreateConsumer("ORDERS", {.durable_name = "worker",
                                 .ack_policy = AckPolicy::kExplicit})
      .value();

  PubAck ack =
      jetstream.Publish({.subject = "orders.new", .data = "book"}).value();
  auto pull = jetstream.SubscribePull("ORDERS", "worker").value();
  ASSERT_TRUE(pull->Request({.batch = 1}).ok());
  PullEvent event = pull->Next(simulator.Now(), {}).value();
  Delivery& delivery = std::get<Delivery>(event);

  EXPECT_EQ(ack.stream, "ORDERS");
  EXPECT_EQ(ack.sequence, 1u);
  EXPECT_EQ(delivery.data(), "book");
  EXPECT_EQ(delivery.metadata().consumer, "worker");
  EXPECT_TRUE(delivery.AckSync().ok());
  EXPECT_EQ(jetstream.GetConsumerInfo("ORDERS", "worker")->num_ack_pending, 0);
  EXPECT_THAT(simulator.history(),
              HasSubstr("t=+0.000000000 test publish orders.new -> ORDERS 1\n"));
}

TEST(Simulator, APublishThatNoStreamTakesIsTriedThreeTimes) {
  Simulator simulator;
  auto connection = Open(simulator);
  const absl::Time start = simulator.Now();

  absl::Status status =
      connection->jetstream().Publish({.subject = "nowhere"}).status();

  EXPECT_EQ(GetErrorKind(status), ErrorKind::kNoResponders);
  EXPECT_EQ(simulator.Now() - start, absl::Milliseconds(500));
}

// PUB-007
TEST(Simulator, PublishesThatAreNeverAnsweredAreBoundedAndEndWithTheConnection) {
  Simulator simulator;
  auto connection = Open(simulator);
  JetStream& jetstream = connection->jetstream();
  jetstream.CreateStream({.name = "S", .subjects = {"s"}, .no_ack = true})
      .value();
  auto few = connection->NewJetStream({.publish_async_max_pending = 1});

  Future<PubAck> lost = few->PublishAsync({.subject = "s"}).value();
  EXPECT_EQ(few->PublishAsync({.subject = "s"}, {.timeout = absl::Seconds(1)})
                .status()
                .code(),
            absl::StatusCode::kResourceExhausted);
  simulator.StopServer();
  EXPECT_EQ(GetErrorKind(lost.Get().status()), ErrorKind::kConnectionLost);
  simulator.StartServer();
  simulator.RunFor(absl::Seconds(5));

  Future<PubAck> closed = few->PublishAsync({.subject = "s"}).value();
  absl::Status waiting;
  Task publisher = simulator.runtime().Spawn("publisher", [&] {
    waiting = jetstream.Publish({.subject = "s"}).status();
  });
  simulator.RunUntilIdle();
  connection->Close();
  publisher.Join().IgnoreError();
  EXPECT_EQ(GetErrorKind(waiting), ErrorKind::kConnectionClosed);
  EXPECT_EQ(GetErrorKind(closed.Get().status()), ErrorKind::kConnectionClosed);
}

TEST(Simulator, RunForRunsWhatIsDueAtItsEnd) {
  Simulator simulator;
  int ticks = 0;
  Task ticker = simulator.runtime().Spawn("ticker", [&] {
    while (simulator.runtime().SleepFor(absl::Seconds(1)).ok()) {
      if (++ticks == 20) return;
    }
  });

  simulator.RunFor(absl::Seconds(10));

  EXPECT_EQ(ticks, 10);
  EXPECT_TRUE(simulator.RunUntil([&] { return ticks == 15; },
                                 absl::InfiniteDuration()));
  EXPECT_TRUE(ticker.Join().ok());
}

TEST(Simulator, AFailureNamesTheSeed) {
  std::vector<std::string> failures;
  Simulator simulator({.seed = 42, .on_failure = [&](absl::string_view text) {
                         failures.emplace_back(text);
                       }});
  auto connection = Open(simulator);
  auto subscription = connection->Subscribe({.subject = "never"}).value();

  absl::Status status =
      subscription->NextUntil(absl::InfiniteFuture(), {}).status();

  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_THAT(failures, ElementsAre(testing::AllOf(HasSubstr("deadlock"),
                                                   HasSubstr("seed: 42"))));
}

TEST(Simulator, AThreadThatIsNoTaskCannotConnectOrPublish) {
  Simulator simulator;
  auto connection = Open(simulator);
  std::vector<absl::Status> refused;

  std::thread([&] {
    refused.push_back(simulator.Connect("other").status());
    refused.push_back(connection->Publish({.subject = "a"}));
    refused.push_back(
        connection->jetstream().Publish({.subject = "a"}).status());
  }).join();

  ASSERT_EQ(refused.size(), 3u);
  for (const absl::Status& status : refused) {
    EXPECT_EQ(GetErrorKind(status), ErrorKind::kNotATask) << status;
  }
}

TEST(Simulator, ConnectionsMayOutliveIt) {
  auto simulator = std::make_unique<Simulator>();
  auto connection = Open(*simulator);
  auto subscription = connection->Subscribe({.subject = "a"}).value();

  simulator.reset();

  EXPECT_TRUE(absl::IsCancelled(connection->Publish({.subject = "a"})));
  EXPECT_TRUE(absl::IsCancelled(subscription->Next(absl::Seconds(1)).status()));
}

TEST(Simulator, ADeliveryOutlivesItsConnectionAndCannotBeSettledThen) {
  Simulator simulator;
  auto connection = Open(simulator);
  std::optional<Delivery> delivery;
  {
    JetStream& jetstream = connection->jetstream();
    jetstream.CreateStream({.name = "S", .subjects = {"s"}}).value();
    jetstream
        .CreateConsumer("S", {.durable_name = "C",
                              .ack_policy = AckPolicy::kExplicit})
        .value();
    jetstream.Publish({.subject = "s", .data = "text"}).value();
    auto pull = jetstream.SubscribePull("S", "C").value();
    ASSERT_TRUE(pull->Request({.batch = 1}).ok());
    PullEvent event = pull->Next(simulator.Now(), {}).value();
    delivery.emplace(std::get<Delivery>(std::move(event)));
  }

  connection.reset();

  EXPECT_EQ(delivery->data(), "text");
  EXPECT_EQ(GetErrorKind(delivery->Ack()), ErrorKind::kConnectionClosed);
}

TEST(Simulator, AfterARestartSubscriptionsAreBackAndKeptMessagesAreSent) {
  Simulator simulator;
  std::vector<ConnectionEvent> events;
  auto connection = Open(simulator);
  connection->SetEventHandler(
      [&](ConnectionEvent event, absl::string_view) { events.push_back(event); });
  auto subscription = connection->Subscribe({.subject = "a"}).value();

  simulator.StopServer();
  EXPECT_FALSE(connection->connected());
  EXPECT_TRUE(connection->Publish({.subject = "a", .data = "kept"}).ok());
  EXPECT_TRUE(absl::IsUnavailable(simulator.Connect("late").status()));
  EXPECT_TRUE(absl::IsUnavailable(connection->Flush(absl::Seconds(1))));
  simulator.StartServer();

  EXPECT_TRUE(connection->connected());
  EXPECT_EQ(subscription->Next(absl::Seconds(1))->data, "kept");
  simulator.RunUntilIdle();
  EXPECT_THAT(events, ElementsAre(ConnectionEvent::kDisconnected,
                                  ConnectionEvent::kReconnected));
}

TEST(Simulator, ManyRunOnThreadsSideBySide) {
  std::vector<std::uint64_t> hashes(4);
  std::vector<std::thread> threads;
  for (std::uint64_t& hash : hashes) {
    threads.emplace_back([&hash] { hash = HashOfRun(3); });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_THAT(hashes, testing::Each(HashOfRun(3)));
}

}  // namespace
}  // namespace windtunnel
