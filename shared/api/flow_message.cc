#include "shared/api/flow_message.h"

#include "shared/api/json_parse.h"
#include "shared/api/json_reader.h"
#include "shared/api/stream_fields.h"

namespace windtunnel::api {

template <typename V, Like<FlowMessage> T>
void VisitFields(V& v, T& message) {
  v.Visit({"type"}, message.type);
  v.Visit({"last_seq"}, message.last_seq);
  v.Visit({"seq"}, message.seq);
  v.Visit({"msgs"}, message.msgs);
  v.Visit({"error"}, message.error);
}

std::optional<FlowMessage> DecodeFlowMessage(absl::string_view text) {
  if (FindSyntaxError(text).has_value()) return std::nullopt;
  const Dialect any{.minor = kAnyMinor, .strict = false};
  FlowMessage message;
  JsonReader reader(any);
  reader.ReadRoot(ParseJson(text), message);
  if (reader.error().has_value() || message.type.empty()) return std::nullopt;
  return message;
}

}  // namespace windtunnel::api
