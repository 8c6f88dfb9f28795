// How cost grows: the same call with little and with much beside it.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/worlds.h"
#include "benchmark/benchmark.h"
#include "windtunnel/consume.h"

namespace windtunnel::bench {
namespace {

void BM_PublishBesideStreams(benchmark::State& state) {
  Bench bench(kSimulator,
              {.name = "S", .subjects = {"s.>"}, .max_msgs = 1'000'000});
  for (std::int64_t i = 1; i < state.range(0); ++i) {
    Require(bench.jetstream().CreateStream(
                {.name = absl::StrCat("T", i),
                 .subjects = {absl::StrCat("t.", i, ".*")},
                 .storage = Storage::kMemory}),
            "create a stream");
  }
  const Message message{.subject = "s.1", .data = Payload()};
  for (auto _ : state) {
    Require(bench.jetstream().Publish(message), "publish");
  }
}
BENCHMARK(BM_PublishBesideStreams)
    ->ArgName("streams")
    ->Arg(1)
    ->Arg(1'000)
    ->Arg(10'000)
    ->UseRealTime();

// The same with another subject each time, whose stream must be found anew.
void BM_PublishManySubjectsBesideStreams(benchmark::State& state) {
  Bench bench(kSimulator,
              {.name = "S", .subjects = {"s.>"}, .max_msgs = 100'000});
  for (std::int64_t i = 1; i < state.range(0); ++i) {
    Require(bench.jetstream().CreateStream(
                {.name = absl::StrCat("T", i),
                 .subjects = {absl::StrCat("t.", i, ".*")},
                 .storage = Storage::kMemory}),
            "create a stream");
  }
  std::vector<Message> messages;
  for (int i = 0; i < 10'000; ++i) {
    messages.push_back({.subject = absl::StrCat("s.", i), .data = Payload()});
  }
  std::size_t n = 0;
  for (auto _ : state) {
    Require(bench.jetstream().Publish(messages[n++ % messages.size()]),
            "publish");
  }
}
BENCHMARK(BM_PublishManySubjectsBesideStreams)
    ->ArgName("streams")
    ->Arg(1)
    ->Arg(10'000)
    ->UseRealTime();

// Acknowledges the oldest of so many pending messages, and fetches another.
void BM_FetchAndAckWithPending(benchmark::State& state) {
  const int pending = static_cast<int>(state.range(0));
  constexpr int kRounds = 20'000;
  Bench bench(kSimulator);
  bench.Fill(pending + kRounds);
  Require(
      bench.jetstream().CreateConsumer("S", {.durable_name = "c",
                                             .ack_policy = AckPolicy::kExplicit,
                                             .max_ack_pending = -1}),
      "create the consumer");
  PullConsumer consumer(bench.jetstream(), "S", "c");
  FetchResult held = consumer.Fetch({.max_messages = pending});
  Require(held.end_status, "fetch");
  std::size_t oldest = 0;
  for (auto _ : state) {
    Require(held.deliveries[oldest].Ack(), "ack");
    FetchResult next = consumer.Fetch({.max_messages = 1});
    Require(next.end_status, "fetch");
    held.deliveries[oldest] = std::move(next.deliveries[0]);
    oldest = (oldest + 1) % held.deliveries.size();
  }
}
BENCHMARK(BM_FetchAndAckWithPending)
    ->ArgName("pending")
    ->Arg(1'000)
    ->Arg(1'000'000)
    ->Iterations(20'000)
    ->UseRealTime();

// 200,000 messages on 100,000 subjects s.<0-99>.<0-999>. Made once: queries
// leave it as it is.
Bench& ManySubjects() {
  static Bench* const made = [] {
    auto* bench = new Bench(kSimulator);
    for (int i = 0; i < 200'000; ++i) {
      const int n = i * 7919 % 100'000;
      Require(bench->jetstream().Publish(
                  {.subject = absl::StrCat("s.", n / 1'000, ".", n % 1'000),
                   .data = Payload()}),
              "publish");
    }
    return bench;
  }();
  return *made;
}

void ListSubjects(benchmark::State& state, const std::string& filter) {
  JetStream& jetstream = ManySubjects().jetstream();
  for (auto _ : state) {
    Require(jetstream.GetStreamInfo("S", {.subjects_filter = filter}), "list");
  }
}
BENCHMARK_CAPTURE(ListSubjects, everything, ">")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ListSubjects, subtree, "s.5.*")
    ->Unit(benchmark::kMillisecond);

void BM_DestroyWithAMillionMessages(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto bench = std::make_unique<Bench>(kSimulator);
    bench->Fill(1'000'000);
    state.ResumeTiming();
    bench.reset();
  }
}
BENCHMARK(BM_DestroyWithAMillionMessages)
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace windtunnel::bench
