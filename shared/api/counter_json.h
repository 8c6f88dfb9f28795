// The JSON of counters: their payload and the header of their sources (PUB-050,
// PUB-057).

#ifndef WINDTUNNEL_SHARED_API_COUNTER_JSON_H_
#define WINDTUNNEL_SHARED_API_COUNTER_JSON_H_

#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace windtunnel::api {

// Of each origin, of each of its subjects, the last value that came. The server
// keeps a null in place of an origin's subjects.
using CounterSources =
    std::map<std::string, std::optional<std::map<std::string, std::string>>>;

// `{"val":"3"}`.
std::string EncodeCounterValue(absl::string_view value);
// "" if `payload` names none; nullopt if it cannot be read.
std::optional<std::string> DecodeCounterValue(absl::string_view payload);

std::string EncodeCounterSources(const CounterSources& sources);
// nullopt if `header` cannot be read.
std::optional<CounterSources> DecodeCounterSources(absl::string_view header);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_COUNTER_JSON_H_
