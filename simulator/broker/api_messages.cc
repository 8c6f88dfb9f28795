// $JS.API.STREAM.PURGE, MSG.GET, MSG.DELETE.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/api_streams.h"
#include "simulator/broker/broker_state.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

StreamApi::Answer StreamApi::Purge(absl::string_view name) {
  const Profile& profile = broker_.profile_;
  const bool ignored =
      profile.ignores_non_json_body && !api::LooksLikeJson(body_);
  api::PurgeRequest request;
  if (Refusal error =
          api::Decode(ignored ? "" : body_, broker_.state_->dialect, request)) {
    return Refuse(*std::move(error));
  }
  if (request.seq > 0 && request.keep > 0) {
    return Refuse(catalogue::Make(catalogue::kBadRequest));
  }
  Stream* stream = broker_.FindStream(name);
  if (stream == nullptr) {
    return Refuse(catalogue::Make(catalogue::kStreamNotFound));
  }
  const StreamConfig& config = stream->config();
  if (config.sealed) return Refuse(catalogue::Make(catalogue::kStreamSealed));
  if (config.deny_purge) {
    return Refuse(catalogue::Make(catalogue::kStreamPurgeFailed,
                                  "stream purge not permitted"));
  }
  SubjectFilter filter;
  if (!request.filter.empty()) filter = SubjectFilter({request.filter});
  // STO-023.
  const MessageStore& store = stream->store();
  if (profile.purge_needs_present_seq && filter.MatchesAll() &&
      config.storage == Storage::kMemory && request.seq > 1 &&
      request.seq <= store.last_seq() && store.Find(request.seq) == nullptr) {
    return Refuse(
        catalogue::Make(catalogue::kStreamGeneralError, "no message found"));
  }
  const std::uint64_t purged =
      stream->Purge(context_, filter, request.seq, request.keep);
  return {api::EncodePurge(purged), std::nullopt};
}

void StreamApi::DropUnknown(api::MessageGetRequest& request) const {
  if (!broker_.profile_.has_no_hdr) request.no_hdr = false;
  if (broker_.profile_.has_start_time) return;
  request.start_time.reset();
  request.batch = 0;
  request.max_bytes = 0;
  request.multi_last.clear();
  request.up_to_seq = 0;
  request.up_to_time.reset();
}

std::uint64_t StreamApi::Select(const MessageStore& store,
                                const api::MessageGetRequest& request) {
  if (request.last_by_subj == ">") {  // STO-037.
    return store.Find(store.last_seq()) ? store.last_seq() : 0;
  }
  if (!request.last_by_subj.empty()) {
    return store.LastMatching(SubjectFilter({request.last_by_subj}),
                              store.last_seq());
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

StreamApi::Answer StreamApi::GetMessage(absl::string_view name) {
  const JetStreamError bad_request = catalogue::Make(catalogue::kBadRequest);
  if (api::IsEmptyRequest(body_)) return Refuse(bad_request);
  api::MessageGetRequest request;
  if (Refusal error = api::Decode(body_, broker_.state_->dialect, request)) {
    return Refuse(*std::move(error));
  }
  DropUnknown(request);
  // STO-040.
  const bool last = !request.last_by_subj.empty();
  const bool next = !request.next_by_subj.empty();
  const bool time = request.start_time.has_value();
  const bool nothing = request.seq == 0 && !last && !next && !time;
  const bool conflict =
      (last && (request.seq > 0 || next || time)) || (time && request.seq > 0);
  if (nothing || conflict || request.batch > 0 || request.max_bytes > 0) {
    return Refuse(bad_request);
  }
  const Stream* stream = broker_.FindStream(name);
  if (stream == nullptr) {
    return Refuse(catalogue::Make(catalogue::kStreamNotFound));
  }
  const std::uint64_t seq = Select(stream->store(), request);
  if (seq == 0) return Refuse(catalogue::Make(catalogue::kNoMessageFound));
  const MessageStore::Entry& entry = *stream->store().Find(seq);
  api::RawMessage message;
  message.subject = entry.block->subject();
  message.sequence = seq;
  message.time = absl::FromUnixNanos(entry.time);
  if (!request.no_hdr) message.header_block = entry.block->header_block();
  message.data = entry.block->data();
  return {api::EncodeMessageGet(message), std::nullopt};
}

StreamApi::Answer StreamApi::DeleteMessage(absl::string_view name) {
  if (api::IsEmptyRequest(body_)) {
    return Refuse(catalogue::Make(catalogue::kBadRequest));
  }
  api::MessageDeleteRequest request;
  if (Refusal error = api::Decode(body_, broker_.state_->dialect, request)) {
    return Refuse(*std::move(error));
  }
  Stream* stream = broker_.FindStream(name);
  if (stream == nullptr) {
    return Refuse(catalogue::Make(catalogue::kStreamNotFound));
  }
  if (Refusal error = stream->DeleteMessage(context_, request.seq)) {
    return Refuse(*std::move(error));
  }
  return {api::EncodeSuccess(api::Call::kMessageDelete), std::nullopt};
}

}  // namespace windtunnel::broker
