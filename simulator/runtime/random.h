// Random: the one source of chance of a simulation.

#ifndef WINDTUNNEL_SIMULATOR_RUNTIME_RANDOM_H_
#define WINDTUNNEL_SIMULATOR_RUNTIME_RANDOM_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"

namespace windtunnel::simulation {

// The same seed gives the same numbers with every compiler and on every machine
// (xoshiro256**, its state filled by splitmix64).
class Random final : public broker::Choices {
 public:
  explicit Random(std::uint64_t seed);

  // All 64 bits are equally likely.
  std::uint64_t Next();

  // Uniform in [0, limit). Requires: limit > 0.
  std::uint64_t Draw(absl::string_view what, std::uint64_t limit) override;

 private:
  std::uint64_t state_[4];
};

}  // namespace windtunnel::simulation

#endif  // WINDTUNNEL_SIMULATOR_RUNTIME_RANDOM_H_
