#include "simulator/broker/dedup_window.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include "absl/container/flat_hash_set.h"
#include "simulator/broker/instant.h"
#include "simulator/broker/text_hash.h"

namespace windtunnel::broker {

namespace {

constexpr Nanos kLeastInterval = 50 * kMillisecond;  // PUB-034
constexpr std::size_t kFirstTextBlock = 256;
constexpr std::size_t kTextBlock = 16 * 1024;

}  // namespace

// Ids leave in the order they came, so everything is a queue: the entries, and
// the blocks that hold the text of their ids.
struct DedupWindow::Table {
  struct Entry {
    absl::string_view id() const { return {text, size}; }

    const char* text;
    std::uint64_t sequence;
    Nanos stored;
    std::uint32_t size;
    std::uint32_t hash;
  };
  struct TextBlock {
    std::unique_ptr<char[]> text;
    std::size_t size;
    std::size_t used;
    std::uint64_t end;  // The ordinal after the last id in it.
  };
  // The low bits of an entry's ordinal: how many were added before it.
  using Key = std::uint32_t;
  struct Probe {
    absl::string_view id;
    std::uint32_t hash;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(Key key) const { return table->entry(key).hash; }
    std::size_t operator()(const Probe& probe) const { return probe.hash; }
    const Table* table;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(Key a, Key b) const { return a == b; }
    bool operator()(Key key, const Probe& probe) const {
      const Entry& entry = table->entry(key);
      return entry.hash == probe.hash && entry.id() == probe.id;
    }
    bool operator()(const Probe& probe, Key key) const {
      return (*this)(key, probe);
    }
    const Table* table;
  };

  Table() : by_id(0, Hash{this}, Equal{this}) {}

  const Entry& entry(Key key) const {
    return entries[static_cast<Key>(key - static_cast<Key>(removed))];
  }
  static Probe ProbeFor(absl::string_view id) {
    return {id, static_cast<std::uint32_t>(TextHash(id))};
  }
  const char* Keep(absl::string_view id);
  void RemoveOldest();
  void Run(Nanos now);

  std::deque<Entry> entries;
  std::uint64_t removed = 0;
  std::deque<TextBlock> blocks;
  absl::flat_hash_set<Key, Hash, Equal> by_id;  // lookup only
  Nanos window = 0;
  Nanos deadline = kNever;
};

const char* DedupWindow::Table::Keep(absl::string_view id) {
  if (blocks.empty() || blocks.back().size - blocks.back().used < id.size()) {
    const std::size_t usual =
        blocks.empty() ? kFirstTextBlock
                       : std::min(kTextBlock, 2 * blocks.back().size);
    const std::size_t size = std::max(usual, id.size());
    blocks.push_back({std::unique_ptr<char[]>(new char[size]), size, 0, 0});
  }
  TextBlock& block = blocks.back();
  char* text = block.text.get() + block.used;
  if (!id.empty()) std::memcpy(text, id.data(), id.size());
  block.used += id.size();
  block.end = removed + entries.size() + 1;
  return text;
}

void DedupWindow::Table::RemoveOldest() {
  by_id.erase(by_id.find(static_cast<Key>(removed)));
  entries.pop_front();
  ++removed;
  if (blocks.front().end == removed) blocks.pop_front();
}

void DedupWindow::Table::Run(Nanos now) {
  while (!entries.empty() && now - entries.front().stored >= window) {
    RemoveOldest();
  }
  deadline = entries.empty()
                 ? kNever
                 : After(now, std::max(kLeastInterval,
                                     window - (now - entries.front().stored)));
}

DedupWindow::DedupWindow() : table_(std::make_unique<Table>()) {}

DedupWindow::~DedupWindow() = default;

std::optional<std::uint64_t> DedupWindow::Find(absl::string_view id) const {
  const auto found = table_->by_id.find(Table::ProbeFor(id));
  if (found == table_->by_id.end()) return std::nullopt;
  return table_->entry(*found).sequence;
}

void DedupWindow::Add(absl::string_view id, std::uint64_t sequence, Nanos now,
                      Nanos stored) {
  Table& table = *table_;
  const Table::Probe probe = Table::ProbeFor(id);
  const char* text = table.Keep(id);
  table.entries.push_back({text, sequence, stored,
                           static_cast<std::uint32_t>(id.size()), probe.hash});
  table.by_id.insert(
      static_cast<Table::Key>(table.removed + table.entries.size() - 1));
  if (table.deadline == kNever) table.deadline = After(now, table.window);
}

void DedupWindow::SetWindow(Nanos window, Nanos now) {
  const bool changed = window != table_->window;
  table_->window = window;
  if (changed && !table_->entries.empty()) table_->Run(now);
}

void DedupWindow::Clear() {
  Table& table = *table_;
  table.by_id.clear();
  table.removed += table.entries.size();
  table.entries.clear();
  table.blocks.clear();
  table.deadline = kNever;
}

Nanos DedupWindow::NextDeadline() const { return table_->deadline; }

void DedupWindow::RunDeadlines(Nanos now) {
  if (now >= table_->deadline) table_->Run(now);
}

std::size_t DedupWindow::size() const { return table_->entries.size(); }

}  // namespace windtunnel::broker
