// DecimalInteger: a whole number of any size, as counters need it (PUB-051).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_DECIMAL_INTEGER_H_
#define WINDTUNNEL_SIMULATOR_BROKER_DECIMAL_INTEGER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace windtunnel::broker {

class DecimalInteger {
 public:
  DecimalInteger() = default;  // Zero.

  // Decimal digits with an optional sign; nullopt for anything else.
  static std::optional<DecimalInteger> Parse(absl::string_view text);
  // The number that `text` starts with; zero if it starts with none.
  static DecimalInteger ParseStart(absl::string_view text);

  std::string ToString() const;

  DecimalInteger operator-() const;
  friend DecimalInteger operator+(const DecimalInteger& a,
                                  const DecimalInteger& b);
  friend DecimalInteger operator-(const DecimalInteger& a,
                                  const DecimalInteger& b) {
    return a + -b;
  }
  friend bool operator==(const DecimalInteger&,
                         const DecimalInteger&) = default;

 private:
  DecimalInteger(bool negative, std::string digits);

  bool negative_ = false;
  std::string digits_;  // Without leading zeros; "" is zero.
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_DECIMAL_INTEGER_H_
