// PatternTree: entries with a subject that may have wildcards, found by what
// the subject matches: subscriptions, or consumers of a stream.
//
// Finding costs a look-up for each token, however many entries there are.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_PATTERN_TREE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_PATTERN_TREE_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace windtunnel::broker {

// Entries with members `id`, an integer, and `subject`; ascending by id.
template <typename Entry>
class EntryList {
 public:
  const std::vector<Entry*>& all() const { return all_; }
  // Requires: its id is greater than all before.
  void Add(Entry& entry) { all_.push_back(&entry); }
  void Remove(const Entry& entry) {
    all_.erase(std::lower_bound(
        all_.begin(), all_.end(), entry.id,
        [](const Entry* each, auto id) { return each->id < id; }));
  }

 private:
  std::vector<Entry*> all_;
};

template <typename Entry>
class PatternTree {
 public:
  bool empty() const { return size_ == 0; }
  // It stays, with its subject, until removed. Requires: as EntryList::Add().
  void Add(Entry& entry);
  void Remove(const Entry& entry);
  // Appends all whose pattern matches `subject`, in no particular order.
  void Match(absl::string_view subject, std::vector<Entry*>& matches) const {
    if (!empty()) MatchBelow(root_, subject, matches);
  }

 private:
  struct Node {
    bool empty() const {
      return children.empty() && star == nullptr && here.all().empty() &&
             rest.all().empty();
    }

    // lookup only
    absl::flat_hash_map<std::string, std::unique_ptr<Node>> children;
    std::unique_ptr<Node> star;
    EntryList<Entry> here;  // Patterns that end with this token.
    EntryList<Entry> rest;  // Those that go on with `>`.
  };

  // Takes the first token off `subject`. Afterwards `last` says whether it was
  // the only one.
  static absl::string_view TakeToken(absl::string_view& subject, bool& last) {
    const std::size_t dot = subject.find('.');
    const absl::string_view token = subject.substr(0, dot);
    last = dot == absl::string_view::npos;
    subject.remove_prefix(last ? subject.size() : dot + 1);
    return token;
  }
  static void RemoveBelow(Node& node, absl::string_view pattern,
                          const Entry& entry);
  static void MatchBelow(const Node& node, absl::string_view subject,
                         std::vector<Entry*>& matches);

  Node root_;
  std::size_t size_ = 0;
};

template <typename Entry>
void PatternTree<Entry>::Add(Entry& entry) {
  ++size_;
  Node* node = &root_;
  absl::string_view pattern = entry.subject;
  for (bool last = false; !last;) {
    const absl::string_view token = TakeToken(pattern, last);
    if (last && token == ">") {
      node->rest.Add(entry);
      return;
    }
    std::unique_ptr<Node>& next =
        token == "*" ? node->star : node->children[token];
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  node->here.Add(entry);
}

template <typename Entry>
void PatternTree<Entry>::Remove(const Entry& entry) {
  --size_;
  RemoveBelow(root_, entry.subject, entry);
}

template <typename Entry>
void PatternTree<Entry>::RemoveBelow(Node& node, absl::string_view pattern,
                                     const Entry& entry) {
  bool last = false;
  const absl::string_view token = TakeToken(pattern, last);
  if (last && token == ">") {
    node.rest.Remove(entry);
    return;
  }
  const auto child =
      token == "*" ? node.children.end() : node.children.find(token);
  Node& next = token == "*" ? *node.star : *child->second;
  if (last) {
    next.here.Remove(entry);
  } else {
    RemoveBelow(next, pattern, entry);
  }
  if (!next.empty()) return;
  if (token == "*") {
    node.star.reset();
  } else {
    node.children.erase(child);
  }
}

template <typename Entry>
void PatternTree<Entry>::MatchBelow(const Node& node, absl::string_view subject,
                                    std::vector<Entry*>& matches) {
  const auto add = [&matches](const EntryList<Entry>& list) {
    matches.insert(matches.end(), list.all().begin(), list.all().end());
  };
  add(node.rest);
  bool last = false;
  const absl::string_view token = TakeToken(subject, last);
  const auto descend = [&](const Node& next) {
    if (last) {
      add(next.here);
    } else {
      MatchBelow(next, subject, matches);
    }
  };
  if (node.star != nullptr) descend(*node.star);
  if (node.children.empty()) return;
  const auto child = node.children.find(token);
  if (child != node.children.end()) descend(*child->second);
}

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_PATTERN_TREE_H_
