// The stream that consumers of a generated program are on, and what happens to
// it.

#ifndef WINDTUNNEL_TESTS_PROPERTY_CONSUMED_STREAM_H_
#define WINDTUNNEL_TESTS_PROPERTY_CONSUMED_STREAM_H_

#include <string>

#include "nlohmann/json.hpp"
#include "tests/property/draft.h"

namespace windtunnel::conform {

// Stream "@A" on "@.>".
class ConsumedStream {
 public:
  explicit ConsumedStream(Draft& draft) : draft_(draft), dice_(draft.dice) {}

  // Creates it, with up to 8 messages. `kind` is what it always is: "",
  // "interest", "file", "large": without limits.
  void Create(const std::string& kind = "");

  void Publish(bool look);
  // Those that are removed by request, unless the program has none of them.
  void Delete();
  void Purge();
  void Update();

  // Whether messages are deleted and purged by request. Servers up to 2.10.27
  // lose count of the messages of a subject then (PUB-027): what depends on
  // them is left out.
  bool loses_subjects() const {
    return removes_ && !draft_.is(ServerVersion::k2_15);
  }
  bool is_work_queue() const {
    return config_.value("retention", "") == "workqueue";
  }
  bool is_interest() const {
    return config_.value("retention", "") == "interest";
  }
  int stored() const { return stored_; }  // At first.

 private:
  void SetLimits();
  // Mostly one that exists.
  int AnySequence();

  Draft& draft_;
  Dice& dice_;
  std::string kind_;
  bool removes_ = false;
  bool short_window_ = false;
  nlohmann::json config_;
  int stored_ = 0;
  int published_ = 0;
};

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_CONSUMED_STREAM_H_
