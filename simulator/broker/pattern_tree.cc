#include "simulator/broker/pattern_tree.h"

#include <algorithm>

namespace windtunnel::broker {

namespace {

// Takes the first token off `subject`. Afterwards `last` says whether it was
// the only one.
absl::string_view TakeToken(absl::string_view& subject, bool& last) {
  const std::size_t dot = subject.find('.');
  const absl::string_view token = subject.substr(0, dot);
  last = dot == absl::string_view::npos;
  subject.remove_prefix(last ? subject.size() : dot + 1);
  return token;
}

}  // namespace

void ListenerList::Remove(const Listener& listener) {
  all_.erase(std::lower_bound(
      all_.begin(), all_.end(), listener.id,
      [](const Listener* s, SubscriptionId id) { return s->id < id; }));
}

void PatternTree::Add(Listener& listener) {
  ++size_;
  Node* node = &root_;
  absl::string_view pattern = listener.subject;
  for (bool last = false; !last;) {
    const absl::string_view token = TakeToken(pattern, last);
    if (last && token == ">") {
      node->rest.Add(listener);
      return;
    }
    std::unique_ptr<Node>& next =
        token == "*" ? node->star : node->children[token];
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  node->here.Add(listener);
}

void PatternTree::Remove(const Listener& listener) {
  --size_;
  RemoveBelow(root_, listener.subject, listener);
}

void PatternTree::RemoveBelow(Node& node, absl::string_view pattern,
                              const Listener& listener) {
  bool last = false;
  const absl::string_view token = TakeToken(pattern, last);
  if (last && token == ">") {
    node.rest.Remove(listener);
    return;
  }
  const auto child =
      token == "*" ? node.children.end() : node.children.find(token);
  Node& next = token == "*" ? *node.star : *child->second;
  if (last) {
    next.here.Remove(listener);
  } else {
    RemoveBelow(next, pattern, listener);
  }
  if (!next.empty()) return;
  if (token == "*") {
    node.star.reset();
  } else {
    node.children.erase(child);
  }
}

void PatternTree::Match(absl::string_view subject,
                        std::vector<Listener*>& matches) const {
  if (!empty()) MatchBelow(root_, subject, matches);
}

void PatternTree::MatchBelow(const Node& node, absl::string_view subject,
                             std::vector<Listener*>& matches) {
  const auto add = [&matches](const ListenerList& list) {
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
