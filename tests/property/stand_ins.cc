#include "tests/property/stand_ins.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

// What "<now+250ms>", "<bytes 9>", "<time A 3>" or "<last A>" stands for,
// without its brackets; nothing else.
bool RevealOne(absl::string_view inner, absl::Time now,
               StandIns::StoredAt stored_at, StandIns::LastOf last_of,
               std::string* result) {
  if (absl::ConsumePrefix(&inner, "now")) {
    absl::Duration offset;
    if (absl::ConsumePrefix(&inner, "+")) {
      if (!absl::ParseDuration(inner, &offset)) return false;
    } else if (!inner.empty() && !absl::ParseDuration(inner, &offset)) {
      return false;
    }
    // Of one length, as sizes depend on it.
    *result = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", now + offset,
                               absl::UTCTimeZone());
    return true;
  }
  if (absl::ConsumePrefix(&inner, "bytes ")) {
    int count = 0;
    if (!absl::SimpleAtoi(inner, &count)) return false;
    *result = std::string(std::max(0, count), 'x');
    return true;
  }
  if (absl::ConsumePrefix(&inner, "last ")) {
    const std::vector<std::string> words = absl::StrSplit(inner, ' ');
    *result = last_of(words[0], words.size() > 1 ? words[1] : "");
    return true;
  }
  if (!absl::ConsumePrefix(&inner, "time ")) return false;
  const std::vector<std::string> words = absl::StrSplit(inner, ' ');
  int sequence = 0;
  if (words.size() != 2 || !absl::SimpleAtoi(words[1], &sequence)) {
    return false;
  }
  *result = stored_at(words[0], sequence);
  return true;
}

// Long texts by their ends, their size and their FNV-1a hash.
std::string Short(std::string text) {
  constexpr std::size_t kLong = 20'000;
  constexpr std::size_t kEnd = 300;
  if (text.size() < kLong) return text;
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const unsigned char c : text) hash = (hash ^ c) * 1'099'511'628'211U;
  return absl::StrCat(text.substr(0, kEnd), "… (", text.size(), " bytes, hash ",
                      hash, ") …", text.substr(text.size() - kEnd));
}

}  // namespace

std::string StandIns::Reveal(const std::string& text, absl::Time now,
                             StoredAt stored_at, LastOf last_of) const {
  std::string result = absl::StrReplaceAll(text, {{"@", name_}, {"<at>", "@"}});
  if (!absl::StrContains(result, '<')) return result;
  for (const auto& [stand_in, drawn] : drawn_) {
    result = absl::StrReplaceAll(result, {{stand_in, drawn}});
  }
  for (const auto& [stand_in, last] : last_) {
    result = absl::StrReplaceAll(result, {{stand_in, last}});
  }
  for (std::size_t at = result.find('<'); at != std::string::npos;
       at = result.find('<', at + 1)) {
    const std::size_t end = result.find('>', at);
    if (end == std::string::npos) break;
    std::string text;
    if (RevealOne(absl::string_view(result).substr(at + 1, end - at - 1), now,
                  stored_at, last_of, &text)) {
      result.replace(at, end - at + 1, text);
    }
  }
  return result;
}

std::string StandIns::Hide(const std::string& text) const {
  std::string result = text;
  for (const auto& [stand_in, drawn] : drawn_) {
    result = absl::StrReplaceAll(result, {{drawn, stand_in}});
  }
  return Short(absl::StrReplaceAll(result, {{name_, "@"}}));
}

void StandIns::Learn(absl::string_view kind, const std::string& name) {
  int number = 0;
  for (const auto& [stand_in, drawn] : drawn_) {
    if (drawn == name) return;
    if (absl::StartsWith(stand_in, absl::StrCat("<", kind))) ++number;
  }
  drawn_.emplace_back(absl::StrCat("<", kind, number, ">"), name);
  last_[absl::StrCat("<", kind, ">")] = name;
}

void StandIns::LearnFromAnswer(const Action& action, const Message& answer) {
  const auto identity = answer.headers.Get("Nats-Stream-Identity");
  if (identity.has_value()) Learn("identity", std::string(*identity));
  if (!absl::StartsWith(action.subject, "$JS.API.CONSUMER.CREATE.")) return;
  const json value = json::parse(answer.data, nullptr, false);
  if (!value.is_object() || !value.contains("name") ||
      !value.contains("stream_name") || !value["name"].is_string()) {
    return;
  }
  const std::string name = value["name"];
  // The server's own are long; a program's are in its texts.
  if (name.size() < 8 || absl::StrContains(action.subject, name) ||
      absl::StrContains(action.body, absl::StrCat("\"", name, "\""))) {
    return;
  }
  Learn("e", name);
}

void StandIns::LearnFromMessage(const Message& message) {
  const auto pin = message.headers.Get("Nats-Pin-Id");
  if (pin.has_value() && pin->size() >= 8) Learn("pin", std::string(*pin));
  if (absl::StartsWith(message.subject, "$JS.EVENT.ADVISORY.CONSUMER.PINNED")) {
    const json event = json::parse(message.data, nullptr, false);
    if (event.is_object() && event.contains("pinned_id")) {
      Learn("pin", event["pinned_id"]);
    }
  }
  LearnFromReply(message.reply);
  const auto stalled = message.headers.Get("Nats-Consumer-Stalled");
  if (stalled.has_value()) LearnFromReply(std::string(*stalled));
}

void StandIns::LearnFromReply(const std::string& reply) {
  const std::vector<std::string> tokens = absl::StrSplit(reply, '.');
  if (absl::StartsWith(reply, "$JS.FC.") && tokens.size() == 5) {
    Learn(absl::StrCat(tokens[3], " fc"), reply);
  } else if (absl::StartsWith(reply, "$JS.ACK.") && tokens.size() == 9) {
    last_[absl::StrCat("<", tokens[3], " sseq>")] = tokens[5];
    last_[absl::StrCat("<", tokens[3], " dseq>")] = tokens[6];
  }
}

}  // namespace windtunnel::conform
