// $JS.API.DIRECT.GET: messages as they are, not as JSON.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "simulator/broker/api_streams.h"
#include "simulator/broker/broker_state.h"
#include "simulator/broker/origin_link.h"

namespace windtunnel::broker {

namespace {

constexpr std::size_t kMaxMultiLast = 1024;
constexpr std::int64_t kDefaultMaxBytes = 64 * 1024 * 1024;

std::int64_t SizeOf(const MessageBlock& block) {
  return block.subject().size() + block.header_block().size() +
         block.data().size();
}

// STO-055: bytes below zero end after the first message.
std::int64_t MaxBytes(const api::MessageGetRequest& request) {
  return request.max_bytes == 0 ? kDefaultMaxBytes
                                : std::max<std::int64_t>(request.max_bytes, 1);
}

std::string Progress(std::uint64_t pending, std::uint64_t last) {
  return absl::StrCat("Nats-Num-Pending: ", pending,
                      "\r\nNats-Last-Sequence: ", last, "\r\n");
}

}  // namespace

bool StreamApi::DirectGet(absl::string_view stream_and_subject) {
  const std::size_t dot = stream_and_subject.find('.');
  const absl::string_view name = stream_and_subject.substr(0, dot);
  const absl::string_view subject = dot == absl::string_view::npos
                                        ? absl::string_view()
                                        : stream_and_subject.substr(dot + 1);
  const bool has_empty_subject =
      dot != absl::string_view::npos && subject.empty();
  const Stream* stream = FindDirect(name);
  if (stream == nullptr || has_empty_subject) {
    // API-127: 2.9 stays silent, but only for a subject of the right form.
    return !broker_.profile_.missing_answers_no_responders &&
           !has_empty_subject;
  }
  if (reply_.empty()) return true;
  if (LevelIsTooHigh()) {
    SendStatus("412 Required Api Level");
  } else if (subject.empty()) {
    DirectRequest(*stream);
  } else {
    DirectSubject(*stream, subject);
  }
  return true;
}

// STO-063: the stream or one of its mirrors.
const Stream* StreamApi::FindDirect(absl::string_view name) {
  const Stream* const stream = broker_.FindStream(name);
  if (stream == nullptr) return nullptr;
  std::vector<const Stream*> answering;
  if (stream->config().allow_direct) answering.push_back(stream);
  for (const OriginLink* link : stream->followers()) {
    if (link->AnswersForOrigin()) answering.push_back(&link->target());
  }
  if (answering.size() < 2) return answering.empty() ? nullptr : answering[0];
  return answering[context_.choices.Draw("direct_get.stream",
                                         answering.size())];
}

// STO-046 to STO-048.
void StreamApi::DirectRequest(const Stream& stream) {
  if (body_.empty()) return SendStatus("408 Empty Request");
  api::MessageGetRequest request;
  api::Dialect dialect = broker_.state_->dialect;
  dialect.strict = false;
  if (api::Decode(body_, dialect, request)) {
    return SendStatus("408 Malformed Request");
  }
  messages_.DropUnknown(request);
  const bool last = !request.last_by_subj.empty();
  const bool next = !request.next_by_subj.empty();
  const bool time = request.start_time.has_value();
  const bool multi = !request.multi_last.empty();
  if (request.seq == 0 && !last && !next && !time && !multi) {
    return SendStatus("408 Empty Request");
  }
  if ((last && (request.seq > 0 || next || time || request.batch > 0)) ||
      (time && request.seq > 0) || (multi && (last || next)) ||
      (request.up_to_seq > 0 && request.up_to_time)) {
    return SendStatus("408 Bad Request");
  }
  if (multi) return DirectMultiLast(stream, request);
  if (request.batch != 0) return DirectBatch(stream, request);
  const std::uint64_t seq = MessageManagement::Select(stream.store(), request);
  if (seq == 0) return SendStatus("404 Message Not Found");
  SendDirect(stream, seq, request.no_hdr, "");
}

// STO-050.
void StreamApi::DirectSubject(const Stream& stream, absl::string_view subject) {
  api::MessageGetRequest request;
  if (!body_.empty()) {
    if (!broker_.profile_.direct_subject_takes_body) {
      return SendStatus("408 Bad Request");
    }
    api::Dialect dialect = broker_.state_->dialect;
    dialect.strict = false;
    if (api::Decode(body_, dialect, request)) {
      return SendStatus("408 Malformed Request");
    }
    api::MessageGetRequest allowed;
    allowed.no_hdr = request.no_hdr;
    if (request != allowed) return SendStatus("408 Bad Request");
  }
  request.last_by_subj = std::string(subject);
  const std::uint64_t seq = MessageManagement::Select(stream.store(), request);
  if (seq == 0) return SendStatus("404 Message Not Found");
  SendDirect(stream, seq, request.no_hdr, "");
}

// STO-052 to STO-056.
void StreamApi::DirectBatch(const Stream& stream,
                            const api::MessageGetRequest& request) {
  const MessageStore& store = stream.store();
  SubjectFilter filter;
  if (!request.next_by_subj.empty()) {
    filter = SubjectFilter({request.next_by_subj});
  }
  std::uint64_t seq = request.seq;
  if (request.start_time) {
    seq = store.FirstAtOrAfter(absl::ToUnixNanos(*request.start_time));
  }
  // A batch below zero is over before anything is looked for.
  if (request.batch < 0) {
    return SendStatus("204 EOB", Progress(store.CountMatching(filter, seq), 0));
  }
  seq = store.NextMatching(filter, seq);
  if (seq == 0) return SendStatus("404 Message Not Found");
  std::uint64_t pending = store.CountMatching(filter, seq);
  std::int64_t bytes = MaxBytes(request);
  std::uint64_t last = 0;
  for (std::int64_t left = request.batch; left > 0 && bytes > 0 && seq != 0;
       --left) {
    if (!request.no_hdr) --pending;
    SendDirect(stream, seq, request.no_hdr, Progress(pending, last));
    bytes -= SizeOf(*store.Find(seq)->block);
    last = seq;
    seq = store.NextMatching(filter, seq + 1);
  }
  SendStatus("204 EOB", Progress(pending, last));
}

// STO-057 to STO-062.
void StreamApi::DirectMultiLast(const Stream& stream,
                                const api::MessageGetRequest& request) {
  const MessageStore& store = stream.store();
  std::uint64_t up_to = store.last_seq();
  if (request.up_to_seq > 0) {
    up_to = request.up_to_seq;
    // File stores have no block for a sequence that is not used yet.
    if (stream.config().storage == Storage::kFile && up_to > store.last_seq()) {
      return SendStatus("404 No Results");
    }
  } else if (request.up_to_time) {
    up_to = store.FirstAtOrAfter(absl::ToUnixNanos(*request.up_to_time)) - 1;
  }
  const std::vector<std::uint64_t> found =
      store.LastPerSubject(SubjectFilter(request.multi_last), up_to);
  if (found.empty()) return SendStatus("404 No Results");
  if (found.size() > kMaxMultiLast) return SendStatus("413 Too Many Results");
  std::uint64_t pending = found.size();
  std::int64_t left = request.batch > 0 ? request.batch : found.size();
  std::int64_t bytes = MaxBytes(request);
  std::uint64_t last = 0;
  for (const std::uint64_t seq : found) {
    if (seq >= request.seq && (left-- <= 0 || bytes <= 0)) break;
    --pending;
    if (seq < request.seq) continue;
    SendDirect(stream, seq, /*no_hdr=*/false, Progress(pending, last));
    bytes -= SizeOf(*store.Find(seq)->block);
    last = seq;
  }
  SendStatus("204 EOB", absl::StrCat(Progress(pending, last),
                                     "Nats-UpTo-Sequence: ", up_to, "\r\n"));
}

// STO-043.
void StreamApi::SendDirect(const Stream& stream, std::uint64_t seq, bool no_hdr,
                           absl::string_view more_headers) {
  const MessageStore::Entry& entry = *stream.store().Find(seq);
  if (no_hdr) {
    return broker_.Send(context_, reply_, "", entry.block->data());
  }
  absl::string_view stored = entry.block->header_block();
  if (stored.empty()) stored = "NATS/1.0\r\n\r\n";
  absl::ConsumeSuffix(&stored, "\r\n");
  broker_.Send(context_, reply_,
               absl::StrCat(stored, "Nats-Stream: ", stream.config().name,
                            "\r\nNats-Subject: ", entry.block->subject(),
                            "\r\nNats-Sequence: ", seq, "\r\nNats-Time-Stamp: ",
                            absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ",
                                             absl::FromUnixNanos(entry.time),
                                             absl::UTCTimeZone()),
                            "\r\n", more_headers, "\r\n"),
               entry.block->data());
}

void StreamApi::SendStatus(absl::string_view status,
                           absl::string_view headers) {
  broker_.Send(context_, reply_,
               absl::StrCat("NATS/1.0 ", status, "\r\n", headers, "\r\n"), "");
}

}  // namespace windtunnel::broker
