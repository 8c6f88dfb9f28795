// PatternTree: subscriptions to subjects with wildcards, by token.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_PATTERN_TREE_H_
#define WINDTUNNEL_SIMULATOR_BROKER_PATTERN_TREE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/router.h"

namespace windtunnel::broker {

// A subscription, as the router keeps it.
struct Listener {
  SubscriptionId id = 0;
  ClientId client = 0;
  std::string subject = {};
  std::string queue = {};       // Empty: a plain subscription.
  std::uint64_t delivered = 0;  // Since the start.
  std::uint64_t limit = 0;      // Removed after so many; 0: no limit.
};

// Subscriptions, ascending by id.
class ListenerList {
 public:
  const std::vector<Listener*>& all() const { return all_; }
  // Requires: its id is greater than all before.
  void Add(Listener& listener) { all_.push_back(&listener); }
  void Remove(const Listener& listener);

 private:
  std::vector<Listener*> all_;
};

class PatternTree {
 public:
  bool empty() const { return size_ == 0; }
  // Requires: its subject has a wildcard. It stays until removed.
  void Add(Listener& listener);
  void Remove(const Listener& listener);
  // Appends all whose pattern matches `subject`, in no particular order.
  void Match(absl::string_view subject, std::vector<Listener*>& matches) const;

 private:
  struct Node {
    bool empty() const {
      return children.empty() && star == nullptr && here.all().empty() &&
             rest.all().empty();
    }

    // lookup only
    absl::flat_hash_map<std::string, std::unique_ptr<Node>> children;
    std::unique_ptr<Node> star;
    ListenerList here;  // Patterns that end with this token.
    ListenerList rest;  // Those that go on with `>`.
  };

  static void RemoveBelow(Node& node, absl::string_view pattern,
                          const Listener& listener);
  static void MatchBelow(const Node& node, absl::string_view subject,
                         std::vector<Listener*>& matches);

  Node root_;
  std::size_t size_ = 0;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_PATTERN_TREE_H_
