#include "simulator/broker/drawn_id.h"

#include <cstdint>

namespace windtunnel::broker {

std::string DrawId(Choices& choices, absl::string_view what) {
  constexpr int kSize = 22;
  constexpr int kDigitsPerDraw = 10;
  constexpr std::uint64_t kDrawLimit = 839'299'365'868'340'224;  // 62^10.
  static constexpr absl::string_view kDigits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string id;
  while (id.size() < kSize) {
    std::uint64_t number = choices.Draw(what, kDrawLimit);
    for (int i = 0; i < kDigitsPerDraw && id.size() < kSize; ++i) {
      id.push_back(kDigits[number % kDigits.size()]);
      number /= kDigits.size();
    }
  }
  return id;
}

}  // namespace windtunnel::broker
