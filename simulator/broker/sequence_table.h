// SequenceTable: the stored messages by sequence.
//
// Rows live in chunks; a chunk exists only while it has messages, so gaps of
// any size cost nothing. Each row also names its subject by a number.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_SEQUENCE_TABLE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_SEQUENCE_TABLE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "simulator/broker/context.h"
#include "simulator/broker/message_store.h"

namespace windtunnel::broker {

class SequenceTable {
 public:
  using Entry = MessageStore::Entry;

  SequenceTable() = default;
  SequenceTable(const SequenceTable&) = delete;
  SequenceTable& operator=(const SequenceTable&) = delete;
  ~SequenceTable() { Clear(); }

  // Requires: `seq` is greater than all before.
  void Append(std::uint64_t seq, MessageBlockPtr block, Nanos time,
              std::uint32_t subject);
  // Requires: `seq` is present.
  void Remove(std::uint64_t seq);
  // The same of several, which cost less together: the memory of the next is on
  // its way while one is removed. Calls `visit(entry)` before each goes.
  template <typename Visit>
  void RemoveAll(const std::vector<std::uint64_t>& sequences, Visit visit);
  // Removes all below `limit`. Calls `visit(seq, subject, entry)` before each
  // goes, ascending.
  template <typename Visit>
  void RemoveBelow(std::uint64_t limit, Visit visit);
  void Clear();

  // Null if absent.
  const Entry* Find(std::uint64_t seq) const;
  // Requires: `seq` is present.
  std::uint32_t SubjectOf(std::uint64_t seq) const;

  // The smallest present sequence >= from, the largest <= up_to; 0 if none.
  std::uint64_t Next(std::uint64_t from) const;
  std::uint64_t Previous(std::uint64_t up_to) const;
  std::uint64_t CountFrom(std::uint64_t from) const;
  // The n-th of the largest present sequences; 0 if there are fewer. Requires:
  // n > 0.
  std::uint64_t NthLast(std::uint64_t n) const;
  // The first present sequence stored at or after `time`; 0 if none. Times must
  // ascend with sequences.
  std::uint64_t FirstAtOrAfter(Nanos time) const;

 private:
  static constexpr int kRowBits = 9;
  static constexpr std::size_t kRows = std::size_t{1} << kRowBits;

  // Rows are raw memory; the bits of `present` say which are alive.
  struct Chunk {
    Entry* row(std::size_t i) {
      return reinterpret_cast<Entry*>(memory + i * sizeof(Entry));
    }
    bool has(std::size_t i) const { return present[i / 64] >> (i % 64) & 1; }
    // The first live row at or after `i`, the last at or before; kRows if none.
    std::size_t NextRow(std::size_t i) const;
    std::size_t PreviousRow(std::size_t i) const;

    std::array<std::uint64_t, kRows / 64> present = {};
    std::uint32_t subjects[kRows];
    alignas(Entry) std::byte memory[kRows * sizeof(Entry)];
  };
  struct Slot {
    std::uint64_t number;  // Of the chunk: sequence / kRows.
    std::unique_ptr<Chunk> chunk;
    std::uint32_t messages;
  };

  static std::uint64_t NumberOf(std::uint64_t seq) { return seq >> kRowBits; }
  static std::size_t RowOf(std::uint64_t seq) { return seq % kRows; }

  // The position of the first slot whose number is >= `number`.
  std::size_t Position(std::uint64_t number) const;
  // Null if the chunk of `seq` is absent.
  const Slot* SlotOf(std::uint64_t seq) const;
  void DropSlot(std::size_t position);
  // Asks for the memory of the row of `seq`, and of its message; that one
  // requires that the row is there.
  void PrefetchRow(std::uint64_t seq) const;
  void PrefetchMessage(std::uint64_t seq) const;

  // Ascending; those before `head_` are gone. Only the last may be empty.
  std::vector<Slot> slots_;
  std::size_t head_ = 0;
  std::unique_ptr<Chunk> spare_;
};

template <typename Visit>
void SequenceTable::RemoveAll(const std::vector<std::uint64_t>& sequences,
                              Visit visit) {
  constexpr std::size_t kMessageAhead = 8;
  constexpr std::size_t kRowAhead = 2 * kMessageAhead;
  const std::size_t count = sequences.size();
  for (std::size_t i = 0; i < std::min(count, kRowAhead); ++i) {
    PrefetchRow(sequences[i]);
  }
  for (std::size_t i = 0; i < std::min(count, kMessageAhead); ++i) {
    PrefetchMessage(sequences[i]);
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (i + kRowAhead < count) PrefetchRow(sequences[i + kRowAhead]);
    if (i + kMessageAhead < count) {
      PrefetchMessage(sequences[i + kMessageAhead]);
    }
    visit(*Find(sequences[i]));
    Remove(sequences[i]);
  }
}

template <typename Visit>
void SequenceTable::RemoveBelow(std::uint64_t limit, Visit visit) {
  for (std::uint64_t seq = Next(0); seq != 0 && seq < limit;
       seq = Next(seq + 1)) {
    visit(seq, SubjectOf(seq), *Find(seq));
    Remove(seq);
  }
}

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_SEQUENCE_TABLE_H_
