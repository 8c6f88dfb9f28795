// The reference model's pull requests and deliveries.

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "shared/api/go_duration.h"
#include "tests/property/reference_consumer.h"

namespace windtunnel::conform {
namespace {

std::string Status(const std::string& line, std::int64_t batch,
                   std::int64_t bytes) {
  return absl::StrCat("[", line, "; Nats-Pending-Messages: ", batch,
                      "; Nats-Pending-Bytes: ", bytes, "]");
}

}  // namespace

// PUL-003 to PUL-011.
void ReferenceConsumer::Pull(const std::string& inbox,
                             const std::string& body) {
  Waiting request;
  request.inbox = inbox;
  const std::string text(absl::StripAsciiWhitespace(body));
  std::int64_t number = 0;
  if (absl::StartsWith(text, "{")) {
    const nlohmann::json json = nlohmann::json::parse(text);
    request.batch = json.value("batch", std::int64_t{0});
    request.bytes = json.value("max_bytes", std::int64_t{0});
    request.no_wait = json.value("no_wait", false);
    const Nanos expires = json.value("expires", Nanos{0});
    if (expires != 0) request.expires = now_ + expires;
    request.heartbeat = json.value("idle_heartbeat", Nanos{0});
    if (request.heartbeat > 0) {
      if (request.heartbeat * 2 > expires) {
        return listener_.send(inbox,
                              "[400 Bad Request - heartbeat value too large]");
      }
      request.next_heartbeat = now_ + request.heartbeat;
    }
  } else if (absl::SimpleAtoi(text, &number)) {
    request.batch = number;
  }
  const std::string refusal = RequestRefusal(request);
  if (!refusal.empty()) return listener_.send(inbox, refusal);
  if (request.no_wait) {
    const std::int64_t available =
        NumPending() + static_cast<std::int64_t>(queue_.size());
    if (available == 0 && request.expires == kNever) {  // PUL-031.
      return listener_.send(inbox, "[404 No Messages]");
    }
    if (available > 0) {  // PUL-033.
      LookAfterRequests(false);
      std::int64_t asked = 0;
      for (const Waiting& other : waiting_) asked += other.batch;
      if (available < asked)
        return listener_.send(inbox, "[408 Requests Pending]");
    }
  }
  if (static_cast<std::int64_t>(waiting_.size()) >= config_.max_waiting) {
    if (request.heartbeat == 0) {  // PUL-022, PUL-023.
      listener_.send(inbox, "[409 Exceeded MaxWaiting]");
    }
    return;
  }
  waiting_.push_back(request);
  Deliver();
}

// PUL-012 to PUL-014, in the order of PUL-017.
std::string ReferenceConsumer::RequestRefusal(const Waiting& request) const {
  if (config_.max_batch > 0 && request.batch > config_.max_batch) {
    return absl::StrCat("[409 Exceeded MaxRequestBatch of ", config_.max_batch,
                        "]");
  }
  if (config_.max_expires > 0 && request.expires != kNever &&
      request.expires > now_ + config_.max_expires) {
    return absl::StrCat(
        "[409 Exceeded MaxRequestExpires of ",
        api::FormatGoDuration(absl::Nanoseconds(config_.max_expires)), "]");
  }
  if (config_.max_bytes > 0 && request.bytes > config_.max_bytes) {
    return absl::StrCat("[409 Exceeded MaxRequestMaxBytes of ",
                        config_.max_bytes, "]");
  }
  return "";
}

void ReferenceConsumer::Deliver() {
  bool blocked = false;
  while (!waiting_.empty()) {
    const Next next = NextMessage();
    blocked = next.blocked;
    if (next.message == nullptr) break;
    if (next.tries == 1) --num_pending_;
    // DEL-034: what is left after this one.
    const ReferenceMessage& message = *next.message;
    const std::string ack =
        absl::StrCat("$JS.ACK.", stream_.config().name, ".", config_.name, ".",
                     next.tries, ".", message.sequence, ".", next_delivery_,
                     ".", message.time, ".", NumPending());
    ReferenceMessage sent = message;
    if (config_.headers_only) {  // DEL-020.
      sent.headers.emplace_back("Nats-Msg-Size",
                                absl::StrCat(sent.data.size()));
      sent.data.clear();
    }
    // PUL-041.
    const std::int64_t size =
        static_cast<std::int64_t>(sent.subject.size() + ack.size() +
                                  sent.data.size()) +
        HeaderSize(sent.headers);
    Waiting request;
    if (!PickRequest(size, request)) {
      PutBack(next);
      break;
    }
    Send({&sent, next.tries, false}, ack, request);
  }
  LookAfterRequests(!blocked);
}

ReferenceConsumer::Next ReferenceConsumer::NextMessage() {
  while (!queue_.empty()) {  // DEL-041.
    const Sequence again = queue_.front();
    queue_.erase(queue_.begin());
    const std::uint64_t tries = ++redelivered_[again] + 1;
    if (config_.max_deliver > 0 &&
        tries > static_cast<std::uint64_t>(config_.max_deliver)) {
      Exhaust(again, tries);  // ACK-041.
      continue;
    }
    if (const ReferenceMessage* message = stream_.Find(again);
        message != nullptr) {
      return {message, tries, false};
    }
    NotAgain(again);
    if (const Pending* pending = FindPending(again); pending != nullptr) {
      if (tries > 2)
        listener_.known("a message that is gone when it is due again");
      Terminate({tries - 1, again, pending->consumer},
                "Unacknowledged message was deleted");
    }
  }
  if (Full()) return {nullptr, 1, true};
  if (!snapshot_.empty()) {  // DEL-010, DEL-014.
    const Sequence next = snapshot_.front();
    snapshot_.erase(snapshot_.begin());
    position_ = (snapshot_.empty() ? resume_ : next) + 1;
    return {stream_.Find(next), 1, false};
  }
  const ReferenceMessage* message = stream_.Next(config_.filters, position_);
  // PUL-039: at the end, the position is past all that there is.
  const Sequence seen =
      message == nullptr ? stream_.last_sequence() : message->sequence;
  if (seen >= position_) position_ = seen + 1;
  if (message == nullptr && position_ > stream_.last_sequence())
    num_pending_ = 0;
  return {message, 1, false};
}

// DEL-046.
void ReferenceConsumer::PutBack(const Next& next) {
  const Sequence sequence = next.message->sequence;
  if (next.tries == 1 && sequence + 1 == position_) {
    --position_;
    ++num_pending_;
  } else if (std::find(queue_.begin(), queue_.end(), sequence) ==
             queue_.end()) {
    if (next.tries == 1)
      listener_.known("a message of a snapshot that does not fit");
    NotAgain(sequence);
    queue_.push_back(sequence);
  }
}

void ReferenceConsumer::NotAgain(Sequence stream) {
  if (--redelivered_[stream] == 0) redelivered_.erase(stream);
}

// PUL-018: the first that can take it; if it wants more, it goes to the end.
bool ReferenceConsumer::PickRequest(std::int64_t size, Waiting& picked) {
  while (!waiting_.empty()) {
    Waiting request = waiting_.front();
    waiting_.erase(waiting_.begin());
    if (request.expires <= now_) {
      listener_.send(request.inbox, Status("408 Request Timeout", request.batch,
                                           request.bytes));
      continue;
    }
    if (request.bytes > 0) {
      if (size > request.bytes) {  // PUL-042.
        listener_.send(request.inbox,
                       Status("409 Message Size Exceeds MaxBytes",
                              request.batch, request.bytes));
        continue;
      }
      request.bytes -= size;
      if (request.bytes == 0) request.batch = 1;  // PUL-043.
    }
    --request.batch;  // PUL-009: the last one if there were none or less.
    ++request.delivered;
    if (request.batch > 0) {
      if (request.heartbeat > 0)
        request.next_heartbeat = now_ + request.heartbeat;
      waiting_.push_back(request);
    }
    picked = request;
    return true;
  }
  return false;
}

void ReferenceConsumer::Send(const Next& next, std::string ack,
                             const Waiting& request) {
  const ReferenceMessage message = *next.message;
  const Sequence delivery = next_delivery_++;
  KeepDelivered(delivery, message.sequence, next.tries);
  if (config_.ack_policy == "none") {  // DEL-045.
    floor_ = {delivery, message.sequence};
  } else {
    Track(message.sequence, delivery);
  }
  std::string words = absl::StrCat(message.subject, " {");
  for (const auto& [name, value] : message.headers) {
    absl::StrAppend(&words, name, ": ", value, "; ");
  }
  absl::StrAppend(&words, "} ", message.data, " -> ", ack);
  listener_.send(request.inbox, words);
  if (request.batch <= 0 && request.bytes > 0) {  // PUL-044.
    listener_.send(request.inbox,
                   Status("409 Batch Completed", request.batch, request.bytes));
  }
  if (config_.ack_policy == "none")
    listener_.released(message.sequence);  // STO-105.
}

// PUL-029, PUL-034 to PUL-040. `at_end`: there is nothing more to deliver now.
void ReferenceConsumer::LookAfterRequests(bool at_end) {
  waiting_due_ = kNever;
  std::vector<Waiting> left;
  for (Waiting& request : waiting_) {
    if (request.expires <= now_) {
      listener_.send(request.inbox, Status("408 Request Timeout", request.batch,
                                           request.bytes));
      continue;
    }
    if (at_end && request.no_wait &&
        (request.expires == kNever || request.delivered > 0)) {
      listener_.send(request.inbox, "[404 No Messages]");
      continue;
    }
    if (request.next_heartbeat <= now_) {
      listener_.send(request.inbox,
                     absl::StrCat("[100 Idle Heartbeat; Nats-Last-Consumer: ",
                                  next_delivery_ - 1,
                                  "; Nats-Last-Stream: ", position_ - 1, "]"));
      request.next_heartbeat = now_ + request.heartbeat;
    }
    waiting_due_ =
        std::min({waiting_due_, request.expires, request.next_heartbeat});
    left.push_back(request);
  }
  waiting_ = left;
}

// The wait that the message has now: ack_wait or a step of backoff (ACK-034).
Nanos ReferenceConsumer::Step(Sequence stream) const {
  if (config_.backoff.empty()) return config_.ack_wait;
  const auto again = redelivered_.find(stream);
  const std::size_t step = again == redelivered_.end() ? 0 : again->second;
  return config_.backoff[std::min(step, config_.backoff.size() - 1)];
}

void ReferenceConsumer::Track(Sequence stream, Sequence consumer) {
  if (Pending* pending = FindPending(stream); pending != nullptr) {
    pending->time = now_;  // ACK-032.
    pending->delayed = false;
  } else {
    pending_.push_back({stream, consumer, now_, false});
  }
  // ACK-031, ACK-035.
  const Nanos step = Step(stream) > 0 ? Step(stream) : config_.ack_wait;
  deadlines_due_ = std::min(deadlines_due_, now_ + step + kMillisecond);
}

}  // namespace windtunnel::conform
