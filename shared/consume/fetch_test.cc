#include <string>
#include <vector>

#include "shared/testing/orders_fixture.h"
#include "windtunnel/errors.h"

namespace windtunnel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> DataOf(const FetchResult& result) {
  std::vector<std::string> data;
  for (const Delivery& delivery : result.deliveries) {
    data.push_back(std::string(delivery.data()));
  }
  return data;
}

class Fetch : public OrdersTest {};

TEST_F(Fetch, ReturnsWhatIsStoredInOrder) {
  PublishOrders(3);
  PullConsumer billing = Billing();

  FetchResult fetched = billing.Fetch({.max_messages = 3});

  EXPECT_EQ(fetched.end_status, absl::OkStatus());
  EXPECT_THAT(DataOf(fetched), ElementsAre("1", "2", "3"));
  EXPECT_EQ(fetched.deliveries[2].stream_sequence(), 3u);
  EXPECT_EQ(fetched.deliveries[2].num_pending(), 0u);
  EXPECT_EQ(fetched.deliveries[0].subject(), "orders.new");
}

TEST_F(Fetch, ReturnsFewerWhenTheWaitEnds) {
  PublishOrders(2);
  PullConsumer billing = Billing();
  const absl::Time start = runtime().Now();

  FetchResult fetched =
      billing.Fetch({.max_messages = 5, .max_wait = absl::Milliseconds(300)});

  EXPECT_EQ(fetched.end_status, absl::OkStatus());
  EXPECT_THAT(DataOf(fetched), ElementsAre("1", "2"));
  EXPECT_GE(runtime().Now() - start, absl::Milliseconds(300));
  EXPECT_LT(runtime().Now() - start, absl::Seconds(1));
}

TEST_F(Fetch, WithoutAWaitTakesWhatIsThere) {
  PullConsumer billing = Billing();
  EXPECT_THAT(
      billing.Fetch({.max_messages = 5, .max_wait = absl::ZeroDuration()})
          .deliveries,
      IsEmpty());
  PublishOrders(2);

  FetchResult fetched =
      billing.Fetch({.max_messages = 5, .max_wait = absl::ZeroDuration()});

  EXPECT_EQ(fetched.end_status, absl::OkStatus());
  EXPECT_THAT(DataOf(fetched), ElementsAre("1", "2"));
}

TEST_F(Fetch, SeesOnlyNewMessagesInTheNextCall) {
  PublishOrders(4);
  PullConsumer billing = Billing();

  EXPECT_THAT(DataOf(billing.Fetch({.max_messages = 2})), ElementsAre("1", "2"));
  EXPECT_THAT(DataOf(billing.Fetch({.max_messages = 2})), ElementsAre("3", "4"));
  FetchResult third =
      billing.Fetch({.max_messages = 1, .max_wait = absl::Milliseconds(50)});
  EXPECT_THAT(third.deliveries, IsEmpty());
  PublishOrders(1);
  EXPECT_THAT(DataOf(billing.Fetch({.max_messages = 1})), ElementsAre("1"));
}

TEST_F(Fetch, GetsWhatIsPublishedWhileItWaits) {
  PullConsumer billing = Billing();
  Task publisher = runtime().Spawn("publisher", [&] {
    runtime().SleepFor(absl::Milliseconds(100)).IgnoreError();
    PublishOrders(1);
  });

  FetchResult fetched = billing.Fetch({.max_messages = 1});

  EXPECT_THAT(DataOf(fetched), ElementsAre("1"));
}

TEST_F(Fetch, AckedMessagesDoNotComeBack) {
  CreateConsumer({.durable_name = "hasty", .ack_wait = absl::Milliseconds(200)});
  PublishOrders(2);
  PullConsumer hasty(jetstream(), "ORDERS", "hasty");
  FetchResult fetched = hasty.Fetch({.max_messages = 2});
  ASSERT_THAT(fetched.deliveries, SizeIs(2));
  EXPECT_EQ(fetched.deliveries[0].AckSync(), absl::OkStatus());
  EXPECT_EQ(GetErrorKind(fetched.deliveries[0].Ack()),
            ErrorKind::kAlreadySettled);

  FetchResult again =
      hasty.Fetch({.max_messages = 2, .max_wait = absl::Milliseconds(600)});

  EXPECT_THAT(DataOf(again), ElementsAre("2", "2"));
  EXPECT_EQ(again.deliveries[0].delivered(), 2u);
}

TEST_F(Fetch, NakBringsTheMessageBack) {
  PublishOrders(1);
  PullConsumer billing = Billing();
  auto first = billing.Next(absl::Seconds(1));
  ASSERT_EQ(first.status(), absl::OkStatus());

  EXPECT_EQ(first->Nak(), absl::OkStatus());

  auto second = billing.Next(absl::Seconds(1));
  ASSERT_EQ(second.status(), absl::OkStatus());
  EXPECT_EQ(second->delivered(), 2u);
  EXPECT_EQ(second->TermWithReason("broken"), absl::OkStatus());
}

// PUL-041, PUL-042
TEST_F(Fetch, StopsBeforeMaxBytes) {
  const std::string order(1000, 'x');
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        jetstream().Publish({.subject = "orders.new", .data = order}).ok());
  }
  PullConsumer billing = Billing();

  FetchResult fetched = billing.Fetch({.max_messages = 3, .max_bytes = 2500});
  EXPECT_EQ(fetched.end_status, absl::OkStatus());
  EXPECT_THAT(fetched.deliveries, SizeIs(2));

  FetchResult too_large = billing.Fetch({.max_messages = 1, .max_bytes = 500});
  EXPECT_EQ(too_large.end_status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(too_large.deliveries, IsEmpty());
}

// PUL-043: no status tells that the bytes are used up.
TEST_F(Fetch, EndsAtOnceWhenTheBytesAreUsedUpExactly) {
  PublishOrders(3);
  PullConsumer billing = Billing();
  auto first = billing.Next(absl::Seconds(1));
  ASSERT_TRUE(first.ok());
  const auto size = static_cast<std::int64_t>(
      first->subject().size() + first->ack_subject().size() + 1);
  const absl::Time start = runtime().Now();

  FetchResult fetched = billing.Fetch({.max_messages = 5, .max_bytes = size});

  EXPECT_EQ(fetched.end_status, absl::OkStatus());
  EXPECT_THAT(DataOf(fetched), ElementsAre("2"));
  EXPECT_LT(runtime().Now() - start, absl::Seconds(2));
}

// PUL-044: that status must not end the next fetch.
TEST_F(Fetch, IsNotConfusedByTheStatusOfAFullBatch) {
  PublishOrders(4);
  PullConsumer billing = Billing();

  for (const char* expected : {"1", "2", "3", "4"}) {
    FetchResult fetched =
        billing.Fetch({.max_messages = 1, .max_bytes = 10'000});
    EXPECT_EQ(fetched.end_status, absl::OkStatus());
    EXPECT_THAT(DataOf(fetched), ElementsAre(expected));
  }
}

// PUL-002
TEST_F(Fetch, SaysThatTheConsumerDoesNotExist) {
  PullConsumer nobody(jetstream(), "ORDERS", "nobody");

  FetchResult fetched = nobody.Fetch({});

  EXPECT_EQ(fetched.end_status.code(), absl::StatusCode::kNotFound);
}

// PUL-048
TEST_F(Fetch, EndsWhenTheConsumerIsDeleted) {
  PublishOrders(1);
  PullConsumer billing = Billing();
  Task admin = runtime().Spawn("admin", [&] {
    runtime().SleepFor(absl::Milliseconds(100)).IgnoreError();
    EXPECT_EQ(jetstream().DeleteConsumer("ORDERS", "billing"), absl::OkStatus());
  });

  FetchResult fetched = billing.Fetch({.max_messages = 2});

  EXPECT_EQ(fetched.end_status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(DataOf(fetched), ElementsAre("1"));
}

// PUL-012
TEST_F(Fetch, TellsWhichBoundWasExceeded) {
  CreateConsumer({.durable_name = "small", .max_batch = 2});
  PullConsumer small(jetstream(), "ORDERS", "small");

  EXPECT_EQ(small.Fetch({.max_messages = 3}).end_status.code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(Fetch, RefusesOptionsOutOfRange) {
  PullConsumer billing = Billing();

  EXPECT_EQ(billing.Fetch({.max_messages = 0}).end_status.code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      billing.Fetch({.max_wait = -absl::Seconds(1)}).end_status.code(),
      absl::StatusCode::kInvalidArgument);
  PullConsumer dotted(jetstream(), "ORDERS", "a.b");
  EXPECT_EQ(dotted.Fetch({}).end_status.code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(Fetch, AsksForNothingOnceCancelled) {
  PublishOrders(1);
  PullConsumer billing = Billing();
  CancellationSource stop(runtime());
  stop.Cancel();

  FetchResult fetched = billing.Fetch({.cancellation = stop.token()});

  EXPECT_EQ(fetched.end_status.code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(fetched.deliveries, IsEmpty());
  EXPECT_EQ(billing.Info()->num_pending, 1u);
}

TEST_F(Fetch, EndsWhenCancelled) {
  PullConsumer billing = Billing();
  CancellationSource stop(runtime());
  Task other = runtime().Spawn("other", [&] {
    runtime().SleepFor(absl::Milliseconds(50)).IgnoreError();
    stop.Cancel();
  });

  FetchOptions options;
  options.cancellation = stop.token();
  EXPECT_EQ(billing.Fetch(options).end_status.code(),
            absl::StatusCode::kCancelled);
  PublishOrders(1);
  // The waiting request of the cancelled fetch must not get the message.
  EXPECT_EQ(billing.Next(absl::Seconds(1)).status(), absl::OkStatus());
}

TEST_F(Fetch, EndsWhenTheConnectionIsClosed) {
  PullConsumer billing = Billing();
  Task other = runtime().Spawn("other", [&] {
    runtime().SleepFor(absl::Milliseconds(50)).IgnoreError();
    CloseConnection();
  });

  FetchResult fetched = billing.Fetch({});

  EXPECT_EQ(GetErrorKind(fetched.end_status), ErrorKind::kConnectionClosed);
}

TEST_F(Fetch, DeliveriesOutliveTheirConnection) {
  PublishOrders(1);
  auto second = Connect("second");
  auto delivery =
      PullConsumer(second->jetstream(), "ORDERS", "billing").Next(absl::Seconds(1));
  ASSERT_EQ(delivery.status(), absl::OkStatus());

  second.reset();

  EXPECT_EQ(delivery->data(), "1");
  EXPECT_EQ(GetErrorKind(delivery->Ack()), ErrorKind::kConnectionClosed);
  EXPECT_FALSE(delivery->settled());
}

TEST_F(Fetch, ManyTasksShareOneConsumer) {
  PublishOrders(20);
  PullConsumer billing = Billing();
  std::vector<int> fetched(4);
  {
    std::vector<Task> workers;
    for (int& count : fetched) {
      workers.push_back(runtime().Spawn("worker", [&] {
        for (int i = 0; i < 5; ++i) {
          FetchResult result = billing.Fetch({.max_messages = 1});
          count += static_cast<int>(result.deliveries.size());
        }
      }));
    }
  }
  EXPECT_THAT(fetched, ElementsAre(5, 5, 5, 5));
}

}  // namespace
}  // namespace windtunnel
