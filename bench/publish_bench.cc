// Publishing with acknowledgement.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/worlds.h"
#include "benchmark/benchmark.h"

namespace windtunnel::bench {
namespace {

// Keeps what a long run stores within memory, without being in the way.
StreamConfig Bounded(std::int64_t max_msgs) {
  return {.name = "S", .subjects = {"s.>"}, .max_msgs = max_msgs};
}

void BM_Publish(benchmark::State& state) {
  Bench bench(static_cast<Where>(state.range(0)), Bounded(5'000'000));
  const Message message{.subject = "s.1", .data = Payload()};
  for (auto _ : state) {
    Require(bench.jetstream().Publish(message), "publish");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Publish)->ArgName("live")->Arg(kSimulator)->Arg(kLive)->UseRealTime();

void BM_PublishAsync(benchmark::State& state) {
  Bench bench(static_cast<Where>(state.range(0)), Bounded(5'000'000));
  const Message message{.subject = "s.1", .data = Payload()};
  for (auto _ : state) {
    Require(bench.jetstream().PublishAsync(message), "publish");
  }
  Require(bench.jetstream().WaitPublishAsync(absl::Minutes(1)), "wait for acks");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PublishAsync)
    ->ArgName("live")->Arg(kSimulator)->Arg(kLive)->UseRealTime();

// New ids, with at most `ids` of them in the window.
void BM_PublishWithMessageId(benchmark::State& state) {
  Bench bench(static_cast<Where>(state.range(0)), Bounded(1'000'000));
  const int ids = static_cast<int>(state.range(1));
  const Message message{.subject = "s.1", .data = Payload()};
  std::int64_t n = 0;
  for (auto _ : state) {
    Require(bench.jetstream().Publish(message,
                                      {.message_id = absl::StrCat("id-", n++)}),
            "publish");
    if (state.range(0) == kSimulator && n % ids == 0) {
      state.PauseTiming();
      bench.world().Advance(absl::Minutes(3));
      state.ResumeTiming();
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PublishWithMessageId)
    ->ArgNames({"live", "ids"})
    ->Args({kSimulator, 1'000})->Args({kSimulator, 100'000})
    ->Args({kSimulator, 1'000'000})->Args({kLive, 100'000})->UseRealTime();

void BM_PublishDuplicate(benchmark::State& state) {
  Bench bench(static_cast<Where>(state.range(0)));
  const Message message{.subject = "s.1", .data = Payload()};
  for (auto _ : state) {
    Require(bench.jetstream().Publish(message, {.message_id = "same"}), "publish");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PublishDuplicate)
    ->ArgName("live")->Arg(kSimulator)->Arg(kLive)->UseRealTime();

void BM_PublishOverSubjects(benchmark::State& state) {
  Bench bench(static_cast<Where>(state.range(0)), Bounded(2'000'000));
  const std::int64_t subjects = state.range(1);
  std::vector<Message> messages;
  for (std::int64_t i = 0; i < subjects; ++i) {
    messages.push_back({.subject = absl::StrCat("s.", i), .data = Payload()});
  }
  std::int64_t n = 0;
  for (auto _ : state) {
    Require(bench.jetstream().Publish(messages[n++ % subjects]), "publish");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PublishOverSubjects)
    ->ArgNames({"live", "subjects"})
    ->Args({kSimulator, 1})->Args({kSimulator, 1'000})
    ->Args({kSimulator, 100'000})->Args({kSimulator, 1'000'000})
    ->Args({kLive, 1})->Args({kLive, 1'000})->Args({kLive, 100'000})
    ->UseRealTime();

// The same publish with many consumers of the stream idle.
void BM_PublishBesideIdleConsumers(benchmark::State& state) {
  Bench bench(kSimulator, {.name = "S", .subjects = {"s.>"},
                           .max_consumers = 100'000, .max_msgs = 2'000'000});
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    Require(bench.jetstream().CreateConsumer(
                "S", {.durable_name = absl::StrCat("c", i),
                      .ack_policy = AckPolicy::kExplicit}),
            "create a consumer");
  }
  const Message message{.subject = "s.1", .data = Payload()};
  for (auto _ : state) {
    Require(bench.jetstream().Publish(message), "publish");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_PublishBesideIdleConsumers)
    ->ArgName("consumers")->Arg(1)->Arg(1'000)->Arg(10'000)->UseRealTime();

}  // namespace
}  // namespace windtunnel::bench
