#include "shared/consume/ordered_state.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "shared/consume/ordered_reader.h"

namespace windtunnel::internal {

namespace {

absl::Status CheckOptions(const OrderedConsumerOptions& options) {
  constexpr absl::Duration kLeastHeartbeat = absl::Milliseconds(100);
  const auto refuse = [](absl::string_view field) {
    return absl::InvalidArgumentError(
        absl::StrCat("OrderedConsumerOptions::", field, " is out of range"));
  };
  if (options.inactive_threshold < absl::ZeroDuration()) {
    return refuse("inactive_threshold");
  }
  if (options.heartbeat < kLeastHeartbeat) return refuse("heartbeat");
  if (options.name_prefix.empty()) return refuse("name_prefix");
  return absl::OkStatus();
}

}  // namespace

OrderedState::OrderedState(JetStream& jetstream, std::string stream,
                           OrderedConsumerOptions options)
    : jetstream(jetstream),
      connection(jetstream.connection()),
      runtime(connection.runtime()),
      stream(std::move(stream)),
      options(std::move(options)),
      mutex_(runtime) {}

OrderedState::~OrderedState() {
  // While the rest is still there for it.
  idle_.reset();
}

absl::StatusOr<std::unique_ptr<OrderedReader>> OrderedState::Begin(
    const CallOptions& call) {
  if (absl::Status s = CheckOptions(options); !s.ok()) return s;
  std::unique_ptr<OrderedReader> reader;
  {
    MutexLock lock(mutex_);
    if (reading_) {
      return absl::FailedPreconditionError(
          "another read of this ordered consumer is under way");
    }
    reading_ = true;
    reader = std::move(idle_);
  }
  if (reader != nullptr) return reader;
  reader = std::make_unique<OrderedReader>(*this);
  if (absl::Status s = reader->Make(call); !s.ok()) {
    End(nullptr);
    return s;
  }
  return reader;
}

void OrderedState::End(std::unique_ptr<OrderedReader> reader) {
  MutexLock lock(mutex_);
  reading_ = false;
  idle_ = std::move(reader);
}

std::string OrderedState::NewName() {
  // The characters that an inbox ends in are as random as any.
  const std::string inbox = connection.NewInbox();
  return absl::StrCat(options.name_prefix, "_",
                      inbox.substr(inbox.rfind('.') + 1));
}

std::string OrderedState::consumer() const {
  MutexLock lock(mutex_);
  return consumer_;
}

void OrderedState::SetConsumer(std::string name) {
  MutexLock lock(mutex_);
  consumer_ = std::move(name);
}

}  // namespace windtunnel::internal
