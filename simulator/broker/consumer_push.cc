// Push consumers: who listens on the deliver subject, heartbeats and flow control
// (PSH-001 to PSH-027).

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "simulator/broker/consumer_state.h"
#include "simulator/broker/deliver_subjects.h"
#include "simulator/broker/header_lines.h"
#include "simulator/broker/instant.h"

namespace windtunnel::broker {

namespace {

// PSH-017
std::string DrawFlowControlToken(const Context& context) {
  constexpr absl::string_view kDigits =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  constexpr std::uint64_t kTokens = 62 * 62 * 62 * 62;
  std::uint64_t number = context.choices.Draw("consumer.flow_control", kTokens);
  std::string token;
  for (int i = 0; i < 4; ++i) {
    token.push_back(kDigits[number % kDigits.size()]);
    number /= kDigits.size();
  }
  return token;
}

std::uint64_t NumberIn(absl::string_view header_block, absl::string_view name) {
  std::uint64_t number = 0;
  const auto value = FindHeader(header_block, name);
  return value.has_value() && absl::SimpleAtoi(*value, &number) ? number : 0;
}

}  // namespace

void Consumer::StartPush(const Context& context) {
  if (!IsPush()) return;
  State& s = *state_;
  s.push = std::make_unique<PushDelivery>();
  PushDelivery& push = *s.push;
  push.listeners.subject = config_.deliver_subject;
  push.group = config_.deliver_group;
  push.heartbeat = absl::ToInt64Nanoseconds(config_.idle_heartbeat);
  if (push.heartbeat > 0) {
    push.heartbeat_at = After(context.now, push.heartbeat);
  }
  if (config_.flow_control) push.flow = std::make_unique<FlowControl>();
  StartRate();
  DeliverSubjects& subjects = owner_.deliver_subjects();
  subjects.Add(push.listeners.subject, *this);
  push.bound = subjects.IsBound(push.listeners.subject, push.group);
  push.heard = push.bound;
  s.wake = true;
  TimeInactivity(context);
}

void Consumer::StartRate() {
  State& s = *state_;
  s.push->rate = nullptr;
  if (config_.rate_limit_bps == 0) return;
  constexpr std::uint64_t kBitsPerByte = 8;
  const std::int64_t limit = owner_.stream_config().max_msg_size;
  s.push->rate = std::make_unique<RateLimit>(
      config_.rate_limit_bps / kBitsPerByte,
      limit > 0 ? limit : owner_.max_payload());
}

void Consumer::LeaveDeliverSubject() {
  const PushDelivery* const push = state_->push.get();
  if (push == nullptr) return;
  owner_.deliver_subjects().Remove(push->listeners.subject, *this);
}

// Only the first listener is noticed, and the last that leaves.
void Consumer::OnInterestChanged(const Context& context) {
  State& s = *state_;
  PushDelivery& push = *s.push;
  const bool heard =
      owner_.deliver_subjects().IsBound(push.listeners.subject, push.group);
  if (heard == push.heard) return;
  push.heard = heard;
  push.interest_changed = true;
  if (s.held == nullptr && !s.delivering) RefreshInterest(context);
  Deliver(context);
}

// True if somebody listens who did not before.
bool Consumer::RefreshInterest(const Context& context) {
  PushDelivery& push = *state_->push;
  if (!push.interest_changed && !push.lost) return false;
  const bool was_bound = push.bound && !push.lost;
  push.interest_changed = false;
  push.lost = false;
  push.bound =
      owner_.deliver_subjects().IsBound(push.listeners.subject, push.group);
  if (push.bound && !was_bound && push.heartbeat > 0) {
    push.heartbeat_at = push.NextHeartbeat(context.now);
  }
  TimeInactivity(context);
  return push.bound && !was_bound;
}

// CON-140. A time that runs already is not begun anew.
void Consumer::TimeInactivity(const Context& context) {
  State& s = *state_;
  PushDelivery& push = *s.push;
  if (!push.bound && push.inactivity_timed && s.threshold > 0) return;
  push.inactivity_timed = !push.bound && s.threshold > 0;
  s.inactive_at =
      push.inactivity_timed ? After(context.now, s.threshold) : kNever;
}

// PSH-010
void Consumer::MoveTo(const Context& context, std::string deliver_subject) {
  State& s = *state_;
  PushDelivery& push = *s.push;
  std::vector<std::uint64_t> waiting;
  s.pending.ForEach([&](const PendingAck& entry) {
    if (entry.queue_ticket == 0) waiting.push_back(entry.stream_seq);
  });
  if (!waiting.empty()) {
    for (const std::uint64_t seq : waiting) {
      s.timers.Untrack(*s.pending.Find(seq));
    }
    QueueExpired(context, waiting);
    s.check_at =
        After(context.now + kMillisecond,
              absl::ToInt64Nanoseconds(config_.ack_wait));
  }
  LeaveDeliverSubject();
  push.listeners = {};
  push.listeners.subject = std::move(deliver_subject);
  push.group = config_.deliver_group;
  push.stored_generation = 0;
  push.interest_changed = true;
  s.wake = true;
  DeliverSubjects& subjects = owner_.deliver_subjects();
  subjects.Add(push.listeners.subject, *this);
  push.heard = subjects.IsBound(push.listeners.subject, push.group);
}

// False: it reached nobody.
bool Consumer::HandToSubject(const Context& context, const Parcel& parcel) {
  State& s = *state_;
  PushDelivery& push = *s.push;
  bool delivered = owner_.router().RouteDelivery(
      context, push.listeners, parcel.block, parcel.ack_prefix, parcel.numbers);
  delivered |= StoreWhereTaken(parcel.block);
  if (push.heartbeat > 0) {  // PSH-012
    push.heartbeat_at = After(context.now, push.heartbeat);
  }
  if (push.flow != nullptr) {
    const auto subject_size = [](absl::string_view subject) {
      return static_cast<std::int64_t>(subject.size());
    };
    const std::int64_t size = parcel.Size() -  // PSH-018
                              subject_size(parcel.block->subject()) +
                              subject_size(push.listeners.subject);
    const bool due = push.flow->OnSent(size);
    const bool full = config_.ack_policy == AckPolicy::kFlowControl &&
                      push.flow->unanswered().empty() && IsBlocked();
    if (due || full) RequestFlowControl(context);
  }
  return delivered;
}

// A stream may take the deliver subject: it stores what is sent there.
bool Consumer::StoreWhereTaken(const MessageBlockPtr& block) {
  PushDelivery& push = *state_->push;
  DeliverSubjects& subjects = owner_.deliver_subjects();
  if (push.stored_generation != subjects.generation()) {
    push.stored_generation = subjects.generation();
    push.stored = subjects.IsStored(push.listeners.subject);
  }
  if (push.stored) subjects.Store(push.listeners.subject, block);
  return push.stored;
}

void Consumer::SendToSubject(const Context& context,
                             absl::string_view header_block,
                             absl::string_view reply) {
  const std::string& subject = state_->push->listeners.subject;
  const MessageBlockPtr block = MessageBlock::New(subject, header_block, "");
  owner_.router().Route(context, subject, block, reply);
  StoreWhereTaken(block);
}

void Consumer::RequestFlowControl(const Context& context) {
  std::string reply =
      absl::StrCat("$JS.FC.", owner_.stream_config().name, ".", name_, ".",
                   DrawFlowControlToken(context));
  SendToSubject(context, "NATS/1.0 100 FlowControl Request\r\n\r\n", reply);
  state_->push->flow->OnRequested(std::move(reply));
}

void Consumer::OnFlowControlReply(const Context& context,
                                  absl::string_view subject,
                                  absl::string_view header_block) {
  State& s = *state_;
  if (!s.push->flow->OnReply(subject)) return;
  if (config_.ack_policy == AckPolicy::kFlowControl) {  // CON-174
    AckCommand command;
    command.delivered = 1;
    command.stream_sequence = NumberIn(header_block, "Nats-Last-Stream");
    command.consumer_sequence = NumberIn(header_block, "Nats-Last-Consumer");
    if (command.stream_sequence > 0) {
      AckMessage(context, command, /*sampled=*/false);
    }
  }
  Deliver(context);
}

// PSH-011 to PSH-016
void Consumer::Beat(const Context& context) {
  State& s = *state_;
  PushDelivery& push = *s.push;
  push.heartbeat_missed = false;
  push.heartbeat_at = After(context.now, push.heartbeat);
  if (!push.bound) return;
  std::string block = absl::StrCat(
      "NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: ",
      s.next_consumer_seq - 1, "\r\nNats-Last-Stream: ", s.next_stream_seq - 1,
      "\r\n");
  if (push.flow != nullptr && !push.flow->unanswered().empty()) {
    absl::StrAppend(&block, "Nats-Consumer-Stalled: ", push.flow->unanswered(),
                    "\r\n");
  }
  SendToSubject(context, absl::StrCat(block, "\r\n"), "");
  if (config_.ack_policy == AckPolicy::kFlowControl && !s.pending.empty() &&
      push.flow->unanswered().empty()) {  // CON-175
    RequestFlowControl(context);
  }
}

}  // namespace windtunnel::broker
