#include "simulator/broker/subject_collision.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/str_split.h"

namespace windtunnel::broker {

namespace {

using Tokens = std::vector<absl::string_view>;

bool MayHaveWildcard(absl::string_view subject) {
  return subject.find_first_of("*>") != absl::string_view::npos;
}

bool Has(const Tokens& tokens, absl::string_view wildcard) {
  return std::find(tokens.begin(), tokens.end(), wildcard) != tokens.end();
}

// Of a token next to a pattern's, where wildcards of `token` count for
// themselves only.
bool IsSubset(const Tokens& tokens, const Tokens& pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i == tokens.size() || pattern[i].empty()) return false;
    if (pattern[i] == ">") return true;
    if (tokens[i].empty() || tokens[i] == ">") return false;
    if (tokens[i] == "*" ? pattern[i] != "*"
                         : pattern[i][0] != '*' && pattern[i] != tokens[i]) {
      return false;
    }
  }
  return tokens.size() == pattern.size();
}

// Of two tokens of subjects with wildcards: how they begin is enough.
bool MayBeEqual(absl::string_view a, absl::string_view b) {
  if (a.empty() || b.empty()) return false;
  const auto is_wildcard = [](absl::string_view token) {
    return token[0] == '*' || token[0] == '>';
  };
  return is_wildcard(a) || is_wildcard(b) || a == b;
}

}  // namespace

bool SubjectsCollide(absl::string_view a, absl::string_view b) {
  if (a == b) return true;
  if (!MayHaveWildcard(a) && !MayHaveWildcard(b)) return false;
  const Tokens x = absl::StrSplit(a, '.');
  const Tokens y = absl::StrSplit(b, '.');
  const bool x_rest = Has(x, ">");
  const bool y_rest = Has(y, ">");
  const bool x_literal = !x_rest && !Has(x, "*");
  const bool y_literal = !y_rest && !Has(y, "*");
  if (x_literal && y_literal) return false;
  if (x_literal) return IsSubset(x, y);
  if (y_literal) return IsSubset(y, x);
  if ((x.size() < y.size() && !x_rest) || (y.size() < x.size() && !y_rest)) {
    return false;
  }
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (!MayBeEqual(x[i], y[i])) return false;
  }
  return true;
}

bool IsSubsetOf(absl::string_view subject, absl::string_view pattern) {
  return IsSubset(absl::StrSplit(subject, '.'), absl::StrSplit(pattern, '.'));
}

}  // namespace windtunnel::broker
