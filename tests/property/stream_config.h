// What streams of generated programs are configured as: every field, values
// that go together mostly.

#ifndef WINDTUNNEL_TESTS_PROPERTY_STREAM_CONFIG_H_
#define WINDTUNNEL_TESTS_PROPERTY_STREAM_CONFIG_H_

#include <cstdint>
#include <string>

#include "nlohmann/json.hpp"
#include "tests/property/draft.h"

namespace windtunnel::conform {

// One stream of a program, as its generator believes it to be.
struct StreamScope {
  std::string name;  // "@A"
  std::string root;  // "@.a": its subjects begin so.
  // Messages are deleted, purged and rolled up.
  bool removes = false;
  // Publishes need no answer: it may be configured with no_ack.
  bool unanswered = false;
  nlohmann::json config = {};
  int published = 0;     // About as many sequences are used.
  bool batches = false;  // Some were allowed.
};

// Servers up to 2.10.27 lose count of the messages of a subject when some were
// removed by request (PUB-027): what depends on them is left out.
inline bool LosesSubjects(const Draft& draft, const StreamScope& scope) {
  return scope.removes && !draft.is(ServerVersion::k2_15);
}

// File stores of 2.9.10 count and remove wrongly after a purge of some
// messages, which rollups are, too.
inline bool FilesMiscount(const Draft& draft, const StreamScope& scope,
                          const nlohmann::json& config) {
  return draft.is(ServerVersion::k2_9) && scope.removes &&
         config.value("storage", "") == "file";
}

// Timed programs act at multiples of this: whole seconds, of which TTLs are,
// and what runs a quarter of a second later are no whole number of them.
inline constexpr absl::Duration kStreamTick = absl::Milliseconds(270);
// Nanoseconds that end in the middle between two.
std::int64_t StreamWait(Draft& draft);

nlohmann::json AnyStreamConfig(Draft& draft, const StreamScope& scope);
// `config` with some fields drawn again; whether servers take it, probably.
bool ChangeStreamConfig(Draft& draft, const StreamScope& scope,
                        nlohmann::json& config);

// A request to create or update it that is refused for its form or for one of
// its fields.
std::string SpoiledStreamConfig(Draft& draft, const StreamScope& scope);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_STREAM_CONFIG_H_
