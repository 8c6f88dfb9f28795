// What may differ between the simulator and a live server, and by how much: the
// one table of it. Everything else that a client can see must be equal.

#ifndef WINDTUNNEL_TESTS_PROPERTY_TOLERANCE_H_
#define WINDTUNNEL_TESTS_PROPERTY_TOLERANCE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "tests/property/program.h"
#include "windtunnel/message.h"

namespace windtunnel::conform {

struct Tolerance {
  enum class Kind {
    kField,   // A JSON field of this name, anywhere: its value is not compared.
    kAbsent,  // Whether the field is there is not compared either.
    kTime,    // A time in RFC 3339: only whether it is set is compared.
    kSymbol,  // A name the server drew: only where the same one comes back.
    kOrder,   // The order is not compared.
    kDuration,  // A wait, compared to within `within`.
    kProgram    // Not compared in programs that do something; see Blur.
  };
  Kind kind;
  absl::string_view what;
  absl::string_view why;
  absl::Duration within = absl::ZeroDuration();
};

const std::vector<Tolerance>& Tolerances();

// Timed programs act at whole ticks; what falls due nearer than this to an
// action is not compared.
inline constexpr absl::Duration kMargin = absl::Milliseconds(50);

// `value` without what may differ.
void Normalize(nlohmann::json& value);
// The same for a text, if it is JSON.
std::string Normalized(absl::string_view text);
// An ack subject without its time.
std::string NormalizedAck(absl::string_view subject);
// "subject [status headers] data -> reply".
std::string Normalized(const Message& message);

// What is not compared in programs that do what servers answer one way or the
// other, or count wrongly.
struct Blur {
  // Servers up to 2.10.27 lose count of a subject's messages when some were
  // removed by request (PUB-027).
  bool subjects = false;
  // Limits remove messages. That may make room for a delivery just before
  // consumers hear of the new message, or just after: how many are pending then
  // is told either way.
  bool pending = false;

  void Apply(nlohmann::json& info) const;     // Of a stream, or several.
  std::string Apply(std::string text) const;  // A message with an ack subject.
};
Blur BlurOf(const Program& program);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_TOLERANCE_H_
