#include "tests/property/reference_consumer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace windtunnel::conform {
ReferenceConsumer::ReferenceConsumer(ReferenceConsumerConfig config,
                                     const ReferenceStream& stream,
                                     const Nanos& now, Listener listener)
    : config_(std::move(config)),
      stream_(stream),
      now_(now),
      listener_(std::move(listener)) {
  position_ = StartingPosition();
  // DEL-015.
  floor_.stream = position_ == 0 ? 0 : position_ - 1;
  kept_.delivered.stream = floor_.stream;
  kept_.floor.stream = floor_.stream;
  CountPending();
}

Sequence ReferenceConsumer::StartingPosition() {
  const Sequence first = stream_.first_sequence();
  const Sequence last = stream_.last_sequence();
  if (config_.start_sequence > 0) {  // DEL-006, DEL-007.
    return std::max(config_.start_sequence, first);
  }
  Sequence start = first;  // DEL-001.
  if (config_.deliver_policy == "new") {
    start = last + 1;  // DEL-005.
  } else if (config_.deliver_policy == "last") {
    start = config_.filters.empty() ? last : 0;  // DEL-002, DEL-004.
    if (config_.filters.empty() && last > 0 && stream_.Find(last) == nullptr) {
      listener_.known("deliver last, and the last message is deleted");
    }
    for (const ReferenceMessage& message : stream_.messages()) {
      if (!config_.filters.empty() && Matches(message))
        start = message.sequence;
    }
  } else if (config_.deliver_policy == "last_per_subject") {
    if (stream_.config().max_messages_per_subject != 1) {  // DEL-012.
      std::map<std::string, Sequence> newest;
      for (const ReferenceMessage& message : stream_.messages()) {
        if (Matches(message)) newest[message.subject] = message.sequence;
      }
      for (const auto& [subject, sequence] : newest)
        snapshot_.push_back(sequence);
      std::sort(snapshot_.begin(), snapshot_.end());
      resume_ = last;
      start = snapshot_.empty() ? last : snapshot_.front();  // DEL-011.
      // Of the very last message alone there is no snapshot (DEL-014).
      if (start == last) snapshot_.clear();
    }
  } else if (config_.start_time.has_value()) {  // DEL-008, DEL-009.
    start = last + 1;
    for (const ReferenceMessage& message : stream_.messages()) {
      if (message.time < *config_.start_time) continue;
      start = message.sequence;
      break;
    }
    // With filters it moves on to the first message that matches, if that comes
    // before the last of the stream.
    for (const ReferenceMessage& message : stream_.messages()) {
      if (config_.filters.empty() || message.sequence < start) continue;
      if (!Matches(message)) continue;
      if (message.sequence < last) start = message.sequence;
      break;
    }
  }
  if (first == 0) return 1;
  return std::max(std::min(start, last + 1), first);
}

bool ReferenceConsumer::Wants(const std::string& subject) const {
  for (const std::string& filter : config_.filters) {
    if (SubjectMatches(filter, subject)) return true;
  }
  return config_.filters.empty();
}

bool ReferenceConsumer::Matches(const ReferenceMessage& message) const {
  return Wants(message.subject);
}

// DEL-037, DEL-039: for last_per_subject only the newest of each subject count.
void ReferenceConsumer::CountPending() {
  num_pending_ = 0;
  counted_to_ = stream_.last_sequence();
  for (const ReferenceMessage& message : stream_.messages()) {
    if (!Matches(message) || message.sequence < position_) continue;
    if (config_.deliver_policy == "last_per_subject" &&
        stream_.Last(message.subject) != &message) {
      continue;
    }
    ++num_pending_;
  }
}

std::int64_t ReferenceConsumer::NumPending() const {
  return std::max<std::int64_t>(num_pending_, 0);
}

// STO-104 to STO-106, ACK-043.
bool ReferenceConsumer::Needs(const ReferenceMessage& message) const {
  if (!Matches(message)) return false;
  if (redelivered_.count(message.sequence) > 0) return true;
  if (message.sequence <= floor_.stream) return false;
  if (config_.ack_policy != "explicit" || message.sequence >= position_)
    return true;
  return std::any_of(pending_.begin(), pending_.end(),
                     [&](const Pending& pending) {
                       return pending.stream == message.sequence;
                     });
}

void ReferenceConsumer::Stored(const ReferenceMessage& message) {
  if (!Hears(message.subject)) return;
  // Also below the position, until somebody asks for infos.
  if (message.sequence <= counted_to_) return;
  ++num_pending_;
  if (message.sequence < position_) counted_too_many_ = true;
}

void ReferenceConsumer::Ready(const ReferenceMessage& message) {
  if (!Hears(message.subject) || message.sequence < position_)
    return;  // DEL-007.
  if (stream_.Find(message.sequence) == nullptr && !waiting_.empty()) {
    listener_.known("a message that is evicted as soon as it is stored");
  }
  Deliver();
}

ReferenceConsumer::Tokens ReferenceConsumer::TokensOf(
    const Pending& pending) const {
  const auto again = redelivered_.find(pending.stream);
  const std::uint64_t tries = again == redelivered_.end() ? 1 : again->second;
  return {tries, pending.stream, pending.consumer};
}

// DEL-027, INF-018.
void ReferenceConsumer::Removed(const ReferenceMessage& message) {
  if (!Hears(message.subject)) {
    if (FindPending(message.sequence) != nullptr) {
      listener_.known("a pending message that no longer matches is removed");
    }
    return;
  }
  if (counted_too_many_) {
    listener_.known("a message that is removed before a start in the future");
  }
  if (message.sequence >= position_) --num_pending_;  // DEL-026.
  if (const Pending* pending = FindPending(message.sequence);
      pending != nullptr) {
    gone_.push_back(TokensOf(*pending));
  } else if (redelivered_.erase(message.sequence) > 0) {
    KeepAck(0, message.sequence);
  }
}

// A purge of one message is told as if it was deleted.
void ReferenceConsumer::OnePurged(const ReferenceMessage& message,
                                  const std::string& heard) {
  if (!Hears(heard)) {
    if (Matches(message)) {
      listener_.known("a purge in files that does not tell what it removed");
    }
    return;
  }
  if (Matches(message) != Wants(heard)) {
    listener_.known("a purge in files that tells too much");
  }
  if (counted_too_many_) {
    listener_.known("a message that is removed before a start in the future");
  }
  if (redelivered_.count(message.sequence) > 0 &&
      FindPending(message.sequence) == nullptr) {
    listener_.known("a purge of one message that was given up");
  }
  if (message.sequence >= position_ && Wants(heard)) --num_pending_;
  if (const Pending* pending = FindPending(message.sequence);
      pending != nullptr) {
    gone_.push_back(TokensOf(*pending));
  } else if (redelivered_.erase(message.sequence) > 0) {
    KeepAck(0, message.sequence);
  }
}

// After a purge of more.
void ReferenceConsumer::Recount() {
  CountPending();
  const Sequence first = stream_.first_sequence();
  for (auto again = redelivered_.begin(); again != redelivered_.end();) {
    if (again->first >= first) {
      ++again;
      continue;
    }
    if (FindPending(again->first) == nullptr) {
      listener_.known("a purge of messages that were given up");
    }
    queue_.erase(std::remove(queue_.begin(), queue_.end(), again->first),
                 queue_.end());
    again = redelivered_.erase(again);
  }
}

void ReferenceConsumer::Done() {
  const std::vector<Tokens> gone = std::exchange(gone_, {});
  for (const Tokens& tokens : gone) {
    Terminate(tokens, "Unacknowledged message was deleted");
  }
  Wake();
}

// DEL-022 to DEL-025.
void ReferenceConsumer::Purged(const std::string& filter) {
  // Whether all that it reads was purged, or some.
  bool covered = filter.empty() || !config_.filters.empty();
  bool touched = filter.empty() || config_.filters.empty();
  for (const std::string& own : config_.filters) {
    if (!filter.empty() && !FilterCovers(filter, own)) covered = false;
    if (FilterCovers(filter, own) || FilterCovers(own, filter)) touched = true;
  }
  if (!touched) return;
  const bool wider = !covered;

  Sequence start = stream_.first_sequence();
  if (!filter.empty() && !wider) {
    const ReferenceMessage* next = stream_.Next({filter}, 0);
    start = next == nullptr ? stream_.last_sequence() + 1 : next->sequence;
  }
  for (const Pending& pending : pending_) {
    if (wider && stream_.Find(pending.stream) == nullptr) {
      listener_.known("a purge of some of what is pending");
    }
  }
  if (position_ > stream_.last_sequence() + 1) {
    listener_.known("a purge before a start in the future");
  }
  position_ = std::max(position_, start);
  if (floor_.stream < start) {
    floor_.stream = start - 1;
    const std::vector<Pending> before = pending_;
    for (const Pending& pending : before) {
      const bool gone = pending.stream <= floor_.stream ||
                        (wider && stream_.Find(pending.stream) == nullptr);
      if (!gone) continue;
      if (wider || config_.ack_policy == "all") {
        listener_.known("a purge of some of what is pending");
      }
      floor_.consumer = std::max(floor_.consumer, pending.consumer);
      pending_.erase(std::remove_if(pending_.begin(), pending_.end(),
                                    [&](const Pending& other) {
                                      return other.stream == pending.stream;
                                    }),
                     pending_.end());
      redelivered_.erase(pending.stream);
      KeepAck(pending.consumer, pending.stream);
    }
  }
  if (pending_.empty()) {  // DEL-023.
    redelivered_.clear();
    floor_ = {next_delivery_ - 1, position_ - 1};
  }
  if (!queue_.empty() && !config_.backoff.empty()) {
    listener_.known("a purge while backoff has queued messages");
  }
  queue_.erase(
      std::remove_if(queue_.begin(), queue_.end(),
                     [&](Sequence again) { return again < position_; }),
      queue_.end());
  KeepAll();
}

// CON-110 to CON-116.
void ReferenceConsumer::Update(const ReferenceConsumerConfig& config) {
  const ReferenceConsumerConfig old = config_;
  config_ = config;
  if (config_.backoff != old.backoff && deadlines_due_ != kNever) {
    listener_.known("backoff that changes");
  }
  if (config_.ack_wait != old.ack_wait && deadlines_due_ != kNever) {
    deadlines_due_ = now_ + 100 * kMillisecond;  // CON-115.
  }
  if (config_.filters != old.filters) {
    CountPending();  // CON-112.
    deaf_ = config_.filters.empty();
  }
  if (config_.max_ack_pending != old.max_ack_pending) wake_ = true;  // CON-114.
}

void ReferenceConsumer::End() {
  for (const Waiting& request : waiting_) {
    listener_.send(request.inbox, "[409 Consumer Deleted]");
  }
  waiting_.clear();
}

Nanos ReferenceConsumer::NextDue() const {
  return std::min(deadlines_due_, waiting_due_);
}

void ReferenceConsumer::RunDue() {
  if (deadlines_due_ <= now_) CheckDeadlines();
  if (waiting_due_ <= now_) {
    LookAfterRequests(true);
    Deliver();
  }
}

std::vector<Nanos> ReferenceConsumer::Deadlines() const {
  std::vector<Nanos> deadlines;
  for (const Pending& pending : pending_) {
    deadlines.push_back(pending.time + Step(pending.stream));
  }
  for (const Waiting& request : waiting_) {
    if (request.expires != kNever) deadlines.push_back(request.expires);
    if (request.next_heartbeat != kNever)
      deadlines.push_back(request.next_heartbeat);
  }
  return deadlines;
}

std::string ReferenceConsumer::InfoInWords() {
  LookAfterRequests(false);
  // INF-008: no more than there can be.
  const Sequence last = stream_.last_sequence();
  if (position_ > last) {
    num_pending_ = 0;
  } else {
    num_pending_ = std::min(
        {num_pending_, static_cast<std::int64_t>(stream_.messages().size()),
         static_cast<std::int64_t>(last - position_ + 1)});
  }
  Floor delivered = kept_.delivered;  // DEL-040.
  // In memory nothing is kept until there is something to keep.
  if (stream_.config().memory && delivered.consumer == 0 &&
      delivered.stream == 0) {
    delivered = {next_delivery_ - 1, position_ - 1};
  }
  // ACK-046.
  const std::size_t redelivered =
      config_.max_deliver == 1 ? 0 : redelivered_.size();
  const auto time = [](std::optional<Nanos> last) {
    return last.has_value() ? absl::StrCat(" ", TimeInWords(last)) : "";
  };
  return absl::StrCat("delivered ", delivered.consumer, " ", delivered.stream,
                      time(last_delivery_), " floor ", kept_.floor.consumer,
                      " ", kept_.floor.stream, time(last_ack_), " ack pending ",
                      pending_.size(), " redelivered ", redelivered,
                      " waiting ", waiting_.size(), " pending ", NumPending());
}

}  // namespace windtunnel::conform
