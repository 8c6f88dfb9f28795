// Dice: everything a generated program draws, from one seed and the same on
// every machine.

#ifndef WINDTUNNEL_TESTS_PROPERTY_DICE_H_
#define WINDTUNNEL_TESTS_PROPERTY_DICE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "rapidcheck/Random.h"

namespace windtunnel {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  explicit Dice(const rc::Random& random) : random_(random) {}

  // 0 to `limit` - 1.
  int Below(int limit) { return static_cast<int>(random_.next() % limit); }
  bool Percent(int chance) { return Below(100) < chance; }
  std::string Of(const std::vector<std::string>& some) {
    return some[Below(static_cast<int>(some.size()))];
  }
  template <typename T>
  T Of(const std::vector<T>& some) {
    return some[Below(static_cast<int>(some.size()))];
  }

 private:
  rc::Random random_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_PROPERTY_DICE_H_
