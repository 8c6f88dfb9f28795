// What a publish must hold to be stored: the checks in the server's order
// (PUB-019, PUB-020).

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/batch_effects.h"
#include "simulator/broker/header_lines.h"
#include "simulator/broker/incoming.h"
#include "simulator/broker/stream.h"
#include "windtunnel/subject.h"

namespace windtunnel::broker {

namespace {

PublishOutcome Refuse(JetStreamError error) {
  PublishOutcome outcome;
  outcome.error = std::move(error);
  return outcome;
}

PublishOutcome Refuse(const catalogue::Entry& entry) {
  return Refuse(catalogue::Make(entry));
}

// PUB-026: what is no number equals none. Servers do not notice when one is
// too big: it wraps.
std::optional<std::uint64_t> ReadSequence(absl::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(digit))) {
      return std::nullopt;
    }
    value = value * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

JetStreamError WrongLastSequence(std::uint64_t actual) {
  return catalogue::Make(catalogue::kStreamWrongLastSequence,
                         absl::StrCat(actual));
}

}  // namespace

std::optional<PublishOutcome> Stream::Check(const Context& context,
                                            const Draft& draft) const {
  const bool from_client = draft.origin == Origin::kClient;
  const PublishHeaders& headers = draft.headers;
  const std::size_t header_size = draft.header_block.size();
  const std::size_t data_size = draft.data.size();
  const bool is_copy = draft.origin == Origin::kCopy;
  if (config_.sealed && !(is_copy && profile_.sealed_takes_copies)) {
    return Refuse(catalogue::kStreamSealed);
  }
  if (draft.header_block.empty()) {
    std::optional<JetStreamError> error = CheckSize(0, data_size);
    if (error) return Refuse(*std::move(error));
    return std::nullopt;
  }
  if (profile_.size_before_headers) {
    if (auto error = CheckSize(header_size, data_size)) {
      return Refuse(*std::move(error));
    }
  }
  if (auto error = CheckIncrement(draft)) return Refuse(*std::move(error));
  if (!headers.expected_stream.empty() &&
      headers.expected_stream != config_.name) {
    return Refuse(catalogue::kStreamNotMatch);
  }
  if (!headers.ttl.empty() && from_client && profile_.ttl_header &&
      !config_.allow_msg_ttl) {
    const std::optional<MessageTtl> ttl = ParseMessageTtl(headers.ttl);
    if (ttl && ttl->IsSet()) return Refuse(catalogue::kMessageTtlDisabled);
  }
  if (profile_.message_id_before_sequences) {
    if (auto duplicate = FindDuplicate(draft)) return duplicate;
  }
  if (auto error = CheckSubjectSequence(draft, /*effects=*/nullptr)) {
    return Refuse(*std::move(error));
  }
  if (auto error = CheckLastSequence(headers, /*effects=*/nullptr)) {
    return Refuse(*std::move(error));
  }
  if (from_client && profile_.schedule_headers) {
    if (auto error = CheckSchedule(context, draft)) {
      return Refuse(*std::move(error));
    }
  }
  if (from_client && profile_.refuses_source_header &&
      !headers.stream_source.empty()) {
    return Refuse(catalogue::kStreamSourceHeaderNotAllowed);
  }
  if (!profile_.message_id_before_sequences) {
    if (auto duplicate = FindDuplicate(draft)) return duplicate;
  }
  if (auto error = CheckLastMessageId(headers)) {
    return Refuse(*std::move(error));
  }
  if (auto error = CheckRollup(draft, /*effects=*/nullptr)) {
    PublishOutcome outcome = Refuse(*std::move(error));
    outcome.answer = !MayRollUp() || profile_.bad_rollup_is_answered;
    return outcome;
  }
  if (!profile_.size_before_headers) {
    if (auto error = CheckSize(header_size, data_size)) {
      return Refuse(*std::move(error));
    }
  }
  return std::nullopt;
}

std::optional<JetStreamError> Stream::CheckSize(std::size_t header_size,
                                                std::size_t data_size) const {
  if (ExceedsMessageSize(header_size, data_size)) {
    return catalogue::Make(catalogue::kStreamMessageExceedsMaximum);
  }
  if (header_size > kMaxHeaderSize) {
    return catalogue::Make(catalogue::kStreamHeaderExceedsMaximum);
  }
  return std::nullopt;
}

bool Stream::ExceedsMessageSize(std::size_t header_size,
                                std::size_t data_size) const {
  return config_.max_msg_size > 0 &&
         header_size + data_size >
             static_cast<std::uint64_t>(config_.max_msg_size);
}

std::optional<JetStreamError> Stream::CheckSubjectSequence(
    const Draft& draft, const BatchEffects* effects) const {
  const PublishHeaders& headers = draft.headers;
  absl::string_view about = draft.subject;
  if (profile_.expected_subject_header &&
      !headers.expected_last_subject_sequence_subject.empty()) {
    about = headers.expected_last_subject_sequence_subject;
    if (headers.expected_last_subject_sequence.empty()) {
      return catalogue::Make(catalogue::kExpectedSubjectSequenceMissing);
    }
  }
  if (!headers.expected_last_subject_sequence.empty()) {
    if (effects != nullptr && effects->subjects.contains(about)) {
      return catalogue::Make(catalogue::kStreamWrongLastSequenceConstant);
    }
    std::uint64_t actual = 0;
    if (about == ">") {  // PUB-029.
      actual = store_.Find(store_.last_seq()) ? store_.last_seq() : 0;
    } else if (HasWildcard(about)) {
      actual = store_.LastMatching(SubjectFilter({std::string(about)}),
                                   store_.last_seq());
    } else {
      actual = store_.LastOfSubject(about);
    }
    if (ReadSequence(headers.expected_last_subject_sequence) != actual) {
      return WrongLastSequence(actual);
    }
  }
  return std::nullopt;
}

std::optional<JetStreamError> Stream::CheckLastSequence(
    const PublishHeaders& headers, const BatchEffects* effects) const {
  if (headers.expected_last_sequence.empty()) return std::nullopt;
  const std::uint64_t before = effects == nullptr ? 0 : effects->messages;
  const std::uint64_t actual = effects == nullptr
                                   ? store_.last_seq() + refused_by_account_
                                   : effects->last_sequence + before;
  if (ReadSequence(headers.expected_last_sequence) != actual) {
    return WrongLastSequence(actual);
  }
  if (before == 0) return std::nullopt;
  return catalogue::Make(catalogue::kStreamWrongLastSequenceConstant);
}

std::optional<JetStreamError> Stream::CheckLastMessageId(
    const PublishHeaders& headers) const {
  if (headers.expected_last_message_id.empty() ||
      headers.expected_last_message_id == last_message_id_) {
    return std::nullopt;
  }
  return catalogue::Make(catalogue::kStreamWrongLastMessageId,
                         last_message_id_);
}

bool Stream::MayRollUp() const {
  return config_.allow_rollup_hdrs && !config_.deny_purge;
}

std::optional<JetStreamError> Stream::CheckRollup(
    const Draft& draft, const BatchEffects* effects) const {
  const auto fail = [](absl::string_view text) {
    return catalogue::Make(catalogue::kStreamRollupFailed, text);
  };
  const absl::string_view rollup = draft.headers.rollup;
  if (rollup.empty()) return std::nullopt;
  // The origin has checked a copy already (SRC-038, SRC-050).
  const bool is_trusted =
      draft.origin == Origin::kCopy && profile_.copies_are_trusted;
  if (!MayRollUp() && !is_trusted) return fail("rollup not permitted");
  if (absl::EqualsIgnoreCase(rollup, "sub")) {
    if (effects != nullptr && effects->subjects.contains(draft.subject)) {
      return fail("batch rollup sub invalid");
    }
  } else if (absl::EqualsIgnoreCase(rollup, "all")) {
    if (effects != nullptr && effects->messages > 0) {
      return fail("batch rollup all invalid");
    }
  } else {
    return fail(absl::StrCat("rollup value invalid: \"",
                             absl::AsciiStrToLower(rollup), "\""));
  }
  return std::nullopt;
}

std::optional<PublishOutcome> Stream::FindDuplicate(const Draft& draft) const {
  const absl::string_view id = draft.headers.message_id;
  // SRC-035.
  const bool is_mirrored =
      draft.origin == Origin::kCopy && config_.mirror.has_value();
  if (id.empty() || (is_mirrored && profile_.copies_are_trusted)) {
    return std::nullopt;
  }
  const std::optional<std::uint64_t> sequence = dedup_.Find(id);
  if (!sequence) return std::nullopt;
  PublishOutcome outcome;
  outcome.sequence = *sequence;
  outcome.duplicate = true;
  return outcome;
}

// STO-075 to STO-080.
std::optional<JetStreamError> Stream::CheckRoom(const Draft& draft) const {
  const auto full = [](absl::string_view text) {
    return catalogue::Make(catalogue::kStreamStoreFailed, text);
  };
  const bool replaces =
      config_.max_msgs_per_subject > 0 &&
      store_.CountOfSubject(draft.subject) >=
          static_cast<std::uint64_t>(config_.max_msgs_per_subject);
  const bool rolls_up = !draft.headers.rollup.empty();
  if (replaces && config_.discard_new_per_subject &&
      !(rolls_up && profile_.rollup_passes_discard_new)) {
    return full("maximum messages per subject exceeded");
  }
  if (config_.max_msgs > 0 && !replaces &&
      store_.messages() >= static_cast<std::uint64_t>(config_.max_msgs)) {
    return full("maximum messages exceeded");
  }
  if (config_.max_bytes <= 0) return std::nullopt;
  const auto max_bytes = static_cast<std::uint64_t>(config_.max_bytes);
  std::uint64_t size = store_.SizeOf(
      draft.subject.size(), draft.header_block.size(), draft.data.size());
  bool too_many = false;
  switch (profile_.discard_new_bytes) {
    case DiscardNewBytes::kPayloadAtEquality:
      size = draft.header_block.size() + draft.data.size();
      too_many = store_.bytes() + size >= max_bytes;
      break;
    case DiscardNewBytes::kAtEquality:
      too_many = store_.bytes() + size >= max_bytes;
      break;
    case DiscardNewBytes::kBeyond:
      too_many = store_.bytes() + size > max_bytes;
      break;
  }
  if (!too_many) return std::nullopt;
  if (replaces) {
    const MessageStore::Entry* replaced =
        store_.Find(store_.FirstOfSubject(draft.subject));
    if (store_.SizeOf(*replaced->block) >= size) return std::nullopt;
  }
  return full("maximum bytes exceeded");
}

// STO-089.
std::optional<JetStreamError> Stream::CheckTtl(const Draft& draft) const {
  if (!profile_.ttl_header || ParseMessageTtl(draft.headers.ttl)) {
    return std::nullopt;
  }
  return catalogue::Make(catalogue::kMessageTtlInvalid);
}

// Later than the other checks: only what is stored needs a valid one (PUB-023).
std::optional<JetStreamError> Stream::ReadTtl(Draft& draft) const {
  if (draft.headers.ttl.empty() || !profile_.ttl_header) return std::nullopt;
  if (auto error = CheckTtl(draft)) return error;
  const std::optional<MessageTtl> ttl = ParseMessageTtl(draft.headers.ttl);
  draft.ttl = *ttl;
  const std::int64_t least = MarkerTtl();
  if (ttl->seconds > 0 && ttl->seconds < least &&
      config_.max_msgs_per_subject != 1) {
    draft.ttl.seconds = least;
    draft.new_header_block =
        WithHeader(WithoutHeader(draft.header_block, "Nats-TTL"), "Nats-TTL",
                   absl::StrCat(least));
    draft.header_block = draft.new_header_block;
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
