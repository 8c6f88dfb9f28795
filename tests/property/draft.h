// A program while it is made: the actions so far, and the requests that
// generators add to it.

#ifndef WINDTUNNEL_TESTS_PROPERTY_DRAFT_H_
#define WINDTUNNEL_TESTS_PROPERTY_DRAFT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "tests/property/dice.h"
#include "tests/property/program.h"

namespace windtunnel::conform {

// Timed programs act at whole ticks, and waits are no whole number of them.
inline constexpr absl::Duration kTick = absl::Milliseconds(240);

struct Draft {
  Dice dice;
  Program program = {};

  bool is(ServerVersion version) const { return program.version == version; }

  Action& Add(Action action) {
    program.actions.push_back(std::move(action));
    return program.actions.back();
  }
  // A request to the API: "STREAM.INFO.@A".
  Action& Api(absl::string_view operation, const std::string& body = "");
  Action& Api(absl::string_view operation, const nlohmann::json& body) {
    return Api(operation, body.dump());
  }
  Action& Publish(
      absl::string_view subject, std::string data,
      std::vector<std::pair<std::string, std::string>> headers = {});
  // A request of consumer "@A.c0", answered at "in.@.<inbox>".
  Action& Pull(absl::string_view consumer, absl::string_view inbox,
               const std::string& body);
  // `reply` as in "in.@.<reply>"; "" asks for no confirmation.
  Action& Settle(int pick, std::string payload, absl::string_view reply);
  Action& Advance(absl::Duration duration);

  // A wait in nanoseconds that falls due in the middle between ticks, or hours
  // if the program is not timed.
  std::int64_t Wait();
  // Some ticks pass, if the program is timed.
  void MayTick();
};

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_DRAFT_H_
