// Publishing in batches: what comes for one that is open, and what is stored of
// it (PUB-058 to PUB-088).

#include "simulator/broker/stream_batches.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/account_resources.h"
#include "simulator/broker/advisory.h"
#include "simulator/broker/batch_effects.h"
#include "simulator/broker/header_lines.h"
#include "simulator/broker/incoming.h"
#include "simulator/broker/stream.h"

namespace windtunnel::broker {

namespace {

constexpr char kRequiredLevel[] = "Nats-Required-Api-Level";
constexpr std::size_t kMaxIdSize = 64;

PublishOutcome Refuse(JetStreamError error) {
  PublishOutcome outcome;
  outcome.error = std::move(error);
  return outcome;
}

PublishOutcome Silence() {
  PublishOutcome outcome;
  outcome.answer = false;
  return outcome;
}

}  // namespace

StreamBatches& Stream::batches() {
  if (batches_ == nullptr) {
    batches_ = std::make_unique<StreamBatches>(owner_.open_batches());
  }
  return *batches_;
}

// PUB-076.
bool Stream::HasRequiredLevel(const PublishHeaders& headers) const {
  int level = 0;
  return headers.required_api_level.empty() ||
         (absl::SimpleAtoi(headers.required_api_level, &level) &&
          level <= profile_.api_level);
}

std::optional<JetStreamError> Stream::CheckBatchArrival(
    const Incoming& incoming, bool allowed,
    const catalogue::Entry& disabled) const {
  if (config_.sealed) return catalogue::Make(catalogue::kStreamSealed);
  const AccountResources& resources = owner_.resources();
  if (resources.ServerIsFull(config_.storage)) {
    return catalogue::Make(catalogue::kInsufficientResources);
  }
  const std::uint64_t size =
      store_.SizeOf(incoming.subject.size(), incoming.header_block.size(),
                    incoming.data.size());
  if (resources.WouldExceed(config_.storage, size)) {
    return catalogue::Make(catalogue::kAccountResourcesExceeded);
  }
  if (ExceedsMessageSize(incoming.header_block.size(), incoming.data.size())) {
    return catalogue::Make(catalogue::kStreamMessageExceedsMaximum);
  }
  if (!allowed) return catalogue::Make(disabled);
  return std::nullopt;
}

void Stream::AdviseAbandoned(const Context& context, absl::string_view batch,
                             absl::string_view reason) {
  Advise(
      context,
      absl::StrCat("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.", config_.name),
      "io.nats.jetstream.advisory.v1.stream_batch_abandoned",
      absl::StrCat("{\"stream\":", JsonString(config_.name), ",\"batch\":",
                   JsonString(batch), ",\"reason\":\"", reason, "\"}"));
}

// PUB-062.
void Stream::CloseForbiddenBatches() {
  if (batches_ == nullptr) return;
  if (!config_.allow_atomic) batches_->atomic.Clear();
  if (!config_.allow_batched) batches_->fast.Clear();
}

void Stream::RunBatchDeadlines(const Context& context) {
  if (batches_ == nullptr) return;
  for (const std::string& id : batches_->atomic.DropOverdue(context.now)) {
    AdviseAbandoned(context, id, "timeout");
  }
  batches_->fast.DropOverdue(context.now);
}

PublishOutcome Stream::PublishAtomic(const Context& context,
                                     const Incoming& incoming,
                                     const PublishHeaders& headers) {
  if (auto error = CheckBatchArrival(incoming, config_.allow_atomic,
                                     catalogue::kAtomicPublishDisabled)) {
    return Refuse(*std::move(error));
  }
  StagedMessage message{
      std::string(incoming.subject),
      headers.required_api_level.empty()
          ? std::string(incoming.header_block)
          : WithoutHeader(incoming.header_block, kRequiredLevel),
      std::string(incoming.data)};
  BatchStep step = batches().atomic.Add(
      context.now, headers, HasRequiredLevel(headers), std::move(message));
  if (!step.abandoned.empty()) {
    AdviseAbandoned(context, headers.batch_id, step.abandoned);
  }
  if (step.error) return Refuse(*std::move(step.error));
  if (step.commit) return CommitBatch(context, headers.batch_id, step);
  TellDeadline();
  PublishOutcome staged;
  staged.blank = true;
  return staged;
}

// PUB-069: all of it or nothing.
PublishOutcome Stream::CommitBatch(const Context& context, absl::string_view id,
                                   const BatchStep& step) {
  BatchEffects effects;
  effects.last_sequence = store_.last_seq();
  std::uint64_t& assumed = batches().assumed_last_sequence;
  assumed = effects.last_sequence;
  std::deque<Draft> drafts;  // Their views point into them: they must not move.
  for (const StagedMessage& message : *step.commit) {
    Draft& draft = drafts.emplace_back();
    Begin(context, {message.subject, message.header_block, message.data},
          draft);
    if (!draft.headers.expected_last_message_id.empty()) {
      return Refuse(catalogue::Make(catalogue::kAtomicPublishUnsupportedHeader,
                                    "Nats-Expected-Last-Msg-Id"));
    }
    if (auto refused = CheckBatched(context, draft, effects)) {
      return Refuse(*std::move(refused->error));
    }
    ++assumed;
  }
  assumed = 0;
  if (step.ended) {
    Draft& last = drafts.back();
    last.new_header_block =
        WithHeader(last.header_block, "Nats-Batch-Commit", "1");
    last.header_block = last.new_header_block;
  }
  PublishOutcome outcome;
  for (Draft& draft : drafts) {
    Form(draft);
    outcome = Take(context, draft);
  }
  outcome.batch_id = std::string(id);
  outcome.batch_size = drafts.size();
  return outcome;
}

PublishOutcome Stream::PublishFast(const Context& context,
                                   const Incoming& incoming, Draft& draft) {
  const auto refuse = [&](JetStreamError error) {
    PublishOutcome outcome = Refuse(std::move(error));
    outcome.answer = !config_.no_ack;
    return outcome;
  };
  if (auto error = CheckBatchArrival(incoming, config_.allow_batched,
                                     catalogue::kBatchPublishDisabled)) {
    return refuse(*std::move(error));
  }
  const std::optional<FastOperation> operation =
      ReadFastOperation(incoming.reply);
  if (!operation) {
    return refuse(catalogue::Make(catalogue::kBatchPublishInvalidPattern));
  }
  if (operation->id.size() > kMaxIdSize) {
    return refuse(catalogue::Make(catalogue::kBatchPublishInvalidId));
  }
  FastBatches& fast = batches().fast;
  FastBatch* batch = fast.Find(operation->id);
  if (batch == nullptr) {
    if (auto error = fast.CheckOpen(*operation)) {
      return refuse(*std::move(error));
    }
    batch = &fast.Open(*operation);
  }
  if (!HasRequiredLevel(draft.headers)) {
    fast.Close(*batch);
    return refuse(catalogue::Make(catalogue::kRequiredApiLevel));
  }
  if (!draft.headers.required_api_level.empty()) {
    draft.new_header_block = WithoutHeader(draft.header_block, kRequiredLevel);
    draft.header_block = draft.new_header_block;
  }
  fast.Extend(*batch, context.now);
  TellDeadline();
  if (operation->kind == FastOperation::Kind::kPing) {
    return PingFast(*batch, *operation, incoming.reply);
  }
  return AppendFast(context, *batch, *operation, incoming.reply, draft);
}

// PUB-087.
PublishOutcome Stream::PingFast(FastBatch& batch,
                                const FastOperation& operation,
                                absl::string_view reply) {
  if (operation.sequence > batch.last) {
    SayFast(reply, FastGap(batch.last + 1, operation.sequence + 1));
    if (!batch.gap_ok) {
      PublishOutcome end = EndFast(batch);
      if (end.answer) return end;
    } else {
      batch.last = operation.sequence;
      if (batch.pending == 0) batch.stored = batch.last;
      if (auto answer = batches().fast.Flow(batch)) {
        SayFast(reply, *answer);
        return Silence();
      }
    }
  }
  SayFast(reply, FastAck(batch));
  return Silence();
}

PublishOutcome Stream::AppendFast(const Context& context, FastBatch& batch,
                                  const FastOperation& operation,
                                  absl::string_view reply, Draft& draft) {
  if (batch.committing) return Silence();
  const std::uint64_t expected = batch.last + 1;
  if (operation.sequence != expected) {
    SayFast(reply, FastGap(expected, operation.sequence));
    if (!batch.gap_ok || operation.sequence < expected) return EndFast(batch);
  }
  batch.last = operation.sequence;
  if (operation.kind == FastOperation::Kind::kEnd) {
    --batch.last;
    if (batch.pending == 0) batch.stored = batch.last;
    return EndFast(batch);
  }
  if (operation.commits()) {
    FastBatches::Commit(batch);
  } else if (operation.sequence == 1 && !config_.no_ack) {
    SayFast(reply, FastAck(batch));
  }

  BatchEffects effects;
  effects.last_sequence =
      std::max(store_.last_seq(), batches().assumed_last_sequence);
  if (std::optional<PublishOutcome> refused =
          CheckBatched(context, draft, effects)) {
    return RefuseFast(batch, operation, reply, *std::move(refused));
  }
  ++batch.pending;
  Form(draft);
  PublishOutcome outcome;
  outcome.error = CheckLastMessageId(draft.headers);
  if (!outcome.error) outcome = Take(context, draft);
  if (outcome.error) {
    outcome.answer = !config_.no_ack;
    return outcome;
  }
  --batch.pending;
  batch.stream_sequence = outcome.sequence;
  batch.stored = batch.pending == 0 ? batch.last : operation.sequence;
  if (batch.committing && batch.last == batch.stored) return EndFast(batch);
  if (auto answer = batches().fast.Flow(batch)) {
    SayFast(reply, *answer);
  }
  return Silence();
}

// PUB-086.
PublishOutcome Stream::RefuseFast(FastBatch& batch,
                                  const FastOperation& operation,
                                  absl::string_view reply,
                                  PublishOutcome refused) {
  if (refused.duplicate) {
    if (batch.pending == 0) {
      batch.stored = operation.sequence;
      if (auto answer = batches().fast.Flow(batch)) {
        SayFast(reply, *answer);
      }
    }
    if (!operation.commits()) return Silence();
  }
  if (!operation.gap_ok && batch.last == 1) {
    if (refused.duplicate) {
      refused.error.reset();
      refused.batch_id = batch.id;
      refused.batch_size = operation.sequence;
    }
    batches().fast.Close(batch);
    return refused;
  }
  if (!refused.duplicate) {
    SayFast(reply, FastError(operation.sequence, *refused.error));
  }
  if (operation.gap_ok && !operation.commits()) return Silence();
  if (!refused.duplicate) {
    --batch.last;
    if (batch.pending == 0) batch.stored = batch.last;
  }
  return EndFast(batch);
}

// Closes the batch with its acknowledgement, which even no_ack does not keep
// back, or lets it wait for what is pending.
PublishOutcome Stream::EndFast(FastBatch& batch) {
  if (!FastBatches::Commit(batch)) return Silence();
  PublishOutcome outcome;
  outcome.sequence = batch.stream_sequence;
  outcome.batch_id = batch.id;
  outcome.batch_size = batch.last;
  batches().fast.Close(batch);
  return outcome;
}

// Not Send(): answers on the way come in order with what is republished.
void Stream::SayFast(absl::string_view reply, absl::string_view text) {
  owner_.Republish(std::string(reply), "", text);
}

}  // namespace windtunnel::broker
