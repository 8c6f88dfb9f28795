#include "tests/property/consumer_program.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "tests/property/consumer_program_config.h"
#include "tests/property/dice.h"
#include "windtunnel/connection.h"
#include "windtunnel/headers.h"

namespace windtunnel {
namespace {

using nlohmann::json;

// How long a live server may take to show what is expected.
constexpr absl::Duration kPatience = absl::Milliseconds(600);
// Timed steps must leave room for the next tick, and what falls due nearer to a
// step than this ends the program: a live server may be early or late.
constexpr absl::Duration kTimedPatience = absl::Milliseconds(45);
constexpr absl::Duration kMargin = absl::Milliseconds(50);

constexpr char kFarFuture[] = "2100-01-01T00:00:00Z";

bool IsTime(absl::string_view text) {
  return text.size() >= 20 && text[4] == '-' && text[10] == 'T' &&
         text != kFarFuture;
}

// Without what two worlds cannot have in common.
void Normalize(json& value) {
  if (value.is_object()) {
    for (const char* name : {"id", "ack_time", "pause_remaining", "client"}) {
      if (value.contains(name)) value[name] = "?";
    }
  }
  if (value.is_structured()) {
    for (json& each : value) Normalize(each);
  } else if (value.is_string() && IsTime(value.get_ref<std::string&>())) {
    value = value == "0001-01-01T00:00:00Z" ? "never" : "T";
  }
}

std::string Words(const std::string& data) {
  if (!absl::StartsWith(data, "{")) return data;
  json value = json::parse(data, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return data;
  Normalize(value);
  return value.dump();
}

// An ack subject without the time, the only number of 19 digits in it.
std::string AckWords(absl::string_view subject, bool hides_pending = false) {
  std::vector<std::string> tokens = absl::StrSplit(subject, '.');
  if (hides_pending) tokens.back() = "?";
  for (std::string& token : tokens) {
    if (token.size() == 19 &&
        token.find_first_not_of("0123456789") == std::string::npos) {
      token = "T";
    }
  }
  return absl::StrJoin(tokens, ".");
}

std::string Words(const Message& message, bool hides_pending) {
  std::ostringstream text;
  text << message.subject << " [";
  if (message.headers.status_code() != 0) {
    text << message.headers.status_code() << " "
         << message.headers.status_text();
  }
  // The client library sends headers in an order of its own.
  std::vector<Headers::Entry> entries = message.headers.entries();
  std::sort(entries.begin(), entries.end());
  for (const auto& [name, value] : entries) {
    text << " " << name << ":" << AckWords(value);
  }
  text << "] " << Words(message.data);
  if (!message.reply.empty()) {
    text << " -> " << AckWords(message.reply, hides_pending);
  }
  return text.str();
}

// An inbox, or advisories.
struct Listener {
  std::unique_ptr<Subscription> subscription;
  std::vector<Message> events = {};  // Not yet part of what was seen.
};

class Run {
 public:
  Run(World& world, const std::string& name, const ConsumerProgram& program,
      const Transcript* expected, Tally* tally)
      : world_(world), program_(program), expected_(expected), tally_(tally) {
    scope_.name = name;
    scope_.version = world.version();
    scope_.timed = program.timed;
    connection_ = world.Connect(name).value();
    // Only what goes to one inbox has an order.
    for (const char* subject :
         {"in.#.c0.p", "in.#.c0.q", "in.#.c1.p", "in.#.c1.q", "in.#.c0.next",
          "in.#.c1.next", "in.#.ack", "$JS.EVENT.ADVISORY.CONSUMER.*.#.c0",
          "$JS.EVENT.ADVISORY.CONSUMER.*.#.c1",
          "$JS.EVENT.METRIC.CONSUMER.*.#.*"}) {
      listeners_.push_back({connection_
                                ->Subscribe({.subject = absl::StrReplaceAll(
                                                 subject, {{"#", name}})})
                                .value()});
    }
  }

  Transcript All() {
    Dice dice(program_.config_seed);
    Begin(dice);
    for (std::uint32_t seed : program_.steps) {
      if (differs_ || over_) break;
      Dice step(seed);
      if (scope_.timed && step.Percent(55)) Tick(step);
      if (over_) break;
      Step(step);
    }
    if (!differs_ && !over_) Observe("at the end", true);
    connection_
        ->Request(
            {.subject = absl::StrCat("$JS.API.STREAM.DELETE.", scope_.name)})
        .IgnoreError();
    return seen_;
  }

 private:
  // --- Observing -------------------------------------------------------------

  std::string Api(const std::string& operation, const std::string& body) {
    const auto answer = connection_->Request(
        {.subject = absl::StrCat("$JS.API.", operation), .data = body});
    if (!answer.ok()) return answer.status().ToString();
    return Words(*answer);
  }

  static std::string Words(const Message& message) {
    return windtunnel::Words(message.data);
  }

  void Drain() {
    connection_->Flush(absl::Seconds(10)).IgnoreError();
    for (Listener& listener : listeners_) {
      while (listener.subscription->pending() > 0) {
        const auto message = listener.subscription->Next(absl::Seconds(1));
        if (!message.ok()) break;
        listener.events.push_back(*message);
      }
      // Live servers tell of messages that are removed in no order.
      if (absl::StartsWith(listener.subscription->subject(), "$JS.")) {
        std::stable_sort(listener.events.begin(), listener.events.end(),
                         [](const Message& a, const Message& b) {
                           return windtunnel::Words(a.data) <
                                  windtunnel::Words(b.data);
                         });
      }
    }
  }

  std::string Infos() {
    std::string text;
    for (int number = 0; number < 2; ++number) {
      if (consumers_[number].is_null()) continue;
      absl::StrAppend(&text, "\n    ", Info(number));
    }
    return absl::StrCat(text, "\n    ", StreamState());
  }

  // A configuration is told when it is new.
  std::string Info(int number) {
    const std::string answer =
        Api(absl::StrCat("CONSUMER.INFO.", scope_.name, ".c", number), "");
    json info = json::parse(answer, nullptr, /*allow_exceptions=*/false);
    if (!info.is_object() || !info.contains("config")) return answer;
    for (const char* name : {"stream_name", "ts", "created", "type"}) {
      info.erase(name);
    }
    new_configs_[number] = info["config"];
    if (info["config"] == configs_[number]) info.erase("config");
    return info.dump();
  }

  std::string StreamState() {
    const json stream = json::parse(
        Api(absl::StrCat("STREAM.INFO.", scope_.name), ""), nullptr, false);
    if (!stream.is_object()) return "no stream";
    json state = stream.value("state", json::object());
    // See ProgramScope::removes.
    if (scope_.loses_subjects()) state.erase("num_subjects");
    return state.dump();
  }

  std::string Look(const std::string& what, bool infos) {
    Drain();
    std::string text = what;
    for (const Listener& listener : listeners_) {
      const std::string& inbox = listener.subscription->subject();
      for (const Message& event : listener.events) {
        absl::StrAppend(&text, "\n    ", inbox.substr(inbox.rfind('.')), " ",
                        windtunnel::Words(event, scope_.evicts));
      }
    }
    if (infos) absl::StrAppend(&text, Infos());
    return absl::StrReplaceAll(text, {{scope_.name, "S"}});
  }

  void Observe(const std::string& what, bool infos) {
    const absl::Time until =
        world_.runtime().Now() + (scope_.timed ? kTimedPatience : kPatience);
    // What is not looked at must have happened all the same.
    if (expected_ != nullptr && !infos) world_.Advance(absl::Milliseconds(2));
    std::string text = Look(what, infos);
    if (expected_ != nullptr) {
      const std::string& wanted =
          seen_.size() < expected_->size() ? (*expected_)[seen_.size()] : "";
      while (text != wanted && world_.runtime().Now() < until) {
        world_.runtime().SleepFor(absl::Milliseconds(1)).IgnoreError();
        text = Look(what, infos);
      }
      differs_ = text != wanted;
      // A timed program ends where the other world ended it.
      if (scope_.timed && seen_.size() + 1 == expected_->size()) over_ = true;
    }
    seen_.push_back(text);
    for (int i = 0; i < 2; ++i) configs_[i] = new_configs_[i];
    for (Listener& listener : listeners_) {
      for (const Message& event : listener.events) {
        if (tally_ != nullptr) ++(*tally_)["  " + Outcome(event)];
        if (absl::StartsWith(event.reply, "$JS.ACK.")) {
          acks_.push_back(event.reply);
        }
      }
      listener.events.clear();
    }
  }

  static std::string Outcome(const Message& event) {
    if (event.headers.status_code() != 0) {
      return absl::StrCat("status ", event.headers.status_code(), " ",
                          event.headers.status_text().substr(0, 24));
    }
    if (absl::StartsWith(event.subject, "$JS.EVENT.")) {
      const std::vector<std::string> tokens =
          absl::StrSplit(event.subject, '.');
      return absl::StrCat("advisory ", tokens[4]);
    }
    if (!event.reply.empty()) {
      return absl::StrContains(event.reply, "$JS.ACK") &&
                     !absl::StrContains(event.reply, ".1.")
                 ? "redelivery"
                 : "delivery";
    }
    return "confirmation";
  }

  // --- Time ------------------------------------------------------------------

  void Tick(Dice& dice) {
    const int ticks = dice.Percent(70) ? 1 : 2 + dice.Below(3);
    const absl::Duration wait = ticks * kConsumerTick;
    if (expected_ != nullptr) {
      due_ += wait;
      const absl::Time now = world_.runtime().Now();
      if (due_ > now) world_.Advance(due_ - now);
    } else {
      over_ = ChangesWithin(kMargin);
      world_.Advance(wait - 2 * kMargin);
      over_ |= ChangesWithin(kMargin);
    }
    if (!over_) Observe(absl::StrCat("advance ", ticks), true);
  }

  // Advances by `duration`; whether something happened by itself. Requests that
  // wait are left alone, which an info would look through.
  bool ChangesWithin(absl::Duration duration) {
    const std::string before = Look("", false) + StreamState();
    world_.Advance(duration);
    return Look("", false) + StreamState() != before;
  }

  // --- Steps -----------------------------------------------------------------

  void Begin(Dice& dice) {
    scope_.removes = dice.Percent(50);
    stream_ = AnyStream(dice, scope_);
    if (scope_.timed) scope_.removes &= dice.Percent(50);
    Observe(absl::StrCat("create stream ", stream_.dump(), ": ",
                         Api(absl::StrCat("STREAM.CREATE.", scope_.name),
                             stream_.dump())),
            false);
    std::vector<std::string> times;
    // Without consumers an interest stream keeps nothing.
    const int before = dice.Below(9);
    for (int i = 0; i < before; ++i) {
      Publish(dice);
      world_.Advance(absl::Milliseconds(1));
      const auto stored = connection_->Request(
          {.subject = absl::StrCat("$JS.API.STREAM.MSG.GET.", scope_.name),
           .data = absl::StrCat("{\"seq\":", i + 1, "}")});
      const json message =
          stored.ok() ? json::parse(stored->data, nullptr, false) : json();
      if (message.is_object() && message.contains("message")) {
        times.push_back(message["message"]["time"]);
      }
    }
    const int consumers = dice.Percent(50) ? 2 : 1;
    times_ = times;
    for (int i = 0; i < consumers; ++i) MakeConsumer(dice, i);
    due_ = world_.runtime().Now();
  }

  void Note(const char* kind) {
    if (tally_ != nullptr) ++(*tally_)[kind];
  }

  void Step(Dice& dice) {
    const int kind = dice.Below(100);
    const bool infos = dice.Percent(75);
    if (kind < 26) return Publish(dice, infos);
    if (kind < 52) return Pull(dice, infos);
    if (kind < 82) return Settle(dice, infos);
    if (kind < 86) return Remove(dice);
    if (kind < 88) return Purge(dice);
    if (kind < 93) return UpdateConsumer(dice);
    if (kind < 95) return UpdateStream(dice);
    if (kind < 97) return Pause(dice);
    if (kind < 98) return Reset(dice);
    Recreate(dice);
  }

  void Publish(Dice& dice, bool infos = false) {
    Note("publish");
    const std::string subject =
        absl::StrCat(scope_.name, ".",
                     dice.Of<const char*>({"a", "a", "b", "b", "c", "d.e"}));
    Headers headers;
    if (dice.Percent(25)) headers.Add("X", std::string(dice.Below(30), 'x'));
    if (dice.Percent(5))
      headers.Add("Nats-Msg-Id", absl::StrCat(dice.Below(3)));
    const std::string data(dice.Percent(15) ? 150 : dice.Below(40), 'd');
    const auto answer = connection_->Request(
        {.subject = subject, .headers = headers, .data = data});
    std::ostringstream text;
    text << "publish " << subject << " " << headers << " " << data.size()
         << ": " << (answer.ok() ? answer->data : answer.status().ToString());
    Observe(text.str(), infos);
  }

  int AnyConsumerNumber(Dice& dice) {
    const int number = dice.Below(2);
    return consumers_[number].is_null() ? 0 : number;
  }

  void Pull(Dice& dice, bool infos) {
    Note("pull");
    const int number = AnyConsumerNumber(dice);
    json request = json::object();
    if (dice.Percent(85)) request["batch"] = 1 + dice.Below(5);
    if (dice.Percent(30)) request["no_wait"] = true;
    if (dice.Percent(60)) request["expires"] = AnyWait(dice, scope_);
    if (dice.Percent(20)) request["max_bytes"] = 80 + dice.Below(400);
    if (dice.Percent(10)) {
      request["idle_heartbeat"] =
          scope_.timed ? absl::ToInt64Nanoseconds(kConsumerTick) * 5 / 9
                       : 600'000'000'000;
    }
    std::string body = request.dump();
    if (dice.Percent(8)) {
      body = dice.Of<const char*>({"", "3", "{", "-1", "0", "{\"batch\":0}",
                                   "{\"batch\":-2}", "x", "[]", "null"});
    }
    // Nobody listens on the last.
    const std::string inbox =
        absl::StrCat(dice.Percent(96) ? "in." : "out.", scope_.name, ".c",
                     number, ".", dice.Of<const char*>({"p", "q"}));
    connection_
        ->Publish({.subject = absl::StrCat("$JS.API.CONSUMER.MSG.NEXT.",
                                           scope_.name, ".c", number),
                   .reply = inbox,
                   .data = body})
        .IgnoreError();
    Observe(absl::StrCat("pull ", inbox, " ", body), infos);
  }

  // The ack subject of a delivery, mostly a recent one, sometimes changed.
  std::string AnyAckSubject(Dice& dice) {
    const int count = static_cast<int>(acks_.size());
    const int recent = std::min(count, dice.Percent(75) ? 4 : count);
    const std::string subject = acks_[count - 1 - dice.Below(recent)];
    if (dice.Percent(88)) return subject;
    std::vector<std::string> tokens = absl::StrSplit(subject, '.');
    // From the end: pending, time, consumer sequence, stream sequence, tries.
    const std::size_t at =
        tokens.size() - dice.Of<std::size_t>({1, 3, 3, 4, 4, 5});
    std::int64_t value = 0;
    if (!absl::SimpleAtoi(tokens[at], &value)) return subject;
    value = dice.Percent(20) ? 0 : value + dice.Of<int>({-1, 1, 1, 2, 7});
    tokens[at] = absl::StrCat(std::max<std::int64_t>(value, 0));
    return absl::StrJoin(tokens, ".");
  }

  // "c0" of "$JS.ACK.S.c0.1.2.3.<time>.4".
  static std::string ConsumerOf(const std::string& ack_subject) {
    const std::vector<std::string> tokens = absl::StrSplit(ack_subject, '.');
    return tokens[tokens.size() - 6];
  }

  void Settle(Dice& dice, bool infos) {
    if (acks_.empty()) return Publish(dice, infos);
    const std::string subject = AnyAckSubject(dice);
    std::string payload = "+ACK";
    const int verb = dice.Below(100);
    if (verb < 45) {
      payload = dice.Percent(30) ? "" : "+ACK";
    } else if (verb < 58) {
      payload = "-NAK";
    } else if (verb < 66) {
      payload = absl::StrCat("-NAK {\"delay\":", AnyWait(dice, scope_), "}");
    } else if (verb < 74) {
      payload = dice.Percent(50) ? "+TERM" : "+TERM the reason";
    } else if (verb < 82) {
      payload = "+WPI";
    } else if (verb < 94) {
      payload = dice.Of<const char*>({"+NXT", "+NXT 2", "+NXT {\"batch\":2}",
                                      "+NXT {\"batch\":3,\"max_bytes\":200}",
                                      "+NXT x", "+NXT 0"});
    } else {
      payload = dice.Of<const char*>({"+ack", "bogus", "-NAK {", "-NAK x",
                                      "+OK", "-ERR", "+ACKNOW", "+TERM{}",
                                      "-NAK {}", "-NAK {\"delay\":0}"});
      // Servers look 10 ms later, which an untimed step may or may not see.
      if (!scope_.timed && absl::StartsWith(payload, "-NAK {") &&
          absl::EndsWith(payload, "}")) {
        payload = "-NAK";
      }
    }
    Note(absl::StartsWith(payload, "+NXT")   ? "ack: +NXT"
         : absl::StartsWith(payload, "-NAK") ? "ack: -NAK"
         : absl::StartsWith(payload, "+TER") ? "ack: +TERM"
                                             : "ack: others");
    const bool next = absl::StartsWith(payload, "+NXT");
    const bool confirm = next || dice.Percent(85);
    const std::string reply = !confirm ? ""
                              : next
                                  ? absl::StrCat("in.", scope_.name, ".",
                                                 ConsumerOf(subject), ".next")
                                  : absl::StrCat("in.", scope_.name, ".ack");
    connection_->Publish({.subject = subject, .reply = reply, .data = payload})
        .IgnoreError();
    Observe(absl::StrCat("settle ", AckWords(subject, scope_.evicts), " ",
                         payload, confirm ? " confirmed" : ""),
            infos);
  }

  void Remove(Dice& dice) {
    if (!scope_.removes) return Publish(dice, true);
    Note("delete message");
    const int seq = 1 + dice.Below(25);
    Observe(absl::StrCat("delete ", seq, ": ",
                         Api(absl::StrCat("STREAM.MSG.DELETE.", scope_.name),
                             absl::StrCat("{\"seq\":", seq, "}"))),
            true);
  }

  void Purge(Dice& dice) {
    if (!scope_.removes) return Publish(dice, true);
    Note("purge");
    json request = json::object();
    if (dice.Percent(50)) {
      request["filter"] =
          absl::StrCat(scope_.name, ".", dice.Of<const char*>({"a", "b", "*"}));
    }
    if (dice.Percent(30)) {
      request["seq"] = 1 + dice.Below(25);
    } else if (dice.Percent(30)) {
      request["keep"] = 1 + dice.Below(4);
    }
    const std::string body = request.empty() ? "" : request.dump();
    Observe(absl::StrCat("purge ", body, ": ",
                         Api(absl::StrCat("STREAM.PURGE.", scope_.name), body)),
            true);
  }

  std::string SendConsumer(int number, const json& config) {
    const json request = {{"stream_name", scope_.name}, {"config", config}};
    return absl::StrCat(
        config.dump(), ": ",
        Api(absl::StrCat("CONSUMER.DURABLE.CREATE.", scope_.name, ".c", number),
            request.dump()));
  }

  void MakeConsumer(Dice& dice, int number) {
    consumers_[number] = AnyConsumer(dice, scope_, number, times_);
    const std::string answer = SendConsumer(number, consumers_[number]);
    json shown = consumers_[number];
    Normalize(shown);
    Observe(absl::StrCat("create consumer ", shown.dump(),
                         answer.substr(answer.find(": "))),
            true);
  }

  void UpdateConsumer(Dice& dice) {
    Note("update consumer");
    const int number = AnyConsumerNumber(dice);
    json config = consumers_[number];
    ChangeConsumer(dice, scope_, number, config);
    const std::string answer = SendConsumer(number, config);
    if (!absl::StrContains(answer, "\"err_code\"")) consumers_[number] = config;
    Normalize(config);
    Observe(absl::StrCat("update consumer ", config.dump(),
                         answer.substr(answer.find(": "))),
            true);
  }

  void UpdateStream(Dice& dice) {
    Note("update stream");
    ChangeStream(dice, scope_, stream_);
    json answer = json::parse(
        Api(absl::StrCat("STREAM.UPDATE.", scope_.name), stream_.dump()),
        nullptr, false);
    // See ProgramScope::removes.
    if (answer.contains("state")) answer["state"].erase("num_subjects");
    Observe(absl::StrCat("update stream ", stream_.dump(), ": ", answer.dump()),
            true);
  }

  void Pause(Dice& dice) {
    if (scope_.version != ServerVersion::k2_15) return Pull(dice, true);
    Note("pause or resume");
    const int number = AnyConsumerNumber(dice);
    json request = json::object();
    if (dice.Percent(50)) request["pause_until"] = kFarFuture;
    Observe(absl::StrCat(
                "pause ", request.dump(), ": ",
                Api(absl::StrCat("CONSUMER.PAUSE.", scope_.name, ".c", number),
                    request.dump())),
            true);
  }

  void Reset(Dice& dice) {
    if (scope_.version != ServerVersion::k2_15) return Pull(dice, true);
    Note("reset");
    const int number = AnyConsumerNumber(dice);
    const std::string body =
        dice.Percent(40) ? "" : absl::StrCat("{\"seq\":", dice.Below(20), "}");
    Observe(absl::StrCat(
                "reset ", body, ": ",
                Api(absl::StrCat("CONSUMER.RESET.", scope_.name, ".c", number),
                    body)),
            true);
  }

  void Recreate(Dice& dice) {
    Note("delete and create consumer");
    const int number = AnyConsumerNumber(dice);
    Observe(absl::StrCat(
                "delete consumer ", number, ": ",
                Api(absl::StrCat("CONSUMER.DELETE.", scope_.name, ".c", number),
                    "")),
            true);
    if (!differs_ && !over_) MakeConsumer(dice, number);
  }

  World& world_;
  const ConsumerProgram& program_;
  const Transcript* expected_;
  Tally* tally_;
  ProgramScope scope_;
  std::unique_ptr<Connection> connection_;
  std::vector<Listener> listeners_;
  json stream_;
  json consumers_[2];
  json configs_[2];  // As the server tells them.
  json new_configs_[2];
  std::vector<std::string> times_;
  std::vector<std::string> acks_;  // The reply subjects of all deliveries.
  Transcript seen_;
  bool differs_ = false;
  bool over_ = false;
  absl::Time due_;  // The last tick.
};

}  // namespace

ConsumerProgram AnyConsumerProgram(std::uint32_t seed, int steps, bool timed) {
  Dice dice(seed);
  ConsumerProgram program;
  program.timed = timed;
  program.config_seed = dice.Seed();
  for (int i = 0; i < steps; ++i) program.steps.push_back(dice.Seed());
  return program;
}

Transcript RunConsumerProgram(World& world, const std::string& name,
                              const ConsumerProgram& program,
                              const Transcript* expected, Tally* tally) {
  return Run(world, name, program, expected, tally).All();
}

}  // namespace windtunnel
