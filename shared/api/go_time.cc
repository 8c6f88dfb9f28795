#include "shared/api/go_time.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "shared/api/go_quote.h"

namespace windtunnel::api {

namespace {

constexpr absl::string_view kLayout = "2006-01-02T15:04:05Z07:00";
constexpr std::size_t kDateSize = 11;    // "2006-01-02T"
constexpr std::size_t kSecondsEnd = 19;  // "2006-01-02T15:04:05"

// Reads from the left; the first error stays.
class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text), rest_(text) {}

  GoTime Parse() && {
    const int year = Year();
    Literal("-");
    const int month = Number("01", 2, 1, 12, "month");
    Literal("-");
    const int day = Number("02", 2, 0, 99, "day");
    Literal("T");
    const int hour = Number("15", 1, 0, 23, "hour");
    Literal(":");
    const int minute = Number("04", 2, 0, 59, "minute");
    Literal(":");
    const int second = Number("05", 2, 0, 59, "second");
    const absl::Duration fraction = Fraction();
    const absl::Duration offset = Offset();
    if (ok() && !rest_.empty()) {
      Fail(absl::StrCat(": extra text: ", GoQuote(rest_)));
    }
    if (ok()) CheckDay(year, month, day);
    if (ok()) CheckStrictly();
    GoTime parsed;
    if (!ok()) {
      parsed.error = *std::move(error_);
      return parsed;
    }
    parsed.time = absl::FromCivil(
        absl::CivilSecond(year, month, day, hour, minute, second),
        absl::UTCTimeZone());
    parsed.time += fraction - offset;
    parsed.offset = offset;
    return parsed;
  }

 private:
  bool ok() const { return !error_.has_value(); }
  static bool IsDigit(absl::string_view text, std::size_t at) {
    return at < text.size() && absl::ascii_isdigit(text[at]);
  }

  void Fail(absl::string_view message) {
    if (ok()) error_ = absl::StrCat("parsing time ", GoQuote(text_), message);
  }
  void FailAt(absl::string_view where, absl::string_view expected) {
    Fail(absl::StrCat(" as ", GoQuote(kLayout), ": cannot parse ",
                      GoQuote(where), " as ", GoQuote(expected)));
  }

  void Literal(absl::string_view character) {
    if (!ok()) return;
    if (!absl::StartsWith(rest_, character)) return FailAt(rest_, character);
    rest_.remove_prefix(character.size());
  }

  int Year() {
    int year = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      if (!IsDigit(rest_, i)) {
        FailAt(rest_, "2006");
        return 0;
      }
      year = year * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(4);
    return year;
  }

  // One or two digits, but no fewer than `least`.
  std::optional<int> Digits(std::size_t least) {
    if (!IsDigit(rest_, least - 1) || !IsDigit(rest_, 0)) return std::nullopt;
    const std::size_t size = IsDigit(rest_, 1) ? 2 : 1;
    int number = 0;
    for (std::size_t i = 0; i < size; ++i) {
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(size);
    return number;
  }

  int Number(absl::string_view form, std::size_t least_digits, int min, int max,
             absl::string_view name) {
    if (!ok()) return 0;
    const absl::string_view hold = rest_;
    const std::optional<int> number = Digits(least_digits);
    if (!number.has_value()) {
      FailAt(hold, form);
      return 0;
    }
    if (*number < min || *number > max) {
      Fail(absl::StrCat(": ", name, " out of range"));
    }
    return *number;
  }

  absl::Duration Fraction() {
    const bool any = ok() && rest_.size() >= 2 &&
                     (rest_[0] == '.' || rest_[0] == ',') && IsDigit(rest_, 1);
    if (!any) return absl::ZeroDuration();
    rest_.remove_prefix(1);
    std::int64_t nanos = 0;
    for (std::int64_t unit = 100'000'000; IsDigit(rest_, 0); unit /= 10) {
      nanos += unit * (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return absl::Nanoseconds(nanos);
  }

  absl::Duration Offset() {
    if (!ok()) return absl::ZeroDuration();
    if (absl::StartsWith(rest_, "Z")) {
      rest_.remove_prefix(1);
      return absl::ZeroDuration();
    }
    constexpr absl::string_view kForm = "Z07:00";
    const absl::string_view hold = rest_;
    const bool formed = rest_.size() >= kForm.size() && rest_[3] == ':' &&
                        IsDigit(rest_, 1) && IsDigit(rest_, 2) &&
                        IsDigit(rest_, 4) && IsDigit(rest_, 5) &&
                        (rest_[0] == '+' || rest_[0] == '-');
    if (!formed) {
      FailAt(hold, kForm);
      return absl::ZeroDuration();
    }
    const int hours = (rest_[1] - '0') * 10 + (rest_[2] - '0');
    const int minutes = (rest_[4] - '0') * 10 + (rest_[5] - '0');
    if (hours > 24) Fail(": time zone offset hour out of range");
    if (minutes > 60) Fail(": time zone offset minute out of range");
    const absl::Duration offset = absl::Hours(hours) + absl::Minutes(minutes);
    const bool is_west = rest_[0] == '-';
    rest_.remove_prefix(kForm.size());
    return is_west ? -offset : offset;
  }

  void CheckDay(int year, int month, int day) {
    const absl::CivilDay asked(year, month, day);
    if (asked.month() != month || asked.day() != day) {
      Fail(": day out of range");
    }
  }

  // What the layout lets through and RFC 3339 does not.
  void CheckStrictly() {
    if (text_[kDateSize + 1] == ':') {
      return FailAt(text_.substr(kDateSize, 1), "15");
    }
    if (text_[kSecondsEnd] == ',') return FailAt(",", ".");
    if (text_.back() == 'Z') return;
    const absl::string_view zone = text_.substr(text_.size() - 5);
    if (zone.substr(0, 2) >= "24") Fail(": timezone hour out of range");
    if (zone.substr(3) >= "60") Fail(": timezone minute out of range");
  }

  const absl::string_view text_;
  absl::string_view rest_;
  std::optional<std::string> error_;
};

}  // namespace

GoTime ParseGoTime(absl::string_view text) { return Parser(text).Parse(); }

}  // namespace windtunnel::api
