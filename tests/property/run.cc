#include "tests/property/run.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "tests/property/stand_ins.h"
#include "tests/property/tolerance.h"
#include "windtunnel/connection.h"
#include "windtunnel/headers.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

// How long a live server may take to show what is expected.
constexpr absl::Duration kPatience = absl::Milliseconds(600);
constexpr absl::Duration kMostPatience = absl::Seconds(6);
// Timed actions must leave room for the next.
constexpr absl::Duration kTimedPatience = absl::Milliseconds(45);
// A live run that is later than this at an action is done again.
constexpr absl::Duration kLate = absl::Milliseconds(40);
constexpr absl::Duration kTimeout = absl::Seconds(5);
// Messages that are read of each stream at the end.
constexpr std::uint64_t kMostMessages = 50;

std::string Text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Where messages arrive.
struct Listener {
  int connection = 0;
  std::string subject;  // As in the program.
  std::string queue;
  std::unique_ptr<Subscription> subscription;
  std::vector<Message> events = {};  // Not yet part of a step that is done.

  bool advisories() const { return absl::StartsWith(subject, "$JS."); }
};

class Runner {
 public:
  Runner(World& world, const std::string& name, const Program& program,
         const Transcript* expected)
      : world_(world),
        program_(program),
        expected_(expected),
        blur_(BlurOf(program)),
        stand_ins_(name) {}

  Transcript All() {
    if (Connect(0) == nullptr) return std::move(transcript_);
    for (const char* stream : {"@A", "@B", "@C"}) {
      const auto mentions = [&](const Action& action) {
        return action.subject == absl::StrCat("$JS.API.STREAM.CREATE.", stream);
      };
      if (std::none_of(program_.actions.begin(), program_.actions.end(),
                       mentions)) {
        continue;
      }
      Listen(0, absl::StrCat("$JS.EVENT.ADVISORY.STREAM.*.", stream));
      Listen(0, absl::StrCat("$JS.EVENT.ADVISORY.CONSUMER.*.", stream, ".>"));
      Listen(0, absl::StrCat("$JS.EVENT.METRIC.CONSUMER.*.", stream, ".>"));
    }
    began_ = world_.runtime().Now();
    for (const Action& action : program_.actions) {
      if (live() && program_.timed && Late()) {
        transcript_.late = true;
        break;
      }
      waits_ = action.kind == Action::Kind::kAdvance;
      std::optional<std::string> answer = Do(action);
      if (over_) break;
      Observe(std::move(answer), action.look);
      if (over_) break;
    }
    // What falls due right after the end may be seen in it, or not.
    if (program_.timed && !live() && !over_) over_ = ChangesWithin(kMargin);
    if (!over_ && !transcript_.late) {
      at_end_ = true;
      Observe(std::nullopt, true);
    }
    DeleteStreams(*connections_[0], stand_ins_.name());
    return std::move(transcript_);
  }

 private:
  bool live() const { return expected_ != nullptr; }

  bool Late() const {
    return world_.runtime().Now() - (due_.has_value() ? *due_ : began_) > kLate;
  }

  // --- Connections -----------------------------------------------------------

  // Null without a server: then there is no verdict.
  Connection* Connect(int number) {
    std::unique_ptr<Connection>& connection = connections_[number];
    if (connection == nullptr) {
      auto made = world_.Connect(absl::StrCat(stand_ins_.name(), "-", number));
      if (made.ok()) {
        connection = *std::move(made);
      } else {
        transcript_.late = over_ = true;
      }
    }
    return connection.get();
  }

  void Listen(int number, const std::string& subject,
              const std::string& queue = "") {
    for (const Listener& listener : listeners_) {
      if (listener.connection == number && listener.subject == subject &&
          listener.queue == queue) {
        return;
      }
    }
    Connection* connection = Connect(number);
    if (connection == nullptr) return;
    auto subscription = connection->Subscribe(
        {.subject = Reveal(subject), .queue_group = queue});
    if (!subscription.ok()) return;
    connection->Flush(kTimeout).IgnoreError();
    listeners_.push_back({number, subject, queue, *std::move(subscription)});
  }

  // --- Actions ---------------------------------------------------------------

  std::string Reveal(const std::string& text) {
    return stand_ins_.Reveal(
        text, world_.runtime().Now(),
        [this](absl::string_view stream, int sequence) {
          return StoredAt(stream, sequence);
        },
        [this](absl::string_view stream, const std::string& subject) {
          return LastOf(stream, subject);
        });
  }

  std::string LastOf(absl::string_view stream, const std::string& subject) {
    const std::string name = absl::StrCat(stand_ins_.name(), stream);
    if (subject.empty()) {
      const json info = Ask(absl::StrCat("STREAM.INFO.", name), "");
      return info.is_object() && info.contains("state")
                 ? info["state"]["last_seq"].dump()
                 : "0";
    }
    const json got = Ask(absl::StrCat("STREAM.MSG.GET.", name),
                         json{{"last_by_subj", subject}}.dump());
    return got.is_object() && got.contains("message")
               ? got["message"]["seq"].dump()
               : "0";
  }

  std::string StoredAt(absl::string_view stream, int sequence) {
    const auto stored = connections_[0]->Request(
        {.subject =
             absl::StrCat("$JS.API.STREAM.MSG.GET.", stand_ins_.name(), stream),
         .data = absl::StrCat("{\"seq\":", sequence, "}")});
    const json message =
        stored.ok() ? json::parse(stored->data, nullptr, false) : json();
    if (!message.is_object() || !message.contains("message")) {
      return "2020-01-01T00:00:00Z";
    }
    return message["message"]["time"];
  }

  Message MessageOf(const Action& action) {
    Message message{.subject = Reveal(action.subject),
                    .reply = Reveal(action.reply),
                    .data = Reveal(action.body)};
    for (const auto& [name, value] : action.headers) {
      message.headers.Add(name, Reveal(value));
    }
    return message;
  }

  // The answer to its request, if it has one.
  std::optional<std::string> Do(const Action& action) {
    switch (action.kind) {
      case Action::Kind::kRequest:
        return Request(action);
      case Action::Kind::kSend:
        Send(action, MessageOf(action));
        break;
      case Action::Kind::kSettle:
        Settle(action);
        break;
      case Action::Kind::kSubscribe:
        Listen(action.connection, action.subject, action.queue);
        break;
      case Action::Kind::kUnsubscribe:
        EraseListeners([&](const Listener& listener) {
          return listener.connection == action.connection &&
                 listener.subject == action.subject;
        });
        break;
      case Action::Kind::kDisconnect:
        if (action.connection == 0) break;
        EraseListeners([&](const Listener& listener) {
          return listener.connection == action.connection;
        });
        connections_[action.connection] = nullptr;
        break;
      case Action::Kind::kAdvance:
        Advance(action.duration);
        break;
      case Action::Kind::kRestart:
        world_.RestartServer().IgnoreError();
        break;
    }
    return std::nullopt;
  }

  template <typename Which>
  void EraseListeners(Which which) {
    // What came before is still seen.
    Collect();
    for (const Listener& listener : listeners_) {
      if (!which(listener)) continue;
      for (const Message& event : listener.events) {
        leftover_.push_back(SightOf(listener, event));
      }
    }
    listeners_.erase(
        std::remove_if(listeners_.begin(), listeners_.end(), which),
        listeners_.end());
    Flush();
  }

  std::optional<std::string> Request(const Action& action) {
    Message message = MessageOf(action);
    message.reply.clear();
    Connection* connection = Connect(action.connection);
    if (connection == nullptr) return std::nullopt;
    const auto answer = connection->Request(message, {.timeout = kTimeout});
    if (!answer.ok()) return Hide(answer.status().ToString());
    stand_ins_.LearnFromAnswer(action, *answer);
    Remember(action, *answer);
    if (!answer->headers.empty() || answer->headers.status_code() != 0) {
      return Hide(Normalized(
          Message{.headers = answer->headers, .data = answer->data}));
    }
    json value = json::parse(answer->data, nullptr, false);
    if (!value.is_object()) return Hide(answer->data);
    blur_.Apply(value);
    Normalize(value);
    return Hide(Text(value));
  }

  // Streams and consumers whose infos are looked at.
  void Remember(const Action& action, const Message& answer) {
    const bool creates = absl::StrContains(action.subject, ".CREATE.");
    if (!creates) return;
    const json value = json::parse(answer.data, nullptr, false);
    if (!value.is_object() || !value.contains("config")) return;
    if (value.contains("stream_name")) {
      const std::string name =
          absl::StrCat(value["stream_name"].get<std::string>(), ".",
                       value["name"].get<std::string>());
      if (std::find(consumers_.begin(), consumers_.end(), name) ==
          consumers_.end()) {
        consumers_.push_back(name);
      }
    } else {
      streams_.insert(value["config"]["name"].get<std::string>());
    }
  }

  void Send(const Action& action, const Message& message) {
    if (absl::StartsWith(action.reply, "in.")) {
      Listen(action.connection, action.reply);
    }
    Connection* connection = Connect(action.connection);
    if (connection == nullptr) return;
    connection->Publish(message).IgnoreError();
    connection->Flush(kTimeout).IgnoreError();
  }

  void Settle(const Action& action) {
    if (acks_.empty()) return;
    const std::size_t back = action.pick % acks_.size();
    std::vector<std::string> tokens =
        absl::StrSplit(acks_[acks_.size() - 1 - back], '.');
    if (action.token > 0 &&
        action.token < static_cast<int>(tokens.size()) - 1) {
      std::string& token = tokens[tokens.size() - action.token];
      std::int64_t value = 0;
      if (absl::SimpleAtoi(token, &value)) {
        token = absl::StrCat(std::max<std::int64_t>(0, value + action.change));
      }
    }
    Send(action, {.subject = absl::StrJoin(tokens, "."),
                  .reply = Reveal(action.reply),
                  .data = Reveal(action.body)});
  }

  // --- Time ------------------------------------------------------------------

  void Advance(absl::Duration duration) {
    if (!program_.timed) {
      // Nothing falls due but what comes by itself.
      if (!live()) world_.Advance(duration);
      return;
    }
    if (live()) {
      const absl::Time now = world_.runtime().Now();
      due_ = (due_.has_value() ? *due_ : now) + duration;
      if (*due_ > now) world_.Advance(*due_ - now);
      return;
    }
    // Where something happens near to the action it ends.
    over_ = ChangesWithin(kMargin);
    world_.Advance(std::max(duration - 2 * kMargin, absl::ZeroDuration()));
    over_ |= ChangesWithin(kMargin);
  }

  // Advances by `duration`; whether something happened by itself. Requests that
  // wait are left alone, which an info would look through.
  bool ChangesWithin(absl::Duration duration) {
    const Observation before = Look(false);
    const std::vector<Sight> states = StreamInfos();
    world_.Advance(duration);
    return Look(false) != before || StreamInfos() != states;
  }

  // --- Observing -------------------------------------------------------------

  void Flush() {
    for (const auto& connection : connections_) {
      if (connection != nullptr) connection->Flush(kTimeout).IgnoreError();
    }
  }

  void Collect() {
    Flush();
    for (Listener& listener : listeners_) {
      while (listener.subscription->pending() > 0) {
        auto message = listener.subscription->Next(absl::Seconds(1));
        if (!message.ok()) break;
        stand_ins_.LearnFromMessage(*message);
        listener.events.push_back(*std::move(message));
      }
    }
  }

  std::string Hide(const std::string& text) const {
    return stand_ins_.Hide(text);
  }

  Sight SightOf(const Listener& listener, const Message& event) const {
    std::string where = listener.subject;
    if (listener.connection > 0 && listener.queue.empty()) {
      absl::StrAppend(&where, " of connection ", listener.connection);
    }
    return {where, Hide(blur_.Apply(Normalized(event)))};
  }

  Observation Look(bool infos) {
    Collect();
    Observation seen = leftover_;
    std::map<std::string, std::vector<Sight>> unordered;
    std::vector<Sight> statuses;  // Of a wait.
    for (const Listener& listener : listeners_) {
      // Who of a queue group gets a message is not told, nor the order of
      // advisories.
      const bool ordered = !listener.advisories() && listener.queue.empty();
      for (const Message& event : listener.events) {
        Sight sight = SightOf(listener, event);
        if (waits_ && event.headers.status_code() != 0) {
          statuses.push_back(std::move(sight));
        } else if (ordered) {
          seen.push_back(std::move(sight));
        } else {
          unordered[listener.subject].push_back(std::move(sight));
        }
      }
    }
    std::move(statuses.begin(), statuses.end(), std::back_inserter(seen));
    for (auto& [subject, sights] : unordered) {
      std::stable_sort(
          sights.begin(), sights.end(),
          [](const Sight& a, const Sight& b) { return a.what < b.what; });
      std::move(sights.begin(), sights.end(), std::back_inserter(seen));
    }
    if (infos) {
      for (const std::string& consumer : consumers_) {
        seen.push_back(ConsumerInfo(consumer));
      }
      for (Sight& sight : StreamInfos()) seen.push_back(std::move(sight));
    }
    if (at_end_) ReadMessages(seen);
    return seen;
  }

  json Ask(const std::string& operation, const std::string& body) {
    const auto answer = connections_[0]->Request(
        {.subject = absl::StrCat("$JS.API.", operation), .data = body},
        {.timeout = kTimeout});
    if (!answer.ok()) return answer.status().ToString();
    json value = json::parse(answer->data, nullptr, false);
    Normalize(value);
    if (value.is_object()) value.erase("type");
    return value;
  }

  // Configurations are told when they are new.
  std::string WithoutOldConfig(const std::string& name, json& info) {
    if (info.is_object() && info.contains("config")) {
      new_configs_[name] = info["config"];
      const auto old = configs_.find(name);
      if (old != configs_.end() && old->second == info["config"]) {
        info.erase("config");
      }
    }
    return Hide(Text(info));
  }

  Sight ConsumerInfo(const std::string& name) {
    json info = Ask(absl::StrCat("CONSUMER.INFO.", name), "");
    return {Hide(absl::StrCat("consumer ", name)),
            WithoutOldConfig(absl::StrCat("consumer ", name), info)};
  }

  std::vector<Sight> StreamInfos() {
    std::vector<Sight> seen;
    for (const std::string& name : streams_) {
      json info = Ask(absl::StrCat("STREAM.INFO.", name),
                      R"({"deleted_details":true,"subjects_filter":">"})");
      blur_.Apply(info);
      seen.push_back({Hide(absl::StrCat("stream ", name)),
                      WithoutOldConfig(absl::StrCat("stream ", name), info)});
    }
    return seen;
  }

  void ReadMessages(Observation& seen) {
    for (const std::string& name : streams_) {
      const json info = Ask(absl::StrCat("STREAM.INFO.", name), "");
      if (!info.is_object() || !info.contains("state")) continue;
      const std::uint64_t first = info["state"].value("first_seq", 0);
      const std::uint64_t last = std::min<std::uint64_t>(
          info["state"].value("last_seq", 0), first + kMostMessages);
      for (std::uint64_t seq = first; seq <= last; ++seq) {
        const json message = Ask(absl::StrCat("STREAM.MSG.GET.", name),
                                 absl::StrCat("{\"seq\":", seq, "}"));
        seen.push_back({Hide(absl::StrCat("message ", name, " ", seq)),
                        Hide(Text(message))});
      }
    }
  }

  Observation Step(const std::optional<std::string>& answer, bool infos) {
    Observation seen;
    if (answer.has_value()) seen.push_back({"answer", *answer});
    Observation looked = Look(infos);
    std::move(looked.begin(), looked.end(), std::back_inserter(seen));
    return seen;
  }

  void Observe(std::optional<std::string> answer, bool infos) {
    if (!live()) {
      // No two actions happen at one instant.
      world_.Advance(program_.timed ? absl::Microseconds(1) : program_.settle);
      Keep(Step(answer, infos));
      return;
    }
    // What is not looked at must have happened all the same.
    if (!infos && !program_.timed) world_.Advance(absl::Milliseconds(2));
    const std::size_t index = transcript_.steps.size();
    const absl::Duration patience =
        program_.timed ? kTimedPatience
                       : kPatience + std::min(program_.settle, kMostPatience);
    const absl::Time until = world_.runtime().Now() + patience;
    Observation seen = Step(answer, infos);
    if (index < expected_->steps.size()) {
      const Observation& wanted = expected_->steps[index];
      while (seen != wanted && world_.runtime().Now() < until) {
        world_.runtime().SleepFor(absl::Milliseconds(1)).IgnoreError();
        seen = Step(answer, infos);
      }
      over_ = seen != wanted;
    }
    Keep(std::move(seen));
    // A timed program ends where the simulator ended it.
    if (transcript_.steps.size() == expected_->steps.size()) over_ = true;
  }

  // The step is done.
  void Keep(Observation seen) {
    transcript_.steps.push_back(std::move(seen));
    configs_ = new_configs_;
    leftover_.clear();
    std::vector<std::string> shared;  // Any member of a group got them.
    for (Listener& listener : listeners_) {
      for (const Message& event : listener.events) {
        if (!absl::StartsWith(event.reply, "$JS.ACK.")) continue;
        (listener.queue.empty() ? acks_ : shared).push_back(event.reply);
      }
      listener.events.clear();
    }
    std::sort(shared.begin(), shared.end());
    acks_.insert(acks_.end(), shared.begin(), shared.end());
  }

  World& world_;
  const Program& program_;
  const Transcript* const expected_;
  const Blur blur_;
  StandIns stand_ins_;
  std::unique_ptr<Connection> connections_[3];
  std::vector<Listener> listeners_;
  std::vector<Sight> leftover_;  // From listeners that are gone.
  std::set<std::string> streams_;
  std::vector<std::string> consumers_;  // "<stream>.<consumer>".
  std::map<std::string, json> configs_;
  std::map<std::string, json> new_configs_;
  std::vector<std::string> acks_;  // The reply subjects of all deliveries.
  Transcript transcript_;
  bool over_ = false;
  bool at_end_ = false;
  bool waits_ = false;  // The action lets time pass.
  absl::Time began_;
  std::optional<absl::Time> due_;  // The last tick.
};

}  // namespace

Transcript RunProgram(World& world, const std::string& name,
                      const Program& program, const Transcript* expected) {
  return Runner(world, name, program, expected).All();
}

void DeleteStreams(Connection& connection, const std::string& name) {
  for (const char* stream : {"C", "B", "A"}) {
    connection
        .Request(
            {.subject = absl::StrCat("$JS.API.STREAM.DELETE.", name, stream)})
        .IgnoreError();
  }
}

}  // namespace windtunnel::conform
