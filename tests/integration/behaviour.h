// Behaviour: what a test of JetStream's behaviour starts from.
//
//   BEHAVIOUR_SUITE(Purge);
//
//   // STO-019
//   TEST_P(Purge, KeepsTheSequenceItNames) {
//     Create({.name = "S", .subjects = {"x"}, .storage = Storage::kMemory});
//     ...
//     EXPECT_EQ(State("S").first_seq, 3);
//   }
//
// Each test runs in every world: the simulator in each profile, its wire route
// too, and a live server of each version. What differs between versions is
// asserted for each of them, with Since(). A server that was not found fails
// the test.

#ifndef WINDTUNNEL_TESTS_INTEGRATION_BEHAVIOUR_H_
#define WINDTUNNEL_TESTS_INTEGRATION_BEHAVIOUR_H_

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "windtunnel/connection.h"
#include "windtunnel/errors.h"
#include "windtunnel/jetstream.h"
#include "windtunnel/testing/world.h"

namespace windtunnel {

// One world of the suite.
struct WorldCase {
  std::string name;  // Part of the test's name: "live_2_9".
  std::function<std::unique_ptr<World>(const WorldOptions& options)> make;
  bool over_wire = false;  // jetstream() speaks NATS, whatever is shorter.

  friend std::ostream& operator<<(std::ostream& out,
                                  const WorldCase& world_case);
};

std::vector<WorldCase> AllWorlds();

// The server's refusal. For anything else the numbers are 0 and the text says
// what it was: "OK", "timeout", "no responders" or the status.
JetStreamError ErrorOf(const absl::Status& status);
template <typename T>
JetStreamError ErrorOf(const absl::StatusOr<T>& result) {
  return ErrorOf(result.status());
}
// The same of an answer that Api() or RawPublish() returned.
JetStreamError ErrorOf(const nlohmann::json& answer);

// The refusals that most tests expect, and what ErrorOf() says of no refusal.
JetStreamError InvalidConfig(absl::string_view description);
JetStreamError BadRequest();
JetStreamError StreamNotFound();
JetStreamError NoMessageFound();
JetStreamError Ok();
JetStreamError Timeout();
JetStreamError NoResponders();

class Behaviour : public testing::TestWithParam<WorldCase> {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Connects to a server that is configured so. Tests of the defaults have it.
  void StartWorld(const WorldOptions& options);

  World& world() { return *world_; }
  Runtime& runtime() { return world_->runtime(); }
  Connection& connection() { return *connection_; }
  JetStream& jetstream() { return *jetstream_; }

  // Whether the server is of `version` or newer: Since("2.10").
  bool Since(absl::string_view version) const;
  // The text that JSON errors end in: the detail is sent since 2.11.
  JetStreamError InvalidJson(absl::string_view detail) const;

  // Moves virtual time, or waits.
  void Advance(absl::Duration duration) { world_->Advance(duration); }
  // Whether `condition` came true before `timeout` passed.
  bool Eventually(const std::function<bool()>& condition,
                  absl::Duration timeout = absl::Seconds(5));

  // Sends `body` to `$JS.API.<operation>` and parses the answer.
  nlohmann::json Api(absl::string_view operation, absl::string_view body = "",
                     absl::Duration timeout = absl::Seconds(5));
  // Publishes with a reply subject and parses the PubAck.
  nlohmann::json RawPublish(const Message& message,
                            absl::Duration timeout = absl::Seconds(5));

  // A name no test has used. Streams on file need it: a live server that makes
  // one right after deleting its namesake may bring old messages back
  // (STR-102).
  static std::string FreshName();

  // What most tests do, ending the test if it fails.
  StreamInfo Create(const StreamConfig& config);
  StreamInfo Update(const StreamConfig& config);
  PubAck Publish(absl::string_view subject, absl::string_view data = "",
                 const PublishOptions& options = {});
  StreamState State(absl::string_view stream);
  // Data of the message at `sequence`, or what went wrong.
  std::string DataAt(absl::string_view stream, std::uint64_t sequence);
  // A subscription that the server knows.
  std::unique_ptr<Subscription> Listen(absl::string_view subject,
                                       absl::string_view queue_group = "");

 private:
  std::unique_ptr<World> world_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<JetStream> over_wire_;
  JetStream* jetstream_ = nullptr;
};

}  // namespace windtunnel

// Declares `suite`, whose tests run in every world.
#define BEHAVIOUR_SUITE(suite) BEHAVIOUR_SUITE_OF(Behaviour, suite)

// The same over `fixture`, a Behaviour with more helpers.
#define BEHAVIOUR_SUITE_OF(fixture, suite)                          \
  class suite : public fixture {};                                  \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::ValuesIn(AllWorlds()), \
                           [](const auto& info) { return info.param.name; })

#endif  // WINDTUNNEL_TESTS_INTEGRATION_BEHAVIOUR_H_
