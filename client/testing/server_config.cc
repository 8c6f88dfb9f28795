#include "client/testing/server_config.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace windtunnel::internal {

namespace {

// Adds "name: value" where it is not what `unset` says.
void AddNumber(absl::string_view name, std::int64_t value, std::int64_t unset,
               std::string& text) {
  if (value != unset) absl::StrAppend(&text, " ", name, ": ", value, "\n");
}

std::string LimitsText(const JetStreamLimits& limits) {
  std::string text;
  if (limits.duplicate_window != absl::ZeroDuration()) {
    absl::StrAppend(&text, " duplicate_window: \"",
                    absl::ToInt64Nanoseconds(limits.duplicate_window),
                    "ns\"\n");
  }
  AddNumber("max_ack_pending", limits.max_ack_pending, 0, text);
  AddNumber("max_request_batch", limits.max_request_batch, 0, text);
  return text;
}

std::string AccountText(const JetStreamAccount& account) {
  if (!account.enabled) return "";
  std::string text;
  AddNumber("max_mem", account.max_mem, -1, text);
  AddNumber("max_store", account.max_store, -1, text);
  AddNumber("max_streams", account.max_streams, -1, text);
  AddNumber("max_consumers", account.max_consumers, -1, text);
  AddNumber("max_ack_pending", account.max_ack_pending, -1, text);
  AddNumber("mem_max_stream_bytes", account.mem_max_stream_bytes, -1, text);
  AddNumber("disk_max_stream_bytes", account.disk_max_stream_bytes, -1, text);
  if (account.max_bytes_required) text += " max_bytes_required: true\n";
  return absl::StrCat("jetstream {\n", text, "}\n");
}

}  // namespace

std::string ServerConfigText(const WorldOptions& options) {
  const JetStreamConfig& jetstream = options.jetstream;
  std::string server;
  AddNumber("max_memory_store", jetstream.max_memory_store, -1, server);
  AddNumber("max_file_store", jetstream.max_file_store, -1, server);
  std::string text = absl::StrCat("jetstream {\n", server, "limits {\n",
                                  LimitsText(jetstream.limits), "}\n}\n");
  if (jetstream.account == JetStreamAccount{}) return text;
  absl::StrAppend(&text, "accounts {\n A {\n users: [{user: a, password: a}]\n",
                  AccountText(jetstream.account), "}\n}\nno_auth_user: a\n");
  return text;
}

}  // namespace windtunnel::internal
