// DeliverSubjects: which push consumers deliver to a subject, whether somebody
// takes what they send there, and what streams take of it.

#ifndef WINDTUNNEL_SIMULATOR_BROKER_DELIVER_SUBJECTS_H_
#define WINDTUNNEL_SIMULATOR_BROKER_DELIVER_SUBJECTS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "simulator/broker/context.h"
#include "simulator/broker/router.h"
#include "windtunnel/message_block.h"

namespace windtunnel::broker {

class Consumer;
class StreamIndex;

class DeliverSubjects {
 public:
  // What a stream is to store of what was sent to `subject`.
  struct Taken {
    std::string subject;
    MessageBlockPtr block;
  };

  // Both outlive it.
  DeliverSubjects(const Router& router, StreamIndex& streams)
      : router_(router), streams_(streams) {}

  // `consumer` is told when interest in `subject` comes or goes.
  void Add(absl::string_view subject, Consumer& consumer);
  void Remove(absl::string_view subject, Consumer& consumer);
  void Clear() { consumers_.clear(); }

  // Somebody subscribed to just this subject, as a member of `group` or, without
  // a group, as none (PSH-001 ff.). Wildcards do not count. A stream on just this
  // subject is a plain subscriber.
  bool IsBound(absl::string_view subject, absl::string_view group) const;
  // Anybody at all, wildcards included (CON-108).
  bool HasInterest(absl::string_view subject) const;
  void OnInterestChanged(const Context& context, absl::string_view subject);

  // A stream takes what is sent to `subject`. The answer holds while
  // generation() stays the same.
  bool IsStored(absl::string_view subject) const;
  std::uint64_t generation() const { return generation_; }
  void OnStreamsChanged() { ++generation_; }
  void Store(absl::string_view subject, const MessageBlockPtr& block) {
    taken_.push_back({std::string(subject), block});
  }
  bool has_taken() const { return !taken_.empty(); }
  std::vector<Taken> TakeTaken() { return std::exchange(taken_, {}); }

 private:
  const Router& router_;
  StreamIndex& streams_;
  // lookup only
  absl::flat_hash_map<std::string, std::vector<Consumer*>> consumers_;
  std::uint64_t generation_ = 1;  // Of the subjects of streams.
  std::vector<Taken> taken_;
};

}  // namespace windtunnel::broker

#endif  // WINDTUNNEL_SIMULATOR_BROKER_DELIVER_SUBJECTS_H_
