// Ring: a queue in one array that grows by doubling. Empty, it owns no memory.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_RING_H_
#define WINDTUNNEL_SIMULATOR_BROKER_RING_H_

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace windtunnel::broker {

template <typename T>
class Ring {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  T& operator[](std::size_t i) { return slots_[Slot(i)]; }
  const T& operator[](std::size_t i) const { return slots_[Slot(i)]; }
  T& front() { return slots_[head_]; }
  const T& front() const { return slots_[head_]; }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }

  T& push_back(T value) {
    if (size_ == slots_.size()) Grow();
    T& slot = slots_[Slot(size_)];
    slot = std::move(value);
    ++size_;
    return slot;
  }
  T pop_front() {
    assert(size_ > 0);
    T value = std::exchange(slots_[head_], T());
    head_ = Slot(1);
    --size_;
    return value;
  }
  void pop_back() {
    assert(size_ > 0);
    back() = T();
    --size_;
  }
  void clear() { *this = Ring(); }

  // Removes what `drop` says, keeping the order of the rest.
  template <typename Drop>
  void EraseIf(Drop drop) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      if (drop((*this)[i])) continue;
      if (kept != i) (*this)[kept] = std::move((*this)[i]);
      ++kept;
    }
    while (size_ > kept) pop_back();
  }

 private:
  std::size_t Slot(std::size_t i) const {
    return (head_ + i) & (slots_.size() - 1);
  }
  void Grow() {
    std::vector<T> grown(slots_.empty() ? 4 : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) grown[i] = std::move((*this)[i]);
    slots_ = std::move(grown);
    head_ = 0;
  }

  std::vector<T> slots_;  // As many as a power of two, or none.
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_RING_H_
