// Pull requests: what is refused, how they wait and how they end (PUL-001 to
// PUL-051), and consumers that nobody uses (CON-138 to CON-146).

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/api/dialect.h"
#include "shared/api/go_duration.h"
#include "shared/api/pull_request.h"
#include "simulator/broker/consumer_state.h"
#include "simulator/broker/instant.h"

namespace windtunnel::broker {

namespace {

std::string StatusBlock(absl::string_view status) {
  return absl::StrCat("NATS/1.0 ", status, "\r\n\r\n");
}

// What the end of `request` looks like.
std::string EndOf(const WaitingRequest& request, absl::string_view status,
                  bool with_pending_headers) {
  if (!with_pending_headers) return StatusBlock(status);
  return absl::StrCat("NATS/1.0 ", status,
                      "\r\nNats-Pending-Messages: ", request.batch,
                      "\r\nNats-Pending-Bytes: ", request.bytes_left,
                      "\r\n\r\n");
}

}  // namespace

void Consumer::PullRaw(const Context& context, Inbox inbox,
                       absl::string_view body,
                       absl::string_view required_api_level) {
  if (IsPush()) return RefusePull(context, inbox);
  int level = 0;
  if (profile_.required_api_level && !required_api_level.empty() &&
      (!absl::SimpleAtoi(required_api_level, &level) ||
       level > profile_.api_level)) {  // PUL-016
    owner_.router().RouteStatus(context, inbox,
                                StatusBlock("412 Required Api Level"));
    return;
  }
  api::Dialect dialect;
  dialect.minor = profile_.minor;
  dialect.strict = false;
  api::DecodedPullRequest decoded = api::DecodePullRequest(body, dialect);
  state_->last_activity = context.now;
  if (decoded.error.has_value()) {
    owner_.router().RouteStatus(
        context, inbox,
        StatusBlock(absl::StrCat("400 Bad Request - ", *decoded.error)));
    return;
  }
  Enqueue(context, std::move(inbox), decoded.request, decoded.is_json);
}

// PUL-015
void Consumer::RefusePull(const Context& context, Inbox& inbox) {
  owner_.router().RouteStatus(context, inbox,
                              StatusBlock("409 Consumer is push based"));
}

void Consumer::Pull(const Context& context, Inbox inbox,
                    const PullRequest& request) {
  if (IsPush()) return RefusePull(context, inbox);
  Enqueue(context, std::move(inbox), request, true);
}

// True if the request was answered and is over. The order is PUL-017's.
bool Consumer::Refuse(const Context& context, Inbox& inbox,
                      const PullRequest& request, bool check_groups) {
  State& s = *state_;
  const auto answer = [&](absl::string_view status) {
    owner_.router().RouteStatus(context, inbox, StatusBlock(status));
    return true;
  };
  if (request.idle_heartbeat > absl::ZeroDuration() &&
      request.idle_heartbeat * 2 > request.expires) {
    return answer("400 Bad Request - heartbeat value too large");
  }
  if (config_.max_batch > 0 && request.batch > config_.max_batch) {
    return answer(
        absl::StrCat("409 Exceeded MaxRequestBatch of ", config_.max_batch));
  }
  if (config_.max_expires > absl::ZeroDuration() &&
      request.expires > config_.max_expires) {
    return answer(absl::StrCat("409 Exceeded MaxRequestExpires of ",
                               api::FormatGoDuration(config_.max_expires)));
  }
  if (config_.max_bytes > 0 && request.max_bytes > config_.max_bytes) {
    return answer(
        absl::StrCat("409 Exceeded MaxRequestMaxBytes of ", config_.max_bytes));
  }
  if (check_groups && profile_.has_priority_groups) {
    const absl::string_view status = RefuseGroup(context, request);
    if (!status.empty()) return answer(status);
  }
  if (request.no_wait) {  // PUL-031 to PUL-033
    const auto available =
        static_cast<std::int64_t>(NumPending() + s.redeliveries.size());
    if (available == 0 && request.expires == absl::ZeroDuration()) {
      return answer("404 No Messages");
    }
    if (available > 0) {
      CheckRequests(context, false);
      // Below zero, what the others want is very much (PUL-033).
      if (static_cast<std::uint64_t>(available) <
          static_cast<std::uint64_t>(s.requests.TotalBatch())) {
        return answer("408 Requests Pending");
      }
    }
  }
  const auto full = [&] {
    return config_.max_waiting > 0 &&
           static_cast<std::int64_t>(s.requests.size()) >= config_.max_waiting;
  };
  if (full() && context.now - s.requests_dropped_at >= kSecond) {  // PUL-022
    CheckRequests(context, false);
  }
  if (full()) {
    if (request.idle_heartbeat > absl::ZeroDuration() &&
        profile_.full_queue_ignores_heartbeating) {  // PUL-023
      return true;
    }
    return answer("409 Exceeded MaxWaiting");
  }
  return false;
}

void Consumer::Enqueue(const Context& context, Inbox inbox,
                       const PullRequest& request, bool is_json) {
  State& s = *state_;
  s.last_activity = context.now;  // CON-141
  // Others skip all that concerns groups (GRP-013).
  if (Refuse(context, inbox, request, is_json)) return TellOwner();

  WaitingRequest waiting;
  waiting.inbox = std::move(inbox);
  waiting.batch = request.batch;  // PUL-009: none, or fewer, is served once.
  waiting.has_max_bytes = request.max_bytes > 0;
  waiting.bytes_left = request.max_bytes;
  waiting.no_wait = request.no_wait;
  if (request.expires != absl::ZeroDuration()) {
    waiting.expires =
        After(context.now, absl::ToInt64Nanoseconds(request.expires));
  }
  waiting.heartbeat = absl::ToInt64Nanoseconds(request.idle_heartbeat);
  if (waiting.heartbeat > 0) {
    // No server beats more often, whatever it is asked for.
    waiting.heartbeat = std::max(waiting.heartbeat, kMillisecond);
    waiting.next_heartbeat = After(context.now, waiting.heartbeat);
  }
  s.requests_at =
      std::min({s.requests_at, waiting.expires, waiting.next_heartbeat});
  s.has_no_wait |= waiting.no_wait;
  if (!owner_.router().HasInterest(waiting.inbox)) s.requests_heard_at = 0;
  waiting.priority = is_json ? static_cast<std::int8_t>(request.priority)
                             : kLowestPriority;
  if (is_json && !request.group.empty() && profile_.has_priority_groups) {
    waiting.group = std::make_unique<GroupTerms>(
        GroupTerms{request.group, request.id, request.min_pending,
                   request.min_ack_pending});
  }
  if (config_.priority_policy == PriorityPolicy::kPrioritized) {  // PUL-019
    s.requests.InsertByPriority(std::move(waiting));
  } else {
    s.requests.Push(std::move(waiting));
  }
  Deliver(context);
}

void Consumer::EndRequest(const Context& context, WaitingRequest& request,
                          absl::string_view status, bool with_pending_headers) {
  owner_.router().RouteStatus(context, request.inbox,
                              EndOf(request, status, with_pending_headers));
}

// Of the request whose turn it is.
void Consumer::EndFront(const Context& context, absl::string_view status) {
  State& s = *state_;
  EndRequest(context, s.requests.front(), status, true);
  s.requests.PopFront();
}

// Brings the request that gets `parcel` to the front; false if nobody can have
// it. Requests on the way there that are over are dropped.
bool Consumer::ChooseRequest(const Context& context, Parcel& parcel) {
  State& s = *state_;
  const bool has_pins =
      config_.priority_policy == PriorityPolicy::kPinnedClient;
  const bool assigns = has_pins && s.pin == nullptr;
  std::size_t passed = 0;
  while (!s.requests.empty()) {
    WaitingRequest& request = s.requests.front();
    if (request.expires <= context.now) {
      EndFront(context, "408 Request Timeout");
      continue;
    }
    const Turn turn =
        TurnOf(request, assigns,
               static_cast<std::int64_t>(parcel.numbers.num_pending) + 1);
    if (turn == Turn::kPass) {
      s.requests.Rotate();
      if (++passed >= s.requests.size()) return false;
      continue;
    }
    if (turn == Turn::kWrongPin) {
      EndFront(context, "423 Nats-Wrong-Pin-Id");
      continue;
    }
    if (assigns) AssignPin(context, request);
    if (request.has_max_bytes) {
      const std::int64_t size = parcel.Size();
      if (size > request.bytes_left) {  // PUL-042
        if (assigns) s.pin.reset();     // GRP-031
        EndFront(context, "409 Message Size Exceeds MaxBytes");
        continue;
      }
      request.bytes_left -= size;
      if (request.bytes_left == 0) request.batch = 1;  // PUL-043
    }
    if (owner_.router().HasInterest(request.inbox)) {
      if (has_pins) parcel.block = WithPinId(*parcel.block);
      return true;
    }
    s.requests.PopFront();
  }
  return false;
}

void Consumer::HandToRequest(const Context& context, const Parcel& parcel) {
  State& s = *state_;
  WaitingRequest& request = s.requests.front();
  owner_.router().RouteDelivery(context, request.inbox, parcel.block,
                                parcel.ack_prefix, parcel.numbers);
  if (!Spend(context, request)) return RequeueFront();
  if (TellsUnusedBytes(request)) {
    EndRequest(context, request, "409 Batch Completed", true);
  }
  s.requests.PopFront();
}

// The chosen request pays at once for what it gets later.
void Consumer::HoldForRequest(const Context& context, Held& held) {
  State& s = *state_;
  WaitingRequest& request = s.requests.front();
  held.inbox = request.inbox;
  if (!Spend(context, request)) return RequeueFront();
  if (TellsUnusedBytes(request)) {
    held.status = EndOf(request, "409 Batch Completed", true);
  }
  s.requests.PopFront();
}

// True if that was the last message for `request`.
bool Consumer::Spend(const Context& context, WaitingRequest& request) {
  request.served = true;
  --request.batch;
  if (request.batch > 0 && request.heartbeat > 0) {
    request.next_heartbeat = After(context.now, request.heartbeat);
  }
  return request.batch <= 0;
}

void Consumer::RequeueFront() {
  if (config_.priority_policy == PriorityPolicy::kPrioritized) {
    state_->requests.RequeueByPriority();
  } else {
    state_->requests.Rotate();
  }
}

// PUL-044
bool Consumer::TellsUnusedBytes(const WaitingRequest& request) const {
  return request.bytes_left > 0 && profile_.tells_unused_bytes;
}

// Ends what is expired and what nobody listens for, and beats for the rest. At
// the end of the stream, no_wait requests that got something end, too (PUL-034,
// PUL-036).
void Consumer::CheckRequests(const Context& context, bool end_of_stream) {
  State& s = *state_;
  if (s.requests.empty()) return;
  s.requests_dropped_at = context.now;
  const std::uint64_t generation = owner_.router().generation();
  const bool may_end = end_of_stream && s.has_no_wait;
  if (!may_end && s.requests_at > context.now &&
      s.requests_heard_at == generation) {
    return;
  }
  s.requests_heard_at = generation;
  s.has_no_wait = false;
  s.requests.EraseIf([&](WaitingRequest& request) {
    const bool gave_up = profile_.no_wait_ends_404 && request.expires == kNever;
    const bool done =
        end_of_stream && request.no_wait && (request.served || gave_up);
    if (request.expires <= context.now ||
        (done && !profile_.no_wait_ends_404)) {
      EndRequest(context, request, "408 Request Timeout", true);
      return true;
    }
    if (done) {
      EndRequest(context, request, "404 No Messages", false);
      return true;
    }
    if (!owner_.router().HasInterest(request.inbox)) return true;  // PUL-025
    if (request.next_heartbeat <= context.now) {  // PUL-038, PUL-039
      owner_.router().RouteStatus(
          context, request.inbox,
          absl::StrCat("NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: ",
                       s.next_consumer_seq - 1, "\r\nNats-Last-Stream: ",
                       s.next_stream_seq - 1, "\r\n\r\n"));
      request.next_heartbeat = After(context.now, request.heartbeat);
    }
    s.has_no_wait |= request.no_wait;
    return false;
  });
  s.requests_at = s.requests.NextDeadline();
}

void Consumer::EndRequests(const Context& context, absl::string_view status,
                           bool with_pending_headers) {
  State& s = *state_;
  s.requests.EraseIf([&](WaitingRequest& request) {
    EndRequest(context, request, status, with_pending_headers);
    return true;
  });
  s.requests_at = kNever;
  TellOwner();
}

// CON-140 to CON-144
void Consumer::CheckInactive(const Context& context, bool* expired) {
  State& s = *state_;
  if (s.push != nullptr) {
    s.inactive_at = kNever;
    *expired = !s.push->bound;
    return;
  }
  const Nanos idle = context.now - s.last_activity;
  if (idle < s.threshold) {
    s.inactive_at = s.last_activity + s.threshold;
    return;
  }
  CheckRequests(context, false);
  if (!s.requests.empty()) {
    s.inactive_at = After(context.now, s.threshold);
    return;
  }
  if (profile_.pending_keeps_consumer) {
    Nanos latest = 0;
    s.pending.ForEach([&](const PendingAck& entry) {
      latest = std::max(latest, s.timers.DeadlineOf(entry));
    });
    if (latest + s.threshold > context.now && latest > 0) {
      s.inactive_at = latest + s.threshold;
      return;
    }
  }
  *expired = true;
}

}  // namespace windtunnel::broker
