#include "shared/api/go_quote.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace windtunnel::api {

namespace {

// Of a valid UTF-8 sequence.
std::uint32_t CodePoint(absl::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return first;
  std::uint32_t code = first & (0x7fu >> sequence.size());
  for (const char c : sequence.substr(1)) {
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3fu);
  }
  return code;
}

// As far as it matters here: not controls, blanks other than ' ', or marks that
// show nothing.
bool IsPrintable(std::uint32_t code) {
  if (code < 0x20 || (code >= 0x7f && code <= 0xa0) || code == 0xad) {
    return false;
  }
  if (code >= 0x2000 && code <= 0x200f) return false;
  if (code >= 0x2028 && code <= 0x202f) return false;
  return code != 0x3000 && code != 0xfeff && (code < 0xe000 || code > 0xf8ff);
}

std::string Escaped(absl::string_view character, char quote) {
  if (Utf8Length(character) == 0) {
    return absl::StrFormat("\\x%02x",
                           static_cast<unsigned char>(character.front()));
  }
  const std::uint32_t code = CodePoint(character);
  constexpr absl::string_view kNamed = "\a\b\f\n\r\t\v";
  if (character.front() == quote || character.front() == '\\') {
    return absl::StrCat("\\", character);
  }
  if (IsPrintable(code)) return std::string(character);
  const std::size_t name = kNamed.find(character.front());
  if (name != absl::string_view::npos) {
    return absl::StrCat("\\", absl::string_view("abfnrtv").substr(name, 1));
  }
  if (code < 0x80) return absl::StrFormat("\\x%02x", code);
  return code < 0x10000 ? absl::StrFormat("\\u%04x", code)
                        : absl::StrFormat("\\U%08x", code);
}

}  // namespace

std::size_t Utf8Length(absl::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char first = byte(0);
  std::size_t length = first < 0x80                    ? 1
                       : first >= 0xc2 && first < 0xe0 ? 2
                       : first >= 0xe0 && first < 0xf0 ? 3
                       : first >= 0xf0 && first < 0xf5 ? 4
                                                       : 0;
  if (length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (length < 3) return length;
  // Overlong forms, surrogates and what is beyond Unicode.
  const bool refused =
      (first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
      (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f);
  return refused ? 0 : length;
}

std::string GoQuote(absl::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(Utf8Length(text), 1);
    quoted += Escaped(text.substr(0, length), '"');
    text.remove_prefix(length);
  }
  return quoted + "\"";
}

std::string GoEscapeJson(std::string text) {
  constexpr absl::string_view kEscaped = "<>&\xe2";
  if (text.find_first_of(kEscaped.data()) == std::string::npos) return text;
  return absl::StrReplaceAll(text, {{"<", "\\u003c"},
                                    {">", "\\u003e"},
                                    {"&", "\\u0026"},
                                    {"\xe2\x80\xa8", "\\u2028"},
                                    {"\xe2\x80\xa9", "\\u2029"}});
}

std::string GoQuoteCharacter(absl::string_view character) {
  return Escaped(character, '\'');
}

}  // namespace windtunnel::api
