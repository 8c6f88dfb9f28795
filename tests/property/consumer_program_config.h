// What streams and consumers of generated programs are configured as, as JSON.

#ifndef WINDTUNNEL_TESTS_PROPERTY_CONSUMER_PROGRAM_CONFIG_H_
#define WINDTUNNEL_TESTS_PROPERTY_CONSUMER_PROGRAM_CONFIG_H_

#include <string>

#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "tests/property/dice.h"
#include "windtunnel/server_version.h"

namespace windtunnel {

// Timed programs do their steps on whole ticks, and waits are no whole number
// of them.
inline constexpr absl::Duration kConsumerTick = absl::Milliseconds(240);

// What all of a program's configurations have in common.
struct ProgramScope {
  std::string name;  // Of the stream, and the first token of its subjects.
  ServerVersion version = ServerVersion::k2_15;
  bool timed = false;
  // Messages are deleted and purged by request. Servers up to 2.10.27 lose
  // count of a subject's messages then (PUB-027): what depends on them is left
  // out.
  bool removes = false;
  bool work_queue = false;
  // Limits remove messages. That may make room for a delivery just before
  // consumers hear of the new message, or just after: how many are pending then
  // is left out.
  bool evicts = false;

  bool loses_subjects() const {
    return removes && version != ServerVersion::k2_15;
  }
};

// A duration in nanoseconds: some ticks and a part of one, or hours if nothing
// is to fall due.
std::int64_t AnyWait(Dice& dice, const ProgramScope& scope);

nlohmann::json AnyStream(Dice& dice, ProgramScope& scope);
void ChangeStream(Dice& dice, ProgramScope& scope, nlohmann::json& config);

// `number` is 0 or 1. `times` are those of the messages stored so far.
nlohmann::json AnyConsumer(Dice& dice, const ProgramScope& scope, int number,
                           const std::vector<std::string>& times);
void ChangeConsumer(Dice& dice, const ProgramScope& scope, int number,
                    nlohmann::json& config);

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_PROPERTY_CONSUMER_PROGRAM_CONFIG_H_
