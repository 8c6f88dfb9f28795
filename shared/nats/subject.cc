#include "windtunnel/subject.h"

#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace windtunnel {

namespace {

// Walks over the tokens of a subject without copying any.
class Tokens {
 public:
  explicit Tokens(absl::string_view subject) : rest_(subject) { Cut(); }

  bool done() const { return done_; }
  absl::string_view token() const { return token_; }
  // True if the current token is a `*`, or a `>` that ends the subject.
  bool is_star() const { return token_.size() == 1 && token_[0] == '*'; }
  bool is_rest() const {
    return last_ && token_.size() == 1 && token_[0] == '>';
  }
  void Next() {
    done_ = last_;
    if (!done_) Cut();
  }

 private:
  void Cut() {
    const std::size_t dot = rest_.find('.');
    last_ = dot == absl::string_view::npos;
    token_ = rest_.substr(0, dot);
    if (!last_) rest_.remove_prefix(dot + 1);
  }

  absl::string_view rest_;
  absl::string_view token_;
  bool last_ = false;
  bool done_ = false;
};

constexpr absl::string_view kWhiteSpace = " \t\r\n\f";

}  // namespace

bool IsValidSubject(absl::string_view subject) {
  if (subject.find_first_of(kWhiteSpace) != absl::string_view::npos) {
    return false;
  }
  bool rest_seen = false;
  for (Tokens tokens(subject); !tokens.done(); tokens.Next()) {
    if (rest_seen || tokens.token().empty()) return false;
    rest_seen = tokens.token() == ">";
  }
  return true;
}

bool IsLiteralSubject(absl::string_view subject) {
  return IsValidSubject(subject) && !HasWildcard(subject);
}

bool HasWildcard(absl::string_view subject) {
  for (std::size_t i = subject.find_first_of("*>");
       i != absl::string_view::npos; i = subject.find_first_of("*>", i + 1)) {
    const bool starts = i == 0 || subject[i - 1] == '.';
    const bool ends = i + 1 == subject.size() || subject[i + 1] == '.';
    if (starts && ends) return true;
  }
  return false;
}

bool SubjectMatches(absl::string_view pattern, absl::string_view subject) {
  Tokens p(pattern);
  Tokens s(subject);
  for (; !p.done() && !s.done(); p.Next(), s.Next()) {
    if (p.is_rest()) return !s.token().empty();
    if (p.is_star() ? s.token().empty() : p.token() != s.token()) return false;
  }
  return p.done() && s.done();
}

bool SubjectsOverlap(absl::string_view a, absl::string_view b) {
  Tokens x(a);
  Tokens y(b);
  for (; !x.done() && !y.done(); x.Next(), y.Next()) {
    if (x.is_rest() || y.is_rest()) return true;
    if (!x.is_star() && !y.is_star() && x.token() != y.token()) return false;
  }
  return x.done() && y.done();
}

bool SubjectContains(absl::string_view outer, absl::string_view inner) {
  Tokens o(outer);
  Tokens i(inner);
  for (; !o.done() && !i.done(); o.Next(), i.Next()) {
    if (o.is_rest()) return true;
    if (i.is_rest()) return false;
    if (!o.is_star() && o.token() != i.token()) return false;
  }
  return o.done() && i.done();
}

absl::Status CheckSubjectForWire(absl::string_view subject) {
  if (subject.empty()) {
    return absl::InvalidArgumentError("the subject is empty");
  }
  constexpr absl::string_view kRefused(" \t\r\n\0", 5);
  if (subject.find_first_of(kRefused) == absl::string_view::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the subject \"", absl::CEscape(subject),
                   "\" has white space or a NUL character"));
}

}  // namespace windtunnel
