#include "shared/api/json_parse.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

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
    while (at_ < text_.size() &&
           absl::string_view(" \t\r\n").find(text_[at_]) !=
               absl::string_view::npos) {
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
    const char c = Current();
    const std::string quoted =
        c == '\'' ? "\\'"
        : c == '"' ? "\""
                   : absl::Utf8SafeCEscape(absl::string_view(&c, 1));
    error_ = {absl::StrCat("invalid character '", quoted, "' ", where),
              at_ + 1, false};
    return false;
  }

  // As Fail(), for the escape sequence that began at `start`.
  bool FailEscape(std::size_t start) {
    if (at_end()) return Fail("");
    error_ = {absl::StrCat("invalid escape sequence `",
                           text_.substr(start, at_ + 1 - start),
                           "` in string"),
              at_ + 1, false};
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
      if (!Digit()) return Fail("after decimal point in numeric literal");
      SkipDigits();
    }
    if (Current() == 'e' || Current() == 'E') {
      ++at_;
      if (Current() == '+' || Current() == '-') ++at_;
      if (!Digit()) return Fail("in exponent of numeric literal");
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

// Length of the UTF-8 sequence that `text` starts with, 0 if it is none.
std::size_t SequenceLength(absl::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char first = byte(0);
  std::size_t length = first < 0x80                   ? 1
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
  const bool refused = (first == 0xe0 && byte(1) < 0xa0) ||
                       (first == 0xed && byte(1) > 0x9f) ||
                       (first == 0xf0 && byte(1) < 0x90) ||
                       (first == 0xf4 && byte(1) > 0x8f);
  return refused ? 0 : length;
}

std::string ReplaceInvalidUtf8(absl::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    const absl::string_view part = length == 0
                                       ? absl::string_view("\xef\xbf\xbd")
                                       : text.substr(0, length);
    valid.append(part.data(), part.size());
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return valid;
}

// Builds a value whose objects keep all members, repeated keys too. The
// library's own builder searches an object for each key, which is too slow for a
// page of 100,000 subjects (API-067). Only the last member of each open
// container grows, so pointers to open containers stay valid.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Json Take() && { return std::move(root_); }

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(std::int64_t value) override { return Add(value); }
  bool number_unsigned(std::uint64_t value) override { return Add(value); }
  bool number_float(double value, const std::string&) override {
    return Add(value);
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
  return TryParse(ReplaceInvalidUtf8(text)).value_or(Json());
}

}  // namespace windtunnel::api
