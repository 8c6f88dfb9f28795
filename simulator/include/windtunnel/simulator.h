// Simulator: JetStream in the process, on virtual time.
//
//   TEST(Orders, UnackedOrderComesBack) {
//     windtunnel::Simulator simulator;
//     auto connection = simulator.Connect("orders").value();
//     ...
//     simulator.RunFor(absl::Hours(1));   // returns at once
//   }
//
// The thread that constructs the simulator is its root task: it may call anything
// and wait anywhere; while it waits, other tasks run and time jumps to the next
// event. A call from another thread is refused with kFailedPrecondition.
//
// The same program with the same options has the same history, on any machine.
//
// What differs from a real nats-server:
//   - one server, no cluster, one account, no authentication, no TLS;
//   - what README.md lists as not simulated is refused with kUnimplemented and
//     the name of the field;
//   - things the server draws at random (names of ephemeral consumers, jitter of
//     inactivity timers, the member of a queue group) are drawn from the seed;
//   - virtual time adds no delay of its own: only the server's own floors and
//     granularities remain (ACK-031, PUB-034, STO-084).
//
// Known to be wrong today:
//   - Requests: after "invalid JSON: ", an object or array where a word belongs is
//     quoted without its blanks, a number too large for any type is not, and equal
//     keys are not merged; opt_start_time, and pause_until of a new consumer, come
//     back in UTC (API-006, CON-103); STR-109's prefix filters match nothing; a
//     `null` source, which kills 2.9 and 2.10, is refused as not simulated.
//   - Streams: there is no crash, only a clean stop (STO-119 to STO-122); a restart
//     of 2.9 keeps sequences that were skipped for lack of interest (STO-121); 2.9
//     and 2.10 find the last message of a subject where servers lose it (PUB-027), and
//     2.9's counts by subject stay right after a purge, where servers' do not;
//     publishes within 4096 of the last sequence there is are refused; a stream on
//     `_INBOX.>` or `>` does not store what consumers deliver; copies of copies on
//     `$JS.API.>` end after 8 rounds.
//   - Mirrors and sources: a copy takes 100 us; external origins and consumers made
//     beforehand deliver nothing (10214, 10217); a link that failed for an hour
//     waits until something changes; the consumers of links are counted but not
//     listed (STR-116); what 2.10 makes of a re-created origin is not imitated.
//   - Time zones of schedules come from the machine's database; Local is UTC.
//   - Consumers: what the last message of a subject was before it was removed is
//     forgotten, so that 2.9 may count fewer for last_per_subject; who unsubscribes
//     by itself within a batch is not sent the rest in vain (PUL-026); pull
//     heartbeats below 1 ms are 1 ms; acknowledgements do not put the ack timer off
//     with more than 1,024 pending; ack subjects have the old form only (DEL-030).
//     In a few generated programs of a hundred counts, floors or the order of
//     redelivery differ after purges, deletions and restarts, most on 2.9.
//   - Push consumers: one that only a stream on its deliver subject keeps active
//     goes on after a restart at the next event; what is acknowledged while the
//     rate limit holds it is sent and not pending again; streams that fill each
//     other stop after 8 rounds, and do not acknowledge what consumers deliver.
//   - A timeout of zero succeeds where a call need not wait.

#ifndef WINDTUNNEL_SIMULATOR_H_
#define WINDTUNNEL_SIMULATOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "windtunnel/connection.h"
#include "windtunnel/jetstream_config.h"
#include "windtunnel/runtime.h"
#include "windtunnel/server_version.h"

namespace windtunnel {

struct SimulatorOptions {
  // Everything drawn at random comes from it.
  std::uint64_t seed = 1;

  // Whose behaviour to show.
  ServerVersion server_version = ServerVersion::k2_15;

  // When virtual time starts.
  absl::Time start_time = absl::FromUnixSeconds(1'735'689'600);  // 2025-01-01.

  // Stack of each spawned task, rounded up to pages; a guard page is added.
  std::size_t stack_size = 256 * 1024;

  // A task that makes this many calls without time moving and without waiting
  // is a livelock: the run fails naming it.
  std::uint64_t livelock_limit = 10'000'000;

  // Limits of the server, as nats-server's configuration has them.
  std::int64_t max_payload = 1'048'576;
  JetStreamConfig jetstream = {};

  // Keep the last so many events for history(). 0 keeps none; the hash is always
  // computed.
  std::size_t history_limit = 0;

  // Called when the run itself fails: a deadlock, a livelock, a task that does
  // not end at destruction. Null: print the text to stderr and abort.
  std::function<void(absl::string_view text)> on_failure = {};
};

class Simulator {
 public:
  Simulator();
  explicit Simulator(SimulatorOptions options);
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;
  // Ends the simulation: waiting calls return kCancelled, and tasks get to run
  // until they end. Connections made from it must be gone or idle.
  ~Simulator();

  Runtime& runtime();

  // A connection to the simulated server. `name` appears in diagnostics.
  // Errors: kFailedPrecondition if the thread is not a task; kUnavailable while
  // the server is stopped.
  absl::StatusOr<std::unique_ptr<Connection>> Connect(absl::string_view name);

  absl::Time Now() const;

  // Lets everything run for `duration` of virtual time, then returns. Called
  // from a task it is the same as sleeping.
  void RunFor(absl::Duration duration);

  // Lets everything run until `done` holds or `timeout` of virtual time passed;
  // true if it held. `done` is asked whenever another task has run or time has
  // moved.
  bool RunUntil(const std::function<bool()>& done, absl::Duration timeout);

  // Lets tasks run until each waits for time to pass or for another. Time does
  // not move.
  void RunUntilIdle();

  // Stops the server cleanly: waiting pull requests are told (PUL-049), memory
  // streams are lost, connections are cut and keep trying.
  void StopServer();
  // Starts it again with what it kept; connections reconnect.
  void StartServer();

  // A number that depends on everything observable that happened so far.
  std::uint64_t history_hash() const;
  // The last `history_limit` events, one a line, oldest first.
  std::string history() const;

  // The seed in use, for messages.
  std::uint64_t seed() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_SIMULATOR_H_
