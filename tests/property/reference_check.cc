#include "tests/property/reference_check.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tests/property/reference_model.h"
#include "windtunnel/connection.h"
#include "windtunnel/simulator.h"

namespace windtunnel::conform {
namespace {

using Json = nlohmann::json;

constexpr absl::string_view kAdvisories = "$JS.EVENT.ADVISORY.CONSUMER.";

std::string StateInWords(const Json& state) {
  return absl::StrCat("messages ", state["messages"].get<Sequence>(), " bytes ",
                      state["bytes"].get<Sequence>(), " first ",
                      state["first_seq"].get<Sequence>(), " ",
                      state["first_ts"].get<std::string>(), " last ",
                      state["last_seq"].get<Sequence>(), " ",
                      state["last_ts"].get<std::string>(), " deleted ",
                      state.value("num_deleted", Sequence{0}), " subjects ",
                      state.value("num_subjects", Sequence{0}), " consumers ",
                      state["consumer_count"].get<Sequence>());
}

std::string PositionInWords(const Json& position) {
  std::string words = absl::StrCat(position["consumer_seq"].get<Sequence>(),
                                   " ", position["stream_seq"].get<Sequence>());
  if (position.contains("last_active")) {
    absl::StrAppend(&words, " ", position["last_active"].get<std::string>());
  }
  return words;
}

std::string InfoInWords(const Json& info) {
  return absl::StrCat("delivered ", PositionInWords(info["delivered"]),
                      " floor ", PositionInWords(info["ack_floor"]),
                      " ack pending ", info["num_ack_pending"].get<Sequence>(),
                      " redelivered ", info["num_redelivered"].get<Sequence>(),
                      " waiting ", info["num_waiting"].get<Sequence>(),
                      " pending ", info["num_pending"].get<Sequence>());
}

// An answer of the API in the words of the model.
std::string AnswerInWords(const std::string& data) {
  const Json answer = Json::parse(data);
  if (answer.contains("error")) {
    const Json& error = answer["error"];
    return absl::StrCat("error ", error["err_code"].get<int>(), " ",
                        error["code"].get<int>(), " ",
                        error["description"].get<std::string>());
  }
  if (answer.contains("state")) {
    return absl::StrCat(answer["config"].dump(), " ",
                        StateInWords(answer["state"]));
  }
  if (answer.contains("ack_floor")) {
    return absl::StrCat(answer["config"].dump(), " ", InfoInWords(answer));
  }
  if (answer.contains("purged")) {
    return absl::StrCat("purged ", answer["purged"].get<Sequence>());
  }
  if (answer.contains("message")) {
    const Json& message = answer["message"];
    return absl::StrCat(
        message["subject"].get<std::string>(), " ",
        message["seq"].get<Sequence>(), " ", message.value("hdrs", ""), " ",
        message.value("data", ""), " ", message["time"].get<std::string>());
  }
  return answer.value("success", false) ? "success" : data;
}

std::string AdvisoryInWords(const Message& message) {
  const std::vector<std::string> tokens = absl::StrSplit(message.subject, '.');
  const Json event = Json::parse(message.data);
  const std::string kind = std::string(absl::StripPrefix(tokens[4], "MSG_"));
  std::string words = absl::StrCat(kind, " ", tokens[6]);
  if (event.contains("consumer_seq")) {
    absl::StrAppend(&words, " consumer ",
                    event["consumer_seq"].get<Sequence>());
  }
  absl::StrAppend(&words, " stream ", event["stream_seq"].get<Sequence>(),
                  " deliveries ", event["deliveries"].get<Sequence>());
  if (kind == "TERMINATED") {
    absl::StrAppend(&words, " reason ", event.value("reason", ""));
  }
  return words;
}

std::string InWords(const Message& message) {
  const Headers& headers = message.headers;
  if (headers.status_code() != 0) {
    std::string words =
        absl::StrCat("[", headers.status_code(), " ", headers.status_text());
    for (const auto& [name, value] : headers.entries()) {
      absl::StrAppend(&words, "; ", name, ": ", value);
    }
    return absl::StrCat(words, "]");
  }
  if (absl::StartsWith(message.subject, kAdvisories))
    return AdvisoryInWords(message);
  if (absl::StartsWith(message.data, R"({"type":)"))
    return AnswerInWords(message.data);
  if (message.reply.empty() && headers.empty()) return message.data;
  std::string words = absl::StrCat(message.subject, " {");
  for (const auto& [name, value] : headers.entries()) {
    absl::StrAppend(&words, name, ": ", value, "; ");
  }
  return absl::StrCat(words, "} ", message.data, " -> ", message.reply);
}

// A simulation that does what a program says.
class SimulatedRun {
 public:
  explicit SimulatedRun(const Program& program) {
    connection_ = simulator_.Connect("model").value();
    std::set<std::string> inboxes = {kAnswers};
    for (const Action& action : program.actions) {
      if (!action.reply.empty()) inboxes.insert(Named(action.reply));
    }
    for (const std::string& inbox : inboxes) Listen(inbox, inbox);
    for (const char* kind : {"MAX_DELIVERIES", "MSG_NAKED", "MSG_TERMINATED"}) {
      Listen("advisory", absl::StrCat(kAdvisories, kind, ".>"));
    }
  }

  Nanos now() const { return absl::ToUnixNanos(simulator_.Now()); }

  Observation Do(const Action& action) {
    switch (action.kind) {
      case Action::Kind::kAdvance:
        simulator_.RunFor(action.duration);
        break;
      case Action::Kind::kSettle:
        if (std::string subject = AckSubject(acks_, action); !subject.empty()) {
          Publish({.subject = std::move(subject),
                   .reply = Named(action.reply),
                   .data = Named(action.body)});
        }
        break;
      case Action::Kind::kRequest:
      case Action::Kind::kSend: {
        Message message = {.subject = Named(action.subject),
                           .reply = action.kind == Action::Kind::kRequest
                                        ? kAnswers
                                        : Named(action.reply),
                           .data = Named(action.body)};
        for (const auto& [name, value] : action.headers) {
          message.headers.Add(name, Named(value));
        }
        Publish(message);
        break;
      }
      default:
        break;  // Its programs have no others.
    }
    return Seen();
  }

  // The answer to a request that no action made.
  std::string Ask(const std::string& subject, const std::string& body) {
    Publish({.subject = subject, .reply = kAnswers, .data = body});
    const Observation seen = Seen();
    return seen.empty() ? "no answer" : seen.front().what;
  }

 private:
  void Listen(const std::string& where, const std::string& subject) {
    listening_.emplace_back(
        where, connection_->Subscribe({.subject = subject}).value());
  }

  void Publish(const Message& message) {
    connection_->Publish(message).IgnoreError();
  }

  Observation Seen() {
    simulator_.RunUntilIdle();
    Observation seen;
    for (auto& [where, subscription] : listening_) {
      while (subscription->pending() > 0) {
        const Message message =
            subscription->Next(absl::ZeroDuration()).value();
        if (absl::StartsWith(message.reply, "$JS.ACK."))
          acks_.push_back(message.reply);
        seen.push_back({where, InWords(message)});
      }
    }
    return seen;
  }

  Simulator simulator_;
  std::unique_ptr<Connection> connection_;
  std::vector<std::pair<std::string, std::unique_ptr<Subscription>>> listening_;
  std::vector<std::string> acks_;
};

// Deliveries of several inboxes count in the order of the inboxes, advisories
// in any order.
Observation Sorted(Observation seen) {
  std::stable_sort(seen.begin(), seen.end(),
                   [](const Sight& a, const Sight& b) {
                     if (a.where != b.where) return a.where < b.where;
                     return a.where == "advisory" && a.what < b.what;
                   });
  return seen;
}

// What is stored at the end; as many messages as the model has, and whether
// there is one more.
Observation Final(SimulatedRun& run, const ReferenceModel& model) {
  Observation seen;
  for (const auto& [name, hosted] : model.streams()) {
    seen.push_back({absl::StrCat("stream ", name),
                    run.Ask(absl::StrCat("$JS.API.STREAM.INFO.", name), "")});
    for (const auto& [consumer, state] : hosted.consumers) {
      seen.push_back(
          {absl::StrCat("consumer ", consumer),
           run.Ask(absl::StrCat("$JS.API.CONSUMER.INFO.", name, ".", consumer),
                   "")});
    }
    for (const ReferenceMessage& message : hosted.stream->messages()) {
      seen.push_back(
          {absl::StrCat("message ", name, " ", message.sequence),
           run.Ask(absl::StrCat("$JS.API.STREAM.MSG.GET.", name),
                   absl::StrCat("{\"seq\":", message.sequence, "}"))});
    }
  }
  return seen;
}

// `text` without the configuration with which it begins like `other`.
absl::string_view FromFirstDifference(absl::string_view text,
                                      absl::string_view other) {
  const std::size_t end = text.find("}} ");
  if (end == text.npos || text.substr(0, end) != other.substr(0, end))
    return text;
  return text.substr(end + 3);
}

std::string Outcome(const Sight& sight) {
  const absl::string_view what = sight.what;
  if (absl::StartsWith(what, "error ")) return std::string(what.substr(0, 11));
  if (absl::StartsWith(what, "[")) {
    return absl::StrCat("status ",
                        what.substr(1, what.find_first_of(";]") - 1));
  }
  if (sight.where == "advisory")
    return absl::StrCat("advisory ", what.substr(0, 5));
  if (absl::StartsWith(what, R"({"error")")) {
    const std::size_t at = what.find("err_code");
    return absl::StrCat("refused ", what.substr(at + 10, 5));
  }
  if (absl::StrContains(what, R"("duplicate")")) return "duplicate";
  if (absl::StrContains(what, "-> $JS.ACK")) {
    return absl::StrContains(what, ".c0.1.") ||
                   absl::StrContains(what, ".c1.1.")
               ? "delivery"
               : "redelivery";
  }
  if (absl::StartsWith(what, R"({"stream")")) return "stored";
  return what.empty() ? "confirmed" : "answer";
}

}  // namespace

bool Understood(const Program& program) {
  for (const Action& action : program.actions) {
    if (absl::StartsWith(action.subject, "$JS.API.CONSUMER.CREATE.") &&
        !absl::StrContains(action.body, "durable_name")) {
      return false;
    }
  }
  return true;
}

std::optional<Disagreement> Compare(const Program& program, ModelTally* tally) {
  SimulatedRun run(program);
  ReferenceModel model(run.now());
  for (std::size_t i = 0; i < program.actions.size(); ++i) {
    Observation expected = Sorted(model.Do(program.actions[i]));
    if (!model.known().empty()) {
      if (tally != nullptr) ++(*tally)["known: " + model.known()];
      return std::nullopt;
    }
    Observation seen = Sorted(run.Do(program.actions[i]));
    if (expected != seen) return Disagreement{i, expected, seen};
    if (tally == nullptr) continue;
    ++(*tally)["action: " + KindOf(program.actions[i])];
    for (const Sight& sight : seen) ++(*tally)["seen: " + Outcome(sight)];
  }
  Observation seen = Final(run, model);
  Observation expected = model.Final();
  if (expected != seen)
    return Disagreement{program.actions.size(), expected, seen};
  return std::nullopt;
}

std::string Story(const Program& program, const Disagreement& disagreement) {
  std::string story;
  for (std::size_t i = 0; i < program.actions.size() && i <= disagreement.step;
       ++i) {
    absl::StrAppend(&story, i + 1, ". ", conform::InWords(program.actions[i]),
                    "\n");
  }
  const auto side = [&](const char* name, const Observation& own,
                        const Observation& other) {
    absl::StrAppend(&story, name, "\n");
    for (const Sight& sight : own) {
      if (std::find(other.begin(), other.end(), sight) != other.end()) continue;
      absl::string_view what = sight.what;
      const auto same = std::find_if(
          other.begin(), other.end(),
          [&](const Sight& one) { return one.where == sight.where; });
      if (same != other.end()) what = FromFirstDifference(what, same->what);
      absl::StrAppend(&story, "    ", sight.where, ": ", what, "\n");
    }
  };
  side("  the model says", disagreement.model, disagreement.simulator);
  side("  the simulator shows", disagreement.simulator, disagreement.model);
  return story;
}

}  // namespace windtunnel::conform
