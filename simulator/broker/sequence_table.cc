#include "simulator/broker/sequence_table.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

namespace windtunnel::broker {

std::size_t SequenceTable::Chunk::NextRow(std::size_t i) const {
  if (i >= kRows) return kRows;
  std::size_t word = i / 64;
  std::uint64_t bits = present[word] & (~std::uint64_t{0} << (i % 64));
  while (bits == 0) {
    if (++word == present.size()) return kRows;
    bits = present[word];
  }
  return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
}

std::size_t SequenceTable::Chunk::PreviousRow(std::size_t i) const {
  std::size_t word = i / 64;
  std::uint64_t bits = present[word] & (~std::uint64_t{0} >> (63 - i % 64));
  while (bits == 0) {
    if (word-- == 0) return kRows;
    bits = present[word];
  }
  return word * 64 + 63 - static_cast<std::size_t>(std::countl_zero(bits));
}

void SequenceTable::Append(std::uint64_t seq, MessageBlockPtr block, Nanos time,
                           std::uint32_t subject) {
  const std::uint64_t number = NumberOf(seq);
  if (slots_.size() == head_ || slots_.back().number != number) {
    if (slots_.size() > head_ && slots_.back().messages == 0) {
      DropSlot(slots_.size() - 1);
    }
    std::unique_ptr<Chunk> chunk =
        spare_ ? std::move(spare_) : std::unique_ptr<Chunk>(new Chunk);
    slots_.push_back({number, std::move(chunk), 0});
  }
  Slot& slot = slots_.back();
  const std::size_t row = RowOf(seq);
  new (slot.chunk->row(row)) Entry{std::move(block), time};
  slot.chunk->subjects[row] = subject;
  slot.chunk->present[row / 64] |= std::uint64_t{1} << (row % 64);
  ++slot.messages;
}

void SequenceTable::Remove(std::uint64_t seq) {
  const std::size_t position = Position(NumberOf(seq));
  Slot& slot = slots_[position];
  const std::size_t row = RowOf(seq);
  slot.chunk->present[row / 64] &= ~(std::uint64_t{1} << (row % 64));
  std::destroy_at(slot.chunk->row(row));
  // The last chunk stays: the next message goes there.
  if (--slot.messages == 0 && position + 1 < slots_.size()) DropSlot(position);
}

void SequenceTable::DropSlot(std::size_t position) {
  spare_ = std::move(slots_[position].chunk);
  if (position != head_) {
    slots_.erase(slots_.begin() + static_cast<std::ptrdiff_t>(position));
    return;
  }
  ++head_;
  if (head_ * 2 > slots_.size()) {
    slots_.erase(slots_.begin(),
                 slots_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

void SequenceTable::PrefetchRow(std::uint64_t seq) const {
  const Chunk& chunk = *SlotOf(seq)->chunk;
  const std::size_t row = RowOf(seq);
  __builtin_prefetch(&chunk.present[row / 64]);
  __builtin_prefetch(chunk.memory + row * sizeof(Entry));
}

void SequenceTable::PrefetchMessage(std::uint64_t seq) const {
  __builtin_prefetch(&*Find(seq)->block);
}

void SequenceTable::Clear() {
  constexpr std::size_t kAhead = 8;
  for (std::size_t i = head_; i < slots_.size(); ++i) {
    Chunk& chunk = *slots_[i].chunk;
    for (std::size_t row = chunk.NextRow(0); row < kRows;
         row = chunk.NextRow(row + 1)) {
      if (row + kAhead < kRows && chunk.has(row + kAhead)) {
        __builtin_prefetch(&*chunk.row(row + kAhead)->block);
      }
      std::destroy_at(chunk.row(row));
    }
    slots_[i].chunk.reset();
  }
  slots_.clear();
  slots_.shrink_to_fit();
  spare_.reset();
  head_ = 0;
}

std::size_t SequenceTable::Position(std::uint64_t number) const {
  if (head_ == slots_.size() || number > slots_.back().number) {
    return slots_.size();
  }
  const std::uint64_t first = slots_[head_].number;
  if (number <= first) return head_;
  // Without gaps a chunk is where its number says.
  const std::uint64_t guess = head_ + (number - first);
  if (guess < slots_.size() && slots_[guess].number == number) return guess;
  const auto position = std::lower_bound(
      slots_.begin() + static_cast<std::ptrdiff_t>(head_), slots_.end(), number,
      [](const Slot& slot, std::uint64_t n) { return slot.number < n; });
  return static_cast<std::size_t>(position - slots_.begin());
}

const SequenceTable::Slot* SequenceTable::SlotOf(std::uint64_t seq) const {
  const std::size_t position = Position(NumberOf(seq));
  if (position == slots_.size()) return nullptr;
  const Slot& slot = slots_[position];
  return slot.number == NumberOf(seq) ? &slot : nullptr;
}

const SequenceTable::Entry* SequenceTable::Find(std::uint64_t seq) const {
  const Slot* slot = SlotOf(seq);
  if (slot == nullptr || !slot->chunk->has(RowOf(seq))) return nullptr;
  return slot->chunk->row(RowOf(seq));
}

std::uint32_t SequenceTable::SubjectOf(std::uint64_t seq) const {
  return SlotOf(seq)->chunk->subjects[RowOf(seq)];
}

std::uint64_t SequenceTable::Next(std::uint64_t from) const {
  const std::uint64_t number = NumberOf(from);
  for (std::size_t i = Position(number); i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    const std::size_t row =
        slot.chunk->NextRow(slot.number == number ? RowOf(from) : 0);
    if (row < kRows) return (slot.number << kRowBits) + row;
  }
  return 0;
}

std::uint64_t SequenceTable::Previous(std::uint64_t up_to) const {
  const std::uint64_t number = NumberOf(up_to);
  std::size_t i = Position(number);
  // Slots before `i` are before the number; the one at `i` may be its own.
  if (i < slots_.size() && slots_[i].number == number) ++i;
  while (i-- > head_) {
    const Slot& slot = slots_[i];
    const std::size_t row = slot.chunk->PreviousRow(
        slot.number == number ? RowOf(up_to) : kRows - 1);
    if (row < kRows) return (slot.number << kRowBits) + row;
  }
  return 0;
}

std::uint64_t SequenceTable::CountFrom(std::uint64_t from) const {
  const std::uint64_t number = NumberOf(from);
  std::uint64_t count = 0;
  std::size_t i = Position(number);
  if (i < slots_.size() && slots_[i].number == number) {
    const Chunk& chunk = *slots_[i].chunk;
    const std::size_t row = RowOf(from);
    count += static_cast<std::uint64_t>(
        std::popcount(chunk.present[row / 64] >> (row % 64)));
    for (std::size_t word = row / 64 + 1; word < chunk.present.size(); ++word) {
      count += static_cast<std::uint64_t>(std::popcount(chunk.present[word]));
    }
    ++i;
  }
  for (; i < slots_.size(); ++i) count += slots_[i].messages;
  return count;
}

std::uint64_t SequenceTable::NthLast(std::uint64_t n) const {
  for (std::size_t i = slots_.size(); i-- > head_;) {
    const Slot& slot = slots_[i];
    if (n > slot.messages) {
      n -= slot.messages;
      continue;
    }
    std::size_t row = slot.chunk->PreviousRow(kRows - 1);
    for (; n > 1; --n) row = slot.chunk->PreviousRow(row - 1);
    return (slot.number << kRowBits) + row;
  }
  return 0;
}

std::uint64_t SequenceTable::FirstAtOrAfter(Nanos time) const {
  // The last slot that starts before `time`; what is sought is there or next.
  const auto begin = slots_.begin() + static_cast<std::ptrdiff_t>(head_);
  auto slot = std::partition_point(begin, slots_.end(), [time](const Slot& s) {
    const std::size_t row = s.chunk->NextRow(0);
    return row < kRows && s.chunk->row(row)->time < time;
  });
  if (slot != begin) --slot;
  for (; slot != slots_.end(); ++slot) {
    Chunk& chunk = *slot->chunk;
    for (std::size_t row = chunk.NextRow(0); row < kRows;
         row = chunk.NextRow(row + 1)) {
      if (chunk.row(row)->time >= time) return (slot->number << kRowBits) + row;
    }
  }
  return 0;
}

}  // namespace windtunnel::broker
