#include "simulator/runtime/random.h"

#include <bit>

namespace windtunnel::simulation {

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = seed;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    word = mixed ^ (mixed >> 31);
  }
}

std::uint64_t Random::Next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Random::Draw(absl::string_view, std::uint64_t limit) {
  // Numbers beyond the limit are drawn again, so that none is more likely.
  const int unused_bits = std::countl_zero((limit - 1) | 1);
  std::uint64_t number;
  do {
    number = Next() >> unused_bits;
  } while (number >= limit);
  return number;
}

}  // namespace windtunnel::simulation
