// The simulator's data structures alone: message store, dedup window, router.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "simulator/broker/dedup_window.h"
#include "simulator/broker/message_store.h"
#include "simulator/broker/router.h"

namespace windtunnel::broker {
namespace {

const std::string& Payload() {
  static const std::string payload(128, 'x');
  return payload;
}

// Subjects d.<n>.<m>, 100 values of m for each n.
std::vector<std::string> Subjects(std::int64_t count) {
  std::vector<std::string> subjects;
  for (std::int64_t i = 0; i < count; ++i) {
    subjects.push_back(absl::StrCat("d.", i / 100, ".", i % 100));
  }
  return subjects;
}

std::unique_ptr<MessageStore> Filled(std::int64_t messages,
                                     std::int64_t subject_count) {
  const std::vector<std::string> subjects = Subjects(subject_count);
  auto store = std::make_unique<MessageStore>(Storage::kMemory, 0);
  for (std::int64_t i = 0; i < messages; ++i) {
    // A stride that visits all of them in no particular order.
    const std::string& subject = subjects[i * 7919 % subject_count];
    store->Append(MessageBlock::New(subject, "", Payload()), i);
  }
  return store;
}

// Arguments: subjects. Keeps up to a million messages.
void BM_StoreAppend(benchmark::State& state) {
  const std::int64_t count = state.range(0);
  const std::vector<std::string> subjects = Subjects(count);
  MessageStore store(Storage::kMemory, 0);
  std::int64_t i = 0;
  for (auto _ : state) {
    if (store.messages() == 1'000'000) {
      state.PauseTiming();
      store.Clear(0);
      state.ResumeTiming();
    }
    const std::string& subject = subjects[i++ * 7919 % count];
    store.Append(MessageBlock::New(subject, "", Payload()), i);
  }
}
BENCHMARK(BM_StoreAppend)->Arg(1)->Arg(1000)->Arg(100'000);

// What BM_StoreAppend spends on the message alone.
void BM_MessageAlone(benchmark::State& state) {
  std::vector<MessageBlockPtr> messages;
  messages.reserve(1'000'000);
  for (auto _ : state) {
    if (messages.size() == 1'000'000) {
      state.PauseTiming();
      messages.clear();
      state.ResumeTiming();
    }
    messages.push_back(MessageBlock::New("d.0.0", "", Payload()));
  }
}
BENCHMARK(BM_MessageAlone);

// A stream at its limit: each message evicts the oldest.
void BM_StoreAppendAndEvict(benchmark::State& state) {
  const std::unique_ptr<MessageStore> store = Filled(100'000, state.range(0));
  const std::vector<std::string> subjects = Subjects(state.range(0));
  std::int64_t i = 0;
  for (auto _ : state) {
    const std::string& subject = subjects[i++ * 7919 % state.range(0)];
    store->Append(MessageBlock::New(subject, "", Payload()), i);
    store->Remove(store->first_seq());
  }
}
BENCHMARK(BM_StoreAppendAndEvict)->Arg(1)->Arg(1000);

void BM_StoreCreate(benchmark::State& state) {
  for (auto _ : state) {
    MessageStore store(Storage::kMemory, 0);
    store.Append(MessageBlock::New("orders.new", "", Payload()), 1);
  }
}
BENCHMARK(BM_StoreCreate);

void BM_StoreFind(benchmark::State& state) {
  const std::unique_ptr<MessageStore> store = Filled(200'000, 1);
  std::uint64_t seq = 0;
  for (auto _ : state) {
    seq = seq * 7919 % 200'000 + 1;
    benchmark::DoNotOptimize(store->Find(seq));
  }
}
BENCHMARK(BM_StoreFind);

void BM_StoreLastOfSubject(benchmark::State& state) {
  const std::unique_ptr<MessageStore> store =
      Filled(state.range(0) * 2, state.range(0));
  const std::vector<std::string> subjects = Subjects(state.range(0));
  std::int64_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        store->LastOfSubject(subjects[i++ * 7919 % state.range(0)]));
  }
}
BENCHMARK(BM_StoreLastOfSubject)->Arg(1)->Arg(100'000);

void CountMatching(benchmark::State& state, const std::string& pattern) {
  const std::unique_ptr<MessageStore> store = Filled(200'000, 100'000);
  const SubjectFilter filter({pattern});
  // A gap, so that counting is not one subtraction.
  store->Remove(150'000);
  const auto from = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(store->CountMatching(filter, from));
  }
}
BENCHMARK_CAPTURE(CountMatching, everything, std::string(">"))
    ->Arg(1)
    ->Arg(70'000);
BENCHMARK_CAPTURE(CountMatching, subtree, std::string("d.5.*"))
    ->Arg(1)
    ->Arg(70'000);
BENCHMARK_CAPTURE(CountMatching, across, std::string("d.*.7"))
    ->Arg(1)
    ->Arg(70'000);
BENCHMARK_CAPTURE(CountMatching, prefix, std::string("d.>"))
    ->Arg(1)
    ->Arg(70'000);
BENCHMARK_CAPTURE(CountMatching, literal, std::string("d.5.7"))
    ->Arg(1)
    ->Arg(70'000);

// Reads forward, one message a step.
void NextMatching(benchmark::State& state, const std::string& pattern) {
  const std::unique_ptr<MessageStore> store = Filled(200'000, state.range(0));
  const SubjectFilter filter({pattern});
  std::uint64_t seq = 0;
  for (auto _ : state) {
    seq = store->NextMatching(filter, seq + 1);
    benchmark::DoNotOptimize(seq);
  }
}
BENCHMARK_CAPTURE(NextMatching, everything, std::string(">"))->Arg(1000);
BENCHMARK_CAPTURE(NextMatching, prefix, std::string("d.>"))
    ->Arg(1)
    ->Arg(1000)
    ->Arg(100'000);
BENCHMARK_CAPTURE(NextMatching, literal, std::string("d.0.7"))->Arg(1000);
BENCHMARK_CAPTURE(NextMatching, subtree, std::string("d.5.*"))
    ->Arg(1000)
    ->Arg(100'000);
BENCHMARK_CAPTURE(NextMatching, across, std::string("d.*.7"))
    ->Arg(1000)
    ->Arg(100'000);

void BM_StoreListSubjects(benchmark::State& state) {
  const std::unique_ptr<MessageStore> store = Filled(100'000, 100'000);
  for (auto _ : state) {
    benchmark::DoNotOptimize(store->Subjects(SubjectFilter()));
  }
}
BENCHMARK(BM_StoreListSubjects)->Unit(benchmark::kMillisecond);

void BM_StoreLastPerSubject(benchmark::State& state) {
  const std::unique_ptr<MessageStore> store = Filled(100'000, 100'000);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        store->LastPerSubject(SubjectFilter(), store->last_seq()));
  }
}
BENCHMARK(BM_StoreLastPerSubject)->Unit(benchmark::kMillisecond);

// Purges one subject with ten messages among a million.
void BM_StorePurgeSubject(benchmark::State& state) {
  const std::unique_ptr<MessageStore> store = Filled(1'000'000, 100'000);
  const std::vector<std::string> subjects = Subjects(100'000);
  std::size_t i = 0;
  for (auto _ : state) {
    const SubjectFilter filter({subjects[i++ % subjects.size()]});
    benchmark::DoNotOptimize(
        store->RemoveMatching(filter, store->last_seq() + 1));
  }
}
BENCHMARK(BM_StorePurgeSubject)->Iterations(20'000);

void BM_StoreClear(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    const std::unique_ptr<MessageStore> store =
        Filled(1'000'000, state.range(0));
    state.ResumeTiming();
    store->Clear(0);
  }
}
BENCHMARK(BM_StoreClear)
    ->Arg(1)
    ->Arg(100'000)
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);

// Arguments: ids in the window.
void BM_DedupAdd(benchmark::State& state) {
  constexpr Nanos kStep = 1000;
  std::vector<std::string> ids;
  for (int i = 0; i < 1'000'000; ++i) ids.push_back(absl::StrCat("order-", i));
  DedupWindow window;
  window.SetWindow(state.range(0) * kStep, 0);
  Nanos now = 0;
  std::uint64_t seq = 0;
  for (auto _ : state) {
    now += kStep;
    window.RunDeadlines(now);
    const std::string& id = ids[seq++ % ids.size()];
    if (!window.Find(id)) window.Add(id, seq, now, now);
  }
}
BENCHMARK(BM_DedupAdd)->Arg(1000)->Arg(100'000)->Arg(900'000);

void BM_DedupFindDuplicate(benchmark::State& state) {
  DedupWindow window;
  window.SetWindow(kSecond, 0);
  std::vector<std::string> ids;
  for (int i = 0; i < 100'000; ++i) ids.push_back(absl::StrCat("order-", i));
  for (const std::string& id : ids) window.Add(id, 1, 0, 0);
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(window.Find(ids[i++ * 7919 % ids.size()]));
  }
}
BENCHMARK(BM_DedupFindDuplicate);

class NoChoices : public Choices {
 public:
  std::uint64_t Draw(absl::string_view, std::uint64_t) override { return 0; }
};

// Arguments: subscriptions.
void BM_RouterRoute(benchmark::State& state) {
  NoChoices choices;
  const Context context{.now = 0, .choices = choices};
  Router router(true);
  const ClientId client = router.AddClient("bench");
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    router.Subscribe(client, absl::StrCat("_INBOX.", i, ".*"), "");
    router.Subscribe(client, absl::StrCat("orders.", i), "");
  }
  const MessageBlockPtr block = MessageBlock::New("orders.0", "", Payload());
  for (auto _ : state) {
    router.Route(context, "orders.0", block, "");
    router.outbox().clear();
  }
}
BENCHMARK(BM_RouterRoute)->Arg(1)->Arg(10'000);

void BM_RouterDeliver(benchmark::State& state) {
  NoChoices choices;
  const Context context{.now = 0, .choices = choices};
  Router router(true);
  const ClientId client = router.AddClient("bench");
  router.Subscribe(client, "_INBOX.x.*", "");
  Inbox inbox{.subject = "_INBOX.x.1", .client = client};
  const auto prefix = std::make_shared<const std::string>("$JS.ACK.S.C.");
  const MessageBlockPtr block = MessageBlock::New("orders.0", "", Payload());
  for (auto _ : state) {
    router.RouteDelivery(context, inbox, block, prefix, {});
    router.outbox().clear();
  }
}
BENCHMARK(BM_RouterDeliver);

void BM_RouterNoInterest(benchmark::State& state) {
  Router router(true);
  const ClientId client = router.AddClient("bench");
  router.Subscribe(client, "_INBOX.x.*", "");
  router.Subscribe(client, "other", "");
  for (auto _ : state) {
    benchmark::DoNotOptimize(router.HasInterest("orders.eu.new"));
  }
}
BENCHMARK(BM_RouterNoInterest);

}  // namespace
}  // namespace windtunnel::broker
