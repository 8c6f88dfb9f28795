#include "simulator/broker/decimal_integer.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace windtunnel::broker {

namespace {

constexpr absl::string_view kDigits = "0123456789";

bool IsLess(absl::string_view a, absl::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// What `digits` has at 10^`place`.
int DigitAt(absl::string_view digits, std::size_t place) {
  return place < digits.size() ? digits[digits.size() - 1 - place] - '0' : 0;
}

// a + b, or a - b, which requires that a is not less.
std::string Combine(absl::string_view a, absl::string_view b, int sign) {
  std::string reversed;
  int carry = 0;
  for (std::size_t place = 0; place < std::max(a.size(), b.size()); ++place) {
    const int sum = DigitAt(a, place) + sign * DigitAt(b, place) + carry + 10;
    reversed.push_back(static_cast<char>('0' + sum % 10));
    carry = sum / 10 - 1;
  }
  if (carry > 0) reversed.push_back('1');
  return {reversed.rbegin(), reversed.rend()};
}

}  // namespace

DecimalInteger::DecimalInteger(bool negative, std::string digits)
    : digits_(std::move(digits)) {
  digits_.erase(0, std::min(digits_.find_first_not_of('0'), digits_.size()));
  negative_ = negative && !digits_.empty();
}

std::optional<DecimalInteger> DecimalInteger::Parse(absl::string_view text) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  if (!negative) absl::ConsumePrefix(&text, "+");
  if (text.empty() ||
      text.find_first_not_of(kDigits) != absl::string_view::npos) {
    return std::nullopt;
  }
  return DecimalInteger(negative, std::string(text));
}

DecimalInteger DecimalInteger::ParseStart(absl::string_view text) {
  const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+');
  return Parse(text.substr(0, text.find_first_not_of(kDigits, sign)))
      .value_or(DecimalInteger());
}

std::string DecimalInteger::ToString() const {
  if (digits_.empty()) return "0";
  return absl::StrCat(negative_ ? "-" : "", digits_);
}

DecimalInteger DecimalInteger::operator-() const {
  return {!negative_, digits_};
}

DecimalInteger operator+(const DecimalInteger& a, const DecimalInteger& b) {
  if (a.negative_ == b.negative_) {
    return {a.negative_, Combine(a.digits_, b.digits_, 1)};
  }
  if (IsLess(a.digits_, b.digits_)) {
    return {b.negative_, Combine(b.digits_, a.digits_, -1)};
  }
  return {a.negative_, Combine(a.digits_, b.digits_, -1)};
}

}  // namespace windtunnel::broker
