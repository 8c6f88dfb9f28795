// SequenceSet: the sequences of one subject, ascending.
//
// Grows at the end, shrinks anywhere. A set of one or two sequences allocates
// nothing; a large one takes about four bytes a sequence.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_SEQUENCE_SET_H_
#define WINDTUNNEL_SIMULATOR_BROKER_SEQUENCE_SET_H_

#include <cstdint>
#include <memory>
#include <vector>

namespace windtunnel::broker {

class SequenceSet {
 public:
  SequenceSet() = default;
  SequenceSet(const SequenceSet&) = delete;
  SequenceSet& operator=(const SequenceSet&) = delete;
  ~SequenceSet();

  bool empty() const { return size_ == 0; }
  std::uint64_t size() const { return size_; }
  // 0 if empty.
  std::uint64_t first() const;
  std::uint64_t last() const;

  // Requires: `seq` > last().
  void Append(std::uint64_t seq);
  // Requires: `seq` is in the set.
  void Remove(std::uint64_t seq);
  // Removes all members below `limit`, adds them to `removed` and returns how
  // many they were.
  std::uint64_t RemoveBelow(std::uint64_t limit,
                            std::vector<std::uint64_t>& removed);
  void Clear();
  // The n-th of the largest members; 0 if there are fewer. Requires: n > 0.
  std::uint64_t NthLast(std::uint64_t n) const;

  // The smallest member >= from; 0 if none.
  std::uint64_t AtOrAfter(std::uint64_t from) const;
  // The largest member <= up_to; 0 if none.
  std::uint64_t AtOrBefore(std::uint64_t up_to) const;
  // How many members are >= from.
  std::uint64_t CountFrom(std::uint64_t from) const;
  // Adds all members to `sequences`, ascending.
  void CopyTo(std::vector<std::uint64_t>& sequences) const;

 private:
  // Neighbouring members, as distances from `base`.
  struct Run {
    const std::uint32_t* distances() const {
      return capacity == kFew ? few : many;
    }
    std::uint32_t* distances() { return capacity == kFew ? few : many; }
    std::uint32_t size() const { return end - begin; }
    std::uint64_t first() const { return base + distances()[begin]; }
    std::uint64_t last() const { return base + distances()[end - 1]; }
    // The position of the smallest member >= seq; `end` if none.
    std::uint16_t Position(std::uint64_t seq) const;
    bool Fits(std::uint64_t seq) const;
    void Append(std::uint64_t seq);
    void Remove(std::uint64_t seq);
    void CopyTo(std::vector<std::uint64_t>& sequences,
                std::uint16_t copy_end) const;
    // Makes room for one more. Requires: not full.
    void Grow(std::uint16_t new_capacity);
    void Free();

    std::uint64_t base = 0;
    union {
      std::uint32_t few[2] = {};
      std::uint32_t* many;
    };
    std::uint16_t begin = 0;
    std::uint16_t end = 0;
    std::uint16_t capacity = kFew;
  };
  // The runs before the newest; those before `head` are gone.
  struct Older {
    std::vector<Run> runs;
    std::size_t head = 0;
  };
  static constexpr std::uint16_t kFew = 2;
  static constexpr std::uint16_t kMost = 1024;

  // The first of the older runs with a member >= seq; runs.size() if none.
  std::size_t OlderPosition(std::uint64_t seq) const;
  void RemoveFromOlder(std::uint64_t seq);

  std::uint64_t size_ = 0;
  Run newest_;  // Not empty unless the set is.
  std::unique_ptr<Older> older_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_SEQUENCE_SET_H_
