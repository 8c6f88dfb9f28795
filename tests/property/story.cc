#include "tests/property/story.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

constexpr std::size_t kWidth = 400;

std::string Short(const std::string& text) {
  if (text.size() <= kWidth) return text;
  return absl::StrCat(text.substr(0, kWidth), "… (", text.size(), " bytes)");
}

// "state.messages: 3" for each leaf of `one` that is not the same in `other`.
void Different(const json& one, const json& other, const std::string& path,
               std::vector<std::string>& out) {
  if (one == other) return;
  if (!one.is_object() || !other.is_object()) {
    out.push_back(
        absl::StrCat(path, path.empty() ? "" : ": ",
                     one.dump(-1, ' ', false, json::error_handler_t::replace)));
    return;
  }
  for (const auto& [name, value] : one.items()) {
    const std::string inner =
        path.empty() ? name : absl::StrCat(path, ".", name);
    if (!other.contains(name)) {
      out.push_back(absl::StrCat(inner, ": ", value.dump()));
    } else {
      Different(value, other[name], inner, out);
    }
  }
  for (const auto& [name, value] : other.items()) {
    if (!one.contains(name)) {
      out.push_back(absl::StrCat(
          path.empty() ? name : absl::StrCat(path, ".", name), ": not there"));
    }
  }
}

const Sight* Find(const Observation& seen, const Sight& wanted,
                  std::size_t nth) {
  for (const Sight& sight : seen) {
    if (sight.where == wanted.where && nth-- == 0) return &sight;
  }
  return nullptr;
}

// What one side saw that the other did not.
void Tell(const char* side, const Observation& seen, const Observation& other,
          std::string& out) {
  absl::StrAppend(&out, "  ", side, ":\n");
  bool any = false;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const Sight& sight = seen[i];
    const std::size_t nth = static_cast<std::size_t>(std::count_if(
        seen.begin(), seen.begin() + i,
        [&](const Sight& before) { return before.where == sight.where; }));
    const Sight* beside = Find(other, sight, nth);
    if (beside != nullptr && beside->what == sight.what) continue;
    any = true;
    std::vector<std::string> lines;
    if (beside != nullptr && absl::StartsWith(sight.what, "{") &&
        absl::StartsWith(beside->what, "{")) {
      Different(json::parse(sight.what, nullptr, false),
                json::parse(beside->what, nullptr, false), "", lines);
    } else {
      lines.push_back(Short(sight.what));
    }
    for (const std::string& line : lines) {
      absl::StrAppend(&out, "    ", sight.where, ": ", line, "\n");
    }
  }
  if (!any) absl::StrAppend(&out, "    nothing more\n");
}

const Observation& StepOf(const Transcript& transcript, int step) {
  static const auto* const kNothing = new Observation;
  return step < static_cast<int>(transcript.steps.size())
             ? transcript.steps[step]
             : *kNothing;
}

// The answer to an action, shortly.
std::string Answered(const Observation& seen) {
  for (const Sight& sight : seen) {
    if (sight.where != "answer") continue;
    const json answer = json::parse(sight.what, nullptr, false);
    if (answer.is_object() && answer.contains("error")) {
      return absl::StrCat(" -> error ", answer["error"].value("err_code", 0),
                          ", ", answer["error"].value("description", ""));
    }
    if (answer.is_object() && answer.contains("seq") &&
        answer["seq"].is_number()) {
      return absl::StrCat(" -> seq ", answer["seq"].dump(),
                          answer.contains("duplicate") ? ", duplicate" : "");
    }
    return "";
  }
  const auto messages =
      std::count_if(seen.begin(), seen.end(), [](const Sight& sight) {
        return absl::StartsWith(sight.where, "in.") ||
               absl::StartsWith(sight.where, "@.");
      });
  return messages == 0 ? ""
                       : absl::StrCat(" -> ", messages,
                                      messages == 1 ? " message" : " messages");
}

std::string CppString(const std::string& text) {
  if (absl::StrContains(text, '"') && !absl::StrContains(text, ")j\"") &&
      std::all_of(text.begin(), text.end(),
                  [](unsigned char c) { return c >= 0x20; })) {
    return absl::StrCat("R\"j(", text, ")j\"");
  }
  std::string result = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += static_cast<char>(c);
    } else if (c < 0x20 || c == 0x7f) {
      absl::StrAppend(&result, "\\", std::string(1, '0' + (c >> 6)),
                      std::string(1, '0' + ((c >> 3) & 7)),
                      std::string(1, '0' + (c & 7)));
    } else {
      result += static_cast<char>(c);
    }
  }
  return result + "\"";
}

// "k2_15".
std::string VersionName(ServerVersion version) {
  std::ostringstream name;
  name << version;
  std::string text = absl::StrCat("k", name.str());
  std::replace(text.begin(), text.end(), '.', '_');
  return text;
}

std::string CppDuration(absl::Duration duration) {
  if (duration % absl::Milliseconds(1) == absl::ZeroDuration()) {
    return absl::StrCat("absl::Milliseconds(",
                        absl::ToInt64Milliseconds(duration), ")");
  }
  return absl::StrCat("absl::Nanoseconds(", absl::ToInt64Nanoseconds(duration),
                      ")");
}

std::string CppAction(const Action& action) {
  static constexpr absl::string_view kKinds[] = {
      "kRequest",     "kSend",       "kSettle",  "kSubscribe",
      "kUnsubscribe", "kDisconnect", "kAdvance", "kRestart"};
  std::string text = absl::StrCat(
      "      // ", InWords(action),
      "\n      {.kind = Action::Kind::", kKinds[static_cast<int>(action.kind)]);
  const auto add = [&](absl::string_view name, const std::string& value) {
    absl::StrAppend(&text, ",\n       .", name, " = ", value);
  };
  if (action.connection != 0)
    add("connection", absl::StrCat(action.connection));
  if (!action.subject.empty()) add("subject", CppString(action.subject));
  if (!action.reply.empty()) add("reply", CppString(action.reply));
  if (!action.queue.empty()) add("queue", CppString(action.queue));
  if (!action.headers.empty()) {
    std::string headers = "{";
    for (const auto& [name, value] : action.headers) {
      absl::StrAppend(&headers, headers.size() > 1 ? ", " : "", "{",
                      CppString(name), ", ", CppString(value), "}");
    }
    add("headers", headers + "}");
  }
  if (!action.body.empty()) add("body", CppString(action.body));
  if (action.pick != 0) add("pick", absl::StrCat(action.pick));
  if (action.token != 0) add("token", absl::StrCat(action.token));
  if (action.change != 0) add("change", absl::StrCat(action.change));
  if (action.duration != absl::ZeroDuration()) {
    add("duration", CppDuration(action.duration));
  }
  if (!action.look) add("look", "false");
  return text + "},\n";
}

}  // namespace

std::string Story(const Difference& difference) {
  const Program& program = difference.program;
  std::ostringstream version;
  version << program.version;
  std::string text =
      absl::StrCat("Program ", difference.seed, " (", program.flavour,
                   ", server ", version.str(), "):\n");
  const int last = std::min<int>(difference.step,
                                 static_cast<int>(program.actions.size()) - 1);
  for (int i = 0; i <= last; ++i) {
    absl::StrAppend(
        &text, "  ", i + 1, ". ", Short(InWords(program.actions[i])),
        i < difference.step ? Answered(StepOf(difference.live, i)) : "", "\n");
  }
  absl::StrAppend(&text,
                  difference.step >= static_cast<int>(program.actions.size())
                      ? "At the end they differ:\n"
                      : "Then they differ:\n");
  const Observation& simulated = StepOf(difference.simulated, difference.step);
  const Observation& live = StepOf(difference.live, difference.step);
  Tell("simulator", simulated, live, text);
  Tell("live server", live, simulated, text);
  return text;
}

std::string AsTest(const Difference& difference, const std::string& name) {
  const Program& program = difference.program;
  std::string text = absl::StrCat(
      "#include \"absl/time/time.h\"\n"
      "#include \"gtest/gtest.h\"\n"
      "#include \"tests/property/program.h\"\n"
      "#include \"tests/property/run.h\"\n"
      "#include \"windtunnel/server_version.h\"\n"
      "#include \"windtunnel/simulator_testing.h\"\n\n"
      "namespace windtunnel::conform {\n\n"
      "// Made by `windtunnel conform`.\n"
      "TEST(Conform, ",
      name,
      ") {\n"
      "  const Program program{\n"
      "      .flavour = ",
      CppString(program.flavour),
      ",\n"
      "      .version = ServerVersion::",
      VersionName(program.version),
      ",\n"
      "      .timed = ",
      program.timed ? "true" : "false",
      ",\n"
      "      .settle = ",
      CppDuration(program.settle),
      ",\n"
      "      .actions = {\n");
  const std::size_t count =
      std::min<std::size_t>(program.actions.size(), difference.step + 1);
  const bool at_end =
      difference.step >= static_cast<int>(program.actions.size());
  for (std::size_t i = 0; i < count; ++i) {
    absl::StrAppend(&text, CppAction(program.actions[i]));
  }
  absl::StrAppend(&text,
                  "      }};\n"
                  "  const auto world = SimulatedWorld(program.version)();\n"
                  "  const Transcript seen = RunProgram(*world, "
                  "\"WTTEST000001\", program);\n"
                  "  // What the live server showed ",
                  at_end ? "at the end" : "after the last action",
                  ".\n"
                  "  const Observation expected = {\n");
  for (const Sight& sight : StepOf(difference.live, difference.step)) {
    absl::StrAppend(&text, "      {", CppString(sight.where), ",\n       ",
                    CppString(sight.what), "},\n");
  }
  absl::StrAppend(&text,
                  "  };\n"
                  "  ASSERT_GT(seen.steps.size(), ",
                  difference.step,
                  "u);\n"
                  "  EXPECT_EQ(seen.steps[",
                  difference.step,
                  "], expected);\n"
                  "}\n\n"
                  "}  // namespace windtunnel::conform\n");
  return text;
}

}  // namespace windtunnel::conform
