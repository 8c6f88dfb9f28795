// TextPool: many short texts that come and go, without an allocation each.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_TEXT_POOL_H_
#define WINDTUNNEL_SIMULATOR_BROKER_TEXT_POOL_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace windtunnel::broker {

class TextPool {
 public:
  // A copy, which stays where it is until Remove() or Clear().
  const char* Add(absl::string_view text) {
    if (text.empty()) return "";
    const std::size_t size_class = ClassOf(text.size());
    char*& free = free_[size_class];
    char* place = free;
    if (place != nullptr) {
      std::memcpy(&free, place, sizeof(free));
    } else {
      place = Carve(SizeOf(size_class));
    }
    std::memcpy(place, text.data(), text.size());
    return place;
  }

  // Requires: Add() returned it.
  void Remove(absl::string_view text) {
    if (text.empty()) return;
    char* place = const_cast<char*>(text.data());
    char*& free = free_[ClassOf(text.size())];
    std::memcpy(place, &free, sizeof(free));
    free = place;
  }

  void Clear() { *this = TextPool(); }

 private:
  static constexpr std::size_t kStep = 8;  // Holds a pointer.
  static constexpr std::size_t kSteps = 16;
  static constexpr std::size_t kFirstBlock = 256;
  static constexpr std::size_t kBlock = 16 * 1024;

  // Up to kSteps * kStep bytes there is a class every kStep bytes; beyond, one
  // for each power of two.
  static std::size_t ClassOf(std::size_t size) {
    const std::size_t steps = (size + kStep - 1) / kStep;
    if (steps <= kSteps) return steps;
    return kSteps +
           static_cast<std::size_t>(std::bit_width((steps - 1) / kSteps));
  }
  static std::size_t SizeOf(std::size_t size_class) {
    if (size_class <= kSteps) return size_class * kStep;
    return kSteps * kStep << (size_class - kSteps);
  }

  char* Carve(std::size_t size) {
    if (left_ < size) {
      block_ = std::min(kBlock, std::max(kFirstBlock, 2 * block_));
      left_ = std::max(block_, size);
      blocks_.emplace_back(new char[left_]);
      next_ = blocks_.back().get();
    }
    left_ -= size;
    return std::exchange(next_, next_ + size);
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_ = 0;  // The size of the latest, unless it holds one text.
  char* next_ = nullptr;
  std::size_t left_ = 0;
  // By class. A free place begins with a pointer to the next.
  std::array<char*, kSteps + 32> free_ = {};
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_TEXT_POOL_H_
