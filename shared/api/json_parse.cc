#include "shared/api/json_parse.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/api/go_quote.h"

namespace windtunnel::api {

namespace {

// Walks over one JSON value without recursion: the nesting is the sender's.
class SyntaxChecker {
 public:
  explicit SyntaxChecker(absl::string_view text) : text_(text) {}

  std::optional<SyntaxError> Check(absl::string_view* rest) {
    if (Value()) {
      while (!nesting_.empty() && AfterValue()) {
      }
    }
    if (error_.has_value()) return std::move(error_);
    if (rest != nullptr) {
      *rest = text_.substr(at_);
      return std::nullopt;
    }
    SkipBlanks();
    if (!at_end()) Fail("after top-level value");
    return std::move(error_);
  }

 private:
  void SkipBlanks() {
    while (at_ < text_.size() && absl::string_view(" \t\r\n").find(
                                     text_[at_]) != absl::string_view::npos) {
      ++at_;
    }
  }
  bool at_end() const { return at_ >= text_.size(); }
  char Current() const { return at_end() ? '\0' : text_[at_]; }
  bool Digit() const { return !at_end() && absl::ascii_isdigit(Current()); }

  // Says where the current character is out of place. Always false.
  bool Fail(absl::string_view where) {
    if (error_.has_value()) return false;
    if (at_end()) {
      error_ = {"unexpected end of JSON input", text_.size(), true};
      return false;
    }
    // Offsets count bytes up to the end of the character.
    const std::size_t length =
        std::max<std::size_t>(Utf8Length(text_.substr(at_)), 1);
    error_ = {
        absl::StrCat("invalid character '",
                     GoQuoteCharacter(text_.substr(at_, length)), "' ", where),
        at_ + length, false};
    return false;
  }

  // As Fail(), for the escape sequence that began at `start`.
  bool FailEscape(std::size_t start) {
    const std::size_t length = text_.substr(start, 2) == "\\u" ? 6 : 2;
    if (start + length > text_.size()) {
      at_ = text_.size();
      return Fail("");
    }
    error_ = {absl::StrCat("invalid escape sequence `",
                           text_.substr(start, length), "` in string"),
              start + length, false};
    return false;
  }

  // Reads a value; of an array or object only what is before the end of its
  // first scalar.
  bool Value() {
    for (;;) {
      SkipBlanks();
      const char c = Current();
      if (at_end()) return Fail("");
      if (c == '"') return String();
      if (c == '-' || absl::ascii_isdigit(c)) return Number();
      if (c == 't') return Literal("true");
      if (c == 'f') return Literal("false");
      if (c == 'n') return Literal("null");
      if (c != '{' && c != '[') return Fail("looking for beginning of value");
      ++at_;
      SkipBlanks();
      nesting_.push_back(c);
      if (Current() == (c == '{' ? '}' : ']')) return Close();
      if (c == '{' && !Key()) return false;
    }
  }

  bool Close() {
    ++at_;
    nesting_.pop_back();
    return true;
  }

  // A `"key":`.
  bool Key() {
    SkipBlanks();
    if (Current() != '"') {
      return Fail("looking for beginning of object key string");
    }
    if (!String()) return false;
    SkipBlanks();
    if (Current() != ':') return Fail("after object key");
    ++at_;
    return true;
  }

  // Goes on after a value inside an array or object.
  bool AfterValue() {
    SkipBlanks();
    const bool in_object = nesting_.back() == '{';
    if (Current() == (in_object ? '}' : ']')) return Close();
    if (Current() != ',') {
      return Fail(in_object ? "after object key:value pair"
                            : "after array element");
    }
    ++at_;
    return (!in_object || Key()) && Value();
  }

  bool String() {
    for (++at_; !at_end(); ++at_) {
      const char c = Current();
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return Fail("in string");
      if (c == '\\' && !Escape()) return false;
    }
    return Fail("");
  }

  // Reads the rest of an escape sequence but for its last character.
  bool Escape() {
    const std::size_t start = at_++;
    if (absl::string_view("\"\\/bfnrt").find(Current()) !=
        absl::string_view::npos) {
      return true;
    }
    if (Current() != 'u') return FailEscape(start);
    for (int i = 0; i < 4; ++i) {
      ++at_;
      if (at_end() || !absl::ascii_isxdigit(Current())) {
        return FailEscape(start);
      }
    }
    return true;
  }

  bool Number() {
    if (Current() == '-') ++at_;
    if (!Digit()) return Fail("in numeric literal");
    if (Current() == '0') {
      ++at_;
    } else {
      SkipDigits();
    }
    if (Current() == '.') {
      ++at_;
      if (!Digit()) return Fail("in numeric literal");
      SkipDigits();
    }
    if (Current() == 'e' || Current() == 'E') {
      ++at_;
      if (Current() == '+' || Current() == '-') ++at_;
      if (!Digit()) return Fail("in numeric literal");
      SkipDigits();
    }
    return true;
  }
  void SkipDigits() {
    while (Digit()) ++at_;
  }

  bool Literal(absl::string_view word) {
    for (char expected : word) {
      if (at_end() || Current() != expected) {
        return Fail(absl::StrCat("in literal ", word, " (expecting '",
                                 std::string(1, expected), "')"));
      }
      ++at_;
    }
    return true;
  }

  absl::string_view text_;
  std::size_t at_ = 0;
  std::vector<char> nesting_;  // Of open arrays and objects.
  std::optional<SyntaxError> error_;
};

// The number of an escape sequence such as `\ud800` that `text` starts with.
std::optional<std::uint32_t> EscapedUnit(absl::string_view text) {
  std::uint32_t unit = 0;
  if (text.substr(0, 2) != "\\u" ||
      !absl::SimpleHexAtoi(text.substr(2, 4), &unit)) {
    return std::nullopt;
  }
  return unit;
}

// How much of `text`, which starts with a backslash, is one escape sequence;
// two that make up one character are. 0: half of such a character.
std::size_t EscapeLength(absl::string_view text) {
  const std::optional<std::uint32_t> unit = EscapedUnit(text);
  if (!unit.has_value()) return 2;
  if (*unit < 0xd800 || *unit > 0xdfff) return 6;
  const std::optional<std::uint32_t> next = EscapedUnit(text.substr(6));
  const bool is_pair =
      *unit < 0xdc00 && next.has_value() && *next >= 0xdc00 && *next <= 0xdfff;
  return is_pair ? 12 : 0;
}

// What is no character becomes U+FFFD.
std::string ReplaceInvalid(absl::string_view text) {
  constexpr std::size_t kEscapeSize = 6;
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const bool escaped = text.front() == '\\';
    const std::size_t length = escaped ? EscapeLength(text) : Utf8Length(text);
    if (length == 0) {
      valid += "\xef\xbf\xbd";
      text.remove_prefix(escaped ? kEscapeSize : 1);
    } else {
      absl::StrAppend(&valid, text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return valid;
}

// Builds a value whose objects keep all members, repeated keys too. The
// library's own builder searches an object for each key, which is too slow for
// a page of 100,000 subjects (API-067). Only the last member of each open
// container grows, so pointers to open containers stay valid.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Json Take() && { return std::move(root_); }

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(std::int64_t value) override { return Add(value); }
  bool number_unsigned(std::uint64_t value) override { return Add(value); }
  // What is no integer, or too large for one, is never wanted: kept as text,
  // for errors to quote.
  bool number_float(double, const std::string& text) override {
    return Add(Json::binary({text.begin(), text.end()}));
  }
  bool string(std::string& value) override { return Add(std::move(value)); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(Json::object()); }
  bool start_array(std::size_t) override { return Open(Json::array()); }
  bool key(std::string& value) override {
    key_ = std::move(value);
    return true;
  }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  Json& Place(Json value) {
    if (open_.empty()) return root_ = std::move(value);
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return parent.back();
    }
    auto& members = parent.get_ref<Json::object_t&>();
    members.emplace_back(std::move(key_), std::move(value));
    return members.back().second;
  }
  bool Add(Json value) {
    Place(std::move(value));
    return true;
  }
  bool Open(Json container) {
    Json& placed = Place(std::move(container));
    open_.push_back(&placed);
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::string key_;
  std::vector<Json*> open_;
};

std::optional<Json> TryParse(absl::string_view text) {
  Builder builder;
  const char* begin = text.data();
  if (!Json::sax_parse(begin, begin + text.size(), &builder)) {
    return std::nullopt;
  }
  return std::move(builder).Take();
}

}  // namespace

std::optional<SyntaxError> FindSyntaxError(absl::string_view text,
                                           absl::string_view* rest) {
  return SyntaxChecker(text).Check(rest);
}

Json ParseJson(absl::string_view text) {
  if (std::optional<Json> json = TryParse(text)) return *std::move(json);
  // The grammar was checked: what is left are bytes, and lone surrogates.
  return TryParse(ReplaceInvalid(text)).value_or(Json());
}

}  // namespace windtunnel::api
