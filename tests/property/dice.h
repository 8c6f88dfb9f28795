// Dice: everything a generated program draws, from one seed and the same on
// every machine.

#ifndef WINDTUNNEL_TESTS_PROPERTY_DICE_H_
#define WINDTUNNEL_TESTS_PROPERTY_DICE_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace windtunnel {

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : random_(seed) {}

  std::uint32_t Seed() { return static_cast<std::uint32_t>(random_()); }
  int Below(int limit) { return static_cast<int>(random_() % limit); }
  bool Percent(int chance) { return Below(100) < chance; }
  std::string Of(const std::vector<std::string>& some) {
    return some[Below(static_cast<int>(some.size()))];
  }
  template <typename T>
  T Of(const std::vector<T>& some) {
    return some[Below(static_cast<int>(some.size()))];
  }

 private:
  std::mt19937 random_;
};

}  // namespace windtunnel

#endif  // WINDTUNNEL_TESTS_PROPERTY_DICE_H_
