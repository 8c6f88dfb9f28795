// The reference model: predicts from the specification alone what each action
// of a program shows. It understands streams and pull consumers of 2.15, and is
// kept so plain that it can be read beside the rows; it knows nothing of the
// simulator.

#ifndef WINDTUNNEL_TESTS_PROPERTY_REFERENCE_MODEL_H_
#define WINDTUNNEL_TESTS_PROPERTY_REFERENCE_MODEL_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/property/observation.h"
#include "tests/property/program.h"
#include "tests/property/reference_consumer.h"
#include "tests/property/reference_stream.h"

namespace windtunnel::conform {

// Stands for `@` in programs.
inline constexpr char kModelName[] = "M";
// Where requests of programs are answered.
inline constexpr char kAnswers[] = "in.M.answer";

// `text` with kModelName for each `@`.
std::string Named(absl::string_view text);
// The last but `pick` of `acks`, with a number of it changed; see Action.
std::string AckSubject(const std::vector<std::string>& acks,
                       const Action& action);

class ReferenceModel {
 public:
  explicit ReferenceModel(Nanos start) : now_(start) {}

  // What `action` shows: what is sent to each inbox, in order of the inboxes.
  Observation Do(const Action& action);
  // Everything that is stored at the end, and the infos.
  Observation Final();

  // For generators that aim.
  struct Hosted {
    std::unique_ptr<ReferenceStream> stream;
    std::map<std::string, std::unique_ptr<ReferenceConsumer>> consumers;
  };
  const std::map<std::string, Hosted>& streams() const { return streams_; }
  const std::vector<std::string>& acks() const { return acks_; }
  Nanos now() const { return now_; }
  // Why the rest cannot be compared: what the simulator is known to do
  // otherwise.
  const std::string& known() const { return known_; }
  Nanos NextDue() const;

 private:
  using Json = nlohmann::json;

  void Advance(Nanos until);
  void Message(const std::string& subject, const std::string& reply,
               const HeaderLines& headers, const std::string& body);
  void Settle(const std::string& subject, const std::string& reply,
              const std::string& body);
  void Say(const std::string& inbox, const std::string& words);

  std::string Api(const std::vector<std::string>& tokens,
                  const std::string& body);
  std::string StreamApi(const std::string& verb, const std::string& name,
                        const Json& request);
  std::string ConsumerApi(const std::vector<std::string>& tokens,
                          const Json& request);
  std::string CreateStream(const std::string& name, const Json& request);
  std::string UpdateStream(Hosted& hosted, const Json& request);
  std::string DeleteStream(const std::string& name);
  std::string Purge(Hosted& hosted, const Json& request);
  std::string Get(const Hosted& hosted, const Json& request);
  void DirectGet(const Hosted& hosted, const std::vector<std::string>& tokens,
                 const std::string& reply, const std::string& body);
  std::string CreateConsumer(Hosted& hosted, const Json& request);
  std::string DeleteConsumer(Hosted& hosted, const std::string& name);
  std::string StreamInfo(const Hosted& hosted) const;
  ReferenceStream::Listener StreamListener(const std::string& name);
  // A consumer no longer needs a message.
  void Released(Hosted& hosted, Sequence sequence);
  void DropUnwanted(Hosted& hosted);
  void DropAcknowledged(Hosted& hosted);

  Nanos now_;
  std::map<std::string, Hosted> streams_;
  std::vector<std::string> acks_;
  std::string known_;
  std::map<std::string, std::vector<std::string>> said_;  // By inbox.
};

// reference_config.cc: requests to configurations, what is wrong with them, and
// how they come back in answers.
ReferenceStreamConfig StreamConfigOf(const nlohmann::json& request);
ReferenceError StreamConfigError(const ReferenceStreamConfig& config);
ReferenceError StreamUpdateError(const ReferenceStreamConfig& old,
                                 const ReferenceStreamConfig& config);
nlohmann::json ToJson(const ReferenceStreamConfig& config);
ReferenceConsumerConfig ConsumerConfigOf(const nlohmann::json& config);
ReferenceError ConsumerConfigError(const ReferenceConsumerConfig& config,
                                   bool work_queue);
ReferenceError ConsumerUpdateError(const ReferenceConsumerConfig& old,
                                   const ReferenceConsumerConfig& config);
nlohmann::json ToJson(const ReferenceConsumerConfig& config);

}  // namespace windtunnel::conform

#endif  // WINDTUNNEL_TESTS_PROPERTY_REFERENCE_MODEL_H_
