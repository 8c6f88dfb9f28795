#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/consume/consumption.h"
#include "shared/consume/pull_consumer.h"
#include "windtunnel/consume.h"

namespace windtunnel {

absl::StatusOr<std::unique_ptr<Consumption>> PullConsumer::Consume(
    ConsumeOptions options, DeliveryHandler handler) {
  if (!handler) return absl::InvalidArgumentError("the handler is null");
  absl::StatusOr<std::unique_ptr<internal::PullIterator>> iterator =
      state_->NewIterator(options.messages, std::move(options.on_error));
  if (!iterator.ok()) return iterator.status();
  return internal::StartConsumption(
      state_->runtime,
      absl::StrCat("consume ", state_->stream, "/", state_->consumer),
      *std::move(iterator), std::move(handler));
}

}  // namespace windtunnel
