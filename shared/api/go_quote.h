// Quoting as Go does it, for the texts of errors.

#ifndef WINDTUNNEL_SHARED_API_GO_QUOTE_H_
#define WINDTUNNEL_SHARED_API_GO_QUOTE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace windtunnel::api {

// Length of the UTF-8 sequence that `text` starts with, 0 if it is none.
// Requires: not empty.
std::size_t Utf8Length(absl::string_view text);

// `text` between double quotes.
std::string GoQuote(absl::string_view text);

// `text`, which is JSON, with the characters that Go escapes in strings though
// JSON need not: '<', '>', '&' and two line separators.
std::string GoEscapeJson(std::string text);

// One character, or a byte that is none, between single quotes.
std::string GoQuoteCharacter(absl::string_view character);

}  // namespace windtunnel::api

#endif  // WINDTUNNEL_SHARED_API_GO_QUOTE_H_
