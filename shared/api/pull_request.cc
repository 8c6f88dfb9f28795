#include "shared/api/pull_request.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "shared/api/consumer_fields.h"
#include "shared/api/json_parse.h"
#include "shared/api/json_writer.h"

namespace windtunnel::api {

absl::StatusOr<std::string> EncodePullRequest(const PullRequest& request) {
  JsonWriter writer;
  const Json json = writer.WriteStruct(request);
  if (!writer.status().ok()) return writer.status();
  return ToText(json);
}

DecodedPullRequest DecodePullRequest(absl::string_view body,
                                     const Dialect& dialect) {
  DecodedPullRequest decoded;
  body = absl::StripAsciiWhitespace(body);
  if (!absl::StartsWith(body, "{")) {
    std::int64_t batch = 1;
    if (absl::SimpleAtoi(body, &batch)) {
      decoded.request.batch = batch;
    }
    return decoded;
  }
  decoded.is_json = true;
  if (std::optional<SyntaxError> error = FindSyntaxError(body)) {
    decoded.error = error->text;
    return decoded;
  }
  Dialect lenient = dialect;
  lenient.strict = false;
  JsonReader reader(lenient);
  if (dialect.minor < 11) {
    reader.set_struct_name("JSApiConsumerGetNextRequest");
  }
  decoded.request.batch = 0;  // PUL-009
  reader.ReadRoot(ParseJson(body), decoded.request);
  decoded.error = reader.error();
  return decoded;
}

}  // namespace windtunnel::api
