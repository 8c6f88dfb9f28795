#include "windtunnel/ordered_consumer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "shared/consume/ordered_iterator.h"
#include "shared/consume/ordered_reader.h"
#include "shared/consume/ordered_state.h"

namespace windtunnel {

namespace {

// What is stored comes at once; this only bounds the wait for it.
constexpr absl::Duration kStoredTimeout = absl::Seconds(5);

absl::Status CheckOptions(const OrderedFetchOptions& options) {
  const auto refuse = [](absl::string_view field) {
    return absl::InvalidArgumentError(
        absl::StrCat("OrderedFetchOptions::", field, " is out of range"));
  };
  if (options.max_messages < 1) return refuse("max_messages");
  if (options.max_wait < absl::ZeroDuration() ||
      options.max_wait == absl::InfiniteDuration()) {
    return refuse("max_wait");
  }
  if (options.cancellation.cancelled()) {
    return absl::CancelledError("cancelled before the read began");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<internal::OrderedIterator>> NewIterator(
    const std::shared_ptr<internal::OrderedState>& state,
    const CallOptions& options, internal::ErrorHandler on_error) {
  absl::StatusOr<std::unique_ptr<internal::OrderedReader>> reader =
      state->Begin(options);
  if (!reader.ok()) return reader.status();
  return std::make_unique<internal::OrderedIterator>(state, *std::move(reader),
                                                     std::move(on_error));
}

}  // namespace

OrderedConsumer::OrderedConsumer(JetStream& jetstream, std::string stream,
                                 OrderedConsumerOptions options)
    : state_(std::make_shared<internal::OrderedState>(
          jetstream, std::move(stream), std::move(options))) {}

OrderedConsumer::~OrderedConsumer() = default;

OrderedConsumer::OrderedConsumer(OrderedConsumer&&) noexcept = default;

FetchResult OrderedConsumer::Fetch(const OrderedFetchOptions& options) {
  FetchResult result;
  result.end_status = CheckOptions(options);
  if (!result.end_status.ok()) return result;
  const bool only_stored = options.max_wait == absl::ZeroDuration();
  const absl::Time now = state_->runtime.Now();
  const absl::Time deadline =
      now + (only_stored ? kStoredTimeout : options.max_wait);
  absl::StatusOr<std::unique_ptr<internal::OrderedReader>> reader =
      state_->Begin(internal::CallWithin(now, deadline, options.cancellation));
  if (!reader.ok()) {
    result.end_status = reader.status();
    return result;
  }
  while (static_cast<int>(result.deliveries.size()) < options.max_messages) {
    absl::StatusOr<Delivery> next =
        only_stored ? (*reader)->NextStored(deadline, options.cancellation)
                    : (*reader)->Next(deadline, options.cancellation);
    if (!next.ok()) {
      if (!absl::IsDeadlineExceeded(next.status())) {
        result.end_status = next.status();
      }
      break;
    }
    result.deliveries.push_back(*std::move(next));
  }
  if ((*reader)->ended()) reader->reset();
  state_->End(*std::move(reader));
  return result;
}

absl::StatusOr<Delivery> OrderedConsumer::Next(absl::Duration max_wait) {
  OrderedFetchOptions options;
  options.max_wait = max_wait;
  FetchResult result = Fetch(options);
  if (!result.deliveries.empty()) return std::move(result.deliveries.front());
  if (!result.end_status.ok()) return result.end_status;
  return absl::DeadlineExceededError(
      absl::StrCat("no message within ", absl::FormatDuration(max_wait)));
}

absl::StatusOr<std::unique_ptr<MessageIterator>> OrderedConsumer::Messages(
    const CallOptions& options) {
  return NewIterator(state_, options, nullptr);
}

absl::StatusOr<std::unique_ptr<Consumption>> OrderedConsumer::Consume(
    OrderedConsumeOptions options, DeliveryHandler handler) {
  if (!handler) return absl::InvalidArgumentError("the handler is null");
  absl::StatusOr<std::unique_ptr<internal::OrderedIterator>> iterator =
      NewIterator(state_, options.call, std::move(options.on_error));
  if (!iterator.ok()) return iterator.status();
  return internal::StartConsumption(
      state_->runtime, absl::StrCat("consume ", state_->stream, " in order"),
      *std::move(iterator), std::move(handler));
}

absl::StatusOr<ConsumerInfo> OrderedConsumer::Info() {
  const std::string consumer = state_->consumer();
  if (consumer.empty()) {
    return absl::FailedPreconditionError("there is no consumer at present");
  }
  return state_->jetstream.GetConsumerInfo(state_->stream, consumer);
}

std::uint64_t OrderedConsumer::resets() const { return state_->resets; }

const std::string& OrderedConsumer::stream() const { return state_->stream; }

}  // namespace windtunnel
