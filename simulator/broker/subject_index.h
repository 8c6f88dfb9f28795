// SubjectIndex: the subjects of a stream as a tree of tokens, and the sequences
// of each.
//
// A node stands for a subject, for the beginning of one, or for both; it is
// named by its path from the root ("orders.eu" for the middle of
// "orders.eu.new").

#ifndef WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_INDEX_H_
#define WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/sequence_set.h"
#include "simulator/broker/text_hash.h"
#include "simulator/broker/text_pool.h"

namespace windtunnel::broker {

class SubjectIndex {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = 0xffffffff;

  SubjectIndex();
  SubjectIndex(const SubjectIndex&) = delete;
  SubjectIndex& operator=(const SubjectIndex&) = delete;

  // Records `seq`, greater than all before, under `subject`. The id is valid as
  // long as the subject has messages.
  Id Add(absl::string_view subject, std::uint64_t seq);
  // Requires: `seq` was added with that id.
  void Remove(Id id, std::uint64_t seq);
  // Removes all sequences of a subject below `limit` and adds them to
  // `removed`.
  void RemoveBelow(Id id, std::uint64_t limit,
                   std::vector<std::uint64_t>& removed);
  void Clear();

  // kNone if it has no messages.
  Id Find(absl::string_view subject) const;
  absl::string_view subject(Id id) const { return node(id).path_view(); }
  const SequenceSet& sequences(Id id) const { return node(id).sequences; }
  // How many have messages.
  std::uint64_t num_subjects() const { return node(kRoot).subjects; }
  // Appends the ids of all subjects with messages that `pattern` matches, each
  // once, in an order that depends on nothing but the calls before. Gives up
  // and returns false when more than `budget` nodes would be visited; counts
  // `budget` down.
  bool Match(absl::string_view pattern, std::size_t& budget,
             std::vector<Id>& ids) const;
  // How many sequences the subjects have that `pattern` matches. Costs what the
  // wildcards leave open, not what they match.
  std::uint64_t Count(absl::string_view pattern) const {
    return CountBelow(kRoot, pattern);
  }
  // The same ids, by subject, bytewise.
  std::vector<Id> Sorted(std::vector<Id> ids) const;
  // True if it is known at once that `pattern` matches every subject here.
  // False says nothing.
  bool MatchesAll(absl::string_view pattern) const;

 private:
  static constexpr Id kRoot = 0;
  static constexpr int kBlockBits = 5;
  static constexpr Id kBlockMask = (Id{1} << kBlockBits) - 1;

  struct Node {
    absl::string_view path_view() const { return {path, path_size}; }
    bool idle() const { return sequences.empty() && first_child == kNone; }

    const char* path = nullptr;  // In `paths_`; null while the node is free.
    std::uint32_t path_size : 31 = 0;
    std::uint32_t listed : 1 = 0;  // Among `idlers_`.
    Id parent = kNone;
    Id first_child = kNone;
    Id next = kNone;  // Siblings.
    Id previous = kNone;
    std::uint32_t subjects = 0;  // With messages, here and below.
    std::uint32_t messages = 0;  // Here and below.
    std::uint32_t messages_of_children = 0;
    SequenceSet sequences;
  };
  struct HashOfPath {
    using is_transparent = void;
    std::size_t operator()(absl::string_view path) const {
      return TextHash(path);
    }
    std::size_t operator()(Id id) const { return (*this)(index->subject(id)); }
    const SubjectIndex* index;
  };
  struct SamePath {
    using is_transparent = void;
    bool operator()(Id a, Id b) const { return a == b; }
    bool operator()(Id a, absl::string_view b) const {
      return index->subject(a) == b;
    }
    bool operator()(absl::string_view a, Id b) const {
      return index->subject(b) == a;
    }
    const SubjectIndex* index;
  };
  class Walk;

  Node& node(Id id) { return blocks_[id >> kBlockBits][id & kBlockMask]; }
  const Node& node(Id id) const {
    return blocks_[id >> kBlockBits][id & kBlockMask];
  }
  Id FindNode(absl::string_view path) const;
  // Finds the node of `path` or makes it, and those above.
  Id Intern(absl::string_view path);
  Id NewNode(absl::string_view path);
  void Link(Id id, Id parent);
  void Unlink(Id id);
  // The child of `id` whose token is empty; kNone if there is none.
  Id EmptyChild(Id id) const;
  // The node below `id` that the tokens of `pattern` before its first wildcard
  // name; they are taken off. kNone if there is none.
  Id Descend(Id id, absl::string_view& pattern) const;
  std::uint64_t CountBelow(Id id, absl::string_view pattern) const;
  // Adds to the counts of `id` and of all above.
  void AddToCounts(Id id, int subjects, std::int64_t messages);
  // A subject's last message or child is gone.
  void BecomeIdle(Id id);
  // Frees the nodes that stand for nothing.
  void Sweep();

  std::vector<std::unique_ptr<Node[]>> blocks_;
  Id nodes_ = 0;
  std::vector<Id> free_;
  TextPool paths_;
  absl::flat_hash_set<Id, HashOfPath, SamePath> by_path_;  // lookup only
  Id latest_ = kNone;  // The subject added to last.
  // Nodes without messages and children. They stay for a while: a subject whose
  // messages come and go one by one would otherwise be made anew each time.
  std::size_t idle_ = 0;
  // Those, and some that were.
  std::vector<Id> idlers_;
  std::size_t empty_tokens_ = 0;  // Nodes that end in one.
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_SUBJECT_INDEX_H_
