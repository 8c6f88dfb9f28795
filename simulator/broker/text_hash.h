// TextHash: where a text goes in a hash table; the same in every process.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_TEXT_HASH_H_
#define WINDTUNNEL_SIMULATOR_BROKER_TEXT_HASH_H_

#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

namespace windtunnel::broker {

inline std::uint64_t TextHash(absl::string_view text) {
  constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15;
  std::uint64_t hash = text.size() * kMultiplier;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * kMultiplier;
    hash ^= hash >> 32;
  };
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), sizeof(word));
    mix(word);
  }
  std::uint64_t tail = 0;
  if (!text.empty()) std::memcpy(&tail, text.data(), text.size());
  mix(tail);
  mix(tail);
  return hash;
}

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_TEXT_HASH_H_
