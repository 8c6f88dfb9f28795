// The JSON library, as shared/api uses it: objects keep the order of keys.

#ifndef WINDTUNNEL_SHARED_API_JSON_H_
#define WINDTUNNEL_SHARED_API_JSON_H_

#include <string>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "shared/api/go_quote.h"

namespace windtunnel::api {

using Json = nlohmann::ordered_json;

inline std::string ToStd(absl::string_view text) { return std::string(text); }

// ParseJson() makes numbers that are no 64-bit integers binary: their text.
inline bool IsNumber(const Json& json) {
  return json.is_number() || json.is_binary();
}

// The text of `json`; bytes that are no UTF-8 become U+FFFD.
inline std::string ToText(const Json& json) {
  if (json.is_binary()) {
    return std::string(json.get_binary().begin(), json.get_binary().end());
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The same as a server writes it.
inline std::string ToAnswerText(const Json& json) {
  return GoEscapeJson(ToText(json));
}

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_JSON_H_
