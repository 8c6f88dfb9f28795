#include "cli/account_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/run_prefix.h"
#include "windtunnel/subject.h"

namespace windtunnel::cli {

namespace {

constexpr std::int64_t kStreamsOfProgram = 3;
constexpr std::int64_t kConsumersOfStream = 16;
constexpr std::int64_t kBytesOfStream = 1 << 20;

void CheckLimit(absl::string_view name, std::int64_t limit, std::int64_t used,
                std::int64_t needed, std::vector<std::string>& wrong) {
  if (limit - used >= needed) return;
  wrong.push_back(absl::StrCat(
      "needs ", needed, " of ", name, ", and the account has ",
      std::max<std::int64_t>(0, limit - used), " left of ", limit));
}

}  // namespace

Needs NeedsOf(int at_once) {
  const std::int64_t streams = at_once * kStreamsOfProgram;
  return {streams, kConsumersOfStream, kBytesOfStream,
          streams * kBytesOfStream};
}

absl::Status CheckLimits(const AccountInfo& account, const Needs& needs) {
  const AccountLimits& limits = account.limits;
  std::vector<std::string> wrong;
  // No limit is -1; of streams and consumers also 0.
  if (limits.max_streams > 0) {
    CheckLimit("max_streams", limits.max_streams,
               static_cast<std::int64_t>(account.streams), needs.streams,
               wrong);
  }
  if (limits.max_consumers > 0) {
    CheckLimit("max_consumers", limits.max_consumers, 0, needs.consumers,
               wrong);
  }
  if (limits.max_memory >= 0) {
    CheckLimit("memory", limits.max_memory,
               static_cast<std::int64_t>(
                   std::max(account.memory, account.reserved_memory)),
               needs.bytes, wrong);
  }
  if (limits.max_storage >= 0) {
    CheckLimit("storage", limits.max_storage,
               static_cast<std::int64_t>(
                   std::max(account.storage, account.reserved_storage)),
               needs.bytes, wrong);
  }
  if (limits.memory_max_stream_bytes > 0) {
    CheckLimit("memory_max_stream_bytes", limits.memory_max_stream_bytes, 0,
               needs.stream_bytes, wrong);
  }
  if (limits.storage_max_stream_bytes > 0) {
    CheckLimit("storage_max_stream_bytes", limits.storage_max_stream_bytes, 0,
               needs.stream_bytes, wrong);
  }
  if (limits.max_ack_pending > 0) {
    wrong.push_back(absl::StrCat(
        "needs an account without a limit of max_ack_pending, which is ",
        limits.max_ack_pending));
  }
  if (limits.max_bytes_required) {
    wrong.push_back(
        "needs streams without max_bytes, which the account requires");
  }
  if (wrong.empty()) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the account's limits do not allow the run: it ",
                   absl::StrJoin(wrong, "; it "),
                   " (a smaller --at-once needs fewer streams and bytes)"));
}

absl::Status CheckSubjects(const std::vector<StreamInfo>& streams,
                           absl::string_view prefix) {
  // What programs publish to, and where deliveries to them arrive.
  const std::string name = ProgramName(prefix, 0);
  const std::string own[] = {absl::StrCat(name, "A"), absl::StrCat(name, ".>"),
                             absl::StrCat("in.", name, ".>")};
  for (const StreamInfo& stream : streams) {
    for (const std::string& subject : stream.config.subjects) {
      for (const std::string& ours : own) {
        if (!SubjectsOverlap(subject, ours)) continue;
        return absl::FailedPreconditionError(absl::StrCat(
            "stream ", stream.config.name, " takes '", subject,
            "', so it would take the messages of the run, which go to '",
            prefix, "*.>' and 'in.", prefix, "*.>'"));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace windtunnel::cli
