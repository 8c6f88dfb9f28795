#include "shared/api/counter_json.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "shared/api/dialect.h"
#include "shared/api/field.h"
#include "shared/api/json_parse.h"

namespace windtunnel::api {

namespace {

struct CounterPayload {
  std::string value;
};

template <typename V, Like<CounterPayload> T>
void VisitFields(V& v, T& payload) {
  v.Visit({"val"}, payload.value);
}

}  // namespace

std::string EncodeCounterValue(absl::string_view value) {
  return absl::StrCat("{\"val\":\"", value, "\"}");
}

std::optional<std::string> DecodeCounterValue(absl::string_view payload) {
  if (FindSyntaxError(payload).has_value()) return std::nullopt;
  const Dialect lenient{.strict = false};
  CounterPayload read;
  JsonReader reader(lenient);
  reader.ReadRoot(ParseJson(payload), read);
  if (reader.error().has_value()) return std::nullopt;
  return std::move(read.value);
}

std::string EncodeCounterSources(const CounterSources& sources) {
  Json json = Json::object();
  for (const auto& [origin, subjects] : sources) {
    Json& of_origin = json[origin];
    if (!subjects.has_value()) continue;
    of_origin = Json::object();
    for (const auto& [subject, value] : *subjects) of_origin[subject] = value;
  }
  // Go escapes what HTML could mistake, and line ends of Unicode.
  return absl::StrReplaceAll(ToText(json), {{"<", "\\u003c"},
                                            {">", "\\u003e"},
                                            {"&", "\\u0026"},
                                            {"\u2028", "\\u2028"},
                                            {"\u2029", "\\u2029"}});
}

std::optional<CounterSources> DecodeCounterSources(absl::string_view header) {
  if (FindSyntaxError(header).has_value()) return std::nullopt;
  const Json json = ParseJson(header);
  CounterSources sources;
  if (json.is_null()) return sources;
  if (!json.is_object()) return std::nullopt;
  for (const auto& [origin, subjects] : json.items()) {
    std::optional<std::map<std::string, std::string>>& read = sources[origin];
    read.reset();
    if (subjects.is_null()) continue;
    if (!subjects.is_object()) return std::nullopt;
    read.emplace();
    for (const auto& [subject, value] : subjects.items()) {
      if (!value.is_null() && !value.is_string()) return std::nullopt;
      (*read)[subject] = value.is_null() ? "" : value.get<std::string>();
    }
  }
  return sources;
}

}  // namespace windtunnel::api
