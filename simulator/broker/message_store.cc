#include "simulator/broker/message_store.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "simulator/broker/radix_sort.h"
#include "simulator/broker/sequence_table.h"
#include "simulator/broker/subject_index.h"

namespace windtunnel::broker {

namespace {

// STO-001 to STO-003
constexpr std::uint64_t kMemoryOverhead = 16;
constexpr std::uint64_t kFileOverhead = 30;
constexpr std::uint64_t kFileHeaderOverhead = 34;

// How many messages a search tests before it tries the subjects instead; each
// next try of either kind is this many times longer.
constexpr std::size_t kFirstTry = 32;
constexpr std::size_t kTryGrowth = 4;

}  // namespace

struct MessageStore::Index {
  using Ids = std::vector<SubjectIndex::Id>;

  // The subjects with messages that `filter` matches, each once.
  Ids Match(const SubjectFilter& filter) const;
  // nullopt if more than `budget` nodes would have to be visited.
  std::optional<Ids> TryMatch(const SubjectFilter& filter,
                              std::size_t budget) const;
  // How many messages match.
  std::uint64_t Count(const SubjectFilter& filter) const;
  // How many of [from, end) match, looking at each.
  std::uint64_t CountByMessage(const SubjectFilter& filter, std::uint64_t from,
                               std::uint64_t end) const;
  // True if it is known at once that every message matches.
  bool AllMatch(const SubjectFilter& filter) const;

  // Searches for a match from `seq` on. `step` goes to the neighbouring message
  // and `seek` to that of one subject; `better` says which of two is nearer.
  template <typename Step, typename Seek, typename Better>
  std::uint64_t Search(const SubjectFilter& filter, std::uint64_t seq,
                       Step step, Seek seek, Better better) const;

  SequenceTable table;
  SubjectIndex subjects;
};

MessageStore::Index::Ids MessageStore::Index::Match(
    const SubjectFilter& filter) const {
  return *TryMatch(filter, std::numeric_limits<std::size_t>::max());
}

std::optional<MessageStore::Index::Ids> MessageStore::Index::TryMatch(
    const SubjectFilter& filter, std::size_t budget) const {
  Ids ids;
  if (filter.MatchesAll()) {
    if (!subjects.Match(">", budget, ids)) return std::nullopt;
    return ids;
  }
  for (const std::string& pattern : filter.patterns()) {
    if (!subjects.Match(pattern, budget, ids)) return std::nullopt;
  }
  if (filter.patterns().size() > 1) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
  return ids;
}

bool MessageStore::Index::AllMatch(const SubjectFilter& filter) const {
  return filter.MatchesAll() ||
         std::any_of(filter.patterns().begin(), filter.patterns().end(),
                     [this](const std::string& pattern) {
                       return subjects.MatchesAll(pattern);
                     });
}

std::uint64_t MessageStore::Index::Count(const SubjectFilter& filter) const {
  if (filter.patterns().size() == 1)
    return subjects.Count(filter.patterns()[0]);
  std::uint64_t count = 0;
  for (const SubjectIndex::Id id : Match(filter)) {
    count += subjects.sequences(id).size();
  }
  return count;
}

std::uint64_t MessageStore::Index::CountByMessage(const SubjectFilter& filter,
                                                  std::uint64_t from,
                                                  std::uint64_t end) const {
  std::uint64_t count = 0;
  SubjectIndex::Id latest = SubjectIndex::kNone;
  bool matches = false;
  for (std::uint64_t seq = table.Next(from); seq != 0 && seq < end;
       seq = table.Next(seq + 1)) {
    const SubjectIndex::Id id = table.SubjectOf(seq);
    if (id != latest) matches = filter.Matches(subjects.subject(id));
    latest = id;
    if (matches) ++count;
  }
  return count;
}

template <typename Step, typename Seek, typename Better>
std::uint64_t MessageStore::Index::Search(const SubjectFilter& filter,
                                          std::uint64_t seq, Step step,
                                          Seek seek, Better better) const {
  // Either few messages lie before the next match, or few subjects match. Both
  // ways are tried in turn, so the shorter one decides what a search costs.
  SubjectIndex::Id refused = SubjectIndex::kNone;
  for (std::size_t budget = kFirstTry;; budget *= kTryGrowth) {
    for (std::size_t i = 0; i < budget; ++i, seq = step(seq)) {
      if (seq == 0) return 0;
      const SubjectIndex::Id id = table.SubjectOf(seq);
      if (id == refused) continue;
      if (filter.Matches(subjects.subject(id))) return seq;
      refused = id;
    }
    if (seq == 0) return 0;
    if (const std::optional<Ids> ids = TryMatch(filter, budget)) {
      std::uint64_t nearest = 0;
      for (const SubjectIndex::Id id : *ids) {
        const std::uint64_t found = seek(subjects.sequences(id), seq);
        if (found != 0 && (nearest == 0 || better(found, nearest))) {
          nearest = found;
        }
      }
      return nearest;
    }
  }
}

MessageStore::MessageStore(Storage storage, std::uint64_t first_seq)
    : index_(std::make_unique<Index>()), storage_(storage) {
  if (first_seq > 0) {  // STR-046
    first_seq_ = first_seq;
    last_seq_ = first_seq - 1;
  }
}

MessageStore::~MessageStore() { SubtractBytes(bytes_); }

void MessageStore::AddBytes(std::uint64_t bytes) {
  bytes_ += bytes;
  if (held_ != nullptr) held_->Add(storage_, bytes);
}

void MessageStore::SubtractBytes(std::uint64_t bytes) {
  bytes_ -= bytes;
  if (held_ != nullptr) held_->Subtract(storage_, bytes);
}

std::uint64_t MessageStore::SizeOf(std::size_t subject,
                                   std::size_t header_block,
                                   std::size_t data) const {
  const std::uint64_t size = subject + header_block + data;
  if (storage_ == Storage::kMemory) return size + kMemoryOverhead;
  return size + (header_block == 0 ? kFileOverhead : kFileHeaderOverhead);
}

std::uint64_t MessageStore::Append(MessageBlockPtr block, Nanos time) {
  const std::uint64_t seq = ++last_seq_;
  if (messages_++ == 0) first_seq_ = seq;
  AddBytes(SizeOf(*block));
  last_time_ = time;
  const SubjectIndex::Id subject = index_->subjects.Add(block->subject(), seq);
  index_->table.Append(seq, std::move(block), time, subject);
  return seq;
}

std::uint64_t MessageStore::Skip(Nanos time) {
  ++last_seq_;
  if (messages_ == 0) first_seq_ = last_seq_ + 1;
  last_time_ = time;
  return last_seq_;
}

void MessageStore::SkipTo(std::uint64_t last, Nanos time) {
  last_seq_ = last;
  if (messages_ == 0) first_seq_ = last + 1;
  last_time_ = time;
}

bool MessageStore::Remove(std::uint64_t seq) {
  const Entry* entry = index_->table.Find(seq);
  if (entry == nullptr) return false;
  Forget(*entry);
  index_->subjects.Remove(index_->table.SubjectOf(seq), seq);
  index_->table.Remove(seq);
  if (seq == first_seq_) MoveFirst();
  return true;
}

std::uint64_t MessageStore::RemoveMatching(const SubjectFilter& filter,
                                           std::uint64_t limit) {
  const std::uint64_t before = messages_;
  SubjectIndex& subjects = index_->subjects;
  if (index_->AllMatch(filter)) {
    index_->table.RemoveBelow(
        limit,
        [&](std::uint64_t seq, SubjectIndex::Id subject, const Entry& entry) {
          Forget(entry);
          subjects.Remove(subject, seq);
        });
  } else {
    std::vector<std::uint64_t> removed;
    for (const SubjectIndex::Id id : index_->Match(filter)) {
      subjects.RemoveBelow(id, limit, removed);
    }
    index_->table.RemoveAll(removed,
                            [this](const Entry& entry) { Forget(entry); });
  }
  if (before != messages_) MoveFirst();
  return before - messages_;
}

void MessageStore::Forget(const Entry& entry) {
  SubtractBytes(SizeOf(*entry.block));
  --messages_;
  ++removals_;
}

void MessageStore::MoveFirst() {
  if (messages_ == 0) {
    first_seq_ = last_seq_ + 1;  // STO-005
  } else {
    first_seq_ = index_->table.Next(first_seq_);  // STO-006
  }
}

std::uint64_t MessageStore::Clear(std::uint64_t next_seq) {
  first_seq_ = std::max(last_seq_ + 1, next_seq);
  last_seq_ = first_seq_ - 1;
  SubtractBytes(bytes_);
  index_->table.Clear();
  index_->subjects.Clear();
  ++removals_;
  return std::exchange(messages_, 0);
}

const MessageStore::Entry* MessageStore::Find(std::uint64_t seq) const {
  return index_->table.Find(seq);
}

std::uint64_t MessageStore::Next(std::uint64_t from) const {
  return index_->table.Next(from);
}

std::uint64_t MessageStore::NextMatching(const SubjectFilter& filter,
                                         std::uint64_t from) const {
  if (filter.MatchesAll()) return Next(from);
  if (!filter.literal().empty()) {
    const SubjectIndex::Id id = index_->subjects.Find(filter.literal());
    if (id == SubjectIndex::kNone) return 0;
    return index_->subjects.sequences(id).AtOrAfter(from);
  }
  return index_->Search(
      filter, Next(from),
      [this](std::uint64_t seq) { return index_->table.Next(seq + 1); },
      [](const SequenceSet& set, std::uint64_t seq) {
        return set.AtOrAfter(seq);
      },
      std::less<std::uint64_t>());
}

std::uint64_t MessageStore::LastMatching(const SubjectFilter& filter,
                                         std::uint64_t up_to) const {
  const SequenceTable& table = index_->table;
  if (filter.MatchesAll()) return table.Previous(up_to);
  if (!filter.literal().empty()) {
    const SubjectIndex::Id id = index_->subjects.Find(filter.literal());
    if (id == SubjectIndex::kNone) return 0;
    return index_->subjects.sequences(id).AtOrBefore(up_to);
  }
  return index_->Search(
      filter, table.Previous(up_to),
      [&table](std::uint64_t seq) { return table.Previous(seq - 1); },
      [](const SequenceSet& set, std::uint64_t seq) {
        return set.AtOrBefore(seq);
      },
      std::greater<std::uint64_t>());
}

std::uint64_t MessageStore::NthLastMatching(const SubjectFilter& filter,
                                            std::uint64_t n) const {
  if (index_->AllMatch(filter)) return index_->table.NthLast(n);
  if (!filter.literal().empty()) {
    const SubjectIndex::Id id = index_->subjects.Find(filter.literal());
    return id == SubjectIndex::kNone
               ? 0
               : index_->subjects.sequences(id).NthLast(n);
  }
  const std::vector<std::uint64_t> matching = Matching(filter);
  return n > matching.size() ? 0 : matching[matching.size() - n];
}

std::vector<std::uint64_t> MessageStore::LastPerSubject(
    const SubjectFilter& filter, std::uint64_t up_to) const {
  std::vector<std::uint64_t> last;
  for (const SubjectIndex::Id id : index_->Match(filter)) {
    const SequenceSet& sequences = index_->subjects.sequences(id);
    const std::uint64_t seq = sequences.AtOrBefore(up_to);
    if (seq != 0) last.push_back(seq);
  }
  RadixSort(last, [](std::uint64_t seq) { return seq; });
  return last;
}

std::uint64_t MessageStore::CountMatching(const SubjectFilter& filter,
                                          std::uint64_t from) const {
  if (messages_ == 0 || from > last_seq_) return 0;
  if (index_->AllMatch(filter)) {
    if (from <= first_seq_) return messages_;
    if (last_seq_ - first_seq_ + 1 == messages_) return last_seq_ - from + 1;
    return index_->table.CountFrom(from);
  }
  if (from <= first_seq_) return index_->Count(filter);
  // Either few messages lie on one side of `from`, or few subjects match.
  const std::uint64_t after = last_seq_ - from + 1;
  const std::uint64_t before = from - first_seq_;
  for (std::size_t budget = kFirstTry;; budget *= kTryGrowth) {
    if (after <= budget) {
      return index_->CountByMessage(filter, from, last_seq_ + 1);
    }
    if (before <= budget) {
      return index_->Count(filter) -
             index_->CountByMessage(filter, first_seq_, from);
    }
    if (const std::optional<Index::Ids> ids =
            index_->TryMatch(filter, budget)) {
      std::uint64_t count = 0;
      for (const SubjectIndex::Id id : *ids) {
        count += index_->subjects.sequences(id).CountFrom(from);
      }
      return count;
    }
  }
}

std::uint64_t MessageStore::FirstAtOrAfter(Nanos time) const {
  const std::uint64_t seq = index_->table.FirstAtOrAfter(time);
  return seq != 0 ? seq : last_seq_ + 1;
}

std::uint64_t MessageStore::FirstOfSubject(absl::string_view subject) const {
  const SubjectIndex::Id id = index_->subjects.Find(subject);
  return id == SubjectIndex::kNone ? 0 : index_->subjects.sequences(id).first();
}

std::uint64_t MessageStore::LastOfSubject(absl::string_view subject) const {
  const SubjectIndex::Id id = index_->subjects.Find(subject);
  return id == SubjectIndex::kNone ? 0 : index_->subjects.sequences(id).last();
}

std::uint64_t MessageStore::CountOfSubject(absl::string_view subject) const {
  const SubjectIndex::Id id = index_->subjects.Find(subject);
  return id == SubjectIndex::kNone ? 0 : index_->subjects.sequences(id).size();
}

std::vector<MessageStore::SubjectCount> MessageStore::Subjects(
    const SubjectFilter& filter) const {
  const SubjectIndex& index = index_->subjects;
  std::vector<SubjectCount> subjects;
  for (const SubjectIndex::Id id : index.Sorted(index_->Match(filter))) {
    subjects.push_back({index.subject(id), index.sequences(id).size()});
  }
  return subjects;
}

std::vector<std::uint64_t> MessageStore::Matching(
    const SubjectFilter& filter) const {
  std::vector<std::uint64_t> sequences;
  if (index_->AllMatch(filter)) {
    sequences.reserve(messages_);
    for (std::uint64_t seq = Next(0); seq != 0; seq = Next(seq + 1)) {
      sequences.push_back(seq);
    }
    return sequences;
  }
  for (const SubjectIndex::Id id : index_->Match(filter)) {
    index_->subjects.sequences(id).CopyTo(sequences);
  }
  RadixSort(sequences, [](std::uint64_t seq) { return seq; });
  return sequences;
}

std::vector<std::uint64_t> MessageStore::Deleted() const {
  std::vector<std::uint64_t> deleted;
  if (last_seq_ == 0) return deleted;
  std::uint64_t absent = first_seq_;
  for (std::uint64_t seq = Next(0); seq != 0; seq = Next(seq + 1)) {
    for (; absent < seq; ++absent) deleted.push_back(absent);
    absent = seq + 1;
  }
  for (; absent <= last_seq_; ++absent) deleted.push_back(absent);
  return deleted;
}

std::uint64_t MessageStore::num_subjects() const {
  // Servers do not count the empty subject, which a transform may make.
  const SubjectIndex& index = index_->subjects;
  return index.num_subjects() - (index.Find("") == SubjectIndex::kNone ? 0 : 1);
}

}  // namespace windtunnel::broker
