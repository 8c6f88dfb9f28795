// What generated programs publish to streams: headers of every kind, counters,
// batches.

#ifndef WINDTUNNEL_TESTS_PROPERTY_STREAM_MESSAGES_H_
#define WINDTUNNEL_TESTS_PROPERTY_STREAM_MESSAGES_H_

#include <string>
#include <utility>
#include <vector>

#include "tests/property/draft.h"
#include "tests/property/stream_config.h"

namespace windtunnel::conform {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

class StreamMessages {
 public:
  explicit StreamMessages(Draft& draft) : draft_(draft), dice_(draft.dice) {}

  // A subject of the stream, mostly.
  std::string AnySubject(const StreamScope& scope);

  // One publish.
  void Publish(StreamScope& scope);
  // One message of an atomic batch, mostly the next of one that is open; or
  // several.
  void AtomicBatch(StreamScope& scope);
  // The same of a fast batch, answered at "fast.@.>".
  void FastBatch(StreamScope& scope);

 private:
  void Add(StreamScope& scope, const std::string& subject, HeaderList headers,
           std::string data);
  // Each kind in about one of `rarity` times as many messages.
  HeaderList AnyHeaders(const StreamScope& scope, const std::string& subject,
                        int rarity);
  void AddExpected(const StreamScope& scope, const std::string& subject,
                   int rarity, HeaderList& headers);
  void AddSchedule(const StreamScope& scope, int rarity, HeaderList& headers);
  void AddOdd(HeaderList& headers);
  std::string Ttl();
  std::string AnyData(const StreamScope& scope);
  void InBatch(StreamScope& scope, int number, bool commit);

  Draft& draft_;
  Dice& dice_;
  int atomic_[2] = {};  // The last sequence of each open batch.
  int fast_[2] = {};
};

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_STREAM_MESSAGES_H_
