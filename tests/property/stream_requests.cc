#include "tests/property/stream_requests.h"

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/property/stream_messages.h"

namespace windtunnel::conform {
namespace {

using nlohmann::json;

}  // namespace

int StreamRequests::AnySequence(const StreamScope& scope) {
  const int first = scope.config.value("first_seq", 1);
  if (dice_.Percent(4)) return 0;
  return first + dice_.Below(scope.published + 2);
}

std::string StreamRequests::AnyTime(const StreamScope& scope) {
  if (dice_.Percent(30)) {
    return dice_.Of<std::string>(
        {"2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z"});
  }
  // All of a batch are stored within microseconds, or at one time.
  if (scope.batches) return "2100-01-01T00:00:00Z";
  return absl::StrCat("<time ", scope.name.substr(1), " ", AnySequence(scope),
                      ">");
}

std::string StreamRequests::AnyFilter(const StreamScope& scope) {
  static const auto* const kRests = new std::vector<const char*>{
      ".0", ".0", ".1", ".1", ".k.1", ".k.*", ".k.>", ".*", ".>", ".none"};
  return absl::StrCat(scope.root, dice_.Of(*kRests));
}

// Up to 2.10.27 the last message of a subject may not be found in file storage
// when others were removed (STO-036).
bool StreamRequests::LosesLast(const StreamScope& scope) const {
  return LosesSubjects(draft_, scope) &&
         scope.config.value("storage", "") == "file";
}

void StreamRequests::Delete(const StreamScope& scope) {
  json request = {{"seq", AnySequence(scope)}};
  if (dice_.Percent(20)) request["no_erase"] = true;
  draft_.Api(absl::StrCat("STREAM.MSG.DELETE.", scope.name), request);
}

void StreamRequests::Purge(const StreamScope& scope) {
  if (FilesMiscount(draft_, scope, scope.config)) {
    draft_.Api(absl::StrCat("STREAM.PURGE.", scope.name));
    return;
  }
  json request = json::object();
  if (dice_.Percent(60)) {
    request["filter"] = dice_.Percent(8) ? ">" : AnyFilter(scope);
  }
  const int kind = dice_.Below(100);
  if (kind < 40) {
    request["seq"] = AnySequence(scope) + (dice_.Percent(6) ? 50 : 0);
    // 2.9.10 expects sequences as before, where a purge goes on to later ones
    // (STO-021).
    if (draft_.is(ServerVersion::k2_9)) {
      request["seq"] = 1 + dice_.Below(3);
    }
  } else if (kind < 70) {
    request["keep"] = dice_.Below(4);
  } else if (kind < 75) {
    request = {{"seq", 2}, {"keep", 2}};
  }
  draft_.Api(absl::StrCat("STREAM.PURGE.", scope.name),
             request.empty() ? "" : request.dump());
}

json StreamRequests::OddGet(const StreamScope& scope) {
  static const auto* const kOdd = new std::vector<const char*>{
      R"({"seq":0})",
      R"({"seq":1,"last_by_subj":"^.0"})",
      R"({"last_by_subj":"^.0","next_by_subj":"^.0"})",
      R"({"seq":1,"start_time":"2020-01-01T00:00:00Z"})",
      R"({"last_by_subj":"^.0","start_time":"2020-01-01T00:00:00Z"})",
      R"({"seq":1,"batch":2})",
      R"({"last_by_subj":"^.0","batch":2})",
      R"({"seq":1,"max_bytes":100})",
      R"({"multi_last":["^.0"],"last_by_subj":"^.0"})",
      R"({"multi_last":["^.0"],"next_by_subj":"^.0"})",
      R"({"multi_last":["^.0"],"up_to_seq":2,)"
      R"("up_to_time":"2100-01-01T00:00:00Z"})",
      R"({"multi_last":["^.none"]})",
      R"({"multi_last":[]})",
      R"({"next_by_subj":"^..0"})",
      R"({"last_by_subj":""})",
      R"({})"};
  std::string text = dice_.Of(*kOdd);
  for (std::size_t at = text.find('^'); at != std::string::npos;
       at = text.find('^')) {
    text.replace(at, 1, scope.root);
  }
  return json::parse(text);
}

json StreamRequests::AnyGet(const StreamScope& scope) {
  json request;
  const int kind = dice_.Below(100);
  if (kind < 40) {
    request["seq"] = AnySequence(scope);
  } else if (kind < 70) {
    request["last_by_subj"] = AnyFilter(scope);
    // It looks only at the last sequence then (STO-037).
    if (dice_.Percent(8)) request["last_by_subj"] = ">";
  } else if (kind < 92) {
    request["next_by_subj"] = AnyFilter(scope);
    if (dice_.Percent(70)) request["seq"] = AnySequence(scope);
  } else {
    request["start_time"] = AnyTime(scope);
    if (dice_.Percent(30)) request["next_by_subj"] = AnyFilter(scope);
  }
  if (dice_.Percent(10)) request["no_hdr"] = true;
  return request;
}

json StreamRequests::AnyBatch(const StreamScope& scope) {
  json request;
  const int kind = dice_.Below(100);
  if (kind < 50) {
    request = AnyGet(scope);
    request.erase("last_by_subj");
    if (!request.contains("seq") && !request.contains("next_by_subj") &&
        !request.contains("start_time")) {
      request["seq"] = AnySequence(scope);
    }
    request["batch"] = 1 + dice_.Below(5);
  } else {
    request["multi_last"] = {AnyFilter(scope)};
    if (dice_.Percent(50)) request["multi_last"].push_back(AnyFilter(scope));
    if (dice_.Percent(20)) request["seq"] = AnySequence(scope);
    if (dice_.Percent(30)) {
      request["up_to_seq"] = AnySequence(scope);
    } else if (dice_.Percent(25)) {
      request["up_to_time"] = AnyTime(scope);
    }
    if (dice_.Percent(25)) request["batch"] = 1 + dice_.Below(3);
  }
  if (dice_.Percent(20)) request["max_bytes"] = 30 + dice_.Below(200);
  return request;
}

void StreamRequests::Get(const StreamScope& scope) {
  const json request = dice_.Percent(88) ? AnyGet(scope) : OddGet(scope);
  if (request.contains("last_by_subj") && LosesLast(scope)) return;
  draft_.Api(absl::StrCat("STREAM.MSG.GET.", scope.name), request);
}

void StreamRequests::DirectGet(const StreamScope& scope) {
  const int kind = dice_.Below(100);
  json request = kind < 8    ? OddGet(scope)
                 : kind < 55 ? AnyGet(scope)
                             : AnyBatch(scope);
  std::string subject = absl::StrCat("$JS.API.DIRECT.GET.", scope.name);
  std::string body = request.dump();
  bool last = request.contains("last_by_subj");
  if (kind >= 85) {
    last = true;
    absl::StrAppend(&subject, ".", AnyFilter(scope));
    body = dice_.Percent(75)
               ? ""
               : dice_.Of<std::string>(
                     {"{}", R"({"no_hdr":true})", R"({"seq":1})", "{"});
  } else if (dice_.Percent(5)) {
    body = dice_.Of<std::string>({"", "{", "null", "x", "[]", "{\"bogus\":1}"});
  }
  if (last && LosesLast(scope)) return;
  HeaderList headers;
  if (dice_.Percent(4)) {
    headers.emplace_back("Nats-Required-Api-Level",
                         dice_.Of<std::string>({"1", "99"}));
  }
  // Up to 2.9.10 nobody answers if it is not allowed (STO-044).
  draft_.Add({.kind = Action::Kind::kSend,
              .subject = subject,
              .reply = "in.@.got",
              .headers = std::move(headers),
              .body = body});
}

void StreamRequests::Info(const StreamScope& scope) {
  json request = json::object();
  if (dice_.Percent(50)) request["deleted_details"] = true;
  if (dice_.Percent(60)) {
    request["subjects_filter"] = AnyFilter(scope);
    // A negative one crashes older servers (STR-113).
    if (dice_.Percent(40)) {
      request["offset"] =
          dice_.Below(4) - (draft_.is(ServerVersion::k2_15) ? 1 : 0);
    }
  }
  Action& action = draft_.Api(absl::StrCat("STREAM.INFO.", scope.name),
                              request.empty() ? "" : request.dump());
  if (dice_.Percent(10)) {
    action.headers.emplace_back("Nats-Required-Api-Level",
                                dice_.Of<std::string>({"5", "6", "x", ""}));
  }
}

void StreamRequests::Lists() {
  json request = {
      {"subject", dice_.Of<std::string>({"@.>", "@.a.>", "@.a.0", "@.b.0", "@A",
                                         "@.none", "@.*.0", "@"})}};
  if (dice_.Percent(30)) {
    request["offset"] =
        dice_.Below(4) - (draft_.is(ServerVersion::k2_15) ? 1 : 0);
  }
  if (dice_.Percent(5)) request["bogus"] = 1;
  draft_.Api(dice_.Percent(50) ? "STREAM.NAMES" : "STREAM.LIST", request);
}

void StreamRequests::Malformed(const StreamScope& scope) {
  const char* operation = dice_.Of<const char*>(
      {"STREAM.INFO.", "STREAM.INFO.", "STREAM.PURGE.", "STREAM.MSG.GET.",
       "STREAM.MSG.DELETE.", "STREAM.DELETE.", "STREAM.NAMES", "STREAM.LIST"});
  if (operation[7] == 'N' || operation[7] == 'L') {
    // Others would list what other programs have.
    draft_.Api(operation, dice_.Of<std::string>({"{", R"({"subject":3})",
                                                 R"({"subject":"@.>",)"}));
    return;
  }
  static const auto* const kBodies =
      new std::vector<std::string>{"{",
                                   "x",
                                   "[]",
                                   "[1",
                                   "null",
                                   "3",
                                   "\"x\"",
                                   R"({"seq":"x"})",
                                   R"({"seq":-1})",
                                   R"({"seq":1.5})",
                                   R"({"bogus":1})",
                                   R"({"filter":3})",
                                   R"({"deleted_details":"x"})",
                                   R"({"seq":1,})",
                                   R"({"seq" 1})"};
  const bool deletes = operation[7] == 'D';
  // Nothing of these empties a stream by mistake.
  std::string body = deletes ? dice_.Of<std::string>({"{\"x\":1}", "x", "[1]"})
                             : dice_.Of(*kBodies);
  if (operation[7] == 'P') {
    if (!scope.removes) return;
    // Older servers see a request for a part in what does not ask for one.
    if (!draft_.is(ServerVersion::k2_15) && !absl::StrContains(body, "seq")) {
      body = "{";
    }
  }
  draft_.Api(absl::StrCat(operation, scope.name), body);
}

}  // namespace windtunnel::conform
