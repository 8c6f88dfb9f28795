#include "shared/api/pub_ack.h"

#include "absl/strings/str_cat.h"
#include "shared/api/go_quote.h"
#include "shared/api/json_parse.h"
#include "shared/api/json_writer.h"
#include "shared/api/stream_fields.h"

namespace windtunnel::api {

namespace {

std::string Quoted(absl::string_view text) { return ToAnswerText(ToStd(text)); }

template <typename V, Like<PubAck> T>
void VisitFields(V& v, T& ack) {
  v.Visit({"stream"}, ack.stream);
  v.Visit({"domain"}, ack.domain);
  v.Visit({"seq"}, ack.sequence);
  v.Visit({"duplicate"}, ack.duplicate);
  v.Visit({"val"}, ack.value);
  v.Visit({"batch"}, ack.batch_id);
  v.Visit({"count"}, ack.batch_size);
}

struct PubAckAnswer {
  std::optional<JetStreamError> error;
  PubAck ack;
};

template <typename V, Like<PubAckAnswer> T>
void VisitFields(V& v, T& answer) {
  v.Visit({"error"}, answer.error);
  VisitFields(v, answer.ack);
}

}  // namespace

std::string EncodePubAck(const Dialect& dialect, const PubAck& ack) {
  const absl::string_view comma = dialect.pub_ack_has_blank ? ", " : ",";
  std::string text = absl::StrCat("{\"stream\":", Quoted(ack.stream), comma);
  if (!ack.domain.empty()) {
    absl::StrAppend(&text, "\"domain\":", Quoted(ack.domain), comma);
  }
  absl::StrAppend(&text, "\"seq\":", ack.sequence);
  // The blank is the server's (PUB-004).
  if (ack.duplicate) absl::StrAppend(&text, ",\"duplicate\": true");
  if (!ack.value.empty()) {
    absl::StrAppend(&text, ",\"val\":", Quoted(ack.value));
  }
  if (!ack.batch_id.empty()) {
    absl::StrAppend(&text, ",\"batch\":", GoQuote(ack.batch_id),
                    ",\"count\":", ack.batch_size);
  }
  text.push_back('}');
  return text;
}

std::string EncodePubAckError(absl::string_view stream,
                              const JetStreamError& error) {
  const std::string fields =
      ToAnswerText(JsonWriter(Dialect{}).WriteStruct(error));
  return absl::StrCat("{\"error\":", fields, ",\"stream\":", Quoted(stream),
                      ",\"seq\":0}");
}

absl::StatusOr<PubAck> DecodePubAck(absl::string_view text) {
  const Dialect any{.minor = kAnyMinor, .strict = false};
  const auto refusal = [&] {
    return absl::InternalError(absl::StrCat(
        "not an acknowledgement of a publish: ", GoQuote(text.substr(0, 200))));
  };
  if (FindSyntaxError(text).has_value()) return refusal();
  PubAckAnswer answer;
  JsonReader reader(any);
  reader.ReadRoot(ParseJson(text), answer);
  if (reader.error().has_value()) return refusal();
  if (answer.error.has_value()) return MakeJetStreamStatus(*answer.error);
  if (answer.ack.stream.empty()) return refusal();
  return answer.ack;
}

}  // namespace windtunnel::api
