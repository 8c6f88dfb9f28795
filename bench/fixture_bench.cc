// What a test pays before it begins: a world, a stream, a consumer.

#include "absl/strings/str_cat.h"
#include "bench/worlds.h"
#include "benchmark/benchmark.h"
#include "windtunnel/simulator.h"

namespace windtunnel::bench {
namespace {

void BM_SimulatorStreamAndFirstAck(benchmark::State& state) {
  for (auto _ : state) {
    Simulator simulator;
    auto connection = Require(simulator.Connect("bench"), "connect");
    Require(connection->jetstream().CreateStream(
                {.name = "S", .subjects = {"s.>"}, .storage = Storage::kMemory}),
            "create the stream");
    Require(connection->jetstream().Publish({.subject = "s.1", .data = Payload()}),
            "publish");
  }
}
BENCHMARK(BM_SimulatorStreamAndFirstAck)
    ->Unit(benchmark::kMicrosecond)->UseRealTime();

void BM_StreamCreateAndDelete(benchmark::State& state) {
  Bench bench(static_cast<Where>(state.range(0)));
  for (auto _ : state) {
    Require(bench.jetstream().CreateStream(
                {.name = "T", .subjects = {"t"}, .storage = Storage::kMemory}),
            "create a stream");
    Require(bench.jetstream().DeleteStream("T"), "delete it");
  }
}
BENCHMARK(BM_StreamCreateAndDelete)
    ->ArgName("live")->Arg(kSimulator)->Arg(kLive)
    ->Unit(benchmark::kMicrosecond)->UseRealTime();

void BM_ConsumerCreateAndDelete(benchmark::State& state) {
  Bench bench(static_cast<Where>(state.range(0)));
  for (auto _ : state) {
    Require(bench.jetstream().CreateConsumer(
                "S", {.durable_name = "c", .ack_policy = AckPolicy::kExplicit}),
            "create a consumer");
    Require(bench.jetstream().DeleteConsumer("S", "c"), "delete it");
  }
}
BENCHMARK(BM_ConsumerCreateAndDelete)
    ->ArgName("live")->Arg(kSimulator)->Arg(kLive)
    ->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace windtunnel::bench
