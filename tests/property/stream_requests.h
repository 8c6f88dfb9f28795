// What generated programs ask of streams: gets, direct gets, deletes, purges,
// infos and lists.

#ifndef WINDTUNNEL_TESTS_PROPERTY_STREAM_REQUESTS_H_
#define WINDTUNNEL_TESTS_PROPERTY_STREAM_REQUESTS_H_

#include <string>

#include "tests/property/draft.h"
#include "tests/property/stream_config.h"

namespace windtunnel::conform {

class StreamRequests {
 public:
  explicit StreamRequests(Draft& draft) : draft_(draft), dice_(draft.dice) {}

  void Delete(const StreamScope& scope);
  void Purge(const StreamScope& scope);
  void Get(const StreamScope& scope);
  // Answered at "in.@.got".
  void DirectGet(const StreamScope& scope);
  void Info(const StreamScope& scope);
  // Of streams with own subjects only.
  void Lists();
  // A request of any kind with a body that is none.
  void Malformed(const StreamScope& scope);

 private:
  int AnySequence(const StreamScope& scope);
  bool LosesLast(const StreamScope& scope) const;
  std::string AnyTime(const StreamScope& scope);
  std::string AnyFilter(const StreamScope& scope);
  nlohmann::json OddGet(const StreamScope& scope);
  nlohmann::json AnyGet(const StreamScope& scope);
  nlohmann::json AnyBatch(const StreamScope& scope);

  Draft& draft_;
  Dice& dice_;
};

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_STREAM_REQUESTS_H_
