// Priority groups: requests that wait for enough to do (overflow), or until
// another client is silent (pinned_client). The order by priority is
// PullQueue's.

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "simulator/broker/advisory.h"
#include "simulator/broker/consumer_state.h"
#include "simulator/broker/drawn_id.h"
#include "simulator/broker/instant.h"

namespace windtunnel::broker {

namespace {

// GRP-018 to GRP-020
bool IsEnough(const GroupTerms& terms, std::int64_t pending,
              std::int64_t ack_pending) {
  if (terms.min_pending <= 0 && terms.min_ack_pending <= 0) return true;
  return (terms.min_pending > 0 && terms.min_pending <= pending) ||
         (terms.min_ack_pending > 0 && terms.min_ack_pending <= ack_pending);
}

}  // namespace

// GRP-011 to GRP-016. The status that ends `request`, empty for none.
absl::string_view Consumer::RefuseGroup(const Context& context,
                                        const PullRequest& request) {
  const PriorityPolicy policy = config_.priority_policy;
  if ((request.min_pending != 0 || request.min_ack_pending != 0) &&
      policy != PriorityPolicy::kOverflow) {
    return "400 Bad Request - Not a Overflow Priority consumer";
  }
  if (!request.id.empty() && policy != PriorityPolicy::kPinnedClient) {
    return "400 Bad Request - Not a Pinned Client Priority consumer";
  }
  if (request.priority < 0 || request.priority > 9) {
    return "400 Bad Request - Priority must be between 0 and 9";
  }
  if (policy == PriorityPolicy::kNone) return "";  // GRP-017
  if (request.group.empty()) {
    return "400 Bad Request - Priority Group missing";
  }
  const std::vector<std::string>& groups = config_.priority_groups;
  if (std::find(groups.begin(), groups.end(), request.group) == groups.end()) {
    return "400 Bad Request - Invalid Priority Group";
  }
  const Pin* pin = state_->pin.get();
  if (pin == nullptr || request.id.empty()) return "";
  if (request.id != pin->id) return "423 Nats-Pin-Id mismatch";  // GRP-025
  ProlongPin(context);                                           // GRP-028
  return "";
}

// Whether `request` may have the next message, were it its turn. `assigns`:
// nobody was pinned when the turns began.
Consumer::Turn Consumer::TurnOf(const WaitingRequest& request, bool assigns,
                                std::int64_t pending) const {
  const State& s = *state_;
  const GroupTerms* terms = request.group.get();
  const bool has_id = terms != nullptr && !terms->id.empty();
  if (assigns) {
    if (has_id) return Turn::kWrongPin;  // GRP-026
  } else if (s.pin != nullptr) {         // Whatever the policy is by now.
    if (!has_id) return Turn::kPass;     // GRP-024
    if (terms->id != s.pin->id) return Turn::kWrongPin;  // GRP-027
  }
  if (config_.priority_policy == PriorityPolicy::kOverflow &&
      terms != nullptr &&
      !IsEnough(*terms, pending, static_cast<std::int64_t>(s.pending.size()))) {
    return Turn::kPass;
  }
  return Turn::kTake;
}

// GRP-023. A request without group gets its message and pins nobody (GRP-013).
void Consumer::AssignPin(const Context& context, WaitingRequest& request) {
  State& s = *state_;
  if (request.group == nullptr || request.group->group.empty()) return;
  if (s.pin == nullptr) {
    s.pin = std::make_unique<Pin>();
    s.pin->group = request.group->group;
  }
  s.pin->id = DrawId(context.choices, "consumer.pin_id");
  s.pin->since = context.now;
  request.group->id = s.pin->id;
  ProlongPin(context);
  AdviseGroup(context, "PINNED", request.group->group, "pinned_id", s.pin->id);
}

void Consumer::ProlongPin(const Context& context) {
  state_->pin->until =
      After(context.now, absl::ToInt64Nanoseconds(config_.priority_timeout));
}

// GRP-029
void Consumer::ExpirePin(const Context& context) {
  const std::unique_ptr<Pin> pin = std::move(state_->pin);
  AdviseGroup(context, "UNPINNED", pin->group, "reason", "timeout");
  Deliver(context);
}

void Consumer::Unpin(const Context& context, absl::string_view group) {
  state_->pin.reset();
  AdviseGroup(context, "UNPINNED", group, "reason", "admin");
  Deliver(context);
}

// INF-024, INF-025
void Consumer::AdviseGroup(const Context& context, absl::string_view event,
                           absl::string_view group, absl::string_view field,
                           absl::string_view value) {
  const std::string& stream = owner_.stream_config().name;
  const std::string subject = absl::StrCat("$JS.EVENT.ADVISORY.CONSUMER.",
                                           event, ".", stream, ".", name_);
  if (!owner_.router().HasInterest(subject)) return;
  owner_.Advise(
      context, subject,
      absl::StrCat("io.nats.jetstream.advisory.v1.consumer_group_",
                   absl::AsciiStrToLower(event)),
      absl::StrCat("{\"account\":\"$G\",\"stream\":", JsonString(stream),
                   ",\"consumer\":", JsonString(name_),
                   ",\"group\":", JsonString(group), ",\"", field,
                   "\":", JsonString(value), "}"));
}

// What a message to the pinned client, or to whom nobody is pinned, has
// besides.
MessageBlockPtr Consumer::WithPinId(const MessageBlock& block) const {
  const Pin* pin = state_->pin.get();
  absl::string_view head = block.header_block();
  // The last two bytes are the empty line.
  head = head.empty() ? "NATS/1.0\r\n" : head.substr(0, head.size() - 2);
  return MessageBlock::New(
      block.subject(),
      absl::StrCat(head, "Nats-Pin-Id: ", pin == nullptr ? "" : pin->id,
                   "\r\n\r\n"),
      block.data());
}

// INF-010, GRP-008
std::vector<PriorityGroupState> Consumer::GroupStates() const {
  if (config_.priority_groups.empty()) return {};
  PriorityGroupState first;
  first.group = config_.priority_groups.front();
  if (const Pin* pin = state_->pin.get()) {
    first.pinned_client_id = pin->id;
    first.pinned_ts = absl::FromUnixNanos(pin->since);
  }
  return {first};
}

}  // namespace windtunnel::broker
