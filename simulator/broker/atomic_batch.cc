#include "simulator/broker/atomic_batch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/jetstream/error_catalogue.h"

namespace windtunnel::broker {

namespace {

constexpr std::size_t kMaxIdSize = 64;
constexpr std::uint64_t kMaxMessages = 1000;
constexpr std::size_t kMaxOpen = 50;
constexpr int kMaxOpenOnServer = 1000;
constexpr Nanos kPatience = 10 * kSecond;

// Digits only: no sign, no blank.
std::optional<std::uint64_t> ReadBatchSequence(absl::string_view text) {
  std::uint64_t value = 0;
  if (text.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(text, &value)) {
    return std::nullopt;
  }
  return value;
}

JetStreamError TooLarge() {
  return catalogue::Make(catalogue::kAtomicPublishTooLarge,
                         absl::StrCat(kMaxMessages));
}

}  // namespace

AtomicBatches::AtomicBatches(int& open_on_server)
    : open_on_server_(open_on_server) {}

AtomicBatches::~AtomicBatches() { Clear(); }

BatchStep AtomicBatches::Add(Nanos now, const PublishHeaders& headers,
                             bool supported, StagedMessage message) {
  if (headers.batch_id.size() > kMaxIdSize) {
    return {.error = catalogue::Make(catalogue::kAtomicPublishInvalidId)};
  }
  const std::optional<std::uint64_t> sequence =
      ReadBatchSequence(headers.batch_sequence);
  if (!sequence.has_value()) {
    return {.error = catalogue::Make(catalogue::kAtomicPublishMissingSequence)};
  }
  const bool commits = headers.batch_commit.data() != nullptr;
  const bool ends = headers.batch_commit == "eob";
  auto found = batches_.find(headers.batch_id);
  if (found == batches_.end()) {
    if (auto error = CheckBegin(*sequence, ends)) return {.error = error};
    found = batches_.emplace(std::string(headers.batch_id), Batch()).first;
    ++open_on_server_;
  }

  Batch& batch = found->second;
  const auto drop = [&](JetStreamError error, absl::string_view reason) {
    Drop(found);
    return BatchStep{.error = std::move(error), .abandoned = reason};
  };
  if (commits && !ends && headers.batch_commit != "1") {
    return drop(catalogue::Make(catalogue::kAtomicPublishInvalidCommit), "");
  }
  if (!supported) {
    return drop(catalogue::Make(catalogue::kRequiredApiLevel), "unsupported");
  }
  if (*sequence != batch.messages.size() + 1 || (ends && *sequence == 1)) {
    return drop(catalogue::Make(catalogue::kAtomicPublishIncomplete),
                "incomplete");
  }
  if (*sequence - ends > kMaxMessages) return drop(TooLarge(), "large");

  if (!ends) batch.messages.push_back(std::move(message));
  if (!commits) {
    batch.deadline = now + kPatience;
    return {};
  }
  BatchStep step{.commit = std::move(batch.messages), .ended = ends};
  Drop(found);
  return step;
}

std::optional<JetStreamError> AtomicBatches::CheckBegin(std::uint64_t sequence,
                                                        bool ends) const {
  if (sequence != 1) {
    // The server counts an end at 0 as more than there can be.
    return sequence - ends > kMaxMessages
               ? TooLarge()
               : catalogue::Make(catalogue::kAtomicPublishIncomplete);
  }
  if (batches_.size() >= kMaxOpen || open_on_server_ >= kMaxOpenOnServer) {
    return catalogue::Make(catalogue::kAtomicPublishTooManyInFlight);
  }
  return std::nullopt;
}

void AtomicBatches::Drop(Batches::iterator batch) {
  batches_.erase(batch);
  --open_on_server_;
}

void AtomicBatches::Clear() {
  open_on_server_ -= static_cast<int>(batches_.size());
  batches_.clear();
}

Nanos AtomicBatches::NextDeadline() const {
  Nanos next = kNever;
  for (const auto& [id, batch] : batches_) {
    next = std::min(next, batch.deadline);
  }
  return next;
}

std::vector<std::string> AtomicBatches::DropOverdue(Nanos now) {
  std::vector<std::pair<Nanos, std::string>> overdue;
  for (const auto& [id, batch] : batches_) {
    if (batch.deadline <= now) overdue.emplace_back(batch.deadline, id);
  }
  std::sort(overdue.begin(), overdue.end());
  std::vector<std::string> ids;
  for (auto& [deadline, id] : overdue) {
    Drop(batches_.find(id));
    ids.push_back(std::move(id));
  }
  return ids;
}

}  // namespace windtunnel::broker
