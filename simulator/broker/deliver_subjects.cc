#include "simulator/broker/deliver_subjects.h"

#include <algorithm>

#include "simulator/broker/consumer.h"
#include "simulator/broker/stream.h"
#include "simulator/broker/stream_index.h"

namespace windtunnel::broker {

void DeliverSubjects::Add(absl::string_view subject, Consumer& consumer) {
  consumers_[subject].push_back(&consumer);
}

void DeliverSubjects::Remove(absl::string_view subject, Consumer& consumer) {
  const auto found = consumers_.find(subject);
  if (found == consumers_.end()) return;
  std::vector<Consumer*>& all = found->second;
  all.erase(std::remove(all.begin(), all.end(), &consumer), all.end());
  if (all.empty()) consumers_.erase(found);
}

bool DeliverSubjects::IsBound(absl::string_view subject,
                              absl::string_view group) const {
  if (router_.HasListener(subject, group)) return true;
  if (!group.empty()) return false;
  const Stream* const stream = streams_.Find(subject);
  if (stream == nullptr) return false;
  const std::vector<std::string>& taken = stream->config().subjects;
  return std::find(taken.begin(), taken.end(), subject) != taken.end();
}

bool DeliverSubjects::HasInterest(absl::string_view subject) const {
  return router_.HasInterest(subject) || IsStored(subject);
}

bool DeliverSubjects::IsStored(absl::string_view subject) const {
  return streams_.Find(subject) != nullptr;
}

void DeliverSubjects::OnInterestChanged(const Context& context,
                                        absl::string_view subject) {
  const auto found = consumers_.find(subject);
  if (found == consumers_.end()) return;
  const std::vector<Consumer*> all = found->second;
  for (Consumer* consumer : all) consumer->OnInterestChanged(context);
}

}  // namespace windtunnel::broker
