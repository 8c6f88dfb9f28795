// What each message of a batch must hold, in the server's order, which is not
// that of ordinary publishes (PUB-069 to PUB-075, PUB-086).

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/batch_effects.h"
#include "simulator/broker/incoming.h"
#include "simulator/broker/stream.h"

namespace windtunnel::broker {

namespace {

bool IsOver(std::uint64_t value, std::int64_t limit) {
  return limit > 0 && value > static_cast<std::uint64_t>(limit);
}

}  // namespace

std::optional<PublishOutcome> Stream::CheckBatched(
    const Context& context, Draft& draft, BatchEffects& effects) const {
  const PublishHeaders& headers = draft.headers;
  const auto refuse = [](JetStreamError error) {
    PublishOutcome outcome;
    outcome.error = std::move(error);
    return outcome;
  };
  if (draft.header_block.size() > kMaxHeaderSize) {
    return refuse(catalogue::Make(catalogue::kStreamHeaderExceedsMaximum));
  }
  if (auto error = CheckIncrement(draft)) return refuse(*std::move(error));
  if (!headers.expected_stream.empty() &&
      headers.expected_stream != config_.name) {
    return refuse(catalogue::Make(catalogue::kStreamNotMatch));
  }
  if (!headers.ttl.empty() && !config_.allow_msg_ttl) {
    return refuse(catalogue::Make(catalogue::kMessageTtlDisabled));
  }
  if (auto error = CheckTtl(draft)) return refuse(*std::move(error));
  if (!headers.message_id.empty()) {
    std::optional<PublishOutcome> known = FindDuplicate(draft);
    if (known || !effects.message_ids.emplace(headers.message_id).second) {
      PublishOutcome duplicate =
          refuse(catalogue::Make(catalogue::kAtomicPublishDuplicateId));
      duplicate.duplicate = true;
      if (known) duplicate.sequence = known->sequence;
      return duplicate;
    }
  }
  if (!headers.stream_source.empty()) {
    return refuse(catalogue::Make(catalogue::kStreamSourceHeaderNotAllowed));
  }
  if (config_.allow_msg_counter) {
    std::optional<Counter>& counter =
        effects.counters[std::string(draft.subject)];
    if (auto error = Count(counter, draft)) return refuse(*std::move(error));
  }
  if (auto error = CheckLastSequence(headers, &effects)) {
    return refuse(*std::move(error));
  }
  if (auto error = CheckSubjectSequence(draft, &effects)) {
    return refuse(*std::move(error));
  }
  if (auto error = CheckSchedule(context, draft)) {
    return refuse(*std::move(error));
  }
  AddScheduleRollup(context, draft);
  if (auto error = CheckRollup(draft, &effects)) {
    return refuse(*std::move(error));
  }
  ++effects.messages;
  effects.bytes += store_.SizeOf(draft.subject.size(),
                                 draft.header_block.size(), draft.data.size());
  ++effects.subjects[std::string(draft.subject)];
  if (auto error = CheckBatchRoom(draft, effects)) {
    return refuse(*std::move(error));
  }
  return std::nullopt;
}

// PUB-075. Nothing that would make room counts.
std::optional<JetStreamError> Stream::CheckBatchRoom(
    const Draft& draft, const BatchEffects& effects) const {
  if (config_.discard != Discard::kNew) return std::nullopt;
  const auto full = [](absl::string_view text) {
    return catalogue::Make(catalogue::kStreamStoreFailed, text);
  };
  if (IsOver(store_.messages() + effects.messages, config_.max_msgs)) {
    return full("maximum messages exceeded");
  }
  if (IsOver(store_.bytes() + effects.bytes, config_.max_bytes)) {
    return full("maximum bytes exceeded");
  }
  if (config_.discard_new_per_subject && draft.headers.rollup.empty() &&
      IsOver(store_.CountOfSubject(draft.subject) +
                 effects.subjects.at(draft.subject),
             config_.max_msgs_per_subject)) {
    return full("maximum messages per subject exceeded");
  }
  return std::nullopt;
}

}  // namespace windtunnel::broker
