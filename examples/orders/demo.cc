// The order service at work: a duplicate, a failing order, slow work, poison.
//
//   orders_demo                 in the simulator, with production's durations
//   orders_demo --server URL    on a live server, with short ones

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "examples/orders/order_service.h"
#include "windtunnel/connection.h"
#include "windtunnel/runtime.h"
#include "windtunnel/simulator.h"
#include "windtunnel/sync.h"
#ifdef ORDERS_DEMO_LIVE
#include "windtunnel/client.h"
#endif

namespace {

using orders::Order;
using orders::OrderOptions;
using orders::Outcome;
using orders::Work;

// Prints what happens, with the time since the start.
class Log {
 public:
  explicit Log(windtunnel::Runtime& runtime)
      : runtime_(runtime), mutex_(runtime), start_(runtime.Now()) {}

  void Line(const std::string& text) {
    windtunnel::MutexLock lock(mutex_);
    absl::PrintF("  %9.3f s  %s\n",
                 absl::ToDoubleSeconds(runtime_.Now() - start_), text);
  }

 private:
  windtunnel::Runtime& runtime_;
  windtunnel::Mutex mutex_;
  const absl::Time start_;
};

Outcome HandleOrder(const Order& order, Work& work, windtunnel::Runtime& runtime,
                    const OrderOptions& options, Log& log) {
  log.Line(absl::StrFormat("order %s (%s), try %d", order.id, order.item,
                           work.tries()));
  if (order.item == "poison") return Outcome::kRetry;
  if (order.item == "vase" && work.tries() < 3) return Outcome::kRetry;
  if (order.item == "piano") {
    for (int i = 0; i < 3; ++i) {
      runtime.SleepFor(options.ack_wait * 2 / 3).IgnoreError();
      log.Line(absl::StrCat("order ", order.id, " takes its time, still at it"));
      work.KeepAlive().IgnoreError();
    }
  }
  log.Line(absl::StrCat("order ", order.id, " is done"));
  return Outcome::kDone;
}

absl::Status Place(windtunnel::JetStream& jetstream, const Order& order, Log& log) {
  auto ack = orders::PlaceOrder(jetstream, order);
  if (!ack.ok()) return ack.status();
  log.Line(absl::StrCat("placed order ", order.id, " (", order.item, "): ",
                        ack->duplicate ? "a duplicate of" : "stored as",
                        " sequence ", ack->sequence));
  return absl::OkStatus();
}

absl::Status RunDemo(windtunnel::Connection& connection,
                     const OrderOptions& options) {
  windtunnel::Runtime& runtime = connection.runtime();
  windtunnel::JetStream& jetstream = connection.jetstream();
  if (absl::Status s = orders::SetUp(jetstream, options); !s.ok()) return s;

  Log log(runtime);
  orders::OrderService service(
      connection, options, [&](const Order& order, Work& work) {
        return HandleOrder(order, work, runtime, options, log);
      });
  const Order placed[] = {{"1", "book"},  {"1", "book"},   {"2", "vase"},
                          {"3", "piano"}, {"4", "poison"}};
  for (const Order& order : placed) {
    if (absl::Status s = Place(jetstream, order, log); !s.ok()) return s;
  }
  if (absl::Status s = service.Start(); !s.ok()) return s;

  for (;;) {
    auto open = jetstream.GetStreamInfo(options.stream);
    if (!open.ok()) return open.status();
    if (open->state.messages == 0) break;
    if (absl::Status s = runtime.SleepFor(options.retry_delay / 20); !s.ok()) {
      return s;
    }
  }
  auto parked = jetstream.GetMessage(
      "ORDERS_DEAD", {.last_by_subject = orders::DeadLetterSubject("4")});
  if (!parked.ok()) return parked.status();
  log.Line(absl::StrCat("order 4 is parked: ",
                        parked->headers.Get("Reason").value_or("no reason"), ", ",
                        parked->headers.Get("Tries").value_or("?"), " tries"));
  service.Stop();
  return absl::OkStatus();
}

int Report(const absl::Status& status) {
  if (status.ok()) return 0;
  absl::FPrintF(stderr, "orders_demo: %s\n", status.ToString());
  return 1;
}

int RunSimulated() {
  std::puts("The order service in the simulator, at production's durations:");
  const absl::Time real_start = absl::Now();
  windtunnel::Simulator simulator;
  const absl::Time start = simulator.Now();
  auto connection = simulator.Connect("orders");
  if (!connection.ok()) return Report(connection.status());
  if (absl::Status s = RunDemo(**connection, {}); !s.ok()) return Report(s);
  absl::PrintF("%s of virtual time took %.1f ms of real time.\n",
               absl::FormatDuration(simulator.Now() - start),
               absl::ToDoubleMilliseconds(absl::Now() - real_start));
  return 0;
}

#ifdef ORDERS_DEMO_LIVE
int RunLive(const char* url) {
  std::puts("The order service on a live server, with short durations:");
  windtunnel::ThreadRuntime runtime;
  auto connection = windtunnel::Connect(runtime, url, {.name = "orders_demo"});
  if (!connection.ok()) return Report(connection.status());
  // Names of its own, so that nothing of yours is touched.
  const OrderOptions short_waits{.ack_wait = absl::Milliseconds(600),
                                 .retry_delay = absl::Milliseconds(500),
                                 .duplicate_window = absl::Seconds(5)};
  const absl::Time start = runtime.Now();
  if (absl::Status s = RunDemo(**connection, short_waits); !s.ok()) {
    return Report(s);
  }
  absl::PrintF("It took %s of real time.\n",
               absl::FormatDuration(runtime.Now() - start));
  return 0;
}
#else
int RunLive(const char*) {
  std::fputs("orders_demo: built without the client; use the simulator\n", stderr);
  return 2;
}
#endif

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) return RunSimulated();
  if (argc == 3 && std::strcmp(argv[1], "--server") == 0) return RunLive(argv[2]);
  std::fprintf(stderr, "usage: %s [--server URL]\n", argv[0]);
  return 2;
}
