#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "shared/testing/orders_fixture.h"
#include "windtunnel/errors.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

int ErrCodeOf(const absl::Status& status) {
  const auto error = GetJetStreamError(status);
  return error.has_value() ? error->err_code : 0;
}

class WireJetStreamTest : public OrdersTest {};

TEST_F(WireJetStreamTest, RefusesNamesThatAreNoToken) {
  for (const char* name : {"", "a.b", "a b", "a\n"}) {
    EXPECT_EQ(jetstream().CreateStream({.name = name}).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(jetstream().GetConsumerInfo("ORDERS", name).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(ErrCodeOf(jetstream().GetStreamInfo("MISSING").status()),
            kStreamNotFound);
}

TEST_F(WireJetStreamTest, CreatesOrUpdatesStreams) {
  StreamConfig config{.name = "S", .subjects = {"s"}, .storage = Storage::kMemory};

  EXPECT_EQ(jetstream().CreateOrUpdateStream(config, {}).status(),
            absl::OkStatus());
  config.max_msgs = 7;
  auto updated = jetstream().CreateOrUpdateStream(config, {});

  ASSERT_EQ(updated.status(), absl::OkStatus());
  EXPECT_EQ(updated->config.max_msgs, 7);
  EXPECT_EQ(ErrCodeOf(jetstream().UpdateStream({.name = "T"}).status()),
            kStreamNotFound);
}

// API-030
TEST_F(WireJetStreamTest, ListsPageByPage) {
  for (int i = 100; i < 400; ++i) {
    CreateConsumer({.durable_name = absl::StrCat("c", i)});
  }

  auto names = jetstream().ConsumerNames("ORDERS");
  auto infos = jetstream().ListConsumers("ORDERS");

  ASSERT_EQ(names.status(), absl::OkStatus());
  EXPECT_THAT(*names, SizeIs(301));
  ASSERT_EQ(infos.status(), absl::OkStatus());
  ASSERT_THAT(*infos, SizeIs(301));
  EXPECT_EQ((*infos)[300].name, "c399");
}

TEST_F(WireJetStreamTest, ListsNothingOfNothing) {
  ListStreamsOptions nothing;
  nothing.subject = "no.such.subject";

  EXPECT_THAT(*jetstream().StreamNames(nothing), IsEmpty());
  EXPECT_THAT(*jetstream().ListStreams(nothing), IsEmpty());
  EXPECT_THAT(*jetstream().StreamNames(), ElementsAre("ORDERS"));
}

TEST_F(WireJetStreamTest, ReadsStoredMessages) {
  Message message{.subject = "orders.new", .data = "book"};
  message.headers.Add("Colour", "red");
  ASSERT_TRUE(jetstream().Publish(message).ok());

  auto stored = jetstream().GetMessage("ORDERS", {.seq = 1});

  ASSERT_EQ(stored.status(), absl::OkStatus());
  EXPECT_EQ(stored->subject, "orders.new");
  EXPECT_EQ(stored->sequence, 1u);
  EXPECT_EQ(stored->data, "book");
  EXPECT_EQ(stored->headers, message.headers);
  EXPECT_EQ(ErrCodeOf(jetstream().GetMessage("ORDERS", {.seq = 2}).status()),
            kNoMessageFound);
}

// API-120, API-121, API-123, API-127
TEST_F(WireJetStreamTest, ReadsStoredMessagesDirectly) {
  ASSERT_TRUE(jetstream()
                  .CreateStream({.name = "DIRECT",
                                 .subjects = {"direct.>"},
                                 .storage = Storage::kMemory,
                                 .allow_direct = true})
                  .ok());
  Message message{.subject = "direct.a", .data = "book"};
  message.headers.Add("Colour", "red");
  ASSERT_TRUE(jetstream().Publish(message).ok());

  for (const GetMessageRequest& request :
       {GetMessageRequest{.seq = 1},
        GetMessageRequest{.last_by_subject = "direct.a"},
        GetMessageRequest{.next_by_subject = "direct.*"}}) {
    auto stored = jetstream().GetMessageDirect("DIRECT", request);
    ASSERT_EQ(stored.status(), absl::OkStatus());
    EXPECT_EQ(stored->subject, "direct.a");
    EXPECT_EQ(stored->sequence, 1u);
    EXPECT_EQ(stored->data, "book");
    EXPECT_EQ(stored->headers, message.headers);
    EXPECT_EQ(stored->time, jetstream().GetMessage("DIRECT", {.seq = 1})->time);
  }
  EXPECT_EQ(jetstream().GetMessageDirect("DIRECT", {.seq = 9}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(jetstream().GetMessageDirect("DIRECT", {}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrorKind(
                jetstream().GetMessageDirect("ORDERS", {.seq = 1}).status()),
            ErrorKind::kNoResponders);
}

TEST_F(WireJetStreamTest, PublishDemandsWhatItsOptionsSay) {
  PublishOptions options;
  options.message_id = "id";
  options.expected_stream = "ORDERS";
  options.expected_last_sequence = 0;
  const Message order{.subject = "orders.new", .data = "x"};

  auto first = jetstream().Publish(order, options);
  options.expected_last_sequence.reset();
  auto second = jetstream().Publish(order, options);
  options.message_id.clear();
  options.expected_last_subject_sequence = 5;
  auto third = jetstream().Publish(order, options);

  ASSERT_EQ(first.status(), absl::OkStatus());
  EXPECT_EQ(first->sequence, 1u);
  ASSERT_EQ(second.status(), absl::OkStatus());
  EXPECT_TRUE(second->duplicate);
  EXPECT_EQ(ErrCodeOf(third.status()), kStreamWrongLastSequence);
}

TEST_F(WireJetStreamTest, PublishTriesAgainWhereNobodyListens) {
  PublishOptions options;
  options.retry_attempts = 3;
  options.retry_wait = absl::Milliseconds(100);
  Task late = runtime().Spawn("late", [&] {
    runtime().SleepFor(absl::Milliseconds(150)).IgnoreError();
    EXPECT_TRUE(jetstream()
                    .CreateStream({.name = "LATE",
                                   .subjects = {"late"},
                                   .storage = Storage::kMemory})
                    .ok());
  });

  EXPECT_EQ(jetstream().Publish({.subject = "late"}, options).status(),
            absl::OkStatus());
  options.retry_attempts = 0;
  EXPECT_EQ(
      GetErrorKind(jetstream().Publish({.subject = "nowhere"}, options).status()),
      ErrorKind::kNoResponders);
}

TEST_F(WireJetStreamTest, PublishAsyncFulfilsItsFutures) {
  std::vector<Future<PubAck>> acks;
  for (int i = 0; i < 50; ++i) {
    auto ack = jetstream().PublishAsync({.subject = "orders.new", .data = "x"});
    ASSERT_EQ(ack.status(), absl::OkStatus());
    acks.push_back(*std::move(ack));
  }

  EXPECT_EQ(jetstream().WaitPublishAsync(absl::Seconds(3)), absl::OkStatus());

  EXPECT_EQ(jetstream().publish_async_pending(), 0);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(acks[i].ready());
    ASSERT_EQ(acks[i].Get().status(), absl::OkStatus());
    EXPECT_EQ(acks[i].Get()->sequence, i + 1u);
  }
}

TEST_F(WireJetStreamTest, PublishAsyncTriesAgainAndGivesUp) {
  PublishOptions options;
  options.retry_attempts = 2;
  options.retry_wait = absl::Milliseconds(50);
  const absl::Time start = runtime().Now();

  auto ack = jetstream().PublishAsync({.subject = "nowhere"}, options);

  ASSERT_EQ(ack.status(), absl::OkStatus());
  EXPECT_EQ(GetErrorKind(ack->Get(start + absl::Seconds(3)).status()),
            ErrorKind::kNoResponders);
  EXPECT_GE(runtime().Now() - start, absl::Milliseconds(100));
}

TEST_F(WireJetStreamTest, PublishAsyncTimesOutByItself) {
  auto swallow = connection().Subscribe({.subject = "silent"});
  PublishOptions options;
  options.timeout = absl::Milliseconds(80);

  auto ack = jetstream().PublishAsync({.subject = "silent"}, options);

  ASSERT_EQ(ack.status(), absl::OkStatus());
  EXPECT_EQ(GetErrorKind(ack->Get(runtime().Now() + absl::Seconds(3)).status()),
            ErrorKind::kTimeout);
  EXPECT_EQ(jetstream().publish_async_pending(), 0);
}

TEST_F(WireJetStreamTest, PublishAsyncWaitsAtItsBound) {
  auto swallow = connection().Subscribe({.subject = "silent"});
  JetStreamOptions bounded;
  bounded.publish_async_max_pending = 2;
  auto few = NewJetStreamOverWire(connection(), bounded);
  PublishOptions options;
  options.timeout = absl::Milliseconds(400);
  ASSERT_TRUE(few->PublishAsync({.subject = "silent"}, options).ok());
  ASSERT_TRUE(few->PublishAsync({.subject = "silent"}, options).ok());

  PublishOptions hasty;
  hasty.timeout = absl::Milliseconds(50);
  EXPECT_EQ(few->PublishAsync({.subject = "silent"}, hasty).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(few->PublishAsync({.subject = "orders.new"}).status(),
            absl::OkStatus());
  EXPECT_EQ(few->WaitPublishAsync(absl::Seconds(3)), absl::OkStatus());
}

TEST_F(WireJetStreamTest, ManyTasksKeepWithinTheBoundOfPublishAsync) {
  auto swallow = connection().Subscribe({.subject = "silent"});
  auto few = NewJetStreamOverWire(connection(), {.publish_async_max_pending = 2});
  ASSERT_TRUE(few->PublishAsync({.subject = "silent"}).ok());
  PublishOptions brief;
  brief.timeout = absl::Milliseconds(200);
  int most_pending = 0;
  {
    std::vector<Task> tasks;
    for (int i = 0; i < 5; ++i) {
      tasks.push_back(runtime().Spawn("publisher", [&] {
        few->PublishAsync({.subject = "silent"}, brief).IgnoreError();
        most_pending = std::max(most_pending, few->publish_async_pending());
      }));
    }
  }
  EXPECT_EQ(most_pending, 2);
}

TEST_F(WireJetStreamTest, PublishAsyncSendsNothingOnceCancelled) {
  CancellationSource stop(runtime());
  stop.Cancel();
  PublishOptions options;
  options.cancellation = stop.token();

  EXPECT_EQ(jetstream().PublishAsync({.subject = "orders.new"}, options)
                .status()
                .code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(jetstream().GetStreamInfo("ORDERS")->state.messages, 0u);
}

TEST_F(WireJetStreamTest, PublishAsyncEndsWithItsConnection) {
  auto swallow = connection().Subscribe({.subject = "silent"});
  auto ack = jetstream().PublishAsync({.subject = "silent"});
  ASSERT_EQ(ack.status(), absl::OkStatus());

  connection().Close();

  EXPECT_EQ(GetErrorKind(ack->Get().status()), ErrorKind::kConnectionClosed);
}

// CON-097, CON-096
TEST_F(WireJetStreamTest, CreatesAndUpdatesConsumersAsAsked) {
  ConsumerConfig config{.durable_name = "worker",
                        .ack_policy = AckPolicy::kExplicit,
                        .filter_subject = "orders.new"};
  EXPECT_EQ(ErrCodeOf(jetstream().UpdateConsumer("ORDERS", config).status()),
            kConsumerDoesNotExist);
  ASSERT_EQ(jetstream().CreateConsumer("ORDERS", config).status(),
            absl::OkStatus());
  config.max_deliver = 3;

  EXPECT_EQ(ErrCodeOf(jetstream().CreateConsumer("ORDERS", config).status()),
            kConsumerAlreadyExists);
  auto updated = jetstream().CreateOrUpdateConsumer("ORDERS", config);
  ASSERT_EQ(updated.status(), absl::OkStatus());
  EXPECT_EQ(updated->config.max_deliver, 3);
  auto unnamed = jetstream().CreateConsumer(
      "ORDERS", {.ack_policy = AckPolicy::kExplicit});
  ASSERT_EQ(unnamed.status(), absl::OkStatus());
  EXPECT_FALSE(unnamed->name.empty());
}

TEST_F(WireJetStreamTest, PausesResumesAndResetsConsumers) {
  auto paused = jetstream().PauseConsumer(
      "ORDERS", "billing", runtime().Now() + absl::Hours(1), {});
  auto resumed = jetstream().ResumeConsumer("ORDERS", "billing", {});
  auto reset = jetstream().ResetConsumer("ORDERS", "billing", 0, {});

  ASSERT_EQ(paused.status(), absl::OkStatus());
  EXPECT_TRUE(paused->paused);
  ASSERT_EQ(resumed.status(), absl::OkStatus());
  EXPECT_FALSE(resumed->paused);
  EXPECT_EQ(reset.status(), absl::OkStatus());
}

// STO-019, API-098
TEST_F(WireJetStreamTest, PurgesAndDeletes) {
  PublishOrders(5);
  PurgeOptions below_three;
  below_three.seq = 3;

  EXPECT_EQ(*jetstream().PurgeStream("ORDERS", below_three), 2u);
  EXPECT_EQ(jetstream().DeleteMessage("ORDERS", 4), absl::OkStatus());
  EXPECT_FALSE(jetstream().DeleteMessage("ORDERS", 4).ok());
  StreamInfoOptions details;
  details.deleted_details = true;
  auto info = jetstream().GetStreamInfo("ORDERS", details);
  ASSERT_EQ(info.status(), absl::OkStatus());
  EXPECT_THAT(info->state.deleted, ElementsAre(4));
  EXPECT_EQ(jetstream().DeleteStream("ORDERS"), absl::OkStatus());
}

TEST_F(WireJetStreamTest, ShowsTheAccount) {
  auto account = jetstream().GetAccountInfo();

  ASSERT_EQ(account.status(), absl::OkStatus());
  EXPECT_EQ(account->streams, 1u);
  EXPECT_EQ(account->consumers, 1u);
}

// API-028
TEST_F(WireJetStreamTest, AnUnknownDomainDoesNotAnswer) {
  JetStreamOptions options;
  options.domain = "elsewhere";

  auto elsewhere = NewJetStreamOverWire(connection(), options);

  EXPECT_EQ(GetErrorKind(elsewhere->GetAccountInfo().status()),
            ErrorKind::kNoResponders);
}

}  // namespace
}  // namespace windtunnel
