// Reading JSON text as the server does, and saying what is wrong with it in the
// words of Go's decoder.

#ifndef WINDTUNNEL_SHARED_API_JSON_PARSE_H_
#define WINDTUNNEL_SHARED_API_JSON_PARSE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "shared/api/dialect.h"
#include "shared/api/json.h"
#include "shared/api/json_reader.h"
#include "shared/jetstream/error_catalogue.h"

namespace windtunnel::api {

struct SyntaxError {
  std::string text;  // "invalid character 'b' looking for beginning of value".
  std::size_t offset = 0;  // Bytes read, the offending one included.
  bool at_end = false;     // The text ends too early.
};

// The first syntax error in `text`, nullopt if it is one JSON value. With
// `rest` others may follow: what is behind the first value goes there.
std::optional<SyntaxError> FindSyntaxError(absl::string_view text,
                                           absl::string_view* rest = nullptr);

// Parses `text`, which has no syntax error. Bytes that are no UTF-8 become
// U+FFFD.
Json ParseJson(absl::string_view text);

// Go has two ways to decode, which differ in their texts.
enum class Reading {
  kStream,  // json.Decoder: any number of values, each applied (API-014).
  kWhole    // json.Unmarshal: one value.
};

// Decodes a request: nullopt, or what Go's decoder says.
template <typename T>
std::optional<std::string> DecodeText(absl::string_view body,
                                      const Dialect& dialect, Reading reading,
                                      T& request) {
  const std::size_t size = body.size();
  JsonReader reader(dialect);
  do {
    absl::string_view rest;
    const std::size_t offset = size - body.size();
    std::optional<SyntaxError> error = FindSyntaxError(
        body, reading == Reading::kStream ? &rest : nullptr);
    if (error.has_value()) {
      if (reading == Reading::kWhole) return error->text;
      if (error->at_end) return "unexpected EOF";
      return absl::StrCat(error->text, " at offset ", offset + error->offset);
    }
    reader.ReadRoot(ParseJson(body.substr(0, body.size() - rest.size())),
                    request);
    if (reader.error().has_value()) return reader.error();
    body = rest;
  } while (!absl::StripAsciiWhitespace(body).empty());
  return std::nullopt;
}

// The same as an error of the API. Servers before 2.11 read one value.
template <typename T>
std::optional<JetStreamError> DecodeRequest(
    absl::string_view body, const Dialect& dialect, T& request,
    Reading reading = Reading::kStream) {
  if (dialect.minor < 11) reading = Reading::kWhole;
  const std::optional<std::string> detail =
      DecodeText(body, dialect, reading, request);
  if (!detail.has_value()) return std::nullopt;
  return catalogue::MakeInvalidJson(dialect.error_detail ? *detail : "");
}

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_JSON_PARSE_H_
