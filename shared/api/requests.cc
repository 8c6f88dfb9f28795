#include "shared/api/requests.h"

#include <cstddef>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "shared/api/json_parse.h"
#include "shared/api/json_writer.h"
#include "shared/api/request_fields.h"

namespace windtunnel::api {

namespace {

template <typename T>
absl::StatusOr<std::string> EncodeRequest(const T& request) {
  JsonWriter writer;
  const Json json = writer.WriteStruct(request);
  if (!writer.status().ok()) return writer.status();
  return ToText(json);
}

// For requests whose fields all fit.
template <typename T>
std::string EncodeAnyRequest(const T& request) {
  return ToText(JsonWriter().WriteStruct(request));
}

// Clients write `domain` as the API prefix of that domain.
void ReplaceDomain(StreamSource& source) {
  if (source.domain.empty() || source.external.has_value()) return;
  source.external.emplace();
  source.external->api = absl::StrCat("$JS.", source.domain, ".API");
}

// The member `key` of `json`, null if there is none.
const Json& Member(const Json& json, const char* key) {
  static const Json& none = *new Json();
  if (!json.is_object()) return none;
  const auto found = json.find(key);
  return found == json.end() ? none : *found;
}

bool IsEmptyMember(const Json& json, const char* key) {
  const Json& member = Member(json, key);
  return member.is_structured() && member.empty();
}

// The first value of `body`, which has decoded.
Json FirstValue(absl::string_view body) {
  absl::string_view rest;
  FindSyntaxError(body, &rest);
  return ParseJson(body.substr(0, body.size() - rest.size()));
}

void NoteEmptyMembers(const Json& json, StreamConfigRequest& request) {
  const auto note = [&](const Json& parent, const char* key,
                        const std::string& prefix) {
    if (IsEmptyMember(parent, key)) {
      request.empty_members.push_back(absl::StrCat(prefix, key));
    }
  };
  note(json, "metadata", "");
  note(json, "subjects", "");
  note(json, "sources", "");
  note(Member(json, "placement"), "tags", "placement.");
  note(Member(json, "mirror"), "subject_transforms", "mirror.");
  const Json& sources = Member(json, "sources");
  if (!sources.is_array()) return;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    request.has_null_source |= sources[i].is_null();
    note(sources[i], "subject_transforms", absl::StrCat("sources.", i, "."));
  }
}

// An empty body is as `{}`.
absl::string_view OrEmptyObject(absl::string_view body) {
  return body.empty() ? "{}" : body;
}

Dialect NotStrict(Dialect dialect) {
  dialect.strict = false;
  return dialect;
}

// CONSUMER.NAMES and CONSUMER.LIST know no subject.
struct ConsumerPageRequest {
  std::int64_t offset = 0;
};

template <typename V, Like<ConsumerPageRequest> T>
void VisitFields(V& v, T& request) {
  v.Visit({"offset", 9, Show::kWhenSet, "int"}, request.offset);
}

}  // namespace

template <>
inline constexpr const char* kGoName<ConsumerPageRequest> =
    "JSApiConsumersRequest";

bool IsEmptyRequest(absl::string_view body) {
  body = absl::StripAsciiWhitespace(body);
  if (body.empty()) return true;
  if (body.size() < 2 || body.front() != '{' || body.back() != '}') {
    return false;
  }
  return absl::StripAsciiWhitespace(body.substr(1, body.size() - 2)).empty();
}

bool LooksLikeJson(absl::string_view body) {
  body = absl::StripLeadingAsciiWhitespace(body);
  return !body.empty() && (body.front() == '{' || body.front() == '[');
}

MessageGetRequest ToMessageGetRequest(const GetMessageRequest& request) {
  MessageGetRequest wire;
  wire.seq = request.seq;
  wire.last_by_subj = request.last_by_subject;
  wire.next_by_subj = request.next_by_subject;
  wire.start_time = request.start_time;
  wire.no_hdr = request.no_headers;
  return wire;
}

absl::StatusOr<std::string> Encode(const StreamConfigRequest& request) {
  StreamConfigRequest wire = request;
  if (wire.config.mirror.has_value()) ReplaceDomain(*wire.config.mirror);
  for (StreamSource& source : wire.config.sources) ReplaceDomain(source);
  return EncodeRequest(wire);
}

absl::StatusOr<std::string> Encode(const ConsumerCreateRequest& request) {
  return EncodeRequest(request);
}

absl::StatusOr<std::string> Encode(const MessageGetRequest& request) {
  return EncodeRequest(request);
}

absl::StatusOr<std::string> Encode(const PauseRequest& request) {
  return EncodeRequest(request);
}

std::string Encode(const PageRequest& request) {
  return EncodeAnyRequest(request);
}

std::string Encode(const StreamInfoRequest& request) {
  return EncodeAnyRequest(request);
}

std::string Encode(const PurgeRequest& request) {
  return EncodeAnyRequest(request);
}

std::string Encode(const MessageDeleteRequest& request) {
  // Sequence 0 is sent too: without it the server would answer another error.
  return absl::StrCat("{\"seq\":", request.seq,
                      request.no_erase ? ",\"no_erase\":true}" : "}");
}

std::string Encode(const UnpinRequest& request) {
  return EncodeAnyRequest(request);
}

std::string Encode(const ResetRequest& request) {
  return EncodeAnyRequest(request);
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     StreamConfigRequest& request) {
  body = OrEmptyObject(body);
  std::optional<JetStreamError> error = DecodeRequest(body, dialect, request);
  if (!error.has_value()) NoteEmptyMembers(FirstValue(body), request);
  return error;
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     PageRequest& request) {
  return DecodeRequest(OrEmptyObject(body), dialect, request);
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     StreamListRequest& request) {
  return DecodeRequest(OrEmptyObject(body), dialect, request);
}

std::optional<JetStreamError> DecodeConsumerPage(absl::string_view body,
                                                 const Dialect& dialect,
                                                 PageRequest& request) {
  ConsumerPageRequest page;
  std::optional<JetStreamError> error =
      DecodeRequest(OrEmptyObject(body), dialect, page);
  request.offset = page.offset;
  return error;
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     StreamInfoRequest& request) {
  return DecodeRequest(OrEmptyObject(body), dialect, request);
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     PurgeRequest& request) {
  return DecodeRequest(OrEmptyObject(body), dialect, request);
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     MessageGetRequest& request) {
  return DecodeRequest(OrEmptyObject(body), dialect, request);
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     MessageDeleteRequest& request) {
  return DecodeRequest(OrEmptyObject(body), dialect, request);
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     ConsumerCreateRequest& request) {
  body = OrEmptyObject(body);
  std::optional<JetStreamError> error = DecodeRequest(body, dialect, request);
  const ConsumerConfig& config = request.config;
  if (!error.has_value() &&
      (config.backoff.empty() || config.filter_subjects.empty() ||
       config.metadata.empty())) {
    const Json json = FirstValue(body);
    const Json& sent = Member(json, "config");
    request.has_empty_backoff = IsEmptyMember(sent, "backoff");
    request.has_empty_filters = IsEmptyMember(sent, "filter_subjects");
    request.has_empty_metadata = IsEmptyMember(sent, "metadata");
  }
  return error;
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     PauseRequest& request) {
  std::optional<JetStreamError> error =
      DecodeRequest(OrEmptyObject(body), dialect, request);
  if (request.pause_until == ZeroTime()) request.pause_until.reset();
  return error;
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     UnpinRequest& request) {
  std::optional<JetStreamError> error =
      DecodeRequest(body, NotStrict(dialect), request, Reading::kWhole);
  if (!error.has_value() && request.group.empty()) {
    return catalogue::MakeInvalidJson("consumer group not specified");
  }
  return error;
}

std::optional<JetStreamError> Decode(absl::string_view body,
                                     const Dialect& dialect,
                                     ResetRequest& request) {
  return DecodeRequest(OrEmptyObject(body), NotStrict(dialect), request,
                       Reading::kWhole);
}

}  // namespace windtunnel::api
