// The JSON library, as shared/api uses it: objects keep the order of keys.

#ifndef WINDTUNNEL_SHARED_API_JSON_H_
#define WINDTUNNEL_SHARED_API_JSON_H_

#include <string>

#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace windtunnel::api {

using Json = nlohmann::ordered_json;

inline std::string ToStd(absl::string_view text) { return std::string(text); }

// The text of `json`; bytes that are no UTF-8 become U+FFFD.
inline std::string ToText(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_JSON_H_
