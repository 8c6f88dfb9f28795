// What stands in a program for names and times that only its run knows.

#ifndef WINDTUNNEL_TESTS_PROPERTY_STAND_INS_H_
#define WINDTUNNEL_TESTS_PROPERTY_STAND_INS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/property/program.h"
#include "windtunnel/message.h"

namespace windtunnel::conform {

class StandIns {
 public:
  explicit StandIns(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }

  // Says when a message of stream "A" was stored.
  using StoredAt =
      absl::FunctionRef<std::string(absl::string_view stream, int sequence)>;
  // Its last sequence, of all or of those on `subject`.
  using LastOf = absl::FunctionRef<std::string(absl::string_view stream,
                                               const std::string& subject)>;

  // `text` of a program as the server gets it; see program.h.
  std::string Reveal(const std::string& text, absl::Time now,
                     StoredAt stored_at, LastOf last_of) const;
  // And back.
  std::string Hide(const std::string& text) const;

  // Names that the server drew.
  void LearnFromAnswer(const Action& action, const Message& answer);
  void LearnFromMessage(const Message& message);

 private:
  void Learn(absl::string_view kind, const std::string& name);
  void LearnFromReply(const std::string& reply);

  const std::string name_;
  // What stands in, and for what.
  std::vector<std::pair<std::string, std::string>> drawn_;
  std::map<std::string, std::string> last_;  // What changes with each message.
};

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_STAND_INS_H_
