#include "shared/api/answers.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "shared/api/json_writer.h"
#include "shared/api/request_fields.h"

namespace windtunnel::api {

namespace {

absl::string_view NameOf(Call call) {
  switch (call) {
    case Call::kAccountInfo:
      return "account_info";
    case Call::kStreamCreate:
      return "stream_create";
    case Call::kStreamUpdate:
      return "stream_update";
    case Call::kStreamInfo:
      return "stream_info";
    case Call::kStreamNames:
      return "stream_names";
    case Call::kStreamList:
      return "stream_list";
    case Call::kStreamDelete:
      return "stream_delete";
    case Call::kStreamPurge:
      return "stream_purge";
    case Call::kMessageGet:
      return "stream_msg_get";
    case Call::kMessageDelete:
      return "stream_msg_delete";
    case Call::kStreamSnapshot:
      return "stream_snapshot";
    case Call::kStreamRestore:
      return "stream_restore";
    case Call::kStreamLeaderStepdown:
      return "stream_leader_stepdown";
    case Call::kStreamPeerRemove:
      return "stream_remove_peer";
    case Call::kConsumerCreate:
      return "consumer_create";
    case Call::kConsumerInfo:
      return "consumer_info";
    case Call::kConsumerNames:
      return "consumer_names";
    case Call::kConsumerList:
      return "consumer_list";
    case Call::kConsumerDelete:
      return "consumer_delete";
    case Call::kConsumerPause:
      return "consumer_pause";
    case Call::kConsumerUnpin:
      return "consumer_unpin";
    case Call::kConsumerReset:
      return "consumer_reset";
    case Call::kConsumerLeaderStepdown:
      return "consumer_leader_stepdown";
  }
  return "";
}

Json NewAnswer(Call call) {
  Json json = Json::object();
  json["type"] = TypeOf(call);
  return json;
}

void AddPaging(Json& json, std::uint64_t total, std::uint64_t offset,
               std::uint64_t limit) {
  json["total"] = total;
  json["offset"] = offset;
  json["limit"] = limit;
}

template <typename T>
void AddFields(Json& json, const Dialect& dialect, const T& value) {
  const Json fields = JsonWriter(dialect).WriteStruct(value);
  for (const auto& [key, field] : fields.items()) json[key] = field;
}

// What a refusal of `call` shows besides the error (API-003).
void AddZeroFields(Json& json, Call call) {
  switch (call) {
    case Call::kStreamInfo:
      AddPaging(json, 0, 0, 0);
      break;
    case Call::kStreamNames:
      AddPaging(json, 0, 0, 0);
      json["streams"] = nullptr;
      break;
    case Call::kStreamList:
      AddPaging(json, 0, 0, 0);
      json["streams"] = Json::array();
      break;
    case Call::kConsumerNames:
    case Call::kConsumerList:
      AddPaging(json, 0, 0, 0);
      json["consumers"] = Json::array();
      break;
    case Call::kStreamPurge:
      json["purged"] = 0;
      break;
    case Call::kStreamRestore:
      json["deliver_subject"] = "";
      break;
    case Call::kConsumerPause:
      AddFields(json, Dialect{}, PauseState{});
      break;
    case Call::kConsumerReset:
      json["reset_seq"] = 0;
      break;
    default:
      break;
  }
}

template <typename T>
Json NewPage(Call call, const Page<T>& page) {
  Json json = NewAnswer(call);
  AddPaging(json, page.total, page.offset, page.limit);
  return json;
}

}  // namespace

std::string TypeOf(Call call) {
  return absl::StrCat("io.nats.jetstream.api.v1.", NameOf(call), "_response");
}

std::string EncodeError(Call call, const JetStreamError& error) {
  Json json = NewAnswer(call);
  json["error"] = JsonWriter(Dialect{}).WriteStruct(error);
  AddZeroFields(json, call);
  return ToAnswerText(json);
}

std::string EncodeSuccess(Call call) {
  Json json = NewAnswer(call);
  json["success"] = true;
  return ToAnswerText(json);
}

std::string EncodeUnpin() {
  return ToAnswerText(NewAnswer(Call::kConsumerUnpin));
}

std::string EncodePurge(std::uint64_t purged) {
  Json json = NewAnswer(Call::kStreamPurge);
  json["success"] = true;
  json["purged"] = purged;
  return ToAnswerText(json);
}

std::string EncodeStreamInfo(Call call, const Dialect& dialect,
                             const StreamInfo& info) {
  Json json = NewAnswer(call);
  if (call == Call::kStreamInfo) {
    AddPaging(json, info.total, info.offset, info.limit);
  }
  AddFields(json, dialect, info);
  if (call != Call::kStreamCreate && !info.domain.empty()) {
    json["domain"] = info.domain;
  }
  if (call == Call::kStreamInfo && !info.cluster_leader.empty()) {
    json["cluster"]["leader"] = info.cluster_leader;
  }
  if (call == Call::kStreamCreate) json["did_create"] = true;
  return ToAnswerText(json);
}

std::string EncodeStreamNames(const Page<std::string>& page) {
  Json json = NewPage(Call::kStreamNames, page);
  json["streams"] = page.items.empty() ? Json() : Json(page.items);  // API-062
  return ToAnswerText(json);
}

std::string EncodeStreamList(const Dialect& dialect,
                             const Page<StreamInfo>& page) {
  Json json = NewPage(Call::kStreamList, page);
  Json& streams = json["streams"] = Json::array();
  for (const StreamInfo& info : page.items) {
    streams.push_back(JsonWriter(dialect).WriteStruct(info));
  }
  return ToAnswerText(json);
}

std::string EncodeMessageGet(const RawMessage& message) {
  Json json = NewAnswer(Call::kMessageGet);
  Json& fields = json["message"] = Json::object();
  fields["subject"] = ToStd(message.subject);
  fields["seq"] = message.sequence;
  if (!message.header_block.empty()) {
    fields["hdrs"] = absl::Base64Escape(message.header_block);
  }
  if (!message.data.empty()) fields["data"] = absl::Base64Escape(message.data);
  fields["time"] = FormatRfc3339(message.time);
  return ToAnswerText(json);
}

std::string EncodeConsumerInfo(Call call, const Dialect& dialect,
                               const ConsumerInfo& info) {
  Json json = NewAnswer(call);
  AddFields(json, dialect, info);
  return ToAnswerText(json);
}

std::string EncodeConsumerReset(const Dialect& dialect,
                                const ConsumerInfo& info,
                                std::uint64_t reset_seq) {
  Json json = NewAnswer(Call::kConsumerReset);
  AddFields(json, dialect, info);
  json["reset_seq"] = reset_seq;
  return ToAnswerText(json);
}

std::string EncodeConsumerNames(const Page<std::string>& page) {
  Json json = NewPage(Call::kConsumerNames, page);
  json["consumers"] = page.items;
  return ToAnswerText(json);
}

std::string EncodeConsumerList(const Dialect& dialect,
                               const Page<ConsumerInfo>& page) {
  Json json = NewPage(Call::kConsumerList, page);
  Json& consumers = json["consumers"] = Json::array();
  for (const ConsumerInfo& info : page.items) {
    consumers.push_back(JsonWriter(dialect).WriteStruct(info));
  }
  return ToAnswerText(json);
}

std::string EncodePause(const PauseState& state) {
  Json json = NewAnswer(Call::kConsumerPause);
  AddFields(json, Dialect{}, state);
  return ToAnswerText(json);
}

std::string EncodeAccountInfo(const Dialect& dialect, const AccountInfo& info) {
  Json json = NewAnswer(Call::kAccountInfo);
  json["memory"] = info.memory;
  json["storage"] = info.storage;
  if (dialect.minor >= 10) {
    json["reserved_memory"] = info.reserved_memory;
    json["reserved_storage"] = info.reserved_storage;
  }
  json["streams"] = info.streams;
  json["consumers"] = info.consumers;
  json["limits"] = JsonWriter(dialect).WriteStruct(info.limits);
  if (!info.domain.empty()) json["domain"] = info.domain;
  Json& api = json["api"] = Json::object();
  if (dialect.minor >= 11) api["level"] = info.api_level;
  api["total"] = info.api_total;
  api["errors"] = info.api_errors;
  return ToAnswerText(json);
}

}  // namespace windtunnel::api
