// ConsumerIndex: which consumers of a stream read a subject, however many there
// are.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_INDEX_H_
#define WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_INDEX_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/pattern_tree.h"

namespace windtunnel::broker {

class Consumer;

class ConsumerIndex {
 public:
  // `consumer` reads what `patterns` match, and nothing else any more.
  void Set(Consumer& consumer, const std::vector<std::string>& patterns);
  void Remove(const Consumer& consumer);

  // Those that read `subject`, in the order of their creation.
  std::vector<Consumer*> Find(absl::string_view subject) const;

 private:
  struct Reading {
    std::uint64_t id = 0;
    std::string subject = {};
    Consumer* consumer = nullptr;
  };

  PatternTree<Reading> tree_;
  // By Consumer::order().
  absl::btree_map<std::uint64_t, std::vector<std::unique_ptr<Reading>>>
      by_consumer_;
  std::uint64_t latest_ = 0;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_CONSUMER_INDEX_H_
