#include "simulator/broker/sequence_set.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace windtunnel::broker {

std::uint16_t SequenceSet::Run::Position(std::uint64_t seq) const {
  if (seq <= base) return begin;
  const std::uint64_t distance = seq - base;
  if (distance > std::numeric_limits<std::uint32_t>::max()) return end;
  const std::uint32_t* all = distances();
  return static_cast<std::uint16_t>(
      std::lower_bound(all + begin, all + end,
                       static_cast<std::uint32_t>(distance)) -
      all);
}

bool SequenceSet::Run::Fits(std::uint64_t seq) const {
  return (end < kMost || begin >= kMost / 2) &&
         seq - base <= std::numeric_limits<std::uint32_t>::max();
}

void SequenceSet::Run::Append(std::uint64_t seq) {
  if (begin == end) {
    begin = end = 0;
    base = seq;
  } else if (end == capacity) {
    if (begin >= capacity / 2) {
      std::uint32_t* all = distances();
      std::memmove(all, all + begin, size() * sizeof(*all));
      end -= begin;
      begin = 0;
    } else {
      Grow(static_cast<std::uint16_t>(capacity * 2));
    }
  }
  distances()[end++] = static_cast<std::uint32_t>(seq - base);
}

void SequenceSet::Run::Remove(std::uint64_t seq) {
  if (seq == first()) {
    ++begin;
    return;
  }
  const std::uint16_t position = Position(seq);
  std::uint32_t* all = distances();
  std::memmove(all + position, all + position + 1,
               (end - position - 1) * sizeof(*all));
  --end;
}

void SequenceSet::Run::CopyTo(std::vector<std::uint64_t>& sequences,
                              std::uint16_t copy_end) const {
  const std::uint32_t* all = distances();
  for (std::uint16_t i = begin; i < copy_end; ++i) {
    sequences.push_back(base + all[i]);
  }
}

void SequenceSet::Run::Grow(std::uint16_t new_capacity) {
  auto* larger = new std::uint32_t[new_capacity];
  std::memcpy(larger, distances() + begin, size() * sizeof(*larger));
  Free();
  many = larger;
  capacity = new_capacity;
  end -= begin;
  begin = 0;
}

void SequenceSet::Run::Free() {
  if (capacity != kFew) delete[] many;
}

SequenceSet::~SequenceSet() { Clear(); }

void SequenceSet::Clear() {
  if (older_) {
    for (std::size_t i = older_->head; i < older_->runs.size(); ++i) {
      older_->runs[i].Free();
    }
    older_.reset();
  }
  newest_.Free();
  newest_ = Run();
  size_ = 0;
}

std::uint64_t SequenceSet::first() const {
  if (empty()) return 0;
  return older_ ? older_->runs[older_->head].first() : newest_.first();
}

std::uint64_t SequenceSet::last() const { return empty() ? 0 : newest_.last(); }

void SequenceSet::Append(std::uint64_t seq) {
  if (!empty() && !newest_.Fits(seq)) {
    if (!older_) older_ = std::make_unique<Older>();
    older_->runs.push_back(newest_);
    newest_ = Run();
    newest_.Grow(kMost);
  }
  newest_.Append(seq);
  ++size_;
}

void SequenceSet::Remove(std::uint64_t seq) {
  --size_;
  if (older_ && seq < newest_.first()) {
    RemoveFromOlder(seq);
  } else {
    newest_.Remove(seq);
    if (newest_.size() == 0 && older_) {
      newest_.Free();
      newest_ = older_->runs.back();
      older_->runs.pop_back();
    } else if (newest_.size() == 0) {
      newest_.Free();
      newest_ = Run();
    }
  }
  if (older_ && older_->head == older_->runs.size()) older_.reset();
}

void SequenceSet::RemoveFromOlder(std::uint64_t seq) {
  std::vector<Run>& runs = older_->runs;
  const std::size_t position = OlderPosition(seq);
  runs[position].Remove(seq);
  if (runs[position].size() > 0) return;
  runs[position].Free();
  if (position != older_->head) {
    runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(position));
    return;
  }
  ++older_->head;
  if (older_->head * 2 > runs.size()) {
    runs.erase(runs.begin(),
               runs.begin() + static_cast<std::ptrdiff_t>(older_->head));
    older_->head = 0;
  }
}

std::uint64_t SequenceSet::RemoveBelow(std::uint64_t limit,
                                       std::vector<std::uint64_t>& removed) {
  const std::uint64_t before = size_;
  if (limit > last()) {
    CopyTo(removed);
    Clear();
    return before;
  }
  while (older_) {
    Run& oldest = older_->runs[older_->head];
    if (oldest.first() >= limit) return before - size_;
    if (oldest.last() >= limit) {
      const std::uint16_t end = oldest.Position(limit);
      oldest.CopyTo(removed, end);
      size_ -= static_cast<std::uint64_t>(end - oldest.begin);
      oldest.begin = end;
      return before - size_;
    }
    oldest.CopyTo(removed, oldest.end);
    size_ -= oldest.size();
    oldest.Free();
    if (++older_->head == older_->runs.size()) older_.reset();
  }
  const std::uint16_t end = newest_.Position(limit);
  newest_.CopyTo(removed, end);
  size_ -= static_cast<std::uint64_t>(end - newest_.begin);
  newest_.begin = end;
  return before - size_;
}

std::size_t SequenceSet::OlderPosition(std::uint64_t seq) const {
  const std::vector<Run>& runs = older_->runs;
  if (seq <= runs[older_->head].last()) return older_->head;
  const auto position = std::lower_bound(
      runs.begin() + static_cast<std::ptrdiff_t>(older_->head), runs.end(), seq,
      [](const Run& run, std::uint64_t s) { return run.last() < s; });
  return static_cast<std::size_t>(position - runs.begin());
}

std::uint64_t SequenceSet::AtOrAfter(std::uint64_t from) const {
  if (empty()) return 0;
  if (older_ && from < newest_.first()) {
    const std::size_t position = OlderPosition(from);
    if (position < older_->runs.size()) {
      const Run& run = older_->runs[position];
      return run.base + run.distances()[run.Position(from)];
    }
  }
  const std::uint16_t position = newest_.Position(from);
  if (position == newest_.end) return 0;
  return newest_.base + newest_.distances()[position];
}

std::uint64_t SequenceSet::AtOrBefore(std::uint64_t up_to) const {
  if (empty() || up_to < first()) return 0;
  if (up_to >= last()) return last();
  const Run* run = &newest_;
  if (up_to < newest_.first()) {
    const std::size_t position = OlderPosition(up_to);
    run = position < older_->runs.size() ? &older_->runs[position] : nullptr;
    // The member may be the last one of the run before.
    if (run == nullptr || up_to < run->first()) {
      return older_->runs[position - 1].last();
    }
  }
  const std::uint16_t position = run->Position(up_to);
  const std::uint64_t found = run->base + run->distances()[position];
  if (found == up_to) return found;
  return run->base + run->distances()[position - 1];
}

std::uint64_t SequenceSet::CountFrom(std::uint64_t from) const {
  if (empty()) return 0;
  if (from <= first()) return size_;
  if (!older_ || from >= newest_.first()) {
    return static_cast<std::uint64_t>(newest_.end - newest_.Position(from));
  }
  const std::vector<Run>& runs = older_->runs;
  std::size_t position = OlderPosition(from);
  std::uint64_t count = newest_.size();
  if (position < runs.size()) {
    count += runs[position].end - runs[position].Position(from);
    ++position;
  }
  for (; position < runs.size(); ++position) count += runs[position].size();
  return count;
}

std::uint64_t SequenceSet::NthLast(std::uint64_t n) const {
  if (n > size_) return 0;
  const Run* run = &newest_;
  for (std::size_t i = older_ ? older_->runs.size() : 0; n > run->size();) {
    n -= run->size();
    run = &older_->runs[--i];
  }
  return run->base + run->distances()[run->end - n];
}

void SequenceSet::CopyTo(std::vector<std::uint64_t>& sequences) const {
  if (older_) {
    for (std::size_t i = older_->head; i < older_->runs.size(); ++i) {
      older_->runs[i].CopyTo(sequences, older_->runs[i].end);
    }
  }
  newest_.CopyTo(sequences, newest_.end);
}

}  // namespace windtunnel::broker
