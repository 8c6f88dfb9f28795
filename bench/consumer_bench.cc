// Consumers at scale: many of them, much pending at one, much that falls due.

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/worlds.h"
#include "benchmark/benchmark.h"
#include "windtunnel/consume.h"
#include "windtunnel/pull.h"

namespace windtunnel::bench {
namespace {

constexpr int kMillion = 1'000'000;

ConsumerConfig Explicit(std::string name) {
  return {.durable_name = std::move(name),
          .ack_policy = AckPolicy::kExplicit,
          .max_ack_pending = -1};
}

void MakeConsumers(Bench& bench, std::int64_t count, bool filtered) {
  for (std::int64_t i = 0; i < count; ++i) {
    ConsumerConfig config = Explicit(absl::StrCat("c", i));
    if (filtered) config.filter_subject = absl::StrCat("s.", i);
    Require(bench.jetstream().CreateConsumer("S", config), "create a consumer");
  }
}

StreamConfig RoomFor(std::int64_t consumers) {
  return {.name = "S",
          .subjects = {"s.>"},
          .max_consumers = std::max<std::int64_t>(consumers, 1),
          .max_msgs = 100'000};
}

// Nobody asks these consumers for anything.
void PublishBesideConsumers(benchmark::State& state, bool filtered) {
  Bench bench(kSimulator, RoomFor(state.range(0)));
  MakeConsumers(bench, state.range(0), filtered);
  const Message message{.subject = "s.1", .data = Payload()};
  for (auto _ : state) {
    Require(bench.jetstream().Publish(message), "publish");
  }
}
BENCHMARK_CAPTURE(PublishBesideConsumers, of_everything, false)
    ->ArgName("consumers")
    ->Arg(1)
    ->Arg(100)
    ->Arg(1'000)
    ->Arg(10'000)
    ->UseRealTime();
BENCHMARK_CAPTURE(PublishBesideConsumers, each_of_its_subject, true)
    ->ArgName("consumers")
    ->Arg(1)
    ->Arg(10'000)
    ->UseRealTime();

enum class Order { kAscending, kDescending, kRandom };

std::vector<std::size_t> Arrange(std::size_t count, Order order) {
  std::vector<std::size_t> arranged(count);
  std::iota(arranged.begin(), arranged.end(), 0);
  if (order == Order::kDescending) {
    std::reverse(arranged.begin(), arranged.end());
  } else if (order == Order::kRandom) {
    std::shuffle(arranged.begin(), arranged.end(), std::mt19937(1));
  }
  return arranged;
}

// One acknowledgement while so many messages, or some fewer, are pending.
void AckPending(benchmark::State& state, Order order) {
  const auto pending = static_cast<std::size_t>(state.range(0));
  Bench bench(kSimulator);
  bench.Fill(static_cast<int>(pending));
  const std::vector<std::size_t> arranged = Arrange(pending, order);
  FetchResult held;
  std::size_t acked = pending;
  for (auto _ : state) {
    if (acked == pending) {
      state.PauseTiming();
      bench.jetstream().DeleteConsumer("S", "c").IgnoreError();
      Require(bench.jetstream().CreateConsumer("S", Explicit("c")),
              "create the consumer");
      held = PullConsumer(bench.jetstream(), "S", "c")
                 .Fetch({.max_messages = static_cast<int>(pending)});
      Require(held.end_status, "fetch");
      acked = 0;
      state.ResumeTiming();
    }
    Require(held.deliveries[arranged[acked++]].Ack(), "ack");
  }
}
void AckSizes(benchmark::internal::Benchmark* ack) {
  ack->ArgName("pending")->Arg(1'000)->Arg(kMillion);
  ack->Iterations(kMillion)->UseRealTime();
}
BENCHMARK_CAPTURE(AckPending, in_order, Order::kAscending)->Apply(AckSizes);
BENCHMARK_CAPTURE(AckPending, in_reverse, Order::kDescending)->Apply(AckSizes);
BENCHMARK_CAPTURE(AckPending, at_random, Order::kRandom)->Apply(AckSizes);

// The ack wait of so many ends at once; the clock moves over it, and all are
// fetched again.
void BM_Redeliver(benchmark::State& state) {
  const int pending = static_cast<int>(state.range(0));
  Bench bench(kSimulator);
  bench.Fill(pending);
  Require(bench.jetstream().CreateConsumer("S", Explicit("c")),
          "create the consumer");
  PullConsumer consumer(bench.jetstream(), "S", "c");
  const FetchOptions all{.max_messages = pending,
                         .max_wait = absl::ZeroDuration()};
  Require(consumer.Fetch(all).end_status, "fetch");
  for (auto _ : state) {
    bench.world().Advance(absl::Seconds(31));
    FetchResult again = consumer.Fetch(all);
    Require(again.end_status, "fetch");
    if (again.deliveries.size() != static_cast<std::size_t>(pending)) {
      state.SkipWithError("not all were delivered again");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations() * pending);
}
BENCHMARK(BM_Redeliver)
    ->Arg(1'000)
    ->Arg(kMillion)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// Only the clock's part of it: nobody asks for what has expired.
void BM_ExpireAckWaits(benchmark::State& state) {
  const int pending = static_cast<int>(state.range(0));
  Bench bench(kSimulator);
  bench.Fill(pending);
  for (auto _ : state) {
    state.PauseTiming();
    bench.jetstream().DeleteConsumer("S", "c").IgnoreError();
    Require(bench.jetstream().CreateConsumer("S", Explicit("c")),
            "create the consumer");
    Require(PullConsumer(bench.jetstream(), "S", "c")
                .Fetch({.max_messages = pending})
                .end_status,
            "fetch");
    state.ResumeTiming();
    bench.world().Advance(absl::Seconds(31));
  }
  state.SetItemsProcessed(state.iterations() * pending);
}
BENCHMARK(BM_ExpireAckWaits)
    ->Arg(10'000)
    ->Arg(kMillion)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// `messages` of them on subjects s.<0-99>.<0-999>; made once for each number,
// since the questions leave them as they are.
Bench& Filled(std::int64_t messages) {
  static auto* const made = new std::vector<std::unique_ptr<Bench>>(2);
  std::unique_ptr<Bench>& bench = (*made)[messages == kMillion ? 1 : 0];
  if (bench != nullptr) return *bench;
  bench = std::make_unique<Bench>(kSimulator);
  for (std::int64_t i = 0; i < messages; ++i) {
    const std::int64_t n = i * 7919 % 100'000;
    Require(bench->jetstream().Publish(
                {.subject = absl::StrCat("s.", n / 1'000, ".", n % 1'000),
                 .data = Payload()}),
            "publish");
  }
  return *bench;
}

// Creates and deletes a consumer, which counts what is pending for it.
void CreateConsumer(benchmark::State& state, const std::string& filter,
                    DeliverPolicy policy) {
  JetStream& jetstream = Filled(state.range(0)).jetstream();
  ConsumerConfig config = Explicit("c");
  config.deliver_policy = policy;
  config.filter_subject = filter;
  for (auto _ : state) {
    Require(jetstream.CreateConsumer("S", config), "create a consumer");
    Require(jetstream.DeleteConsumer("S", "c"), "delete it");
  }
}
void CountSizes(benchmark::internal::Benchmark* count) {
  count->ArgName("messages")->Arg(100'000)->Arg(kMillion)->UseRealTime();
}
BENCHMARK_CAPTURE(CreateConsumer, all_of_everything, "s.>", DeliverPolicy::kAll)
    ->Apply(CountSizes);
BENCHMARK_CAPTURE(CreateConsumer, all_of_subtree, "s.5.*", DeliverPolicy::kAll)
    ->Apply(CountSizes);
BENCHMARK_CAPTURE(CreateConsumer, all_across, "s.*.7", DeliverPolicy::kAll)
    ->Apply(CountSizes);
BENCHMARK_CAPTURE(CreateConsumer, all_of_subject, "s.5.7", DeliverPolicy::kAll)
    ->Apply(CountSizes);
BENCHMARK_CAPTURE(CreateConsumer, last_of_everything, "s.>",
                  DeliverPolicy::kLastPerSubject)
    ->Apply(CountSizes);
BENCHMARK_CAPTURE(CreateConsumer, last_of_subtree, "s.5.*",
                  DeliverPolicy::kLastPerSubject)
    ->Apply(CountSizes);

// A message on each of so many subjects, and a consumer of the last of each.
void BM_CreateLastPerSubject(benchmark::State& state) {
  const int subjects = static_cast<int>(state.range(0));
  Bench bench(kSimulator);
  bench.Fill(subjects, subjects);
  ConsumerConfig config = Explicit("c");
  config.deliver_policy = DeliverPolicy::kLastPerSubject;
  config.filter_subject = "s.>";
  for (auto _ : state) {
    Require(bench.jetstream().CreateConsumer("S", config), "create a consumer");
    Require(bench.jetstream().DeleteConsumer("S", "c"), "delete it");
  }
  state.SetItemsProcessed(state.iterations() * subjects);
}
BENCHMARK(BM_CreateLastPerSubject)
    ->Arg(1'000)
    ->Arg(kMillion)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// A message for the first of so many requests that wait at a consumer, each on
// an inbox of its own; whoever got it asks again.
void BM_ServeWaitingRequest(benchmark::State& state) {
  const auto requests = static_cast<std::size_t>(state.range(0));
  Bench bench(kSimulator,
              {.name = "S", .subjects = {"s.>"}, .max_msgs = 100'000});
  ConsumerConfig config = Explicit("c");
  config.ack_policy = AckPolicy::kNone;
  config.max_ack_pending = 0;
  config.max_waiting = 20'000;
  Require(bench.jetstream().CreateConsumer("S", config), "create the consumer");
  const PullRequest request{.batch = 1, .expires = absl::Hours(1)};
  std::vector<std::unique_ptr<PullSubscription>> inboxes;
  for (std::size_t i = 0; i < requests; ++i) {
    inboxes.push_back(
        Require(bench.jetstream().SubscribePull("S", "c"), "subscribe"));
    Require(inboxes.back()->Request(request), "ask");
  }
  const Message message{.subject = "s.1", .data = Payload()};
  std::size_t turn = 0;
  for (auto _ : state) {
    Require(bench.jetstream().Publish(message), "publish");
    PullSubscription& inbox = *inboxes[turn++ % requests];
    Require(inbox.Next(absl::InfiniteFuture(), {}), "take the message");
    Require(inbox.Request(request), "ask");
  }
}
BENCHMARK(BM_ServeWaitingRequest)
    ->ArgName("requests")
    ->Arg(1)
    ->Arg(10'000)
    ->UseRealTime();

// A day: 100,000 messages, one each 864 ms or so; every tenth fails the first
// time and comes again when its ack wait of 30 s is over.
void BM_VirtualDay(benchmark::State& state) {
  constexpr int kMessages = 100'000;
  const absl::Duration gap = absl::Hours(24) / kMessages;
  for (auto _ : state) {
    Bench bench(kSimulator,
                {.name = "S", .subjects = {"s.>"}, .max_msgs = 10'000});
    ConsumerConfig config = Explicit("c");
    config.ack_wait = absl::Seconds(30);
    Require(bench.jetstream().CreateConsumer("S", config),
            "create the consumer");
    int acked = 0;
    Task worker = bench.world().runtime().Spawn("worker", [&] {
      PullConsumer consumer(bench.jetstream(), "S", "c");
      auto messages = Require(consumer.Messages({}), "start");
      while (acked < kMessages) {
        Delivery delivery = Require(messages->Next(absl::Hours(1)), "next");
        if (delivery.stream_sequence() % 10 == 0 && delivery.delivered() == 1) {
          continue;
        }
        Require(delivery.Ack(), "ack");
        ++acked;
      }
    });
    const Message message{.subject = "s.1", .data = Payload()};
    for (int i = 0; i < kMessages; ++i) {
      Require(bench.jetstream().Publish(message), "publish");
      Require(bench.world().runtime().SleepFor(gap), "sleep");
    }
    Require(worker.Join(), "join");
    if (acked != kMessages) state.SkipWithError("not all were acknowledged");
  }
  state.SetItemsProcessed(state.iterations() * kMessages);
}
BENCHMARK(BM_VirtualDay)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace windtunnel::bench
