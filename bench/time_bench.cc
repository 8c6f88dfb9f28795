// Virtual time: a day's work in one go, and moving the clock.

#include "bench/worlds.h"
#include "benchmark/benchmark.h"
#include "windtunnel/consume.h"
#include "windtunnel/simulator.h"

namespace windtunnel::bench {
namespace {

// 1,000 messages, ack wait 30 s, max deliver 5; 5 % are refused once with a delay
// of 1 s, 1 % are never acknowledged. On a live server this takes 150 s.
void BM_DayInTheLife(benchmark::State& state) {
  for (auto _ : state) {
    Bench bench(kSimulator);
    bench.Fill(1'000);
    Require(bench.jetstream().CreateConsumer(
                "S", {.durable_name = "c", .ack_policy = AckPolicy::kExplicit,
                      .ack_wait = absl::Seconds(30), .max_deliver = 5}),
            "create the consumer");
    PullConsumer consumer(bench.jetstream(), "S", "c");
    const absl::Time end = bench.world().runtime().Now() + absl::Seconds(160);
    int acked = 0;
    while (bench.world().runtime().Now() < end) {
      FetchResult fetched =
          consumer.Fetch({.max_messages = 100, .max_wait = absl::Seconds(10)});
      Require(fetched.end_status, "fetch");
      for (Delivery& delivery : fetched.deliveries) {
        const std::uint64_t n = delivery.stream_sequence();
        if (n % 100 == 0) continue;
        if (n % 20 == 1 && delivery.delivered() == 1) {
          Require(delivery.NakWithDelay(absl::Seconds(1)), "nak");
          continue;
        }
        Require(delivery.Ack(), "ack");
        ++acked;
      }
    }
    if (acked != 990) state.SkipWithError("not all were acknowledged");
  }
}
BENCHMARK(BM_DayInTheLife)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_AdvanceWithNothingDue(benchmark::State& state) {
  Bench bench(kSimulator);
  bench.Fill(100'000);
  for (auto _ : state) bench.world().Advance(absl::Seconds(1));
}
BENCHMARK(BM_AdvanceWithNothingDue)->UseRealTime();

void BM_Now(benchmark::State& state) {
  Simulator simulator;
  for (auto _ : state) benchmark::DoNotOptimize(simulator.Now());
}
// Fewer than SimulatorOptions::livelock_limit: a task that only ever looks at the
// clock is stopped.
BENCHMARK(BM_Now)->Iterations(1'000'000);

}  // namespace
}  // namespace windtunnel::bench
