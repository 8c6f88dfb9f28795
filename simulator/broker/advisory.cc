#include "simulator/broker/advisory.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "shared/api/go_quote.h"

namespace windtunnel::broker {

namespace {

constexpr int kIdSize = 22;
constexpr int kDigitsPerDraw = 10;
constexpr std::uint64_t kDrawLimit = 839'299'365'868'340'224;  // 62^10.

std::string DrawId(Choices& choices) {
  static constexpr absl::string_view kDigits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string id;
  while (id.size() < kIdSize) {
    std::uint64_t number = choices.Draw("advisory id", kDrawLimit);
    for (int i = 0; i < kDigitsPerDraw && id.size() < kIdSize; ++i) {
      id.push_back(kDigits[number % kDigits.size()]);
      number /= kDigits.size();
    }
  }
  return id;
}

}  // namespace

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
      "{\"type\":\"", type, "\",\"id\":\"", DrawId(context.choices),
      "\",\"timestamp\":\"",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(context.now),
                       absl::UTCTimeZone()),
      "\",", fields_json);
}

}  // namespace windtunnel::broker
