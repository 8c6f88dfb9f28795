#include "shared/api/go_duration.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/numeric/int128.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace windtunnel::api {

namespace {

struct Unit {
  absl::string_view name;
  std::int64_t nanos;
};

// "m" comes after "ms", whose beginning it is.
constexpr std::array<Unit, 8> kUnits = {{{"ns", 1},
                                         {"us", 1'000},
                                         {"\u00b5s", 1'000},
                                         {"\u03bcs", 1'000},
                                         {"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000}}};

// `nanos` in units of `unit`, trailing zeros of the fraction cut.
std::string WithFraction(std::uint64_t nanos, std::uint64_t unit) {
  std::string text = absl::StrCat(nanos / unit);
  std::uint64_t rest = nanos % unit;
  if (rest == 0) return text;
  text.push_back('.');
  for (unit /= 10; rest != 0; unit /= 10) {
    absl::StrAppend(&text, rest / unit);
    rest %= unit;
  }
  return text;
}

absl::string_view TakeDigits(absl::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && absl::ascii_isdigit(text[size])) ++size;
  const absl::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

const Unit* TakeUnit(absl::string_view& text) {
  for (const Unit& unit : kUnits) {
    if (absl::ConsumePrefix(&text, unit.name)) return &unit;
  }
  return nullptr;
}

}  // namespace

std::string FormatGoDuration(absl::Duration duration) {
  const std::int64_t nanos = absl::ToInt64Nanoseconds(duration);
  if (nanos == 0) return "0s";
  const std::string sign = nanos < 0 ? "-" : "";
  const std::uint64_t size = nanos < 0 ? 0 - static_cast<std::uint64_t>(nanos)
                                       : static_cast<std::uint64_t>(nanos);
  if (size < 1'000) return absl::StrCat(sign, size, "ns");
  if (size < 1'000'000) {
    return absl::StrCat(sign, WithFraction(size, 1'000), "\u00b5s");
  }
  if (size < 1'000'000'000) {
    return absl::StrCat(sign, WithFraction(size, 1'000'000), "ms");
  }
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const std::uint64_t minutes = size / (60 * kSecond);
  const std::string seconds =
      absl::StrCat(WithFraction(size % (60 * kSecond), kSecond), "s");
  if (minutes == 0) return absl::StrCat(sign, seconds);
  if (minutes < 60) return absl::StrCat(sign, minutes, "m", seconds);
  return absl::StrCat(sign, minutes / 60, "h", minutes % 60, "m", seconds);
}

std::optional<absl::Duration> ParseGoDuration(absl::string_view text) {
  const bool negative = absl::ConsumePrefix(&text, "-");
  if (!negative) absl::ConsumePrefix(&text, "+");
  if (text == "0") return absl::ZeroDuration();
  if (text.empty()) return std::nullopt;

  constexpr std::uint64_t kMax = std::uint64_t{1} << 63;
  absl::uint128 total = 0;
  while (!text.empty()) {
    const absl::string_view whole = TakeDigits(text);
    absl::string_view fraction;
    if (absl::ConsumePrefix(&text, ".")) fraction = TakeDigits(text);
    if (whole.empty() && fraction.empty()) return std::nullopt;
    const Unit* unit = TakeUnit(text);
    if (unit == nullptr) return std::nullopt;

    absl::uint128 amount = 0;
    for (char digit : whole) {
      amount = amount * 10 + static_cast<std::uint64_t>(digit - '0');
      if (amount > kMax) return std::nullopt;
    }
    total += amount * static_cast<std::uint64_t>(unit->nanos);
    // Digits beyond the 18th are less than a nanosecond in every unit.
    absl::uint128 part = 0;
    absl::uint128 scale = 1;
    for (char digit : fraction.substr(0, 18)) {
      part = part * 10 + static_cast<std::uint64_t>(digit - '0');
      scale *= 10;
    }
    total += part * static_cast<std::uint64_t>(unit->nanos) / scale;
    if (total > kMax) return std::nullopt;
  }
  const std::uint64_t size = static_cast<std::uint64_t>(total);
  if (negative) {
    return absl::Nanoseconds(static_cast<std::int64_t>(0 - size));
  }
  if (size == kMax) return std::nullopt;
  return absl::Nanoseconds(static_cast<std::int64_t>(size));
}

}  // namespace windtunnel::api
