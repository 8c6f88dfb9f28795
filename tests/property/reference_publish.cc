// How the reference model takes a publish: the checks in their order, the
// acknowledgement, the message ids.

#include <cctype>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/property/reference_stream.h"

namespace windtunnel::conform {
namespace {

std::string ErrorAck(const std::string& stream, const ReferenceError& error) {
  return absl::StrCat(R"({"error":{"code":)", error.code,
                      R"(,"err_code":)",  // PUB-003.
                      error.err_code, R"(,"description":")", error.description,
                      R"("},"stream":")", stream, R"(","seq":0})");
}

// PUB-026: anything that is no number equals none.
bool IsNumber(const std::string& text, Sequence number) {
  std::uint64_t value = 0;
  for (const char digit : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(digit))) return false;
  }
  return absl::SimpleAtoi(text, &value) && value == number;
}

ReferenceError Wrong(Sequence actual) {
  return {10071, 400, absl::StrCat("wrong last sequence: ", actual)};
}

}  // namespace

std::string ReferenceStream::Publish(const std::string& subject,
                                     const HeaderLines& headers,
                                     const std::string& data) {
  const ReferenceError refusal = Refusal(subject, headers, data);
  const std::string id = HeaderValue(headers, "Nats-Msg-Id");
  if (refusal.err_code != 0) return ErrorAck(config_.name, refusal);
  if (const KnownId* known = Known(id); known != nullptr) {
    return absl::StrCat(R"({"stream":")", config_.name,
                        R"(","seq":)",  // PUB-004.
                        known->sequence, R"(,"duplicate": true})");
  }
  const std::string expected_id =
      HeaderValue(headers, "Nats-Expected-Last-Msg-Id");
  if (!expected_id.empty() && expected_id != last_id_) {  // PUB-031.
    return ErrorAck(
        config_.name,
        {10070, 400, absl::StrCat("wrong last msg ID: ", last_id_)});
  }
  const std::string rollup =
      absl::AsciiStrToLower(HeaderValue(headers, "Nats-Rollup"));
  if (!rollup.empty()) {
    if (!config_.allow_rollup || config_.deny_purge) {  // PUB-044.
      return ErrorAck(config_.name, {10111, 500, "rollup not permitted"});
    }
    if (rollup != "sub" && rollup != "all") {  // PUB-045.
      return ErrorAck(
          config_.name,
          {10111, 500,
           absl::StrCat(R"(rollup value invalid: \")",
                        HeaderValue(headers, "Nats-Rollup"), R"(\")")});
    }
  }
  const bool skipped =
      config_.retention == "interest" && !listener_.wanted(subject);
  if (skipped) {  // STO-102.
    last_time_ = now_;
    ++last_sequence_;
    untouched_ = false;
    if (messages_.empty()) first_sequence_ = last_sequence_ + 1;
  } else {
    const ReferenceError full = LimitRefusal(subject, headers, data);
    if (full.err_code != 0) return ErrorAck(config_.name, full);
  }
  const Sequence sequence = skipped ? last_sequence_ : last_sequence_ + 1;
  last_id_ = id;
  if (!id.empty() && config_.duplicate_window > 0) {
    ids_.push_back({id, sequence, skipped ? 0 : now_});  // PUB-040.
    if (ids_due_ == kNever)
      ids_due_ = now_ + config_.duplicate_window;  // PUB-034.
  }
  ReferenceMessage stored;
  if (!skipped) stored = Store({0, subject, headers, data, 0});
  if (!rollup.empty()) Rollup(rollup, subject, skipped ? 0 : 1);
  if (!skipped) listener_.ready(stored);
  return absl::StrCat(R"({"stream":")", config_.name, R"(","seq":)", sequence,
                      "}");
}

// PUB-019: the first failure wins.
ReferenceError ReferenceStream::Refusal(const std::string& subject,
                                        const HeaderLines& headers,
                                        const std::string& data) const {
  const std::int64_t size =
      HeaderSize(headers) + static_cast<std::int64_t>(data.size());
  if (config_.max_message_size >= 0 &&
      size > config_.max_message_size) {  // PUB-013.
    return {10054, 400, "message size exceeds maximum allowed"};
  }
  const std::string stream = HeaderValue(headers, "Nats-Expected-Stream");
  if (!stream.empty() && stream != config_.name) {  // PUB-024.
    return {10060, 400, "expected stream does not match"};
  }
  return WrongSequence(subject, headers);
}

ReferenceError ReferenceStream::WrongSequence(
    const std::string& subject, const HeaderLines& headers) const {
  const std::string of_subject =
      HeaderValue(headers, "Nats-Expected-Last-Subject-Sequence");
  const std::string other =
      HeaderValue(headers, "Nats-Expected-Last-Subject-Sequence-Subject");
  if (!of_subject.empty()) {  // PUB-027, PUB-028.
    const ReferenceMessage* last = Last(other.empty() ? subject : other);
    const Sequence actual = last == nullptr ? 0 : last->sequence;
    if (!IsNumber(of_subject, actual)) return Wrong(actual);
  } else if (!other.empty()) {  // PUB-030.
    return {10193, 400,
            "missing sequence for expected last sequence per subject"};
  }
  const std::string of_stream =
      HeaderValue(headers, "Nats-Expected-Last-Sequence");
  if (!of_stream.empty() && !IsNumber(of_stream, last_sequence_)) {  // PUB-025.
    return Wrong(last_sequence_);
  }
  return {};
}

ReferenceError ReferenceStream::LimitRefusal(const std::string& subject,
                                             const HeaderLines& headers,
                                             const std::string& data) const {
  if (!config_.discard_new) return {};
  const bool at_subject_limit =
      config_.max_messages_per_subject > 0 &&
      CountOn(subject) >= config_.max_messages_per_subject;
  if (at_subject_limit && config_.discard_new_per_subject &&
      HeaderValue(headers, "Nats-Rollup").empty()) {  // STO-079, STO-080.
    return {10077, 503, "maximum messages per subject exceeded"};
  }
  if (config_.max_messages > 0 && !at_subject_limit &&  // STO-075, STO-077.
      static_cast<std::int64_t>(messages_.size()) >= config_.max_messages) {
    return {10077, 503, "maximum messages exceeded"};
  }
  const std::int64_t size = Size(subject, headers, data);
  if (config_.max_bytes > 0 &&
      Bytes() + size > config_.max_bytes) {  // STO-076.
    if (!at_subject_limit) return {10077, 503, "maximum bytes exceeded"};
    const ReferenceMessage& oldest = *Next({subject}, 0);
    if (Size(oldest.subject, oldest.headers, oldest.data) < size) {  // STO-078.
      return {10077, 503, "maximum bytes exceeded"};
    }
  }
  return {};
}

const ReferenceStream::KnownId* ReferenceStream::Known(
    const std::string& id) const {
  if (id.empty()) return nullptr;
  for (const KnownId& known : ids_) {
    if (known.id == id) return &known;
  }
  return nullptr;
}

// PUB-042, PUB-043, PUB-049.
void ReferenceStream::Rollup(const std::string& rollup,
                             const std::string& subject, std::int64_t keep) {
  Purge(rollup == "sub" ? subject : "", 0, keep);
}

}  // namespace windtunnel::conform
