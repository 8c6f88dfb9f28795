// The two worlds that benchmarks run in, side by side in one run.

#ifndef WINDTUNNEL_BENCH_WORLDS_H_
#define WINDTUNNEL_BENCH_WORLDS_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "windtunnel/connection.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/testing/world.h"

namespace windtunnel::bench {

enum Where { kSimulator = 0, kLive = 1 };

// A world with one connection and one memory stream `S` on `s.>`.
class Bench {
 public:
  // `config` names the stream; its storage is made memory.
  explicit Bench(Where where, StreamConfig config = {.name = "S",
                                                     .subjects = {"s.>"}});

  World& world() { return *world_; }
  Connection& connection() { return *connection_; }
  JetStream& jetstream() { return connection_->jetstream(); }

  // Publishes `count` messages of 128 bytes over `subjects` subjects, fast.
  void Fill(int count, int subjects = 1);

 private:
  std::unique_ptr<World> world_;
  std::unique_ptr<Connection> connection_;
};

// Ends the program with the status's text if it is not OK: a benchmark of
// something that fails measures nothing.
void Require(const absl::Status& status, absl::string_view what);
template <typename T>
T Require(absl::StatusOr<T> value, absl::string_view what) {
  Require(value.status(), what);
  return *std::move(value);
}

// 128 bytes.
const std::string& Payload();

}  // namespace windtunnel::bench

#endif  // WINDTUNNEL_BENCH_WORLDS_H_
