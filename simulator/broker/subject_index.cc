#include "simulator/broker/subject_index.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "simulator/broker/radix_sort.h"

namespace windtunnel::broker {

namespace {

// Idle nodes are swept when there are more of them than subjects, and than
// this.
constexpr std::size_t kIdleAllowed = 64;

bool EndsInEmptyToken(absl::string_view path) {
  return path.empty() || path.back() == '.';
}

}  // namespace

SubjectIndex::SubjectIndex() : by_path_(0, HashOfPath{this}, SamePath{this}) {
  NewNode("");
}

SubjectIndex::Id SubjectIndex::Add(absl::string_view subject,
                                   std::uint64_t seq) {
  if (latest_ == kNone || this->subject(latest_) != subject) {
    latest_ = Intern(subject);
  }
  Node& added = node(latest_);
  const bool is_new = added.sequences.empty();
  if (is_new && added.idle()) --idle_;
  AddToCounts(latest_, is_new ? 1 : 0, 1);
  added.sequences.Append(seq);
  return latest_;
}

void SubjectIndex::Remove(Id id, std::uint64_t seq) {
  Node& removed = node(id);
  removed.sequences.Remove(seq);
  AddToCounts(id, removed.sequences.empty() ? -1 : 0, -1);
  if (removed.idle()) BecomeIdle(id);
}

void SubjectIndex::RemoveBelow(Id id, std::uint64_t limit,
                               std::vector<std::uint64_t>& removed) {
  SequenceSet& sequences = node(id).sequences;
  const std::uint64_t count = sequences.RemoveBelow(limit, removed);
  if (count == 0) return;
  AddToCounts(id, sequences.empty() ? -1 : 0,
              -static_cast<std::int64_t>(count));
  if (node(id).idle()) BecomeIdle(id);
}

void SubjectIndex::BecomeIdle(Id id) {
  Node& idler = node(id);
  if (!idler.listed) {
    idler.listed = 1;
    idlers_.push_back(id);
  }
  if (++idle_ > kIdleAllowed + num_subjects()) Sweep();
}

void SubjectIndex::Clear() {
  by_path_.clear();
  blocks_.clear();
  free_.clear();
  paths_.Clear();
  nodes_ = 0;
  latest_ = kNone;
  idle_ = 0;
  idlers_.clear();
  empty_tokens_ = 0;
  NewNode("");
}

SubjectIndex::Id SubjectIndex::Find(absl::string_view subject) const {
  const Id id = FindNode(subject);
  return id == kNone || node(id).sequences.empty() ? kNone : id;
}

SubjectIndex::Id SubjectIndex::FindNode(absl::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? kNone : *found;
}

SubjectIndex::Id SubjectIndex::Intern(absl::string_view path) {
  const Id found = FindNode(path);
  if (found != kNone) return found;
  const std::size_t dot = path.rfind('.');
  const Id parent =
      dot == absl::string_view::npos ? kRoot : Intern(path.substr(0, dot));
  const Id id = NewNode(path);
  Link(id, parent);
  by_path_.insert(id);
  return id;
}

SubjectIndex::Id SubjectIndex::NewNode(absl::string_view path) {
  Id id = nodes_;
  if (!free_.empty()) {
    id = free_.back();
    free_.pop_back();
  } else {
    if ((nodes_++ & kBlockMask) == 0) {
      blocks_.push_back(std::make_unique<Node[]>(kBlockMask + 1));
    }
  }
  Node& made = node(id);
  made.path = paths_.Add(path);
  made.path_size =
      static_cast<std::uint32_t>(path.size()) & (~std::uint32_t{0} >> 1);
  return id;
}

void SubjectIndex::Link(Id id, Id parent) {
  Node& above = node(parent);
  if (parent != kRoot && above.idle()) --idle_;
  Node& linked = node(id);
  linked.parent = parent;
  linked.next = above.first_child;
  if (linked.next != kNone) node(linked.next).previous = id;
  above.first_child = id;
  if (EndsInEmptyToken(linked.path_view())) ++empty_tokens_;
  // Who makes a node adds a message or a child next.
  ++idle_;
}

void SubjectIndex::Unlink(Id id) {
  Node& unlinked = node(id);
  if (unlinked.next != kNone) node(unlinked.next).previous = unlinked.previous;
  if (unlinked.previous != kNone) {
    node(unlinked.previous).next = unlinked.next;
  } else {
    node(unlinked.parent).first_child = unlinked.next;
  }
  unlinked.parent = unlinked.next = unlinked.previous = kNone;
}

void SubjectIndex::AddToCounts(Id id, int subjects, std::int64_t messages) {
  const auto more_subjects = static_cast<std::uint32_t>(subjects);
  const auto more_messages = static_cast<std::uint32_t>(messages);
  const Id parent = node(id).parent;
  if (parent != kNone) node(parent).messages_of_children += more_messages;
  for (; id != kNone; id = node(id).parent) {
    node(id).subjects += more_subjects;
    node(id).messages += more_messages;
  }
}

void SubjectIndex::Sweep() {
  latest_ = kNone;
  for (const Id swept : std::exchange(idlers_, {})) {
    node(swept).listed = 0;
    // With its last child a parent goes as well.
    for (Id id = swept; id != kRoot && id != kNone;) {
      Node& candidate = node(id);
      if (candidate.path == nullptr || !candidate.idle()) break;
      const Id parent = candidate.parent;
      by_path_.erase(by_path_.find(candidate.path_view()));
      if (EndsInEmptyToken(candidate.path_view())) --empty_tokens_;
      Unlink(id);
      paths_.Remove(candidate.path_view());
      candidate.path = nullptr;
      candidate.path_size = 0;
      free_.push_back(id);
      id = parent;
    }
  }
  idle_ = 0;
}

// --- Searches ----------------------------------------------------------------

namespace {

// The offset of the first token that is a wildcard; the size if none is.
std::size_t FirstWildcard(absl::string_view pattern) {
  for (std::size_t begin = 0; begin < pattern.size();) {
    const std::size_t end = std::min(pattern.find('.', begin), pattern.size());
    const absl::string_view token = pattern.substr(begin, end - begin);
    if (token == "*" || (token == ">" && end == pattern.size())) return begin;
    begin = end + 1;
  }
  return pattern.size();
}

}  // namespace

SubjectIndex::Id SubjectIndex::Descend(Id id,
                                       absl::string_view& pattern) const {
  const std::size_t wildcard = FirstWildcard(pattern);
  if (wildcard == 0 && !pattern.empty()) return id;
  absl::string_view literal = pattern.substr(0, wildcard);
  if (wildcard < pattern.size()) literal.remove_suffix(1);
  pattern.remove_prefix(wildcard);
  return FindNode(id == kRoot ? literal
                              : absl::StrCat(subject(id), ".", literal));
}

SubjectIndex::Id SubjectIndex::EmptyChild(Id id) const {
  if (empty_tokens_ == 0) return kNone;
  return FindNode(id == kRoot ? "" : absl::StrCat(subject(id), "."));
}

std::uint64_t SubjectIndex::CountBelow(Id id, absl::string_view pattern) const {
  id = Descend(id, pattern);
  if (id == kNone) return 0;
  const Node& top = node(id);
  if (pattern.empty()) return top.sequences.size();
  if (top.subjects == 0) return 0;
  const Id excluded = EmptyChild(id);
  if (pattern == ">") {
    return top.messages - top.sequences.size() -
           (excluded == kNone ? 0 : node(excluded).messages);
  }
  if (pattern == "*") {
    return top.messages_of_children -
           (excluded == kNone ? 0 : node(excluded).sequences.size());
  }
  pattern.remove_prefix(2);
  std::uint64_t count = 0;
  for (Id child = top.first_child; child != kNone; child = node(child).next) {
    if (child != excluded) count += CountBelow(child, pattern);
  }
  return count;
}

// One search for the subjects that a pattern matches.
class SubjectIndex::Walk {
 public:
  Walk(const SubjectIndex& index, std::size_t& budget, std::vector<Id>& ids)
      : index_(index), budget_(budget), ids_(ids) {}

  // Matches `pattern` against what is below `id`. False: out of budget.
  bool Below(Id id, absl::string_view pattern) {
    if (!Spend()) return false;
    id = index_.Descend(id, pattern);
    if (id == kNone) return true;
    if (pattern.empty()) return Visit(id);
    if (index_.node(id).subjects == 0) return true;
    const Id excluded = index_.EmptyChild(id);
    if (pattern == ">") return Everything(id, excluded);
    const bool last = pattern.size() == 1;
    if (!last) pattern.remove_prefix(2);
    for (Id child = index_.node(id).first_child; child != kNone;
         child = index_.node(child).next) {
      if (child == excluded) continue;
      if (!(last ? Visit(child) : Below(child, pattern))) return false;
    }
    return true;
  }

 private:
  bool Spend() { return budget_ > 0 && budget_-- > 0; }

  bool Visit(Id id) {
    if (!Spend()) return false;
    if (!index_.node(id).sequences.empty()) ids_.push_back(id);
    return true;
  }

  // All subjects below `top` and not below `excluded`.
  bool Everything(Id top, Id excluded) {
    Id id = index_.node(top).first_child;
    while (id != kNone) {
      const Node& visited = index_.node(id);
      const bool skip = visited.subjects == 0 || id == excluded;
      if (!skip && !Visit(id)) return false;
      if (!skip && visited.first_child != kNone) {
        id = visited.first_child;
        continue;
      }
      while (id != top && index_.node(id).next == kNone) {
        id = index_.node(id).parent;
      }
      id = id == top ? kNone : index_.node(id).next;
    }
    return true;
  }

  const SubjectIndex& index_;
  std::size_t& budget_;
  std::vector<Id>& ids_;
};

bool SubjectIndex::Match(absl::string_view pattern, std::size_t& budget,
                         std::vector<Id>& ids) const {
  // In the order of memory it is several times faster to see all nodes than to
  // follow the tree.
  if (budget >= nodes_ && nodes_ - free_.size() > nodes_ / 2 &&
      empty_tokens_ == 0 && MatchesAll(pattern)) {
    budget -= nodes_;
    ids.reserve(ids.size() + num_subjects());
    for (Id id = 1; id < nodes_; ++id) {
      if (!node(id).sequences.empty()) ids.push_back(id);
    }
    return true;
  }
  return Walk(*this, budget, ids).Below(kRoot, pattern);
}

std::vector<SubjectIndex::Id> SubjectIndex::Sorted(std::vector<Id> ids) const {
  if (ids.empty()) return ids;
  // Subjects mostly begin alike; the bytes after that decide nearly all
  // comparisons, without a look at the subjects themselves.
  const absl::string_view first = subject(ids.front());
  std::size_t common = first.size();
  for (const Id id : ids) {
    const absl::string_view other = subject(id).substr(0, common);
    common = static_cast<std::size_t>(
        std::mismatch(other.begin(), other.end(), first.begin()).first -
        other.begin());
  }
  struct Key {
    std::uint64_t bytes;
    Id id;
  };
  std::vector<Key> keys;
  keys.reserve(ids.size());
  for (const Id id : ids) {
    std::uint64_t bytes = 0;
    const absl::string_view rest = subject(id).substr(common);
    for (std::size_t i = 0; i < sizeof(bytes); ++i) {
      bytes = bytes << 8 |
              (i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0u);
    }
    keys.push_back({bytes, id});
  }
  RadixSort(keys, [](const Key& key) { return key.bytes; });
  for (auto begin = keys.begin(); begin != keys.end();) {
    auto end = begin + 1;
    while (end != keys.end() && end->bytes == begin->bytes) ++end;
    std::sort(begin, end, [this](const Key& a, const Key& b) {
      return subject(a.id) < subject(b.id);
    });
    begin = end;
  }
  std::transform(keys.begin(), keys.end(), ids.begin(),
                 [](const Key& key) { return key.id; });
  return ids;
}

bool SubjectIndex::MatchesAll(absl::string_view pattern) const {
  if (pattern.size() < 3 || pattern.substr(pattern.size() - 2) != ".>") {
    return pattern == ">";
  }
  const Id id = FindNode(pattern.substr(0, pattern.size() - 2));
  if (id == kNone || empty_tokens_ > 0) return false;
  const Node& top = node(id);
  return top.sequences.empty() && top.subjects == num_subjects();
}

}  // namespace windtunnel::broker
