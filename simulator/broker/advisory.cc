#include "simulator/broker/advisory.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "shared/api/go_quote.h"
#include "simulator/broker/drawn_id.h"

namespace windtunnel::broker {

std::string JsonString(absl::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    const std::size_t length = api::Utf8Length(text);
    const char c = text.front();
    if (length == 0) {
      json += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      json.push_back('\\');
      json.push_back(c);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      json.push_back('\\');
      json.push_back(c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    } else if (static_cast<unsigned char>(c) < ' ') {
      absl::StrAppendFormat(&json, "\\u%04x", c);
    } else {
      absl::StrAppend(&json, text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  json.push_back('"');
  return api::GoEscapeJson(std::move(json));
}

std::string AdvisoryJson(const Context& context, absl::string_view type,
                         absl::string_view fields_json) {
  absl::ConsumePrefix(&fields_json, "{");
  return absl::StrCat(
      "{\"type\":\"", type, "\",\"id\":\"",
      DrawId(context.choices, "advisory id"), "\",\"timestamp\":\"",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(context.now),
                       absl::UTCTimeZone()),
      "\",", fields_json);
}

}  // namespace windtunnel::broker
