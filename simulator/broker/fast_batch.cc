#include "simulator/broker/fast_batch.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "shared/jetstream/error_catalogue.h"
#include "simulator/broker/advisory.h"

namespace windtunnel::broker {

namespace {

using Kind = FastOperation::Kind;

constexpr absl::string_view kSuffix = ".$FI";
constexpr std::uint64_t kDefaultFlow = 10;
constexpr std::uint64_t kMaxFlow = 65'535;
constexpr std::uint64_t kMaxInterval = 500;
constexpr std::size_t kMaxOpen = 1000;
constexpr int kMaxOpenOnServer = 50'000;
constexpr Nanos kPatience = 10 * kSecond;

std::optional<std::uint64_t> ReadNumber(absl::string_view text) {
  std::uint64_t value = 0;
  if (text.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(text, &value)) {
    return std::nullopt;
  }
  return value;
}

// Digits beyond 64 bits overflow, as on the server.
std::uint64_t ReadFlow(absl::string_view text) {
  std::uint64_t flow = 0;
  for (const char digit : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(digit))) {
      return kDefaultFlow;
    }
    flow = flow * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return static_cast<std::int64_t>(flow) <= 0 ? kDefaultFlow
                                              : std::min(flow, kMaxFlow);
}

}  // namespace

bool IsFastBatchReply(absl::string_view reply) {
  return reply.size() > kSuffix.size() && absl::EndsWith(reply, kSuffix);
}

std::optional<FastOperation> ReadFastOperation(absl::string_view reply) {
  absl::ConsumeSuffix(&reply, kSuffix);
  // From the end: a prefix of any length, id, flow, gap, sequence, operation.
  constexpr std::size_t kTokens = 5;
  const std::vector<absl::string_view> tokens = absl::StrSplit(reply, '.');
  if (tokens.size() <= kTokens) return std::nullopt;
  const absl::string_view* token = &tokens[tokens.size() - kTokens];

  FastOperation operation{.id = token[0], .flow = ReadFlow(token[1])};
  operation.gap_ok = token[2] == "ok";
  if (!operation.gap_ok && token[2] != "fail") return std::nullopt;
  const std::optional<std::uint64_t> sequence = ReadNumber(token[3]);
  if (!sequence || *sequence == 0 ||
      *sequence == std::numeric_limits<std::uint64_t>::max()) {
    return std::nullopt;
  }
  operation.sequence = *sequence;
  const std::optional<std::uint64_t> kind = ReadNumber(token[4]);
  if (!kind || *kind > static_cast<std::uint64_t>(Kind::kPing)) {
    return std::nullopt;
  }
  operation.kind = static_cast<Kind>(*kind);
  const bool is_first = operation.sequence == 1;
  if (operation.kind == Kind::kStart
          ? !is_first
          : is_first && (operation.kind == Kind::kAppend ||
                         operation.kind == Kind::kEnd)) {
    return std::nullopt;
  }
  return operation;
}

FastBatches::FastBatches(int& open_on_server)
    : open_on_server_(open_on_server) {}

FastBatches::~FastBatches() { Clear(); }

FastBatch* FastBatches::Find(absl::string_view id) {
  const auto found = batches_.find(id);
  return found == batches_.end() ? nullptr : &found->second;
}

std::optional<JetStreamError> FastBatches::CheckOpen(
    const FastOperation& operation) const {
  if (operation.sequence != 1 || operation.kind == Kind::kPing) {
    return catalogue::Make(catalogue::kBatchPublishUnknownId);
  }
  if (batches_.size() >= kMaxOpen || open_on_server_ >= kMaxOpenOnServer) {
    return catalogue::Make(catalogue::kBatchPublishTooManyInFlight);
  }
  return std::nullopt;
}

FastBatch& FastBatches::Open(const FastOperation& operation) {
  const std::string id(operation.id);
  FastBatch& batch = batches_[id];
  batch = {.id = id,
           .order = ++opened_,
           .gap_ok = operation.gap_ok,
           .flow = operation.flow,
           .interval = batches_.size() > 1
                           ? 1
                           : std::min(kMaxInterval, operation.flow)};
  by_order_.emplace(batch.order, &batch);
  ++open_on_server_;
  return batch;
}

void FastBatches::Close(FastBatch& batch) {
  by_order_.erase(batch.order);
  deadlines_.Forget(batch.order);
  const std::string id = batch.id;
  batches_.erase(id);
  --open_on_server_;
}

void FastBatches::Clear() {
  while (!batches_.empty()) Close(batches_.begin()->second);
}

void FastBatches::Extend(FastBatch& batch, Nanos now) {
  if (batch.committing) return;
  batch.deadline = now + kPatience;
  deadlines_.Add(batch.order, batch.deadline);
}

std::optional<std::string> FastBatches::Flow(FastBatch& batch) const {
  if (batch.stored < batch.answered + batch.interval) return std::nullopt;
  batch.answered +=
      (batch.stored - batch.answered) / batch.interval * batch.interval;
  const std::uint64_t fair =
      std::max<std::uint64_t>(1, kMaxInterval / batches_.size());
  const std::uint64_t most = std::min(fair, batch.flow);
  batch.interval = batch.interval < most ? std::min(batch.interval * 2, most)
                                         : std::max(batch.interval / 2, most);
  return FastAck(batch);
}

bool FastBatches::Commit(FastBatch& batch) {
  batch.committing = true;
  batch.deadline = kNever;
  return batch.last == batch.stored;
}

void FastBatches::DropOverdue(Nanos now) {
  while (const std::optional<std::uint64_t> order = deadlines_.Take(now)) {
    FastBatch& batch = *by_order_.at(*order);
    if (batch.deadline <= now) {
      Close(batch);
    } else {
      deadlines_.Add(*order, batch.deadline);
    }
  }
}

std::string FastAck(const FastBatch& batch) {
  return absl::StrCat("{\"type\":\"ack\",\"seq\":", batch.answered,
                      ",\"msgs\":", batch.interval, "}");
}

std::string FastGap(std::uint64_t expected, std::uint64_t got) {
  return absl::StrCat("{\"type\":\"gap\",\"last_seq\":", expected,
                      ",\"seq\":", got, "}");
}

std::string FastError(std::uint64_t sequence, const JetStreamError& error) {
  return absl::StrCat("{\"type\":\"err\",\"seq\":", sequence,
                      ",\"error\":{\"code\":", error.code,
                      ",\"err_code\":", error.err_code,
                      ",\"description\":", JsonString(error.description), "}}");
}

}  // namespace windtunnel::broker
