// Memory, as the allocator counts it.

#include <malloc.h>

#include "absl/strings/str_cat.h"
#include "bench/worlds.h"
#include "benchmark/benchmark.h"
#include "windtunnel/consume.h"

namespace windtunnel::bench {
namespace {

double BytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

// Reports what `make(bench)` adds, for each of `count`.
template <typename Make>
void Measure(benchmark::State& state, int count, Make make) {
  double bytes = 0;
  for (auto _ : state) {
    Bench bench(kSimulator,
                {.name = "S", .subjects = {"s.>"}, .max_consumers = 1'000'000});
    bytes = make(bench);
  }
  state.counters["bytes_each"] = bytes / count;
}

void BM_MemoryOfStoredMessages(benchmark::State& state) {
  Measure(state, 200'000, [](Bench& bench) {
    const double before = BytesInUse();
    bench.Fill(200'000);
    return BytesInUse() - before;
  });
}
BENCHMARK(BM_MemoryOfStoredMessages)
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);

// A message each, of which BM_MemoryOfStoredMessages says the size.
void BM_MemoryOfSubjectsWithAMessage(benchmark::State& state) {
  Measure(state, 100'000, [](Bench& bench) {
    const double before = BytesInUse();
    bench.Fill(100'000, 100'000);
    return BytesInUse() - before;
  });
}
BENCHMARK(BM_MemoryOfSubjectsWithAMessage)
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);

// What the duplicate window takes for an id such as "id-123456": what a message
// with one takes, less a message of the same size without.
void BM_MemoryOfMessageIds(benchmark::State& state) {
  constexpr int kCount = 200'000;
  const auto publish = [](Bench& bench, bool with_id) {
    const double before = BytesInUse();
    for (int i = 0; i < kCount; ++i) {
      const std::string id = absl::StrCat("id-", 100'000 + i);
      Message message{.subject = "s.1", .data = Payload()};
      message.headers.Add(with_id ? "Nats-Msg-Id" : "Other-MsgId", id);
      Require(bench.jetstream().Publish(message), "publish");
    }
    return BytesInUse() - before;
  };
  Measure(state, kCount, [&](Bench& bench) {
    Bench without(kSimulator);
    return publish(bench, true) - publish(without, false);
  });
}
BENCHMARK(BM_MemoryOfMessageIds)
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);

void BM_MemoryOfIdleConsumers(benchmark::State& state) {
  Measure(state, 1'000, [](Bench& bench) {
    const double before = BytesInUse();
    for (int i = 0; i < 1'000; ++i) {
      Require(bench.jetstream().CreateConsumer(
                  "S", {.durable_name = absl::StrCat("c", i),
                        .ack_policy = AckPolicy::kExplicit}),
              "create a consumer");
    }
    return BytesInUse() - before;
  });
}
BENCHMARK(BM_MemoryOfIdleConsumers)
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);

// What the server keeps of a delivery that is not acknowledged; the deliveries
// themselves are gone.
void BM_MemoryOfUnackedDeliveries(benchmark::State& state) {
  Measure(state, 100'000, [](Bench& bench) {
    bench.Fill(100'000);
    Require(bench.jetstream().CreateConsumer(
                "S", {.durable_name = "c",
                      .ack_policy = AckPolicy::kExplicit,
                      .max_ack_pending = -1}),
            "create the consumer");
    PullConsumer consumer(bench.jetstream(), "S", "c");
    const double before = BytesInUse();
    for (int i = 0; i < 100; ++i) {
      Require(consumer.Fetch({.max_messages = 1'000}).end_status, "fetch");
    }
    return BytesInUse() - before;
  });
}
BENCHMARK(BM_MemoryOfUnackedDeliveries)
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);

void BM_MemoryOfAnEmptySimulator(benchmark::State& state) {
  double bytes = 0;
  for (auto _ : state) {
    const double before = BytesInUse();
    Bench bench(kSimulator);
    bytes = BytesInUse() - before;
  }
  state.counters["bytes_each"] = bytes;
}
BENCHMARK(BM_MemoryOfAnEmptySimulator)->Iterations(10);

}  // namespace
}  // namespace windtunnel::bench
