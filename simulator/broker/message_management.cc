#include "simulator/broker/message_management.h"

#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

Outcome<MessageManagement::Found> MessageManagement::Get(
    absl::string_view stream, api::MessageGetRequest request) const {
  DropUnknown(request);
  // STO-040.
  const bool last = !request.last_by_subj.empty();
  const bool next = !request.next_by_subj.empty();
  const bool time = request.start_time.has_value();
  const bool nothing = request.seq == 0 && !last && !next && !time;
  const bool conflict =
      (last && (request.seq > 0 || next || time)) || (time && request.seq > 0);
  if (nothing || conflict || request.batch > 0 || request.max_bytes > 0) {
    return catalogue::Make(catalogue::kBadRequest);
  }
  const Stream* found = broker_.FindStream(stream);
  if (found == nullptr) return catalogue::Make(catalogue::kStreamNotFound);
  const std::uint64_t seq = Select(found->store(), request);
  if (seq == 0) return catalogue::Make(catalogue::kNoMessageFound);
  return Found{seq, found->store().Find(seq), !request.no_hdr};
}

Refusal MessageManagement::Delete(absl::string_view stream,
                                  const api::MessageDeleteRequest& request) {
  Stream* const found = broker_.FindStream(stream);
  if (found == nullptr) return catalogue::Make(catalogue::kStreamNotFound);
  return found->DeleteMessage(context_, request.seq);
}

Outcome<std::uint64_t> MessageManagement::Purge(
    absl::string_view stream, const api::PurgeRequest& request) {
  if (request.seq > 0 && request.keep > 0) {
    return catalogue::Make(catalogue::kBadRequest);
  }
  Stream* const found = broker_.FindStream(stream);
  if (found == nullptr) return catalogue::Make(catalogue::kStreamNotFound);
  const StreamConfig& config = found->config();
  if (config.sealed) return catalogue::Make(catalogue::kStreamSealed);
  if (config.deny_purge) {
    return catalogue::Make(catalogue::kStreamPurgeFailed,
                           "stream purge not permitted");
  }
  SubjectFilter filter;
  if (!request.filter.empty()) filter = SubjectFilter({request.filter});
  // STO-023.
  const MessageStore& store = found->store();
  if (broker_.profile().purge_needs_present_seq && filter.MatchesAll() &&
      config.storage == Storage::kMemory && request.seq > 1 &&
      request.seq <= store.last_seq() && store.Find(request.seq) == nullptr) {
    return catalogue::Make(catalogue::kStreamGeneralError, "no message found");
  }
  return found->Purge(context_, filter, request.seq, request.keep);
}

void MessageManagement::DropUnknown(api::MessageGetRequest& request) const {
  if (!broker_.profile().has_no_hdr) request.no_hdr = false;
  if (broker_.profile().has_start_time) return;
  request.start_time.reset();
  request.batch = 0;
  request.max_bytes = 0;
  request.multi_last.clear();
  request.up_to_seq = 0;
  request.up_to_time.reset();
}

std::uint64_t MessageManagement::Select(const MessageStore& store,
                                        const api::MessageGetRequest& request) {
  if (request.last_by_subj == ">") {  // STO-037.
    return store.Find(store.last_seq()) ? store.last_seq() : 0;
  }
  if (!request.last_by_subj.empty()) {
    return HasWildcard(request.last_by_subj)
               ? store.LastMatching(SubjectFilter({request.last_by_subj}),
                                    store.last_seq())
               : store.LastOfSubject(request.last_by_subj);
  }
  std::uint64_t from = request.seq;
  if (request.start_time) {
    from = store.FirstAtOrAfter(absl::ToUnixNanos(*request.start_time));
  }
  if (!request.next_by_subj.empty()) {
    return store.NextMatching(SubjectFilter({request.next_by_subj}), from);
  }
  if (request.start_time) return store.Next(from);
  return store.Find(from) ? from : 0;
}

}  // namespace windtunnel::broker
