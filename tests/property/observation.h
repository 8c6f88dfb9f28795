// What a run of a program shows: everything that a client can observe after
// each action, without what two servers cannot have in common (see
// tolerance.h).

#ifndef WINDTUNNEL_TESTS_PROPERTY_OBSERVATION_H_
#define WINDTUNNEL_TESTS_PROPERTY_OBSERVATION_H_

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace windtunnel::conform {

// One thing that was seen.
struct Sight {
  // "answer" to the action's own request; the inbox or subject that a message
  // came to: "in.S.c0.p"; "stream A", "consumer A c0": their infos; "message A
  // 3".
  std::string where;
  // Messages as "subject [status headers] data -> reply"; infos and answers of
  // the API as JSON with sorted names.
  std::string what;

  friend bool operator==(const Sight&, const Sight&) = default;
  // On a line of its own.
  friend std::ostream& operator<<(std::ostream& out, const Sight& sight);
};

// After one action. Messages to one subscription are in order of arrival;
// advisories are sorted.
using Observation = std::vector<Sight>;

// One for each action that was done, and one of what is stored at the end.
struct Transcript {
  std::vector<Observation> steps = {};
  // The live run was too slow for a timed program, or there was no server: no
  // verdict.
  bool late = false;

  friend bool operator==(const Transcript&, const Transcript&) = default;
};

// The index of the first step that is not equal, or -1. A timed run in the
// simulator may have ended early; `got` then counts no further than it.
int FirstDifference(const Transcript& expected, const Transcript& got);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_OBSERVATION_H_
