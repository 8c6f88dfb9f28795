#include "simulator/broker/consumer_index.h"

#include <algorithm>

#include "simulator/broker/consumer.h"

namespace windtunnel::broker {

void ConsumerIndex::Set(Consumer& consumer,
                        const std::vector<std::string>& patterns) {
  Remove(consumer);
  std::vector<std::unique_ptr<Reading>>& readings =
      by_consumer_[consumer.order()];
  for (const std::string& pattern : patterns) {
    readings.push_back(
        std::make_unique<Reading>(Reading{++latest_, pattern, &consumer}));
    tree_.Add(*readings.back());
  }
}

void ConsumerIndex::Remove(const Consumer& consumer) {
  const auto found = by_consumer_.find(consumer.order());
  if (found == by_consumer_.end()) return;
  for (const auto& reading : found->second) tree_.Remove(*reading);
  by_consumer_.erase(found);
}

std::vector<Consumer*> ConsumerIndex::Find(absl::string_view subject) const {
  std::vector<Reading*> readings;
  tree_.Match(subject, readings);
  std::vector<Consumer*> found;
  found.reserve(readings.size());
  for (const Reading* reading : readings) found.push_back(reading->consumer);
  std::sort(found.begin(), found.end(),
            [](const Consumer* a, const Consumer* b) {
              return a->order() < b->order();
            });
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace windtunnel::broker
