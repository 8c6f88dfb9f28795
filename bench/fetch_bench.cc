// Fetching and acknowledging, in batches.

#include <algorithm>
#include <optional>

#include "bench/worlds.h"
#include "benchmark/benchmark.h"
#include "windtunnel/consume.h"

namespace windtunnel::bench {
namespace {

constexpr int kStored = 100'000;

void BM_FetchAndAck(benchmark::State& state) {
  const Where where = static_cast<Where>(state.range(0));
  const int batch = static_cast<int>(state.range(1));
  std::optional<Bench> bench;
  std::optional<PullConsumer> consumer;
  int left = 0;
  for (auto _ : state) {
    if (left < batch) {
      state.PauseTiming();
      consumer.reset();
      bench.emplace(where);
      bench->Fill(kStored);
      Require(bench->jetstream().CreateConsumer(
                  "S", {.durable_name = "c", .ack_policy = AckPolicy::kExplicit}),
              "create the consumer");
      consumer.emplace(bench->jetstream(), "S", "c");
      left = kStored;
      state.ResumeTiming();
    }
    FetchResult fetched = consumer->Fetch({.max_messages = batch});
    Require(fetched.end_status, "fetch");
    for (Delivery& delivery : fetched.deliveries) Require(delivery.Ack(), "ack");
    left -= static_cast<int>(fetched.deliveries.size());
    state.SetItemsProcessed(state.items_processed() +
                            static_cast<int>(fetched.deliveries.size()));
  }
  consumer.reset();
}
BENCHMARK(BM_FetchAndAck)
    ->ArgNames({"live", "batch"})
    ->ArgsProduct({{kSimulator, kLive}, {1, 10, 100, 500}})
    ->UseRealTime();

// One task publishes, another waits in Fetch: from publish to wake-up and back.
void BM_PublishWakesFetch(benchmark::State& state) {
  Bench bench(kSimulator);
  Require(bench.jetstream().CreateConsumer(
              "S", {.durable_name = "c", .ack_policy = AckPolicy::kExplicit}),
          "create the consumer");
  bool done = false;
  Task reader = bench.world().runtime().Spawn("reader", [&] {
    PullConsumer consumer(bench.jetstream(), "S", "c");
    while (!done) {
      auto delivery = consumer.Next(absl::Hours(1));
      if (delivery.ok()) Require(delivery->Ack(), "ack");
    }
  });
  const Message message{.subject = "s.1", .data = Payload()};
  for (auto _ : state) {
    Require(bench.jetstream().Publish(message), "publish");
    Require(bench.world().runtime().SleepFor(absl::ZeroDuration()), "yield");
  }
  done = true;
  Require(bench.jetstream().Publish(message), "publish");
  Require(reader.Join(), "join");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PublishWakesFetch)->UseRealTime();

}  // namespace
}  // namespace windtunnel::bench
