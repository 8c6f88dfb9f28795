#include "simulator/broker/pending_acks.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace windtunnel::broker {

static_assert(sizeof(PendingAck) == 32);

namespace {

constexpr int kGuesses = 8;

}  // namespace

std::size_t PendingAcks::LowerBound(std::uint64_t stream_seq) const {
  if (entries_.empty() || stream_seq <= entries_.front().stream_seq) return 0;
  if (stream_seq > entries_.back().stream_seq) return entries_.size();
  // Sequences are distinct and ascend, so distances bound the index from both
  // sides; without gaps the bounds meet.
  const std::uint64_t from_front = stream_seq - entries_.front().stream_seq;
  const std::uint64_t from_back = entries_.back().stream_seq - stream_seq;
  std::size_t last = entries_.size() - 1;
  std::size_t low = from_back < last ? last - from_back : 0;
  std::size_t high = std::min<std::uint64_t>(from_front, last);
  // What was removed left gaps all over, mostly, so the place is where the
  // distances say, or near it; halving bounds the search where it is not.
  for (int guesses = 0; low < high; ++guesses) {
    std::size_t middle = low + (high - low) / 2;
    if (guesses < kGuesses) {
      const std::uint64_t below = entries_[low].stream_seq;
      if (below >= stream_seq) return low;
      const auto share = static_cast<double>(stream_seq - below) /
                         static_cast<double>(entries_[high].stream_seq - below);
      middle = low + static_cast<std::size_t>(share *
                                              static_cast<double>(high - low));
      middle = std::min(middle, high - 1);
    }
    if (entries_[middle].stream_seq < stream_seq) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

PendingAck* PendingAcks::Find(std::uint64_t stream_seq) {
  const std::size_t i = LowerBound(stream_seq);
  if (i == entries_.size()) return nullptr;
  PendingAck& entry = entries_[i];
  return entry.stream_seq == stream_seq && entry.live ? &entry : nullptr;
}

PendingAck& PendingAcks::Add(std::uint64_t stream_seq,
                             std::uint64_t consumer_seq, Nanos timestamp) {
  PendingAck entry;
  entry.stream_seq = stream_seq;
  entry.consumer_seq = consumer_seq;
  entry.timestamp = timestamp;
  entry.live = 1;
  ++live_;
  if (entries_.empty() || entries_.back().stream_seq < stream_seq) {
    return entries_.push_back(entry);
  }
  std::size_t i = LowerBound(stream_seq);
  if (entries_[i].stream_seq == stream_seq) {
    assert(!entries_[i].live);
    return entries_[i] = entry;
  }
  entries_.push_back(entry);
  for (std::size_t at = entries_.size() - 1; at > i; --at) {
    std::swap(entries_[at], entries_[at - 1]);
  }
  return entries_[i];
}

void PendingAcks::Remove(PendingAck& entry) {
  entry.live = 0;
  --live_;
  while (!entries_.empty() && !entries_.front().live) entries_.pop_front();
  while (!entries_.empty() && !entries_.back().live) entries_.pop_back();
  if (entries_.size() > 8 * live_ + 64) {
    entries_.EraseIf([](const PendingAck& gap) { return !gap.live; });
  }
}

void PendingAcks::Clear() {
  entries_.clear();
  live_ = 0;
}

PendingAck* PendingAcks::NextAfter(std::uint64_t stream_seq) {
  for (std::size_t i = LowerBound(stream_seq + 1); i < entries_.size(); ++i) {
    if (entries_[i].live) return &entries_[i];
  }
  return nullptr;
}

}  // namespace windtunnel::broker
