#include "simulator/broker/ack_api.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "shared/api/ack_payload.h"
#include "simulator/broker/broker.h"

namespace windtunnel::broker {

namespace {

constexpr absl::string_view kPrefix = "$JS.ACK.";
constexpr absl::string_view kFlowControlPrefix = "$JS.FC.";
// DEL-032, of the one account there is; "_" stands for no domain.
constexpr absl::string_view kLongPrefix = "_.szMpdrwD.";

// The tokens of `text`; what follows the last dot of the `N`th token is dropped.
template <std::size_t N>
std::size_t Split(absl::string_view text,
                  std::array<absl::string_view, N>& tokens) {
  std::size_t count = 0;
  while (count < N) {
    const std::size_t dot = text.find('.');
    tokens[count++] = text.substr(0, dot);
    if (dot == absl::string_view::npos) return count;
    text.remove_prefix(dot + 1);
  }
  return N + 1;
}

// What is no number is the highest there is (ACK-013).
std::uint64_t NumberOf(absl::string_view token) {
  std::uint64_t number = 0;
  return absl::SimpleAtoi(token, &number)
             ? number
             : std::numeric_limits<std::uint64_t>::max();
}

absl::string_view Trimmed(absl::string_view text) {
  return absl::StripAsciiWhitespace(text);
}

void ParsePayload(const Profile& profile, absl::string_view payload,
                  ParsedAck& ack) {
  AckCommand& command = ack.command;
  if (payload.empty() || payload == "+ACK" || payload == "+OK") {
    command.verb = AckVerb::kAck;
  } else if (absl::ConsumePrefix(&payload, "+NXT")) {
    command.verb = AckVerb::kAck;
    command.wakes_later = true;
    ack.next = payload;
  } else if (absl::ConsumePrefix(&payload, "-NAK")) {
    command.verb = AckVerb::kNak;
    const absl::string_view argument = Trimmed(payload);
    if (argument.empty()) return;
    if (const auto delay = api::DecodeNakDelay(argument)) {
      command.delay = absl::ToInt64Nanoseconds(*delay);
    }
  } else if (payload == "+WPI") {
    command.verb = AckVerb::kInProgress;
  } else if (payload == "+TERM" || (profile.term_takes_reason &&
                                    absl::StartsWith(payload, "+TERM"))) {
    command.verb = AckVerb::kTerm;
    command.reason = Trimmed(payload.substr(5));
  } else {
    command.no_effect = true;  // ACK-008
  }
}

}  // namespace

std::optional<ParsedAck> ParseAck(const Profile& profile,
                                  absl::string_view subject,
                                  absl::string_view payload) {
  if (!absl::ConsumePrefix(&subject, kPrefix)) return std::nullopt;
  std::array<absl::string_view, 7> tokens;
  std::size_t count = Split(subject, tokens);
  if (count > tokens.size() && profile.long_ack_subjects &&
      absl::ConsumePrefix(&subject, kLongPrefix)) {  // DEL-031
    count = Split(subject, tokens);
    if (count > tokens.size()) count = tokens.size();
  }
  if (count != tokens.size()) return std::nullopt;

  ParsedAck ack;
  ack.stream = tokens[0];
  ack.consumer = tokens[1];
  ack.command.delivered = NumberOf(tokens[2]);
  ack.command.stream_sequence = NumberOf(tokens[3]);
  ack.command.consumer_sequence = NumberOf(tokens[4]);
  ParsePayload(profile, payload, ack);
  return ack;
}

bool HandleAck(Broker& broker, const Context& context, absl::string_view subject,
               absl::string_view reply, absl::string_view payload) {
  const std::optional<ParsedAck> ack =
      ParseAck(broker.profile(), subject, payload);
  if (!ack.has_value()) return false;
  Stream* stream = broker.FindStream(ack->stream);
  Consumer* consumer =
      stream == nullptr ? nullptr : stream->FindConsumer(ack->consumer);
  if (consumer == nullptr || !consumer->TakesAcks()) return false;

  const AckOutcome outcome = consumer->Ack(context, ack->command);
  if (ack->next.has_value()) {  // ACK-012, PUL-045
    if (!reply.empty()) {
      Inbox inbox;
      inbox.subject = std::string(reply);
      consumer->PullRaw(context, std::move(inbox), *ack->next, "");
    }
    consumer->Wake(context);
  } else if (outcome.confirm && !reply.empty()) {
    broker.router().Route(context, reply, MessageBlock::New(reply, "", ""), "");
  }
  return true;
}

bool HandleFlowControl(Broker& broker, const Context& context,
                       absl::string_view subject,
                       absl::string_view header_block) {
  absl::string_view rest = subject;
  if (!absl::ConsumePrefix(&rest, kFlowControlPrefix)) return false;
  std::array<absl::string_view, 3> tokens;
  std::size_t count = Split(rest, tokens);
  if (count > tokens.size() && broker.profile().long_flow_control_subjects &&
      absl::ConsumePrefix(&rest, kLongPrefix)) {
    count = Split(rest, tokens);
  }
  if (count != tokens.size()) return false;
  Stream* stream = broker.FindStream(tokens[0]);
  Consumer* consumer =
      stream == nullptr ? nullptr : stream->FindConsumer(tokens[1]);
  if (consumer == nullptr || !consumer->TakesFlowControl()) return false;
  consumer->OnFlowControlReply(context, subject, header_block);
  return true;
}

}  // namespace windtunnel::broker
