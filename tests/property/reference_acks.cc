// The reference model's acknowledgements, floors and deadlines.

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "shared/api/go_duration.h"
#include "tests/property/reference_consumer.h"

namespace windtunnel::conform {
namespace {

// ACK-003, ACK-004: nullopt for a plain NAK.
std::optional<Nanos> Delay(absl::string_view argument) {
  if (argument.empty()) return std::nullopt;
  if (argument.front() == '{') {
    const nlohmann::json json = nlohmann::json::parse(argument, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    const auto delay = json.find("delay");
    if (delay == json.end()) return 0;
    if (!delay->is_number_integer()) return std::nullopt;
    return delay->get<Nanos>();
  }
  const auto delay = api::ParseGoDuration(argument);
  if (!delay.has_value()) return std::nullopt;
  return absl::ToInt64Nanoseconds(*delay);
}

}  // namespace

void ReferenceConsumer::Settle(const Tokens& tokens, const std::string& payload,
                               const std::string& reply) {
  bool confirm = true;
  if (payload.empty() || payload == "+ACK" || payload == "+OK") {  // ACK-001.
    confirm = Acknowledge(tokens);
  } else if (absl::StartsWith(payload, "+NXT")) {  // ACK-006, ACK-012.
    Acknowledge(tokens);
    if (!reply.empty()) Pull(reply, payload.substr(4));
    confirm = false;
  } else if (absl::StartsWith(payload, "-NAK")) {
    NotAcknowledge(tokens, payload);
  } else if (payload == "+WPI") {  // ACK-005.
    Extend(tokens);
  } else if (absl::StartsWith(payload, "+TERM")) {  // ACK-007.
    confirm = tokens.stream < position_;
    Terminate(tokens,
              std::string(absl::StripAsciiWhitespace(payload.substr(5))));
  }
  if (confirm && !reply.empty())
    listener_.send(reply, "");  // ACK-010, ACK-011.
  Wake();
}

void ReferenceConsumer::Wake() {
  if (std::exchange(wake_, false)) Deliver();
}

ReferenceConsumer::Pending* ReferenceConsumer::FindPending(Sequence stream) {
  for (Pending& pending : pending_) {
    if (pending.stream == stream) return &pending;
  }
  return nullptr;
}

// It is neither pending nor to be delivered again.
void ReferenceConsumer::Forget(Sequence stream) {
  for (auto pending = pending_.begin(); pending != pending_.end(); ++pending) {
    if (pending->stream != stream) continue;
    pending_.erase(pending);
    break;
  }
  redelivered_.erase(stream);
  queue_.erase(std::remove(queue_.begin(), queue_.end(), stream), queue_.end());
}

// DEL-043.
bool ReferenceConsumer::Full() const {
  return config_.max_ack_pending > 0 &&
         static_cast<std::int64_t>(pending_.size()) >= config_.max_ack_pending;
}

// Whether it is confirmed: not if it was never delivered (ACK-013).
bool ReferenceConsumer::Acknowledge(const Tokens& tokens) {
  if (tokens.stream >= position_) return false;
  const bool full = Full();
  if (config_.ack_policy == "all") {
    if (tokens.consumer <= floor_.consumer || tokens.stream <= floor_.stream) {
      return true;  // ACK-028.
    }
    AcknowledgeAll(tokens);
    if (full) wake_ = true;
    return true;
  }
  Sequence consumer = tokens.consumer;
  if (const Pending* pending = FindPending(tokens.stream); pending != nullptr) {
    consumer = pending->consumer;  // ACK-016.
    Forget(tokens.stream);
    MoveFloor(consumer, tokens.stream);
    KeepAck(consumer, tokens.stream);
    listener_.released(tokens.stream);
    if (full) wake_ = true;
    return true;
  }
  Forget(tokens.stream);  // ACK-044.
  KeepAck(consumer, tokens.stream);
  listener_.released(tokens.stream);
  return true;
}

// ACK-027.
void ReferenceConsumer::AcknowledgeAll(const Tokens& tokens) {
  if (tokens.consumer >= next_delivery_) {
    listener_.known(
        "an acknowledgement of all before that was never delivered");
  }
  const Sequence gap = tokens.stream - floor_.stream;
  Sequence lowest = tokens.stream;
  floor_ = {tokens.consumer, tokens.stream};
  const std::vector<Pending> before = pending_;
  for (const Pending& pending : before) {
    if (pending.stream > tokens.stream) continue;
    lowest = std::min(lowest, pending.stream);
    Forget(pending.stream);
  }
  if (!redelivered_.empty() && redelivered_.begin()->first <= tokens.stream) {
    listener_.known("an acknowledgement of all before, and some were given up");
  }
  KeepAck(tokens.consumer, tokens.stream);
  if (gap <= 1) lowest = tokens.stream;
  for (Sequence stream = tokens.stream; stream >= lowest;
       --stream) {  // ACK-058.
    listener_.released(stream);
  }
}

// ACK-020 to ACK-022.
void ReferenceConsumer::MoveFloor(Sequence consumer, Sequence stream) {
  if (pending_.empty()) {
    floor_ = {next_delivery_ - 1, position_ - 1};
    return;
  }
  if (consumer != floor_.consumer + 1) return;
  floor_ = {consumer, stream};
  const Pending* next = nullptr;
  for (const Pending& pending : pending_) {
    if (pending.stream <= stream) continue;
    if (next == nullptr || pending.stream < next->stream) next = &pending;
  }
  if (next != nullptr) floor_ = {next->consumer - 1, next->stream - 1};
}

// ACK-002 to ACK-004, ACK-017, ACK-023 to ACK-025.
void ReferenceConsumer::NotAcknowledge(const Tokens& tokens,
                                       const std::string& payload) {
  if (tokens.consumer <= floor_.consumer || tokens.consumer > next_delivery_)
    return;
  Pending* pending = FindPending(tokens.stream);
  if (pending == nullptr) return;
  listener_.advise(absl::StrCat("NAKED ", config_.name, " consumer ",
                                tokens.consumer, " stream ", tokens.stream,
                                " deliveries ", tokens.tries));
  const auto queued = std::find(queue_.begin(), queue_.end(), tokens.stream);
  const std::optional<Nanos> delay =
      Delay(absl::StripAsciiWhitespace(absl::string_view(payload).substr(4)));
  if (!delay.has_value()) {
    if (std::exchange(pending->delayed, false)) {
      listener_.known("a plain NAK after one with a delay");
    }
    if (queued == queue_.end()) queue_.push_back(tokens.stream);  // ACK-024.
    return Deliver();
  }
  if (queued != queue_.end()) queue_.erase(queued);
  pending->time = now_ - config_.ack_wait + *delay;  // ACK-037.
  pending->delayed = true;
  KeepDelivered(pending->consumer, tokens.stream, tokens.tries);
  // The deadlines are looked at 10 ms later, and find out when the next one is.
  if (deadlines_due_ != kNever) deadlines_due_ = now_ + 10 * kMillisecond;
}

void ReferenceConsumer::Terminate(const Tokens& tokens,
                                  const std::string& reason) {
  Acknowledge(tokens);  // ACK-026.
  listener_.advise(absl::StrCat(
      "TERMINATED ", config_.name, " consumer ", tokens.consumer, " stream ",
      tokens.stream, " deliveries ", tokens.tries, " reason ", reason));
}

// ACK-038.
void ReferenceConsumer::Extend(const Tokens& tokens) {
  Pending* pending = FindPending(tokens.stream);
  if (pending == nullptr) return;
  pending->time = now_;
  KeepDelivered(pending->consumer, tokens.stream, 1);
}

// ---- Deadlines
// ----------------------------------------------------------------

// ACK-031 to ACK-034: all that are due are queued in the order of the stream.
// Looked at again a millisecond after the next one is due, but not later than a
// whole ack_wait, or the largest or the next step of backoff, and a
// millisecond.
void ReferenceConsumer::CheckDeadlines() {
  Nanos next = config_.ack_wait;
  bool wake = false;
  bool dropped = false;
  if (!config_.backoff.empty()) next = config_.backoff.back();
  std::vector<Sequence> expired;
  std::vector<Pending> all = pending_;
  std::sort(all.begin(), all.end(), [](const Pending& a, const Pending& b) {
    return a.stream < b.stream;
  });
  for (const Pending& pending : all) {
    if (pending.stream < stream_.first_sequence() ||
        pending.stream <= floor_.stream) {
      dropped = true;
      listener_.known("a deadline of a message that is gone");
      Forget(pending.stream);
      floor_.stream = std::max(floor_.stream, pending.stream);
      floor_.consumer = std::max(floor_.consumer, pending.consumer);
      continue;
    }
    if (!config_.backoff.empty()) {
      const auto again = redelivered_.find(pending.stream);
      const std::size_t step = again == redelivered_.end() ? 0 : again->second;
      next = std::min(
          next,
          config_.backoff[std::min(step + 1, config_.backoff.size() - 1)]);
    }
    const Nanos left = pending.time + Step(pending.stream) - now_;
    if (left <= 0 && left > -kMillisecond) {
      listener_.known("a deadline that passed less than a millisecond ago");
    }
    if (left > 0) {
      next = std::min(next, left);
    } else if (std::find(queue_.begin(), queue_.end(), pending.stream) ==
                   queue_.end() &&
               !ExhaustAtDeadline(pending.stream, wake)) {
      expired.push_back(pending.stream);
    }
  }
  if (!expired.empty()) {
    queue_.insert(queue_.end(), expired.begin(),
                  expired.end());  // ACK-033, DEL-042.
    const Nanos waited = now_ - FindPending(expired.front())->time;
    for (const Sequence stream : expired) {
      FindPending(stream)->time += waited;
      if (FindPending(stream)->time != now_) {
        listener_.known("deadlines less than a millisecond apart");
      }
    }
    wake = true;
  }
  deadlines_due_ = now_ + next + kMillisecond;
  if (pending_.empty()) {
    deadlines_due_ = kNever;
    queue_.clear();
    floor_ = {next_delivery_ - 1, position_ - 1};
  }
  if (dropped) KeepAll();
  if (wake) Deliver();
}

// ACK-040, ACK-048: with so many deliveries that one more could not even be
// tried.
bool ReferenceConsumer::ExhaustAtDeadline(Sequence stream, bool& wake) {
  if (config_.max_deliver <= 0) return false;
  const auto again = redelivered_.find(stream);
  const std::uint64_t tries =
      again == redelivered_.end() || again->second == 0 ? 1 : again->second;
  if (tries < static_cast<std::uint64_t>(config_.max_deliver)) return false;
  if (Full()) wake = true;
  Exhaust(stream, again == redelivered_.end() ? 2 : again->second + 2);
  redelivered_[stream] = tries;
  return true;
}

// ACK-043, INF-019: it is not delivered again; `tries` would have been the
// next.
void ReferenceConsumer::Exhaust(Sequence stream, std::uint64_t tries) {
  listener_.advise(absl::StrCat("MAX_DELIVERIES ", config_.name, " stream ",
                                stream, " deliveries ", tries - 1));
  const Pending* found = FindPending(stream);
  if (found == nullptr) return;
  const Pending pending = *found;
  pending_.erase(pending_.begin() + (found - pending_.data()));
  KeepDelivered(pending.consumer, stream, tries);
  MoveFloor(pending.consumer, stream);
}

// ---- What is kept
// -------------------------------------------------------------

namespace {

template <typename List>
auto KeptOf(List& list, Sequence stream) {
  return std::find_if(list.begin(), list.end(),
                      [&](const auto& one) { return one.stream == stream; });
}

}  // namespace

// INF-005: the server keeps what it delivered beside what it works with.
void ReferenceConsumer::KeepDelivered(Sequence consumer, Sequence stream,
                                      std::uint64_t tries) {
  last_delivery_ = now_;  // INF-003.
  if (consumer <= kept_.floor.consumer) return;
  if (config_.ack_policy == "none") {
    kept_.delivered.consumer = std::max(kept_.delivered.consumer, consumer);
    kept_.delivered.stream = std::max(kept_.delivered.stream, stream);
    kept_.floor = kept_.delivered;
    return;
  }
  if (stream > kept_.delivered.stream)
    kept_.pending.push_back({stream, consumer, 0, false});
  kept_.delivered.consumer = std::max(kept_.delivered.consumer, consumer);
  kept_.delivered.stream = std::max(kept_.delivered.stream, stream);
  if (tries > 1 && config_.max_deliver > 0 &&
      tries > static_cast<std::uint64_t>(config_.max_deliver)) {
    const auto kept = KeptOf(kept_.pending, stream);
    if (kept != kept_.pending.end()) kept_.pending.erase(kept);
  }
}

void ReferenceConsumer::KeepAck(Sequence consumer, Sequence stream) {
  if (config_.ack_policy == "none") return;
  last_ack_ = now_;  // INF-004.
  if (consumer <= kept_.floor.consumer) return;
  const auto kept = KeptOf(kept_.pending, stream);
  if (kept == kept_.pending.end()) return;
  if (config_.ack_policy == "all") {
    kept_.floor = {consumer, stream};
    kept_.pending.erase(
        std::remove_if(
            kept_.pending.begin(), kept_.pending.end(),
            [&](const Pending& one) { return one.stream <= stream; }),
        kept_.pending.end());
    return;
  }
  consumer = std::min(consumer, kept->consumer);
  kept_.pending.erase(kept);
  if (kept_.pending.empty()) {  // ACK-021, ACK-045.
    kept_.floor = kept_.delivered;
    return;
  }
  if (consumer != kept_.floor.consumer + 1) return;
  kept_.floor = {consumer, stream};
  if (kept_.delivered.consumer <= consumer) return;
  const Pending* next = nullptr;
  for (const Pending& one : kept_.pending) {
    if (one.stream <= stream) continue;
    if (next == nullptr || one.stream < next->stream) next = &one;
  }
  if (next != nullptr) kept_.floor = {next->consumer - 1, next->stream - 1};
}

// After a purge everything is written as it is, unless that went backwards.
void ReferenceConsumer::KeepAll() {
  const Floor delivered = {next_delivery_ - 1, position_ - 1};
  if (floor_.consumer > delivered.consumer || floor_.stream > delivered.stream)
    return;
  for (const Pending& pending : pending_) {
    if (pending.stream <= floor_.stream || pending.stream > delivered.stream)
      return;
  }
  if (delivered.consumer < kept_.delivered.consumer ||
      floor_.stream < kept_.floor.stream) {
    return;
  }
  kept_ = {delivered, floor_, pending_};
}

}  // namespace windtunnel::conform
