// BatchEffects: what the messages of a batch would do to their stream, for the
// checks of those after them (PUB-069).

#ifndef WINDTUNNEL_SIMULATOR_BROKER_BATCH_EFFECTS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_BATCH_EFFECTS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "simulator/broker/counter.h"

namespace windtunnel::broker {

struct BatchEffects {
  // The stream's last sequence before it, or what is taken for that.
  std::uint64_t last_sequence = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  absl::btree_map<std::string, std::uint64_t> subjects;  // How many of each.
  absl::btree_set<std::string> message_ids;
  absl::btree_map<std::string, std::optional<Counter>> counters;  // By subject.
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_BATCH_EFFECTS_H_
