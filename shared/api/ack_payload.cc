#include "shared/api/ack_payload.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shared/api/field.h"
#include "shared/api/go_duration.h"
#include "shared/api/json_parse.h"

namespace windtunnel::api {

namespace {

struct NakOptions {
  absl::Duration delay;
};

template <typename V, Like<NakOptions> T>
void VisitFields(V& v, T& options) {
  v.Visit({"delay"}, options.delay);
}

}  // namespace

std::string EncodeAckPayload(AckVerb verb, absl::Duration delay,
                             absl::string_view reason) {
  switch (verb) {
    case AckVerb::kAck:
      return "+ACK";
    case AckVerb::kNak:
      if (delay <= absl::ZeroDuration()) return "-NAK";
      return absl::StrCat("-NAK {\"delay\":", absl::ToInt64Nanoseconds(delay),
                          "}");
    case AckVerb::kInProgress:
      return "+WPI";
    case AckVerb::kTerm:
      if (reason.empty()) return "+TERM";
      return absl::StrCat("+TERM ", reason);
  }
  return "";
}

std::optional<absl::Duration> DecodeNakDelay(absl::string_view argument) {
  argument = absl::StripAsciiWhitespace(argument);
  if (!absl::StartsWith(argument, "{")) return ParseGoDuration(argument);
  if (FindSyntaxError(argument).has_value()) return std::nullopt;
  const Dialect lenient{.strict = false};
  NakOptions options;
  JsonReader reader(lenient);
  reader.ReadRoot(ParseJson(argument), options);
  if (reader.error().has_value()) return std::nullopt;
  return options.delay;
}

}  // namespace windtunnel::api
