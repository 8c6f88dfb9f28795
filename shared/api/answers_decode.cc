#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "shared/api/answers.h"
#include "shared/api/go_quote.h"
#include "shared/api/json_parse.h"
#include "shared/api/request_fields.h"

namespace windtunnel::api {

namespace {

constexpr Dialect kAnyServer{.minor = kAnyMinor, .strict = false};

absl::Status NoAnswer(absl::string_view text, absl::string_view why) {
  return absl::InternalError(
      absl::StrCat("not an answer of JetStream's API (", why,
                   "): ", GoQuote(text.substr(0, 200))));
}

// What the answers have that our structs have not, or elsewhere.
struct ErrorAnswer {
  std::optional<JetStreamError> error;
};
template <typename V, Like<ErrorAnswer> T>
void VisitFields(V& v, T& answer) {
  v.Visit({"error"}, answer.error);
}

struct Cluster {
  std::string leader;
};
template <typename V, Like<Cluster> T>
void VisitFields(V& v, T& cluster) {
  v.Visit({"leader"}, cluster.leader);
}

struct StreamInfoAnswer {
  StreamInfo info;
  Cluster cluster;
};
template <typename V, Like<StreamInfoAnswer> T>
void VisitFields(V& v, T& answer) {
  VisitFields(v, answer.info);
  v.Visit({"domain"}, answer.info.domain);
  v.Visit({"cluster"}, answer.cluster);
  v.Visit({"total"}, answer.info.total);
  v.Visit({"offset"}, answer.info.offset);
  v.Visit({"limit"}, answer.info.limit);
}

struct PurgeAnswer {
  std::uint64_t purged = 0;
};
template <typename V, Like<PurgeAnswer> T>
void VisitFields(V& v, T& answer) {
  v.Visit({"purged"}, answer.purged);
}

struct NoFields {};
template <typename V, Like<NoFields> T>
void VisitFields(V&, T&) {}

struct MessageAnswer {
  struct Message {
    std::string subject;
    std::uint64_t seq = 0;
    std::string hdrs;
    std::string data;
    absl::Time time = absl::InfinitePast();
  };
  Message message;
};
template <typename V, Like<MessageAnswer::Message> T>
void VisitFields(V& v, T& message) {
  v.Visit({"subject"}, message.subject);
  v.Visit({"seq"}, message.seq);
  v.Visit({"hdrs"}, message.hdrs);
  v.Visit({"data"}, message.data);
  v.Visit({"time"}, message.time);
}
template <typename V, Like<MessageAnswer> T>
void VisitFields(V& v, T& answer) {
  v.Visit({"message"}, answer.message);
}

struct AccountApi {
  std::int64_t level = 0;
  std::uint64_t total = 0;
  std::uint64_t errors = 0;
};
template <typename V, Like<AccountApi> T>
void VisitFields(V& v, T& api) {
  v.Visit({"level"}, api.level);
  v.Visit({"total"}, api.total);
  v.Visit({"errors"}, api.errors);
}

struct AccountAnswer {
  AccountInfo info;
  AccountApi api;
};
template <typename V, Like<AccountAnswer> T>
void VisitFields(V& v, T& answer) {
  v.Visit({"memory"}, answer.info.memory);
  v.Visit({"storage"}, answer.info.storage);
  v.Visit({"reserved_memory"}, answer.info.reserved_memory);
  v.Visit({"reserved_storage"}, answer.info.reserved_storage);
  v.Visit({"streams"}, answer.info.streams);
  v.Visit({"consumers"}, answer.info.consumers);
  v.Visit({"limits"}, answer.info.limits);
  v.Visit({"domain"}, answer.info.domain);
  v.Visit({"api"}, answer.api);
}

// A page whose items are in `streams` or `consumers`.
template <typename T>
struct PageAnswer {
  Page<T> page;
};
template <typename V, typename T>
void VisitFields(V& v, PageAnswer<T>& answer) {
  v.Visit({"total"}, answer.page.total);
  v.Visit({"offset"}, answer.page.offset);
  v.Visit({"limit"}, answer.page.limit);
  v.Visit({"streams"}, answer.page.items);
  v.Visit({"consumers"}, answer.page.items);
}

template <typename T>
absl::StatusOr<T> DecodeAnswer(absl::string_view text) {
  if (std::optional<SyntaxError> error = FindSyntaxError(text)) {
    return NoAnswer(text, error->text);
  }
  const Json json = ParseJson(text);
  // First of all the error: the other fields are there all the same (API-003).
  ErrorAnswer refusal;
  JsonReader refusal_reader(kAnyServer);
  refusal_reader.ReadRoot(json, refusal);
  if (refusal.error.has_value()) return MakeJetStreamStatus(*refusal.error);

  T answer;
  JsonReader reader(kAnyServer);
  reader.ReadRoot(json, answer);
  if (reader.error().has_value()) return NoAnswer(text, *reader.error());
  if (!json.is_object() || !json.contains("type")) {
    return NoAnswer(text, "it has no type");
  }
  return answer;
}

template <typename T>
absl::StatusOr<Page<T>> DecodePage(absl::string_view text) {
  absl::StatusOr<PageAnswer<T>> answer = DecodeAnswer<PageAnswer<T>>(text);
  if (!answer.ok()) return answer.status();
  return std::move(answer->page);
}

void SetLeader(StreamInfoAnswer& answer) {
  answer.info.cluster_leader = std::move(answer.cluster.leader);
}

}  // namespace

absl::Status DecodeSuccess(absl::string_view text) {
  return DecodeAnswer<NoFields>(text).status();
}

absl::StatusOr<std::uint64_t> DecodePurge(absl::string_view text) {
  absl::StatusOr<PurgeAnswer> answer = DecodeAnswer<PurgeAnswer>(text);
  if (!answer.ok()) return answer.status();
  return answer->purged;
}

absl::StatusOr<StreamInfo> DecodeStreamInfo(absl::string_view text) {
  absl::StatusOr<StreamInfoAnswer> answer =
      DecodeAnswer<StreamInfoAnswer>(text);
  if (!answer.ok()) return answer.status();
  SetLeader(*answer);
  return std::move(answer->info);
}

absl::StatusOr<Page<std::string>> DecodeStreamNames(absl::string_view text) {
  return DecodePage<std::string>(text);
}

absl::StatusOr<Page<StreamInfo>> DecodeStreamList(absl::string_view text) {
  absl::StatusOr<Page<StreamInfoAnswer>> answers =
      DecodePage<StreamInfoAnswer>(text);
  if (!answers.ok()) return answers.status();
  Page<StreamInfo> page{answers->total, answers->offset, answers->limit, {}};
  for (StreamInfoAnswer& answer : answers->items) {
    SetLeader(answer);
    page.items.push_back(std::move(answer.info));
  }
  return page;
}

absl::StatusOr<StoredMessage> DecodeMessageGet(absl::string_view text) {
  absl::StatusOr<MessageAnswer> answer = DecodeAnswer<MessageAnswer>(text);
  if (!answer.ok()) return answer.status();
  MessageAnswer::Message& wire = answer->message;
  StoredMessage message;
  message.subject = std::move(wire.subject);
  message.sequence = wire.seq;
  message.time = wire.time;
  std::string header_block;
  if (!absl::Base64Unescape(wire.hdrs, &header_block) ||
      !absl::Base64Unescape(wire.data, &message.data)) {
    return NoAnswer(text, "hdrs or data is no base64");
  }
  // A stored block may lack the version line (WIR-067): no headers then.
  message.headers = Headers::Parse(header_block).value_or(Headers());
  return message;
}

absl::StatusOr<ConsumerInfo> DecodeConsumerInfo(absl::string_view text) {
  return DecodeAnswer<ConsumerInfo>(text);
}

absl::StatusOr<Page<std::string>> DecodeConsumerNames(absl::string_view text) {
  return DecodePage<std::string>(text);
}

absl::StatusOr<Page<ConsumerInfo>> DecodeConsumerList(absl::string_view text) {
  return DecodePage<ConsumerInfo>(text);
}

absl::StatusOr<PauseState> DecodePause(absl::string_view text) {
  return DecodeAnswer<PauseState>(text);
}

absl::StatusOr<AccountInfo> DecodeAccountInfo(absl::string_view text) {
  absl::StatusOr<AccountAnswer> answer = DecodeAnswer<AccountAnswer>(text);
  if (!answer.ok()) return answer.status();
  AccountInfo& info = answer->info;
  info.api_level = static_cast<int>(answer->api.level);
  info.api_total = answer->api.total;
  info.api_errors = answer->api.errors;
  return std::move(info);
}

}  // namespace windtunnel::api
