// SequenceTable: the stored messages by sequence.
//
// Rows live in chunks; a chunk exists only while it has messages, so gaps of
// any size cost nothing. Each row also names its subject by a number.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_SEQUENCE_TABLE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_SEQUENCE_TABLE_H_

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
  void Clear();

  // Null if absent.
  const Entry* Find(std::uint64_t seq) const;
  // Requires: `seq` is present.
  std::uint32_t SubjectOf(std::uint64_t seq) const;

  // The smallest present sequence >= from, the largest <= up_to; 0 if none.
  std::uint64_t Next(std::uint64_t from) const;
  std::uint64_t Previous(std::uint64_t up_to) const;
  std::uint64_t CountFrom(std::uint64_t from) const;
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

  // Ascending; those before `head_` are gone. Only the last may be empty.
  std::vector<Slot> slots_;
  std::size_t head_ = 0;
  std::unique_ptr<Chunk> spare_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_SEQUENCE_TABLE_H_
