#include "tests/property/program.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"

namespace windtunnel::conform {
namespace {

using nlohmann::ordered_json;
using Kind = Action::Kind;

constexpr absl::string_view kKindNames[] = {
    "request",     "send",       "settle",  "subscribe",
    "unsubscribe", "disconnect", "advance", "restart"};

// "create stream @A" of "STREAM.CREATE.@A"; "" of what it does not know.
std::string ApiInWords(absl::string_view operation) {
  const std::vector<std::string> tokens = absl::StrSplit(operation, '.');
  struct Operation {
    absl::string_view prefix;
    absl::string_view words;
  };
  static constexpr Operation kOperations[] = {
      {"STREAM.CREATE.", "create stream"},
      {"STREAM.UPDATE.", "update stream"},
      {"STREAM.DELETE.", "delete stream"},
      {"STREAM.INFO.", "info of stream"},
      {"STREAM.PURGE.", "purge stream"},
      {"STREAM.NAMES", "names of streams"},
      {"STREAM.LIST", "list of streams"},
      {"STREAM.MSG.GET.", "get message of"},
      {"STREAM.MSG.DELETE.", "delete message of"},
      {"DIRECT.GET.", "direct get from"},
      {"CONSUMER.DURABLE.CREATE.", "create durable consumer"},
      {"CONSUMER.CREATE.", "create consumer"},
      {"CONSUMER.DELETE.", "delete consumer"},
      {"CONSUMER.INFO.", "info of consumer"},
      {"CONSUMER.NAMES.", "names of consumers of"},
      {"CONSUMER.LIST.", "list of consumers of"},
      {"CONSUMER.PAUSE.", "pause or resume consumer"},
      {"CONSUMER.RESET.", "reset consumer"},
      {"CONSUMER.UNPIN.", "unpin consumer"},
      {"CONSUMER.MSG.NEXT.", "pull from"}};
  for (const Operation& known : kOperations) {
    if (absl::StartsWith(operation, known.prefix)) {
      return absl::StrCat(known.words, " ",
                          operation.substr(known.prefix.size()));
    }
  }
  return "";
}

// On one line.
std::string Printable(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x20 && c != 0x7f;
  });
  return plain ? text : absl::Utf8SafeCEscape(text);
}

std::string Data(const std::string& body) {
  if (absl::StartsWith(body, "{") || body.size() <= 12) return Printable(body);
  return absl::StrCat(Printable(body.substr(0, 8)), "… (", body.size(),
                      " bytes)");
}

std::string HeadersInWords(const Action& action) {
  if (action.headers.empty()) return "";
  return absl::StrCat(" [",
                      absl::StrJoin(action.headers, ", ",
                                    [](std::string* out, const auto& header) {
                                      absl::StrAppend(out, header.first, ": ",
                                                      header.second);
                                    }),
                      "]");
}

std::string Place(int token) {
  switch (token) {
    case 1:
      return "pending";
    case 2:
      return "time";
    case 3:
      return "consumer sequence";
    case 4:
      return "stream sequence";
    default:
      return "tries";
  }
}

std::string SentInWords(const Action& action) {
  absl::string_view operation = action.subject;
  std::string words;
  if (absl::ConsumePrefix(&operation, "$JS.API.")) {
    words = ApiInWords(operation);
  }
  if (words.empty()) words = absl::StrCat("publish ", action.subject);
  absl::StrAppend(&words, HeadersInWords(action));
  if (!action.body.empty()) absl::StrAppend(&words, " ", Data(action.body));
  if (!action.reply.empty()) absl::StrAppend(&words, " to ", action.reply);
  return words;
}

std::string SettleInWords(const Action& action) {
  std::string words =
      absl::StrCat("answer the last delivery", action.pick == 0 ? "" : " but ",
                   action.pick == 0 ? "" : absl::StrCat(action.pick), " with '",
                   action.body, "'");
  if (action.token != 0) {
    absl::StrAppend(&words, " (its ", Place(action.token),
                    absl::StrFormat(" changed by %+d)", action.change));
  }
  if (!action.reply.empty()) absl::StrAppend(&words, " to ", action.reply);
  return words;
}

}  // namespace

std::string InWords(const Action& action) {
  const std::string who =
      action.connection == 0
          ? ""
          : absl::StrCat("connection ", action.connection, ": ");
  switch (action.kind) {
    case Kind::kRequest:
    case Kind::kSend:
      return absl::StrCat(who, SentInWords(action));
    case Kind::kSettle:
      return absl::StrCat(who, SettleInWords(action));
    case Kind::kSubscribe:
      return absl::StrCat(
          who, "subscribe to ", action.subject,
          action.queue.empty() ? "" : absl::StrCat(" in group ", action.queue));
    case Kind::kUnsubscribe:
      return absl::StrCat(who, "unsubscribe from ", action.subject);
    case Kind::kDisconnect:
      return absl::StrCat("connection ", action.connection, " is closed");
    case Kind::kAdvance:
      return absl::StrCat(absl::FormatDuration(action.duration), " pass");
    case Kind::kRestart:
      return "the server restarts";
  }
  return "?";
}

std::string KindOf(const Action& action) {
  switch (action.kind) {
    case Kind::kSettle: {
      const std::string verb = action.body.substr(0, action.body.find(' '));
      return absl::StrCat("answer ", verb.empty() ? "(empty)" : verb);
    }
    case Kind::kRequest:
    case Kind::kSend:
      break;
    default:
      return std::string(kKindNames[static_cast<int>(action.kind)]);
  }
  absl::string_view operation = action.subject;
  if (!absl::ConsumePrefix(&operation, "$JS.API.")) return "publish";
  std::string words = ApiInWords(operation);
  if (words.empty()) return "other request";
  return words.substr(0, words.rfind(' '));
}

std::string ToJson(const Program& program) {
  ordered_json head = {{"flavour", program.flavour},
                       {"version", ""},
                       {"timed", program.timed},
                       {"settle", absl::ToInt64Nanoseconds(program.settle)}};
  std::ostringstream version;
  version << program.version;
  head["version"] = version.str();
  std::string text = head.dump();
  text.back() = ',';
  absl::StrAppend(&text, "\"actions\":[");
  const char* before = "\n";
  for (const Action& action : program.actions) {
    ordered_json line = {
        {"do", std::string(kKindNames[static_cast<int>(action.kind)])}};
    if (action.connection != 0) line["connection"] = action.connection;
    if (!action.subject.empty()) line["subject"] = action.subject;
    if (!action.reply.empty()) line["reply"] = action.reply;
    if (!action.queue.empty()) line["queue"] = action.queue;
    if (!action.headers.empty()) line["headers"] = action.headers;
    if (!action.body.empty()) line["body"] = action.body;
    if (action.pick != 0) line["pick"] = action.pick;
    if (action.token != 0) line["token"] = action.token;
    if (action.change != 0) line["change"] = action.change;
    if (action.duration != absl::ZeroDuration()) {
      line["duration"] = absl::ToInt64Nanoseconds(action.duration);
    }
    if (!action.look) line["look"] = false;
    absl::StrAppend(
        &text, before,
        line.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
    before = ",\n";
  }
  return absl::StrCat(text, "\n]}\n");
}

namespace {

// What ToJson() wrote; throws what nlohmann_json throws.
Program Read(const ordered_json& json) {
  Program program;
  program.flavour = json.at("flavour");
  program.timed = json.at("timed");
  program.settle = absl::Nanoseconds(json.at("settle").get<std::int64_t>());
  for (const ordered_json& line : json.at("actions")) {
    Action action;
    const std::string kind = line.at("do");
    const auto* const named =
        std::find(std::begin(kKindNames), std::end(kKindNames), kind);
    if (named == std::end(kKindNames)) {
      throw std::invalid_argument("there is no action '" + kind + "'");
    }
    action.kind = static_cast<Kind>(named - std::begin(kKindNames));
    action.connection = line.value("connection", 0);
    if (action.connection < 0 || action.connection > 2) {
      throw std::invalid_argument("connections are 0 to 2");
    }
    action.subject = line.value("subject", "");
    action.reply = line.value("reply", "");
    action.queue = line.value("queue", "");
    if (line.contains("headers")) {
      action.headers =
          line["headers"]
              .get<std::vector<std::pair<std::string, std::string>>>();
    }
    action.body = line.value("body", "");
    action.pick = std::max(0, line.value("pick", 0));
    action.token = line.value("token", 0);
    action.change = line.value("change", 0);
    action.duration =
        absl::Nanoseconds(line.value("duration", std::int64_t{0}));
    action.look = line.value("look", true);
    program.actions.push_back(std::move(action));
  }
  return program;
}

}  // namespace

absl::StatusOr<Program> ProgramFromJson(absl::string_view text) {
  try {
    const ordered_json json = ordered_json::parse(text.begin(), text.end());
    Program program = Read(json);
    const std::string wanted = json.at("version");
    for (ServerVersion version :
         {ServerVersion::k2_9, ServerVersion::k2_10, ServerVersion::k2_15}) {
      std::ostringstream name;
      name << version;
      if (name.str() != wanted) continue;
      program.version = version;
      return program;
    }
    return absl::InvalidArgumentError(
        absl::StrCat("not a program: there is no profile '", wanted, "'"));
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a program: ", error.what()));
  }
}

}  // namespace windtunnel::conform
