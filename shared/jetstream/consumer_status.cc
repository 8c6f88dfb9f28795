#include "shared/jetstream/consumer_status.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace windtunnel::internal {

namespace {

std::optional<std::uint64_t> NumberIn(const Headers& headers,
                                      absl::string_view name) {
  const std::optional<absl::string_view> text = headers.Get(name);
  std::uint64_t number = 0;
  if (!text.has_value() || !absl::SimpleAtoi(*text, &number)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

PullStatus ReadPullStatus(const Headers& headers) {
  PullStatus status;
  status.code = headers.status_code();
  status.description = headers.status_text();
  status.pending_messages = NumberIn(headers, "Nats-Pending-Messages");
  status.pending_bytes = NumberIn(headers, "Nats-Pending-Bytes");
  status.last_consumer_sequence = NumberIn(headers, "Nats-Last-Consumer");
  status.last_stream_sequence = NumberIn(headers, "Nats-Last-Stream");
  return status;
}

PushStatus ReadPushStatus(const Headers& headers, std::string reply) {
  PushStatus status;
  status.code = headers.status_code();
  status.description = headers.status_text();
  status.last_consumer_sequence = NumberIn(headers, "Nats-Last-Consumer");
  status.last_stream_sequence = NumberIn(headers, "Nats-Last-Stream");
  status.flow_control_subject = std::move(reply);
  if (const auto stalled = headers.Get("Nats-Consumer-Stalled")) {
    status.flow_control_subject = std::string(*stalled);
  }
  return status;
}

}  // namespace windtunnel::internal
