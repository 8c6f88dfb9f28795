#include "tests/property/tolerance.h"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "windtunnel/headers.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;
using Kind = Tolerance::Kind;

// Go's zero time: a time that is not set.
constexpr char kUnset[] = "0001-01-01T00:00:00Z";
// A time that programs ask for and that comes back, "2100-01-01T00:00:00Z".
constexpr char kFarFuture[] = "2100-";

bool IsTime(absl::string_view text) {
  return text.size() >= 20 && text[4] == '-' && text[10] == 'T' &&
         absl::ascii_isdigit(static_cast<unsigned char>(text[0])) &&
         !absl::StartsWith(text, kFarFuture);
}

bool IsNumber(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

std::string NormalizedHeader(absl::string_view name, absl::string_view value) {
  constexpr absl::string_view kSchedule = "@at ";
  if (absl::StartsWith(value, kSchedule) &&
      IsTime(value.substr(kSchedule.size()))) {
    return absl::StrCat(kSchedule, "T");
  }
  if (name != "Nats-Stream-Source") return NormalizedAck(value);
  std::vector<std::string> words = absl::StrSplit(value, ' ');
  if (words.size() > 5) words.back() = "?";
  return absl::StrJoin(words, " ");
}

// Stored headers, as Base64 of their lines.
std::string SortedHeaders(const std::string& encoded) {
  std::string text;
  if (!absl::Base64Unescape(encoded, &text)) return encoded;
  std::vector<std::string> lines = absl::StrSplit(text, "\r\n");
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.empty()) return encoded;
  std::stable_sort(lines.begin() + 1, lines.end(),
                   [](const auto& a, const auto& b) {
                     return a.substr(0, a.find(':')) < b.substr(0, b.find(':'));
                   });
  for (std::string& line : lines) {
    const std::size_t end = line.find(": ");
    if (end == std::string::npos) continue;
    line.replace(end + 2, std::string::npos,
                 NormalizedHeader(line.substr(0, end), line.substr(end + 2)));
  }
  return absl::StrJoin(lines, " | ");
}

// Of an info.
void SortOrigins(json& info) {
  const auto sources = info.find("sources");
  if (sources == info.end() || !sources->is_array()) return;
  if (std::all_of(sources->begin(), sources->end(), [](const json& source) {
        return source.is_object() && source.contains("lag");
      })) {
    std::sort(sources->begin(), sources->end());
  }
}

// "change to limits violates consumers: B, A".
void SortViolators(std::string& text) {
  const std::string before = "violates consumers: ";
  const std::size_t at = text.find(before);
  if (at == std::string::npos) return;
  std::vector<std::string> names =
      absl::StrSplit(text.substr(at + before.size()), ", ");
  std::sort(names.begin(), names.end());
  text.replace(at + before.size(), std::string::npos,
               absl::StrJoin(names, ", "));
}

}  // namespace

const std::vector<Tolerance>& Tolerances() {
  static const auto* const kTolerances = new std::vector<Tolerance>{
      {Kind::kField, "id", "of an advisory: drawn by the server"},
      {Kind::kField, "ack_time", "of a metric: how long an application took"},
      {Kind::kField, "pause_remaining", "counts down in real time"},
      {Kind::kField, "client", "who asked, in advisories"},
      {Kind::kField, "active", "how long ago a source or mirror was heard"},
      {Kind::kField, "cluster", "the server's own name"},
      {Kind::kField, "server", "the server's own name, in advisories"},
      {Kind::kField, "avg_time", "how long a batch took"},
      {Kind::kTime, "RFC 3339",
       "when something was created, stored or delivered; a time that a program "
       "itself asked for comes back to the letter"},
      {Kind::kTime, "ack subject",
       "the seventh token of an ack subject is the time of the message"},
      {Kind::kTime, "Nats-Schedule",
       "a time that a program asked for as so long from then"},
      {Kind::kSymbol, "Nats-Stream-Source",
       "its last word says which origin it was by when that was created "
       "(SRC-045)"},
      {Kind::kOrder, "sources", "of an info: drawn by the server (SRC-059)"},
      {Kind::kSymbol, "consumer name", "of an ephemeral without a name"},
      {Kind::kSymbol, "Nats-Pin-Id", "drawn by the server"},
      {Kind::kSymbol, "Nats-Stream-Identity", "of when the stream was created"},
      {Kind::kSymbol, "$JS.FC", "the last token is drawn by the server"},
      {Kind::kOrder, "JSON fields", "not the same in all server versions"},
      {Kind::kOrder, "consumers that violate new limits",
       "servers keep consumers in a hash table"},
      {Kind::kOrder, "headers", "nats.c keeps them in a hash table"},
      {Kind::kOrder, "statuses",
       "that come while time passes, beside deliveries: both may fall due at "
       "one instant"},
      {Kind::kOrder, "advisories",
       "of one action: servers send them from several goroutines"},
      {Kind::kOrder, "subscriptions",
       "what comes to different subjects has no order between them"},
      {Kind::kDuration, "waits",
       "nothing of a timed program falls due nearer to an action", kMargin},
      {Kind::kProgram, "num_subjects, subjects",
       "up to 2.10.27, in programs that delete or purge: servers lose count of "
       "them then (PUB-027)"},
      {Kind::kProgram, "the pending count of an ack subject",
       "in programs with max_msgs, max_bytes or max_msgs_per_subject: a limit "
       "removes messages just before consumers hear of the new one, or just "
       "after"}};
  return *kTolerances;
}

void Normalize(json& value) {
  if (value.is_object()) {
    for (const Tolerance& tolerance : Tolerances()) {
      if (tolerance.kind != Kind::kField && tolerance.kind != Kind::kAbsent) {
        continue;
      }
      const auto field = value.find(std::string(tolerance.what));
      if (field == value.end()) continue;
      if (tolerance.kind == Kind::kAbsent) {
        value.erase(field);
      } else {
        *field = "?";
      }
    }
    const auto headers = value.find("hdrs");
    if (headers != value.end() && headers->is_string()) {
      *headers = SortedHeaders(headers->get_ref<std::string&>());
    }
  }
  if (value.is_structured()) {
    for (json& each : value) Normalize(each);
    if (value.is_object()) SortOrigins(value);
  } else if (value.is_string() && IsTime(value.get_ref<std::string&>())) {
    value = value == kUnset ? "never" : "T";
  } else if (value.is_string()) {
    SortViolators(value.get_ref<std::string&>());
  }
}

void Blur::Apply(json& info) const {
  if (!subjects || !info.is_object()) return;
  const auto streams = info.find("streams");
  if (streams != info.end() && streams->is_array()) {
    for (json& stream : *streams) Apply(stream);
  }
  const auto state = info.find("state");
  if (state == info.end() || !state->is_object()) return;
  state->erase("num_subjects");
  state->erase("subjects");
  // Of the subjects that are told.
  for (const char* count : {"total", "offset", "limit"}) info.erase(count);
}

std::string Blur::Apply(std::string text) const {
  if (!pending) return text;
  const std::size_t ack = text.rfind("-> $JS.ACK.");
  if (ack == std::string::npos) return text;
  text.replace(text.rfind('.') + 1, std::string::npos, "?");
  return text;
}

Blur BlurOf(const Program& program) {
  Blur blur;
  for (const Action& action : program.actions) {
    const bool rolls_up = std::any_of(
        action.headers.begin(), action.headers.end(),
        [](const auto& header) { return header.first == "Nats-Rollup"; });
    if (rolls_up || absl::StartsWith(action.subject, "$JS.API.STREAM.PURGE.") ||
        absl::StartsWith(action.subject, "$JS.API.STREAM.MSG.DELETE.")) {
      blur.subjects = program.version != ServerVersion::k2_15;
    }
    if (absl::StrContains(action.body, "\"max_msgs") ||
        absl::StrContains(action.body, "\"max_bytes\"")) {
      blur.pending = true;
    }
  }
  return blur;
}

std::string Normalized(absl::string_view text) {
  if (!absl::StartsWith(text, "{")) return std::string(text);
  json value = json::parse(text.begin(), text.end(), nullptr,
                           /*allow_exceptions=*/false);
  if (value.is_discarded()) return std::string(text);
  Normalize(value);
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string NormalizedAck(absl::string_view subject) {
  if (IsTime(subject)) return "T";  // The Nats-Time-Stamp of a direct get.
  if (subject.size() < 19) return std::string(subject);
  std::vector<std::string> tokens = absl::StrSplit(subject, '.');
  for (std::string& token : tokens) {
    if (token.size() == 19 && IsNumber(token)) token = "T";
  }
  return absl::StrJoin(tokens, ".");
}

std::string Normalized(const Message& message) {
  std::ostringstream text;
  text << message.subject << " [";
  if (message.headers.status_code() != 0) {
    text << message.headers.status_code() << " "
         << message.headers.status_text();
  }
  std::vector<Headers::Entry> entries = message.headers.entries();
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Headers::Entry& a, const Headers::Entry& b) {
                     return a.first < b.first;
                   });
  for (const auto& [name, value] : entries) {
    text << " " << name << ":" << NormalizedHeader(name, value);
  }
  text << "] " << Normalized(message.data);
  if (!message.reply.empty()) text << " -> " << NormalizedAck(message.reply);
  return text.str();
}

}  // namespace windtunnel::conform
