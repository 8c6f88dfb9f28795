// Reading JSON text as the server does, and saying what is wrong with it in the
// words of Go's decoder.

#ifndef WINDTUNNEL_SHARED_API_JSON_PARSE_H_
#define WINDTUNNEL_SHARED_API_JSON_PARSE_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "shared/api/dialect.h"
#include "shared/api/json.h"
#include "shared/api/json_reader.h"
#include "shared/jetstream/error_catalogue.h"

namespace windtunnel::api {

struct SyntaxError {
  std::string text;  // "invalid character 'b' looking for beginning of value".
  std::size_t offset = 0;  // Bytes read, the offending one included.
};

// The first syntax error in `text`, nullopt if it is one JSON value.
std::optional<SyntaxError> FindSyntaxError(absl::string_view text);

// Parses `text`, which has no syntax error. Bytes that are no UTF-8 are replaced.
Json ParseJson(absl::string_view text);

// Decodes a request: nullopt, or the 10025 to answer with.
template <typename T>
std::optional<JetStreamError> DecodeRequest(absl::string_view body,
                                            const Dialect& dialect,
                                            T& request) {
  const auto refusal = [&](absl::string_view detail) {
    return catalogue::MakeInvalidJson(dialect.error_detail ? detail : "");
  };
  if (std::optional<SyntaxError> error = FindSyntaxError(body)) {
    return refusal(absl::StrCat(error->text, " at offset ", error->offset));
  }
  JsonReader reader(dialect);
  reader.ReadStruct(ParseJson(body), request);
  if (reader.error().has_value()) return refusal(*reader.error());
  return std::nullopt;
}

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_JSON_PARSE_H_
