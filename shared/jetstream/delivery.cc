#include "windtunnel/delivery.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <ostream>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "windtunnel/errors.h"

namespace windtunnel {

namespace {

constexpr absl::string_view kAckPrefix = "$JS.ACK.";

template <typename Number>
void AppendNumber(std::string& out, char separator, Number number) {
  std::array<char, 24> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  if (separator != '\0') out.push_back(separator);
  out.append(digits.data(), end);
}

void AppendNumbers(std::string& out, const internal::DeliveryNumbers& numbers) {
  AppendNumber(out, '\0', numbers.delivered);
  AppendNumber(out, '.', numbers.stream_sequence);
  AppendNumber(out, '.', numbers.consumer_sequence);
  AppendNumber(out, '.', numbers.timestamp_nanos);
  AppendNumber(out, '.', numbers.num_pending);
}

std::string AckSubject(absl::string_view stream, absl::string_view consumer,
                       const internal::DeliveryNumbers& numbers) {
  std::string subject;
  // Five numbers of at most 20 digits and their dots follow the names.
  subject.reserve(kAckPrefix.size() + stream.size() + consumer.size() + 108);
  subject.append(kAckPrefix.data(), kAckPrefix.size());
  subject.append(stream.data(), stream.size()).push_back('.');
  subject.append(consumer.data(), consumer.size()).push_back('.');
  AppendNumbers(subject, numbers);
  return subject;
}

}  // namespace

absl::StatusOr<DeliveryMetadata> ParseAckSubject(absl::string_view subject) {
  const auto refusal = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", absl::CEscape(subject),
                     "\" is not an acknowledgement subject"));
  };
  const std::vector<absl::string_view> tokens = absl::StrSplit(subject, '.');
  const bool is_long = tokens.size() >= 11;  // DEL-030, DEL-031
  if (tokens.size() != 9 && !is_long) return refusal();
  if (tokens[0] != "$JS" || tokens[1] != "ACK") return refusal();

  DeliveryMetadata metadata;
  const std::size_t names = is_long ? 4 : 2;
  if (is_long && tokens[2] != "_") metadata.domain = std::string(tokens[2]);
  metadata.stream = std::string(tokens[names]);
  metadata.consumer = std::string(tokens[names + 1]);
  std::int64_t nanos = 0;
  const bool numbers_ok =
      absl::SimpleAtoi(tokens[names + 2], &metadata.delivered) &&
      absl::SimpleAtoi(tokens[names + 3], &metadata.stream_sequence) &&
      absl::SimpleAtoi(tokens[names + 4], &metadata.consumer_sequence) &&
      absl::SimpleAtoi(tokens[names + 5], &nanos) &&
      absl::SimpleAtoi(tokens[names + 6], &metadata.num_pending);
  if (!numbers_ok || metadata.stream.empty() || metadata.consumer.empty()) {
    return refusal();
  }
  metadata.timestamp = absl::FromUnixNanos(nanos);
  return metadata;
}

std::string FormatAckSubject(const DeliveryMetadata& metadata) {
  internal::DeliveryNumbers numbers;
  numbers.stream_sequence = metadata.stream_sequence;
  numbers.consumer_sequence = metadata.consumer_sequence;
  numbers.num_pending = metadata.num_pending;
  numbers.timestamp_nanos = absl::ToUnixNanos(metadata.timestamp);
  numbers.delivered = static_cast<std::uint32_t>(metadata.delivered);
  return AckSubject(metadata.stream, metadata.consumer, numbers);
}

Headers Delivery::headers() const {
  // A stored block may lack the version line (WIR-067): it has no headers then.
  return Headers::Parse(message_->header_block()).value_or(Headers());
}

DeliveryMetadata Delivery::metadata() const {
  DeliveryMetadata metadata;
  metadata.domain = route_->domain;
  metadata.stream = route_->stream;
  metadata.consumer = route_->consumer;
  metadata.delivered = numbers_.delivered;
  metadata.stream_sequence = numbers_.stream_sequence;
  metadata.consumer_sequence = numbers_.consumer_sequence;
  metadata.timestamp = absl::FromUnixNanos(numbers_.timestamp_nanos);
  metadata.num_pending = numbers_.num_pending;
  return metadata;
}

std::string Delivery::ack_subject() const {
  if (route_->ack_prefix.empty()) {
    return AckSubject(route_->stream, route_->consumer, numbers_);
  }
  std::string subject = route_->ack_prefix;
  AppendNumbers(subject, numbers_);
  return subject;
}

absl::Status Delivery::Settle(AckVerb verb, absl::Duration delay,
                              absl::string_view reason) {
  if (settled_) {
    return MakeErrorStatus(ErrorKind::kAlreadySettled,
                           "the delivery was settled before");
  }
  absl::Status status = route_->Send(*this, verb, delay, reason);
  settled_ = status.ok() && verb != AckVerb::kInProgress;
  return status;
}

absl::Status Delivery::Ack() {
  return Settle(AckVerb::kAck, absl::ZeroDuration(), "");
}

absl::Status Delivery::AckSync() { return AckSync(AckSyncOptions{}); }

absl::Status Delivery::AckSync(const AckSyncOptions& options) {
  if (settled_) {
    return MakeErrorStatus(ErrorKind::kAlreadySettled,
                           "the delivery was settled before");
  }
  absl::Status status = route_->SendAndConfirm(*this, options);
  settled_ = status.ok();
  return status;
}

absl::Status Delivery::Nak() {
  return Settle(AckVerb::kNak, absl::ZeroDuration(), "");
}

absl::Status Delivery::NakWithDelay(absl::Duration delay) {
  const std::int64_t longest = std::numeric_limits<std::int64_t>::max();
  if (delay > absl::Nanoseconds(longest)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the delay ", absl::FormatDuration(delay),
                     " is beyond int64 nanoseconds"));
  }
  return Settle(AckVerb::kNak, std::max(delay, absl::ZeroDuration()), "");
}

absl::Status Delivery::Term() {
  return Settle(AckVerb::kTerm, absl::ZeroDuration(), "");
}

absl::Status Delivery::TermWithReason(absl::string_view reason) {
  if (reason.find_first_of("\r\n") != absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the reason \"", absl::CEscape(reason), "\" has a line end"));
  }
  return Settle(AckVerb::kTerm, absl::ZeroDuration(), reason);
}

absl::Status Delivery::InProgress() {
  return Settle(AckVerb::kInProgress, absl::ZeroDuration(), "");
}

std::ostream& operator<<(std::ostream& out, const Delivery& delivery) {
  const DeliveryMetadata metadata = delivery.metadata();
  out << metadata.stream << " #" << metadata.stream_sequence << " "
      << delivery.subject() << " \"" << absl::CEscape(delivery.data())
      << "\" to " << metadata.consumer << ", delivery " << metadata.delivered;
  const Headers headers = delivery.headers();
  if (!headers.empty()) out << ", headers " << headers;
  if (delivery.settled()) out << ", settled";
  return out;
}

}  // namespace windtunnel
