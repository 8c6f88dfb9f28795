// RadixSort: sorts by a number, without comparing. For many items it takes a
// fraction of the time that a sort by comparison does.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_RADIX_SORT_H_
#define WINDTUNNEL_SIMULATOR_BROKER_RADIX_SORT_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace windtunnel::broker {

// Ascending by `key(item)`; what is equal stays in its order.
template <typename T, typename Key>
void RadixSort(std::vector<T>& items, Key key) {
  constexpr std::size_t kWorthIt = 512;
  constexpr int kBits = 11;
  constexpr std::size_t kDigits = std::size_t{1} << kBits;
  if (items.size() < kWorthIt) {
    std::stable_sort(items.begin(), items.end(),
                     [&](const T& a, const T& b) { return key(a) < key(b); });
    return;
  }
  // Where all keys are the same there is nothing to do.
  std::uint64_t differing = 0;
  for (const T& item : items) differing |= key(item) ^ key(items.front());
  std::vector<T> other(items.size());
  for (int shift = 0; shift < 64; shift += kBits) {
    if ((differing >> shift & (kDigits - 1)) == 0) continue;
    const auto digit = [&](const T& item) {
      return static_cast<std::size_t>(key(item) >> shift) & (kDigits - 1);
    };
    std::array<std::size_t, kDigits> places = {};
    for (const T& item : items) ++places[digit(item)];
    std::size_t place = 0;
    for (std::size_t& count : places) place += std::exchange(count, place);
    for (const T& item : items) other[places[digit(item)]++] = item;
    items.swap(other);
  }
}

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_RADIX_SORT_H_
