#include "tests/property/generate.h"

#include <algorithm>
#include <cstddef>

#include "tests/property/dice.h"
#include "tests/property/draft.h"
#include "tests/property/flavours.h"

namespace windtunnel::conform {
namespace {

// How each is made.
struct Maker {
  Flavour flavour;
  void (*generate)(Draft& draft);
  // Servers before this one ignore most of what it is about.
  ServerVersion since = ServerVersion::k2_9;
};

int WeightIn(const Maker& maker, ServerVersion version) {
  constexpr int kLess = 5;
  return version < maker.since ? (maker.flavour.weight + kLess - 1) / kLess
                               : maker.flavour.weight;
}

const std::vector<Maker>& Makers() {
  static const auto* const kMakers = new std::vector<Maker>{
      {{"pull", "streams, pull consumers, acknowledgements, removals, updates",
        30},
       GeneratePull},
      {{"pull-timed", "the same while waits fall due", 15, true}, GeneratePull},
      {{"push",
        "push consumers, listeners that come and go, deliver groups, flow "
        "control",
        20},
       GeneratePush},
      {{"push-timed",
        "the same while waits fall due: heartbeats, inactivity, pauses, replay",
        8, true},
       GeneratePush},
      {{"groups",
        "priority groups: overflow, pinned and prioritized clients of several "
        "connections",
        15},
       GenerateGroups,
       ServerVersion::k2_15},
      {{"groups-timed", "the same while waits fall due: pins that time out", 6,
        true},
       GenerateGroups,
       ServerVersion::k2_15},
      {{"connections",
        "pull consumers, durable and ephemeral, and connections that go while "
        "their requests wait",
        15},
       GenerateConnections},
      {{"consumer-config",
        "configurations of consumers with all fields, good and bad, by all "
        "subjects",
        20},
       GenerateConsumerConfig},
      {{"consumer-restart", "what is left of consumers after a restart", 4,
        false, true},
       GenerateConsumerRestart},
      {{"streams",
        "stream configurations of every kind, publishes with headers, batches, "
        "gets, removals, updates, refusals",
        30},
       GenerateStreams},
      {{"streams-timed",
        "ages, duplicate windows, TTLs, delete markers, schedules and batches "
        "that end",
        10, true},
       GenerateStreamsTimed},
      {{"streams-restart", "streams with content before and after a restart", 4,
        false, true},
       GenerateStreamsRestart},
  };
  return *kMakers;
}

bool Allowed(const Flavour& flavour, const GenerateOptions& options) {
  if (!options.flavours.empty() &&
      std::find(options.flavours.begin(), options.flavours.end(),
                flavour.name) == options.flavours.end()) {
    return false;
  }
  return (options.timed || !flavour.timed) &&
         (options.restarts || !flavour.restarts);
}

Program Generate(const GenerateOptions& options, Dice dice) {
  int weights = 0;
  for (const Maker& maker : Makers()) {
    if (Allowed(maker.flavour, options)) {
      weights += WeightIn(maker, options.version);
    }
  }
  Draft draft{.dice = dice};
  draft.program.version = options.version;
  int drawn = weights == 0 ? 0 : draft.dice.Below(weights);
  for (const Maker& maker : Makers()) {
    if (!Allowed(maker.flavour, options)) continue;
    drawn -= WeightIn(maker, options.version);
    if (drawn >= 0) continue;
    draft.program.flavour = maker.flavour.name;
    draft.program.timed = maker.flavour.timed;
    maker.generate(draft);
    break;
  }
  return draft.program;
}

}  // namespace

const std::vector<Flavour>& Flavours() {
  static const auto* const kFlavours = [] {
    auto* flavours = new std::vector<Flavour>;
    for (const Maker& maker : Makers()) flavours->push_back(maker.flavour);
    return flavours;
  }();
  return *kFlavours;
}

Program ProgramOf(const GenerateOptions& options, std::uint64_t seed) {
  return Generate(options, Dice(seed));
}

rc::Gen<Program> AnyProgram(const GenerateOptions& options) {
  return [options](const rc::Random& random, int) {
    return rc::shrinkable::shrinkRecur(Generate(options, Dice(random)),
                                       &Smaller);
  };
}

}  // namespace windtunnel::conform
