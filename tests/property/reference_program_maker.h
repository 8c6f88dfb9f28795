// Makes one program for the reference model, see reference_programs.h.

#ifndef WINDTUNNEL_TESTS_PROPERTY_REFERENCE_PROGRAM_MAKER_H_
#define WINDTUNNEL_TESTS_PROPERTY_REFERENCE_PROGRAM_MAKER_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/property/dice.h"
#include "tests/property/draft.h"
#include "tests/property/reference_model.h"

namespace windtunnel::conform {

class ReferenceProgramMaker {
 public:
  explicit ReferenceProgramMaker(Dice dice)
      : draft_{dice}, dice_(draft_.dice), model_(kStart) {
    draft_.program.flavour = "model";
    draft_.program.timed = true;
  }

  Program Make() {
    CreateStream("A");
    if (dice_.Percent(15)) CreateStream("B");
    const int published = dice_.Below(5);
    for (int i = 0; i < published; ++i) Publish();
    if (dice_.Percent(90)) CreateConsumer("c0");
    if (dice_.Percent(30)) CreateConsumer("c1");
    const int actions = 12 + dice_.Below(18);
    for (int i = 0; i < actions; ++i) {
      Anything();
      if (dice_.Percent(30)) Info();
    }
    return std::move(draft_.program);
  }

 private:
  using Json = nlohmann::json;
  using Headers = std::vector<std::pair<std::string, std::string>>;
  // Where the simulation begins. Only differences count.
  static constexpr Nanos kStart = 1'735'689'600'000 * kMillisecond;

  // The model follows.
  void Done() { model_.Do(draft_.program.actions.back()); }
  int Between(int low, int high) { return low + dice_.Below(high - low + 1); }
  std::int64_t Millis(const std::vector<int>& some) {
    return dice_.Of(some) * kMillisecond;
  }

  std::string Stream() {
    return configs_.count("B") > 0 && dice_.Percent(25) ? "B" : "A";
  }
  std::string Consumer() {
    if (consumers_.empty() || dice_.Percent(2))
      return dice_.Percent(50) ? "c0" : "c1";
    auto some = consumers_.begin();
    std::advance(some, dice_.Below(static_cast<int>(consumers_.size())));
    return some->first;
  }
  std::string StreamOf(const std::string& consumer) {
    const auto found = consumers_.find(consumer);
    return found == consumers_.end() ? "A" : found->second.first;
  }
  std::string Subject(const std::string& stream) {
    const std::string root = stream == "A" ? "@.a." : "@.b.";
    return root + dice_.Of({"x", "x", "x", "y", "y", "z", "x.1"});
  }
  std::string Filter(const std::string& stream) {
    const std::string root = stream == "A" ? "@.a." : "@.b.";
    return root + dice_.Of({"x", "x", "y", "*", ">", "x.*"});
  }
  const ReferenceStream* Hosted(const std::string& stream) {
    const auto found = model_.streams().find(kModelName + stream);
    return found == model_.streams().end() ? nullptr
                                           : found->second.stream.get();
  }
  // One that is there, or nearly.
  Sequence SequenceIn(const std::string& stream) {
    const ReferenceStream* hosted = Hosted(stream);
    if (hosted == nullptr) return 1;
    if (!hosted->messages().empty() && dice_.Percent(60)) {
      const int count = static_cast<int>(hosted->messages().size());
      return hosted->messages()[dice_.Below(count)].sequence;
    }
    const int back = static_cast<int>(hosted->last_sequence()) + 3;
    return static_cast<Sequence>(dice_.Below(back));
  }

  // reference_program_configs.cc
  void Limits(Json& config);
  void CreateStream(const std::string& name);
  void UpdateStream();
  void CreateConsumer(const std::string& name);
  void UpdateConsumer();
  void Positions(Json& config, const std::string& stream);
  void Waits(Json& config);
  void RequestLimits(Json& config);
  void SendConsumer(const std::string& name, const char* action);

  // reference_programs.cc
  void Anything();
  void Publish();
  Headers PublishHeaders(const std::string& stream, const std::string& subject);
  void Pull();
  void Settle();
  std::string Payload();
  void Advance();
  void Delete();
  void Purge();
  void Get();
  void Info();
  void Drop();

  Draft draft_;
  Dice& dice_;
  ReferenceModel model_;
  std::map<std::string, Json> configs_;  // Of streams.
  std::map<std::string, std::pair<std::string, Json>>
      consumers_;  // Stream, config.
  int published_ = 0;
};

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_REFERENCE_PROGRAM_MAKER_H_
