// Streams that count (PUB-050 to PUB-057).

#include <optional>
#include <string>
#include <utility>

#include "shared/api/counter_json.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/counter.h"
#include "simulator/broker/header_lines.h"
#include "simulator/broker/incoming.h"
#include "simulator/broker/stream.h"

namespace windtunnel::broker {

std::optional<JetStreamError> Stream::CheckIncrement(const Draft& draft) const {
  const PublishHeaders& headers = draft.headers;
  if (!profile_.counter_header || headers.increment.empty()) {
    return std::nullopt;
  }
  if (!DecimalInteger::Parse(headers.increment)) {
    return catalogue::Make(catalogue::kCounterInvalidIncrement);
  }
  if (draft.origin == Origin::kCopy) return std::nullopt;
  if (!config_.allow_msg_counter) {
    return catalogue::Make(catalogue::kCounterDisabled);
  }
  if (!draft.data.empty()) {
    return catalogue::Make(catalogue::kCounterHasPayload);
  }
  for (const absl::string_view other :
       {headers.rollup, headers.expected_stream,
        headers.expected_last_message_id, headers.expected_last_sequence,
        headers.expected_last_subject_sequence,
        headers.expected_last_subject_sequence_subject}) {
    if (!other.empty()) {
      return catalogue::Make(catalogue::kCounterInvalidIncrement);
    }
  }
  return std::nullopt;
}

std::optional<JetStreamError> Stream::Count(std::optional<Counter>& counter,
                                            Draft& draft) const {
  if (draft.headers.increment.empty()) {
    return catalogue::Make(catalogue::kCounterMissingIncrement);
  }
  if (!counter.has_value()) {
    const MessageStore::Entry* newest =
        store_.Find(store_.LastOfSubject(draft.subject));
    counter = newest == nullptr ? Counter()
                                : Counter::Read(newest->block->header_block(),
                                                newest->block->data());
    if (!counter) return catalogue::Make(catalogue::kCounterBroken);
  }
  std::string header_block(draft.header_block);
  if (draft.headers.stream_source.empty()) {
    counter->Increment(*DecimalInteger::Parse(draft.headers.increment));
  } else {
    const std::optional<DecimalInteger> difference =
        counter->Merge(draft.headers.stream_source, draft.subject, draft.data);
    if (!difference) return catalogue::Make(catalogue::kCounterBroken);
    header_block =
        WithHeaderSet(header_block, "Nats-Incr", difference->ToString());
  }
  draft.new_header_block = counter->WithSources(header_block);
  draft.header_block = draft.new_header_block;
  draft.new_data = api::EncodeCounterValue(counter->value());
  draft.data = draft.new_data;
  return CheckSize(draft.header_block.size(), draft.data.size());
}

}  // namespace windtunnel::broker
