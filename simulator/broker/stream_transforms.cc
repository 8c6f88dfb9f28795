// What a stream does to subjects: subject_transform and republish.

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "simulator/broker/incoming.h"
#include "simulator/broker/republisher.h"
#include "simulator/broker/stream.h"
#include "simulator/broker/subject_transform.h"

namespace windtunnel::broker {

void Stream::ReadTransforms() {
  republisher_ = Republisher::For(profile_, config_);
  transform_ = nullptr;
  if (!config_.subject_transform) return;
  absl::StatusOr<SubjectTransformer> transform =
      SubjectTransformer::Parse(profile_, config_.subject_transform->src,
                                config_.subject_transform->dest);
  if (!transform.ok()) return;
  transform_ = std::make_unique<SubjectTransformer>(*std::move(transform));
}

void Stream::Transform(const Context& context, Draft& draft) const {
  if (transform_ == nullptr) return;
  std::optional<std::string> subject =
      transform_->Apply(context.choices, draft.subject);
  if (!subject) return;
  draft.new_subject = *std::move(subject);
  draft.subject = draft.new_subject;
}

void Stream::Republish(const Context& context, std::uint64_t seq,
                       std::uint64_t last_seq) {
  const MessageStore::Entry& entry = *store_.Find(seq);
  std::optional<Republisher::Copy> copy =
      republisher_->MakeCopy(context.choices, config_.name,
                             {.subject = entry.block->subject(),
                              .header_block = entry.block->header_block(),
                              .data = entry.block->data(),
                              .sequence = seq,
                              .time = entry.time,
                              .last_sequence = last_seq});
  if (!copy) return;
  owner_.Republish(std::move(copy->subject), std::move(copy->header_block),
                   copy->data);
}

}  // namespace windtunnel::broker
