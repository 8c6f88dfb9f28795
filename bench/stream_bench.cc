// What is done to the messages of a large stream: reading by subject, listing,
// purging, expiring.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bench/worlds.h"
#include "benchmark/benchmark.h"

namespace windtunnel::bench {
namespace {

// Subjects s.<0-99>.<n>, in an order that has no pattern.
std::string Subject(std::int64_t i, std::int64_t subjects) {
  const std::int64_t n = i * 7919 % subjects;
  return absl::StrCat("s.", n % 100, ".", n / 100);
}

std::unique_ptr<Bench> Fill(Where where, std::int64_t messages,
                            std::int64_t subjects) {
  auto bench = std::make_unique<Bench>(
      where,
      StreamConfig{.name = "S", .subjects = {"s.>"}, .allow_direct = true});
  for (std::int64_t i = 0; i < messages; ++i) {
    Require(bench->jetstream().PublishAsync(
                {.subject = Subject(i, subjects), .data = Payload()}),
            "publish");
  }
  Require(bench->jetstream().WaitPublishAsync(absl::Minutes(5)), "wait");
  return bench;
}

// One message on each of so many subjects, for what leaves them as they are.
// The latest is kept.
Bench& Subjects(Where where, std::int64_t subjects) {
  static std::pair<Where, std::int64_t> made;
  static std::unique_ptr<Bench>* const bench = new std::unique_ptr<Bench>;
  if (*bench == nullptr || made != std::pair(where, subjects)) {
    bench->reset();
    *bench = Fill(where, subjects, subjects);
    made = {where, subjects};
  }
  return **bench;
}

using Get = absl::StatusOr<StoredMessage> (*)(JetStream&, std::string);

void Read(benchmark::State& state, Get get) {
  const std::int64_t subjects = state.range(1);
  JetStream& jetstream =
      Subjects(static_cast<Where>(state.range(0)), subjects).jetstream();
  std::int64_t i = 0;
  for (auto _ : state) {
    Require(get(jetstream, Subject(i++, subjects)), "get");
  }
}

void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"live", "subjects"})
      ->Args({kSimulator, 1})
      ->Args({kSimulator, 1'000})
      ->Args({kSimulator, 1'000'000})
      ->Args({kLive, 1})
      ->Args({kLive, 1'000})
      ->UseRealTime();
}

BENCHMARK_CAPTURE(Read, last_of_subject,
                  [](JetStream& jetstream, std::string subject) {
                    return jetstream.GetMessage(
                        "S", {.last_by_subject = std::move(subject)});
                  })
    ->Apply(Sizes);
BENCHMARK_CAPTURE(Read, last_of_subject_direct,
                  [](JetStream& jetstream, std::string subject) {
                    return jetstream.GetMessageDirect(
                        "S", {.last_by_subject = std::move(subject)});
                  })
    ->Apply(Sizes);
BENCHMARK_CAPTURE(Read, next_of_subject,
                  [](JetStream& jetstream, std::string subject) {
                    return jetstream.GetMessage(
                        "S", {.next_by_subject = std::move(subject)});
                  })
    ->Apply(Sizes);

// Infos that list one subject, and about 1,000, of so many.
void BM_ListOneSubject(benchmark::State& state) {
  const std::int64_t subjects = state.range(1);
  JetStream& jetstream =
      Subjects(static_cast<Where>(state.range(0)), subjects).jetstream();
  std::int64_t i = 0;
  for (auto _ : state) {
    Require(jetstream.GetStreamInfo(
                "S", {.subjects_filter = Subject(i++, subjects)}),
            "list");
  }
}
BENCHMARK(BM_ListOneSubject)->Apply(Sizes);

void BM_ListAThousandSubjects(benchmark::State& state) {
  const std::int64_t subjects = state.range(0);
  JetStream& jetstream = Subjects(kSimulator, subjects).jetstream();
  const std::string filter = subjects == 1'000 ? ">" : "s.7.*";
  for (auto _ : state) {
    Require(jetstream.GetStreamInfo("S", {.subjects_filter = filter}), "list");
  }
  state.SetItemsProcessed(state.iterations() * 1'000);
}
BENCHMARK(BM_ListAThousandSubjects)
    ->ArgName("subjects")
    ->Arg(1'000)
    ->Arg(100'000);

// Purges of ten messages each, on one subject among so many messages.
void BM_PurgeSubject(benchmark::State& state) {
  const std::int64_t messages = state.range(1);
  const std::unique_ptr<Bench> bench =
      Fill(static_cast<Where>(state.range(0)), messages, messages / 10);
  std::int64_t i = 0;
  for (auto _ : state) {
    Require(bench->jetstream().PurgeStream(
                "S", {.filter = Subject(i++, messages / 10)}),
            "purge");
  }
}
BENCHMARK(BM_PurgeSubject)
    ->ArgNames({"live", "messages"})
    ->Args({kSimulator, 10'000})
    ->Args({kSimulator, 100'000})
    ->Args({kSimulator, 1'000'000})
    ->Args({kLive, 100'000})
    ->Iterations(50)
    ->UseRealTime();

// Purges of 10,000 messages by a wildcard, among so many.
void BM_PurgeWildcard(benchmark::State& state) {
  const std::int64_t messages = state.range(1);
  const std::unique_ptr<Bench> bench =
      Fill(static_cast<Where>(state.range(0)), messages, messages / 10);
  std::int64_t i = 0;
  for (auto _ : state) {
    // One of the 100 takes a hundredth of the messages.
    for (std::int64_t n = 0; n < 1'000'000 / messages; ++n) {
      Require(bench->jetstream().PurgeStream(
                  "S", {.filter = absl::StrCat("s.", i++, ".*")}),
              "purge");
    }
  }
  state.SetItemsProcessed(state.iterations() * 10'000);
}
BENCHMARK(BM_PurgeWildcard)
    ->ArgNames({"live", "messages"})
    ->Args({kSimulator, 100'000})
    ->Args({kSimulator, 1'000'000})
    ->Args({kLive, 100'000})
    ->Iterations(5)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void BM_PurgeAll(benchmark::State& state) {
  const std::int64_t messages = state.range(0);
  for (auto _ : state) {
    state.PauseTiming();
    std::unique_ptr<Bench> bench = Fill(kSimulator, messages, state.range(1));
    state.ResumeTiming();
    Require(bench->jetstream().PurgeStream("S"), "purge");
    state.PauseTiming();
    bench.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * messages);
}
BENCHMARK(BM_PurgeAll)
    ->ArgNames({"messages", "of"})
    ->Args({1'000'000, 1})
    ->Args({1'000'000, 100'000})
    ->Iterations(2)
    ->Unit(benchmark::kMillisecond);

// All messages reach their age, a microsecond after each other.
void BM_Expire(benchmark::State& state) {
  const std::int64_t messages = state.range(0);
  for (auto _ : state) {
    state.PauseTiming();
    Bench bench(kSimulator,
                {.name = "S", .subjects = {"s.>"}, .max_age = absl::Hours(1)});
    for (std::int64_t i = 0; i < messages; ++i) {
      Require(bench.jetstream().Publish(
                  {.subject = Subject(i, 1'000), .data = Payload()}),
              "publish");
      bench.world().Advance(absl::Microseconds(1));
    }
    state.ResumeTiming();
    // Servers look no more often than they like (STO-084).
    bench.world().Advance(absl::Hours(2));
    state.PauseTiming();
    const auto info = Require(bench.jetstream().GetStreamInfo("S"), "look");
    if (info.state.messages != 0) {
      state.SkipWithError("some are left");
      break;
    }
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * messages);
}
BENCHMARK(BM_Expire)
    ->ArgName("messages")
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

// Ids whose time in the duplicate window ends.
void BM_ForgetMessageIds(benchmark::State& state) {
  const std::int64_t ids = state.range(0);
  for (auto _ : state) {
    state.PauseTiming();
    Bench bench(kSimulator);
    for (std::int64_t i = 0; i < ids; ++i) {
      Require(bench.jetstream().Publish({.subject = "s.1", .data = Payload()},
                                        {.message_id = absl::StrCat("id-", i)}),
              "publish");
    }
    state.ResumeTiming();
    bench.world().Advance(absl::Minutes(3));
  }
  state.SetItemsProcessed(state.iterations() * ids);
}
BENCHMARK(BM_ForgetMessageIds)
    ->ArgName("ids")
    ->Arg(1'000)
    ->Arg(1'000'000)
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace windtunnel::bench
